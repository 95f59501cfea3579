//! `/apps/{app}/segments`: filters that are kept.

use crate::client::{Reply, Server, encode};
use lead_index::http::{App, Scope};
use lead_index::{LeadIndex, Limits};

const BUSY: &str = r#"{"type":"gt","property_name":"$sessions","value":{"value":1}}"#;

fn save(server: &Server, name: &str, filters: &str) -> Reply {
    server.post("/apps/42/segments", &format!("name={}&filters={}", encode(name), encode(filters)))
}

fn one(argument: &str, code: &str) -> Vec<(String, Vec<String>)> {
    vec![(argument.to_owned(), vec![code.to_owned()])]
}

#[test]
fn a_filter_is_saved_listed_named_and_dropped() {
    let server = Server::new();
    let list = || server.get("/apps/42/segments").body;
    assert_eq!(list(), r#"{"meta":{"status":200},"data":{"segments":[]}}"#);
    assert_eq!(
        save(&server, "Busy ж", BUSY).body,
        r#"{"meta":{"status":200},"data":{"id":1,"name":"Busy ж","total":1}}"#
    );
    let named = r#"{"type":"not","filters":[{"type":"segment","value":{"value":"1"}}]}"#;
    assert_eq!(save(&server, "Rest", named).body, r#"{"meta":{"status":200},"data":{"id":2,"name":"Rest","total":1}}"#);
    let found = |filters: &str| server.get(&format!("/apps/42/users?filters={}", encode(filters))).ids();
    assert_eq!(found(r#"[{"type":"segment","value":{"value":1}}]"#), [7]);
    assert_eq!(found(r#"{"type":"segment","value":{"value":2}}"#), [3568]);
    // It follows the writes.
    let operations = encode(r#"[{"op":"add","key":"$sessions","value":5}]"#);
    server.post("/users/3568/props", &format!("operations={operations}"));
    assert_eq!(
        list(),
        r#"{"meta":{"status":200},"data":{"segments":[{"id":1,"name":"Busy ж","total":2},{"id":2,"name":"Rest","total":0}]}}"#
    );
    let used = server.call("DELETE", "/apps/42/segments/1", "auth_token=XXX");
    assert_eq!(used.codes(), one("id", "segment_in_use"));
    for id in ["2", "1"] {
        let dropped = server.call("DELETE", &format!("/apps/42/segments/{id}"), "auth_token=XXX");
        assert_eq!(dropped.body, r#"{"meta":{"status":200},"data":{}}"#, "{id}");
    }
    assert_eq!(list(), r#"{"meta":{"status":200},"data":{"segments":[]}}"#);
    // Numbers are not used again.
    assert_eq!(save(&server, "Busy ж", BUSY).json()["data"]["id"], 3);
}

#[test]
fn it_follows_the_clock() {
    let server = Server::new();
    let filters = r#"[{"type":"daysless","property_name":"$last_seen","value":{"value":2,"unit":"hours"}}]"#;
    assert_eq!(save(&server, "Recent", filters).json()["data"]["total"], 1);
    server.at(3_600);
    assert_eq!(server.get("/apps/42/segments").json()["data"]["segments"][0]["total"], 0);
}

#[test]
fn every_path_takes_segments_and_names_may_repeat() {
    let server = Server::new();
    for (i, path) in ["/apps/42/segments", "/v1/apps/$self_app/segments/", "/v2/apps/42/segments"].iter().enumerate() {
        assert_eq!(
            server.post(path, "name=all").body,
            format!(r#"{{"meta":{{"status":200}},"data":{{"id":{},"name":"all","total":2}}}}"#, i + 1)
        );
        assert_eq!(server.get(path).json()["data"]["segments"].as_array().expect("a list").len(), i + 1);
    }
    for (id, path) in
        ["/apps/42/segments/1", "/v1/apps/$self_app/segments/02/", "/v2/apps/42/segments/3/"].iter().enumerate()
    {
        assert_eq!(server.call("DELETE", path, "auth_token=XXX").status, 200, "{id} {path}");
    }
    assert_eq!(server.index.live_filters().len(), 0);
}

#[test]
fn an_unknown_segment_is_a_lookup_error_to_drop_and_a_fault_of_a_filter() {
    let server = Server::new();
    for id in ["1", "0", "-1", "99999999999999999999"] {
        let reply = server.call("DELETE", &format!("/apps/42/segments/{id}"), "auth_token=XXX");
        let expected = format!(
            r#"{{"meta":{{"status":400,"error":"LookupError","error_message":"there is no segment with the id {id}"}},"data":{{}}}}"#
        );
        assert_eq!((reply.status, reply.body), (400, expected));
    }
    assert_eq!(server.call("DELETE", "/apps/42/segments/x", "auth_token=XXX").codes(), one("id", "not_an_integer"));
    let names: Vec<String> = server
        .call("DELETE", "/apps/x/segments/x", "auth_token=XXX")
        .codes()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["app", "id"]);
    let filters = r#"[{"type":"segment","value":{"value":7}}]"#;
    for reply in [
        server.get(&format!("/apps/42/users?filters={}", encode(filters))),
        server.get(&format!("/apps/42/users/export?filters={}", encode(filters))),
        save(&server, "a", filters),
    ] {
        assert_eq!(
            reply.body,
            r#"{"meta":{"status":400,"error":"ValidationError","error_message":"filters: there is no segment with the id 7","error_fields":{"filters":[{"code":"unknown_segment","pointer":"/0/value/value","message":"there is no segment with the id 7"}]}},"data":{}}"#
        );
    }
}

#[test]
fn a_name_has_1_to_255_characters_and_a_filter_is_legal() {
    let server = Server::new();
    assert_eq!(server.post("/apps/42/segments", "").codes(), one("name", "missing_argument"));
    assert_eq!(save(&server, "", BUSY).codes(), one("name", "empty_name"));
    assert_eq!(save(&server, &"ж".repeat(256), BUSY).codes(), one("name", "name_too_long"));
    assert_eq!(save(&server, "a", "{").codes(), one("filters", "invalid_json"));
    let names: Vec<String> = server.post("/apps/x/segments", "filters=5").codes().into_iter().map(|(n, _)| n).collect();
    assert_eq!(names, ["app", "filters", "name"]);
    assert_eq!(server.get("/apps/x/segments").codes(), one("app", "not_an_integer"));
    assert!(server.index.live_filters().is_empty());
    assert_eq!(save(&server, &"ж".repeat(255), "").status, 200);
}

#[test]
fn depth_is_counted_through_segments() {
    let server = Server::new();
    let deep = |inside: &str| format!("{}{inside}{}", r#"{"type":"and","filters":["#.repeat(20), "]}".repeat(20));
    assert_eq!(save(&server, "deep", &deep(BUSY)).status, 200);
    let named = deep(r#"{"type":"segment","value":{"value":1}}"#);
    assert_eq!(save(&server, "deeper", &named).codes(), one("filters", "filter_too_deep"));
    let listed = server.get(&format!("/apps/42/users?filters={}", encode(&named)));
    assert_eq!(listed.codes(), one("filters", "filter_too_deep"));
}

#[test]
fn an_index_keeps_only_so_many() {
    let mut limits = Limits::default();
    limits.live_filters = 2;
    let index = LeadIndex::builder().limits(limits).build();
    let server = Server::with(|_| App::new(42, index).token("XXX", Scope::ALL));
    for _ in 0..2 {
        assert_eq!(save(&server, "a", BUSY).status, 200);
    }
    assert_eq!(save(&server, "a", BUSY).codes(), one("filters", "too_many_segments"));
    assert_eq!(server.call("DELETE", "/apps/42/segments/1", "auth_token=XXX").status, 200);
    assert_eq!(save(&server, "a", BUSY).json()["data"]["id"], 3);
}
