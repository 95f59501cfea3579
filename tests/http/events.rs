//! `/users/{id}/events`: what a person did.

use crate::client::{Reply, Server, encode};

fn send(server: &Server, id: &str, form: &str) -> Reply {
    server.post(&format!("/users/{id}/events"), form)
}

fn counted(event: u64, count: u64) -> String {
    format!(r#"{{"meta":{{"status":200}},"data":{{"event_id":{event},"count":{count}}}}}"#)
}

fn props(server: &Server, id: u64) -> serde_json::Value {
    server.get(&format!("/users/{id}")).json()["data"]["props"].clone()
}

#[test]
fn an_event_is_counted_and_moves_the_dates() {
    let server = Server::new();
    assert_eq!(send(&server, "9", "event=Order%20paid").body, counted(1, 1));
    server.at(60);
    assert_eq!(send(&server, "9", "event=Order+paid").body, counted(1, 2));
    assert_eq!(
        props(&server, 9),
        serde_json::json!({
            "$event_1_count": 2, "$event_1_first": "2026-01-01T00:00:00", "$event_1_last": "2026-01-01T00:01:00",
            "$last_seen": "2026-01-01T00:01:00", "$sessions": 50
        })
    );
    // One of the past moves the first time and nothing else.
    assert_eq!(send(&server, "9", "event=Order+paid&created=-1").body, counted(1, 3));
    let props = props(&server, 9);
    assert_eq!(props["$event_1_first"], "1969-12-31T23:59:59");
    assert_eq!(props["$event_1_last"], "2026-01-01T00:01:00");
    assert_eq!(props["$last_seen"], "2026-01-01T00:01:00");
    // Names are told apart by their bytes, and each has its number.
    assert_eq!(send(&server, "7", "event=order+paid").body, counted(2, 1));
    assert_eq!(send(&server, "7", &format!("event={}", encode(&"ж".repeat(255)))).body, counted(3, 1));
    assert_eq!(server.index.events()[0], (1, "Order paid".to_owned()));
}

#[test]
fn every_path_takes_events_and_a_user_id_finds_or_creates() {
    let server = Server::new();
    for (count, path) in
        ["/users/7/events", "/users/7/events/", "/v1/users/7/events", "/v2/users/7/events/"].iter().enumerate()
    {
        assert_eq!(server.post(path, "event=a").body, counted(1, count as u64 + 1), "{path}");
    }
    let path = format!("/users/{}/events", encode("u/54784 ж"));
    assert_eq!(server.post(&path, "event=a&by_user_id=true").body, counted(1, 5));
    assert_eq!(server.post("/users/new/events", "event=a&by_user_id=true").body, counted(1, 1));
    assert_eq!(server.get("/users/new?by_user_id=true").json()["data"]["id"], 3569);
    assert_eq!(
        send(&server, "5", "event=a").body,
        r#"{"meta":{"status":400,"error":"LookupError","error_message":"there is no user with the id 5"},"data":{}}"#
    );
}

#[test]
fn faulty_arguments_are_named() {
    let server = Server::new();
    for (form, argument, code) in [
        ("", "event", "missing_argument"),
        ("event=", "event", "empty_name"),
        (&format!("event={}", "x".repeat(256)), "event", "name_too_long"),
        ("event=a&created=", "created", "not_an_integer"),
        ("event=a&created=now", "created", "not_an_integer"),
        ("event=a&created=1.5", "created", "not_an_integer"),
        ("event=a&created=253402300800", "created", "out_of_range"),
        ("event=a&created=-62135596801", "created", "out_of_range"),
        ("event=a&created=99999999999999999999", "created", "out_of_range"),
    ] {
        let reply = send(&server, "7", form);
        assert_eq!(reply.codes(), [(argument.to_owned(), vec![code.to_owned()])], "{form}");
    }
    let names: Vec<String> = send(&server, "x", "created=x").codes().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["created", "event", "id"]);
    assert_eq!(server.index.events(), []);
    for (created, first) in [("253402300799", "9999-12-31T23:59:59"), ("-62135596800", "0001-01-01T00:00:00")] {
        assert_eq!(send(&server, "7", &format!("event=e&created={created}")).status, 200);
        assert_eq!(props(&server, 7)["$event_1_first"], first);
    }
}

#[test]
fn a_count_at_its_bound_is_the_events_fault() {
    let server = Server::new();
    send(&server, "7", "event=a");
    let most = "[{\"op\":\"update_or_create\",\"key\":\"$event_1_count\",\"value\":9007199254740992}]";
    assert_eq!(server.post("/users/7/props", &format!("operations={}", encode(most))).status, 200);
    let reply = send(&server, "7", "event=a");
    assert_eq!(reply.codes(), [("event".to_owned(), vec!["out_of_range".to_owned()])]);
    assert_eq!(props(&server, 7)["$event_1_count"], 1_u64 << 53);
}
