//! `/apps/{app}/users/export`: leads as lines.

use std::collections::BTreeSet;

use crate::client::{LARGEST, Server, call, encode, get};
use lead_index::{Clock, JsonLines, Lead, LeadIndex};

const LINES: &str = concat!(
    r#"{"id":7,"user_id":"u/54784 ж","conversations":0,"web_push":true,"props":{"$last_seen":"2025-12-31T23:00:00","$name":"Жук \"Q\"\n","$sessions":3,"tags":["a","б"],"vip":true}}"#,
    "\n",
    r#"{"id":3568,"conversations":1,"web_push":false,"props":{"$event_18_count":4,"$event_18_first":"2014-06-15T22:14:08","$event_18_last":"2014-06-23T07:50:46","$last_contacted":"2016-02-12T15:33:31","$last_seen":"2014-06-17T08:56:03","$sessions":1}}"#,
    "\n",
    r#"{"id":18446744073709551615,"conversations":0,"web_push":false,"props":{"$phone":"+7"}}"#,
    "\n",
);

#[test]
fn leads_come_as_lines_of_an_import() {
    for prefix in ["", "/v1", "/v2"] {
        for slash in ["", "/"] {
            let reply = get(&format!("{prefix}/apps/$self_app/users/export{slash}?auth_token=XXX"));
            assert_eq!((reply.status, reply.body.as_str()), (200, LINES));
            assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
        }
    }
}

#[test]
fn filter_and_order_are_those_of_the_list() {
    let ids = |arguments: &str| {
        let reply = get(&format!("/apps/42/users/export?auth_token=XXX&{arguments}"));
        assert_eq!(reply.status, 200, "{}", reply.body);
        let id = |line: &str| serde_json::from_str::<Lead>(line).expect("a lead").id;
        reply.body.lines().map(id).collect::<Vec<u64>>()
    };
    assert_eq!(ids("sort_order=asc"), [3568, 7, LARGEST]);
    assert_eq!(ids("sort_prop=$id"), [LARGEST, 3568, 7]);
    let filter = encode(r#"{"type":"gt","property_name":"$sessions","value":{"value":1}}"#);
    assert_eq!(ids(&format!("filters={filter}")), [7]);
    assert_eq!(ids(&format!("filters={}", encode(r#"{"type":"known","property_name":"nobody"}"#))), [] as [u64; 0]);
    // A page has an offset and a limit, an export has neither.
    assert_eq!(ids("limit=x&offset=x"), [7, 3568, LARGEST]);
}

#[test]
fn faults_stand_in_the_envelope() {
    let reply = get("/apps/x/users/export?auth_token=XXX&filters=5&sort_prop=&sort_order=up");
    let names: Vec<String> = reply.codes().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["app", "filters", "sort_order", "sort_prop"]);
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(get("/apps/42/users/export?auth_token=reader").error(), "PermissionDeniedError");
    assert_eq!(call("POST", "/apps/42/users/export?auth_token=XXX", "", b"").error(), "MethodNotAllowed");
}

#[test]
fn head_has_no_body() {
    let reply = call("HEAD", "/apps/42/users/export?auth_token=XXX", "", b"");
    assert_eq!((reply.status, reply.body.as_str()), (200, ""));
    assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
}

#[test]
fn an_export_imported_again_gives_the_same_leads() {
    let server = Server::new();
    for id in 10_000..14_000_u64 {
        let lead = Lead::new(id)
            .with_conversations(id % 3)
            .with("$name", format!("имя {id} \"\\\t"))
            .with("n", i64::try_from(id).expect("small") - 12_000)
            .with("$created", "2020-02-29T23:59:59")
            .with("list", ["2026-01-01", "5", "ж"])
            .with("flag", id % 2 == 0);
        server.index.insert(lead).expect("legal and new");
    }
    let reply = server.get("/apps/42/users/export?sort_prop=n&sort_order=asc");
    let again = LeadIndex::builder().clock(Clock::fixed(server.clock.now())).build();
    let report = again.import(JsonLines::from_reader(std::io::Cursor::new(reply.body.clone()))).expect("readable");
    assert_eq!((report.accepted, report.rejected), (4_002, 0), "{:?}", report.rejects.first());
    let ids: BTreeSet<u64> = again.ids(&lead_index::Query::new().limit(10_000)).expect("legal").into_iter().collect();
    assert_eq!(ids.len(), 4_002);
    for id in ids {
        assert_eq!(again.get(id), server.index.get(id));
    }
    // Who is no lead is not exported.
    assert!(server.index.get(9).is_some() && again.get(9).is_none());
    let firsts: Vec<u64> =
        reply.body.lines().take(2).map(|l| serde_json::from_str::<Lead>(l).expect("a lead").id).collect();
    assert_eq!(firsts, [10_000, 10_001]);
}

#[test]
fn an_export_is_of_one_point_in_time_however_slowly_it_is_read() {
    let server = Server::new();
    let ids = 10_000..40_000_u64;
    server
        .index
        .batch(|batch| {
            ids.clone().try_for_each(|id| batch.insert(Lead::new(id).with("$email", format!("{id}@x.example"))))
        })
        .expect("legal and new");
    let reply = server.get_slowly("/apps/42/users/export?sort_prop=$id&sort_order=asc", || {
        for id in [10_000, 25_000, 39_999] {
            let operations = encode(r#"[{"op":"update_or_create","key":"$email","value":"moved"}]"#);
            assert_eq!(server.post(&format!("/users/{id}/props"), &format!("operations={operations}")).status, 200);
            server.index.remove(id + 1).ok();
        }
        assert_eq!(server.post("/users/new/events", "event=a&by_user_id=1").status, 200);
    });
    let mut lines = reply.body.lines();
    let lead = |line: &str| serde_json::from_str::<Lead>(line).expect("a lead");
    assert_eq!([7, 3568].map(Some), [(); 2].map(|()| lines.next().map(|line| lead(line).id)));
    for id in ids {
        let expected = Lead::new(id).with("$email", format!("{id}@x.example"));
        assert_eq!(lines.next().map(lead), Some(expected));
    }
    assert_eq!(lines.next(), None);
}
