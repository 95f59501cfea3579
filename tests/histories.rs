//! Random histories: sequences of 50 to 300 steps of writing, importing, ordering and asking,
//! with snapshots kept on the way that must go on answering as of the moment they were taken.
//!
//! `LEAD_INDEX_HISTORIES` sets how many (500), `LEAD_INDEX_SEED` where the seeds begin.

#[path = "gen/mod.rs"]
mod generate;
mod twin;

use std::thread;

use generate::asks::{any_ask, import, order_step, question, write};
use generate::leads::Flavour;
use generate::{Dice, Sample, amount};
use lead_index::Force;
use twin::now;
use twin::ops::{Op, every_force};
use twin::run::Run;

/// Snapshots held at once, at most.
const KEPT: usize = 5;

/// One history: everything in it follows from its seed.
fn history(seed: u64, forces: &[Force]) {
    let mut dice = Dice::seeded(seed);
    let mut run = Run::new(seed, *dice.pick(&[64, 64, 128, 256]));
    let flavour = Flavour::any(&mut dice);
    let room = *dice.pick(&[4, 30, 100, 300]);
    for _ in 0..50 + dice.below(251) {
        let op = step(&mut dice, &run, flavour, room, forces);
        run.step(op);
    }
    finish(&mut dice, &mut run, forces);
}

fn step(dice: &mut Dice, run: &Run, flavour: Flavour, room: usize, forces: &[Force]) -> Op {
    let sample = Sample::of(&run.pair.twin);
    let force = *dice.pick(forces);
    match dice.below(40) {
        0..18 => write(dice, flavour, &sample, room),
        18 | 19 => import(dice, flavour, room, room),
        20..23 => order_step(dice),
        23..31 => question(dice, &sample, &[Force::default(), force]),
        31 | 32 if run.pair.kept() < KEPT => Op::Keep,
        31..37 => ask_kept(dice, &sample, force),
        37 => Op::Release(dice.below(KEPT)),
        _ => Op::Validate,
    }
}

/// A question to an older state: at a given time, since a snapshot has no clock of its own.
fn ask_kept(dice: &mut Dice, sample: &Sample, force: Force) -> Op {
    let mut ask = any_ask(dice, sample);
    ask.at = ask.at.or(Some(now()));
    Op::AskKept(dice.below(KEPT), ask, force)
}

/// Every kept snapshot is asked once more, the rows are all removed, and it is asked again.
fn finish(dice: &mut Dice, run: &mut Run, forces: &[Force]) {
    let sample = Sample::of(&run.pair.twin);
    let last = |dice: &mut Dice, run: &mut Run| {
        for which in 0..run.pair.kept() {
            let (mut ask, force) = (any_ask(dice, &sample), *dice.pick(forces));
            ask.at = ask.at.or(Some(now()));
            run.step(Op::AskKept(which, ask, force));
        }
    };
    run.step(Op::Validate);
    last(dice, run);
    if dice.one_in(4) {
        let ids: Vec<u64> = run.pair.twin.rows().map(|row| row.lead.id).collect();
        ids.into_iter().for_each(|id| run.step(Op::Remove(id)));
        run.step(Op::Validate);
        last(dice, run);
    }
}

#[test]
fn every_step_of_a_random_history_agrees_with_the_twin() {
    let (histories, seed) = (amount("LEAD_INDEX_HISTORIES", 500), amount("LEAD_INDEX_SEED", 1));
    let half = |first: u64| {
        thread::spawn(move || {
            let forces = every_force();
            (seed + first..seed + histories).step_by(2).for_each(|seed| history(seed, &forces));
        })
    };
    for thread in [half(0), half(1)] {
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}
