//! Every invariant of a state, proved again from scratch: for tests, fuzzing and debugging.

use crate::id::RowId;
use crate::lead::LeadCriteria;
use crate::lead_ref::LeadRef;
use crate::state::State;

/// Checks a published state; the text of the first fault.
pub(crate) fn validate(state: &State) -> Result<(), String> {
    if !state.open.is_empty() {
        return Err("a published state is open".to_owned());
    }
    let (mut everyone, mut leads, mut user_ids) = (0u64, 0u64, 0);
    let shift = state.shape.block_shift();
    for (at, block) in state.blocks.iter().enumerate() {
        block.validate().map_err(|fault| format!("block {at}: {fault}"))?;
        everyone += block.everyone().len() as u64;
        leads += block.leads().len() as u64;
        if state.with_room.contains(&at) != (block.free() > 0) {
            return Err(format!("block {at}: the list of blocks with room is wrong"));
        }
        let mut fault = None;
        block.everyone().for_each(|row| {
            let place = RowId::new(at, row, shift);
            user_ids += usize::from(state.user_id(place).is_some());
            if let Err(found) = validate_lead(state, place, block.leads().contains(row)) {
                fault.get_or_insert(found);
            }
        });
        if let Some(fault) = fault {
            return Err(format!("block {at}: {fault}"));
        }
    }
    if (everyone, leads) != (state.everyone, state.leads) {
        return Err(format!("{everyone} rows and {leads} leads found, {} and {} counted", state.everyone, state.leads));
    }
    if state.ids.len() as u64 != everyone || state.user_ids.len() != user_ids {
        return Err("the maps of ids hold more or fewer than the blocks".to_owned());
    }
    Ok(())
}

fn validate_lead(state: &State, place: RowId, is_lead: bool) -> Result<(), String> {
    let lead = LeadRef::new(state, place, state.time);
    if state.find(lead.id()) != Some(place) {
        return Err(format!("id {} is not found where it stands", lead.id()));
    }
    if lead.user_id().is_some_and(|user_id| state.find_user_id(user_id) != Some(place)) {
        return Err(format!("the User ID of {} is not found where it stands", lead.id()));
    }
    let criteria: LeadCriteria = state.criteria;
    if criteria.matches(&lead.into_owned()) != is_lead {
        return Err(format!("lead {} is on the wrong side of the lead criteria", lead.id()));
    }
    Ok(())
}
