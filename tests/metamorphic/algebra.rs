//! Two ways to write one filter.

use lead_index::{DateTime, Filter, Integer, Test, Values};
use rand::seq::SliceRandom;

use super::World;
use super::generate::filters::leaf;
use super::generate::values;

/// Two filters that mean the same find the same, in the same order.
pub(crate) fn equal_filters_find_the_same(world: &mut World) {
    let (one, other) = if world.dice.one_in(2) { of_groups(world) } else { of_tests(world) };
    let (name, order) = world.order();
    assert_eq!(
        world.all(&one, name, order),
        world.all(&other, name, order),
        "seed {}: {one:?} and {other:?} by {name} {order:?}",
        world.seed
    );
}

/// Laws of and, or, not.
fn of_groups(world: &mut World) -> (Filter, Filter) {
    let (a, b, c) = (world.part(), world.part(), world.part());
    let (not, all, any) = (Filter::not, Filter::All, Filter::Any);
    match world.dice.below(10) {
        0 => (not(all(vec![a.clone(), b.clone()])), any(vec![not(a), not(b)])),
        1 => (not(any(vec![a.clone(), b.clone()])), all(vec![not(a), not(b)])),
        2 => (any(vec![a.clone(), all(vec![a.clone(), b])]), a),
        3 => (all(vec![a.clone(), any(vec![a.clone(), b])]), a),
        4 => (not(not(a.clone())), a),
        5 => (all(vec![a.clone(), b.clone(), a.clone()]), all(vec![b, a])),
        6 => {
            (all(vec![a.clone(), any(vec![b.clone(), c.clone()])]), any(vec![all(vec![a.clone(), b]), all(vec![a, c])]))
        }
        7 => {
            (any(vec![a.clone(), all(vec![b.clone(), c.clone()])]), all(vec![any(vec![a.clone(), b]), any(vec![a, c])]))
        }
        8 => (all(vec![a.clone(), not(a)]), any(vec![])),
        _ => {
            let (parts, mut mixed) = (vec![a.clone(), b.clone(), c.clone()], vec![a, b, c]);
            mixed.shuffle(&mut world.dice);
            (any(parts), any(mixed))
        }
    }
}

/// Tests that are short for others.
fn of_tests(world: &mut World) -> (Filter, Filter) {
    for _ in 0..50 {
        let filter = leaf(&mut world.dice, &world.sample);
        if let Filter::Property { name, test } = &filter
            && let Some(other) = spelt_out(world, name, test)
        {
            return (filter, other);
        }
    }
    (Filter::all([]), Filter::not(Filter::any([])))
}

/// The test in other words; `None` where there are none.
fn spelt_out(world: &mut World, name: &str, test: &Test) -> Option<Filter> {
    let is = |test: Test| Filter::Property { name: name.to_owned(), test };
    let or_unknown = |test: Test| Filter::any([is(test), Filter::unknown(name)]);
    let end = Integer::from(u64::MAX);
    Some(match test {
        Test::Unknown => Filter::not(Filter::known(name)),
        Test::Gte(n) => Filter::any([is(Test::Gt(*n)), is(Test::Eq(*n))]),
        Test::Lte(n) => Filter::any([is(Test::Lt(*n)), is(Test::Eq(*n))]),
        Test::Gt(n) => Filter::all([is(Test::Gte(*n)), is(Test::Neq(*n))]),
        Test::Lt(n) => Filter::all([is(Test::Lte(end)), Filter::not(is(Test::Gte(*n)))]),
        Test::Range(low, high) => Filter::all([is(Test::Gte(*low)), is(Test::Lte(*high))]),
        Test::Eq(n) => is(Test::Range(*n, *n)),
        Test::Neq(n) => Filter::not(is(Test::Eq(*n))),
        Test::GtOrUnknown(n) => or_unknown(Test::Gt(*n)),
        Test::LtOrUnknown(n) => or_unknown(Test::Lt(*n)),
        Test::DaysMoreOrUnknown(age) => or_unknown(Test::DaysMore(*age)),
        Test::DaysLessOrUnknown(age) => or_unknown(Test::DaysLess(*age)),
        Test::In(values) => one_of(values, &is),
        Test::NotIn(values) => Filter::not(is(Test::In(twice(world, values)))),
        Test::StrNeq(text) => Filter::not(is(Test::StrEq(text.clone()))),
        Test::StrNotContains(text) => Filter::not(is(Test::StrContains(text.clone()))),
        Test::StrEq(text) => is(Test::In(Values::Strings(vec![values::recase(&mut world.dice, text)]))),
        Test::StrContains(text) => is(Test::StrContains(values::recase(&mut world.dice, text))),
        Test::StrStarts(text) => Filter::all([filter_of(name, text), is(Test::StrStarts(text.clone()))]),
        Test::DateRange(from, to) => {
            Filter::all([is(Test::DateRange(*from, DateTime::MAX)), is(Test::DateRange(DateTime::MIN, *to))])
        }
        Test::DateAfter(from) => {
            Filter::all([is(Test::DateRange(*from, DateTime::MAX)), Filter::not(is(Test::DateRange(*from, *from)))])
        }
        Test::ListNotContains(item) => Filter::not(is(Test::ListContains(item.clone()))),
        Test::ListContainsAny(items) => {
            Filter::any(items.iter().map(|item| is(Test::ListContains(item.clone()))).collect::<Vec<_>>())
        }
        Test::ListContainsAll(items) if !items.is_empty() => {
            Filter::all(items.iter().map(|item| is(Test::ListContains(item.clone()))).collect::<Vec<_>>())
        }
        _ => return None,
    })
}

/// What starts with a text contains it.
fn filter_of(name: &str, text: &str) -> Filter {
    Filter::str_contains(name, text)
}

/// `in` as an or of equals.
fn one_of(values: &Values, is: &dyn Fn(Test) -> Filter) -> Filter {
    match values {
        Values::Numbers(items) => Filter::any(items.iter().map(|n| is(Test::Eq(*n))).collect::<Vec<_>>()),
        Values::Strings(items) => Filter::any(items.iter().map(|s| is(Test::StrEq(s.clone()))).collect::<Vec<_>>()),
        other => panic!("a list of values the test has not learned: {other:?}"),
    }
}

/// The same values in another order, each twice.
fn twice(world: &mut World, values: &Values) -> Values {
    match values {
        Values::Numbers(items) => {
            let mut items = [items.as_slice(), items.as_slice()].concat();
            items.shuffle(&mut world.dice);
            Values::Numbers(items)
        }
        Values::Strings(items) => {
            let mut items = [items.as_slice(), items.as_slice()].concat();
            items.shuffle(&mut world.dice);
            Values::Strings(items)
        }
        other => panic!("a list of values the test has not learned: {other:?}"),
    }
}
