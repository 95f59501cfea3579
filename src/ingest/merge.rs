//! Merging two leads: whose values win, and what becomes of both.

use crate::error::Error;
use crate::id::{PropId, RowId};
use crate::ingest::change::Dropped;
use crate::ingest::draft::{Draft, stored_heartbeat};
use crate::ingest::slots::Now;
use crate::limits;
use crate::property;
use crate::state::State;
use crate::value::{Value, ValueRef};

/// [`Change::Merge`](crate::Change::Merge).
pub(super) fn merge(draft: &mut Draft<'_>, other: u64) -> Result<(), Error> {
    if other == draft.id() {
        let message = format!("lead {other} cannot be merged with itself; name another");
        return Err(Error::invalid("merge_with_itself", message));
    }
    let place = draft.other(other)?;
    let other_survives = draft.user_id().is_none() && draft.state.user_id(place).is_some();
    let (values, heartbeat) = if other_survives { leave_for(draft, place, other) } else { take_in(draft, place) };
    for (at, value) in values {
        combine(draft, at, value);
    }
    if let Some(lost) = heartbeat
        && draft.heartbeat().is_none_or(|kept| lost.at > kept.at)
    {
        draft.beat(lost);
    }
    Ok(())
}

/// The properties of the lead that does not survive, by their slots, and its newest heartbeat.
type Lost = (Vec<(usize, Value)>, Option<crate::lead::LastHeartbeat>);

/// The draft survives: what the lead at a place has.
fn take_in(draft: &mut Draft<'_>, place: RowId) -> Lost {
    let values = stored(draft.state, place);
    let values = values.into_iter().map(|(prop, value)| (draft.slot(prop), value)).collect();
    draft.absorb(place);
    (values, stored_heartbeat(draft.state, place))
}

/// The lead at a place survives, and the draft goes on with it: what the draft had.
fn leave_for(draft: &mut Draft<'_>, place: RowId, id: u64) -> Lost {
    let mut values = Vec::new();
    let heartbeat = draft.heartbeat();
    if let Some(base) = draft.base() {
        for (prop, value) in stored(draft.state, base) {
            let at = draft.slot(prop);
            if matches!(draft.work.slots[at].now, Now::Stored) {
                values.push((at, value));
            }
        }
    }
    for (at, slot) in draft.work.slots.iter_mut().enumerate() {
        if let Now::Value(value) = std::mem::replace(&mut slot.now, Now::Stored) {
            values.push((at, value));
        }
    }
    if let Some(former) = draft.move_to(place, id) {
        draft.absorb(former);
    }
    (values, heartbeat)
}

/// What is known of the lead at a place, but for its id, its User ID and its heartbeat.
fn stored(state: &State, place: RowId) -> Vec<(PropId, Value)> {
    let Some((block, row)) = state.at(place) else { return Vec::new() };
    let merged = |prop: PropId| !matches!(prop, PropId::ID | PropId::USER_ID | PropId::PRESENCE);
    let known = block.columns().filter(|(prop, _)| merged(*prop));
    known.filter_map(|(prop, column)| Some((prop, column.get(row)?.into_owned()))).collect()
}

/// What becomes of two values.
enum Rule {
    /// Numbers add up.
    Sum,
    /// The earlier of two datetimes stays.
    Earlier,
    /// The later of two datetimes stays.
    Later,
    /// True if one is.
    Either,
    /// The survivor's stays; lists unite.
    Survivor,
}

fn rule(name: &str) -> Rule {
    match name {
        "$sessions" | property::CONVERSATIONS => Rule::Sum,
        "$created" => Rule::Earlier,
        "$last_seen" => Rule::Later,
        property::WEB_PUSH => Rule::Either,
        _ => match property::event_part(name) {
            Some("count") => Rule::Sum,
            Some("first") => Rule::Earlier,
            Some("last") => Rule::Later,
            _ => Rule::Survivor,
        },
    }
}

/// Adds a value of the lead that does not survive to what the survivor has.
fn combine(draft: &mut Draft<'_>, at: usize, lost: Value) {
    let value = match (rule(draft.name(at)), draft.value(at), lost) {
        (_, None, lost) => lost,
        (Rule::Sum, Some(ValueRef::Number(kept)), Value::Number(lost)) => return sum(draft, at, kept + lost),
        (Rule::Earlier, Some(ValueRef::DateTime(kept)), Value::DateTime(lost)) => Value::DateTime(kept.min(lost)),
        (Rule::Later, Some(ValueRef::DateTime(kept)), Value::DateTime(lost)) => Value::DateTime(kept.max(lost)),
        (Rule::Either, Some(ValueRef::Boolean(kept)), Value::Boolean(lost)) => Value::Boolean(kept || lost),
        (Rule::Survivor, Some(ValueRef::List(kept)), Value::List(lost)) => {
            let kept = kept.iter().map(str::to_owned).collect();
            return unite(draft, at, kept, lost);
        }
        _ => return,
    };
    draft.work.slots[at].now = Now::Value(value);
}

fn sum(draft: &mut Draft<'_>, at: usize, sum: i64) {
    let kept = sum.clamp(-limits::NUMBER_MAX, limits::NUMBER_MAX);
    if kept != sum {
        drop_value(draft, at, Value::Number(sum - kept));
    }
    draft.work.slots[at].now = Now::Value(Value::Number(kept));
}

fn unite(draft: &mut Draft<'_>, at: usize, mut kept: Vec<String>, lost: Vec<String>) {
    // Lists unite: an item that the loser has twice comes over once, and is missed once too.
    let mut missed: Vec<String> = Vec::new();
    for item in lost {
        if kept.contains(&item) || missed.contains(&item) {
            continue;
        }
        if kept.len() < limits::LIST_ITEMS {
            kept.push(item);
        } else {
            missed.push(item);
        }
    }
    for item in missed {
        drop_value(draft, at, Value::String(item));
    }
    draft.work.slots[at].now = Now::Value(Value::List(kept));
}

fn drop_value(draft: &mut Draft<'_>, at: usize, value: Value) {
    let property = draft.name(at).to_owned();
    draft.work.done.dropped.push(Dropped { property, value });
}
