//! `/users/{id}/props`: changes of properties.

use crate::client::{LARGEST, Reply, Server, encode};
use lead_index::http::App;
use lead_index::{LeadIndex, Limits};

fn send(server: &Server, id: &str, operations: &str) -> Reply {
    server.post(&format!("/users/{id}/props"), &format!("operations={}", encode(operations)))
}

/// The answer, to the byte.
fn done(affected: &str, not_changed: &str, ignored: &str) -> String {
    format!(
        r#"{{"meta":{{"status":200,"affected_props":[{affected}],"not_changed_props":[{not_changed}],"ignored_operations":[{ignored}]}},"data":{{}}}}"#
    )
}

fn props(server: &Server, id: u64) -> serde_json::Value {
    server.get(&format!("/users/{id}")).json()["data"]["props"].clone()
}

#[test]
fn the_seven_operations_run_in_order() {
    let server = Server::new();
    let reply = send(
        &server,
        "7",
        r#"[{"op":"update_or_create","key":"$email","value":"a@b.c"},
            {"op":"update_or_create","key":"plan","value":"pro"},
            {"op":"set_once","key":"plan","value":"free"},
            {"op":"set_once","key":"source","value":"ads"},
            {"op":"add","key":"$sessions","value":-1},
            {"op":"add","key":"visits","value":"12"},
            {"op":"delete","key":"vip"},
            {"op":"append","key":"tags","value":"a"},
            {"op":"union","key":"tags","value":"б"},
            {"op":"exclude","key":"tags","value":"x"},
            {"op":"union","key":"other","value":"я"},
            {"op":"delete","key":"nothing"},
            {"op":"exclude","key":"none","value":"x"}]"#,
    );
    let affected = r#""$email","plan","source","$sessions","visits","vip","tags","other""#;
    assert_eq!(reply.body, done(affected, r#""nothing","none""#, ""));
    assert_eq!(
        server.get("/users/7").body,
        r#"{"meta":{"status":200},"data":{"id":7,"user_id":"u/54784 ж","presence":"offline","conversations":0,"web_push":true,"props":{"$email":"a@b.c","$last_seen":"2025-12-31T23:00:00","$name":"Жук \"Q\"\n","$sessions":2,"other":["я"],"plan":"pro","source":"ads","tags":["a","б","a"],"visits":12}}}"#
    );
    // The same again: what holds its value is not changed.
    let again = r#"[{"op":"update_or_create","key":"plan","value":"pro"},{"op":"add","key":"visits","value":0}]"#;
    assert_eq!(send(&server, "7", again).body, done("", r#""plan","visits""#, ""));
    assert_eq!(send(&server, "7", "[]").body, done("", "", ""));
}

#[test]
fn a_write_is_visible_to_the_next_query() {
    let server = Server::new();
    let filter = encode(r#"{"type":"eq","property_name":"score","value":{"value":5}}"#);
    let found = || server.get(&format!("/apps/42/users?filters={filter}")).ids();
    assert_eq!(found(), [] as [u64; 0]);
    send(&server, "3568", r#"[{"op":"update_or_create","key":"score","value":5}]"#);
    assert_eq!(found(), [3568]);
    // And who becomes a lead by it is one.
    assert_eq!(server.get("/apps/42/users").ids(), [7, 3568]);
    send(&server, "9", r#"[{"op":"update_or_create","key":"$phone","value":79261234567}]"#);
    assert_eq!(server.get("/apps/42/users").ids(), [7, 3568, 9]);
    assert_eq!(props(&server, 9)["$phone"], "79261234567");
}

#[test]
fn an_ignored_operation_comes_back_as_it_was_sent_with_its_reason() {
    let server = Server::new();
    let long = "x".repeat(256);
    let operations = [
        (r#"{"op":"unset","key":"a","value":1}"#, "unknown_op"),
        (r#"{"op":"delete","key":"$id","value":null}"#, "reserved"),
        (r#"{"op":"add","key":"","value":1}"#, "bad_name"),
        (r#"{"op":"update_or_create","key":"a","value":null}"#, "empty_value"),
        (r#"{"op":"update_or_create","key":"a","value":""}"#, "empty_value"),
        (r#"{"op":"update_or_create","key":"a","value":["",""]}"#, "empty_value"),
        (r#"{"op":"update_or_create","key":"a","value":{"b":[1,2]}}"#, "wrong_type"),
        (r#"{"op":"update_or_create","key":"$created","value":"yesterday"}"#, "wrong_type"),
        (r#"{"op":"update_or_create","key":"a","value":1.50}"#, "fraction"),
        (r#"{"op":"update_or_create","key":"a","value":9007199254740993}"#, "out_of_range"),
        (r#"{"op":"add","key":"$sessions","value":9007199254740992}"#, "out_of_range"),
        (r#"{"op":"add","key":"$name","value":1}"#, "wrong_type"),
        (r#"{"op":"append","key":"$sessions","value":"x"}"#, "wrong_type"),
        (r#"{"op":"append","key":"tags","value":5}"#, "wrong_type"),
        (&format!(r#"{{"op":"union","key":"tags","value":"{long}"}}"#), "too_long"),
        (&format!(r#"{{"op":"update_or_create","key":"a","value":[{}"x"]}}"#, r#""x","#.repeat(30)), "list_full"),
    ];
    let sent: Vec<&str> = operations.iter().map(|(operation, _)| *operation).collect();
    let before = server.get("/users/7").body;
    let reply = send(&server, "7", &format!("[{}]", sent.join(",")));
    let ignored = operations.map(|(sent, reason)| format!(r#"{},"reason":"{reason}"}}"#, &sent[..sent.len() - 1]));
    assert_eq!(reply.body, done("", "", &ignored.join(",")));
    assert_eq!(server.get("/users/7").body, before);
    // Escapes are read, a missing value is null, other keys are not kept.
    let reply =
        send(&server, "7", r#"[{"cls":"x","key":"\u0436","op":"\u0061dd"},{"op":"add","key":"b","value":"\u0436"}]"#);
    let ignored = r#"{"op":"add","key":"ж","value":null,"reason":"empty_value"},{"op":"add","key":"b","value":"ж","reason":"wrong_type"}"#;
    assert_eq!(reply.body, done("", "", ignored));
}

#[test]
fn names_stand_in_the_order_in_which_any_operation_first_mentions_them() {
    let server = Server::new();
    let reply = send(
        &server,
        "7",
        r#"[{"op":"add","key":"late","value":0.5},{"op":"delete","key":"none"},{"op":"add","key":"early","value":1},
            {"op":"delete","key":"gone"},{"op":"add","key":"late","value":1},{"op":"add","key":"only","value":{}},
            {"op":"add","key":"early","value":2}]"#,
    );
    let ignored = r#"{"op":"add","key":"late","value":0.5,"reason":"fraction"},{"op":"add","key":"only","value":{},"reason":"wrong_type"}"#;
    assert_eq!(reply.body, done(r#""late","early""#, r#""none","gone""#, ignored));
}

#[test]
fn ignored_operations_stand_in_their_order_whoever_found_them() {
    let server = Server::new();
    let reply = send(
        &server,
        "7",
        r#"[{"op":"add","key":"$name","value":1},{"op":"add","key":"a","value":1.5},{"op":"add","key":"b","value":1},{"op":"append","key":"b","value":"x"},{"op":"x","key":"c"}]"#,
    );
    let ignored = [
        r#"{"op":"add","key":"$name","value":1,"reason":"wrong_type"}"#,
        r#"{"op":"add","key":"a","value":1.5,"reason":"fraction"}"#,
        r#"{"op":"append","key":"b","value":"x","reason":"wrong_type"}"#,
        r#"{"op":"x","key":"c","value":null,"reason":"unknown_op"}"#,
    ];
    assert_eq!(reply.body, done(r#""b""#, "", &ignored.join(",")));
}

#[test]
fn text_of_custom_properties_gets_its_type_unless_told_otherwise() {
    let server = Server::new();
    let operations = r#"[{"op":"update_or_create","key":"n","value":"-12"},{"op":"update_or_create","key":"z","value":"007"},
        {"op":"update_or_create","key":"b","value":"TRUE"},{"op":"set_once","key":"d","value":"2026-02-03"},
        {"op":"update_or_create","key":"$city","value":"12"},{"op":"update_or_create","key":"big","value":"9007199254740993"},
        {"op":"append","key":"l","value":"5"}]"#;
    send(&server, "7", operations);
    let typed = props(&server, 7);
    assert_eq!((&typed["n"], &typed["z"], &typed["b"]), (&(-12).into(), &"007".into(), &true.into()));
    assert_eq!((&typed["d"], &typed["$city"]), (&"2026-02-03T00:00:00".into(), &"12".into()));
    assert_eq!((&typed["big"], &typed["l"]), (&"9007199254740993".into(), &serde_json::json!(["5"])));
    let form = format!("parse_custom_props_type=False&operations={}", encode(operations));
    assert_eq!(server.post("/users/3568/props", &form).status, 200);
    let plain = props(&server, 3568);
    assert_eq!((&plain["n"], &plain["b"], &plain["d"]), (&"-12".into(), &"TRUE".into(), &"2026-02-03T00:00:00".into()));
}

#[test]
fn numbers_are_whole_in_any_spelling() {
    let server = Server::new();
    let operations = r#"[{"op":"update_or_create","key":"a","value":5.0},{"op":"add","key":"b","value":1e3},{"op":"add","key":"b","value":"0001"}]"#;
    assert_eq!(send(&server, "7", operations).body, done(r#""a","b""#, "", ""));
    assert_eq!((&props(&server, 7)["a"], &props(&server, 7)["b"]), (&5.into(), &1_001.into()));
}

#[test]
fn a_user_id_finds_or_creates() {
    let server = Server::new();
    let form = |operations| format!("by_user_id=true&operations={}", encode(operations));
    let one = form(r#"[{"op":"add","key":"n","value":1},{"op":"delete","key":"$created2"}]"#);
    let found = server.post(&format!("/v1/users/{}/props/", encode("u/54784 ж")), &one);
    assert_eq!(found.body, done(r#""n""#, r#""$created2""#, ""));
    assert_eq!(props(&server, 7)["n"], 1);
    // Nobody has this one: it becomes the next id's, created now.
    let created = server.post("/v2/users/new-one/props", &one);
    assert_eq!(created.body, done(r#""$created","$user_id","n""#, r#""$created2""#, ""));
    assert_eq!(
        server.get("/users/new-one?by_user_id=true").body,
        r#"{"meta":{"status":200},"data":{"id":3569,"user_id":"new-one","presence":"offline","conversations":0,"web_push":false,"props":{"$created":"2026-01-01T00:00:00","n":1}}}"#
    );
    // What the index names first stays first, also where an operation names it too.
    let reply = server.post(
        "/users/other/props",
        &form(r#"[{"op":"add","key":"n","value":1},{"op":"update_or_create","key":"$created","value":"2020-01-01"}]"#),
    );
    assert_eq!(reply.body, done(r#""$created","$user_id","n""#, "", ""));
    assert_eq!(props(&server, 3570)["$created"], "2020-01-01T00:00:00");
}

#[test]
fn a_request_of_ignored_operations_still_finds_or_creates() {
    let server = Server::new();
    let ignored = r#"{"op":"add","key":"n","value":0.5,"reason":"fraction"}"#;
    let operations = r#"[{"op":"add","key":"n","value":0.5}]"#;
    assert_eq!(send(&server, "7", operations).body, done("", "", ignored));
    assert_eq!(
        send(&server, "5", operations).body,
        r#"{"meta":{"status":400,"error":"LookupError","error_message":"there is no user with the id 5"},"data":{}}"#
    );
    assert_eq!(send(&server, "5", "[]").error(), "LookupError");
    let form = format!("by_user_id=1&operations={}", encode(operations));
    assert_eq!(server.post("/users/new/props", &form).body, done(r#""$created","$user_id""#, "", ignored));
    assert_eq!(server.get("/users/new?by_user_id=1").json()["data"]["id"], 3569);
}

#[test]
fn an_id_that_nobody_has_is_a_lookup_error() {
    let server = Server::new();
    for id in ["5", "0", "-7", "99999999999999999999"] {
        let reply = send(&server, id, r#"[{"op":"add","key":"n","value":1}]"#);
        assert_eq!((reply.status, reply.error().as_str()), (400, "LookupError"), "{id}");
    }
    assert_eq!(server.index.len(), 3);
}

#[test]
fn a_list_of_the_wrong_form_is_refused_whole() {
    let server = Server::new();
    let many = format!("[{}]", vec![r#"{"op":"delete","key":"k"}"#; 251].join(","));
    for (operations, faults) in [
        ("", vec![("expected_array", "")]),
        ("{}", vec![("expected_array", "")]),
        (r#""[]""#, vec![("expected_array", "")]),
        ("[", vec![("invalid_json", "")]),
        (r#"["\ud800"]"#, vec![("invalid_json", "")]),
        ("[] []", vec![("trailing_characters", "")]),
        (&"[".repeat(100), vec![("too_deep", "")]),
        (&many, vec![("too_many_operations", "")]),
        (
            r#"[{"op":"add","key":"n","value":1},5,{"op":"add"},{"op":1,"key":"k"},{"op":"add","key":"k","op":"add"}]"#,
            vec![
                ("duplicate_key", "/4/op"),
                ("expected_object", "/1"),
                ("missing_key", "/2"),
                ("type_mismatch", "/3/op"),
            ],
        ),
    ] {
        let reply = send(&server, "7", operations);
        assert_eq!(reply.error(), "ValidationError", "{operations}");
        let fields = reply.json()["meta"]["error_fields"].clone();
        let found = fields["operations"].as_array().expect("a list").clone();
        let found: Vec<(&str, &str)> =
            found.iter().map(|f| (f["code"].as_str().expect("text"), f["pointer"].as_str().expect("text"))).collect();
        assert_eq!(found, faults, "{operations}");
        assert_eq!(fields.as_object().expect("an object").len(), 1);
    }
    assert_eq!(props(&server, 7).get("n"), None);
    assert_eq!(
        server.post("/users/7/props", "").codes(),
        [("operations".to_owned(), vec!["missing_argument".to_owned()])]
    );
    let most = format!("[{}]", vec![r#"{"op":"add","key":"k","value":1}"#; 250].join(","));
    assert_eq!(send(&server, "7", &most).body, done(r#""k""#, "", ""));
    assert_eq!(props(&server, 7)["k"], 250);
}

#[test]
fn a_fault_of_the_list_is_complete_to_the_byte() {
    let server = Server::new();
    assert_eq!(
        send(&server, "x", r#"[{"key":"k"}]"#).body,
        concat!(
            r#"{"meta":{"status":400,"error":"ValidationError","#,
            r#""error_message":"id: the id in the path is an integer; a User ID needs by_user_id=true (and 1 more)","#,
            r#""error_fields":{"#,
            r#""id":[{"code":"not_an_integer","pointer":"","message":"the id in the path is an integer; a User ID needs by_user_id=true"}],"#,
            r#""operations":[{"code":"missing_op","pointer":"/0","message":"an operation needs `op`, a string"}]}},"data":{}}"#
        )
    );
}

#[test]
fn what_the_index_has_no_room_for_is_not_our_fault() {
    let server = Server::new();
    let form = format!("by_user_id=1&operations={}", encode("[]"));
    let long = server.post(&format!("/users/{}/props", "u".repeat(256)), &form);
    assert_eq!(long.codes(), [("id".to_owned(), vec!["too_long".to_owned()])]);
    let empty = server.post("/users//props", &form);
    assert_eq!(empty.codes(), [("id".to_owned(), vec!["empty_value".to_owned()])]);
    server.index.insert(lead_index::Lead::new(LARGEST)).expect("legal and new");
    assert_eq!(server.post("/users/new/props", &form).codes(), [("id".to_owned(), vec!["index_full".to_owned()])]);

    let mut limits = Limits::default();
    limits.properties = 8;
    let full = LeadIndex::builder().limits(limits).build();
    full.insert(lead_index::Lead::new(7)).expect("legal and new");
    let server = Server::with(|_| App::new(42, full.clone()).token("XXX", lead_index::http::Scope::ALL));
    let names: Vec<String> = (0..9).map(|i| format!(r#"{{"op":"add","key":"n{i}","value":1}}"#)).collect();
    let reply = send(&server, "7", &format!("[{}]", names.join(",")));
    assert_eq!(reply.codes(), [("operations".to_owned(), vec!["too_many_properties".to_owned()])]);
    assert!(full.get(7).expect("there").props.is_empty());
}

/// Whatever spaces and escapes the operation came with: an answer is compact JSON in raw UTF-8.
#[test]
fn an_ignored_value_is_repeated_in_the_form_of_answers() {
    let server = Server::new();
    let reply = send(
        &server,
        "7",
        "[{\"op\":\"add\",\"key\":\"a\",\"value\":{ \"\\u0416\" : [ 1.50 ,\n\"\\u0436\\/\" , { } , null,true ] }},
          {\"op\":\"append\",\"key\":\"b\",\"value\":[ ]},{\"op\":\"add\",\"key\":\"c\",\"value\":\"\\u0436\"},
          {\"op\":\"add\",\"key\":\"d\",\"value\":1E400}]",
    );
    let ignored = r#"{"op":"add","key":"a","value":{"Ж":[1.50,"ж/",{},null,true]},"reason":"wrong_type"},{"op":"append","key":"b","value":[],"reason":"empty_value"},{"op":"add","key":"c","value":"ж","reason":"wrong_type"},{"op":"add","key":"d","value":1E400,"reason":"out_of_range"}"#;
    assert_eq!(reply.body, done("", "", ignored));
}
