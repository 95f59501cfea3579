//! Random filter trees: every test, every group, drawn from values that leads have.

use lead_index::{Age, DateTime, Filter, Integer, Presence, Test, Unit, Values};
use rand::RngExt;

use super::super::twin::{Held, RESERVED};
use super::leads::NAMES;
use super::{Dice, Sample, values};

/// How many kinds of test there are.
pub(crate) const KINDS: usize = 36;

/// Any name that may stand in a filter or a sort: mostly one that leads have.
pub(crate) fn name(dice: &mut Dice) -> &'static str {
    match dice.below(12) {
        0 | 1 => dice.pick::<&str>(&RESERVED),
        2 if dice.one_in(3) => "nobody has it",
        _ => dice.pick::<&str>(&NAMES),
    }
}

/// A tree whose groups nest `depth` deep at most. Its shape decides how many it selects: a plain
/// tree some, a narrowed one at most a few, a widened one nearly all.
pub(crate) fn any_filter(dice: &mut Dice, sample: &Sample) -> Filter {
    let depth = 1 + dice.below(6);
    let filter = tree(dice, sample, depth);
    match dice.below(20) {
        0 => Filter::all([one_row(dice, sample), Filter::any([filter.clone(), Filter::not(filter)])]),
        1 => Filter::any([one_row(dice, sample), Filter::all([filter, tree(dice, sample, 2), tree(dice, sample, 2)])]),
        2 => Filter::all([few_rows(dice, sample), wide(dice)]),
        3 | 4 => Filter::any([filter, Filter::not(few_rows(dice, sample))]),
        5 => Filter::all([wide(dice), Filter::any([filter, wide(dice)])]),
        6..9 => Filter::any([Filter::all([filter, half(dice, sample)]), half(dice, sample)]),
        9..11 => Filter::all([Filter::any([filter, half(dice, sample)]), half(dice, sample)]),
        _ => filter,
    }
}

/// A filter that names a live filter which is not there: one that was dropped, or never was.
pub(crate) fn with_unknown_segment(dice: &mut Dice, sample: &Sample) -> Filter {
    let unknown = Filter::segment(*dice.pick(&[0, sample.last_live, sample.last_live + 1, u64::MAX]));
    let beside = tree(dice, sample, 2);
    match dice.below(4) {
        0 => unknown,
        1 => Filter::not(Filter::any([beside, unknown])),
        2 => Filter::all([Filter::any([]), unknown, beside]),
        _ => Filter::any([beside, Filter::all([unknown])]),
    }
}

/// A filter that the clock alone moves leads through.
pub(crate) fn of_time(dice: &mut Dice, sample: &Sample) -> Filter {
    let name = *dice.pick(&["$last_seen", "$last_seen", "$created", "seen at", "mixed", "$event_1_last"]);
    let kind = *dice.pick(&[23, 24, 24, 25, 26, 30]);
    match dice.below(6) {
        0 | 1 => Filter::presence(*dice.pick(&[Presence::Online, Presence::Idle, Presence::Offline])),
        2 => Filter::not(Filter::Property { name: name.to_owned(), test: date_test(dice, kind, None) }),
        3 => Filter::all([of_time(dice, sample), tree(dice, sample, 2)]),
        _ => Filter::Property { name: name.to_owned(), test: date_test(dice, kind, None) },
    }
}

/// A random tree of groups and tests.
pub(crate) fn tree(dice: &mut Dice, sample: &Sample, depth: usize) -> Filter {
    if depth <= 1 || dice.one_in(4) {
        return leaf(dice, sample);
    }
    if dice.one_in(50) {
        return if dice.one_in(2) { Filter::all([]) } else { Filter::any([]) };
    }
    let size = if dice.one_in(60) { 12 } else { 1 + dice.below(4) };
    match dice.below(10) {
        0..4 => Filter::All((0..size).map(|_| tree(dice, sample, depth - 1)).collect()),
        4..8 => Filter::Any((0..size).map(|_| tree(dice, sample, depth - 1)).collect()),
        _ => Filter::not(tree(dice, sample, depth - 1)),
    }
}

/// A test of one property, or a segment where there is one.
pub(crate) fn leaf(dice: &mut Dice, sample: &Sample) -> Filter {
    match dice.below(32) {
        0 | 1 => return wide(dice),
        2 => return Filter::presence(*dice.pick(&[Presence::Online, Presence::Idle, Presence::Offline])),
        3..6 => {
            if let Some(id) = sample.segment(dice) {
                return Filter::segment(id);
            }
        }
        _ => {}
    }
    let name = name(dice);
    let held = if dice.one_in(5) { None } else { sample.row(dice).and_then(|row| row.get(name, sample.now)) };
    let kind = match held {
        Some(held) if !dice.one_in(8) => *dice.pick(kinds_for(held)),
        _ => dice.below(KINDS),
    };
    Filter::Property { name: name.to_owned(), test: test(dice, kind, held) }
}

/// A test that all or nearly all pass.
fn wide(dice: &mut Dice) -> Filter {
    match dice.below(6) {
        0 => Filter::gte("$id", 1),
        1 => Filter::known("$presence"),
        2 => Filter::not_in_strings("nobody has it", ["x"]),
        3 => Filter::str_neq("$presence", "onlin"),
        4 => Filter::neq("$sessions", 5),
        _ => Filter::lt_or_unknown("score", 1_i64 << 53),
    }
}

/// A test that splits the rows somewhere.
fn half(dice: &mut Dice, sample: &Sample) -> Filter {
    let Some(row) = sample.row(dice) else {
        return wide(dice);
    };
    match (dice.below(5), row.get("$last_seen", sample.now)) {
        (0, _) => Filter::known(*dice.pick::<&str>(&NAMES)),
        (1, Some(Held::Date(t))) => Filter::date_before("$last_seen", DateTime::from_unix(*t).unwrap_or(DateTime::MIN)),
        (2, _) => Filter::gt("$id", row.lead.id),
        (3, _) => Filter::bool_true("vip"),
        _ => Filter::lt("$id", row.lead.id),
    }
}

/// A filter that one row passes.
fn one_row(dice: &mut Dice, sample: &Sample) -> Filter {
    match sample.row(dice) {
        Some(row) => Filter::eq("$id", row.lead.id),
        None => Filter::eq("$id", 1),
    }
}

/// A filter that a few rows pass.
fn few_rows(dice: &mut Dice, sample: &Sample) -> Filter {
    let count = 1 + dice.below(1 + sample.len().min(4_096) / 16);
    Filter::any((0..count).map(|_| one_row(dice, sample)).collect::<Vec<_>>())
}

/// The kinds of test that look at values of this type.
fn kinds_for(held: &Held) -> &'static [usize] {
    match held {
        Held::Number(_) => &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13],
        Held::Text(_) => &[0, 1, 12, 14, 15, 16, 17, 18, 19, 20],
        Held::Flag(_) => &[0, 21, 22],
        Held::Date(_) => &[0, 1, 23, 24, 25, 26, 27, 28, 29, 30],
        Held::List(_) => &[0, 31, 32, 33, 34, 35],
    }
}

/// A test of the kind, near the held value where there is one of the type.
fn test(dice: &mut Dice, kind: usize, held: Option<&Held>) -> Test {
    match kind {
        0 => Test::Known,
        1 => Test::Unknown,
        2 => Test::Gt(number(dice, held)),
        3 => Test::Gte(number(dice, held)),
        4 => Test::Lt(number(dice, held)),
        5 => Test::Lte(number(dice, held)),
        6 => Test::GtOrUnknown(number(dice, held)),
        7 => Test::LtOrUnknown(number(dice, held)),
        8 => Test::Range(number(dice, held), number(dice, None)),
        9 => Test::Range(number(dice, None), number(dice, held)),
        10 => Test::Eq(number(dice, held)),
        11 => Test::Neq(number(dice, held)),
        12 | 13 if dice.one_in(2) => Test::NotIn(one_of(dice, held)),
        12 | 13 => Test::In(one_of(dice, held)),
        14..21 => text_test(dice, kind, held),
        21 => Test::BoolTrue,
        22 => Test::BoolFalse,
        23..31 => date_test(dice, kind, held),
        _ => list_test(dice, kind, held),
    }
}

fn text_test(dice: &mut Dice, kind: usize, held: Option<&Held>) -> Test {
    let whole = text(dice, held);
    let part = part(dice, &whole);
    match kind {
        14 => Test::StrEq(if dice.one_in(50) { String::new() } else { whole }),
        15 => Test::StrNeq(if dice.one_in(50) { String::new() } else { whole }),
        16 | 17 if dice.one_in(2) => Test::StrContains(part),
        16 | 17 => Test::StrNotContains(part),
        18 => Test::StrStarts(ends_of(dice, &whole).0),
        19 => Test::StrEnds(ends_of(dice, &whole).1),
        _ => Test::StrContains(part),
    }
}

fn date_test(dice: &mut Dice, kind: usize, held: Option<&Held>) -> Test {
    match kind {
        23 => Test::DaysMore(age(dice)),
        24 => Test::DaysLess(age(dice)),
        25 => Test::DaysMoreOrUnknown(age(dice)),
        26 => Test::DaysLessOrUnknown(age(dice)),
        27 => Test::DateBefore(date(dice, held)),
        28 => Test::DateAfter(date(dice, held)),
        29 => Test::DateRange(date(dice, held), date(dice, None)),
        _ => Test::Today { tz_offset_minutes: *dice.pick(&[0, 0, 180, -480, 1_440, -1_440, 840, 1]) },
    }
}

fn list_test(dice: &mut Dice, kind: usize, held: Option<&Held>) -> Test {
    match kind {
        31 => Test::ListContains(item(dice, held)),
        32 => Test::ListNotContains(item(dice, held)),
        33 | 34 => Test::ListContainsAny((0..dice.below(4)).map(|_| item(dice, held)).collect()),
        _ => Test::ListContainsAll((0..dice.below(3)).map(|_| item(dice, held)).collect()),
    }
}

fn number(dice: &mut Dice, held: Option<&Held>) -> Integer {
    let near = match held {
        Some(Held::Number(n)) => *n + dice.random_range(-1..2),
        _ if dice.one_in(12) => *dice.pick(&[i128::from(i64::MIN), i128::from(u64::MAX), 1 << 63, (1 << 53) + 1]),
        _ => i128::from(values::number(dice)),
    };
    Integer::new(near).unwrap_or(Integer::from(0))
}

fn text(dice: &mut Dice, held: Option<&Held>) -> String {
    let whole = match held {
        Some(Held::Text(text)) => text.raw.clone(),
        _ => values::text(dice),
    };
    values::recase(dice, &whole)
}

fn item(dice: &mut Dice, held: Option<&Held>) -> String {
    match held {
        Some(Held::List(items)) => {
            let item = dice.pick(items).raw.clone();
            values::recase(dice, &item)
        }
        _ if dice.one_in(30) => String::new(),
        _ => text(dice, None),
    }
}

fn date(dice: &mut Dice, held: Option<&Held>) -> DateTime {
    match held {
        Some(Held::Date(t)) => DateTime::from_unix(*t + dice.random_range(-1..2)).unwrap_or(DateTime::MIN),
        _ => values::date(dice),
    }
}

fn age(dice: &mut Dice) -> Age {
    let unit = *dice.pick(&[Unit::Minutes, Unit::Hours, Unit::Days, Unit::Days, Unit::Weeks]);
    let count = if dice.one_in(20) { 1 << 53 } else { dice.random_range(0..30) };
    Age::new(count, unit).expect("at most 2^53 units")
}

fn one_of(dice: &mut Dice, held: Option<&Held>) -> Values {
    let len = if dice.one_in(40) { 80 } else { dice.below(5) };
    let numbers = match held {
        Some(Held::Number(_)) => true,
        Some(Held::Text(_)) => false,
        _ => dice.one_in(2),
    };
    if numbers {
        Values::Numbers((0..len).map(|i| number(dice, held.filter(|_| i % 2 == 0))).collect())
    } else {
        Values::Strings((0..len).map(|i| text(dice, held.filter(|_| i % 2 == 0))).collect())
    }
}

/// Some characters out of the middle, at least one.
fn part(dice: &mut Dice, whole: &str) -> String {
    let chars: Vec<char> = whole.chars().collect();
    let from = dice.below(chars.len().max(1));
    let len = 1 + dice.below(chars.len().saturating_sub(from).max(1));
    non_empty(chars.iter().skip(from).take(len).collect())
}

/// The text cut in two somewhere.
fn ends_of(dice: &mut Dice, whole: &str) -> (String, String) {
    let at = dice.below(whole.chars().count() + 1);
    (non_empty(whole.chars().take(at).collect()), non_empty(whole.chars().skip(at).collect()))
}

fn non_empty(text: String) -> String {
    if text.is_empty() { "a".to_owned() } else { text }
}
