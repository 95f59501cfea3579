//! Leads that come into being by a change.

use lead_index::{Change, Lead, Target};

use crate::{NOW, code, index_of, index_with, long, time};

#[test]
fn an_unknown_target_is_an_error_unless_it_may_be_created() {
    let index = index_of([]);
    for target in [Target::Id(5), Target::Id(0), Target::UserId("ann".into()), Target::UserId(String::new())] {
        assert_eq!(code(index.apply(target, [Change::set("p", 1)])), "unknown_lead");
    }
    assert_eq!((index.len(), index.version()), (0, 0));
}

#[test]
fn an_id_is_created_with_the_present_and_mentioned_first() {
    let index = index_of([]);
    let done = index.apply(Target::IdOrNew(5), [Change::set("p", 1), Change::WebPush(false)]).expect("a new lead");
    assert_eq!((done.id, done.created), (5, true));
    assert_eq!((done.affected, done.not_changed), (vec!["$created".into(), "p".into()], vec!["$web_push".into()]));
    assert_eq!(index.get(5), Some(Lead::new(5).with("$created", time(NOW)).with("p", 1)));
    assert_eq!(index.lead_count(), 0);
    let done = index.apply(Target::IdOrNew(5), [Change::set("p", 1)]).expect("it is there");
    assert!(!done.created && done.affected.is_empty());
    index.validate().expect("sound structures");
}

#[test]
fn a_user_id_is_created_under_the_highest_id_ever_held_and_one() {
    let index = index_of([Lead::new(3), Lead::new(40)]);
    for (user_id, next) in [("ann", 41), ("bob", 42)] {
        let done = index.apply(Target::UserIdOrNew(user_id.into()), []).expect("a new lead");
        assert_eq!((done.id, done.created), (next, true));
        assert_eq!(done.affected, ["$created", "$user_id"]);
        assert_eq!(index.get_by_user_id(user_id).map(|lead| lead.id), Some(next));
    }
    // Ids are never used again by themselves: not of the removed, not of those that only passed by.
    index.remove(42).expect("a lead");
    assert_eq!(index.apply(Target::UserIdOrNew("eve".into()), []).expect("a new lead").id, 43);
    let done = index.apply(Target::IdOrNew(50), [Change::Remove]).expect("a lead that comes and goes");
    assert_eq!((done.id, done.created), (50, true));
    assert_eq!(index.apply(Target::UserIdOrNew("fay".into()), []).expect("a new lead").id, 51);
    assert_eq!((index.get(50), index.len()), (None, 5));
    index.validate().expect("sound structures");
}

#[test]
fn what_cannot_be_created_is_refused() {
    let index = index_of([Lead::new(1)]);
    assert_eq!(code(index.apply(Target::IdOrNew(0), [])), "invalid_id");
    assert_eq!(code(index.apply(Target::UserIdOrNew(String::new()), [])), "empty_value");
    assert_eq!(code(index.apply(Target::UserIdOrNew(long(256)), [])), "too_long");
    assert_eq!(index.apply(Target::UserIdOrNew(long(255)), []).expect("a new lead").id, 2);
    index.insert(Lead::new(u64::MAX)).expect("the highest id");
    assert_eq!(code(index.apply(Target::UserIdOrNew("ann".into()), [])), "index_full");
    assert_eq!(index.apply(Target::IdOrNew(9), []).expect("a free id").id, 9);
}

#[test]
fn a_full_index_creates_nobody_and_changes_the_others() {
    let index = index_with(|limits| limits.leads = 1);
    index.apply(Target::IdOrNew(1), []).expect("there is room for one");
    assert_eq!(code(index.apply(Target::IdOrNew(2), [])), "index_full");
    assert_eq!(code(index.apply(Target::UserIdOrNew("ann".into()), [])), "index_full");
    index.apply(Target::IdOrNew(1), [Change::set("p", 1)]).expect("it is there");
    index.remove(1).expect("a lead");
    index.apply(Target::IdOrNew(2), []).expect("there is room again");
}

#[test]
fn changes_of_a_new_lead_may_say_otherwise() {
    let index = index_of([]);
    let changes = [Change::set("$created", "2026-01-01"), Change::UserId(None)];
    let done = index.apply(Target::UserIdOrNew("ann".into()), changes).expect("a new lead");
    assert_eq!((done.affected, done.not_changed), (vec!["$created".into()], vec!["$user_id".into()]));
    assert_eq!(index.get(1), Some(Lead::new(1).with("$created", time("2026-01-01"))));
    index.validate().expect("sound structures");
}
