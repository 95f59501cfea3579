//! The bodies of answers, written straight from the page: nothing is copied on the way.

use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, SerializeSeq, SerializeStruct, Serializer};
use serde_json::value::RawValue;

use super::failure::{Failure, Faults};
use super::operations::Operation;
use crate::filter::json::{Json, Sort};
use crate::{EventCount, LeadRef, Name, Page};

/// How ids and property values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Ids as JSON strings. Default: false.
    pub id_as_string: bool,
    /// Property values in their own types; otherwise every one as text. Default: true.
    pub convert_props_types: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { id_as_string: false, convert_props_types: true }
    }
}

/// The body that the Web API answers a query with, envelope included. O(bytes written).
///
/// Compact JSON in raw UTF-8, keys in a fixed order, properties by the bytes of their names, so
/// equal pages give equal bytes.
#[must_use]
pub fn users_json(page: &Page, style: Style) -> Vec<u8> {
    envelope(&Meta::ok(), &Users { page, style })
}

/// The same for a client that pages with a cursor: it is told where the next page begins.
pub(super) fn users_json_with_cursor(page: &Page, style: Style) -> Vec<u8> {
    let next_cursor = page.next_cursor().map(|cursor| cursor.to_string());
    envelope(&PageMeta { status: 200, next_cursor }, &Users { page, style })
}

/// The body for one person.
pub(super) fn user_json(lead: LeadRef<'_>, style: Style) -> Vec<u8> {
    envelope(&Meta::ok(), &User { lead, style, whole: true })
}

/// The body for changed properties.
pub(super) fn props_json(affected: &[Name], not_changed: &[Name], ignored: &[IgnoredJson<'_>]) -> Vec<u8> {
    let meta = PropsMeta {
        status: 200,
        affected_props: affected,
        not_changed_props: not_changed,
        ignored_operations: ignored,
    };
    envelope(&meta, &Nothing {})
}

/// The body for a counted event.
pub(super) fn event_json(counted: &EventCount) -> Vec<u8> {
    envelope(&Meta::ok(), &EventJson { event_id: counted.event, count: counted.count })
}

/// The body for a saved filter.
pub(super) fn segment_json(segment: &SegmentJson) -> Vec<u8> {
    envelope(&Meta::ok(), segment)
}

/// The body for all saved filters.
pub(super) fn segments_json(segments: &[SegmentJson]) -> Vec<u8> {
    envelope(&Meta::ok(), &SegmentsJson { segments })
}

/// The body where there is nothing to tell but that it was done.
pub(super) fn nothing_json() -> Vec<u8> {
    envelope(&Meta::ok(), &Nothing {})
}

/// The body of an error.
pub(super) fn failure_json(failure: &Failure) -> Vec<u8> {
    let message = failure.message();
    let meta = Meta {
        status: failure.status().as_u16(),
        error: Some(failure.name()),
        error_message: Some(&message),
        error_fields: match failure {
            Failure::Invalid(faults) => Some(faults),
            _ => None,
        },
    };
    envelope(&meta, &Nothing {})
}

fn envelope(meta: &impl Serialize, data: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    serde_json::to_writer(&mut bytes, &Envelope { meta, data }).expect("keys are text and a Vec takes every byte");
    bytes
}

#[derive(Serialize)]
struct Envelope<'a, M, D> {
    meta: &'a M,
    data: &'a D,
}

#[derive(Serialize)]
struct Meta<'a> {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_fields: Option<&'a Faults>,
}

impl Meta<'_> {
    fn ok() -> Self {
        Self { status: 200, error: None, error_message: None, error_fields: None }
    }
}

#[derive(Serialize)]
struct PageMeta {
    status: u16,
    /// `null` at the end.
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct PropsMeta<'a> {
    status: u16,
    affected_props: &'a [Name],
    not_changed_props: &'a [Name],
    ignored_operations: &'a [IgnoredJson<'a>],
}

/// An operation that was not carried out, and the code of the reason.
pub(super) struct IgnoredJson<'a> {
    pub(super) operation: &'a Operation<'a>,
    pub(super) reason: &'static str,
}

impl Serialize for IgnoredJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut ignored = serializer.serialize_struct("Ignored", 4)?;
        ignored.serialize_field("op", &self.operation.op)?;
        ignored.serialize_field("key", &self.operation.key)?;
        ignored.serialize_field("value", &self.operation.sent_value().map(Compact))?;
        ignored.serialize_field("reason", self.reason)?;
        ignored.end()
    }
}

/// JSON of a request in the form of answers: without spaces and needless escapes, numbers digit by digit.
/// As deep as the request's check lets it be.
struct Compact<'a>(Json<'a>);

impl Serialize for Compact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.sort() {
            Sort::Array => serializer.collect_seq(self.0.items().map(Compact)),
            Sort::Object => {
                let mut members = serializer.serialize_map(None)?;
                let mut items = self.0.items();
                while let (Some(key), Some(value)) = (items.next(), items.next()) {
                    members.serialize_entry(&Compact(key), &Compact(value))?;
                }
                members.end()
            }
            Sort::String => serializer.serialize_str(&self.0.text().unwrap_or_default()),
            Sort::Number | Sort::Bool | Sort::Null => {
                let raw: &RawValue = serde_json::from_str(self.0.raw()).map_err(S::Error::custom)?;
                raw.serialize(serializer)
            }
        }
    }
}

#[derive(Serialize)]
struct EventJson {
    event_id: u64,
    count: i64,
}

/// A saved filter in a list, or just saved.
#[derive(Serialize)]
pub(super) struct SegmentJson {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) total: u64,
}

#[derive(Serialize)]
struct SegmentsJson<'a> {
    segments: &'a [SegmentJson],
}

#[derive(Serialize)]
struct Nothing {}

struct Users<'a> {
    page: &'a Page,
    style: Style,
}

impl Serialize for Users<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_struct("Users", 2)?;
        data.serialize_field("total", &self.page.total())?;
        data.serialize_field("users", &UserList(self))?;
        data.end()
    }
}

struct UserList<'a>(&'a Users<'a>);

impl Serialize for UserList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let leads = self.0.page.leads();
        let mut list = serializer.serialize_seq(Some(leads.len()))?;
        for lead in leads {
            list.serialize_element(&User { lead, style: self.0.style, whole: false })?;
        }
        list.end()
    }
}

/// A person: id, presence and props in a list, and when asked for alone (`whole`) the rest too.
struct User<'a> {
    lead: LeadRef<'a>,
    style: Style,
    whole: bool,
}

impl Serialize for User<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut user = serializer.serialize_struct("User", if self.whole { 6 } else { 3 })?;
        if self.style.id_as_string {
            user.serialize_field("id", &AsText(self.lead.id()))?;
        } else {
            user.serialize_field("id", &self.lead.id())?;
        }
        if self.whole {
            user.serialize_field("user_id", &self.lead.user_id())?;
        }
        user.serialize_field("presence", self.lead.presence().as_str())?;
        if self.whole {
            user.serialize_field("conversations", &self.lead.conversations())?;
            user.serialize_field("web_push", &self.lead.web_push())?;
        }
        user.serialize_field("props", &Props { lead: self.lead, style: self.style })?;
        user.end()
    }
}

struct Props<'a> {
    lead: LeadRef<'a>,
    style: Style,
}

impl Serialize for Props<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.lead.props() {
            if self.style.convert_props_types {
                map.serialize_entry(name, &value)?;
            } else {
                map.serialize_entry(name, &AsText(value))?;
            }
        }
        map.end()
    }
}

/// Anything as a JSON string of its text form.
struct AsText<T>(T);

impl<T: std::fmt::Display> Serialize for AsText<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::failure_json;
    use crate::http::failure::{Failure, Faults};

    fn text(failure: &Failure) -> String {
        String::from_utf8(failure_json(failure)).expect("UTF-8")
    }

    #[test]
    fn an_error_has_its_keys_in_order_and_no_data() {
        assert_eq!(
            text(&Failure::Internal),
            r#"{"meta":{"status":500,"error":"Error500","error_message":"something went wrong on our side"},"data":{}}"#
        );
        assert_eq!(
            text(&Failure::Timeout),
            r#"{"meta":{"status":503,"error":"Timeout","error_message":"the query took too long and was stopped"},"data":{}}"#
        );
    }

    #[test]
    fn faults_are_listed_by_argument_in_the_order_found() {
        let mut faults = Faults::default();
        faults.add("limit", "out_of_range", "one");
        faults.add("filters", "unknown_type", "two");
        faults.add("limit", "other", "three");
        assert_eq!(
            text(&Failure::Invalid(faults)),
            r#"{"meta":{"status":400,"error":"ValidationError","error_message":"limit: one (and 2 more)","error_fields":{"limit":[{"code":"out_of_range","pointer":"","message":"one"},{"code":"other","pointer":"","message":"three"}],"filters":[{"code":"unknown_type","pointer":"","message":"two"}]}},"data":{}}"#
        );
    }
}
