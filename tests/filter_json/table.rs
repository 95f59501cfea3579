//! The table of legal and illegal texts, and every type by its constructor.

use lead_index::{Age, DateTime, Filter, LeadIndex, Presence, Query};

use super::{LEAF, given, table};

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
        (Filter::segment(0), r#"{"type":"segment","value":{"value":0}}"#),
        (Filter::segment(u64::MAX), r#"{"type":"segment","value":{"value":18446744073709551615}}"#),
        (Filter::presence(Presence::Idle), r#"{"type":"str_eq","property_name":"$presence","value":{"value":"idle"}}"#),
    ]
}

#[test]
fn an_index_knows_which_segments_there_are() {
    let index = LeadIndex::new();
    let one = index.keep(Filter::known("a")).unwrap().id();
    let named = |id| format!(r#"[{{"type":"segment","value":{{"value":{id}}}}}]"#);
    assert_eq!(index.parse_filter(named(one)).unwrap(), Filter::all([Filter::segment(one)]));
    // Beside other faults, in order, and through a string that holds JSON.
    let other = one + 1;
    let json = format!(
        r#"{{"type":"or","filters":[{{"type":"segment","value":{{"value":"{other}"}}}},{{"type":"segment","value":{{"value":{one}}}}},{{"type":"gtt"}},{{"type":"segment","value":"{{\"value\":0}}"}}]}}"#
    );
    let error = index.parse_filter(&json).expect_err("two unknown ones");
    let faults: Vec<_> = error.problems().iter().map(|fault| (fault.code, fault.pointer.as_str())).collect();
    assert_eq!(
        faults,
        [
            ("unknown_segment", "/filters/0/value/value"),
            ("unknown_type", "/filters/2/type"),
            ("unknown_segment", "/filters/3/value/value")
        ]
    );
    assert_eq!(error.problems()[0].message, format!("there is no segment with the id {other}"));
    // A snapshot knows those of its own time.
    let snapshot = index.snapshot();
    assert_eq!(index.keep(Filter::known("b")).unwrap().id(), other);
    assert!(index.parse_filter(named(other)).is_ok());
    assert_eq!(snapshot.parse_filter(named(other)).expect_err("not yet kept").code(), "unknown_segment");
    index.drop_live(one).unwrap();
    assert_eq!(index.parse_filter(named(one)).expect_err("dropped").code(), "unknown_segment");
    assert!(snapshot.parse_filter(named(one)).is_ok());
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
