//! Writes a filter in the JSON dialect: compact, one spelling for each filter.

use std::fmt::Display;
use std::fmt::Write as _;

use crate::filter::tree::{Age, Filter, Integer, Test, Values};

/// Writes the filter. No recursion: a tree may be deeper than any stack. O(size).
pub(super) fn write(filter: &Filter) -> String {
    enum Step<'a> {
        Filter(&'a Filter),
        Text(&'static str),
    }
    let mut out = String::new();
    let mut steps = vec![Step::Filter(filter)];
    while let Some(step) = steps.pop() {
        let filter = match step {
            Step::Text(text) => {
                out.push_str(text);
                continue;
            }
            Step::Filter(filter) => filter,
        };
        let (head, children): (_, &[Filter]) = match filter {
            Filter::Property { name, test } => {
                condition(&mut out, name, test);
                continue;
            }
            Filter::Segment(id) => {
                // Writing into a string cannot fail.
                let _ = write!(out, r#"{{"type":"segment","value":{{"value":{id}}}}}"#);
                continue;
            }
            // An empty `or` of the dialect means everybody; this one means nobody.
            Filter::Any(children) if children.is_empty() => {
                out.push_str(r#"{"type":"not","filters":[{"type":"and","filters":[]}]}"#);
                continue;
            }
            Filter::All(children) => (r#"{"type":"and","filters":["#, children),
            Filter::Any(children) => (r#"{"type":"or","filters":["#, children),
            Filter::Not(child) => (r#"{"type":"not","filters":["#, std::slice::from_ref(child)),
        };
        out.push_str(head);
        steps.push(Step::Text("]}"));
        for (i, child) in children.iter().enumerate().rev() {
            steps.push(Step::Filter(child));
            if i > 0 {
                steps.push(Step::Text(","));
            }
        }
    }
    out
}

fn condition(out: &mut String, name: &str, test: &Test) {
    let kind = type_name(test);
    out.push_str(r#"{"type":""#);
    out.push_str(kind);
    out.push_str(r#"","property_name":"#);
    text(out, name);
    out.push_str(r#","value":{"#);
    value(out, test);
    out.push_str("}}");
}

fn type_name(test: &Test) -> &'static str {
    match test {
        Test::Known => "known",
        Test::Unknown => "unknown",
        Test::Gt(_) => "gt",
        Test::Gte(_) => "gte",
        Test::Lt(_) => "lt",
        Test::Lte(_) => "lte",
        Test::GtOrUnknown(_) => "gt_or_unknown",
        Test::LtOrUnknown(_) => "lt_or_unknown",
        Test::Range(..) => "range",
        Test::Eq(_) => "eq",
        Test::Neq(_) => "neq",
        Test::In(_) => "in",
        Test::NotIn(_) => "not_in",
        Test::StrEq(_) => "str_eq",
        Test::StrNeq(_) => "str_neq",
        Test::StrContains(_) => "str_contains",
        Test::StrNotContains(_) => "str_notcontains",
        Test::StrStarts(_) => "str_starts",
        Test::StrEnds(_) => "str_ends",
        Test::BoolTrue => "bool_true",
        Test::BoolFalse => "bool_false",
        Test::DaysMore(_) => "daysmore",
        Test::DaysLess(_) => "daysless",
        Test::DaysMoreOrUnknown(_) => "daysmore_or_unknown",
        Test::DaysLessOrUnknown(_) => "daysless_or_unknown",
        Test::DateBefore(_) => "date_before",
        Test::DateAfter(_) => "date_after",
        Test::DateRange(..) => "date_range",
        Test::Today { .. } => "today",
        Test::ListContains(_) => "lcontains",
        Test::ListNotContains(_) => "lnotcontains",
        Test::ListContainsAny(_) => "lcontains_any",
        Test::ListContainsAll(_) => "lcontains_all",
    }
}

/// The members of the value object.
fn value(out: &mut String, test: &Test) {
    match test {
        Test::Known | Test::Unknown | Test::BoolTrue | Test::BoolFalse => {}
        Test::Gt(n)
        | Test::Gte(n)
        | Test::Lt(n)
        | Test::Lte(n)
        | Test::GtOrUnknown(n)
        | Test::LtOrUnknown(n)
        | Test::Eq(n)
        | Test::Neq(n) => put(out, format_args!(r#""value":{n}"#)),
        Test::Range(low, high) => put(out, format_args!(r#""value1":{low},"value2":{high}"#)),
        Test::StrEq(item)
        | Test::StrNeq(item)
        | Test::StrContains(item)
        | Test::StrNotContains(item)
        | Test::StrStarts(item)
        | Test::StrEnds(item)
        | Test::ListContains(item)
        | Test::ListNotContains(item) => {
            out.push_str(r#""value":"#);
            text(out, item);
        }
        Test::DaysMore(age) | Test::DaysLess(age) | Test::DaysMoreOrUnknown(age) | Test::DaysLessOrUnknown(age) => {
            elapsed(out, *age);
        }
        // The text of a date needs no escape.
        Test::DateBefore(date) | Test::DateAfter(date) => put(out, format_args!(r#""value":"{date}""#)),
        Test::DateRange(from, to) => put(out, format_args!(r#""value1":"{from}","value2":"{to}""#)),
        Test::Today { tz_offset_minutes } => put(out, format_args!(r#""tz_offset_minutes":{tz_offset_minutes}"#)),
        Test::In(Values::Numbers(items)) | Test::NotIn(Values::Numbers(items)) => list(out, items, number),
        Test::In(Values::Strings(items))
        | Test::NotIn(Values::Strings(items))
        | Test::ListContainsAny(items)
        | Test::ListContainsAll(items) => list(out, items, |out, item| text(out, item)),
    }
}

fn list<T>(out: &mut String, items: &[T], mut item: impl FnMut(&mut String, &T)) {
    out.push_str(r#""values":["#);
    for (i, each) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        item(out, each);
    }
    out.push(']');
}

fn elapsed(out: &mut String, age: Age) {
    put(out, format_args!(r#""value":{},"unit":"{}""#, age.count(), age.unit().as_str()));
}

fn number(out: &mut String, number: &Integer) {
    put(out, number);
}

fn text(out: &mut String, text: &str) {
    out.push_str(&serde_json::to_string(text).expect("a text always has a JSON form"));
}

fn put(out: &mut String, what: impl Display) {
    write!(out, "{what}").expect("a String takes all that is written to it");
}
