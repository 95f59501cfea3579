//! Events, visits, and when a lead was last seen.

use lead_index::{Applied, Change, Event, EventCount, Lead, LeadIndex, Value};

use crate::{MAX, NOW, after, apply, ignored, index_of, long, time, value};

/// The numbers and counts of the events of a call.
fn counts(done: &Applied) -> Vec<(u64, i64)> {
    done.events.iter().map(|EventCount { event, count, .. }| (*event, *count)).collect()
}

/// First, last and count of an event.
fn parts(index: &LeadIndex, id: u64, event: u64) -> [Option<Value>; 3] {
    ["first", "last", "count"].map(|part| value(index, id, &format!("$event_{event}_{part}")))
}

fn dates(first: &str, last: &str, count: i64) -> [Option<Value>; 3] {
    [Some(time(first).into()), Some(time(last).into()), Some(count.into())]
}

#[test]
fn a_first_event_sets_first_last_and_count_and_moves_last_seen() {
    let index = index_of([Lead::new(1)]);
    let done = apply(&index, [Change::event(18)]);
    assert_eq!(done.affected, ["$event_18_first", "$event_18_last", "$event_18_count", "$last_seen"]);
    assert_eq!(counts(&done), [(18, 1)]);
    assert_eq!(parts(&index, 1, 18), dates(NOW, NOW, 1));
    assert_eq!(value(&index, 1, "$last_seen"), Some(time(NOW).into()));
    assert_eq!(index.events(), [], "a number brings no name");
}

#[test]
fn later_events_move_first_and_last_outwards_and_raise_the_count() {
    let index = index_of([Lead::new(1)]);
    let at = |text: &str| Change::event_at(18, time(text));
    apply(&index, [at("2026-03-01")]);
    let done = apply(&index, [at("2026-01-01"), at("2026-02-01"), at("2026-04-01")]);
    assert_eq!(counts(&done), [(18, 2), (18, 3), (18, 4)]);
    assert_eq!(parts(&index, 1, 18), dates("2026-01-01", "2026-04-01", 4));
    assert_eq!(value(&index, 1, "$last_seen"), Some(time("2026-04-01").into()));

    let done = apply(&index, [at("2026-02-01")]);
    assert_eq!(done.affected, ["$event_18_count"]);
    assert_eq!(done.not_changed, ["$event_18_first", "$event_18_last", "$last_seen"]);
}

#[test]
fn an_event_goes_on_from_what_was_imported() {
    let lead =
        Lead::new(1).with("$event_18_count", -3).with("$event_18_first", "2026-02-01").with("$last_seen", "2027-01-01");
    let index = index_of([lead]);
    let done = apply(&index, [Change::event_at(18, time("2026-01-01"))]);
    assert_eq!(counts(&done), [(18, -2)], "somebody has set it so");
    assert_eq!(parts(&index, 1, 18), dates("2026-01-01", "2026-01-01", -2));
    assert_eq!(value(&index, 1, "$last_seen"), Some(time("2027-01-01").into()), "never back");
}

#[test]
fn a_name_gets_a_number_once_for_the_whole_index() {
    let index = index_of([Lead::new(1), Lead::new(2)]);
    let done = apply(&index, [Change::event("b"), Change::event("a"), Change::event("b")]);
    assert_eq!(counts(&done), [(1, 1), (2, 1), (1, 2)]);
    let done = index.apply(2, [Change::event("a"), Change::event("c"), Change::event("A")]).expect("events");
    assert_eq!(counts(&done), [(2, 1), (3, 1), (4, 1)]);
    let names = ["b", "a", "c", "A"];
    assert_eq!(index.events(), (1..).zip(names.map(str::to_owned)).collect::<Vec<_>>());
    assert_eq!(parts(&index, 1, 1), dates(NOW, NOW, 2));
}

#[test]
fn a_new_name_takes_no_number_whose_properties_were_ever_written() {
    let index = index_of([Lead::new(1).with("$event_1_count", 5), Lead::new(2).with("$event_3_last", "2026-01-01")]);
    index.remove(2).expect("a lead");
    apply(&index, [Change::set("$event_2_first", "2026-01-01"), Change::set("$event_04_first", "2026-01-01")]);
    let done = apply(&index, [Change::event("new"), Change::event("newer")]);
    assert_eq!(counts(&done), [(4, 1), (5, 1)]);
    // A number that was used without a name is taken, too.
    apply(&index, [Change::event(6)]);
    assert_eq!(counts(&apply(&index, [Change::event("newest")])), [(7, 1)]);
    assert_eq!(index.events(), [(4, "new".into()), (5, "newer".into()), (7, "newest".into())]);
}

#[test]
fn an_event_without_a_name_or_a_number_is_ignored() {
    let index = index_of([Lead::new(1)]);
    let done = apply(
        &index,
        [
            Change::event(""),
            Change::event(long(256)),
            Change::event(0),
            Change::event(long(255)),
            Change::event(u64::MAX),
        ],
    );
    assert_eq!(ignored(&done), [(0, "bad_name"), (1, "bad_name"), (2, "bad_name")]);
    assert_eq!(counts(&done), [(1, 1), (u64::MAX, 1)]);
    assert_eq!(index.events(), [(1, long(255))]);
    assert_eq!(parts(&index, 1, u64::MAX), dates(NOW, NOW, 1));
}

#[test]
fn an_event_may_have_a_name_that_no_property_may_have() {
    let index = index_of([Lead::new(1)]);
    assert_eq!(counts(&apply(&index, [Change::event("$id"), Change::event("$email")])), [(1, 1), (2, 1)]);
}

#[test]
fn a_full_count_ignores_the_whole_event() {
    let index = index_of([Lead::new(1).with("$event_18_count", MAX).with("$event_18_last", "2026-01-01")]);
    let before = index.get(1);
    let done = apply(&index, [Change::event(18), Change::set("p", 1), Change::delete("p")]);
    assert_eq!(ignored(&done), [(0, "out_of_range")]);
    assert_eq!((counts(&done), done.affected, done.not_changed), (vec![], vec![], vec!["p".into()]));
    assert_eq!(index.get(1), before);

    // The count of a number that no event has yet: the name is not registered either.
    let done = apply(&index, [Change::set("$event_1_count", MAX), Change::event("new")]);
    assert_eq!(ignored(&done), [(1, "out_of_range")]);
    assert_eq!(index.events(), []);
}

#[test]
fn an_ignored_event_still_holds_the_places_of_its_names() {
    let index = index_of([Lead::new(1).with("$event_18_count", MAX)]);
    let done = apply(&index, [Change::event(18), Change::set("p", 1), Change::Seen { at: None }]);
    assert_eq!(done.affected, ["$last_seen", "p"]);
}

#[test]
fn names_of_events_come_only_with_a_call_that_is_kept() {
    let index = index_of([Lead::new(1)]);
    index.apply(1, [Change::event("lost"), Change::merge(9)]).expect_err("there is no lead 9");
    assert_eq!(index.events(), []);
    assert_eq!(counts(&apply(&index, [Change::event("kept")])), [(1, 1)]);
    index.apply(1, [Change::event("late"), Change::Remove]).expect("an event and the end");
    assert_eq!(index.events(), [(1, "kept".into()), (2, "late".into())]);
}

#[test]
fn a_session_counts_from_one() {
    let index = index_of([Lead::new(1)]);
    let done = apply(&index, [Change::Session]);
    assert_eq!((done.affected, value(&index, 1, "$sessions")), (vec!["$sessions".into()], Some(1.into())));
    apply(&index, [Change::Session, Change::Session]);
    assert_eq!(value(&index, 1, "$sessions"), Some(3.into()));
    apply(&index, [Change::set("$sessions", MAX - 1)]);
    let done = apply(&index, [Change::Session, Change::Session]);
    assert_eq!(ignored(&done), [(1, "out_of_range")]);
    assert_eq!(value(&index, 1, "$sessions"), Some(MAX.into()));
}

#[test]
fn seen_moves_last_seen_forward_and_never_back() {
    let index = index_of([Lead::new(1)]);
    let seen = |seconds: i64| Change::Seen { at: Some(after(seconds)) };
    assert_eq!(apply(&index, [seen(-60)]).affected, ["$last_seen"]);
    assert_eq!(apply(&index, [seen(-61)]).not_changed, ["$last_seen"]);
    assert_eq!(apply(&index, [seen(-60)]).not_changed, ["$last_seen"]);
    assert_eq!(value(&index, 1, "$last_seen"), Some(after(-60).into()));
    assert_eq!(apply(&index, [Change::Seen { at: None }]).affected, ["$last_seen"]);
    assert_eq!(value(&index, 1, "$last_seen"), Some(time(NOW).into()));
    assert_eq!(apply(&index, [seen(3_600)]).affected, ["$last_seen"], "the future is a time, too");
}

#[test]
fn the_present_of_a_change_never_runs_back() {
    let index = index_of([Lead::new(1)]);
    index.clock().set(after(100));
    apply(&index, [Change::Session]);
    index.clock().set(after(50));
    apply(&index, [Change::event(1)]);
    assert_eq!(value(&index, 1, "$event_1_first"), Some(after(100).into()));
}

#[test]
fn an_event_is_made_from_a_name_or_a_number() {
    assert_eq!(Event::from("a"), Event::Name("a".into()));
    assert_eq!(Event::from(String::from("a")), Event::Name("a".into()));
    assert_eq!(Event::from(7), Event::Id(7));
}
