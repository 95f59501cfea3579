//! One JSON value of a line, as far as a lead can use it.

use super::exact;
use crate::property::Reason;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A value, text borrowed from the line where it has no escapes.
#[derive(Debug, PartialEq)]
pub(super) enum Json<'de> {
    Null,
    Boolean(bool),
    Integer(i128),
    /// A number that is no integer within 20 digits, and why.
    BadNumber(Reason),
    /// A number that was read as a double: only an exact reading tells what it is.
    Inexact,
    Text(Cow<'de, str>),
    Strings(Vec<String>),
    /// An object, or a list that holds something else than strings.
    Other,
    /// An exact reading found what is not JSON after all.
    Broken(String),
}

/// Reads a value: straight from the text, or (`exact`) with numbers kept as digits, which is
/// slower.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadJson {
    pub(super) exact: bool,
}

impl<'de> DeserializeSeed<'de> for ReadJson {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        if self.exact {
            let raw = <&RawValue>::deserialize(deserializer)?;
            Ok(read_exact(raw.get()).unwrap_or_else(|error| Json::Broken(error.to_string())))
        } else {
            deserializer.deserialize_any(JsonVisitor)
        }
    }
}

fn read_exact(text: &str) -> serde_json::Result<Json<'_>> {
    match text.bytes().next() {
        Some(b'-' | b'0'..=b'9') => Ok(exact::integer(text).map_or_else(Json::BadNumber, Json::Integer)),
        Some(b'{') => Ok(Json::Other),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            if items.iter().all(|item| item.get().starts_with('"')) {
                items.iter().map(|item| serde_json::from_str(item.get())).collect::<Result<_, _>>().map(Json::Strings)
            } else {
                Ok(Json::Other)
            }
        }
        _ => serde_json::Deserializer::from_str(text).deserialize_any(JsonVisitor),
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(value.into()))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json<'de>, E> {
        Ok(Json::Inexact)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(ReadJson { exact: false })? {
            let Json::Text(text) = item else {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Json::Other);
            };
            items.push(text.into_owned());
        }
        Ok(Json::Strings(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Json::Other)
    }
}

/// Reads the key of an object, borrowed from the line where it has no escapes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadKey;

impl<'de> DeserializeSeed<'de> for ReadKey {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for ReadKey {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
