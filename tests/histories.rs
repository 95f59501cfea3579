//! Random histories: sequences of 50 to 500 steps of writing, changing, keeping filters, moving the
//! clock, listening, walking lists and asking, with snapshots kept on the way that must go on
//! answering as of the moment they were taken. After every write and every tick each live filter
//! must be what a fresh evaluation says, and listeners must have heard each entry and exit once.
//!
//! `LEAD_INDEX_HISTORIES` sets how many (2,000), `LEAD_INDEX_SEED` where the seeds begin.

#[path = "gen/mod.rs"]
mod generate;
mod twin;

use std::thread;

use generate::asks::any_ask;
use generate::steps::{Course, ask_snapshot};
use generate::tally::{Tally, name_of};
use generate::{Dice, Sample, amount};
use lead_index::Force;
use twin::ops::{Op, every_force};
use twin::run::Run;

/// One history: everything in it follows from its seed.
fn history(seed: u64, forces: &[Force], tally: &mut Tally) {
    let mut dice = Dice::seeded(seed);
    let mut run = Run::new(seed, *dice.pick(&[64, 64, 128, 256]));
    let course = Course::any(&mut dice);
    for op in course.begin(&mut dice) {
        take(&mut run, op, tally);
    }
    for step in 1..=50 + dice.below(451) {
        let op = course.step(&mut dice, &run.pair, forces);
        take(&mut run, op, tally);
        if step % course.validate_every == 0 {
            take(&mut run, Op::Validate, tally);
        }
    }
    finish(&mut dice, &mut run, forces);
    tally.run(&run.pair);
}

fn take(run: &mut Run, op: Op, tally: &mut Tally) {
    let name = name_of(&op);
    run.step(op);
    tally.step(name, &run.pair);
}

/// Every kept snapshot is asked once more, lists are walked to their ends and listeners read empty;
/// the rows are all removed, and the snapshots are asked again.
fn finish(dice: &mut Dice, run: &mut Run, forces: &[Force]) {
    let sample = Sample::of(&run.pair.twin);
    run.step(Op::Validate);
    ask_all(dice, run, &sample, forces);
    if dice.one_in(4) {
        let ids: Vec<u64> = run.pair.twin.rows().map(|row| row.lead.id).collect();
        ids.into_iter().for_each(|id| run.step(Op::Remove(id)));
        run.step(Op::Validate);
        ask_all(dice, run, &sample, forces);
    }
    while run.pair.walks() > 0 {
        run.step(Op::Go(0, 10_000));
    }
    while run.pair.listeners() > 0 {
        run.step(Op::Deafen(0));
    }
}

fn ask_all(dice: &mut Dice, run: &mut Run, sample: &Sample, forces: &[Force]) {
    for which in 0..run.pair.kept() {
        let ask = any_ask(dice, sample);
        run.step(Op::OnSnapshot(which, Box::new(Op::Ask(ask, vec![*dice.pick(forces)]))));
        run.step(ask_snapshot(dice, which, sample, forces));
    }
}

#[test]
fn every_step_of_a_random_history_agrees_with_the_twin() {
    let (histories, seed) = (amount("LEAD_INDEX_HISTORIES", 2_000), amount("LEAD_INDEX_SEED", 1));
    let half = |first: u64| {
        thread::spawn(move || {
            let (forces, mut tally) = (every_force(), Tally::default());
            (seed + first..seed + histories).step_by(2).for_each(|seed| history(seed, &forces, &mut tally));
            tally
        })
    };
    let mut tally = Tally::default();
    for thread in [half(0), half(1)] {
        match thread.join() {
            Ok(done) => tally.add(done),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    println!("{histories} histories\n{tally}");
    if histories >= 1_000 {
        tally.assert_complete();
    }
}
