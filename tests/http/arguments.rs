//! Every argument, and where it comes from.

use crate::client::{LARGEST, call, encode, get, list};

fn codes(reply: &crate::client::Reply) -> Vec<(&'static str, Vec<String>)> {
    let mut codes = Vec::new();
    for (argument, list) in reply.codes() {
        let known = ["app", "id", "filters", "sort_prop", "sort_order", "offset", "limit"];
        codes.push((known.into_iter().find(|name| *name == argument).expect("a known argument"), list));
    }
    codes
}

fn one(argument: &'static str, code: &str) -> Vec<(&'static str, Vec<String>)> {
    vec![(argument, vec![code.to_owned()])]
}

#[test]
fn filters_choose_and_the_total_counts_them() {
    let filter = r#"{"type":"and","filters":[{"type":"gt","property_name":"$sessions","value":{"value":1}}]}"#;
    let reply = list(&format!("filters={}", encode(filter)));
    assert_eq!(reply.ids(), [7]);
    assert_eq!(reply.json()["data"]["total"], 1);
    for all in ["", "{}", "[]", "null"] {
        assert_eq!(list(&format!("filters={}", encode(all))).ids(), [7, 3568, LARGEST], "{all:?}");
    }
}

#[test]
fn faults_of_filters_have_codes_and_pointers() {
    let filter = r#"{"type":"and","filters":[{"type":"gtt","property_name":"a","value":{"value":1}},{"type":"gt","property_name":"a","value":{"value":1.5}}]}"#;
    let reply = list(&format!("filters={}", encode(filter)));
    assert_eq!(
        codes(&reply),
        [("filters", vec!["unknown_type".to_owned(), "fraction_not_allowed".to_owned()])],
        "{}",
        reply.body
    );
    let faults = reply.json()["meta"]["error_fields"]["filters"].clone();
    for (i, fault) in faults.as_array().expect("a list").iter().enumerate() {
        assert!(fault["pointer"].as_str().expect("text").starts_with(&format!("/filters/{i}/")), "{fault}");
        assert_eq!(fault.as_object().expect("an object").keys().collect::<Vec<_>>(), ["code", "message", "pointer"]);
    }
    assert_eq!(codes(&list("filters=%7B")), one("filters", "invalid_json"));
}

#[test]
fn sorting_follows_property_and_order() {
    for (arguments, ids) in [
        ("", [7, 3568, LARGEST]),
        ("sort_order=asc", [3568, 7, LARGEST]),
        ("sort_prop=%24sessions", [7, 3568, LARGEST]),
        ("sort_prop=$sessions&sort_order=asc", [3568, 7, LARGEST]),
        ("sort_prop=$id", [LARGEST, 3568, 7]),
        ("sort_prop=nobody_has_it", [7, 3568, LARGEST]),
    ] {
        assert_eq!(list(arguments).ids(), ids, "{arguments}");
    }
    assert_eq!(codes(&list("sort_order=up")), one("sort_order", "unknown_order"));
    assert_eq!(codes(&list("sort_order=")), one("sort_order", "unknown_order"));
    assert_eq!(codes(&list(&format!("sort_prop={}", "x".repeat(10_000)))), one("sort_prop", "name_too_long"));
    assert_eq!(codes(&list("sort_prop=")), one("sort_prop", "empty_name"));
}

#[test]
fn offset_and_limit_cut_the_page() {
    assert_eq!(list("limit=2").ids(), [7, 3568]);
    assert_eq!(list("offset=1&limit=1").ids(), [3568]);
    assert_eq!(list("offset=007&limit=01").ids(), [] as [u64; 0]);
    for offset in [3, u64::MAX] {
        let reply = list(&format!("offset={offset}&limit=50"));
        assert_eq!(reply.body, r#"{"meta":{"status":200},"data":{"total":3,"users":[]}}"#);
    }
    assert_eq!(codes(&list("offset=18446744073709551616")), one("offset", "out_of_range"));
    assert_eq!(codes(&list("offset=-1")), one("offset", "out_of_range"));
    for text in ["", "1.5", "ten", "+1", "0x1"] {
        assert_eq!(codes(&list(&format!("offset={}", encode(text)))), one("offset", "not_an_integer"), "{text:?}");
    }
}

#[test]
fn a_limit_out_of_bounds_is_refused_not_clamped() {
    for (text, code) in [
        ("-1", "out_of_range"),
        ("51", "out_of_range"),
        ("99999999999999999999", "out_of_range"),
        ("1.5", "not_an_integer"),
        ("", "not_an_integer"),
        ("ten", "not_an_integer"),
        ("1e1", "not_an_integer"),
    ] {
        for version in ["/v1", "/v2", ""] {
            let reply = get(&format!("{version}/apps/42/users?auth_token=XXX&limit={text}"));
            assert_eq!(codes(&reply), one("limit", code), "{version} {text:?}");
        }
    }
    let none = get("/v1/apps/42/users?auth_token=XXX&limit=0");
    assert_eq!(none.body, r#"{"meta":{"status":200},"data":{"total":3,"users":[]}}"#);
    for version in ["/v2", ""] {
        let reply = get(&format!("{version}/apps/42/users?auth_token=XXX&limit=0"));
        assert_eq!(codes(&reply), one("limit", "out_of_range"));
    }
    assert_eq!(list("limit=50").ids().len(), 3);
}

#[test]
fn every_faulty_argument_is_reported() {
    let reply = get("/apps/mine/users?auth_token=XXX&filters=1x&sort_prop=&sort_order=x&offset=x&limit=x");
    let mut names: Vec<&str> = codes(&reply).into_iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    assert_eq!(names, ["app", "filters", "limit", "offset", "sort_order", "sort_prop"]);
    let place = |name: &str| reply.body.find(&format!("\"{name}\":[")).expect("reported");
    let order = ["app", "filters", "sort_prop", "sort_order", "offset", "limit"].map(place);
    assert!(order.is_sorted(), "{}", reply.body);
}

#[test]
fn booleans_are_read_from_any_text() {
    for text in ["false", "FALSE", "False", "0", ""] {
        assert!(list(&format!("limit=1&id_as_string={text}")).body.contains(r#""id":7,"#), "{text:?}");
        assert!(list(&format!("limit=1&convert_props_types={text}")).body.contains(r#""vip":"true""#), "{text:?}");
    }
    for text in ["true", "1", "no", "anything"] {
        assert!(list(&format!("limit=1&id_as_string={text}")).body.contains(r#""id":"7","#), "{text:?}");
        assert!(list(&format!("limit=1&convert_props_types={text}")).body.contains(r#""vip":true"#), "{text:?}");
    }
}

#[test]
fn a_body_wins_over_the_query_string_and_the_last_over_the_first() {
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for verb in ["GET", "POST"] {
        for headers in ["", form, "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"] {
            let target = "/apps/42/users?auth_token=XXX&limit=50&offset=0&unknown=1";
            assert_eq!(call(verb, target, headers, b"limit=1&offset=9&offset=1&x=y").ids(), [3568], "{verb}");
        }
    }
    assert_eq!(call("POST", "/apps/42/users?limit=x", form, b"limit=2&auth_token=XXX").ids(), [7, 3568]);
    assert_eq!(list("limit=50&limit=1").ids(), [7]);
    assert_eq!(list("limit=1&limit=").error(), "ValidationError");
    let chunked = b"5\r\nlimit\r\n2\r\n=1\r\n0\r\n\r\n";
    let top = "POST /apps/42/users?auth_token=XXX HTTP/1.1\r\nHost: test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(crate::client::exchange(&[top.as_bytes(), chunked].concat()).ids(), [7]);
}

#[test]
fn the_token_comes_as_argument_or_header_and_the_header_wins() {
    let path = "/apps/42/users";
    for header in ["Token XXX", "Bearer XXX", "token XXX", "BEARER  XXX"] {
        let reply = call("GET", path, &format!("Authorization: {header}\r\n"), b"");
        assert_eq!(reply.ids(), [7, 3568, LARGEST], "{header}");
    }
    let query = format!("{path}?auth_token=XXX");
    assert_eq!(call("GET", &query, "Authorization: Token wrong\r\n", b"").status, 401);
    assert_eq!(call("GET", &query, "Authorization: Token\r\n", b"").status, 401);
    assert_eq!(call("GET", &format!("{path}?auth_token=wrong"), "Authorization: Bearer XXX\r\n", b"").status, 200);
    // The scheme of a proxy in front is not a token of ours.
    assert_eq!(call("GET", &query, "Authorization: Basic QTpC\r\n", b"").status, 200);
    let secret = encode("ключ &=+");
    assert_eq!(get(&format!("{path}?auth_token={secret}")).status, 200);
    assert_eq!(call("POST", path, "", format!("auth_token={secret}").as_bytes()).status, 200);
    assert_eq!(call("GET", path, "Authorization: Token ключ &=+\r\n", b"").status, 200);
}
