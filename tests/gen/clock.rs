//! Where the clock goes next: mostly to a moment at which somebody enters or leaves, or a second
//! before or after it.

use lead_index::DateTime;
use rand::RngExt;

use super::super::twin::ops::Op;
use super::super::twin::{Held, NOW};
use super::{Dice, Sample};

const DAY: i64 = 86_400;
/// The clock does not leave the time around which values lie.
const REACH: std::ops::Range<i64> = NOW - 3 * DAY..NOW + 45 * DAY;

/// A step of the clock.
pub(crate) fn hand(dice: &mut Dice, sample: &Sample) -> Op {
    let to = match dice.below(12) {
        0..3 => sample.now + dice.random_range(1..130),
        3..6 => border_of_a_beat(dice, sample),
        6..9 => border_of_an_age(dice, sample),
        9 | 10 => midnight(dice, sample.now),
        _ => sample.now - dice.random_range(0..DAY),
    };
    let to = if REACH.contains(&to) { to } else { NOW + dice.random_range(0..600) };
    Op::SetClock(DateTime::from_unix(to).expect("a date of this century"))
}

/// One second before, at, or after.
fn about(dice: &mut Dice, moment: i64) -> i64 {
    moment + dice.random_range(-1..2)
}

/// The moment at which somebody goes offline.
fn border_of_a_beat(dice: &mut Dice, sample: &Sample) -> i64 {
    let beat = (0..6).find_map(|_| sample.row(dice).and_then(|row| row.beat));
    let moment = beat.map_or(sample.now + 60, |beat| beat.at + 120);
    about(dice, moment)
}

/// The moment at which somebody's date is a whole number of units ago, the next one that comes.
fn border_of_an_age(dice: &mut Dice, sample: &Sample) -> i64 {
    let name = *dice.pick(&["$last_seen", "$last_seen", "$created", "seen at", "mixed", "$event_1_last"]);
    let unit = *dice.pick(&[60, 3_600, DAY, DAY, 7 * DAY]);
    let held = sample.row(dice).and_then(|row| row.get(name, sample.now));
    let moment = match held {
        Some(Held::Date(date)) => sample.now + unit - (sample.now - date).rem_euclid(unit),
        _ => sample.now + unit,
    };
    about(dice, moment)
}

/// The next midnight of a zone.
fn midnight(dice: &mut Dice, now: i64) -> i64 {
    let east = 60 * *dice.pick(&[0, 0, 180, -480, 840, 1]);
    let moment = ((now + east).div_euclid(DAY) + 1) * DAY - east;
    about(dice, moment)
}
