//! Set, set once, add, delete: each on a missing property, one that is there, and one of another type.

use lead_index::{Change, DateTime, Value};

use crate::Outcome::{Affected, NotChanged};
use crate::{Case, MAX, apply, check, ignored, index_of, items, long, time, value};

const NOTHING: Option<Value> = None;

fn some(value: impl Into<Value>) -> Option<Value> {
    Some(value.into())
}

fn list(texts: impl IntoIterator<Item = String>) -> Value {
    Value::List(texts.into_iter().collect())
}

#[test]
fn set_writes_a_value_of_any_type_over_a_value_of_any_type() {
    let values: [Value; 5] = [5.into(), time("2026-01-31").into(), "pro".into(), true.into(), ["a", "b"].into()];
    for (i, new) in values.iter().enumerate() {
        Case::new("set creates", None, Change::set("p", new.clone()), Affected, some(new.clone())).check();
        for (j, old) in values.iter().enumerate() {
            let outcome = if i == j { NotChanged } else { Affected };
            let change = Change::set("p", new.clone());
            Case::new("set replaces", some(old.clone()), change, outcome, some(new.clone())).check();
        }
    }
}

#[test]
fn set_admits_values_as_an_import_does() {
    check([
        Case::new("date text", None, Change::set("p", "2026-01-31"), Affected, some(time("2026-01-31"))),
        Case::new(
            "date text in a plain string",
            None,
            Change::set("p", Value::String("2026-01-31".into())),
            Affected,
            some(time("2026-01-31")),
        ),
        Case::new(
            "a zone makes it text",
            None,
            Change::set("p", "2026-01-31T00:00:00Z"),
            Affected,
            some("2026-01-31T00:00:00Z"),
        ),
        Case::new(
            "a number under a text name",
            None,
            Change::set("$phone", 5),
            Affected,
            some(Value::String("5".into())),
        ),
        Case::new(
            "a date under a text name",
            None,
            Change::set("$name", "2026-01-31"),
            Affected,
            some(Value::String("2026-01-31T00:00:00".into())),
        ),
        Case::new("a boolean under a text name", None, Change::set("$city", true), Affected, some("true")),
        Case::new("text under a number name", None, Change::set("$sessions", "-12"), Affected, some(-12)),
        Case::new("text under an event's count", None, Change::set("$event_7_count", "3"), Affected, some(3)),
        Case::new(
            "text under a date name",
            None,
            Change::set("$created", "2026-01-31"),
            Affected,
            some(time("2026-01-31")),
        ),
        Case::new("a name of the system that is not known", None, Change::set("$other", 5), Affected, some(5)),
        Case::new("empty items are dropped", None, Change::set("p", ["", "a", "", "b"]), Affected, some(["a", "b"])),
        Case::new("255 characters", None, Change::set("p", long(255)), Affected, some(long(255))),
        Case::new("30 items", None, Change::set("p", items(30)), Affected, some(items(30))),
        Case::new(
            "30 items and empty ones",
            None,
            Change::set("p", list(items(30).into_iter().chain([String::new()]))),
            Affected,
            some(items(30)),
        ),
        Case::new("the greatest number", None, Change::set("p", MAX), Affected, some(MAX)),
        Case::new("the least number", None, Change::set("p", -MAX), Affected, some(-MAX)),
        Case::new("a name of 255 characters", None, Change::set(long(255), 5), Affected, some(5)),
    ]);
}

/// Values that may not be written, with the reason.
fn refused() -> Vec<(&'static str, &'static str, Value, &'static str)> {
    vec![
        ("an empty text", "p", Value::String(String::new()), "empty_value"),
        ("an empty list", "p", list([]), "empty_value"),
        ("a list of empty items", "p", ["", ""].into(), "empty_value"),
        ("an empty text under a number name", "$sessions", Value::String(String::new()), "empty_value"),
        ("an empty list under a text name", "$name", list([]), "empty_value"),
        ("words under a number name", "$sessions", "many".into(), "wrong_type"),
        ("a boolean under a number name", "$sessions", true.into(), "wrong_type"),
        ("a date under a number name", "$event_7_count", time("2026-01-31").into(), "wrong_type"),
        ("a list under a text name", "$email", ["a"].into(), "wrong_type"),
        ("a list under a date name", "$last_seen", ["a"].into(), "wrong_type"),
        ("no real date under a date name", "$created", "2026-02-30".into(), "wrong_type"),
        ("a number under a date name", "$event_7_first", 5.into(), "wrong_type"),
        ("2^53 + 1", "p", (MAX + 1).into(), "out_of_range"),
        ("-2^53 - 1", "p", (-MAX - 1).into(), "out_of_range"),
        ("text of 2^53 + 1 under a number name", "$sessions", Value::String((MAX + 1).to_string()), "out_of_range"),
        ("256 characters", "p", long(256).into(), "too_long"),
        ("an item of 256 characters", "p", list([long(256)]), "too_long"),
        ("a long item in a full list", "p", list(items(30).into_iter().chain([long(256)])), "too_long"),
        ("31 items", "p", items(31).into(), "list_full"),
    ]
}

#[test]
fn set_and_set_once_ignore_what_is_no_value_whatever_is_there() {
    for (what, key, value, reason) in refused() {
        check([
            Case::ignored(what, None, Change::set(key, value.clone()), reason),
            Case::ignored(what, None, Change::set_once(key, value.clone()), reason),
        ]);
        if key == "p" {
            check([
                Case::ignored(what, some("old"), Change::set(key, value.clone()), reason),
                Case::ignored(what, some("old"), Change::set_once(key, value), reason),
            ]);
        }
    }
}

#[test]
fn set_once_keeps_what_is_there() {
    check([
        Case::new("missing", None, Change::set_once("p", 5), Affected, some(5)),
        Case::kept("the same value", some(5), Change::set_once("p", 5)),
        Case::kept("another value", some(5), Change::set_once("p", 6)),
        Case::kept("another type", some("five"), Change::set_once("p", 6)),
    ]);
}

#[test]
fn add_counts_from_zero_and_stays_within_the_bounds() {
    check([
        Case::new("missing", None, Change::add("p", 5), Affected, some(5)),
        Case::new("missing, below zero", None, Change::add("p", -5), Affected, some(-5)),
        Case::new("nothing to a missing one", None, Change::add("p", 0), Affected, some(0)),
        Case::new("a number", some(5), Change::add("p", -7), Affected, some(-2)),
        Case::kept("nothing to a number", some(5), Change::add("p", 0)),
        Case::new("a number name", some(5), Change::add("$sessions", 1), Affected, some(6)),
        Case::new("up to the bound", some(MAX - 1), Change::add("p", 1), Affected, some(MAX)),
        Case::new("from bound to bound", some(MAX), Change::add("p", -MAX), Affected, some(0)),
        Case::ignored("over the bound", some(MAX), Change::add("p", 1), "out_of_range"),
        Case::ignored("under the bound", some(-MAX), Change::add("p", -1), "out_of_range"),
        Case::ignored("2^53 + 1 to a missing one", None, Change::add("p", MAX + 1), "out_of_range"),
        Case::ignored("too much, though the sum would fit", some(-5), Change::add("p", MAX + 1), "out_of_range"),
        Case::ignored("the least of 64 bits", some(1), Change::add("p", i64::MIN), "out_of_range"),
        Case::ignored("too much to a text", some("x"), Change::add("p", i64::MAX), "out_of_range"),
        Case::ignored("a text", some("5"), Change::add("p", 1), "wrong_type"),
        Case::ignored("a date", some(time("2026-01-31")), Change::add("p", 1), "wrong_type"),
        Case::ignored("a boolean", some(true), Change::add("p", 1), "wrong_type"),
        Case::ignored("a list", some(["5"]), Change::add("p", 1), "wrong_type"),
        Case::ignored("a missing text name", None, Change::add("$phone", 1), "wrong_type"),
        Case::ignored("a missing date name", None, Change::add("$created", 1), "wrong_type"),
    ]);
}

#[test]
fn delete_takes_away_a_value_of_any_type() {
    let values: [Value; 5] = [5.into(), time("2026-01-31").into(), "pro".into(), true.into(), ["a", "b"].into()];
    for old in values {
        Case::new("delete", Some(old), Change::delete("p"), Affected, NOTHING).check();
    }
    Case::kept("delete a missing one", None, Change::delete("p")).check();
    Case::kept("delete a missing one with a fixed type", None, Change::delete("$name")).check();
}

#[test]
fn the_name_is_checked_before_the_value_and_before_what_is_there() {
    let bad = [
        ("$id", "reserved"),
        ("$user_id", "reserved"),
        ("$conversations", "reserved"),
        ("$web_push", "reserved"),
        ("$presence", "reserved"),
        ("", "bad_name"),
        (&long(256), "bad_name"),
    ];
    for (name, reason) in bad {
        let all = [
            Change::set(name, ""),
            Change::set_once(name, MAX + 1),
            Change::add(name, i64::MAX),
            Change::delete(name),
            Change::append(name, ""),
            Change::union(name, long(256)),
            Change::exclude(name, ""),
        ];
        let index = index_of([lead_index::Lead::new(1).with_user_id("ann").with_conversations(2)]);
        let before = index.get(1);
        let done = apply(&index, all);
        assert_eq!(ignored(&done), (0..7).map(|at| (at, reason)).collect::<Vec<_>>(), "{name:?}");
        assert!(done.affected.is_empty() && done.not_changed.is_empty(), "{name:?}");
        assert_eq!(index.get(1), before, "{name:?}");
    }
}

#[test]
fn changes_run_in_order_each_on_what_the_one_before_it_left() {
    let index = index_of([lead_index::Lead::new(1).with("n", 1)]);
    let done = apply(
        &index,
        [
            Change::add("n", 2),
            Change::set("n", "text"),
            Change::add("n", 2),
            Change::delete("n"),
            Change::add("n", 4),
            Change::set_once("n", 9),
            Change::set_once("m", 9),
            Change::set_once("m", 10),
        ],
    );
    assert_eq!(ignored(&done), [(2, "wrong_type")]);
    assert_eq!(done.affected, ["n", "m"]);
    assert_eq!((value(&index, 1, "n"), value(&index, 1, "m")), (some(4), some(9)));
}

#[test]
fn a_name_stands_in_one_list_by_its_value_before_and_after() {
    let index = index_of([lead_index::Lead::new(1).with("kept", 1).with("back", 1).with("gone", 1)]);
    let done = apply(
        &index,
        [
            Change::set("back", 2),
            Change::set("new", 1),
            Change::set("kept", 1),
            Change::delete("gone"),
            Change::set("brief", 1),
            Change::set("back", 1),
            Change::delete("brief"),
            Change::set("bad", ""),
            Change::delete("never"),
        ],
    );
    assert_eq!(done.affected, ["new", "gone"]);
    assert_eq!(done.not_changed, ["back", "kept", "brief", "never"]);
    assert_eq!(ignored(&done), [(7, "empty_value")]);
    assert_eq!(index.properties().iter().map(|info| info.name.as_str()).collect::<Vec<_>>(), ["back", "kept", "new"]);
}

#[test]
fn a_mention_that_is_ignored_holds_the_place_of_the_name() {
    let index = index_of([lead_index::Lead::new(1)]);
    let done = apply(
        &index,
        [
            Change::set("late", ""),
            Change::set("$web_push", true),
            Change::set("first", 1),
            Change::WebPush(true),
            Change::set("late", 1),
            Change::set("only ignored", ""),
        ],
    );
    assert_eq!(done.affected, ["late", "$web_push", "first"]);
    assert!(done.not_changed.is_empty());
    assert_eq!(ignored(&done), [(0, "empty_value"), (1, "reserved"), (5, "empty_value")]);
}

#[test]
fn a_call_of_many_names_tells_each_of_them_in_order() {
    let index = index_of([lead_index::Lead::new(1)]);
    let names: Vec<String> = (0..500).map(|n| format!("property {n}")).collect();
    let twice = names.iter().chain(&names);
    let done = apply(&index, twice.map(|name| Change::add(name.as_str(), 1)));
    assert_eq!(done.affected, names);
    let lead = index.get(1).expect("a lead");
    assert!(lead.props.len() == 500 && lead.props.values().all(|value| *value == Value::Number(2)));
    let done = apply(&index, names.iter().map(|name| Change::set(name.as_str(), 2)));
    assert_eq!(done.not_changed, names);
}

#[test]
fn a_call_without_changes_changes_nothing() {
    let index = index_of([lead_index::Lead::new(1).with("p", 1)]);
    let done = apply(&index, []);
    assert_eq!((done.id, done.created), (1, false));
    assert!(done.affected.is_empty() && done.not_changed.is_empty() && done.ignored.is_empty());
}

#[test]
fn the_extremes_of_time_are_values() {
    for end in [DateTime::MIN, DateTime::MAX] {
        Case::new("an extreme", None, Change::set("p", end), Affected, some(end)).check();
    }
}
