//! The argument `cursor`: pages of one point in time.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::client::{Reply, Server, encode};
use lead_index::Lead;

/// A server with this many leads more, ids from 10,000, and how the cursors are bounded.
fn server(leads: u64, bounds: Option<(usize, Duration)>) -> Server {
    let server = Server::with(|app| match bounds {
        Some((most, unused)) => app.cursors(most, unused),
        None => app,
    });
    server
        .index
        .batch(|batch| {
            let new = |id: u64| Lead::new(id).with("$email", format!("{id}@x")).with("n", i64::from(id as u32 % 7));
            (10_000..10_000 + leads).try_for_each(|id| batch.insert(new(id)))
        })
        .expect("legal and new");
    server
}

fn page(server: &Server, cursor: &str, arguments: &str) -> Reply {
    server.get(&format!("/apps/42/users?cursor={cursor}&{arguments}"))
}

/// `meta.next_cursor`: `None` for null. The key is there.
fn next(reply: &Reply) -> Option<String> {
    let json = reply.json();
    let meta = json["meta"].as_object().expect("an object");
    assert!(meta.contains_key("next_cursor"), "{}", reply.body);
    meta["next_cursor"].as_str().map(str::to_owned)
}

fn one(argument: &str, code: &str) -> Vec<(String, Vec<String>)> {
    vec![(argument.to_owned(), vec![code.to_owned()])]
}

#[test]
fn the_key_is_there_exactly_when_a_cursor_was_given() {
    let server = server(0, None);
    let first = page(&server, "", "limit=1");
    let cursor = next(&first).expect("there is one more");
    let start = format!(r#"{{"meta":{{"status":200,"next_cursor":"{cursor}"}},"data":{{"total":2,"users":[{{"id":7,"#);
    assert!(first.body.starts_with(&start), "{}", first.body);
    assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{cursor}");
    let last = page(&server, &cursor, "limit=1");
    assert!(
        last.body.starts_with(r#"{"meta":{"status":200,"next_cursor":null},"data":{"total":2,"users":[{"id":3568,"#)
    );
    assert!(server.get("/apps/42/users?limit=1").body.starts_with(r#"{"meta":{"status":200},"data":"#));
    // All on one page: there is no next one. The same page again: the same answer.
    assert_eq!(next(&page(&server, "", "")), None);
    assert_eq!(page(&server, &cursor, "limit=1").body, last.body);
    let nobody = encode(r#"[{"type":"known","property_name":"nobody"}]"#);
    assert_eq!(
        page(&server, "", &format!("filters={nobody}")).body,
        r#"{"meta":{"status":200,"next_cursor":null},"data":{"total":0,"users":[]}}"#
    );
}

/// Sets the flag when it is dropped.
struct Stop<'f>(&'f AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Moves leads about and adds new ones, until it is stopped.
fn write_on(server: &Server, stop: &AtomicBool, written: &AtomicU64) {
    while !stop.load(Ordering::Relaxed) {
        let n = written.load(Ordering::Relaxed);
        let id = 10_000 + n * 31 % 500;
        let operations = encode(&format!(r#"[{{"op":"add","key":"n","value":{}}}]"#, i64::from(n as u32 % 5) - 2));
        server.post(&format!("/users/{id}/props"), &format!("operations={operations}"));
        server.post(&format!("/users/new-{n}/events"), "event=a&by_user_id=1");
        written.store(n + 1, Ordering::Release);
    }
}

#[test]
fn each_lead_comes_once_while_another_client_writes() {
    let server = server(500, None);
    let arguments = "sort_prop=n&sort_order=asc&limit=13";
    let mut reply = page(&server, "", arguments);
    let (stop, written) = (AtomicBool::new(false), AtomicU64::new(0));
    let ids = std::thread::scope(|scope| {
        // The writer ends where the test fails, too.
        let _stop_at_the_end = Stop(&stop);
        let writer = scope.spawn(|| write_on(&server, &stop, &written));
        let mut ids = reply.ids();
        while let Some(cursor) = next(&reply) {
            // Something is written between any two pages.
            let before = written.load(Ordering::Acquire);
            while written.load(Ordering::Acquire) == before {
                assert!(!writer.is_finished(), "it writes until it is stopped");
                std::thread::yield_now();
            }
            reply = page(&server, &cursor, arguments);
            assert_eq!(reply.json()["data"]["total"], 502);
            ids.extend(reply.ids());
        }
        ids
    });
    let expected: BTreeSet<u64> = [7, 3568].into_iter().chain(10_000..10_500).collect();
    assert_eq!((ids.len(), ids.iter().copied().collect::<BTreeSet<_>>()), (502, expected));
    // In the order of its own time: by n, then by id, who has none last.
    let key = |id: &u64| if *id < 10_000 { (7, *id) } else { (id % 7, *id) };
    assert!(ids.is_sorted_by_key(key), "{ids:?}");
    assert!(server.get("/apps/42/users").json()["data"]["total"].as_u64().expect("a number") > 502);
}

#[test]
fn a_cursor_is_of_its_filter_and_order() {
    let server = server(40, None);
    let filter = |value: u32| encode(&format!(r#"{{"type":"gte","property_name":"n","value":{{"value":{value}}}}}"#));
    let arguments = format!("sort_prop=n&filters={}", filter(1));
    let cursor = next(&page(&server, "", &format!("{arguments}&limit=10"))).expect("there are more");
    // The size of a page may change, and how it is written; and the same filter in another spelling is the same.
    assert_eq!(page(&server, &cursor, &format!("{arguments}&limit=3&id_as_string=0")).ids().len(), 3);
    let spelled = encode(r#" {"value":{"value":"1"},"property_name":"n","type":"gte"}"#);
    assert_eq!(page(&server, &cursor, &format!("sort_prop=n&filters={spelled}")).status, 200);
    for other in [
        format!("sort_prop=n&filters={}", filter(2)),
        "sort_prop=n".to_owned(),
        format!("sort_prop=$id&filters={}", filter(1)),
        format!("sort_prop=n&sort_order=asc&filters={}", filter(1)),
    ] {
        assert_eq!(page(&server, &cursor, &other).codes(), one("cursor", "cursor_mismatch"), "{other}");
    }
}

#[test]
fn what_is_no_cursor_of_ours_is_invalid() {
    let mine = server(40, None);
    let others = server(40, None);
    let cursor = next(&page(&mine, "", "")).expect("there are more");
    let foreign = next(&page(&others, "", "")).expect("there are more");
    let mut touched = cursor.clone().into_bytes();
    let middle = touched.len() / 2;
    touched[middle] = if touched[middle] == b'A' { b'B' } else { b'A' };
    let touched = String::from_utf8(touched).expect("still text");
    for wrong in ["x", "null", &encode(&format!(" {cursor}")), &format!("{cursor}A"), &cursor[1..], &touched, &foreign]
    {
        assert_eq!(page(&mine, wrong, "").codes(), one("cursor", "invalid_cursor"), "{wrong}");
    }
    assert_eq!(page(&mine, &cursor, "").status, 200);
    // Also where no point in time is held that it could be of.
    let fresh = server(0, None);
    assert_eq!(page(&fresh, &cursor, "").codes(), one("cursor", "invalid_cursor"));
    // The other arguments are looked at all the same.
    let names: Vec<String> =
        page(&mine, "x", "limit=x&filters=5&offset=0").codes().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["cursor", "filters", "limit", "offset"]);
}

#[test]
fn an_offset_is_legal_at_the_start_alone() {
    let server = server(40, None);
    let first = page(&server, "", "sort_prop=$id&sort_order=asc&offset=40&limit=1");
    assert_eq!(first.ids(), [10_038]);
    let cursor = next(&first).expect("one more");
    let arguments = "sort_prop=$id&sort_order=asc&limit=50";
    for offset in ["0", "1", "", "x"] {
        let reply = page(&server, &cursor, &format!("{arguments}&offset={offset}"));
        assert_eq!(reply.codes(), one("offset", "not_with_cursor"), "{offset:?}");
    }
    let last = page(&server, &cursor, arguments);
    assert_eq!((last.ids(), next(&last)), (vec![10_039], None));
    // Past the end there is nothing to go on to.
    assert_eq!(next(&page(&server, "", "offset=42")), None);
    assert_eq!(page(&server, "", "offset=x").codes(), one("offset", "not_an_integer"));
}

#[test]
fn a_page_with_a_cursor_has_at_least_one_lead() {
    let server = server(0, None);
    for cursor in ["", "x"] {
        let reply = server.get(&format!("/v1/apps/42/users?cursor={cursor}&limit=0"));
        assert!(reply.codes().contains(&("limit".to_owned(), vec!["out_of_range".to_owned()])), "{}", reply.body);
    }
    assert_eq!(server.get("/v1/apps/42/users?limit=0").status, 200);
}

#[test]
fn a_cursor_expires() {
    // At once, so that nothing has to be waited for.
    let server = server(40, Some((64, Duration::ZERO)));
    let cursor = next(&page(&server, "", "")).expect("there are more");
    assert_eq!(
        page(&server, &cursor, "").body,
        concat!(
            r#"{"meta":{"status":400,"error":"ValidationError","#,
            r#""error_message":"cursor: the point in time of this cursor is not kept any more; start again with an empty one","#,
            r#""error_fields":{"cursor":[{"code":"cursor_expired","pointer":"","#,
            r#""message":"the point in time of this cursor is not kept any more; start again with an empty one"}]}},"data":{}}"#
        )
    );
    // One that is not ours is not said to have expired.
    assert_eq!(page(&server, &cursor.replace(&cursor[..2], "zz"), "").codes(), one("cursor", "invalid_cursor"));
}

#[test]
fn only_so_many_points_in_time_are_held() {
    let server = server(40, Some((2, Duration::from_secs(3_600))));
    let write = || server.index.upsert(Lead::new(1).with("$email", "a@b")).expect("legal");
    let start = || next(&page(&server, "", "limit=50")).or_else(|| next(&page(&server, "", "limit=20")));
    let first = start().expect("there are more");
    write();
    let second = start().expect("there are more");
    // As many clients as like start at one point in time.
    for _ in 0..5 {
        assert!(start().is_some());
    }
    write();
    assert_eq!(page(&server, "", "").codes(), one("cursor", "too_many_cursors"));
    // Who needs no second page is not refused, nor is who goes without a cursor.
    assert_eq!(next(&page(&server, "", "limit=50")), None);
    assert_eq!(server.get("/apps/42/users").status, 200);
    // The first comes to its end, and gives way.
    let next_of_first = next(&page(&server, &first, "limit=20")).expect("two more");
    assert_eq!(next(&page(&server, &next_of_first, "limit=20")), None);
    let third = start().expect("there is room again");
    assert_eq!(page(&server, &first, "limit=20").codes(), one("cursor", "cursor_expired"));
    for held in [second, third] {
        assert_eq!(page(&server, &held, "limit=20").status, 200);
    }
}

#[test]
fn a_point_in_time_keeps_its_segments_and_its_moment() {
    let server = server(40, None);
    let segment = server.index.keep(lead_index::Filter::known("n")).expect("legal").id();
    let filters = encode(&format!(
        r#"[{{"type":"segment","value":{{"value":{segment}}}}},{{"type":"presence","value":{{"value":"online"}}}}]"#
    ));
    for id in 10_000..10_040 {
        server.post(&format!("/users/{id}/setpresence"), "presence=online");
    }
    let arguments = format!("filters={filters}&limit=30");
    let first = page(&server, "", &arguments);
    let cursor = next(&first).expect("ten more");
    server.index.drop_live(segment).expect("kept");
    server.at(1_000);
    let last = page(&server, &cursor, &arguments);
    assert_eq!((first.ids().len(), last.ids().len(), next(&last)), (30, 10, None));
    assert!(last.body.contains(r#""presence":"online""#) && !last.body.contains("offline"));
    assert_eq!(page(&server, "", &arguments).codes(), one("filters", "unknown_segment"));
}

#[test]
fn clients_of_one_publication_share_its_place_and_keep_their_moments() {
    let server = server(40, Some((1, Duration::from_secs(3_600))));
    for id in 10_000..10_040 {
        server.post(&format!("/users/{id}/setpresence"), "presence=online");
    }
    let arguments = "sort_prop=$id&limit=30";
    let at_first = next(&page(&server, "", arguments)).expect("twelve more");
    server.at(1_000);
    let later = next(&page(&server, "", arguments)).expect("twelve more");
    let presences = |cursor: &str| {
        let json = page(&server, cursor, arguments).json();
        let users = json["data"]["users"].as_array().expect("a list");
        users.iter().map(|user| user["presence"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    // The last two of the list, by id descending, never gave a sign of life.
    let expected = |presence: &'static str| [vec![presence; 10], vec!["offline"; 2]].concat();
    assert_eq!(presences(&at_first), expected("online"));
    assert_eq!(presences(&later), expected("offline"));
}
