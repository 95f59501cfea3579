//! An error leaves everything as it was: leads, names, events, memory.

use lead_index::{Change, ErrorKind, Lead, LeadIndex, Target};

use crate::{code, index_with, long};

/// An index that is nearly full: lead 1, lead 2 with a User ID, and room for one more name of a property.
fn tight() -> LeadIndex {
    let index = index_with(|limits| {
        limits.leads = 2;
        // The eight names that every index has, `p`, `q`, and one more.
        limits.properties = 11;
    });
    index.insert(Lead::new(1).with("p", 1).with("q", ["a"])).expect("a legal lead");
    index.insert(Lead::new(2).with_user_id("bob").with("p", 2)).expect("a legal lead");
    index
}

#[test]
fn every_error_leaves_leads_names_events_and_memory_untouched() {
    let refused: [(&str, Target, Vec<Change>); 15] = [
        ("unknown_lead", Target::Id(9), vec![Change::set("new", 1)]),
        ("unknown_lead", Target::UserId("eve".into()), vec![Change::set("new", 1)]),
        ("unknown_lead", Target::Id(1), vec![Change::set("new", 1), Change::merge(9)]),
        ("unknown_lead", Target::Id(1), vec![Change::merge(2), Change::set("new", 1), Change::merge(1)]),
        ("unknown_lead", Target::Id(1), vec![Change::event("new"), Change::Remove, Change::Session]),
        ("merge_with_itself", Target::Id(1), vec![Change::set("new", 1), Change::merge(1)]),
        ("user_id_taken", Target::Id(1), vec![Change::set("p", "long ".repeat(50)), Change::user_id("bob")]),
        ("invalid_id", Target::IdOrNew(0), vec![Change::set("new", 1)]),
        ("empty_value", Target::UserIdOrNew(String::new()), vec![Change::set("new", 1)]),
        ("too_long", Target::UserIdOrNew(long(256)), vec![Change::set("new", 1)]),
        ("index_full", Target::IdOrNew(9), vec![Change::set("p", 1)]),
        ("index_full", Target::UserIdOrNew("eve".into()), vec![Change::merge(1)]),
        (
            "too_many_properties",
            Target::Id(1),
            vec![Change::set("p", 7), Change::set("new", 1), Change::set("newer", 1)],
        ),
        ("too_many_properties", Target::Id(1), vec![Change::event("new")]),
        ("too_many_properties", Target::Id(1), vec![Change::merge(2), Change::event("new"), Change::set("new", 1)]),
    ];
    let index = tight();
    let all = |index: &LeadIndex| {
        let leads: Vec<_> = (0..12).map(|id| index.get(id)).collect();
        let by_user_id = ["bob", "eve"].map(|user_id| index.get_by_user_id(user_id));
        (leads, by_user_id, index.properties(), index.events(), index.memory(), index.version(), index.lead_count())
    };
    let before = all(&index);
    for (expected, target, changes) in refused {
        let what = format!("{target:?} {changes:?}");
        assert_eq!(code(index.apply(target.clone(), changes.clone())), expected, "{what}");
        assert_eq!(all(&index), before, "{what}");
        // Also where the batch goes on and is published.
        let kept = tight();
        kept.batch(|batch| {
            assert_eq!(code(batch.apply(target, changes)), expected, "{what}");
            Ok(())
        })
        .expect("the batch itself is sound");
        let (leads, by_user_id, properties, events, memory, _, lead_count) = all(&kept);
        let fresh = (leads, by_user_id, properties, events, memory, before.5, lead_count);
        assert_eq!(fresh, before, "{what}, in a batch");
        // No name was numbered: there is still room for exactly one.
        kept.apply(1, [Change::set("last", 1)]).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(code(kept.apply(1, [Change::set("one more", 1)])), "too_many_properties", "{what}");
        kept.validate().expect("sound structures");
    }
    index.validate().expect("sound structures");
}

#[test]
fn a_whole_lead_that_is_refused_leaves_no_names_either() {
    let index = tight();
    let before = index.memory();
    let refused = index.batch(|batch| {
        let wide = |id: u64| Lead::new(id).with("new", 1).with("newer", 1);
        let codes = [
            code(batch.insert(wide(1))),
            code(batch.upsert(wide(1))),
            code(batch.insert(wide(9))),
            code(batch.upsert(wide(1).with_user_id("bob"))),
        ];
        Ok(codes)
    });
    assert_eq!(refused.expect("a batch"), ["lead_exists", "too_many_properties", "index_full", "user_id_taken"]);
    assert_eq!(index.memory(), before);
    index.apply(1, [Change::set("last", 1)]).expect("room for one more name");
}

#[test]
fn only_names_that_are_left_when_the_call_is_over_get_a_number() {
    let index = tight();
    let brief = (0..50).flat_map(|n| [Change::set(format!("brief {n}"), 1), Change::delete(format!("brief {n}"))]);
    let done = index.apply(1, brief).expect("names that come and go");
    assert_eq!((done.affected.len(), done.not_changed.len()), (0, 50));
    let asked =
        (0..50).flat_map(|n| [Change::delete(format!("never {n}")), Change::exclude(format!("never {n}"), "a")]);
    index.apply(1, asked).expect("names that are only asked for");
    index.apply(1, [Change::set("$event_1_count", 1), Change::Remove]).expect("a lead that goes");
    index.apply(2, [Change::set("last", 1)]).expect("room for one more name");
}

#[test]
fn names_of_events_are_bounded_like_names_of_properties() {
    let index = tight();
    for n in 0..11 {
        let changes = [Change::event(format!("event {n}")), Change::Remove];
        index.apply(1, changes).expect("an event and the end");
        index.insert(Lead::new(1)).expect("the id is free");
    }
    let refused = index.apply(1, [Change::event("one more"), Change::Remove]).expect_err("the names are used up");
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Full, "too_many_properties"));
    assert_eq!(index.events().len(), 11);
    assert!(index.get(1).is_some());
}

#[test]
fn a_full_index_still_takes_changes_of_known_names() {
    let index = tight();
    index.apply(1, [Change::set("last", 1)]).expect("room for one more name");
    index.apply(2, [Change::set("last", 2), Change::set("q", 1), Change::Conversations(1)]).expect("known names");
    assert_eq!(code(index.apply(2, [Change::Session])), "too_many_properties");
    index.apply(1, [Change::merge(2)]).expect("known names");
    index.validate().expect("sound structures");
}
