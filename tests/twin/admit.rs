//! What a lead becomes when it is written: empty values are absent, fixed types convert.

use lead_index::{DateTime, Lead, Value};

pub(super) const NUMBER_MAX: u64 = 1 << 53;

/// The lead as it is kept, or the code of its fault.
pub(super) fn admit(lead: &Lead) -> Result<Lead, &'static str> {
    if lead.id == 0 {
        return Err("invalid_id");
    }
    if lead.conversations > NUMBER_MAX {
        return Err("out_of_range");
    }
    let mut kept = lead.clone();
    kept.user_id = kept.user_id.filter(|text| !text.is_empty());
    if kept.user_id.as_deref().is_some_and(is_long) {
        return Err("too_long");
    }
    kept.props.clear();
    for (name, value) in &lead.props {
        admit_name(name)?;
        if let Some(value) = admit_value(name, value)? {
            kept.props.insert(name.clone(), value);
        }
    }
    Ok(kept)
}

/// Whether a property may have the name.
pub(super) fn admit_name(name: &str) -> Result<(), &'static str> {
    if super::RESERVED.contains(&name) {
        return Err("reserved");
    }
    if name.is_empty() || is_long(name) {
        return Err("bad_name");
    }
    Ok(())
}

/// The value as it is kept; `None` for an empty one.
pub(super) fn admit_value(name: &str, value: &Value) -> Result<Option<Value>, &'static str> {
    let value = match value {
        Value::String(text) if text.is_empty() => return Ok(None),
        Value::List(items) => {
            let items: Vec<String> = items.iter().filter(|item| !item.is_empty()).cloned().collect();
            if items.is_empty() {
                return Ok(None);
            }
            Value::List(items)
        }
        other => other.clone(),
    };
    let value = match fixed(name) {
        Fixed::Text => into_text(&value)?,
        Fixed::Number => into_number(value)?,
        Fixed::Date => into_date(value)?,
        Fixed::Free => match value {
            Value::String(text) => DateTime::parse(&text).map_or(Value::String(text), Value::DateTime),
            other => other,
        },
    };
    match &value {
        Value::Number(n) if n.unsigned_abs() > NUMBER_MAX => Err("out_of_range"),
        Value::String(text) if is_long(text) => Err("too_long"),
        Value::List(items) if items.iter().any(|item| is_long(item)) => Err("too_long"),
        Value::List(items) if items.len() > 30 => Err("list_full"),
        _ => Ok(Some(value)),
    }
}

/// The type that a name fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fixed {
    Text,
    Number,
    Date,
    Free,
}

/// The part of an event that the name stands for: `first`, `last` or `count`.
pub(super) fn event_part(name: &str) -> Option<&str> {
    let (id, part) = name.strip_prefix("$event_")?.split_once('_')?;
    (!id.is_empty() && id.chars().all(|c| c.is_ascii_digit())).then_some(part)
}

pub(super) fn fixed(name: &str) -> Fixed {
    match name {
        "$name" | "$email" | "$phone" | "$country" | "$region" | "$city" | "$avatar" | "$initial_referrer" => {
            Fixed::Text
        }
        "$created" | "$last_seen" | "$last_contacted" | "$last_reply" => Fixed::Date,
        "$sessions" => Fixed::Number,
        _ => match event_part(name) {
            Some("first" | "last") => Fixed::Date,
            Some("count") => Fixed::Number,
            _ => Fixed::Free,
        },
    }
}

fn into_text(value: &Value) -> Result<Value, &'static str> {
    match value {
        Value::List(_) => Err("wrong_type"),
        Value::Number(n) => Ok(Value::String(n.to_string())),
        Value::DateTime(t) => Ok(Value::String(t.to_string())),
        Value::Boolean(b) => Ok(Value::String(b.to_string())),
        other => Ok(other.clone()),
    }
}

fn into_number(value: Value) -> Result<Value, &'static str> {
    match value {
        Value::Number(_) => Ok(value),
        Value::String(text) => {
            let digits = text.strip_prefix('-').unwrap_or(&text);
            if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
                return Err("wrong_type");
            }
            text.parse().map(Value::Number).map_err(|_| "out_of_range")
        }
        _ => Err("wrong_type"),
    }
}

fn into_date(value: Value) -> Result<Value, &'static str> {
    match value {
        Value::DateTime(_) => Ok(value),
        Value::String(text) => DateTime::parse(&text).map(Value::DateTime).ok_or("wrong_type"),
        _ => Err("wrong_type"),
    }
}

pub(super) fn is_long(text: &str) -> bool {
    text.chars().count() > 255
}
