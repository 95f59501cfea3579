//! The arguments of a request: collected as text, then read one by one.

use std::borrow::Cow;

use super::failure::{Failure, Faults};
use super::form::pairs;
use super::json::Style;
use crate::{DateTime, Order, limits};

/// The known arguments of all methods, as text. Unknown ones are read, for their encoding, and
/// dropped, so a request cannot make us keep more than it sent.
#[derive(Debug, Default)]
pub(super) struct Arguments<'a> {
    pub(super) auth_token: Option<Cow<'a, str>>,
    pub(super) filters: Option<Cow<'a, str>>,
    pub(super) sort_prop: Option<Cow<'a, str>>,
    pub(super) sort_order: Option<Cow<'a, str>>,
    pub(super) offset: Option<Cow<'a, str>>,
    pub(super) limit: Option<Cow<'a, str>>,
    pub(super) id_as_string: Option<Cow<'a, str>>,
    pub(super) convert_props_types: Option<Cow<'a, str>>,
    pub(super) by_user_id: Option<Cow<'a, str>>,
    pub(super) cursor: Option<Cow<'a, str>>,
    pub(super) operations: Option<Cow<'a, str>>,
    pub(super) parse_custom_props_type: Option<Cow<'a, str>>,
    pub(super) event: Option<Cow<'a, str>>,
    pub(super) created: Option<Cow<'a, str>>,
    pub(super) presence: Option<Cow<'a, str>>,
    pub(super) name: Option<Cow<'a, str>>,
}

impl<'a> Arguments<'a> {
    /// Reads the query string, then the body, whose arguments replace those of the same name.
    ///
    /// # Errors
    ///
    /// `BadRequest` if one of them is not a form, or not UTF-8.
    pub(super) fn read(query: &'a str, content_type: Option<&[u8]>, body: &'a [u8]) -> Result<Self, Failure> {
        let mut arguments = Self::default();
        arguments.take(query.as_bytes(), "query string")?;
        if !body.is_empty() {
            check_content_type(content_type)?;
            arguments.take(body, "body")?;
        }
        Ok(arguments)
    }

    fn take(&mut self, form: &'a [u8], place: &str) -> Result<(), Failure> {
        pairs(form, |name, value| {
            if let Some(slot) = self.slot(&name) {
                *slot = Some(value);
            }
        })
        .map_err(|broken| Failure::BadRequest(format!("the {place} cannot be read: {broken}")))
    }

    fn slot(&mut self, name: &str) -> Option<&mut Option<Cow<'a, str>>> {
        Some(match name {
            "auth_token" => &mut self.auth_token,
            "filters" => &mut self.filters,
            "sort_prop" => &mut self.sort_prop,
            "sort_order" => &mut self.sort_order,
            "offset" => &mut self.offset,
            "limit" => &mut self.limit,
            "id_as_string" => &mut self.id_as_string,
            "convert_props_types" => &mut self.convert_props_types,
            "by_user_id" => &mut self.by_user_id,
            "cursor" => &mut self.cursor,
            "operations" => &mut self.operations,
            "parse_custom_props_type" => &mut self.parse_custom_props_type,
            "event" => &mut self.event,
            "created" => &mut self.created,
            "presence" => &mut self.presence,
            "name" => &mut self.name,
            _ => return None,
        })
    }

    /// How the answer is written.
    pub(super) fn style(&self) -> Style {
        Style {
            id_as_string: boolean(self.id_as_string.as_deref(), false),
            convert_props_types: boolean(self.convert_props_types.as_deref(), true),
        }
    }
}

/// A body of another type would be read as one long unknown argument and its question ignored.
fn check_content_type(content_type: Option<&[u8]>) -> Result<(), Failure> {
    let Some(content_type) = content_type else { return Ok(()) };
    let essence = content_type.split(|&b| b == b';').next().unwrap_or_default().trim_ascii();
    if essence.is_empty() || essence.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        Ok(())
    } else {
        Err(Failure::BadRequest("a body is sent as application/x-www-form-urlencoded".to_owned()))
    }
}

/// Any casing of `false`, `0` and the empty text are false, any other text is true.
pub(super) fn boolean(text: Option<&str>, default: bool) -> bool {
    text.map_or(default, |text| !(text.is_empty() || text == "0" || text.eq_ignore_ascii_case("false")))
}

/// `asc` or `desc`.
pub(super) fn order(text: Option<&str>, faults: &mut Faults) -> Order {
    match text {
        None | Some("desc") => Order::Desc,
        Some("asc") => Order::Asc,
        Some(_) => {
            faults.add("sort_order", "unknown_order", "sort_order is asc or desc");
            Order::Desc
        }
    }
}

/// A whole number between `least` and `most`, written in decimal digits; `default` if absent.
pub(super) fn number(
    argument: &'static str,
    text: Option<&str>,
    default: u64,
    (least, most): (u64, u64),
    faults: &mut Faults,
) -> u64 {
    let Some(text) = text else { return default };
    match integer(text) {
        Some(Some(n)) if (least..=most).contains(&n) => return n,
        Some(_) => faults.add(argument, "out_of_range", format!("{argument} lies between {least} and {most}")),
        None => faults.add(argument, "not_an_integer", format!("{argument} is an integer from {least} to {most}")),
    }
    default
}

/// A name of 1 to 255 characters, which must be there; empty if it is at fault.
pub(super) fn name<'t>(argument: &'static str, text: Option<&'t str>, faults: &mut Faults) -> &'t str {
    let most = limits::NAME_CHARS;
    match text {
        None => faults.add_missing(argument),
        Some("") => faults.add(argument, "empty_name", format!("{argument} has 1 to {most} characters")),
        Some(text) if text.len() > most && text.chars().count() > most => {
            faults.add(argument, "name_too_long", format!("{argument} has at most {most} characters"));
        }
        Some(text) => return text,
    }
    ""
}

/// A time in seconds since 1970-01-01T00:00:00, negative before it; `None` if absent.
pub(super) fn seconds(argument: &'static str, text: Option<&str>, faults: &mut Faults) -> Option<DateTime> {
    let text = text?;
    if integer(text).is_none() {
        faults.add(argument, "not_an_integer", format!("{argument} is an integer, the seconds since 1970"));
        return None;
    }
    // Of an integer, parsing fails on overflow and on nothing else.
    let time = text.parse().ok().and_then(DateTime::from_unix);
    if time.is_none() {
        let (first, last) = (DateTime::MIN.unix(), DateTime::MAX.unix());
        faults.add(
            argument,
            "out_of_range",
            format!("{argument} lies between {first} and {last}, the years 1 to 9999"),
        );
    }
    time
}

/// Reads `-?[0-9]+`. `None`: no integer; `Some(None)`: an integer, but not one of 0 to 2^64-1.
pub(super) fn integer(text: &str) -> Option<Option<u64>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Of digits alone, parsing fails on overflow and on nothing else.
    let number = digits.parse::<u64>();
    let negative = digits.len() != text.len();
    Some(number.ok().filter(|&n| !negative || n == 0))
}

/// `{app}` of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AppName {
    /// `$self_app`: the app of the token, whichever that is.
    OfToken,
    /// An integer; `None` if it is not within 0 to 2^64-1, so no app has it.
    Number(Option<u64>),
    /// Neither.
    Illegal,
}

impl AppName {
    pub(super) fn read(text: &str) -> Self {
        if text == "$self_app" {
            return Self::OfToken;
        }
        integer(text).map_or(Self::Illegal, Self::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::{AppName, Arguments, boolean, integer, name, seconds};
    use crate::DateTime;
    use crate::http::failure::Faults;

    #[test]
    fn the_body_wins_and_the_last_of_a_repeated_argument() {
        let read = |query, body| Arguments::read(query, None, body).map(|a| a.limit.map(|limit| limit.into_owned()));
        assert_eq!(read("limit=1&limit=2&x=9", b"").ok(), Some(Some("2".to_owned())));
        assert_eq!(read("limit=1", b"limit=3").ok(), Some(Some("3".to_owned())));
        assert_eq!(read("limit=1", b"limit=").ok(), Some(Some(String::new())));
        assert!(read("limit=%zz", b"limit=3").is_err());
        assert!(read("limit=1&x=%ff", b"").is_err());
    }

    #[test]
    fn a_body_of_another_type_is_refused() {
        let read = |content_type: &'static [u8], body| Arguments::read("", Some(content_type), body).is_ok();
        assert!(read(b"application/x-www-form-urlencoded", b"a=1"));
        assert!(read(b"Application/X-WWW-Form-URLencoded; charset=utf-8", b"a=1"));
        assert!(!read(b"application/json", b"{}"));
        assert!(read(b"application/json", b""));
    }

    #[test]
    fn booleans_are_read_from_any_text() {
        for text in ["false", "False", "FALSE", "0", ""] {
            assert!(!boolean(Some(text), true), "{text:?}");
        }
        for text in ["true", "1", "no", "00", " "] {
            assert!(boolean(Some(text), false), "{text:?}");
        }
        assert!(boolean(None, true) && !boolean(None, false));
    }

    #[test]
    fn integers_are_digits_alone() {
        assert_eq!(integer("18446744073709551615"), Some(Some(u64::MAX)));
        assert_eq!(integer("18446744073709551616"), Some(None));
        assert_eq!(integer("007"), Some(Some(7)));
        assert_eq!(integer("-1"), Some(None));
        for text in ["", "-", "+1", " 1", "1.5", "1e3", "ten", "0x10", "١"] {
            assert_eq!(integer(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_name_has_1_to_255_characters() {
        for (text, legal) in [("", false), ("a", true), (&"ж".repeat(255), true), (&"ж".repeat(256), false)] {
            let mut faults = Faults::default();
            assert_eq!(name("event", Some(text), &mut faults), if legal { text } else { "" });
            assert_eq!(faults.into_result().is_ok(), legal, "{text:?}");
        }
        let mut faults = Faults::default();
        assert_eq!(name("event", None, &mut faults), "");
        assert!(faults.into_result().is_err());
    }

    #[test]
    fn a_time_lies_in_the_years_1_to_9999() {
        for (text, time) in [
            ("0", DateTime::from_unix(0)),
            ("-62135596800", Some(DateTime::MIN)),
            ("253402300799", Some(DateTime::MAX)),
            ("-62135596801", None),
            ("253402300800", None),
            ("99999999999999999999", None),
            ("", None),
            ("1e9", None),
            ("1.0", None),
        ] {
            let mut faults = Faults::default();
            assert_eq!(seconds("created", Some(text), &mut faults), time, "{text:?}");
            assert_eq!(faults.into_result().is_ok(), time.is_some(), "{text:?}");
        }
        let mut faults = Faults::default();
        assert_eq!(seconds("created", None, &mut faults), None);
        assert!(faults.into_result().is_ok());
    }

    #[test]
    fn an_app_is_a_number_or_the_tokens_own() {
        assert_eq!(AppName::read("$self_app"), AppName::OfToken);
        assert_eq!(AppName::read("42"), AppName::Number(Some(42)));
        assert_eq!(AppName::read("99999999999999999999"), AppName::Number(None));
        assert_eq!(AppName::read("self_app"), AppName::Illegal);
    }
}
