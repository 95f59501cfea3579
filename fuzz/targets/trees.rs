//! The body of the fuzz target `trees`: bytes are choices. They build leads, change them, keep filters,
//! move the clock, and ask an index and its naive twin the same questions. When the bytes are used up the run ends, so
//! that shorter input is a shorter run.

#[path = "../../tests/gen/mod.rs"]
mod generate;
#[path = "../../tests/twin/mod.rs"]
mod twin;

use generate::asks::{import, question};
use generate::leads::Flavour;
use generate::steps::Course;
use generate::{Dice, Sample};
use twin::ops::{Op, every_force};
use twin::pair::Pair;

/// Longest run, so that one input stays within milliseconds.
const STEPS: usize = 400;
/// Most leads in the first import: some blocks of 64 rows and a part.
const LEADS: usize = 150;

/// Runs the input.
///
/// # Panics
///
/// If the index and its twin differ.
pub(crate) fn run(data: &[u8]) {
    // The first leads take many choices and say little: eight bytes stand for all of them, the
    // rest is left for writes and questions.
    let (head, rest) = data.split_at(data.len().min(8));
    let mut first = Dice::seeded(head.iter().fold(0, |seed, byte| seed << 8 | u64::from(*byte)));
    let mut dice = Dice::from_bytes(rest);
    let flavour = Flavour::any(&mut first);
    let room = 1 + first.below(LEADS);
    let course = Course { flavour, room, live: 3, validate_every: STEPS };
    let forces = every_force();
    let mut pair = Pair::new(64);
    apply(&mut pair, &import(&mut first, flavour, LEADS, room));
    for _ in 0..STEPS {
        let op = match dice.below(10) {
            0..5 => course.step(&mut dice, &pair, &forces),
            _ => question(&mut dice, &Sample::of(&pair.twin), &forces),
        };
        apply(&mut pair, &op);
        if dice.is_spent() {
            break;
        }
    }
    apply(&mut pair, &Op::Validate);
}

fn apply(pair: &mut Pair, op: &Op) {
    if let Err(fault) = pair.apply(op) {
        panic!("{fault}\nat {op:?}");
    }
}
