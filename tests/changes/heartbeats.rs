//! Heartbeats and what they say of a lead as time goes by.

use lead_index::{Change, Heartbeat, Lead, LeadIndex, Presence};

use crate::{after, apply, index_of, value};

fn presence(index: &LeadIndex, id: u64) -> Presence {
    index.snapshot().get(id).expect("a lead").presence()
}

/// A heartbeat `seconds` from now.
fn beat(kind: Heartbeat, seconds: i64) -> Change {
    Change::Heartbeat { kind, at: Some(after(seconds)) }
}

#[test]
fn a_heartbeat_holds_for_two_minutes() {
    let index = index_of([Lead::new(1)]);
    assert_eq!(presence(&index, 1), Presence::Offline);
    for (kind, said) in [(Heartbeat::Online, Presence::Online), (Heartbeat::Idle, Presence::Idle)] {
        let start = index.snapshot().now().unix() - after(0).unix();
        assert_eq!(apply(&index, [Change::heartbeat(kind)]).affected, ["$presence", "$last_seen"]);
        assert_eq!(value(&index, 1, "$last_seen"), Some(after(start).into()));
        index.clock().set(after(start + 119));
        assert_eq!(presence(&index, 1), said);
        index.clock().set(after(start + 120));
        assert_eq!(presence(&index, 1), Presence::Offline);
    }
}

#[test]
fn the_newest_heartbeat_counts_and_of_equals_the_later_said() {
    let index = index_of([Lead::new(1)]);
    apply(&index, [beat(Heartbeat::Online, -10)]);
    let done = apply(&index, [beat(Heartbeat::Idle, -11)]);
    assert_eq!(
        (done.not_changed, presence(&index, 1)),
        (vec!["$presence".into(), "$last_seen".into()], Presence::Online)
    );
    let done = apply(&index, [beat(Heartbeat::Idle, -10)]);
    assert_eq!((&done.affected[..], &done.not_changed[..]), (&["$presence".into()][..], &["$last_seen".into()][..]));
    assert_eq!(presence(&index, 1), Presence::Idle);
    let done = apply(&index, [beat(Heartbeat::Idle, -10)]);
    assert_eq!(done.not_changed, ["$presence", "$last_seen"]);
    let done = apply(&index, [beat(Heartbeat::Idle, -9)]);
    assert_eq!(done.affected, ["$presence", "$last_seen"], "a newer second differs");
}

#[test]
fn heartbeats_of_one_call_see_each_other() {
    let index = index_of([Lead::new(1)]);
    let done = apply(&index, [beat(Heartbeat::Online, -5), beat(Heartbeat::Idle, -6), beat(Heartbeat::Idle, -200)]);
    assert_eq!((done.affected.len(), presence(&index, 1)), (2, Presence::Online));
    assert_eq!(value(&index, 1, "$last_seen"), Some(after(-5).into()));
}

#[test]
fn a_heartbeat_from_the_future_is_fresh_and_moves_last_seen() {
    let index = index_of([Lead::new(1)]);
    apply(&index, [beat(Heartbeat::Online, 1_000)]);
    assert_eq!(presence(&index, 1), Presence::Online);
    assert_eq!(value(&index, 1, "$last_seen"), Some(after(1_000).into()));
    index.clock().set(after(1_119));
    assert_eq!(presence(&index, 1), Presence::Online);
    index.clock().set(after(1_120));
    assert_eq!(presence(&index, 1), Presence::Offline);
}

#[test]
fn an_old_heartbeat_does_not_take_last_seen_back() {
    let index = index_of([Lead::new(1).with("$last_seen", after(-5))]);
    let done = apply(&index, [beat(Heartbeat::Online, -500)]);
    assert_eq!((&done.affected[..], &done.not_changed[..]), (&["$presence".into()][..], &["$last_seen".into()][..]));
    assert_eq!((presence(&index, 1), value(&index, 1, "$last_seen")), (Presence::Offline, Some(after(-5).into())));
}

#[test]
fn a_heartbeat_is_no_part_of_a_lead_and_outlives_its_replacement() {
    let index = index_of([Lead::new(1), Lead::new(2)]);
    apply(&index, [Change::heartbeat(Heartbeat::Idle), Change::delete("$last_seen")]);
    assert_eq!(index.get(1), Some(Lead::new(1)));
    index.upsert(Lead::new(1).with("p", 1)).expect("a legal lead");
    assert_eq!((presence(&index, 1), index.get(1)), (Presence::Idle, Some(Lead::new(1).with("p", 1))));
    index.validate().expect("sound structures");
}

#[test]
fn a_removal_leaves_no_heartbeat_to_whoever_takes_the_row_or_the_id() {
    let index = index_of([Lead::new(1)]);
    apply(&index, [Change::heartbeat(Heartbeat::Online)]);
    index.remove(1).expect("a lead");
    index.insert(Lead::new(1)).expect("the id is free");
    assert_eq!(presence(&index, 1), Presence::Offline);
    apply(&index, [Change::heartbeat(Heartbeat::Online)]);
    apply(&index, [Change::Remove]);
    index.insert(Lead::new(9)).expect("the row is free");
    assert_eq!(presence(&index, 9), Presence::Offline);
}

#[test]
fn compacting_moves_the_heartbeats_with_their_leads() {
    let index = index_of((1..=200).map(Lead::new));
    for id in 1..=200 {
        let kind = if id % 2 == 0 { Heartbeat::Online } else { Heartbeat::Idle };
        index.apply(id, [Change::heartbeat(kind)]).expect("a heartbeat");
    }
    for id in (1..=200).filter(|id| id % 8 > 1) {
        index.remove(id).expect("a lead");
    }
    assert!(index.compact().expect("nobody else writes") > 0);
    index.validate().expect("sound structures");
    for id in (1..=200).filter(|id| id % 8 <= 1) {
        let said = if id % 2 == 0 { Presence::Online } else { Presence::Idle };
        assert_eq!(presence(&index, id), said, "lead {id}");
    }
}
