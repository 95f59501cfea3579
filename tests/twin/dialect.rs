//! A small reader of the JSON dialect in its plain shapes: enough for hand-made cases, and
//! written apart from the library's reader so that each checks the other.

use lead_index::{Age, DateTime, Filter, Integer, Test, Unit, Values};
use serde_json::Value as Json;

/// The filter that the JSON means.
///
/// # Panics
///
/// On anything that is not a plain, legal filter.
pub(crate) fn read(json: &Json) -> Filter {
    let parts = || json["filters"].as_array().expect("a group has filters").iter().map(read);
    match text(&json["type"]).as_str() {
        "and" => Filter::all(parts()),
        "or" if parts().len() == 0 => Filter::all([]),
        "or" => Filter::any(parts()),
        "not" => Filter::not(parts().next().expect("not has one filter")),
        kind => Filter::Property {
            name: if kind == "presence" { "$presence".to_owned() } else { text(&json["property_name"]) },
            test: test(kind, &json["value"]),
        },
    }
}

fn test(kind: &str, value: &Json) -> Test {
    let n = || number(&value["value"]);
    let t = || text(&value["value"]);
    match kind {
        "known" => Test::Known,
        "unknown" => Test::Unknown,
        "gt" => Test::Gt(n()),
        "gte" => Test::Gte(n()),
        "lt" => Test::Lt(n()),
        "lte" => Test::Lte(n()),
        "gt_or_unknown" => Test::GtOrUnknown(n()),
        "lt_or_unknown" => Test::LtOrUnknown(n()),
        "range" => Test::Range(number(&value["value1"]), number(&value["value2"])),
        "eq" => Test::Eq(n()),
        "neq" => Test::Neq(n()),
        "in" => Test::In(values(&value["values"])),
        "not_in" => Test::NotIn(values(&value["values"])),
        "str_eq" | "presence" => Test::StrEq(t()),
        "str_neq" => Test::StrNeq(t()),
        "str_contains" => Test::StrContains(t()),
        "str_notcontains" => Test::StrNotContains(t()),
        "str_starts" => Test::StrStarts(t()),
        "str_ends" => Test::StrEnds(t()),
        "bool_true" => Test::BoolTrue,
        "bool_false" => Test::BoolFalse,
        "lcontains" => Test::ListContains(t()),
        "lnotcontains" => Test::ListNotContains(t()),
        "lcontains_any" => Test::ListContainsAny(texts(&value["values"])),
        "lcontains_all" => Test::ListContainsAll(texts(&value["values"])),
        dated => date_test(dated, value),
    }
}

fn date_test(kind: &str, value: &Json) -> Test {
    match kind {
        "daysmore" => Test::DaysMore(age(value)),
        "daysless" => Test::DaysLess(age(value)),
        "daysmore_or_unknown" => Test::DaysMoreOrUnknown(age(value)),
        "daysless_or_unknown" => Test::DaysLessOrUnknown(age(value)),
        "date_before" => Test::DateBefore(date(&value["value"])),
        "date_after" => Test::DateAfter(date(&value["value"])),
        "date_range" => Test::DateRange(date(&value["value1"]), date(&value["value2"])),
        "today" => {
            let minutes = value["tz_offset_minutes"].as_i64().unwrap_or(0);
            Test::Today { tz_offset_minutes: i32::try_from(minutes).expect("an offset within two days") }
        }
        unknown => panic!("no such filter type: {unknown}"),
    }
}

fn text(json: &Json) -> String {
    json.as_str().map_or_else(|| panic!("expected a text, not {json}"), str::to_owned)
}

fn texts(json: &Json) -> Vec<String> {
    json.as_array().expect("a list of texts").iter().map(text).collect()
}

fn number(json: &Json) -> Integer {
    let n = json.as_u64().map(i128::from).or(json.as_i64().map(i128::from)).expect("a whole number");
    Integer::new(n).expect("within 64 bits")
}

fn values(json: &Json) -> Values {
    let items = json.as_array().expect("a list of values");
    if items.first().is_some_and(Json::is_string) {
        Values::Strings(texts(json))
    } else {
        Values::Numbers(items.iter().map(number).collect())
    }
}

fn date(json: &Json) -> DateTime {
    DateTime::parse(&text(json)).expect("a date")
}

fn age(value: &Json) -> Age {
    let unit = match value["unit"].as_str() {
        Some("minutes") => Unit::Minutes,
        Some("hours") => Unit::Hours,
        None | Some("days") => Unit::Days,
        Some("weeks") => Unit::Weeks,
        Some(unknown) => panic!("no such unit: {unknown}"),
    };
    Age::new(value["value"].as_u64().expect("a count of units"), unit).expect("at most 2^53 units")
}
