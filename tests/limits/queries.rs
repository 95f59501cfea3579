//! Questions at and beyond every bound.

use std::time::Duration;

use lead_index::{CancelToken, ErrorKind, Filter, Force, ForceFilter, ForceSort, Limits, Order, Query, Universe};

use crate::{code, filled, index, index_with, lead};

#[test]
fn a_page_above_the_limit_is_refused_and_nothing_is_allocated_by_it() {
    let index = filled(100);
    for limit in [10_001, 1_000_000_000_000, u64::MAX] {
        for offset in [0, 1, u64::MAX] {
            let error = index.query(&Query::new().limit(limit).offset(offset)).unwrap_err();
            assert_eq!((error.code(), error.kind()), ("limit_too_large", ErrorKind::Validation));
            assert_eq!(code(index.ids(&Query::new().limit(limit).offset(offset))), "limit_too_large");
            assert_eq!(code(index.snapshot().query(&Query::new().limit(limit))), "limit_too_large");
        }
    }
    assert_eq!(index.ids(&Query::new().limit(10_000)).unwrap().len(), 100);
}

#[test]
fn the_page_limit_of_an_index_can_be_lowered() {
    let mut limits = Limits::default();
    limits.page = 5;
    let index = index_with(limits);
    index.insert(lead(1)).unwrap();
    assert_eq!(code(index.query(&Query::new().limit(6))), "limit_too_large");
    assert_eq!(index.ids(&Query::new().limit(5)).unwrap(), [1]);
}

#[test]
fn an_offset_past_the_end_is_an_empty_page_with_the_true_total() {
    let index = filled(300);
    for sort in ["$sessions", "$id", "nobody has it"] {
        for order in [Order::Asc, Order::Desc] {
            for offset in [300, 301, 1 << 32, 1 << 63, u64::MAX - 1, u64::MAX] {
                for force in [ForceSort::Auto, ForceSort::Walk, ForceSort::Skip, ForceSort::Gather] {
                    let force = Force { filter: ForceFilter::Auto, sort: force };
                    let query = Query::new().sort_by(sort, order).offset(offset).limit(10_000).force(force);
                    let page = index.query(&query).unwrap();
                    assert_eq!((page.total(), page.ids()), (300, vec![]), "{query:?}");
                }
            }
        }
    }
    assert_eq!(index.ids(&Query::new().sort_by("$id", Order::Desc).offset(299)).unwrap(), [1]);
}

#[test]
fn a_limit_of_zero_is_a_count() {
    let page = filled(70).query(&Query::new().limit(0)).unwrap();
    assert_eq!((page.total(), page.ids()), (70, vec![]));
}

#[test]
fn a_sort_by_a_name_that_nobody_has_is_the_order_by_id() {
    let index = filled(130);
    let expected: Vec<u64> = (1..=130).collect();
    for order in [Order::Asc, Order::Desc] {
        let query = Query::new().sort_by("nobody has it", order).limit(1_000);
        assert_eq!(index.ids(&query).unwrap(), expected);
    }
}

#[test]
fn a_name_that_is_empty_or_too_long_is_refused() {
    let index = filled(3);
    let longest = "ж".repeat(255);
    assert_eq!(index.ids(&Query::new().sort_by(longest.clone(), Order::Asc)).unwrap(), [1, 2, 3]);
    assert_eq!(index.count(&Filter::unknown(longest)).unwrap(), 3);
    for name in ["ж".repeat(256), "x".repeat(10_000)] {
        assert_eq!(code(index.query(&Query::new().sort_by(name.clone(), Order::Asc))), "name_too_long");
        assert_eq!(code(index.count(&Filter::known(name))), "name_too_long");
    }
    assert_eq!(code(index.query(&Query::new().sort_by("", Order::Asc))), "empty_name");
    assert_eq!(code(index.count(&Filter::known(""))), "empty_name");
}

#[test]
fn every_read_checks_the_bounds_of_its_filter() {
    let index = filled(3);
    let deep = (0..40).fold(Filter::known("plan"), |inner, _| Filter::not(inner));
    let many = Filter::any((0..4_097).map(|n| Filter::eq("$sessions", n)));
    let long_list = Filter::in_numbers("$id", 0..65_537_u32);
    let long_text = Filter::str_eq("plan", "x".repeat(256));
    let cases = [
        (deep, "filter_too_deep"),
        (many, "too_many_conditions"),
        (long_list, "list_too_long"),
        (long_text, "string_too_long"),
        (Filter::str_contains("plan", ""), "empty_string"),
        (Filter::today("$created", 1_441), "number_out_of_range"),
    ];
    for (filter, expected) in cases {
        let query = Query::new().filter(filter.clone());
        assert_eq!(code(index.count(&filter)), expected);
        assert_eq!(code(index.query(&query)), expected);
        assert_eq!(code(index.ids(&query)), expected);
        assert_eq!(code(index.snapshot().query(&query)), expected);
        assert!(index.explain(&query).is_err(), "{expected}");
    }
}

#[test]
fn a_filter_at_every_bound_is_answered() {
    let index = filled(100);
    let deepest = (0..32).fold(Filter::str_eq("plan", "PRO"), |inner, _| Filter::not(inner));
    assert_eq!(index.count(&deepest).unwrap(), 33);
    let most = Filter::any((0..4_096_u64).map(|n| Filter::eq("$id", n)));
    assert_eq!(index.count(&most).unwrap(), 100);
    assert_eq!(index.count(&Filter::in_numbers("$id", 50..50 + 65_536_u32)).unwrap(), 51);
    assert_eq!(index.count(&Filter::str_contains("$name", "x".repeat(255))).unwrap(), 0);
}

#[test]
fn a_million_nested_nots_are_refused_and_dropped_without_recursion() {
    let index = filled(1);
    let mut filter = Filter::known("plan");
    for _ in 0..1_000_000 {
        filter = Filter::not(filter);
    }
    assert_eq!(code(index.count(&filter)), "filter_too_deep");
}

#[test]
fn a_spent_budget_ends_a_query_without_a_partial_answer() {
    let index = filled(500);
    for force in [ForceFilter::Auto, ForceFilter::Enumerate, ForceFilter::Check] {
        let query = Query::new()
            .filter(Filter::str_contains("$name", "lead"))
            .deadline(Duration::ZERO)
            .force(Force { filter: force, sort: ForceSort::Auto });
        let error = index.query(&query).unwrap_err();
        assert_eq!((error.code(), error.kind()), ("deadline_exceeded", ErrorKind::DeadlineExceeded));
    }
    let generous = Query::new().deadline(Duration::from_secs(3_600));
    assert_eq!(index.query(&generous).unwrap().total(), 500);
}

#[test]
fn a_cancelled_query_ends_without_a_partial_answer() {
    let index = filled(500);
    let token = CancelToken::new();
    let query = Query::new().filter(Filter::gt("$sessions", 3)).cancel_token(token.clone());
    let total = index.query(&query).unwrap().total();
    assert_eq!(total, index.count(&Filter::gt("$sessions", 3)).unwrap());
    token.cancel();
    let error = index.query(&query).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("cancelled", ErrorKind::Cancelled));
    assert_eq!(code(index.ids(&query)), "cancelled");
    assert_eq!(code(index.snapshot().query(&query)), "cancelled");
}

#[test]
fn an_empty_index_answers_everything() {
    let index = index();
    for universe in [Universe::Leads, Universe::Everyone] {
        for filter in [Filter::all([]), Filter::any([]), Filter::unknown("x"), Filter::gt("$id", 0)] {
            let page = index.query(&Query::new().filter(filter).universe(universe).limit(10)).unwrap();
            assert_eq!((page.total(), page.ids(), page.leads().len()), (0, vec![], 0));
        }
    }
    assert_eq!((index.len(), index.lead_count(), index.is_empty()), (0, 0, true));
    assert_eq!((index.get(1), index.get_by_user_id("x")), (None, None));
    assert!(!index.prepare_order("x"));
    assert!(index.properties().is_empty());
    index.validate().unwrap();
}
