//! Values, their types, and the one total order of values.

use std::cmp::Ordering;
use std::fmt;

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::datetime::DateTime;
use crate::fold::fold;
use crate::limits;

/// The five types of values, in the order in which mixed types sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueType {
    /// An integer between -2^53 and 2^53.
    Number,
    /// A point in time.
    DateTime,
    /// Text of 1 to 255 characters.
    String,
    /// True or false.
    Boolean,
    /// 1 to 30 strings.
    List,
}

impl ValueType {
    /// All types, in sort order.
    pub const ALL: [Self; 5] = [Self::Number, Self::DateTime, Self::String, Self::Boolean, Self::List];
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "number",
            Self::DateTime => "datetime",
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::List => "list",
        })
    }
}

/// The value of a property, owned.
///
/// Its JSON form (serde) is the plain one: a number, a string, `true`, an array of strings; text
/// of date shape (`2026-01-31`, `2026-01-31T10:00:00`) is a [`DateTime`].
///
/// Values order as the engine sorts them: by type (number, datetime, string, boolean, list), then
/// numbers and datetimes by size, strings by their case-folded form and then by their bytes, false
/// before true, lists by length and then item by item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Value {
    /// An integer between -2^53 and 2^53.
    Number(i64),
    /// A point in time.
    DateTime(DateTime),
    /// Text of up to 255 characters.
    String(String),
    /// True or false.
    Boolean(bool),
    /// Up to 30 strings of up to 255 characters.
    List(Vec<String>),
}

/// The value of a property, borrowed from the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueRef<'a> {
    /// An integer between -2^53 and 2^53.
    Number(i64),
    /// A point in time.
    DateTime(DateTime),
    /// Text of up to 255 characters.
    String(&'a str),
    /// True or false.
    Boolean(bool),
    /// Up to 30 strings.
    List(ListRef<'a>),
}

/// The items of a list value, borrowed from the index.
#[derive(Clone, Copy)]
pub struct ListRef<'a>(ListRepr<'a>);

#[derive(Clone, Copy)]
enum ListRepr<'a> {
    Owned(&'a [String]),
    Coded { codes: &'a [u32], texts: &'a dyn Texts },
}

/// Where a column keeps the texts behind its codes.
pub(crate) trait Texts: Sync {
    /// The text of `code`.
    fn text(&self, code: u32) -> &str;
}

impl<'a> ListRef<'a> {
    pub(crate) fn coded(codes: &'a [u32], texts: &'a dyn Texts) -> Self {
        Self(ListRepr::Coded { codes, texts })
    }

    /// The items in their order. O(1) an item.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let this = self.0;
        (0..self.len()).map(move |i| match this {
            ListRepr::Owned(items) => items[i].as_str(),
            ListRepr::Coded { codes, texts } => texts.text(codes[i]),
        })
    }

    /// The number of items. O(1).
    #[must_use]
    pub fn len(&self) -> usize {
        match self.0 {
            ListRepr::Owned(items) => items.len(),
            ListRepr::Coded { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no items (a stored list has at least one). O(1).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for ListRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for ListRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for ListRef<'_> {}

impl Value {
    /// The value's type. O(1).
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        self.as_ref().value_type()
    }

    /// Borrows the value. O(1).
    #[must_use]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Number(n) => ValueRef::Number(*n),
            Self::DateTime(t) => ValueRef::DateTime(*t),
            Self::String(s) => ValueRef::String(s),
            Self::Boolean(b) => ValueRef::Boolean(*b),
            Self::List(items) => ValueRef::List(ListRef(ListRepr::Owned(items))),
        }
    }

    /// Text as a value: a datetime when it has date shape and is a real date, else a string.
    #[must_use]
    pub fn from_text(text: impl Into<String>) -> Self {
        let text = text.into();
        DateTime::parse(&text).map_or_else(|| Self::String(text), Self::DateTime)
    }
}

impl ValueRef<'_> {
    /// The value's type. O(1).
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        match self {
            Self::Number(_) => ValueType::Number,
            Self::DateTime(_) => ValueType::DateTime,
            Self::String(_) => ValueType::String,
            Self::Boolean(_) => ValueType::Boolean,
            Self::List(_) => ValueType::List,
        }
    }

    /// Copies the value out of the index.
    #[must_use]
    pub fn into_owned(self) -> Value {
        match self {
            Self::Number(n) => Value::Number(n),
            Self::DateTime(t) => Value::DateTime(t),
            Self::String(s) => Value::String(s.to_owned()),
            Self::Boolean(b) => Value::Boolean(b),
            Self::List(items) => Value::List(items.iter().map(str::to_owned).collect()),
        }
    }
}

/// The order of strings: by folded form, then by bytes.
pub(crate) fn cmp_text(a: &str, b: &str) -> Ordering {
    fold(a).as_bytes().cmp(fold(b).as_bytes()).then_with(|| a.as_bytes().cmp(b.as_bytes()))
}

impl Ord for ValueRef<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::DateTime(a), Self::DateTime(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => cmp_text(a, b),
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::List(a), Self::List(b)) => a.len().cmp(&b.len()).then_with(|| {
                a.iter().zip(b.iter()).map(|(x, y)| cmp_text(x, y)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
            }),
            _ => self.value_type().cmp(&other.value_type()),
        }
    }
}

impl PartialOrd for ValueRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_ref().cmp(&other.as_ref())
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The text form: the decimal, the date form, the string itself, `true`/`false`, a list as compact
/// JSON.
impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => write!(f, "{n}"),
            Self::DateTime(t) => write!(f, "{t}"),
            Self::String(s) => f.write_str(s),
            Self::Boolean(b) => write!(f, "{b}"),
            Self::List(_) => f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl Serialize for ValueRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(n) => serializer.serialize_i64(*n),
            Self::DateTime(t) => serializer.collect_str(t),
            Self::String(s) => serializer.serialize_str(s),
            Self::Boolean(b) => serializer.serialize_bool(*b),
            Self::List(items) => serializer.collect_seq(items.iter()),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// Reads any legal value; the error text of an illegal one begins with its code and a colon.
struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a string, a boolean or a list of strings")
    }

    fn visit_bool<E: de::Error>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Boolean(v))
    }

    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Value, E> {
        if v.unsigned_abs() <= limits::NUMBER_MAX.unsigned_abs() {
            Ok(Value::Number(v))
        } else {
            Err(E::custom(format_args!("out_of_range: {v} is outside -2^53 to 2^53")))
        }
    }

    fn visit_u64<E: de::Error>(self, v: u64) -> Result<Value, E> {
        i64::try_from(v)
            .map_err(|_| E::custom(format_args!("out_of_range: {v} is outside -2^53 to 2^53")))
            .and_then(|v| self.visit_i64(v))
    }

    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Value, E> {
        if v.fract() != 0.0 {
            Err(E::custom(format_args!("fraction: {v} is not an integer")))
        } else if v.abs() > limits::NUMBER_MAX as f64 {
            Err(E::custom(format_args!("out_of_range: {v} is outside -2^53 to 2^53")))
        } else {
            Ok(Value::Number(v as i64))
        }
    }

    fn visit_str<E: de::Error>(self, v: &str) -> Result<Value, E> {
        if let Some(t) = DateTime::parse(v) {
            return Ok(Value::DateTime(t));
        }
        check_chars(v).map_err(E::custom)?;
        Ok(Value::String(v.to_owned()))
    }

    fn visit_string<E: de::Error>(self, v: String) -> Result<Value, E> {
        if let Some(t) = DateTime::parse(&v) {
            return Ok(Value::DateTime(t));
        }
        check_chars(&v).map_err(E::custom)?;
        Ok(Value::String(v))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<String>()? {
            if items.len() == limits::LIST_ITEMS {
                return Err(de::Error::custom(format_args!(
                    "list_full: a list holds at most {} items",
                    limits::LIST_ITEMS
                )));
            }
            check_chars(&item).map_err(de::Error::custom)?;
            items.push(item);
        }
        Ok(Value::List(items))
    }
}

fn check_chars(text: &str) -> Result<(), String> {
    if text.len() > limits::STRING_CHARS && text.chars().count() > limits::STRING_CHARS {
        return Err(format!("too_long: a string holds at most {} characters", limits::STRING_CHARS));
    }
    Ok(())
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Number(n)
    }
}

impl From<i32> for Value {
    fn from(n: i32) -> Self {
        Self::Number(n.into())
    }
}

impl From<u32> for Value {
    fn from(n: u32) -> Self {
        Self::Number(n.into())
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Boolean(b)
    }
}

impl From<DateTime> for Value {
    fn from(t: DateTime) -> Self {
        Self::DateTime(t)
    }
}

/// Text of date shape is always a date.
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::from_text(text)
    }
}

/// Text of date shape is always a date.
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::from_text(text)
    }
}

impl From<Vec<String>> for Value {
    fn from(items: Vec<String>) -> Self {
        Self::List(items)
    }
}

impl<const N: usize> From<[&str; N]> for Value {
    fn from(items: [&str; N]) -> Self {
        Self::List(items.map(str::to_owned).to_vec())
    }
}
