//! Whether a filter holds for a row.

use std::collections::BTreeMap;

use lead_index::{Age, Filter, Test, Values};

use super::fold::canon;
use super::held::{Held, Row};
use super::live::Kept;

/// The same filter with every text in canonical form, so that [`holds`] compares plainly.
pub(crate) fn canonical(filter: &Filter) -> Filter {
    let mut copy = filter.clone();
    fold_texts(&mut copy);
    copy
}

fn fold_texts(filter: &mut Filter) {
    match filter {
        Filter::All(children) | Filter::Any(children) => children.iter_mut().for_each(fold_texts),
        Filter::Not(child) => fold_texts(child),
        Filter::Property { test, .. } => fold_test(test),
        Filter::Segment(_) => {}
        other => panic!("a filter the twin has not learned: {other:?}"),
    }
}

fn fold_test(test: &mut Test) {
    match test {
        Test::StrEq(text)
        | Test::StrNeq(text)
        | Test::StrContains(text)
        | Test::StrNotContains(text)
        | Test::StrStarts(text)
        | Test::StrEnds(text)
        | Test::ListContains(text)
        | Test::ListNotContains(text) => *text = canon(text),
        Test::In(Values::Strings(items))
        | Test::NotIn(Values::Strings(items))
        | Test::ListContainsAny(items)
        | Test::ListContainsAll(items) => items.iter_mut().for_each(|item| *item = canon(item)),
        _ => {}
    }
}

/// What a filter is evaluated against beside the row: a moment, and the filters that are kept.
#[derive(Clone, Copy)]
pub(crate) struct View<'t> {
    pub(crate) now: i64,
    pub(super) kept: &'t BTreeMap<u64, Kept>,
}

impl View<'_> {
    /// Whether a filter in canonical form holds for the row. Of a segment nothing is remembered: its
    /// filter is evaluated afresh. An unknown segment has no members.
    pub(crate) fn holds(self, filter: &Filter, row: &Row) -> bool {
        match filter {
            Filter::All(children) => children.iter().all(|child| self.holds(child, row)),
            Filter::Any(children) => children.iter().any(|child| self.holds(child, row)),
            Filter::Not(child) => !self.holds(child, row),
            Filter::Property { name, test } => passes(test, row.get(name, self.now), self.now),
            Filter::Segment(0) => row.is_lead,
            Filter::Segment(id) => self.kept.get(id).is_some_and(|kept| self.holds(&kept.canonical, row)),
            other => panic!("a filter the twin has not learned: {other:?}"),
        }
    }
}

/// Groups the tests: the complements first, then those that also take the unknown, then the rest.
fn passes(test: &Test, held: Option<&Held>, now: i64) -> bool {
    let unknown = held.is_none();
    match test {
        Test::Known => !unknown,
        Test::Unknown => unknown,
        Test::Neq(n) => !number(held, |x| x == n.get()),
        Test::NotIn(values) => !is_one_of(held, values),
        Test::StrNeq(t) => !text(held, |s| s == t),
        Test::StrNotContains(t) => !text(held, |s| s.contains(t.as_str())),
        Test::ListNotContains(t) => !list(held, |items| items.contains(&t.as_str())),
        Test::GtOrUnknown(n) => unknown || number(held, |x| x > n.get()),
        Test::LtOrUnknown(n) => unknown || number(held, |x| x < n.get()),
        Test::DaysMoreOrUnknown(age) => unknown || older(held, *age, now),
        Test::DaysLessOrUnknown(age) => unknown || younger(held, *age, now),
        positive => value_passes(positive, held, now),
    }
}

/// Tests that are false without a value of their type.
fn value_passes(test: &Test, held: Option<&Held>, now: i64) -> bool {
    match test {
        Test::Gt(n) => number(held, |x| x > n.get()),
        Test::Gte(n) => number(held, |x| x >= n.get()),
        Test::Lt(n) => number(held, |x| x < n.get()),
        Test::Lte(n) => number(held, |x| x <= n.get()),
        Test::Range(low, high) => number(held, |x| x >= low.get() && x <= high.get()),
        Test::Eq(n) => number(held, |x| x == n.get()),
        Test::In(values) => is_one_of(held, values),
        Test::StrEq(t) => text(held, |s| s == t),
        Test::StrContains(t) => text(held, |s| s.contains(t.as_str())),
        Test::StrStarts(t) => text(held, |s| s.starts_with(t.as_str())),
        Test::StrEnds(t) => text(held, |s| s.ends_with(t.as_str())),
        Test::BoolTrue => matches!(held, Some(Held::Flag(true))),
        Test::BoolFalse => matches!(held, Some(Held::Flag(false))),
        Test::DaysMore(age) => older(held, *age, now),
        Test::DaysLess(age) => younger(held, *age, now),
        Test::DateBefore(t) => date(held, |x| x < t.unix()),
        Test::DateAfter(t) => date(held, |x| x > t.unix()),
        Test::DateRange(from, to) => date(held, |x| x >= from.unix() && x <= to.unix()),
        Test::Today { tz_offset_minutes } => date(held, |x| same_day(x, now, *tz_offset_minutes)),
        Test::ListContains(t) => list(held, |items| items.contains(&t.as_str())),
        Test::ListContainsAny(wanted) => list(held, |items| wanted.iter().any(|w| items.contains(&w.as_str()))),
        Test::ListContainsAll(wanted) => list(held, |items| wanted.iter().all(|w| items.contains(&w.as_str()))),
        other => panic!("a test the twin has not learned: {other:?}"),
    }
}

fn number(held: Option<&Held>, passes: impl Fn(i128) -> bool) -> bool {
    matches!(held, Some(Held::Number(n)) if passes(*n))
}

fn text(held: Option<&Held>, passes: impl Fn(&str) -> bool) -> bool {
    matches!(held, Some(Held::Text(t)) if passes(&t.canon))
}

fn date(held: Option<&Held>, passes: impl Fn(i64) -> bool) -> bool {
    matches!(held, Some(Held::Date(t)) if passes(*t))
}

fn list(held: Option<&Held>, passes: impl Fn(&[&str]) -> bool) -> bool {
    match held {
        Some(Held::List(items)) => passes(&items.iter().map(|item| item.canon.as_str()).collect::<Vec<_>>()),
        _ => false,
    }
}

fn is_one_of(held: Option<&Held>, values: &Values) -> bool {
    match values {
        Values::Numbers(wanted) => number(held, |x| wanted.iter().any(|w| w.get() == x)),
        Values::Strings(wanted) => text(held, |s| wanted.iter().any(|w| w == s)),
        other => panic!("a list of values the twin has not learned: {other:?}"),
    }
}

fn age(date: i64, now: i64) -> i128 {
    i128::from(now) - i128::from(date)
}

fn seconds(length: Age) -> i128 {
    use lead_index::Unit;
    let unit = match length.unit() {
        Unit::Minutes => 60,
        Unit::Hours => 60 * 60,
        Unit::Days => 24 * 60 * 60,
        Unit::Weeks => 7 * 24 * 60 * 60,
    };
    i128::from(length.count()) * unit
}

fn older(held: Option<&Held>, than: Age, now: i64) -> bool {
    date(held, |x| age(x, now) > seconds(than))
}

fn younger(held: Option<&Held>, than: Age, now: i64) -> bool {
    date(held, |x| age(x, now) < seconds(than))
}

fn same_day(date: i64, now: i64, offset_minutes: i32) -> bool {
    let day = |t: i64| (i128::from(t) + 60 * i128::from(offset_minutes)).div_euclid(86_400);
    day(date) == day(now)
}
