//! Merging two leads: who survives, whose values win, and what is dropped.

use lead_index::{Applied, Change, ErrorKind, Heartbeat, Lead, LeadIndex, Presence, Target, Value};

use crate::{MAX, NOW, after, apply, code, ignored, index_of, items, time, value};

/// What a merge dropped.
fn dropped(done: &Applied) -> Vec<(&str, Value)> {
    done.dropped.iter().map(|dropped| (dropped.property.as_str(), dropped.value.clone())).collect()
}

/// Lead 1 after lead 2 was merged into it.
fn merged(one: Lead, other: Lead) -> (LeadIndex, Applied) {
    let index = index_of([one, other]);
    let done = apply(&index, [Change::merge(2)]);
    assert_eq!((index.len(), index.get(2)), (1, None));
    (index, done)
}

#[test]
fn the_survivors_values_win_and_gaps_are_filled() {
    let one = Lead::new(1).with("both", "one").with("type", 5).with("mine", true).with("$name", "Ann");
    let other =
        Lead::new(2).with("both", "other").with("type", "five").with("theirs", 7).with("$last_reply", "2026-01-01");
    let (index, done) = merged(one, other);
    let left = Lead::new(1)
        .with("both", "one")
        .with("type", 5)
        .with("mine", true)
        .with("$name", "Ann")
        .with("theirs", 7)
        .with("$last_reply", "2026-01-01");
    assert_eq!(index.get(1), Some(left));
    assert_eq!((done.id, done.created), (1, false));
    assert!(done.affected.is_empty() && done.not_changed.is_empty(), "a merge mentions nothing");
    assert!(done.dropped.is_empty());
}

#[test]
fn the_holder_of_the_only_user_id_survives_else_the_target() {
    let with = |id: u64, user_id: Option<&str>| {
        let mut lead = Lead::new(id).with("p", i64::try_from(id).expect("a small id"));
        lead.user_id = user_id.map(str::to_owned);
        lead
    };
    let cases = [
        (None, None, 1, None),
        (Some("ann"), None, 1, Some("ann")),
        (Some("ann"), Some("bob"), 1, Some("ann")),
        (None, Some("bob"), 2, Some("bob")),
    ];
    for (one, other, survivor, user_id) in cases {
        let index = index_of([with(1, one), with(2, other)]);
        let done = apply(&index, [Change::merge(2)]);
        assert_eq!((done.id, index.len()), (survivor, 1));
        assert_eq!(index.get(survivor), Some(with(survivor, user_id)));
        for gone in [one, other].into_iter().flatten().filter(|gone| Some(*gone) != user_id) {
            assert_eq!(index.get_by_user_id(gone), None);
        }
    }
}

#[test]
fn counts_add_up_and_times_move_outwards() {
    let one = Lead::new(1)
        .with("$sessions", 2)
        .with("$event_7_count", 3)
        .with("$event_7_first", "2026-02-01")
        .with("$event_7_last", "2026-02-05")
        .with("$created", "2026-02-01")
        .with("$last_seen", "2026-02-06")
        .with("$last_contacted", "2026-02-01");
    let other = Lead::new(2)
        .with("$sessions", -5)
        .with("$event_7_count", 4)
        .with("$event_7_first", "2026-01-01")
        .with("$event_7_last", "2026-02-04")
        .with("$event_8_count", 1)
        .with("$created", "2026-01-01")
        .with("$last_seen", "2026-02-07")
        .with("$last_contacted", "2026-03-01");
    let left = Lead::new(1)
        .with("$sessions", -3)
        .with("$event_7_count", 7)
        .with("$event_7_first", "2026-01-01")
        .with("$event_7_last", "2026-02-05")
        .with("$event_8_count", 1)
        .with("$created", "2026-01-01")
        .with("$last_seen", "2026-02-07")
        .with("$last_contacted", "2026-02-01");
    let (index, done) = merged(one, other);
    assert_eq!((index.get(1), dropped(&done)), (Some(left), vec![]));
}

#[test]
fn names_that_only_look_like_those_of_events_are_plain_properties() {
    let one =
        Lead::new(1).with("$event_x_count", 1).with("event_7_count", 1).with("sessions", 1).with("$event_7_sum", 1);
    let mut other = one.clone();
    other.id = 2;
    let (index, _) = merged(one.clone(), other);
    assert_eq!(index.get(1), Some(one));
}

#[test]
fn lists_unite_in_order_and_the_rest_is_reported() {
    let one = Lead::new(1).with("few", ["b", "a"]).with("tags", items(28)).with("text", "x").with("more", items(30));
    let other = Lead::new(2)
        .with("few", ["c", "a", "A"])
        .with("tags", ["2026-01-31", "item 3", "y", "z", "w"])
        .with("text", ["y"])
        .with("more", ["item 7", "0"]);
    let (index, done) = merged(one, other);
    assert_eq!(value(&index, 1, "few"), Some(["b", "a", "c", "A"].into()));
    let mut tags = items(28);
    tags.extend(["2026-01-31".to_owned(), "y".to_owned()]);
    assert_eq!(value(&index, 1, "tags"), Some(tags.into()));
    assert_eq!(value(&index, 1, "text"), Some("x".into()));
    assert_eq!(dropped(&done), [("more", "0".into()), ("tags", "z".into()), ("tags", "w".into())]);
}

#[test]
fn sums_are_clamped_and_the_excess_is_reported_by_name() {
    let one = Lead::new(1)
        .with_conversations(MAX.unsigned_abs())
        .with("$sessions", MAX - 1)
        .with("$event_7_count", -MAX)
        .with("tags", items(30));
    let other = Lead::new(2).with_conversations(5).with("$sessions", 3).with("$event_7_count", -1).with("tags", ["x"]);
    let (index, done) = merged(one, other);
    let lead = index.get(1).expect("the survivor");
    assert_eq!(lead.conversations, MAX.unsigned_abs());
    assert_eq!((&lead.props["$sessions"], &lead.props["$event_7_count"]), (&MAX.into(), &(-MAX).into()));
    let all =
        [("$conversations", 5.into()), ("$event_7_count", (-1).into()), ("$sessions", 2.into()), ("tags", "x".into())];
    assert_eq!(dropped(&done), all);
}

#[test]
fn what_stands_beside_the_properties_is_merged_too() {
    for (one, other) in [(false, false), (false, true), (true, false), (true, true)] {
        let (index, _) = merged(
            Lead::new(1).with_conversations(2).with_web_push(one),
            Lead::new(2).with_conversations(3).with_web_push(other),
        );
        let lead = index.get(1).expect("the survivor");
        assert_eq!((lead.conversations, lead.web_push), (5, one || other));
    }
}

#[test]
fn the_newer_heartbeat_stays_and_of_equals_the_survivors() {
    use Heartbeat::{Idle, Online};
    let beat = |(kind, seconds): (Heartbeat, i64)| Change::Heartbeat { kind, at: Some(after(seconds)) };
    let cases = [
        (Some((Online, -5)), Some((Idle, -4)), Presence::Idle),
        (Some((Online, -4)), Some((Idle, -5)), Presence::Online),
        (Some((Online, -5)), Some((Idle, -5)), Presence::Online),
        (None, Some((Idle, -5)), Presence::Idle),
        (Some((Online, -5)), None, Presence::Online),
        (None, None, Presence::Offline),
    ];
    for (survivors, losers, left) in cases {
        // The other way round, too, with a survivor that is not the target.
        for target in [1, 2] {
            let index = index_of([Lead::new(1).with_user_id("ann"), Lead::new(2)]);
            index.apply(1, survivors.map(beat)).expect("a heartbeat");
            index.apply(2, losers.map(beat)).expect("a heartbeat");
            let done = index.apply(target, [Change::merge(3 - target)]).expect("a merge");
            assert_eq!(done.id, 1);
            assert_eq!(index.snapshot().get(1).expect("the survivor").presence(), left);
            index.validate().expect("sound structures");
        }
    }
}

#[test]
fn changes_before_a_merge_belong_to_the_target_and_those_after_it_to_the_survivor() {
    let index = index_of([Lead::new(1).with("p", 1).with("gone", 1), Lead::new(2).with_user_id("bob").with("p", 2)]);
    let done = apply(
        &index,
        [
            Change::set("new", "mine"),
            Change::set("p", 3),
            Change::delete("gone"),
            Change::Session,
            Change::merge(2),
            Change::add("p", 10),
            Change::set("late", 1),
        ],
    );
    assert_eq!(done.id, 2);
    let left = Lead::new(2).with_user_id("bob").with("p", 12).with("new", "mine").with("$sessions", 1).with("late", 1);
    assert_eq!(index.get(2), Some(left));
    assert_eq!(index.get(1), None);
    // Before is the survivor before the call: it had `p`, and nothing of the others.
    assert_eq!(done.affected, ["new", "p", "$sessions", "late"]);
    assert_eq!(done.not_changed, ["gone"]);
}

#[test]
fn a_value_that_a_call_set_takes_part_in_the_merge() {
    let index = index_of([
        Lead::new(1).with("tags", ["a"]).with("$sessions", 2),
        Lead::new(2).with("tags", ["b"]).with("$sessions", 3).with("gap", 9),
    ]);
    let done = apply(
        &index,
        [
            Change::append("tags", "c"),
            Change::Session,
            Change::delete("gap"),
            Change::merge(2),
            Change::Conversations(4),
        ],
    );
    let left = Lead::new(1).with("tags", ["a", "c", "b"]).with("$sessions", 6).with("gap", 9).with_conversations(4);
    assert_eq!(index.get(1), Some(left));
    assert_eq!(done.affected, ["tags", "$sessions", "gap", "$conversations"]);
}

#[test]
fn a_user_id_of_a_merged_lead_may_be_taken_over_within_the_call() {
    let index = index_of([Lead::new(1).with_user_id("ann"), Lead::new(2).with_user_id("bob")]);
    let done = apply(&index, [Change::merge(2), Change::user_id("bob")]);
    assert_eq!((done.id, done.affected), (1, vec!["$user_id".into()]));
    assert_eq!(index.get_by_user_id("bob").map(|lead| lead.id), Some(1));
    assert_eq!(index.get_by_user_id("ann"), None);

    // One that gave its User ID up does not survive by it, and the survivor may take it.
    let index = index_of([Lead::new(1).with_user_id("ann"), Lead::new(2).with_user_id("bob")]);
    let done = apply(&index, [Change::UserId(None), Change::merge(2), Change::user_id("ann")]);
    assert_eq!((done.id, index.get_by_user_id("ann").map(|lead| lead.id)), (2, Some(2)));
    assert_eq!((index.get_by_user_id("bob"), index.get(1)), (None, None));
}

#[test]
fn several_merges_in_one_call_take_in_each_other() {
    let leads = (1..=4).map(|id| Lead::new(id).with("$sessions", 1).with(format!("from {id}"), true));
    let index = index_of(leads);
    let done = apply(&index, (2..=4).map(Change::merge));
    let left = (1..=4).fold(Lead::new(1).with("$sessions", 4), |lead, id| lead.with(format!("from {id}"), true));
    assert_eq!((done.id, index.len(), index.get(1)), (1, 1, Some(left)));
}

#[test]
fn who_was_merged_is_not_there_any_more() {
    let index = index_of([Lead::new(1), Lead::new(2).with_user_id("bob"), Lead::new(3)]);
    let before: Vec<_> = (1..=3).map(|id| index.get(id)).collect();
    let refused = [
        vec![Change::merge(9)],
        vec![Change::merge(0)],
        vec![Change::merge(3), Change::merge(3)],
        vec![Change::merge(2), Change::merge(1)],
        vec![Change::set("p", 1), Change::Remove, Change::merge(2)],
    ];
    for changes in refused {
        assert_eq!(code(index.apply(1, changes.clone())), "unknown_lead", "{changes:?}");
    }
    for changes in [vec![Change::merge(1)], vec![Change::merge(2), Change::merge(2)]] {
        let error = index.apply(1, changes).expect_err("a lead and itself");
        assert_eq!((error.kind(), error.code()), (ErrorKind::Validation, "merge_with_itself"));
    }
    assert_eq!((1..=3).map(|id| index.get(id)).collect::<Vec<_>>(), before);
}

#[test]
fn a_new_lead_may_be_merged_at_once() {
    let index = index_of([Lead::new(1).with_user_id("ann").with("p", 1).with("$created", "2026-01-01")]);
    // It survives, if it alone has a User ID or both have none...
    let done = index.apply(Target::IdOrNew(5), [Change::user_id("bob"), Change::merge(1)]).expect("a merge");
    assert_eq!((done.id, done.created, index.len()), (5, true, 1));
    assert_eq!(done.affected, ["$created", "$user_id"]);
    let left = Lead::new(5).with_user_id("bob").with("p", 1).with("$created", "2026-01-01");
    assert_eq!(index.get(5), Some(left.clone()));
    // ... else it never comes to be.
    let done = index.apply(Target::IdOrNew(9), [Change::set("q", 1), Change::merge(5)]).expect("a merge");
    assert_eq!((done.id, done.created), (5, false));
    assert_eq!((done.affected, done.not_changed), (vec!["q".into()], vec!["$created".into()]));
    assert_eq!((index.get(9), index.get(5)), (None, Some(left.with("q", 1))));
    assert_eq!(
        index.apply(Target::UserIdOrNew("new".into()), []).expect("a new lead").id,
        10,
        "ids are not used again"
    );
    index.validate().expect("sound structures");
}

#[test]
fn a_merged_lead_may_be_removed_in_the_same_call() {
    let index = index_of([Lead::new(1), Lead::new(2).with_user_id("bob"), Lead::new(3)]);
    let done = apply(&index, [Change::merge(2), Change::Remove]);
    assert_eq!((done.id, index.len()), (2, 1));
    assert_eq!((index.get(1), index.get(2), index.get_by_user_id("bob")), (None, None, None));
}

#[test]
fn what_is_ignored_after_a_merge_is_ignored_by_what_the_survivor_has() {
    let index = index_of([Lead::new(1).with("n", 5), Lead::new(2).with_user_id("bob").with("n", "five")]);
    let done = apply(&index, [Change::add("n", 1), Change::merge(2), Change::add("n", 1)]);
    assert_eq!(ignored(&done), [(2, "wrong_type")]);
    assert_eq!((value(&index, 2, "n"), done.not_changed), (Some("five".into()), vec!["n".into()]));
}

#[test]
fn a_merge_of_leads_in_different_blocks_keeps_the_structures_sound() {
    let index = index_of((1..=300).map(|id| {
        Lead::new(id).with("n", i64::try_from(id % 7).expect("below 7")).with("$sessions", 1).with("tags", ["a", "b"])
    }));
    for id in 1..=100 {
        index.apply(id, [Change::merge(301 - id), Change::event("merged")]).expect("a merge");
    }
    index.validate().expect("sound structures");
    assert_eq!(index.len(), 200);
    assert_eq!(value(&index, 100, "$sessions"), Some(2.into()));
    assert_eq!(value(&index, 100, "$event_1_last"), Some(time(NOW).into()));
}
