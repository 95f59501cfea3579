//! The sole mutator: everything that changes a state goes through here.

use triomphe::Arc;

use crate::block::Block;
use crate::block::column::dict::hash_text;
use crate::block::double::Double;
use crate::error::{Error, ErrorKind};
use crate::id::{PropId, RowId};
use crate::ingest::admit::{Put, admit};
use crate::ingest::draft::Work;
use crate::ingest::refusal::{most_blocks, room_for_lead, unknown_lead, user_id_taken};
use crate::ingest::slots::Now;
use crate::lead::Lead;
use crate::lead_ref::LeadRef;
use crate::registry::{Registry, too_many};
use crate::state::{State, hash_id};
use crate::value::Value;

/// Adds a lead whose id is free.
pub(crate) fn insert(state: &mut State, lead: Lead) -> Result<(), Error> {
    write_lead(state, lead, IfHeld::Refuse).map(|_| ())
}

/// Adds a lead or replaces the one with its id; whether it replaced one.
pub(crate) fn upsert(state: &mut State, lead: Lead) -> Result<bool, Error> {
    write_lead(state, lead, IfHeld::Replace)
}

/// Checks everything, and only then numbers names and writes.
fn write_lead(state: &mut State, lead: Lead, if_held: IfHeld) -> Result<bool, Error> {
    let lead = admit(lead)?;
    let held = may_put(state, lead.id, lead.user_id.as_deref(), if_held)?;
    state.props.room_for_names(lead.props.iter().map(|(name, _)| name.as_str()), state.limits.properties)?;
    let Put { id, user_id, conversations, web_push, heartbeat, props } = lead;
    let props = props.into_iter().map(|(name, value)| (Registry::number(&mut state.props, &name), value)).collect();
    put(state, held, &Put { id, user_id, conversations, web_push, heartbeat, props });
    Ok(held.is_some())
}

/// Removes the lead with this id and returns it.
pub(crate) fn take_out(state: &mut State, id: u64) -> Result<Lead, Error> {
    let place = state.find(id).ok_or_else(|| unknown_lead(format!("the index holds no lead {id}")))?;
    let lead = LeadRef::new(state, place, state.time).into_owned();
    remove(state, place);
    Ok(lead)
}

/// Writes what the changes of a call come to, and makes out the answer. Nothing is changed if an error is
/// returned.
pub(super) fn commit(state: &mut State, work: &mut Work) -> Result<(), Error> {
    let limit = state.limits.properties;
    if !work.events.is_empty() && state.events.len() + work.events.len() > limit {
        // Each event brings three properties, but a lead that is removed at once leaves none.
        return Err(too_many(limit));
    }
    let new = work.slots.iter().filter(|slot| slot.prop.is_none() && matches!(slot.now, Now::Value(_))).count();
    state.props.room_for(if work.removed { 0 } else { new }, limit)?;
    // Nothing fails from here on.
    for loser in &work.losers {
        remove(state, *loser);
    }
    for (name, id) in work.events.list() {
        Arc::make_mut(&mut state.events).add(name, *id);
    }
    state.highest_id = state.highest_id.max(work.created.unwrap_or(0));
    match (work.base, work.removed) {
        (Some(place), true) => remove(state, place),
        (Some(place), false) => write(state, place, work),
        (None, false) => {
            let place = take_place(state, work.id);
            set_own(state, place, 0, false);
            write(state, place, work);
        }
        // It came and went within the call.
        (None, true) => {}
    }
    work.answer(&state.props);
    Ok(())
}

/// Writes the differences of a draft.
fn write(state: &mut State, place: RowId, work: &mut Work) {
    let mut differences = 0;
    for slot in work.slots.iter_mut().filter(|slot| !matches!(slot.now, Now::Stored)) {
        differences += 1;
        match (&slot.now, slot.prop) {
            (Now::Value(Value::String(user_id)), Some(PropId::USER_ID)) => set_user_id(state, place, Some(user_id)),
            (_, Some(PropId::USER_ID)) => set_user_id(state, place, None),
            (_, Some(_)) => {}
            (_, None) => slot.prop = Some(Registry::number(&mut state.props, &slot.new_name)),
        }
    }
    if differences == 0 && work.heartbeat.is_none() {
        return;
    }
    let shift = state.shape.block_shift();
    let (block, row) = (state.block_mut(place.block(shift)), place.row(shift));
    for slot in work.slots.iter() {
        match (&slot.now, slot.prop) {
            (_, None | Some(PropId::USER_ID)) | (Now::Stored, _) => {}
            (Now::Gone, Some(prop)) => {
                block.clear(prop, row);
            }
            (Now::Value(value), Some(prop)) => {
                block.set(prop, row, value);
            }
        }
    }
    if let Some(heartbeat) = work.heartbeat {
        block.set_heartbeat(row, heartbeat);
    }
}

/// What a write of a whole lead does with an id that the index holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfHeld {
    /// Refuses it as `lead_exists`.
    Refuse,
    /// Replaces the whole lead.
    Replace,
}

/// Whether a lead may be written: where its id is held, if it is.
pub(crate) fn may_put(state: &State, id: u64, user_id: Option<&str>, if_held: IfHeld) -> Result<Option<RowId>, Error> {
    let held = state.find(id);
    if held.is_some() && if_held == IfHeld::Refuse {
        return Err(Error::new(
            ErrorKind::LeadExists,
            "lead_exists",
            format!("id {id} is held already; use upsert to replace it"),
        ));
    }
    if let Some(user_id) = user_id
        && let Some(holder) = state.find_user_id(user_id)
        && Some(holder) != held
    {
        return Err(user_id_taken(state, user_id, holder));
    }
    if held.is_none() {
        room_for_lead(state)?;
    }
    Ok(held)
}

/// Writes a lead that [`may_put`] said may be written, and where its id is `held`.
pub(crate) fn put(state: &mut State, held: Option<RowId>, put: &Put) -> RowId {
    let place = held.unwrap_or_else(|| take_place(state, put.id));
    fill(state, place, put, held.is_some());
    place
}

/// A free row for a new id; there must be [room](room_for_lead).
fn take_place(state: &mut State, id: u64) -> RowId {
    let shift = state.shape.block_shift();
    if state.with_room.is_empty() {
        let next = state.blocks.len();
        debug_assert!(next < most_blocks(state), "room was asked for");
        state.blocks.push(Double::new(Block::new(state.shape)));
        Arc::make_mut(&mut state.with_room).push(next);
    }
    let at = *state.with_room.last().expect("a block with room was just ensured");
    let block = state.block_mut(at);
    let row = block.take_row(id).expect("a block with room has a free row");
    if block.free() == 0 {
        Arc::make_mut(&mut state.with_room).pop();
    }
    let place = RowId::new(at, row, shift);
    state.everyone += 1;
    state.highest_id = state.highest_id.max(id);
    let State { ids, blocks, .. } = state;
    ids.insert(hash_id(id), place, |row| {
        hash_id(blocks.get(row.block(shift)).map_or(0, |block| block.id(row.row(shift))))
    });
    place
}

/// Brings the row in line with `put`, touching only what differs.
fn fill(state: &mut State, place: RowId, put: &Put, held: bool) {
    let shift = state.shape.block_shift();
    let (at, row) = (place.block(shift), place.row(shift));
    set_user_id(state, place, put.user_id.as_deref());
    set_own(state, place, put.conversations, put.web_push);
    let block = state.block_mut(at);
    if held {
        let kept = |prop: PropId| put.props.iter().any(|(other, _)| *other == prop);
        let gone: Vec<PropId> = block
            .columns()
            .filter(|&(prop, column)| !prop.is_own() && column.knows(row) && !kept(prop))
            .map(|(prop, _)| prop)
            .collect();
        for prop in gone {
            block.clear(prop, row);
        }
    }
    for (prop, value) in &put.props {
        block.set(*prop, row, value);
    }
    if let Some(heartbeat) = put.heartbeat {
        block.set_heartbeat(row, heartbeat);
    }
}

/// Sets what every lead has besides its id.
fn set_own(state: &mut State, place: RowId, conversations: u64, web_push: bool) {
    let shift = state.shape.block_shift();
    let (block, row) = (state.block_mut(place.block(shift)), place.row(shift));
    block.set(PropId::CONVERSATIONS, row, &Value::Number(conversations.min(1 << 53).cast_signed()));
    block.set(PropId::WEB_PUSH, row, &Value::Boolean(web_push));
}

fn set_user_id(state: &mut State, place: RowId, user_id: Option<&str>) {
    if state.user_id(place) == user_id {
        return;
    }
    let shift = state.shape.block_shift();
    let (at, row) = (place.block(shift), place.row(shift));
    if let Some(old) = state.user_id(place) {
        let hash = hash_text(old);
        state.user_ids.remove(hash, place);
        state.block_mut(at).clear(PropId::USER_ID, row);
    }
    if let Some(new) = user_id {
        state.block_mut(at).set(PropId::USER_ID, row, &Value::String(new.to_owned()));
        let mut map = std::mem::take(&mut state.user_ids);
        map.insert(hash_text(new), place, |row| state.user_id(row).map_or(0, hash_text));
        state.user_ids = map;
    }
}

/// Removes the lead at a place and everything that is known of it.
pub(crate) fn remove(state: &mut State, place: RowId) {
    let shift = state.shape.block_shift();
    let (at, row) = (place.block(shift), place.row(shift));
    let id = state.id(place);
    set_user_id(state, place, None);
    state.ids.remove(hash_id(id), place);
    let mut departed = std::mem::take(&mut state.departed);
    state.block_mut(at).depart(row, |slot| departed.push((slot, id)));
    state.departed = departed;
    let block = state.block_mut(at);
    let known: Vec<PropId> = block
        .columns()
        .filter(|&(prop, column)| prop != PropId::ID && column.knows(row))
        .map(|(prop, _)| prop)
        .collect();
    for prop in known {
        block.clear(prop, row);
    }
    let was_full = block.free() == 0;
    block.free_row(row);
    if was_full {
        Arc::make_mut(&mut state.with_room).push(at);
    }
    state.everyone -= 1;
}

/// Moves the leads of the sparsest block into another that has room for all of them; whether there
/// were two such blocks, both at most half full.
pub(crate) fn merge_sparsest(state: &mut State) -> bool {
    let half = state.shape.rows() / 2;
    let mut sparse: Vec<(usize, usize)> = state
        .blocks
        .iter()
        .enumerate()
        .map(|(at, block)| (block.everyone().len(), at))
        .filter(|(held, _)| (1..=half).contains(held))
        .collect();
    sparse.sort_unstable();
    let [(_, from), (_, into), ..] = sparse[..] else { return false };
    // Free rows are taken from the last block with room.
    let with_room = Arc::make_mut(&mut state.with_room);
    with_room.retain(|at| *at != into);
    with_room.push(into);
    let shift = state.shape.block_shift();
    let mut places = Vec::new();
    if let Some(block) = state.blocks.get(from) {
        block.everyone().for_each(|row| places.push(RowId::new(from, row, shift)));
    }
    for place in places {
        // A lead that was just taken out has its id, User ID and room to itself.
        let lead = taken_out(state, place);
        remove(state, place);
        put(state, None, &lead);
    }
    true
}

/// Everything that is known of the lead at a place.
fn taken_out(state: &State, place: RowId) -> Put {
    let lead = LeadRef::new(state, place, state.time);
    let known = state.at(place).into_iter().flat_map(|(block, row)| {
        block.columns().filter(|(prop, _)| !prop.is_own()).map(move |(prop, column)| (prop, column.get(row)))
    });
    Put {
        id: lead.id(),
        user_id: lead.user_id().map(str::to_owned),
        conversations: lead.conversations(),
        web_push: lead.web_push(),
        heartbeat: state.at(place).and_then(|(block, row)| block.heartbeat(row)),
        props: known.filter_map(|(prop, value)| Some((prop, value?.into_owned()))).collect(),
    }
}
