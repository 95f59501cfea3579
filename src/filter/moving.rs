//! The tests of a filter that time alone can turn, and when it does.

use crate::datetime::DateTime;
use crate::filter::canonical::Segment;
use crate::filter::tree::{Age, Filter, Test};
use crate::lead::{HEARTBEAT_SECONDS, Heartbeat};
use crate::property;

const DAY: i64 = 86_400;

/// A test of dates whose outcome changes as time goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moving {
    /// The property.
    pub(crate) name: String,
    /// Which heartbeats of `$presence` are meant; of other properties, its datetimes are.
    pub(crate) heartbeat: Option<Heartbeat>,
    pub(crate) turns: Turns,
}

/// When the test of a date turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turns {
    /// Once: this many seconds after the date.
    After(i64),
    /// As the day of the date begins and as it ends, in a zone this many seconds east of UTC.
    Day(i64),
}

/// The moving tests of a filter, its segments opened.
pub(crate) fn moving<'s>(filter: &Filter, segments: &impl Fn(u64) -> Segment<'s>) -> Vec<Moving> {
    let mut found = Vec::new();
    collect(filter, segments, &mut found);
    found
}

fn collect<'s>(filter: &Filter, segments: &impl Fn(u64) -> Segment<'s>, found: &mut Vec<Moving>) {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().for_each(|part| collect(part, segments, found)),
        Filter::Not(part) => collect(part, segments, found),
        Filter::Segment(id) => {
            if let Segment::Filter(filter) = segments(*id) {
                collect(filter, segments, found);
            }
        }
        Filter::Property { name, .. } if name == property::PRESENCE => {
            for kind in [Heartbeat::Online, Heartbeat::Idle] {
                add(name, Some(kind), Turns::After(HEARTBEAT_SECONDS), found);
            }
        }
        Filter::Property { name, test } => {
            if let Some(turns) = turns(test) {
                add(name, None, turns, found);
            }
        }
    }
}

fn add(name: &str, heartbeat: Option<Heartbeat>, turns: Turns, found: &mut Vec<Moving>) {
    let moving = Moving { name: name.to_owned(), heartbeat, turns };
    if !found.contains(&moving) {
        found.push(moving);
    }
}

fn turns(test: &Test) -> Option<Turns> {
    match test {
        // age > S: from the second S + 1 on.
        Test::DaysMore(age) | Test::DaysMoreOrUnknown(age) => Some(Turns::After(seconds(*age).saturating_add(1))),
        // age < S: until the second S.
        Test::DaysLess(age) | Test::DaysLessOrUnknown(age) => Some(Turns::After(seconds(*age))),
        Test::Today { tz_offset_minutes } => Some(Turns::Day(i64::from(*tz_offset_minutes) * 60)),
        _ => None,
    }
}

/// Beyond the years 1 to 9999 nothing turns any more, so the length may be cut.
fn seconds(age: Age) -> i64 {
    i64::try_from(age.seconds()).unwrap_or(i64::MAX).min(1 << 50)
}

impl Turns {
    /// The dates whose test turns between `from` (not included) and `to` (included): ranges with both
    /// ends included.
    pub(crate) fn between(self, from: DateTime, to: DateTime) -> [(i64, i64); 2] {
        const NONE: (i64, i64) = (1, 0);
        let (from, to) = (from.unix(), to.unix());
        match self {
            Self::After(seconds) => [(from - seconds + 1, to - seconds), NONE],
            Self::Day(offset) => {
                let (old, new) = (day_start(from, offset), day_start(to, offset));
                if old == new { [NONE, NONE] } else { [(old, old + DAY - 1), (new, new + DAY - 1)] }
            }
        }
    }

    /// The first second after `now` at which the test of some date turns. `next` finds the least date
    /// that is greater than a given one.
    pub(crate) fn next(self, now: DateTime, next: impl Fn(i64) -> Option<i64>) -> i64 {
        let now = now.unix();
        match self {
            Self::After(seconds) => next(now - seconds).map_or(i64::MAX, |date| date + seconds),
            // Days turn for everybody at once: no date needs to be looked for.
            Self::Day(offset) => next(i64::MIN).map_or(i64::MAX, |_| day_start(now, offset) + DAY),
        }
    }

    /// The first second after `now` at which the test of this date turns, or may.
    pub(crate) fn of(self, date: i64, now: DateTime) -> i64 {
        self.next(now, |after| (date > after).then_some(date))
    }
}

fn day_start(now: i64, offset: i64) -> i64 {
    (now + offset).div_euclid(DAY) * DAY - offset
}

#[cfg(test)]
mod tests {
    use super::{DAY, Turns};
    use crate::DateTime;

    fn at(second: i64) -> DateTime {
        DateTime::from_unix(second).expect("a date of this century")
    }

    #[test]
    fn a_date_turns_in_the_second_its_age_is_reached() {
        let turns = Turns::After(60);
        assert_eq!(turns.of(1_000, at(1_000)), 1_060);
        assert_eq!(turns.of(1_000, at(1_059)), 1_060);
        assert_eq!(turns.of(1_000, at(1_060)), i64::MAX);
        for (from, to, turned) in
            [(1_058, 1_059, false), (1_059, 1_060, true), (1_000, 5_000, true), (1_060, 9_000, false)]
        {
            let [(low, high), _] = turns.between(at(from), at(to));
            assert_eq!((low..=high).contains(&1_000), turned, "{from} to {to}");
        }
    }

    #[test]
    fn a_day_turns_at_its_midnight() {
        let turns = Turns::Day(3 * 3_600);
        let midnight = 20_000 * DAY - 3 * 3_600;
        assert_eq!(turns.of(7, at(midnight - 1)), midnight);
        assert_eq!(turns.of(7, at(midnight)), midnight + DAY);
        assert_eq!(turns.between(at(midnight - 5), at(midnight - 1)), [(1, 0), (1, 0)]);
        assert_eq!(
            turns.between(at(midnight - 1), at(midnight)),
            [(midnight - DAY, midnight - 1), (midnight, midnight + DAY - 1)]
        );
    }
}
