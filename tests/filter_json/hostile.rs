//! Hostile inputs, each with the clear error it must get, on a small stack where depth is at stake.

use std::fmt::Write as _;

use lead_index::{Age, DateTime, Filter, limits};

use super::{LEAF, given, refused, table};

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

const NOT: &str = r#"{"type":"not","filters":["#;
const AND: &str = r#"{"type":"and","filters":["#;

fn flat_or(leaves: usize) -> String {
    format!(r#"{{"type":"or","filters":[{}]}}"#, vec![LEAF; leaves].join(","))
}

fn list_of(values: &str) -> String {
    format!(r#"{{"type":"in","property_name":"a","value":{{"values":[{values}]}}}}"#)
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
        assert_eq!(code(format!("[{}]", [group.as_str(); 9].join(","))), "too_many_conditions");
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
