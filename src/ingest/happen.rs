//! What happens to a lead besides operations on properties: events, visits, signs of life, and what
//! stands beside the properties.

use crate::datetime::DateTime;
use crate::error::Error;
use crate::id::PropId;
use crate::ingest::change::{Event, EventCount};
use crate::ingest::draft::Draft;
use crate::ingest::refusal;
use crate::ingest::slots::Named;
use crate::lead::{Heartbeat, LastHeartbeat};
use crate::limits;
use crate::property::{self, EventPart, Reason};
use crate::registry::OwnName;
use crate::value::{Value, ValueRef};

/// [`Change::Event`](crate::Change::Event).
pub(super) fn event(draft: &mut Draft<'_>, event: Event, at: Option<DateTime>) -> Result<(), Reason> {
    let (id, new) = numbered(draft, event)?;
    let [first, last, count] = mention_parts(draft, id);
    let seen = draft.mention_own(OwnName::LastSeen);
    draft.read([first, last, count, seen]);
    let so_far = one_more(draft, count)?;
    let at = at.unwrap_or(draft.now());
    match draft.value(first) {
        Some(ValueRef::DateTime(held)) if held <= at => draft.keep(first),
        _ => draft.set(first, Value::DateTime(at)),
    }
    forward(draft, last, at);
    forward(draft, seen, at);
    if let Some(name) = new {
        draft.work.events.add(name, id);
    }
    // A count that was imported may be negative.
    draft.work.done.events.push(EventCount { event: id, count: so_far });
    Ok(())
}

/// The slots of what is kept of an event.
fn mention_parts(draft: &mut Draft<'_>, id: u64) -> [usize; 3] {
    let [first, last, count] = draft.props().find_event(id);
    [(EventPart::First, first), (EventPart::Last, last), (EventPart::Count, count)]
        .map(|(part, prop)| draft.mention(prop.map_or_else(|| Named::New(part.of(id)), Named::Known)))
}

/// The number of an event, and its name if it is new.
fn numbered(draft: &Draft<'_>, event: Event) -> Result<(u64, Option<String>), Reason> {
    let name = match event {
        Event::Id(0) => return Err(Reason::BadName),
        Event::Id(id) => return Ok((id, None)),
        Event::Name(name) => property::admit_text(name).map_err(|_| Reason::BadName)?,
    };
    match draft.work.events.find(&name).or_else(|| draft.state.events.find(&name)) {
        Some(id) => Ok((id, None)),
        None => Ok((free_id(draft), Some(name))),
    }
}

/// The least number that neither an event nor an event property has.
fn free_id(draft: &Draft<'_>) -> u64 {
    let is_property = |id| draft.props().find_event(id).iter().any(Option::is_some);
    draft.state.events.free_id(draft.work.events.next(), is_property)
}

/// [`Change::Session`](crate::Change::Session).
pub(super) fn session(draft: &mut Draft<'_>) -> Result<(), Reason> {
    let at = draft.mention_own(OwnName::Sessions);
    one_more(draft, at).map(|_| ())
}

/// Raises a number by one, an unknown one to 1; what it is now.
fn one_more(draft: &mut Draft<'_>, at: usize) -> Result<i64, Reason> {
    let held = draft.number(at).unwrap_or(0);
    if held >= limits::NUMBER_MAX {
        return Err(Reason::OutOfRange);
    }
    draft.set(at, Value::Number(held + 1));
    Ok(held + 1)
}

/// [`Change::Seen`](crate::Change::Seen).
pub(super) fn seen(draft: &mut Draft<'_>, at: Option<DateTime>) {
    let seen = draft.mention_own(OwnName::LastSeen);
    forward(draft, seen, at.unwrap_or(draft.now()));
}

/// Moves a datetime forward, never back.
fn forward(draft: &mut Draft<'_>, at: usize, time: DateTime) {
    match draft.value(at) {
        Some(ValueRef::DateTime(held)) if held >= time => draft.keep(at),
        _ => draft.set(at, Value::DateTime(time)),
    }
}

/// [`Change::Heartbeat`](crate::Change::Heartbeat).
pub(super) fn heartbeat(draft: &mut Draft<'_>, kind: Heartbeat, at: Option<DateTime>) {
    let at = at.unwrap_or(draft.now());
    let presence = draft.mention(Named::Known(PropId::PRESENCE));
    draft.keep(presence);
    if draft.heartbeat().is_none_or(|newest| at >= newest.at) {
        draft.beat(LastHeartbeat { kind, at });
    }
    seen(draft, Some(at));
}

/// [`Change::Conversations`](crate::Change::Conversations).
pub(super) fn conversations(draft: &mut Draft<'_>, count: u64) -> Result<(), Reason> {
    let at = draft.mention(Named::Known(PropId::CONVERSATIONS));
    let count = i64::try_from(count).ok().filter(|count| *count <= limits::NUMBER_MAX).ok_or(Reason::OutOfRange)?;
    draft.set(at, Value::Number(count));
    Ok(())
}

/// [`Change::UserId`](crate::Change::UserId).
pub(super) fn user_id(draft: &mut Draft<'_>, user_id: Option<String>) -> Result<Result<(), Reason>, Error> {
    let at = draft.mention(Named::Known(PropId::USER_ID));
    match user_id.map(property::admit_text) {
        None => draft.clear(at),
        Some(Err(reason)) => return Ok(Err(reason)),
        Some(Ok(user_id)) => match draft.other_holder(&user_id) {
            Some(holder) => return Err(refusal::user_id_taken(draft.state, &user_id, holder)),
            None => draft.set(at, Value::String(user_id)),
        },
    }
    Ok(Ok(()))
}
