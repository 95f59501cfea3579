//! What must hold between two answers of the engine, without a second engine: a filter and its
//! complement share out the universe, a wider filter never selects fewer, pages put together are
//! the whole, equal filters and equal histories answer alike.
//!
//! `LEAD_INDEX_METAMORPHIC` sets how many checks are made (200,000), `LEAD_INDEX_SEED` where the
//! seeds begin.

#[path = "metamorphic/algebra.rs"]
mod algebra;
#[path = "gen/mod.rs"]
mod generate;
#[path = "metamorphic/histories.rs"]
mod histories;
#[path = "metamorphic/relations.rs"]
mod relations;
mod twin;

use std::thread;

use generate::changes::recent_beat;
use generate::leads::Flavour;
use generate::steps::keep;
use generate::{Dice, Sample, amount};
use lead_index::{Filter, Force, Order};
use twin::Ask;
use twin::ops::{Op, every_force};
use twin::run::Run;

/// Checks on one index before the next is built.
const CHECKS: u64 = 500;

/// One index with its random source, and what the checks need to ask it.
struct World {
    seed: u64,
    dice: Dice,
    run: Run,
    sample: Sample,
    forces: Vec<Force>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::seeded(seed);
        let mut run = Run::new(seed, *dice.pick(&[64, 128, 256]));
        let flavour = Flavour::any(&mut dice);
        let size = *dice.pick(&[1, 20, 65, 130, 260, 450]);
        for _ in 0..size + size / 2 {
            run.step(Op::Upsert(flavour.lead(&mut dice, size)));
        }
        for _ in 0..size / 8 {
            run.step(Op::Remove(flavour.id(&mut dice, size)));
        }
        for _ in 0..dice.below(4) {
            let sample = Sample::of(&run.pair.twin);
            run.step(keep(&mut dice, &sample));
        }
        let sample = Sample::of(&run.pair.twin);
        for _ in 0..size / 3 {
            if let Some(row) = sample.row(&mut dice) {
                run.step(recent_beat(&mut dice, &sample, &row.lead));
            }
        }
        let sample = Sample::of(&run.pair.twin);
        Self { seed, dice, run, sample, forces: every_force() }
    }

    /// All leads that match, in the order asked for, under a random way of working.
    fn all(&mut self, filter: &Filter, sort: &str, order: Order) -> Vec<u64> {
        let ask = Ask { sort: sort.to_owned(), order, ..Ask::everything(filter.clone()) };
        let force = *self.dice.pick(&self.forces);
        self.page(&ask, force)
    }

    /// All leads that match, by id.
    fn ids(&mut self, filter: &Filter) -> Vec<u64> {
        self.all(filter, "$id", Order::Asc)
    }

    fn page(&self, ask: &Ask, force: Force) -> Vec<u64> {
        match self.run.pair.index.query(&ask.query(force)) {
            Ok(page) => page.ids(),
            Err(error) => panic!("seed {}: {error} for {ask:?}", self.seed),
        }
    }

    fn count(&self, filter: &Filter) -> u64 {
        match self.run.pair.index.count(filter) {
            Ok(count) => count,
            Err(error) => panic!("seed {}: {error} for {filter:?}", self.seed),
        }
    }

    fn order(&mut self) -> (&'static str, Order) {
        let name = generate::filters::name(&mut self.dice);
        (name, if self.dice.one_in(2) { Order::Asc } else { Order::Desc })
    }

    fn filter(&mut self) -> Filter {
        generate::filters::any_filter(&mut self.dice, &self.sample)
    }

    /// A smaller one, for filters that are put together.
    fn part(&mut self) -> Filter {
        let depth = 1 + self.dice.below(3);
        generate::filters::tree(&mut self.dice, &self.sample, depth)
    }
}

/// One check, chosen by turn so that each is made equally often.
fn check(world: &mut World, turn: u64) {
    match turn % 8 {
        0 => relations::a_filter_and_its_complement_share_out_the_universe(world),
        1 => relations::the_count_is_what_a_scan_of_the_copied_leads_finds(world),
        2 => relations::a_lead_is_found_by_a_filter_that_is_true_for_it(world),
        3 => relations::a_conjunct_never_adds_and_a_disjunct_never_takes_away(world),
        4 => relations::a_part_can_be_replaced_by_the_ids_it_finds(world),
        5 => relations::pages_put_together_are_the_whole(world),
        _ => algebra::equal_filters_find_the_same(world),
    }
}

fn checks(mut seed: u64, mut left: u64) {
    while left > 0 {
        let mut world = World::new(seed);
        for turn in 0..CHECKS.min(left) {
            check(&mut world, turn);
        }
        left = left.saturating_sub(CHECKS);
        left = left.saturating_sub(histories::the_same_leads_answer_alike_however_they_came(&mut world));
        seed += 2;
    }
}

#[test]
fn answers_agree_with_each_other() {
    let (amount, seed) = (amount("LEAD_INDEX_METAMORPHIC", 200_000), amount("LEAD_INDEX_SEED", 1));
    let half = |first: u64| thread::spawn(move || checks(seed + first, amount.div_ceil(2)));
    for thread in [half(0), half(1)] {
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}
