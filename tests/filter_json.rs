//! The JSON dialect of filters: a table of texts, the hostile inputs by name, and random texts.

use std::collections::HashMap;
use std::fmt::Write as _;

use lead_index::{Age, DateTime, Error, Filter, Query, limits};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::value::RawValue;

type Case = HashMap<String, Box<RawValue>>;

#[derive(serde::Deserialize)]
struct Table {
    legal: Vec<Case>,
    illegal: Vec<Case>,
}

fn table() -> Table {
    serde_json::from_str(include_str!("data/filters.json")).unwrap()
}

/// What a case is about, and the text it gives: as it stands (`json`) or inside a string (`text`).
fn given(case: &Case) -> (String, String) {
    let why = serde_json::from_str(case["why"].get()).unwrap();
    let text = match case.get("text") {
        Some(text) => serde_json::from_str(text.get()).unwrap(),
        None => case["json"].get().to_owned(),
    };
    (why, text)
}

fn refused(json: impl AsRef<[u8]>) -> Error {
    Filter::from_json(json).expect_err("this text must be refused")
}

fn code(json: impl AsRef<[u8]>) -> &'static str {
    refused(json).code()
}

/// Runs on a thread whose stack is 256 KiB.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap().join().unwrap();
}

fn nested(head: &str, leaf: &str, tail: &str, depth: usize) -> String {
    format!("{}{leaf}{}", head.repeat(depth), tail.repeat(depth))
}

const LEAF: &str = r#"{"type":"known","property_name":"a"}"#;
const NOT: &str = r#"{"type":"not","filters":["#;
const AND: &str = r#"{"type":"and","filters":["#;

fn flat_or(leaves: usize) -> String {
    format!(r#"{{"type":"or","filters":[{}]}}"#, vec![LEAF; leaves].join(","))
}

fn list_of(values: &str) -> String {
    format!(r#"{{"type":"in","property_name":"a","value":{{"values":[{values}]}}}}"#)
}

#[test]
fn every_legal_text_of_the_table_reads_as_it_says() {
    for case in table().legal {
        let (why, text) = given(&case);
        let filter = Filter::from_json(&text).unwrap_or_else(|error| panic!("{why}: {error}\n{text}"));
        let expected = case["is"].get();
        assert_eq!(filter.to_json(), expected, "{why}");
        assert_eq!(Filter::from_json(expected).unwrap(), filter, "{why}");
        filter.validate().unwrap();
    }
}

#[test]
fn every_illegal_text_of_the_table_is_refused_with_all_its_faults() {
    for case in table().illegal {
        let (why, text) = given(&case);
        let error = Filter::from_json(&text).expect_err(&why);
        let found: Vec<_> = error.problems().iter().map(|p| (p.code.to_owned(), p.pointer.clone(), p.offset)).collect();
        let expected: Vec<Vec<serde_json::Value>> = serde_json::from_str(case["faults"].get()).unwrap();
        let expected: Vec<_> = expected
            .iter()
            .map(|fault| {
                let offset = fault.get(2).and_then(serde_json::Value::as_u64).map(|at| usize::try_from(at).unwrap());
                (fault[0].as_str().unwrap().to_owned(), fault[1].as_str().unwrap().to_owned(), offset)
            })
            .collect();
        assert_eq!(found, expected, "{why}: {error}");
    }
}

/// Every constructor with the JSON it must become and be read from.
fn every_type() -> Vec<(Filter, &'static str)> {
    let (jan, feb) = (DateTime::parse("2026-01-01").unwrap(), DateTime::parse("2026-02-01T10:20:30").unwrap());
    vec![
        (Filter::known("a"), r#"{"type":"known","property_name":"a","value":{}}"#),
        (Filter::unknown("a"), r#"{"type":"unknown","property_name":"a","value":{}}"#),
        (Filter::gt("a", 5), r#"{"type":"gt","property_name":"a","value":{"value":5}}"#),
        (Filter::gte("a", 5), r#"{"type":"gte","property_name":"a","value":{"value":5}}"#),
        (Filter::lt("a", -5), r#"{"type":"lt","property_name":"a","value":{"value":-5}}"#),
        (Filter::lte("a", 0), r#"{"type":"lte","property_name":"a","value":{"value":0}}"#),
        (Filter::gt_or_unknown("a", 5), r#"{"type":"gt_or_unknown","property_name":"a","value":{"value":5}}"#),
        (Filter::lt_or_unknown("a", 5), r#"{"type":"lt_or_unknown","property_name":"a","value":{"value":5}}"#),
        (Filter::range("a", 2, 5), r#"{"type":"range","property_name":"a","value":{"value1":2,"value2":5}}"#),
        (Filter::eq("$id", u64::MAX), r#"{"type":"eq","property_name":"$id","value":{"value":18446744073709551615}}"#),
        (Filter::neq("a", i64::MIN), r#"{"type":"neq","property_name":"a","value":{"value":-9223372036854775808}}"#),
        (Filter::in_numbers("a", [1, 2]), r#"{"type":"in","property_name":"a","value":{"values":[1,2]}}"#),
        (Filter::in_strings("a", ["x", "1"]), r#"{"type":"in","property_name":"a","value":{"values":["x","1"]}}"#),
        (Filter::not_in_numbers("a", [1]), r#"{"type":"not_in","property_name":"a","value":{"values":[1]}}"#),
        (Filter::not_in_strings("a", ["x"]), r#"{"type":"not_in","property_name":"a","value":{"values":["x"]}}"#),
        (Filter::str_eq("a", "Maks"), r#"{"type":"str_eq","property_name":"a","value":{"value":"Maks"}}"#),
        (Filter::str_neq("a", ""), r#"{"type":"str_neq","property_name":"a","value":{"value":""}}"#),
        (Filter::str_contains("a", "m"), r#"{"type":"str_contains","property_name":"a","value":{"value":"m"}}"#),
        (Filter::str_not_contains("a", "m"), r#"{"type":"str_notcontains","property_name":"a","value":{"value":"m"}}"#),
        (Filter::str_starts("a", "m"), r#"{"type":"str_starts","property_name":"a","value":{"value":"m"}}"#),
        (Filter::str_ends("a", "m"), r#"{"type":"str_ends","property_name":"a","value":{"value":"m"}}"#),
        (Filter::bool_true("a"), r#"{"type":"bool_true","property_name":"a","value":{}}"#),
        (Filter::bool_false("a"), r#"{"type":"bool_false","property_name":"a","value":{}}"#),
        (
            Filter::days_more("a", Age::minutes(1)),
            r#"{"type":"daysmore","property_name":"a","value":{"value":1,"unit":"minutes"}}"#,
        ),
        (
            Filter::days_less("a", Age::hours(2)),
            r#"{"type":"daysless","property_name":"a","value":{"value":2,"unit":"hours"}}"#,
        ),
        (
            Filter::days_more_or_unknown("a", Age::days(3)),
            r#"{"type":"daysmore_or_unknown","property_name":"a","value":{"value":3,"unit":"days"}}"#,
        ),
        (
            Filter::days_less_or_unknown("a", Age::weeks(4)),
            r#"{"type":"daysless_or_unknown","property_name":"a","value":{"value":4,"unit":"weeks"}}"#,
        ),
        (
            Filter::date_before("a", jan),
            r#"{"type":"date_before","property_name":"a","value":{"value":"2026-01-01T00:00:00"}}"#,
        ),
        (
            Filter::date_after("a", feb),
            r#"{"type":"date_after","property_name":"a","value":{"value":"2026-02-01T10:20:30"}}"#,
        ),
        (
            Filter::date_range("a", jan, feb),
            r#"{"type":"date_range","property_name":"a","value":{"value1":"2026-01-01T00:00:00","value2":"2026-02-01T10:20:30"}}"#,
        ),
        (Filter::today("a", -180), r#"{"type":"today","property_name":"a","value":{"tz_offset_minutes":-180}}"#),
        (Filter::list_contains("a", "x"), r#"{"type":"lcontains","property_name":"a","value":{"value":"x"}}"#),
        (Filter::list_not_contains("a", "x"), r#"{"type":"lnotcontains","property_name":"a","value":{"value":"x"}}"#),
        (
            Filter::list_contains_any("a", ["x", "y"]),
            r#"{"type":"lcontains_any","property_name":"a","value":{"values":["x","y"]}}"#,
        ),
        (
            Filter::list_contains_all("a", [""; 0]),
            r#"{"type":"lcontains_all","property_name":"a","value":{"values":[]}}"#,
        ),
    ]
}

#[test]
fn every_type_is_written_as_its_constructor_says_and_read_back() {
    for (filter, json) in every_type() {
        assert_eq!(filter.to_json(), json);
        assert_eq!(Filter::from_json(json).unwrap(), filter, "{json}");
        // The value as a string that holds JSON, and the whole once more inside a string.
        let (head, value) = json.split_once(r#""value":"#).unwrap();
        let value = serde_json::to_string(&value[..value.len() - 1]).unwrap();
        let encoded = format!(r#"{head}"value":{value}}}"#);
        assert_eq!(Filter::from_json(&encoded).unwrap(), filter, "{encoded}");
        let encoded = serde_json::to_string(&encoded).unwrap();
        assert_eq!(Filter::from_json(&encoded).unwrap(), filter, "{encoded}");
    }
}

#[test]
fn nobody_is_written_so_that_it_stays_nobody() {
    let nobody = Filter::any([]);
    assert_eq!(nobody.to_json(), r#"{"type":"not","filters":[{"type":"and","filters":[]}]}"#);
    assert_eq!(Filter::from_json(nobody.to_json()).unwrap(), Filter::not(Filter::all([])));
}

#[test]
fn a_filter_stands_inside_other_documents() {
    let json = r#"{"filters":[{"type":"eq","property_name":"$id","value":{"value":18446744073709551615}}],"limit":3}"#;
    let query: Query = serde_json::from_str(json).unwrap();
    let written = serde_json::to_string(&query).unwrap();
    let filter = r#""filters":{"type":"and","filters":[{"type":"eq","property_name":"$id","value":{"value":18446744073709551615}}]}"#;
    assert!(written.contains(filter), "{written}");
    assert_eq!(serde_json::to_string(&serde_json::from_str::<Query>(&written).unwrap()).unwrap(), written);

    let value: serde_json::Value = serde_json::from_str(LEAF).unwrap();
    assert_eq!(serde_json::from_value::<Filter>(value).unwrap(), Filter::known("a"));
    for (json, code) in [
        (r#"{"filters":{"type":"known","property_name":"a","type":"known"}}"#, "duplicate_key"),
        (
            r#"{"filters":{"type":"gt","property_name":"a","value":{"value":-9223372036854775809}}}"#,
            "number_out_of_range",
        ),
    ] {
        let error = serde_json::from_str::<Query>(json).unwrap_err().to_string();
        assert!(error.contains(code), "{error}");
    }
}

#[test]
fn a_million_brackets_are_too_deep_at_a_byte_offset() {
    on_a_small_stack(|| {
        for text in ["[".repeat(1_000_000), r#"{"a":"#.repeat(200_000), format!("[{}", "[1,".repeat(300_000))] {
            let error = refused(text);
            assert_eq!(error.code(), "filter_too_deep");
            assert!(error.offset().is_some_and(|offset| offset < 1_000), "{error}");
        }
        assert_eq!(refused("[".repeat(1_000_000)).offset(), Some(limits::JSON_DEPTH));
    });
}

#[test]
fn groups_nest_32_deep_and_no_deeper() {
    on_a_small_stack(|| {
        for head in [AND, NOT, r#"{"type":"or","cls":"x","filters":["#] {
            for leaf in [LEAF, r#"{"type":"gt","property_name":"a","value":{"value":5}}"#] {
                let deepest = nested(head, leaf, "]}", 32);
                let filter = Filter::from_json(&deepest).unwrap();
                filter.validate().unwrap();
                assert_eq!(Filter::from_json(filter.to_json()).unwrap(), filter);
                let encoded = serde_json::to_string(&deepest).unwrap();
                assert_eq!(Filter::from_json(encoded).unwrap(), filter);
                for depth in [33, 34, 35, 36, 37, 64, 127, 128, 129] {
                    let error = refused(nested(head, leaf, "]}", depth));
                    assert_eq!(error.code(), "filter_too_deep", "{depth}");
                    assert!(!error.to_string().contains("recursion"), "{error}");
                }
            }
        }
        // A bare array is a group too.
        assert!(Filter::from_json(format!("[{}]", nested(AND, LEAF, "]}", 31))).is_ok());
        let error = refused(format!("[{}]", nested(AND, LEAF, "]}", 32)));
        assert_eq!(
            (error.code(), error.pointer()),
            ("filter_too_deep", format!("/0{}", "/filters/0".repeat(31) + "/filters").as_str())
        );
    });
}

#[test]
fn ten_thousand_nots_are_too_deep_also_when_encoded() {
    on_a_small_stack(|| {
        let text = nested(NOT, LEAF, "]}", 10_000);
        assert_eq!(code(&text), "filter_too_deep");
        assert_eq!(code(serde_json::to_string(&text).unwrap()), "filter_too_deep");
        let value = serde_json::to_string(&text).unwrap();
        let error = refused(format!(r#"[{{"type":"gt","property_name":"a","value":{value}}}]"#));
        assert_eq!((error.code(), error.pointer()), ("filter_too_deep", "/0/value"));
        let mut encoded = LEAF.to_owned();
        for _ in 0..8 {
            encoded = format!("{NOT}{}]}}", serde_json::to_string(&encoded).unwrap());
        }
        assert_eq!(code(&encoded), "expected_object");
    });
}

#[test]
fn a_flat_or_of_100_000_leaves_has_too_many_conditions() {
    on_a_small_stack(|| {
        let text = flat_or(limits::FILTER_CONDITIONS + 1);
        let error = refused(&text);
        assert_eq!(
            (error.code(), error.pointer(), error.problems().len()),
            ("too_many_conditions", "/filters/4096", 1)
        );
        assert_eq!(code(flat_or(25_000)), "too_many_conditions");
        // As JSON so many are more than the bytes allowed, as a tree they are counted.
        assert_eq!(code(flat_or(100_000)), "filter_too_large");
        let tree = Filter::any((0..100_000).map(|_| Filter::known("a")));
        assert_eq!(tree.validate().unwrap_err().code(), "too_many_conditions");
        // Spread over many groups they are still too many.
        let group = flat_or(512);
        assert_eq!(code(format!("[{}]", vec![group.as_str(); 9].join(","))), "too_many_conditions");
    });
}

#[test]
fn a_flat_or_of_4096_leaves_is_read_written_and_dropped_on_a_small_stack() {
    on_a_small_stack(|| {
        let filter = Filter::from_json(flat_or(limits::FILTER_CONDITIONS)).unwrap();
        assert_eq!(Filter::from_json(filter.to_json()).unwrap(), filter);
        assert!(format!("{filter:?}").len() > limits::FILTER_CONDITIONS);
    });
}

#[test]
fn a_tree_of_a_million_nots_is_written_on_a_small_stack() {
    on_a_small_stack(|| {
        let filter = (0..1_000_000).fold(Filter::known("a"), |filter, _| Filter::not(filter));
        assert_eq!(filter.to_json().matches("not").count(), 1_000_000);
    });
}

#[test]
fn deep_json_under_an_unknown_key_is_ignored_within_the_depth_bound() {
    on_a_small_stack(|| {
        let with = |deep: String| format!(r#"{{"type":"known","cls":{deep},"property_name":"a"}}"#);
        assert_eq!(Filter::from_json(with(nested("[", "", "]", 71))).unwrap(), Filter::known("a"));
        assert_eq!(code(with(nested("[", "", "]", 72))), "filter_too_deep");
        assert_eq!(code(with(nested("[", "", "]", 100_000))), "filter_too_deep");
        let wide = format!("[{}]", vec![r#"{"type":{"x":[1,{}]}}"#; 40_000].join(","));
        assert_eq!(Filter::from_json(with(wide)).unwrap(), Filter::known("a"));
    });
}

#[test]
fn a_list_longer_than_65_536_is_refused_before_it_is_kept() {
    let full = list_of(&vec!["1"; limits::FILTER_LIST].join(","));
    assert!(Filter::from_json(&full).is_ok());
    for values in ["1", "\"\"", "1.5", "null"] {
        let error = refused(list_of(&vec![values; limits::FILTER_LIST + 1].join(",")));
        assert_eq!((error.code(), error.pointer(), error.problems().len()), ("list_too_long", "/value/values", 1));
        assert!(error.to_string().contains("65537"), "{error}");
    }
    assert_eq!(code(list_of(&vec!["1"; 10_000_000].join(","))), "filter_too_large");
}

#[test]
fn a_filter_is_measured_before_anything_else() {
    let padded = |bytes: usize| format!("{LEAF}{}", " ".repeat(bytes - LEAF.len()));
    assert!(Filter::from_json(padded(limits::FILTER_BYTES)).is_ok());
    let error = refused(padded(limits::FILTER_BYTES + 1));
    assert_eq!(error.code(), "filter_too_large");
    assert!(error.to_string().contains("1048577") && error.to_string().contains("1048576"), "{error}");
    assert_eq!(code(vec![0xff; limits::FILTER_BYTES + 1]), "filter_too_large");
}

#[test]
fn in_of_nothing_is_legal() {
    assert_eq!(Filter::from_json(list_of("")).unwrap(), Filter::in_numbers("a", [0; 0]));
}

#[test]
fn a_list_of_sorts_names_each_item_that_does_not_fit() {
    let error = refused(list_of(r#"1,"a",null"#));
    assert_eq!((error.code(), error.pointer()), ("type_mismatch", "/value/values/1"));
}

#[test]
fn the_same_key_twice_in_one_object_is_refused() {
    assert_eq!(code(r#"{"type":"known","type":"unknown","property_name":"a"}"#), "duplicate_key");
}

#[test]
fn many_duplicate_keys_make_a_short_answer() {
    let mut text = String::from("{");
    for i in 0..40_000 {
        write!(text, r#""k{}":0,"#, i / 2).unwrap();
    }
    let error = refused(text + r#""type":"known","property_name":"a"}"#);
    assert!((1..=100).contains(&error.problems().len()));
    let key = "k".repeat(200_000);
    let error = refused(format!(r#"{{"{key}":[{}]}}"#, vec![r#"{"a":1,"a":2}"#; 1_000].join(",")));
    assert!(error.to_string().len() < 100_000);
}

#[test]
fn a_misspelt_type_is_told_the_nearest_name() {
    for (misspelt, nearest) in [
        ("AND", "and"),
        ("str_equal", "str_eq"),
        ("contains", "lcontains"),
        ("str_contain", "str_contains"),
        ("days_more", "daysmore"),
        ("notin", "not_in"),
        ("dates_range", "date_range"),
    ] {
        let error = refused(format!(r#"[{{"type":"{misspelt}"}}]"#));
        assert_eq!((error.code(), error.pointer()), ("unknown_type", "/0/type"));
        assert!(error.to_string().contains(&format!("did you mean {nearest:?}")), "{error}");
    }
    let error = refused(format!(r#"{{"type":"{}"}}"#, "x".repeat(500_000)));
    assert!(error.code() == "unknown_type" && error.to_string().len() < 300, "{error}");
}

#[test]
fn a_misspelt_property_is_legal() {
    assert_eq!(
        Filter::from_json(r#"[{"type":"known","property_name":"$emial"}]"#).unwrap(),
        Filter::all([Filter::known("$emial")])
    );
}

#[test]
fn groups_of_a_wrong_shape_say_what_is_missing() {
    assert_eq!(code(r#"{"and":{}}"#), "missing_type");
    assert_eq!(code(r#"{"type":"and"}"#), "missing_filters");
    assert_eq!(code(r#"{"type":"and","filters":{}}"#), "expected_array");
}

#[test]
fn numbers_that_json_does_not_know_are_invalid_json_at_an_offset() {
    for number in ["NaN", "Infinity", "-Infinity", "0x10", "01", "+1", ".5", "1.", "--1", "1e", "1_000"] {
        let text = format!(r#"{{"type":"gt","property_name":"a","value":{{"value":{number}}}}}"#);
        let error = refused(&text);
        let place = text.find(number).unwrap();
        assert_eq!(error.code(), "invalid_json", "{number}");
        assert!(error.offset().is_some_and(|at| (place..=place + number.len()).contains(&at)), "{error}");
    }
}

#[test]
fn numbers_are_in_range_whole_and_exact_or_refused() {
    let gt = |value: &str| {
        Filter::from_json(format!(r#"{{"type":"gt","property_name":"$id","value":{{"value":{value}}}}}"#))
    };
    for (value, code) in [
        ("1e400", "number_out_of_range"),
        ("18446744073709551616", "number_out_of_range"),
        ("1.5", "fraction_not_allowed"),
        ("true", "type_mismatch"),
        ("[]", "type_mismatch"),
        ("{}", "type_mismatch"),
    ] {
        let error = gt(value).unwrap_err();
        assert_eq!((error.code(), error.pointer()), (code, "/value/value"), "{value}");
    }
    assert_eq!(gt("9007199254740993").unwrap(), Filter::gt("$id", 9_007_199_254_740_993_u64));
    assert_eq!(
        code(format!(r#"{{"type":"gt","property_name":"a","value":{{"value":{}}}}}"#, "9".repeat(1_000_000))),
        "number_out_of_range"
    );
}

#[test]
fn ranges_turned_round_are_legal() {
    let text = r#"{"type":"range","property_name":"a","value":{"value1":5,"value2":2}}"#;
    assert_eq!(Filter::from_json(text).unwrap(), Filter::range("a", 5, 2));
    let text = r#"{"type":"date_range","property_name":"a","value":{"value1":"2026-02-01","value2":"2026-01-01"}}"#;
    assert!(Filter::from_json(text).is_ok());
}

#[test]
fn dates_that_are_none_are_refused() {
    let before = |date: &str| format!(r#"{{"type":"date_before","property_name":"a","value":{{"value":"{date}"}}}}"#);
    for date in [
        "2026-02-30",
        "0000-01-01",
        "2026-01-01T24:00:00",
        "2026-01-01T00:00:60",
        "2026-01-01T00:00:00+03:00",
        "",
        "today",
    ] {
        assert_eq!(code(before(date)), "invalid_date", "{date}");
    }
    assert_eq!(Filter::from_json(before("9999-12-31T23:59:59")).unwrap(), Filter::date_before("a", DateTime::MAX));
}

#[test]
fn relative_dates_take_2_to_the_53_weeks() {
    let text = r#"{"type":"daysmore","property_name":"a","value":{"value":9007199254740992,"unit":"weeks"}}"#;
    assert_eq!(Filter::from_json(text).unwrap(), Filter::days_more("a", Age::weeks(1 << 53)));
}

#[test]
fn bytes_that_are_not_utf8_are_refused_at_their_offset() {
    for bad in [&b"\xff"[..], b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xd0"] {
        let mut bytes = br#"{"type":""#.to_vec();
        bytes.extend_from_slice(bad);
        bytes.extend_from_slice(br#""}"#);
        let error = refused(&bytes);
        assert_eq!((error.code(), error.offset()), ("invalid_utf8", Some(9)), "{bad:?}");
    }
}

#[test]
fn half_a_surrogate_pair_is_invalid_json() {
    for text in
        [r#""\ud800""#, r#"[{"type":"known","property_name":"a","cls":"\ud800"}]"#, r#""\ud83dx""#, r#""\ud83d\ud83d""#]
    {
        assert_eq!(code(text), "invalid_json", "{text}");
    }
}

#[test]
fn an_escaped_null_is_literal_and_a_raw_control_byte_is_refused() {
    let text = r#"{"type":"str_eq","property_name":"a","value":{"value":"x\u0000y"}}"#;
    assert_eq!(Filter::from_json(text).unwrap(), Filter::str_eq("a", "x\0y"));
    for control in '\u{0}'..'\u{20}' {
        assert_eq!(code(format!(r#"{{"type":"known","property_name":"{control}"}}"#)), "invalid_json");
    }
    assert!(Filter::from_json("{\"type\":\"known\",\"property_name\":\"\u{7f}\"}").is_ok());
}

#[test]
fn a_byte_order_mark_is_refused_and_only_spaces_are_everybody() {
    let error = refused(format!("\u{feff}{LEAF}"));
    assert_eq!((error.code(), error.offset()), ("invalid_json", Some(0)));
    assert!(error.to_string().contains("byte order mark"), "{error}");
    assert_eq!(Filter::from_json("  \n").unwrap(), Filter::all([]));
}

#[test]
fn what_follows_the_filter_is_refused() {
    for text in [format!("{LEAF} {LEAF}"), format!("{LEAF}x")] {
        let error = refused(&text);
        assert_eq!(error.code(), "trailing_characters");
        assert!(error.offset().is_some_and(|at| at >= LEAF.len()));
    }
}

#[test]
fn a_valid_filter_cut_at_any_byte_is_refused() {
    for case in table().legal {
        let (why, text) = given(&case);
        let text = text.trim();
        for cut in 1..text.len() {
            let error = refused(&text.as_bytes()[..cut]);
            assert!(matches!(error.code(), "invalid_json" | "invalid_utf8"), "{why}, cut at {cut}: {error}");
        }
    }
}

#[test]
fn strings_and_names_longer_than_255_characters_are_refused() {
    for (c, length, ok) in
        [("x", 255, true), ("é", 255, true), ("x", 256, false), ("é", 256, false), ("x", 1_000_000, false)]
    {
        let long = c.repeat(length);
        let name = Filter::from_json(format!(r#"{{"type":"known","property_name":"{long}"}}"#));
        assert_eq!(
            name.map_err(|error| (error.code(), error.pointer().to_owned())).err(),
            (!ok).then(|| ("name_too_long", "/property_name".to_owned()))
        );
        for kind in ["str_eq", "str_contains", "lcontains"] {
            let value =
                Filter::from_json(format!(r#"{{"type":"{kind}","property_name":"a","value":{{"value":"{long}"}}}}"#));
            assert_eq!(
                value.map_err(|error| (error.code(), error.pointer().to_owned())).err(),
                (!ok).then(|| ("string_too_long", "/value/value".to_owned()))
            );
        }
        let item = Filter::from_json(list_of(&format!(r#""a","{long}""#)));
        assert_eq!(
            item.map_err(|error| (error.code(), error.pointer().to_owned())).err(),
            (!ok).then(|| ("string_too_long", "/value/values/1".to_owned()))
        );
    }
}

#[test]
fn a_thousand_faults_list_the_first_hundred() {
    let error = refused(format!("[{}]", vec![r#"{"type":"nope"}"#; 1_000].join(",")));
    assert_eq!(error.problems().len(), 100);
    assert_eq!(error.problems()[99].pointer, "/99/type");
    assert_eq!(refused(list_of(&vec!["0.5"; 50_000].join(","))).problems().len(), 100);
}

fn random_text(rng: &mut StdRng) -> String {
    const POOL: [char; 16] =
        ['a', 'Z', '"', '\\', '/', '\0', '\u{1f}', '\u{7f}', '\n', 'é', 'ß', '\u{2028}', '😀', '{', ']', ','];
    let length = if rng.random_range(0..50) == 0 { 255 } else { rng.random_range(1..8) };
    (0..length).map(|_| POOL[rng.random_range(0..POOL.len())]).collect()
}

fn random_condition(rng: &mut StdRng) -> Filter {
    let name = random_text(rng);
    let low = [0, 1, -1, i64::MIN, i64::MAX, 1 << 53][rng.random_range(0..6)];
    let high: u64 = rng.random();
    let date =
        |rng: &mut StdRng| DateTime::from_unix(rng.random_range(DateTime::MIN.unix()..=DateTime::MAX.unix())).unwrap();
    let texts: Vec<String> = (0..rng.random_range(1..5)).map(|_| random_text(rng)).collect();
    match rng.random_range(0..16) {
        0 => Filter::known(name),
        1 => Filter::gt(name, low),
        2 => Filter::lt_or_unknown(name, high),
        3 => Filter::range(name, low, high),
        4 => Filter::neq(name, high),
        5 => Filter::in_numbers(name, [low, 5, low]),
        6 => Filter::not_in_strings(name, texts),
        7 => Filter::str_eq(name, random_text(rng)),
        8 => Filter::str_not_contains(name, random_text(rng)),
        9 => Filter::bool_false(name),
        10 => Filter::days_less_or_unknown(name, Age::hours(high >> 11)),
        11 => Filter::date_range(name, date(rng), date(rng)),
        12 => Filter::today(name, rng.random_range(-1_440..=1_440)),
        13 => Filter::list_not_contains(name, random_text(rng)),
        14 => Filter::list_contains_any(name, texts),
        _ => Filter::list_contains_all(name, texts),
    }
}

/// A random filter; an `any` has at least one member, since the dialect has no name for nobody.
fn random_filter(rng: &mut StdRng, depth: usize) -> Filter {
    let children = |rng: &mut StdRng, least: usize| {
        let count = rng.random_range(least..4);
        (0..count).map(|_| random_filter(rng, depth - 1)).collect::<Vec<_>>()
    };
    match rng.random_range(0..5) {
        0 if depth > 0 => Filter::all(children(rng, 0)),
        1 if depth > 0 => Filter::any(children(rng, 1)),
        2 if depth > 0 => Filter::not(random_filter(rng, depth - 1)),
        _ => random_condition(rng),
    }
}

#[test]
fn random_filters_come_back_equal() {
    let mut rng = StdRng::seed_from_u64(1);
    for _ in 0..20_000 {
        let filter = random_filter(&mut rng, 5);
        let json = filter.to_json();
        assert_eq!(Filter::from_json(&json).unwrap_or_else(|error| panic!("{error}: {json}")), filter, "{json}");
        assert_eq!(serde_json::to_string(&filter).unwrap(), json);
        assert_eq!(serde_json::from_str::<Filter>(&json).unwrap(), filter, "{json}");
    }
}

/// Changes, doubles, removes or inserts a few bytes.
fn mutate(rng: &mut StdRng, bytes: &mut Vec<u8>, pool: &[u8]) {
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..=bytes.len());
        let byte = pool[rng.random_range(0..pool.len())];
        match rng.random_range(0..4) {
            0 => bytes.insert(at, byte),
            _ if at == bytes.len() => bytes.push(byte),
            1 => bytes[at] = byte,
            2 => _ = bytes.remove(at),
            _ => {
                let end = (at + rng.random_range(1..16)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
}

#[test]
fn random_changes_of_bytes_never_panic_and_what_is_read_comes_back() {
    let mut rng = StdRng::seed_from_u64(2);
    let every_byte: Vec<u8> = (0..=255).collect();
    let table = table();
    let texts: Vec<String> = table.legal.iter().chain(&table.illegal).map(|case| given(case).1).collect();
    for round in 0..100_000 {
        let mut bytes = texts[round % texts.len()].clone().into_bytes();
        mutate(&mut rng, &mut bytes, &every_byte);
        if let Ok(filter) = Filter::from_json(&bytes) {
            assert_eq!(Filter::from_json(filter.to_json()).unwrap(), filter);
        }
    }
}

/// The grammar is compared with an independent reader. Escapes by `u` are left out: that reader
/// does not look at surrogates in what it ignores.
#[test]
fn what_is_json_is_what_serde_json_says() {
    let mut rng = StdRng::seed_from_u64(3);
    let table = table();
    let texts: Vec<String> = table.legal.iter().chain(&table.illegal).map(|case| given(case).1).collect();
    let mut valid = 0;
    for round in 0..200_000 {
        let mut bytes = texts[round % texts.len()].clone().into_bytes();
        mutate(&mut rng, &mut bytes, b"{}[]\",:-+.eE0123456789 \\\ntn/");
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if text.contains("\\u") || text.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
            continue;
        }
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        let ours = match Filter::from_json(&text) {
            Ok(_) => true,
            // A text inside a string is not the reader's concern here.
            Err(_) if text.trim_start().starts_with('"') => continue,
            Err(error) => !error.problems().iter().any(|problem| {
                problem.pointer.is_empty() && matches!(problem.code, "invalid_json" | "trailing_characters")
            }),
        };
        assert_eq!(ours, theirs, "{text}");
        valid += usize::from(ours);
    }
    assert!(valid > 10_000, "only {valid} texts were JSON");
}
