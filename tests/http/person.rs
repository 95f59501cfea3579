//! `/users/{id}`: one person.

use crate::client::{LARGEST, encode, get};

const PERSON: &str = r#"{"meta":{"status":200},"data":{"id":7,"user_id":"u/54784 ж","presence":"offline","conversations":0,"web_push":true,"props":{"$last_seen":"2025-12-31T23:00:00","$name":"Жук \"Q\"\n","$sessions":3,"tags":["a","б"],"vip":true}}}"#;

#[test]
fn a_person_is_answered_to_the_byte_on_every_path() {
    for prefix in ["", "/v1", "/v2"] {
        for id in ["7", "007", "7/"] {
            assert_eq!(get(&format!("{prefix}/users/{id}?auth_token=XXX")).body, PERSON, "{prefix} {id}");
        }
    }
    assert_eq!(get("/users/7?auth_token=reader").body, PERSON);
}

#[test]
fn who_is_no_lead_is_found_too() {
    assert_eq!(
        get("/users/9?auth_token=XXX").body,
        r#"{"meta":{"status":200},"data":{"id":9,"user_id":null,"presence":"offline","conversations":0,"web_push":false,"props":{"$sessions":50}}}"#
    );
}

#[test]
fn a_user_id_finds_its_holder() {
    let path = format!("/users/{}", encode("u/54784 ж"));
    assert_eq!(get(&format!("{path}?auth_token=XXX&by_user_id=true")).body, PERSON);
    assert_eq!(get(&format!("{path}/?auth_token=XXX&by_user_id=1")).body, PERSON);
    // Not in another case: it is a key, not a text to search.
    let upper = get(&format!("/users/{}?auth_token=XXX&by_user_id=true", encode("U/54784 ж")));
    assert_eq!(upper.error(), "LookupError");
    assert_eq!(get("/users/7?auth_token=XXX&by_user_id=true").error(), "LookupError");
    assert_eq!(get("/users/7?auth_token=XXX&by_user_id=false").body, PERSON);
}

#[test]
fn ids_and_values_come_as_text_when_asked() {
    let reply = get("/users/7?auth_token=XXX&id_as_string=true&convert_props_types=0");
    assert_eq!(
        reply.body,
        r#"{"meta":{"status":200},"data":{"id":"7","user_id":"u/54784 ж","presence":"offline","conversations":0,"web_push":true,"props":{"$last_seen":"2025-12-31T23:00:00","$name":"Жук \"Q\"\n","$sessions":"3","tags":"[\"a\",\"б\"]","vip":"true"}}}"#
    );
}

#[test]
fn an_id_that_nobody_has_is_a_lookup_error() {
    for id in ["5", "0", "-7", "99999999999999999999"] {
        let reply = get(&format!("/users/{id}?auth_token=XXX"));
        let expected = format!(
            r#"{{"meta":{{"status":400,"error":"LookupError","error_message":"there is no user with the id {id}"}},"data":{{}}}}"#
        );
        assert_eq!((reply.status, reply.body), (400, expected));
    }
    assert_eq!(get(&format!("/users/{LARGEST}?auth_token=XXX")).status, 200);
}

#[test]
fn an_id_that_is_no_integer_is_a_value_error() {
    for id in ["x", "7.0", "%207", "+7", "1e3"] {
        let reply = get(&format!("/users/{id}?auth_token=XXX"));
        let codes = reply.codes();
        assert_eq!(codes, [("id".to_owned(), vec!["not_an_integer".to_owned()])], "{id}");
    }
}
