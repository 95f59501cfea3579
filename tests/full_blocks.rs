//! Blocks of full size against the naive twin: the borders at 65,536 rows and 1,024-row chunks,
//! which the tiny blocks of the other tests stand in for.

#[path = "gen/mod.rs"]
mod generate;
mod twin;

use generate::asks::{order_step, question, write};
use generate::leads::Flavour;
use generate::{Dice, Sample};
use lead_index::{Force, Lead};
use twin::ops::{Op, every_force};
use twin::run::Run;

const ROWS: usize = 1 << 16;

fn leads(dice: &mut Dice, count: usize) -> Vec<Lead> {
    let flavours: Vec<Flavour> = (0..4).map(|_| Flavour::any(dice)).collect();
    (1..=count as u64)
        .map(|id| {
            let flavour = *dice.pick(&flavours);
            flavour.lead_of(dice, id, count)
        })
        .collect()
}

fn ask(dice: &mut Dice, run: &mut Run, questions: usize) {
    let (sample, forces) = (Sample::of(&run.pair.twin), every_force());
    for turn in 0..questions {
        let forced = forces[turn % forces.len()];
        run.step(question(dice, &sample, &[Force::default(), forced]));
    }
}

/// Two full blocks and a bit, imported; then more single writes than a frozen index lets stand.
#[test]
fn full_blocks_answer_as_the_twin_does_before_and_after_writes() {
    let mut dice = Dice::seeded(65_536);
    let count = ROWS + ROWS / 2;
    let mut run = Run::new(65_536, ROWS);
    run.step(Op::Import(leads(&mut dice, count)));
    ask(&mut dice, &mut run, 24);
    run.step(order_step(&mut dice));
    let flavour = Flavour::any(&mut dice);
    for _ in 0..3 {
        let sample = Sample::of(&run.pair.twin);
        for _ in 0..400 {
            run.step(write(&mut dice, flavour, &sample, count));
        }
        ask(&mut dice, &mut run, 24);
    }
    run.step(Op::Validate);
}
