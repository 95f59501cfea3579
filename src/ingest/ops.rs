//! The seven operations on a property. Each checks in one order: the name, what is brought, then what
//! is there.

use crate::ingest::draft::Draft;
use crate::ingest::slots::Named;
use crate::limits;
use crate::property::{self, Reason};
use crate::value::{ListRef, Value, ValueRef, ValueType};

/// [`Change::Set`](crate::Change::Set).
pub(super) fn set(draft: &mut Draft<'_>, key: String, value: Value) -> Result<(), Reason> {
    let at = named(draft, key)?;
    let value = property::admit(draft.name(at), value)?;
    draft.set(at, value);
    Ok(())
}

/// [`Change::SetOnce`](crate::Change::SetOnce).
pub(super) fn set_once(draft: &mut Draft<'_>, key: String, value: Value) -> Result<(), Reason> {
    let at = named(draft, key)?;
    let value = property::admit(draft.name(at), value)?;
    match draft.value(at) {
        Some(_) => draft.keep(at),
        None => draft.set(at, value),
    }
    Ok(())
}

/// [`Change::Add`](crate::Change::Add).
pub(super) fn add(draft: &mut Draft<'_>, key: String, by: i64) -> Result<(), Reason> {
    let at = named(draft, key)?;
    if !is_in_range(by) {
        return Err(Reason::OutOfRange);
    }
    if property::fixed_type(draft.name(at)).is_some_and(|fixed| fixed != ValueType::Number) {
        return Err(Reason::WrongType);
    }
    let held = match draft.value(at) {
        None => 0,
        Some(ValueRef::Number(n)) => n,
        Some(_) => return Err(Reason::WrongType),
    };
    // Both lie within 2^53, so the sum fits.
    let sum = held + by;
    if !is_in_range(sum) {
        return Err(Reason::OutOfRange);
    }
    draft.set(at, Value::Number(sum));
    Ok(())
}

/// [`Change::Delete`](crate::Change::Delete).
pub(super) fn delete(draft: &mut Draft<'_>, key: String) -> Result<(), Reason> {
    let at = named(draft, key)?;
    draft.clear(at);
    Ok(())
}

/// [`Change::Append`](crate::Change::Append).
pub(super) fn append(draft: &mut Draft<'_>, key: String, item: String) -> Result<(), Reason> {
    let (at, item) = listed(draft, key, item)?;
    push(draft, at, item)
}

/// [`Change::Union`](crate::Change::Union).
pub(super) fn union(draft: &mut Draft<'_>, key: String, item: String) -> Result<(), Reason> {
    let (at, item) = listed(draft, key, item)?;
    if has(list(draft, at)?, &item) {
        draft.keep(at);
        return Ok(());
    }
    push(draft, at, item)
}

/// [`Change::Exclude`](crate::Change::Exclude).
pub(super) fn exclude(draft: &mut Draft<'_>, key: String, item: String) -> Result<(), Reason> {
    let (at, item) = listed(draft, key, item)?;
    let Some(items) = list(draft, at)?.filter(|items| has(Some(*items), &item)) else {
        draft.keep(at);
        return Ok(());
    };
    let left: Vec<String> = items.iter().filter(|other| *other != item).map(str::to_owned).collect();
    if left.is_empty() {
        draft.clear(at);
    } else {
        draft.set(at, Value::List(left));
    }
    Ok(())
}

/// The slot of a property that may be written under its name.
fn named(draft: &mut Draft<'_>, key: String) -> Result<usize, Reason> {
    let at = draft.mention(Named::new(key, draft.props()));
    property::check_name(draft.name(at))?;
    Ok(at)
}

/// The slot of a property that may be a list, and an item that may stand in one.
fn listed(draft: &mut Draft<'_>, key: String, item: String) -> Result<(usize, String), Reason> {
    let at = named(draft, key)?;
    let item = property::admit_text(item)?;
    // No system property with a fixed type is a list.
    if property::fixed_type(draft.name(at)).is_some() { Err(Reason::WrongType) } else { Ok((at, item)) }
}

/// The list that a property is, `None` if it is unknown.
fn list<'d>(draft: &'d Draft<'_>, at: usize) -> Result<Option<ListRef<'d>>, Reason> {
    match draft.value(at) {
        None => Ok(None),
        Some(ValueRef::List(items)) => Ok(Some(items)),
        Some(_) => Err(Reason::WrongType),
    }
}

fn has(items: Option<ListRef<'_>>, item: &str) -> bool {
    items.is_some_and(|items| items.iter().any(|other| other == item))
}

/// Adds an item at the end of a list.
fn push(draft: &mut Draft<'_>, at: usize, item: String) -> Result<(), Reason> {
    let held = list(draft, at)?;
    let len = held.map_or(0, |items| items.len());
    if len >= limits::LIST_ITEMS {
        return Err(Reason::ListFull);
    }
    let mut items = Vec::with_capacity(len + 1);
    if let Some(held) = held {
        items.extend(held.iter().map(str::to_owned));
    }
    items.push(item);
    draft.set(at, Value::List(items));
    Ok(())
}

fn is_in_range(n: i64) -> bool {
    n.unsigned_abs() <= limits::NUMBER_MAX.unsigned_abs()
}
