//! Leads at and beyond every bound.

use lead_index::{ErrorKind, Filter, Integer, Lead, Limits, Order, Query, Value};

use crate::{code, filled, index, index_with, lead};

const EDGE: i64 = 1 << 53;

#[test]
fn ids_at_both_ends_are_kept_found_and_sorted_exactly() {
    let index = index();
    let ids = [1, 2, (1 << 53) + 1, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX];
    for id in ids.iter().rev() {
        index.insert(lead(*id)).unwrap();
    }
    assert_eq!(index.ids(&Query::new().sort_by("$id", Order::Asc)).unwrap(), ids);
    for (before, id) in ids.iter().enumerate() {
        assert_eq!(index.count(&Filter::eq("$id", *id)).unwrap(), 1, "{id}");
        assert_eq!(index.count(&Filter::lt("$id", *id)).unwrap(), before as u64, "{id}");
        assert_eq!(index.count(&Filter::gte("$id", *id)).unwrap(), (ids.len() - before) as u64, "{id}");
        assert_eq!(index.get(*id).unwrap().id, *id);
    }
    assert_eq!(index.count(&Filter::eq("$id", 0)).unwrap(), 0);
    assert_eq!(index.count(&Filter::gt("$id", i64::MIN)).unwrap(), ids.len() as u64);
    assert_eq!(index.count(&Filter::lte("$id", Integer::from(u64::MAX))).unwrap(), ids.len() as u64);
}

#[test]
fn unknown_taken_and_zero_ids_are_refused_and_change_nothing() {
    let index = filled(3);
    let version = index.version();
    let refusals = [
        (code(index.insert(lead(2))), "lead_exists"),
        (code(index.insert(lead(0))), "invalid_id"),
        (code(index.upsert(lead(0))), "invalid_id"),
        (code(index.remove(4)), "unknown_lead"),
    ];
    for (found, expected) in refusals {
        assert_eq!(found, expected);
    }
    assert_eq!(index.remove(4).unwrap_err().kind(), ErrorKind::UnknownLead);
    assert_eq!(index.insert(lead(2)).unwrap_err().kind(), ErrorKind::LeadExists);
    assert_eq!((index.len(), index.version()), (3, version));
    assert_eq!(index.get(2), Some(lead(2)));
    index.validate().unwrap();
}

#[test]
fn a_user_id_belongs_to_one_lead_until_it_is_given_up() {
    let index = index();
    index.insert(Lead::new(1).with_user_id("ann")).unwrap();
    let error = index.insert(Lead::new(2).with_user_id("ann")).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("user_id_taken", ErrorKind::UserIdTaken));
    assert_eq!(code(index.upsert(Lead::new(2).with_user_id("ann"))), "user_id_taken");
    assert_eq!(index.get(2), None);
    assert!(index.upsert(Lead::new(1).with_user_id("bob")).unwrap());
    index.insert(Lead::new(2).with_user_id("ann")).unwrap();
    assert_eq!(index.get_by_user_id("ann").unwrap().id, 2);
    index.remove(2).unwrap();
    assert_eq!(index.get_by_user_id("ann"), None);
    assert!(!index.upsert(Lead::new(3).with_user_id("ann")).unwrap());
    index.validate().unwrap();
}

#[test]
fn an_index_that_is_full_still_replaces_and_removes() {
    let mut limits = Limits::default();
    limits.leads = 3;
    let index = index_with(limits);
    for id in 1..=3 {
        index.insert(lead(id)).unwrap();
    }
    let error = index.insert(lead(4)).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("index_full", ErrorKind::Full));
    assert_eq!(code(index.upsert(lead(4))), "index_full");
    assert!(index.upsert(lead(3).with("plan", "new")).unwrap());
    index.remove(1).unwrap();
    index.insert(lead(4)).unwrap();
    assert_eq!(index.ids(&Query::new().sort_by("$id", Order::Asc)).unwrap(), [2, 3, 4]);
    index.validate().unwrap();
}

#[test]
fn an_index_has_a_bound_on_its_property_names() {
    let mut limits = Limits::default();
    limits.properties = 20;
    let index = index_with(limits);
    let refused = (1..=100_u64)
        .filter(|id| index.insert(Lead::new(*id).with_conversations(1).with(format!("own {id}"), 1)).is_err())
        .count();
    assert!((80..100).contains(&refused), "{refused} of 100 new names were refused");
    assert_eq!(index.len() as usize, 100 - refused);
    assert_eq!(index.properties().len(), 100 - refused);
    index.validate().unwrap();
}

#[test]
fn values_beyond_a_bound_are_refused_with_their_reason() {
    let (long, longest) = ("ж".repeat(256), "ж".repeat(255));
    let list = |len: usize| Value::List(vec!["x".to_owned(); len]);
    let refused = [
        (Lead::new(1).with("plan", long.clone()), "too_long"),
        (Lead::new(1).with("$name", long.clone()), "too_long"),
        (Lead::new(1).with("tags", Value::List(vec![long.clone()])), "too_long"),
        (Lead::new(1).with_user_id(long.clone()), "too_long"),
        (Lead::new(1).with("tags", list(31)), "list_full"),
        (Lead::new(1).with("score", EDGE + 1), "out_of_range"),
        (Lead::new(1).with("score", -EDGE - 1), "out_of_range"),
        (Lead::new(1).with("$sessions", "9007199254740993"), "out_of_range"),
        (Lead::new(1).with_conversations((1 << 53) + 1), "out_of_range"),
        (Lead::new(1).with("", 1), "bad_name"),
        (Lead::new(1).with(long, 1), "bad_name"),
        (Lead::new(1).with("$id", 5), "reserved"),
        (Lead::new(1).with("$user_id", "x"), "reserved"),
        (Lead::new(1).with("$conversations", 5), "reserved"),
        (Lead::new(1).with("$web_push", true), "reserved"),
        (Lead::new(1).with("$presence", "online"), "reserved"),
        (Lead::new(1).with("$sessions", "many"), "wrong_type"),
        (Lead::new(1).with("$created", 5), "wrong_type"),
        (Lead::new(1).with("$event_1_first", true), "wrong_type"),
        (Lead::new(1).with("$name", ["a"]), "wrong_type"),
    ];
    let index = index();
    for (lead, expected) in refused {
        let error = index.insert(lead.clone()).unwrap_err();
        assert_eq!((error.code(), error.kind()), (expected, ErrorKind::InvalidLead), "{lead:?}");
        assert_eq!(code(index.upsert(lead.clone())), expected, "{lead:?}");
    }
    assert!(index.is_empty());
    let widest = Lead::new(1)
        .with_user_id(longest.clone())
        .with_conversations(1 << 53)
        .with(longest.clone(), longest.clone())
        .with("tags", Value::List(vec![longest; 30]))
        .with("low", -EDGE)
        .with("high", EDGE);
    index.insert(widest.clone()).unwrap();
    assert_eq!(index.get(1), Some(widest));
    index.validate().unwrap();
}

#[test]
fn empty_values_are_absent_and_make_no_lead() {
    let index = index();
    let empty = Lead::new(1)
        .with_user_id("")
        .with("$email", "")
        .with("$name", Value::String(String::new()))
        .with("tags", Value::List(vec![]))
        .with("more", Value::List(vec![String::new()]));
    index.insert(empty).unwrap();
    assert_eq!((index.len(), index.lead_count()), (1, 0));
    assert_eq!(index.get(1), Some(Lead::new(1)));
    assert!(index.properties().is_empty(), "nobody has a value");
    assert!(index.upsert(Lead::new(1).with("$email", "a@b.c")).unwrap());
    assert_eq!(index.lead_count(), 1);
    assert!(index.upsert(Lead::new(1)).unwrap());
    assert_eq!(index.lead_count(), 0);
    index.validate().unwrap();
}

#[test]
fn a_fixed_type_converts_what_reads_as_it() {
    let index = index();
    index.insert(Lead::new(1).with("$phone", 79).with("$sessions", "12").with("$created", "2026-01-02")).unwrap();
    let kept = index.get(1).unwrap();
    assert_eq!(kept.props["$phone"], Value::String("79".to_owned()));
    assert_eq!(kept.props["$sessions"], Value::Number(12));
    assert_eq!(kept.props["$created"].to_string(), "2026-01-02T00:00:00");
}
