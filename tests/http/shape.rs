//! Bytes, headers, paths and verbs.

use crate::client::{call, get, list};

const SEEN_LAST: &str = r#"{"id":7,"presence":"offline","props":{"$last_seen":"2025-12-31T23:00:00","$name":"Жук \"Q\"\n","$sessions":3,"tags":["a","б"],"vip":true}}"#;
const SEEN_FIRST: &str = r#"{"id":3568,"presence":"offline","props":{"$event_18_count":4,"$event_18_first":"2014-06-15T22:14:08","$event_18_last":"2014-06-23T07:50:46","$last_contacted":"2016-02-12T15:33:31","$last_seen":"2014-06-17T08:56:03","$sessions":1}}"#;
const NEVER_SEEN: &str = r#"{"id":18446744073709551615,"presence":"offline","props":{"$phone":"+7"}}"#;

fn page(total: u64, users: &[&str]) -> String {
    format!(r#"{{"meta":{{"status":200}},"data":{{"total":{total},"users":[{}]}}}}"#, users.join(","))
}

#[test]
fn the_documented_call_is_answered_to_the_byte() {
    let reply = get("/v1/apps/$self_app/users?auth_token=XXX");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body, page(3, &[SEEN_LAST, SEEN_FIRST, NEVER_SEEN]));
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
}

#[test]
fn ids_and_values_come_as_text_when_asked() {
    let reply = list("id_as_string=true&limit=1&offset=2");
    assert_eq!(reply.body, page(3, &[&NEVER_SEEN.replace("18446744073709551615", "\"18446744073709551615\"")]));
    let reply = list("convert_props_types=false&limit=1");
    let as_text = r#"{"id":7,"presence":"offline","props":{"$last_seen":"2025-12-31T23:00:00","$name":"Жук \"Q\"\n","$sessions":"3","tags":"[\"a\",\"б\"]","vip":"true"}}"#;
    assert_eq!(reply.body, page(3, &[as_text]));
}

#[test]
fn every_path_answers_alike() {
    let expected = page(3, &[SEEN_LAST, SEEN_FIRST, NEVER_SEEN]);
    for prefix in ["", "/v1", "/v2"] {
        for app in ["42", "$self_app", "%24self_app", "042"] {
            for slash in ["", "/"] {
                let path = format!("{prefix}/apps/{app}/users{slash}");
                assert_eq!(get(&format!("{path}?auth_token=XXX")).body, expected, "{path}");
                assert_eq!(call("POST", &path, "", b"auth_token=XXX").body, expected, "{path}");
            }
        }
    }
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    for target in [
        "/apps/42/users?auth_token=XXX",
        "/v1/apps/42/users/?auth_token=XXX",
        "/users/7?auth_token=XXX",
        "/v2/users/7/?auth_token=XXX",
        "/apps/42/users",
        "/nowhere",
        "/healthz",
    ] {
        let (get, head) = (call("GET", target, "", b""), call("HEAD", target, "", b""));
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{target}");
        for name in ["content-length", "content-type"] {
            assert_eq!(head.header(name), get.header(name), "{target}");
        }
        assert_eq!(head.header("server-timing").is_some(), get.header("server-timing").is_some());
    }
}

#[test]
fn every_answer_tells_the_engines_time() {
    for target in ["/apps/42/users?auth_token=XXX", "/users/7?auth_token=XXX", "/apps/42/users", "/nowhere"] {
        let reply = get(target);
        let timing = reply.header("server-timing").expect("a timing");
        let (whole, fraction) =
            timing.strip_prefix("query;dur=").and_then(|time| time.split_once('.')).expect("milliseconds");
        assert!(whole.bytes().all(|b| b.is_ascii_digit()) && !whole.is_empty(), "{timing}");
        assert!(fraction.bytes().all(|b| b.is_ascii_digit()) && fraction.len() == 3, "{timing}");
    }
    assert_eq!(get("/nowhere").header("server-timing"), Some("query;dur=0.000"));
}

#[test]
fn health_stands_outside_the_envelope() {
    let reply = get("/healthz");
    assert_eq!((reply.status, reply.body.as_str()), (200, "ok"));
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(call("POST", "/healthz", "", b"").error(), "MethodNotAllowed");
}

#[test]
fn a_router_can_be_nested_in_another() {
    let index = lead_index::LeadIndex::new();
    let leads = lead_index::http::router(lead_index::http::App::new(1, index));
    let _ = axum::Router::<()>::new().nest("/leads", leads).route("/", axum::routing::get(async || "mine"));
}
