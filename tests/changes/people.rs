//! What stands beside the properties: conversations, web push, the User ID; and who is a lead by them.

use lead_index::{Change, Filter, Lead, LeadIndex, Target};

use crate::{MAX, apply, code, ignored, index_of, long};

fn is_lead(index: &LeadIndex) -> bool {
    index.count(&Filter::eq("$id", 1_u64)).expect("a legal filter") == 1
}

#[test]
fn conversations_are_set_and_withdrawn() {
    let index = index_of([Lead::new(1)]);
    assert_eq!(apply(&index, [Change::Conversations(0)]).not_changed, ["$conversations"]);
    assert_eq!(apply(&index, [Change::Conversations(3)]).affected, ["$conversations"]);
    assert_eq!(index.get(1).expect("a lead").conversations, 3);
    assert_eq!(apply(&index, [Change::Conversations(1 << 53)]).affected, ["$conversations"]);
    let done = apply(&index, [Change::Conversations((1 << 53) + 1), Change::Conversations(u64::MAX)]);
    assert_eq!(ignored(&done), [(0, "out_of_range"), (1, "out_of_range")]);
    assert_eq!(index.get(1).expect("a lead").conversations, MAX.unsigned_abs());
    assert_eq!(apply(&index, [Change::Conversations(0)]).affected, ["$conversations"]);
    assert!(!is_lead(&index));
}

#[test]
fn web_push_is_set_and_withdrawn() {
    let index = index_of([Lead::new(1)]);
    assert_eq!(apply(&index, [Change::WebPush(false)]).not_changed, ["$web_push"]);
    assert_eq!(apply(&index, [Change::WebPush(true)]).affected, ["$web_push"]);
    assert!(index.get(1).expect("a lead").web_push);
    let done = apply(&index, [Change::WebPush(false), Change::WebPush(true)]);
    assert_eq!(done.not_changed, ["$web_push"], "there and back");
}

#[test]
fn a_user_id_is_set_replaced_and_taken_away() {
    let index = index_of([Lead::new(1)]);
    assert_eq!(apply(&index, [Change::UserId(None)]).not_changed, ["$user_id"]);
    assert_eq!(apply(&index, [Change::user_id("ann")]).affected, ["$user_id"]);
    assert_eq!(apply(&index, [Change::user_id("ann")]).not_changed, ["$user_id"]);
    assert_eq!(index.get_by_user_id("ann").map(|lead| lead.id), Some(1));
    assert_eq!(apply(&index, [Change::user_id("2026-01-31")]).affected, ["$user_id"]);
    assert_eq!(index.get(1).expect("a lead").user_id.as_deref(), Some("2026-01-31"), "a User ID stays text");
    assert_eq!(index.get_by_user_id("ann"), None);
    assert_eq!(apply(&index, [Change::user_id(long(255))]).affected, ["$user_id"]);
    let done = apply(&index, [Change::user_id(""), Change::user_id(long(256))]);
    assert_eq!(ignored(&done), [(0, "empty_value"), (1, "too_long")]);
    assert_eq!(apply(&index, [Change::UserId(None)]).affected, ["$user_id"]);
    assert_eq!((index.get_by_user_id(&long(255)), is_lead(&index)), (None, false));
}

#[test]
fn a_user_id_that_another_lead_holds_is_refused_until_it_is_given_up() {
    let index = index_of([Lead::new(1), Lead::new(2).with_user_id("ann")]);
    let before = index.get(1);
    assert_eq!(code(index.apply(1, [Change::set("p", 1), Change::user_id("ann")])), "user_id_taken");
    assert_eq!(index.get(1), before);
    index.apply(2, [Change::UserId(None)]).expect("it gives the User ID up");
    apply(&index, [Change::user_id("ann")]);
    assert_eq!(index.get_by_user_id("ann").map(|lead| lead.id), Some(1));
}

#[test]
fn a_user_id_may_be_given_up_and_taken_again_within_a_call() {
    let index = index_of([Lead::new(1).with_user_id("ann")]);
    let done = apply(&index, [Change::UserId(None), Change::user_id("bob"), Change::user_id("ann")]);
    assert_eq!(done.not_changed, ["$user_id"]);
    assert_eq!(index.get_by_user_id("ann").map(|lead| lead.id), Some(1));
    assert_eq!(index.get_by_user_id("bob"), None);
}

#[test]
fn a_lead_is_found_by_its_user_id() {
    let index = index_of([Lead::new(7).with_user_id("ann")]);
    let done = index.apply(Target::UserId("ann".into()), [Change::set("p", 1)]).expect("ann is there");
    assert_eq!((done.id, done.created), (7, false));
    let done = index.apply(Target::UserIdOrNew("ann".into()), [Change::set("p", 1)]).expect("ann is there");
    assert_eq!((done.id, done.created, &done.not_changed[..]), (7, false, &["p".into()][..]));
}

#[test]
fn each_reason_makes_a_lead_and_its_end_ends_it_at_once() {
    let reasons = [
        (Change::set("$name", "Ann"), Change::delete("$name")),
        (Change::set("$email", "ann@example.com"), Change::delete("$email")),
        (Change::set("$phone", 5), Change::delete("$phone")),
        (Change::user_id("ann"), Change::UserId(None)),
        (Change::Conversations(1), Change::Conversations(0)),
        (Change::WebPush(true), Change::WebPush(false)),
    ];
    let index = index_of([Lead::new(1)]);
    for (reason, end) in reasons {
        assert!(!is_lead(&index), "{reason:?}");
        apply(&index, [reason.clone()]);
        assert!(is_lead(&index) && index.lead_count() == 1, "{reason:?}");
        apply(&index, [end.clone()]);
        assert!(!is_lead(&index) && index.lead_count() == 0, "{end:?}");
    }
    apply(&index, [Change::set("$name", "Ann"), Change::WebPush(true)]);
    apply(&index, [Change::delete("$name")]);
    assert!(is_lead(&index), "one reason is enough");
}

#[test]
fn a_removal_takes_everything_and_ends_the_call() {
    let lead = Lead::new(1).with_user_id("ann").with_conversations(2).with("p", 1).with("q", 1);
    let index = index_of([lead.clone(), Lead::new(2)]);
    let older = index.snapshot();
    let refused = index.apply(1, [Change::Remove, Change::set("p", 2)]);
    assert_eq!(code(refused), "unknown_lead");
    assert_eq!(index.get(1), Some(lead.clone()));

    let done = apply(
        &index,
        [Change::set("p", 1), Change::set("new", 1), Change::Conversations(5), Change::WebPush(true), Change::Remove],
    );
    assert_eq!(done.affected, ["p", "$conversations"]);
    assert_eq!(done.not_changed, ["new", "$web_push"]);
    assert_eq!((done.id, index.len(), index.lead_count()), (1, 1, 0));
    assert_eq!((index.get(1), index.get_by_user_id("ann")), (None, None));
    assert!(index.properties().is_empty(), "nothing of it is left");
    assert_eq!(code(index.apply(1, [])), "unknown_lead");
    assert_eq!(older.get(1).map(|lead| lead.into_owned()), Some(lead), "an older snapshot keeps it");
}
