//! The JSON dialect of filters.
//!
//! `check` checks JSON, `text` takes it apart, `types` lists the types of the dialect, `read` and
//! `values` build the tree from it and list every fault with its place, `write` is the way back.

mod check;
mod read;
mod text;
mod types;
mod values;
mod write;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Error, Filter};

/// The same JSON, read for other arguments of the Web API.
#[cfg(feature = "http")]
pub(crate) use {
    check::check,
    text::{Json, Sort},
    values::{Inexact, whole_number},
};

impl Filter {
    /// Reads the JSON dialect of the Web API.
    ///
    /// Nothing, only spaces, `null`, `{}` and `[]` are all leads. A bare array of conditions is
    /// an `and`, one lone condition is a filter, and an empty `filters` is everybody, for `or` as
    /// for `and`. The whole filter, and each `value`, may be a string that holds the JSON; numbers
    /// may be strings of digits; unknown keys are ignored. Numbers are read exactly, from -2^63 to
    /// 2^64-1. O(n log n) time for n bytes, of which there are at most 1 MiB.
    ///
    /// A filter may name segments by any number: which ones there are is known to an index, whose
    /// [`parse_filter`](crate::LeadIndex::parse_filter) checks it.
    ///
    /// ```
    /// use lead_index::Filter;
    /// let filter = Filter::from_json(
    ///     r#"{"type":"and","filters":[
    ///         {"type":"known","property_name":"$name","value":{}},
    ///         {"type":"range","property_name":"$sessions","value":{"value1":2,"value2":"5"}}]}"#,
    /// )?;
    /// assert_eq!(filter, Filter::all([Filter::known("$name"), Filter::range("$sessions", 2, 5)]));
    ///
    /// let error = Filter::from_json(r#"[{"type":"gt","property_name":"$sessions","value":{"value":1.5}}]"#).unwrap_err();
    /// assert_eq!((error.code(), error.pointer()), ("fraction_not_allowed", "/0/value/value"));
    /// # Ok::<(), lead_index::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A validation error that lists the faults, up to about a hundred, each with a stable code. Where the text is
    /// no JSON it gives the byte offset (`invalid_json`, `invalid_utf8`, `trailing_characters`,
    /// `filter_too_deep`), else a JSON pointer to the value at fault, or to the object that lacks
    /// something. A pointer goes on through a string that holds JSON, and an offset then counts
    /// from the start of that string's text.
    pub fn from_json(json: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::from_json_with(json.as_ref(), &|_| true)
    }

    /// As [`from_json`](Filter::from_json), and each segment must be one that `known` knows;
    /// `unknown_segment` with the place of its number otherwise.
    pub(crate) fn from_json_with(json: &[u8], known: &dyn Fn(u64) -> bool) -> Result<Self, Error> {
        read::read(json, known)
    }

    /// Writes the JSON dialect: compact, one spelling for each filter. O(size).
    ///
    /// [`from_json`](Filter::from_json) reads a filter within the bounds back as an equal one, with two
    /// exceptions that mean the same: `Filter::any([])` matches nobody, which the dialect writes as the `not` of an
    /// empty `and`, and an empty list of strings in `in` reads back as an empty list of numbers.
    ///
    /// ```
    /// use lead_index::Filter;
    /// assert_eq!(Filter::gt("$sessions", 5).to_json(), r#"{"type":"gt","property_name":"$sessions","value":{"value":5}}"#);
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        write::write(self)
    }
}

/// Writes the JSON dialect in place, inside a JSON document.
impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_json()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

/// Reads the JSON dialect out of a JSON document: needs `serde_json`, whose raw text keeps every
/// digit and every key.
impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_json(json.get()).map_err(serde::de::Error::custom)
    }
}
