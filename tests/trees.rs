//! Random filter trees against the naive twin, under every way of working.
//!
//! `LEAD_INDEX_TREES` sets how many questions are asked (200,000), `LEAD_INDEX_SEED` where the
//! seeds begin. A failure prints its seed and the shortest run that still fails.

#[path = "gen/mod.rs"]
mod generate;
mod twin;

use std::thread;

use generate::asks::{any_ask, import, order_step, question, write};
use generate::changes::recent_beat;
use generate::leads::Flavour;
use generate::spread::{Spread, sizes};
use generate::steps::keep;
use generate::{Dice, Sample, amount};
use lead_index::Force;
use twin::Twin;
use twin::ops::{Op, every_force};
use twin::run::Run;

/// Questions between two rounds of writes.
const QUESTIONS: u64 = 200;
/// Rounds of writes on one index.
const ROUNDS: u64 = 4;
/// Rows of the indexes: none, one, the borders of blocks of 64, 128 and 256 rows, several blocks.
const SIZES: [usize; 16] = [0, 1, 2, 63, 64, 65, 128, 129, 192, 256, 257, 300, 400, 513, 600, 700];

/// Live filters of one index, at most.
const LIVE: usize = 4;

/// One thread's part: indexes with seeds `first`, `first + 2`, ...
struct Part {
    seed: u64,
    left: u64,
    forces: Vec<Force>,
    turn: usize,
    spread: Spread,
}

impl Part {
    fn run(mut self) -> Spread {
        while self.left > 0 {
            self.index();
            self.seed += 2;
        }
        self.spread
    }

    /// One index from empty to several rounds of writes and questions.
    fn index(&mut self) {
        let mut dice = Dice::seeded(self.seed);
        let mut run = Run::new(self.seed, *dice.pick(&[64, 64, 128, 256]));
        let flavour = Flavour::any(&mut dice);
        let size = *dice.pick(&SIZES);
        fill(&mut dice, &mut run, flavour, size);
        for _ in 0..ROUNDS {
            run.step(Op::Validate);
            self.questions(&mut dice, &mut run);
            if self.left == 0 {
                return;
            }
            rewrite(&mut dice, &mut run, flavour, size);
        }
        run.step(Op::Validate);
    }

    fn questions(&mut self, dice: &mut Dice, run: &mut Run) {
        let sample = Sample::of(&run.pair.twin);
        let size_of = sizes(&run.pair.twin);
        for _ in 0..QUESTIONS.min(self.left) {
            self.left -= 1;
            self.turn += 1;
            let forced = self.forces[self.turn % self.forces.len()];
            let op = question(dice, &sample, &[Force::default(), forced]);
            if let Op::Ask(ask, _) = &op {
                if self.turn.is_multiple_of(4) {
                    self.spread.tested(&ask.filter, &run.pair.twin, &sample, dice);
                }
                run.step(op);
                let (total, universe) = run.pair.last.expect("a question was asked");
                self.spread.selected(total, size_of(universe));
            } else {
                run.step(op);
            }
        }
    }
}

/// Brings an index to about `size` rows, one by one and by import.
fn fill(dice: &mut Dice, run: &mut Run, flavour: Flavour, size: usize) {
    let room = size + size / 2 + 1;
    let mut tries = 0;
    while run.pair.twin.rows().len() < size && tries < 4 * size {
        tries += 1;
        let op =
            if dice.one_in(60) { import(dice, flavour, size / 2, room) } else { Op::Insert(flavour.lead(dice, room)) };
        run.step(op);
    }
    if dice.one_in(2) {
        run.step(order_step(dice));
    }
    enliven(dice, run);
}

/// Has some of the people seen of late, and keeps some filters that others can name.
fn enliven(dice: &mut Dice, run: &mut Run) {
    let sample = Sample::of(&run.pair.twin);
    for _ in 0..sample.len() / 3 {
        if let Some(row) = sample.row(dice) {
            run.step(recent_beat(dice, &sample, &row.lead));
        }
    }
    while run.pair.twin.live().count() < LIVE && !dice.one_in(4) {
        let sample = Sample::of(&run.pair.twin);
        run.step(keep(dice, &sample));
    }
}

/// Changes a few rows or most of them, so that maintained structures and freed rows are used.
fn rewrite(dice: &mut Dice, run: &mut Run, flavour: Flavour, size: usize) {
    let sample = Sample::of(&run.pair.twin);
    let room = size + size / 2 + 1;
    let most = *dice.pick(&[5, size / 8, size / 2, size]);
    let writes = dice.below(most + 2);
    for _ in 0..writes {
        run.step(write(dice, flavour, &sample, room));
    }
    if dice.one_in(4) {
        run.step(import(dice, flavour, size / 3, room));
    }
    for _ in 0..dice.below(3) {
        run.step(order_step(dice));
    }
}

#[test]
fn every_way_of_working_answers_as_the_twin_does() {
    let (trees, seed) = (amount("LEAD_INDEX_TREES", 200_000), amount("LEAD_INDEX_SEED", 1));
    let part = |half: u64| {
        let part = Part {
            seed: seed + half,
            left: trees / 2 + (trees % 2) * half,
            forces: every_force(),
            turn: 0,
            spread: Spread::default(),
        };
        thread::spawn(move || part.run())
    };
    let mut spread = Spread::default();
    for thread in [part(0), part(1)] {
        match thread.join() {
            Ok(reached) => spread.add(reached),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    println!("{trees} questions\n{spread}");
    if trees >= 50_000 {
        spread.assert_wide();
    }
}

/// The same on the twin alone: what the generators reach does not depend on the index.
#[test]
fn the_generators_reach_every_selectivity_and_every_test() {
    let mut spread = Spread::default();
    for seed in 0..60 {
        let mut dice = Dice::seeded(seed);
        let flavour = Flavour::any(&mut dice);
        let size = *dice.pick(&SIZES);
        let mut twin = Twin::default();
        for _ in 0..2 * size {
            // A lead whose id is taken is refused: the ids collide on purpose.
            let _ = twin.insert(&flavour.lead(&mut dice, size + size / 2 + 1));
        }
        enliven_twin(&mut dice, &mut twin);
        let (sample, size_of) = (Sample::of(&twin), sizes(&twin));
        for _ in 0..QUESTIONS {
            let ask = any_ask(&mut dice, &sample);
            spread.tested(&ask.filter, &twin, &sample, &mut dice);
            spread.selected(twin.answer(&ask).0, size_of(ask.universe));
        }
    }
    println!("{spread}");
    spread.assert_wide();
}

fn enliven_twin(dice: &mut Dice, twin: &mut Twin) {
    let sample = Sample::of(twin);
    for _ in 0..sample.len() / 3 {
        if let Some(row) = sample.row(dice)
            && let Op::Apply(target, changes) = recent_beat(dice, &sample, &row.lead)
        {
            twin.apply(&target, &changes).expect("a heartbeat of somebody who is there");
        }
    }
    for _ in 0..dice.below(LIVE + 1) {
        if let Op::Keep(name, filter) = keep(dice, &Sample::of(twin)) {
            twin.keep(&name, &filter).expect("the generators make legal filters");
        }
    }
}

#[test]
fn a_bound_on_random_questions_is_never_broken() {
    let mut dice = Dice::seeded(5);
    let sample = Sample::of(&Twin::default());
    for _ in 0..20_000 {
        let ask = any_ask(&mut dice, &sample);
        ask.query(Force::default()).validate(10_000).expect("the generators make legal questions only");
    }
}
