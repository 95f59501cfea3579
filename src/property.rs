//! Property names: which are reserved, which have a fixed type, and what a value becomes when it
//! is written under a name.

use crate::datetime::DateTime;
use crate::limits;
use crate::value::{Value, ValueType};

/// `$id`: the lead's id, a number; always known.
pub const ID: &str = "$id";
/// `$user_id`: the User ID given by the service, a string; known if set.
pub const USER_ID: &str = "$user_id";
/// `$conversations`: how many took place, a number; always known, 0 if none.
pub const CONVERSATIONS: &str = "$conversations";
/// `$web_push`: whether a subscription exists, a boolean; always known.
pub const WEB_PUSH: &str = "$web_push";
/// `$presence`: `online`, `idle` or `offline`, a string; always known.
pub const PRESENCE: &str = "$presence";

/// Why a value cannot be written: a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// An empty string or an empty list is not a value.
    EmptyValue,
    /// The value's type does not fit the property's fixed type, or is no type at all.
    WrongType,
    /// Numbers are integers.
    Fraction,
    /// Numbers lie within -2^53 to 2^53.
    OutOfRange,
    /// A string holds at most 255 characters.
    TooLong,
    /// A list holds at most 30 items.
    ListFull,
    /// No such operation.
    UnknownOp,
    /// The name is reserved and set in another way.
    Reserved,
    /// A name has 1 to 255 characters.
    BadName,
}

impl Reason {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::EmptyValue => "empty_value",
            Self::WrongType => "wrong_type",
            Self::Fraction => "fraction",
            Self::OutOfRange => "out_of_range",
            Self::TooLong => "too_long",
            Self::ListFull => "list_full",
            Self::UnknownOp => "unknown_op",
            Self::Reserved => "reserved",
            Self::BadName => "bad_name",
        }
    }

    /// What is wrong and what to do, for a person.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::EmptyValue => "an empty string or list is not a value; delete the property instead",
            Self::WrongType => {
                "the value does not read as the property's type: an integer, text, a date, a boolean or a list of strings"
            }
            Self::Fraction => "numbers are integers; scale the value",
            Self::OutOfRange => "numbers lie between -2^53 and 2^53",
            Self::TooLong => "a string has at most 255 characters; shorten it",
            Self::ListFull => "a list holds at most 30 items; drop some",
            Self::UnknownOp => "there is no such operation",
            Self::Reserved => "the name is reserved and is set in another way",
            Self::BadName => "a property's name has 1 to 255 characters",
        }
    }
}

/// Whether `name` is one of the five names that are filtered and sorted on but never written as a
/// property.
pub(crate) fn is_reserved(name: &str) -> bool {
    matches!(name, ID | USER_ID | CONVERSATIONS | WEB_PUSH | PRESENCE)
}

/// Whether `name` may be written as a property.
pub(crate) fn check_name(name: &str) -> Result<(), Reason> {
    if is_reserved(name) {
        return Err(Reason::Reserved);
    }
    if name.is_empty() || (name.len() > limits::NAME_CHARS && name.chars().count() > limits::NAME_CHARS) {
        return Err(Reason::BadName);
    }
    Ok(())
}

/// The fixed type of a known system property.
pub(crate) fn fixed_type(name: &str) -> Option<ValueType> {
    match name {
        "$name" | "$email" | "$phone" | "$country" | "$region" | "$city" | "$avatar" | "$initial_referrer" => {
            Some(ValueType::String)
        }
        "$created" | "$last_seen" | "$last_contacted" | "$last_reply" => Some(ValueType::DateTime),
        "$sessions" => Some(ValueType::Number),
        _ => match event_part(name)? {
            "first" | "last" => Some(ValueType::DateTime),
            "count" => Some(ValueType::Number),
            _ => None,
        },
    }
}

/// What is kept of an event, in a property each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventPart {
    /// When it happened first.
    First,
    /// When it happened last.
    Last,
    /// How often it happened.
    Count,
}

impl EventPart {
    pub(crate) const ALL: [Self; 3] = [Self::First, Self::Last, Self::Count];

    /// The name of this part of the event with a number.
    pub(crate) fn of(self, id: u64) -> String {
        format!("$event_{id}_{}", self.name())
    }

    fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::Count => "count",
        }
    }
}

/// The event and the part that a name is made of; `None` of a name that is not made of them, as
/// `$event_018_count`, whose number is not written as ours are.
pub(crate) fn event_name(name: &str) -> Option<(u64, EventPart)> {
    let (id, part) = name.strip_prefix("$event_")?.split_once('_')?;
    let part = EventPart::ALL.into_iter().find(|known| known.name() == part)?;
    let ours = id.bytes().all(|b| b.is_ascii_digit()) && !id.starts_with('0');
    ours.then(|| id.parse().ok()).flatten().map(|id| (id, part))
}

/// What stands after the number in the name of an event property: the `count` of `$event_18_count`.
pub(crate) fn event_part(name: &str) -> Option<&str> {
    let (id, part) = name.strip_prefix("$event_")?.rsplit_once('_')?;
    (!id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())).then_some(part)
}

/// The value as it is kept under `name`: converted to the fixed type where its text reads as one,
/// empty list items dropped, and within bounds. An empty value is [`Reason::EmptyValue`].
pub(crate) fn admit(name: &str, value: Value) -> Result<Value, Reason> {
    let value = match fixed_type(name) {
        Some(fixed) if fixed != value.value_type() => convert(value, fixed)?,
        None => match value {
            Value::String(text) => Value::from_text(text),
            other => other,
        },
        _ => value,
    };
    match value {
        Value::Number(n) if n.unsigned_abs() > limits::NUMBER_MAX.unsigned_abs() => Err(Reason::OutOfRange),
        Value::String(text) => admit_text(text).map(Value::String),
        Value::List(items) => {
            let items: Vec<String> =
                items.into_iter().filter(|item| !item.is_empty()).map(admit_text).collect::<Result<_, _>>()?;
            match items.len() {
                0 => Err(Reason::EmptyValue),
                n if n > limits::LIST_ITEMS => Err(Reason::ListFull),
                _ => Ok(Value::List(items)),
            }
        }
        other => Ok(other),
    }
}

/// Text of 1 to 255 characters: a string, an item of a list, a User ID.
pub(crate) fn admit_text(text: String) -> Result<String, Reason> {
    if text.is_empty() {
        Err(Reason::EmptyValue)
    } else if text.len() > limits::STRING_CHARS && text.chars().count() > limits::STRING_CHARS {
        Err(Reason::TooLong)
    } else {
        Ok(text)
    }
}

fn convert(value: Value, to: ValueType) -> Result<Value, Reason> {
    match (value, to) {
        (Value::List(items), _) if items.iter().all(String::is_empty) => Err(Reason::EmptyValue),
        (Value::List(_), _) => Err(Reason::WrongType),
        (Value::String(text), _) if text.is_empty() => Err(Reason::EmptyValue),
        (value, ValueType::String) => Ok(Value::String(value.to_string())),
        (Value::String(text), ValueType::Number) => parse_integer(&text).map(Value::Number),
        (Value::String(text), ValueType::DateTime) => {
            DateTime::parse(&text).map(Value::DateTime).ok_or(Reason::WrongType)
        }
        _ => Err(Reason::WrongType),
    }
}

/// Reads `-?[0-9]+` within the bounds of a number.
fn parse_integer(text: &str) -> Result<i64, Reason> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Reason::WrongType);
    }
    let n: i64 = text.parse().map_err(|_| Reason::OutOfRange)?;
    if n.unsigned_abs() > limits::NUMBER_MAX.unsigned_abs() { Err(Reason::OutOfRange) } else { Ok(n) }
}

#[cfg(test)]
mod tests {
    use super::{EventPart, Reason, admit, check_name, event_name, fixed_type};
    use crate::value::{Value, ValueType};

    #[test]
    fn a_fixed_type_converts_what_reads_as_it() {
        assert_eq!(admit("$phone", Value::Number(5)), Ok(Value::String("5".into())));
        assert_eq!(admit("$phone", Value::from("2026-01-01")), Ok(Value::String("2026-01-01T00:00:00".into())));
        assert_eq!(admit("$sessions", Value::String("12".into())), Ok(Value::Number(12)));
        assert_eq!(admit("$sessions", Value::String("x".into())), Err(Reason::WrongType));
        assert_eq!(admit("$sessions", Value::Boolean(true)), Err(Reason::WrongType));
        assert_eq!(admit("$created", Value::String("2026-02-30".into())), Err(Reason::WrongType));
        assert_eq!(admit("$name", Value::List(vec!["a".into()])), Err(Reason::WrongType));
        assert_eq!(admit("plan", Value::String(String::new())), Err(Reason::EmptyValue));
        assert_eq!(admit("tags", Value::List(vec![String::new()])), Err(Reason::EmptyValue));
        assert_eq!(fixed_type("$event_18_last"), Some(ValueType::DateTime));
        assert_eq!(fixed_type("$event_x_last"), None);
        assert_eq!(check_name("$user_id"), Err(Reason::Reserved));
    }

    #[test]
    fn an_event_name_is_read_only_as_it_is_written() {
        assert_eq!(event_name("$event_18_count"), Some((18, EventPart::Count)));
        assert_eq!(event_name("$event_18446744073709551615_first"), Some((u64::MAX, EventPart::First)));
        for other in
            ["$event_018_count", "$event_+1_last", "$event__last", "$event_18_sum", "$event_18446744073709551616_last"]
        {
            assert_eq!(event_name(other), None, "{other}");
        }
    }
}
