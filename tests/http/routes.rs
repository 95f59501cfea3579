//! Every method: its verbs, its scope, its app, its headers.

use crate::client::Server;

/// A verb, and the token that is enough for it, beside the one for everything.
type Verb = (&'static str, &'static str);

/// Each method, its verbs as the header tells them, and one by one.
const METHODS: [(&str, &str, &[Verb]); 9] = [
    ("/apps/42/users", "GET, POST, HEAD", &[("GET", "lister"), ("POST", "lister"), ("HEAD", "lister")]),
    ("/apps/42/users/export", "GET, HEAD", &[("GET", "lister"), ("HEAD", "lister")]),
    ("/apps/42/activeusers", "GET, HEAD", &[("GET", "lister"), ("HEAD", "lister")]),
    ("/apps/42/segments", "GET, POST, HEAD", &[("GET", "lister"), ("POST", "writer"), ("HEAD", "lister")]),
    ("/apps/42/segments/1", "DELETE", &[("DELETE", "writer")]),
    ("/users/7", "GET, HEAD", &[("GET", "reader"), ("HEAD", "reader")]),
    ("/users/7/props", "POST", &[("POST", "writer")]),
    ("/users/7/events", "POST", &[("POST", "writer")]),
    ("/users/7/setpresence", "POST", &[("POST", "writer")]),
];

/// What every method needs so that nothing is missing.
const WHOLE: &str = "operations=[]&event=a&presence=online&name=a";

#[test]
fn each_method_stands_on_every_path_with_its_verbs_and_its_scope() {
    let server = Server::new();
    for (path, allowed, verbs) in METHODS {
        for prefix in ["", "/v1", "/v2"] {
            for slash in ["", "/"] {
                let target = format!("{prefix}{path}{slash}");
                for verb in ["GET", "POST", "HEAD", "DELETE", "PUT", "PATCH", "OPTIONS"] {
                    let Some((_, enough)) = verbs.iter().find(|(known, _)| *known == verb) else {
                        let reply = server.call(verb, &target, "auth_token=XXX");
                        assert_eq!(reply.status, 405, "{verb} {target}");
                        assert!(reply.body.contains("MethodNotAllowed") || verb == "HEAD", "{}", reply.body);
                        assert_eq!(reply.header("allow"), Some(allowed), "{target}");
                        continue;
                    };
                    for token in ["lister", "reader", "writer", "nothing", "XXX"] {
                        let reply = server.call(verb, &target, &format!("{WHOLE}&auth_token={token}"));
                        let denied = token != *enough && token != "XXX";
                        assert_eq!(reply.status == 403, denied, "{verb} {target} {token}");
                        let missing = path == "/apps/42/segments/1" && server.index.live(1).is_none();
                        assert!(denied || reply.status == 200 || missing, "{verb} {target} {token}: {}", reply.body);
                    }
                    assert_eq!(server.call(verb, &target, WHOLE).status, 401, "{verb} {target}");
                }
            }
        }
    }
}

#[test]
fn a_denied_write_names_its_scope_and_writes_nothing() {
    let server = Server::new();
    for target in ["/users/7/props", "/users/7/events", "/users/7/setpresence", "/apps/42/segments"] {
        let reply = server.call("POST", target, &format!("{WHOLE}&auth_token=reader"));
        assert_eq!(
            reply.body,
            r#"{"meta":{"status":403,"error":"PermissionDeniedError","error_message":"the token lacks the scope user-write"},"data":{}}"#
        );
    }
    assert_eq!(server.index.version(), Server::new().index.version());
}

#[test]
fn another_app_is_denied_before_anything_is_looked_at() {
    let server = Server::new();
    for (verb, target) in [
        ("GET", "/apps/43/users/export?filters=x"),
        ("GET", "/apps/43/activeusers?limit=x"),
        ("GET", "/apps/43/segments"),
        ("POST", "/apps/43/segments"),
        ("DELETE", "/apps/43/segments/x"),
    ] {
        let reply = server.call(verb, target, "auth_token=XXX");
        let expected = r#"{"meta":{"status":403,"error":"PermissionDeniedError","error_message":"the token belongs to another app"},"data":{}}"#;
        assert_eq!(reply.body, expected, "{target}");
    }
}

#[test]
fn every_answer_tells_the_engines_time_and_head_has_no_body() {
    let server = Server::new();
    for (path, _, verbs) in METHODS {
        for (verb, _) in verbs {
            for token in ["XXX", "nobody"] {
                let reply = server.call(verb, path, &format!("{WHOLE}&auth_token={token}"));
                let timing = reply.header("server-timing").expect("a timing");
                let millis = timing.strip_prefix("query;dur=").and_then(|time| time.parse::<f64>().ok());
                assert!(millis.is_some(), "{verb} {path}: {timing}");
                let lines = path.ends_with("export") && token == "XXX";
                let content = if lines { "application/x-ndjson" } else { "application/json; charset=utf-8" };
                assert_eq!(reply.header("content-type"), Some(content), "{verb} {path}");
                assert_eq!(reply.body.is_empty(), *verb == "HEAD", "{verb} {path}");
            }
        }
    }
}

/// Each request has all the faults of those below it; one is mended a line.
#[test]
fn the_checks_of_a_write_come_in_one_order() {
    let server = Server::new();
    for (verb, target, form, name) in [
        ("GET", "/user/x/props", "x=%zz", "Error404"),
        ("GET", "/users/x/props", "x=%zz", "MethodNotAllowed"),
        ("POST", "/users/x/props", "x=%zz", "BadRequest"),
        ("POST", "/users/x/props", "", "NotAuthenticated"),
        ("POST", "/users/x/props", "auth_token=lister", "PermissionDeniedError"),
        ("POST", "/users/x/props", "auth_token=writer", "ValidationError"),
        ("POST", "/users/5/props", "auth_token=writer", "ValidationError"),
        ("POST", "/users/5/props", "auth_token=writer&operations=[]", "LookupError"),
        ("POST", "/users/7/props", "auth_token=writer&operations=[]", ""),
        ("POST", "/users/5/events", "auth_token=writer", "ValidationError"),
        ("POST", "/users/5/setpresence", "auth_token=writer", "ValidationError"),
        ("DELETE", "/apps/x/segments/5", "auth_token=writer", "ValidationError"),
        ("DELETE", "/apps/42/segments/5", "auth_token=writer", "LookupError"),
    ] {
        assert_eq!(server.call(verb, target, form).error(), name, "{verb} {target} {form}");
    }
    let over = "a".repeat((1 << 20) + 1);
    assert_eq!(server.call("POST", "/users/7/props", &over).error(), "BodyTooLarge");
    // A body that is refused for its verb is read all the same.
    assert_eq!(server.call("PUT", "/users/7/props", &over).error(), "MethodNotAllowed");
}
