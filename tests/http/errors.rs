//! Every error, to the byte where the words are the Web API's own, and the order of checks.

use crate::client::{Reply, call, encode, exchange, get, list};

fn error(status: u16, name: &str, message: &str) -> String {
    format!(r#"{{"meta":{{"status":{status},"error":"{name}","error_message":"{message}"}},"data":{{}}}}"#)
}

fn assert_error(reply: &Reply, status: u16, name: &str, message: &str) {
    assert_eq!((reply.status, reply.body.as_str()), (status, error(status, name, message).as_str()));
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
}

#[test]
fn an_unknown_path_is_error_404() {
    for path in ["/", "/apps", "/apps/42", "/v3/apps/42/users", "/apps/42/users/x", "/users/", "/users"] {
        assert_error(&get(path), 404, "Error404", "there is no such method");
    }
}

#[test]
fn a_wrong_verb_names_the_right_ones() {
    for verb in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let reply = call(verb, "/v1/apps/42/users/?auth_token=XXX", "", b"");
        assert_error(&reply, 405, "MethodNotAllowed", "this method is called with GET, POST, HEAD");
        assert_eq!(reply.header("allow"), Some("GET, POST, HEAD"));
    }
    let reply = call("POST", "/users/7?auth_token=XXX", "", b"");
    assert_error(&reply, 405, "MethodNotAllowed", "this method is called with GET, HEAD");
    assert_eq!(reply.header("allow"), Some("GET, HEAD"));
}

#[test]
fn no_token_or_an_unknown_one_is_not_authenticated() {
    let needed = "a token is needed: the argument auth_token or the header Authorization";
    for target in ["/apps/42/users", "/apps/42/users?auth_token=", "/users/7"] {
        let reply = get(target);
        assert_error(&reply, 401, "NotAuthenticated", needed);
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
    for token in ["xxx", "XX", "XXXX", "XXX%00", "%20XXX"] {
        let reply = get(&format!("/apps/42/users?auth_token={token}"));
        assert_error(&reply, 401, "NotAuthenticated", "the token is not valid");
    }
    let bytes = b"GET /apps/42/users HTTP/1.1\r\nHost: t\r\nConnection: close\r\nAuthorization: Token \xff\r\n\r\n";
    assert_error(&exchange(bytes), 401, "NotAuthenticated", "the token is not valid");
}

#[test]
fn a_token_without_the_scope_or_of_another_app_is_denied() {
    let lacks = "the token lacks the scope users-list";
    for token in ["reader", "nothing"] {
        let reply = get(&format!("/apps/42/users?auth_token={token}"));
        assert_error(&reply, 403, "PermissionDeniedError", lacks);
    }
    let reply = get(&format!("/users/7?auth_token={}", encode("ключ &=+")));
    assert_error(&reply, 403, "PermissionDeniedError", "the token lacks the scope user-read");
    for app in ["43", "0", "-42", "99999999999999999999999"] {
        let reply = get(&format!("/apps/{app}/users?auth_token=XXX"));
        assert_error(&reply, 403, "PermissionDeniedError", "the token belongs to another app");
    }
}

#[test]
fn an_app_that_is_no_integer_is_a_value_error() {
    for app in ["", "self_app", "4x", "4.2", "$", "%20"] {
        let reply = get(&format!("/apps/{app}/users?auth_token=XXX"));
        assert_eq!(
            reply.body,
            r#"{"meta":{"status":400,"error":"ValidationError","error_message":"app: the app in the path is an integer or $self_app","error_fields":{"app":[{"code":"not_an_integer","pointer":"","message":"the app in the path is an integer or $self_app"}]}},"data":{}}"#
        );
    }
}

#[test]
fn a_validation_error_is_complete_to_the_byte() {
    let reply = list("limit=51&offset=x");
    assert_eq!(
        reply.body,
        concat!(
            r#"{"meta":{"status":400,"error":"ValidationError","#,
            r#""error_message":"offset: offset is an integer from 0 to 18446744073709551615 (and 1 more)","#,
            r#""error_fields":{"#,
            r#""offset":[{"code":"not_an_integer","pointer":"","message":"offset is an integer from 0 to 18446744073709551615"}],"#,
            r#""limit":[{"code":"out_of_range","pointer":"","message":"limit lies between 1 and 50"}]}},"data":{}}"#
        )
    );
}

#[test]
fn a_request_that_cannot_be_read_is_a_bad_request() {
    let escape = "in the text at byte 2 a % is not followed by two hexadecimal digits";
    let utf8 = "the text at byte 2 is not UTF-8 once its escapes are read";
    for (form, why) in [
        ("x=%zz", escape),
        ("x=%", escape),
        ("x=%4", escape),
        ("x=%FF", utf8),
        ("x=%C0%AF", utf8),
        ("x=%E0%80%80", utf8),
        ("x=%F0%80%80%AF", utf8),
        ("x=%ED%A0%80", utf8),
    ] {
        let query = get(&format!("/apps/42/users?{form}&auth_token=XXX"));
        assert_error(&query, 400, "BadRequest", &format!("the query string cannot be read: {why}"));
        let body = call("POST", "/apps/42/users?auth_token=XXX", "", form.as_bytes());
        assert_error(&body, 400, "BadRequest", &format!("the body cannot be read: {why}"));
    }
    let raw = call("POST", "/apps/42/users?auth_token=XXX", "", b"x=\xff");
    assert_error(&raw, 400, "BadRequest", &format!("the body cannot be read: {utf8}"));
    assert_error(&get("/apps/%FF/users?auth_token=XXX"), 400, "BadRequest", "the path is not UTF-8");
    let json = call("POST", "/apps/42/users?auth_token=XXX", "Content-Type: application/json\r\n", b"{}");
    assert_error(&json, 400, "BadRequest", "a body is sent as application/x-www-form-urlencoded");
}

const TOO_LARGE: &str = "the body of a request has at most 1 MiB";

#[test]
fn a_body_over_one_mebibyte_is_refused_before_it_is_parsed() {
    let target = "/apps/42/users?auth_token=XXX";
    let most = [b"x=", vec![b'a'; (1 << 20) - 2].as_slice()].concat();
    assert_eq!(call("POST", target, "", &most).status, 200);
    // Broken as a form too, and without a token: the size is told first.
    let over = vec![b'%'; (1 << 20) + 1];
    assert_error(&call("POST", "/apps/42/users", "", &over), 413, "BodyTooLarge", TOO_LARGE);
    assert_error(&call("GET", target, "", &over), 413, "BodyTooLarge", TOO_LARGE);
    assert_error(&call("POST", target, "", &vec![b'a'; 50_000_000]), 413, "BodyTooLarge", TOO_LARGE);
}

#[test]
fn a_chunked_body_over_one_mebibyte_is_refused() {
    let top = "POST /apps/42/users?auth_token=XXX HTTP/1.1\r\nHost: t\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut request = top.as_bytes().to_vec();
    for _ in 0..17 {
        request.extend_from_slice(b"10000\r\n");
        request.extend_from_slice(&vec![b'a'; 1 << 16]);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    assert_error(&exchange(&request), 413, "BodyTooLarge", TOO_LARGE);
}

#[test]
fn a_client_that_waits_for_leave_to_send_is_refused_at_once() {
    let top = "POST /apps/42/users HTTP/1.1\r\nHost: t\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n";
    assert_error(&exchange(top.as_bytes()), 413, "BodyTooLarge", TOO_LARGE);
}

/// Each request has all the faults of those below it; one is mended a line.
#[test]
fn the_checks_come_in_one_order() {
    let over = vec![b'%'; (1 << 20) + 1];
    for (verb, target, body, name) in [
        ("PUT", "/app/x/users?x=%zz&limit=x", over.as_slice(), "Error404"),
        ("PUT", "/apps/x/users?x=%zz&limit=x", &over, "MethodNotAllowed"),
        ("POST", "/apps/x/users?x=%zz&limit=x", &over, "BodyTooLarge"),
        ("POST", "/apps/x/users?x=%zz&limit=x", b"", "BadRequest"),
        ("POST", "/apps/x/users?limit=x", b"x=%zz", "BadRequest"),
        ("POST", "/apps/x/users?limit=x", b"", "NotAuthenticated"),
        ("POST", "/apps/x/users?limit=x&auth_token=nobody", b"", "NotAuthenticated"),
        ("POST", "/apps/x/users?limit=x&auth_token=reader", b"", "PermissionDeniedError"),
        ("POST", "/apps/43/users?limit=x&auth_token=XXX", b"", "PermissionDeniedError"),
        ("POST", "/apps/x/users?limit=x&auth_token=XXX", b"", "ValidationError"),
        ("POST", "/apps/42/users?limit=x&auth_token=XXX", b"", "ValidationError"),
        ("POST", "/apps/42/users?limit=1&auth_token=XXX", b"", ""),
        ("GET", "/users/x?auth_token=nobody", b"", "NotAuthenticated"),
        ("GET", "/users/x?auth_token=nothing", b"", "PermissionDeniedError"),
        ("GET", "/users/x?auth_token=XXX", b"", "ValidationError"),
        ("GET", "/users/5?auth_token=XXX", b"", "LookupError"),
        ("GET", "/users/7?auth_token=XXX", b"", ""),
    ] {
        assert_eq!(call(verb, target, "", body).error(), name, "{verb} {target}");
    }
}
