//! The types of the dialect: each name, what its value holds, and the test it becomes.

use crate::datetime::DateTime;
use crate::filter::tree::{Age, Integer, Test, Values};

/// What an object with a `type` is, and how to make it from what its value holds.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// `filters`: all of them hold.
    And,
    /// `filters`: at least one holds.
    Or,
    /// `filters`: exactly one, which does not hold.
    Not,
    /// No value.
    Nothing(fn() -> Test),
    /// `value`: a number.
    Number(fn(Integer) -> Test),
    /// `value1`, `value2`: numbers.
    Numbers(fn(Integer, Integer) -> Test),
    /// `value`: a text.
    Text(fn(String) -> Test),
    /// `value`: a count of `unit`.
    Age(fn(Age) -> Test),
    /// `value`: a date.
    Date(fn(DateTime) -> Test),
    /// `value1`, `value2`: dates.
    Dates(fn(DateTime, DateTime) -> Test),
    /// `tz_offset_minutes`, which may be absent.
    Today,
    /// `values`: all numbers or all texts.
    Values(fn(Values) -> Test),
    /// `values`: texts.
    Texts(fn(Vec<String>) -> Test),
    /// `value`: the number of a saved filter; no property.
    Segment,
    /// `value`: `online`, `idle` or `offline`; no property.
    Presence,
}

const TYPES: [(&str, Shape); 38] = [
    ("and", Shape::And),
    ("or", Shape::Or),
    ("not", Shape::Not),
    ("known", Shape::Nothing(|| Test::Known)),
    ("unknown", Shape::Nothing(|| Test::Unknown)),
    ("gt", Shape::Number(Test::Gt)),
    ("gte", Shape::Number(Test::Gte)),
    ("lt", Shape::Number(Test::Lt)),
    ("lte", Shape::Number(Test::Lte)),
    ("gt_or_unknown", Shape::Number(Test::GtOrUnknown)),
    ("lt_or_unknown", Shape::Number(Test::LtOrUnknown)),
    ("range", Shape::Numbers(Test::Range)),
    ("eq", Shape::Number(Test::Eq)),
    ("neq", Shape::Number(Test::Neq)),
    ("in", Shape::Values(Test::In)),
    ("not_in", Shape::Values(Test::NotIn)),
    ("str_eq", Shape::Text(Test::StrEq)),
    ("str_neq", Shape::Text(Test::StrNeq)),
    ("str_contains", Shape::Text(Test::StrContains)),
    ("str_notcontains", Shape::Text(Test::StrNotContains)),
    ("str_starts", Shape::Text(Test::StrStarts)),
    ("str_ends", Shape::Text(Test::StrEnds)),
    ("bool_true", Shape::Nothing(|| Test::BoolTrue)),
    ("bool_false", Shape::Nothing(|| Test::BoolFalse)),
    ("daysmore", Shape::Age(Test::DaysMore)),
    ("daysless", Shape::Age(Test::DaysLess)),
    ("daysmore_or_unknown", Shape::Age(Test::DaysMoreOrUnknown)),
    ("daysless_or_unknown", Shape::Age(Test::DaysLessOrUnknown)),
    ("date_before", Shape::Date(Test::DateBefore)),
    ("date_after", Shape::Date(Test::DateAfter)),
    ("date_range", Shape::Dates(Test::DateRange)),
    ("today", Shape::Today),
    ("lcontains", Shape::Text(Test::ListContains)),
    ("lnotcontains", Shape::Text(Test::ListNotContains)),
    ("lcontains_any", Shape::Texts(Test::ListContainsAny)),
    ("lcontains_all", Shape::Texts(Test::ListContainsAll)),
    ("segment", Shape::Segment),
    ("presence", Shape::Presence),
];

/// The shape of the type named exactly so.
pub(super) fn shape(name: &str) -> Option<Shape> {
    TYPES.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape)
}

/// The known type whose name takes the fewest edits to reach, case aside.
pub(super) fn nearest(name: &str) -> &'static str {
    // No name is longer than 19 characters, so the tail of a long one cannot bring it nearer.
    let name: Vec<char> = name.chars().take(40).flat_map(char::to_lowercase).collect();
    TYPES.iter().map(|(known, _)| *known).min_by_key(|known| edits(&name, known)).unwrap_or("and")
}

/// Levenshtein's distance.
fn edits(from: &[char], to: &str) -> usize {
    let mut row: Vec<usize> = (0..=from.len()).collect();
    for (i, wanted) in to.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, given) in from.iter().enumerate() {
            let changed = diagonal + usize::from(*given != wanted);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[from.len()]
}
