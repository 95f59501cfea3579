//! Append, union, exclude.

use lead_index::{Change, Value};

use crate::Outcome::Affected;
use crate::{Case, check, items, long, time};

const NOTHING: Option<Value> = None;

fn some(value: impl Into<Value>) -> Option<Value> {
    Some(value.into())
}

/// A list that is full.
fn full() -> Option<Value> {
    some(items(30))
}

#[test]
fn append_adds_at_the_end_and_may_repeat_an_item() {
    check([
        Case::new("missing", None, Change::append("p", "a"), Affected, some(["a"])),
        Case::new("a list", some(["a"]), Change::append("p", "b"), Affected, some(["a", "b"])),
        Case::new("an item that is there", some(["a"]), Change::append("p", "a"), Affected, some(["a", "a"])),
        Case::new("a date stays text", None, Change::append("p", "2026-01-31"), Affected, some(["2026-01-31"])),
        Case::new("255 characters", None, Change::append("p", long(255)), Affected, some(vec![long(255)])),
        Case::new("the thirtieth", some(items(29)), Change::append("p", "item 29"), Affected, full()),
        Case::ignored("the thirty-first", full(), Change::append("p", "a"), "list_full"),
        Case::ignored("the thirty-first, there already", full(), Change::append("p", "item 0"), "list_full"),
    ]);
}

#[test]
fn union_adds_at_the_end_what_is_not_there() {
    check([
        Case::new("missing", None, Change::union("p", "a"), Affected, some(["a"])),
        Case::new("a list", some(["a"]), Change::union("p", "b"), Affected, some(["a", "b"])),
        Case::kept("an item that is there", some(["b", "a"]), Change::union("p", "a")),
        Case::new("in another case", some(["a"]), Change::union("p", "A"), Affected, some(["a", "A"])),
        Case::new("the thirtieth", some(items(29)), Change::union("p", "item 29"), Affected, full()),
        Case::ignored("the thirty-first", full(), Change::union("p", "a"), "list_full"),
        Case::kept("one of thirty", full(), Change::union("p", "item 29")),
    ]);
}

#[test]
fn exclude_takes_every_occurrence_and_deletes_an_emptied_list() {
    check([
        Case::kept("missing", None, Change::exclude("p", "a")),
        Case::kept("an item that is not there", some(["a"]), Change::exclude("p", "b")),
        Case::kept("in another case", some(["a"]), Change::exclude("p", "A")),
        Case::new("one of several", some(["a", "b", "c"]), Change::exclude("p", "b"), Affected, some(["a", "c"])),
        Case::new("all occurrences", some(["a", "b", "a"]), Change::exclude("p", "a"), Affected, some(["b"])),
        Case::new("the last item", some(["a"]), Change::exclude("p", "a"), Affected, NOTHING),
        Case::new("the only item, twice", some(["a", "a"]), Change::exclude("p", "a"), Affected, NOTHING),
    ]);
}

#[test]
fn an_item_is_checked_before_what_is_there() {
    let operations: [fn(&str, &str) -> Change; 3] = [
        |key, item| Change::append(key, item),
        |key, item| Change::union(key, item),
        |key, item| Change::exclude(key, item),
    ];
    let others: [Value; 4] = [5.into(), time("2026-01-31").into(), "a".into(), true.into()];
    for change in operations {
        check([
            Case::ignored("an empty item", None, change("p", ""), "empty_value"),
            Case::ignored("an empty item to a full list", full(), change("p", ""), "empty_value"),
            Case::ignored("256 characters", None, change("p", &long(256)), "too_long"),
            Case::ignored("256 characters to a full list", full(), change("p", &long(256)), "too_long"),
            Case::ignored("an empty item under a text name", None, change("$name", ""), "empty_value"),
            Case::ignored("a missing text name", None, change("$name", "a"), "wrong_type"),
            Case::ignored("a missing number name", None, change("$event_7_count", "5"), "wrong_type"),
            Case::ignored("a date name", some(time("2026-01-31")), change("$created", "a"), "wrong_type"),
        ]);
        for other in &others {
            let other = Some(other.clone());
            check([
                Case::ignored("another type", other.clone(), change("p", "a"), "wrong_type"),
                Case::ignored("an empty item to another type", other, change("p", ""), "empty_value"),
            ]);
        }
    }
}
