//! Hundreds of tiny blocks against the naive twin: filters that run long enough for the blocks to be
//! shared out among cores, and merges of hundreds of lanes.

#[path = "gen/mod.rs"]
mod generate;
mod twin;

use generate::asks::{order_step, question};
use generate::leads::Flavour;
use generate::{Dice, Sample};
use twin::ops::{Op, every_force};
use twin::run::Run;

#[test]
fn hundreds_of_blocks_answer_as_the_twin_does() {
    let mut dice = Dice::seeded(313);
    let count = 20_000;
    let mut run = Run::new(313, 64);
    let flavours: Vec<Flavour> = (0..4).map(|_| Flavour::any(&mut dice)).collect();
    let leads = (1..=count as u64)
        .map(|id| {
            let flavour = *dice.pick(&flavours);
            flavour.lead_of(&mut dice, id, count)
        })
        .collect();
    run.step(Op::Import(leads));
    let (sample, forces) = (Sample::of(&run.pair.twin), every_force());
    for turn in 0..120 {
        if turn % 40 == 20 {
            run.step(order_step(&mut dice));
        }
        let forced = forces[turn % forces.len()];
        run.step(question(&mut dice, &sample, &[lead_index::Force::default(), forced]));
    }
    run.step(Op::Validate);
}
