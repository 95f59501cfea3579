//! `/users/{id}/setpresence` and `/apps/{app}/activeusers`.

use crate::client::{Reply, Server, encode};

const NOTHING: &str = r#"{"meta":{"status":200},"data":{}}"#;

fn beat(server: &Server, id: u64, presence: &str) {
    let reply = server.post(&format!("/users/{id}/setpresence"), &format!("presence={presence}"));
    assert_eq!(reply.body, NOTHING);
}

fn presence(server: &Server, id: u64) -> String {
    server.get(&format!("/users/{id}")).json()["data"]["presence"].as_str().expect("text").to_owned()
}

#[test]
fn presence_lasts_two_minutes() {
    let server = Server::new();
    assert_eq!(presence(&server, 7), "offline");
    beat(&server, 7, "online");
    assert_eq!(presence(&server, 7), "online");
    server.at(60);
    beat(&server, 7, "idle");
    server.at(179);
    assert_eq!(presence(&server, 7), "idle");
    server.at(180);
    assert_eq!(presence(&server, 7), "offline");
    assert_eq!(server.get("/users/7").json()["data"]["props"]["$last_seen"], "2026-01-01T00:01:00");
}

#[test]
fn lists_filter_and_tell_presence() {
    let server = Server::new();
    beat(&server, 7, "online");
    let list = |filter: &str| server.get(&format!("/apps/42/users?filters={}", encode(filter)));
    let online = r#"{"type":"presence","value":{"value":"online"}}"#;
    assert_eq!(list(online).ids(), [7]);
    assert!(list(online).body.contains(r#"{"id":7,"presence":"online","props":{"#));
    assert_eq!(list(r#"{"type":"presence","value":{"value":"offline"}}"#).ids(), [3568]);
    server.at(120);
    assert_eq!(list(online).ids(), [] as [u64; 0]);
    let reply = list(r#"[{"type":"presence","value":{"value":"away"}}]"#);
    assert_eq!(reply.codes(), [("filters".to_owned(), vec!["unknown_presence".to_owned()])]);
    assert!(
        reply
            .body
            .contains(r#""pointer":"/0/value/value","message":"a presence is online, idle or offline, not \"away\"""#)
    );
}

#[test]
fn every_path_takes_a_heartbeat_and_a_user_id_finds_or_creates() {
    let server = Server::new();
    for path in ["/users/7/setpresence", "/users/7/setpresence/", "/v1/users/7/setpresence", "/v2/users/7/setpresence/"]
    {
        assert_eq!(server.post(path, "presence=online").body, NOTHING, "{path}");
    }
    assert_eq!(server.post("/users/new/setpresence", "presence=idle&by_user_id=1").body, NOTHING);
    assert_eq!(presence(&server, 3569), "idle");
    assert_eq!(server.post("/users/5/setpresence", "presence=online").error(), "LookupError");
}

#[test]
fn another_presence_is_refused() {
    let server = Server::new();
    for (form, code) in [
        ("", "missing_argument"),
        ("presence=", "unknown_presence"),
        ("presence=offline", "unknown_presence"),
        ("presence=Online", "unknown_presence"),
    ] {
        let reply = server.post("/users/7/setpresence", form);
        assert_eq!(reply.codes(), [("presence".to_owned(), vec![code.to_owned()])], "{form}");
    }
    assert_eq!(presence(&server, 7), "offline");
}

fn active(server: &Server, arguments: &str) -> Reply {
    server.get(&format!("/apps/42/activeusers?{arguments}"))
}

#[test]
fn the_active_are_the_online_then_the_idle_newest_first() {
    let server = Server::new();
    assert_eq!(active(&server, "").body, r#"{"meta":{"status":200},"data":{"total":0,"users":[]}}"#);
    for (seconds, user_id, kind) in
        [(0, "a", "idle"), (1, "b", "online"), (2, "c", "online"), (3, "d", "idle"), (3, "e", "idle")]
    {
        server.at(seconds);
        let form = format!("presence={kind}&by_user_id=1");
        assert_eq!(server.post(&format!("/users/{user_id}/setpresence"), &form).status, 200);
    }
    // Who is no lead is not listed.
    beat(&server, 9, "online");
    assert_eq!(active(&server, "").ids(), [3571, 3570, 3572, 3573, 3569]);
    assert_eq!(active(&server, "offset=1&limit=2").ids(), [3570, 3572]);
    assert_eq!(active(&server, "offset=1&limit=2").json()["data"]["total"], 5);
    assert_eq!(active(&server, "offset=5").ids(), [] as [u64; 0]);
    server.at(120);
    assert_eq!(active(&server, "").ids(), [3571, 3570, 3572, 3573]);
    server.at(122);
    assert_eq!(
        active(&server, "id_as_string=1&limit=1").body,
        r#"{"meta":{"status":200},"data":{"total":2,"users":[{"id":"3572","presence":"idle","props":{"$created":"2026-01-01T00:00:03","$last_seen":"2026-01-01T00:00:03"}}]}}"#
    );
}

#[test]
fn the_active_have_the_limits_of_the_list() {
    let server = Server::new();
    let codes = |target: &str| server.get(target).codes();
    let one = |argument: &str, code: &str| vec![(argument.to_owned(), vec![code.to_owned()])];
    assert_eq!(codes("/apps/42/activeusers?limit=51"), one("limit", "out_of_range"));
    assert_eq!(codes("/v2/apps/42/activeusers/?limit=0"), one("limit", "out_of_range"));
    assert_eq!(server.get("/v1/apps/$self_app/activeusers?limit=0").ids(), [] as [u64; 0]);
    assert_eq!(codes("/apps/42/activeusers?offset=x"), one("offset", "not_an_integer"));
    assert_eq!(codes("/apps/mine/activeusers"), one("app", "not_an_integer"));
}
