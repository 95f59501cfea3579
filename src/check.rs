//! Every invariant of a state, proved again from scratch: for tests, fuzzing and debugging.

use crate::block::Block;
use crate::block::double::Double;
use crate::id::RowId;
use crate::lead_ref::LeadRef;
use crate::live::compiled::Compiled;
use crate::state::State;

/// Checks a published state; the text of the first fault.
pub(crate) fn validate(state: &State) -> Result<(), String> {
    if !state.open.is_empty() || !state.departed.is_empty() {
        return Err("a published state is open".to_owned());
    }
    let (mut everyone, mut leads, mut user_ids) = (0u64, 0u64, 0);
    let shift = state.shape.block_shift();
    for (at, block) in state.blocks.iter().enumerate() {
        block.validate().and_then(|()| validate_former(block)).map_err(|fault| format!("block {at}: {fault}"))?;
        everyone += block.everyone().len() as u64;
        leads += block.leads().len() as u64;
        if state.with_room.contains(&at) != (block.free() > 0) {
            return Err(format!("block {at}: the list of blocks with room is wrong"));
        }
        let mut fault = None;
        block.everyone().for_each(|row| {
            let place = RowId::new(at, row, shift);
            user_ids += usize::from(state.user_id(place).is_some());
            if let Err(found) = validate_lead(state, place) {
                fault.get_or_insert(found);
            }
        });
        if let Some(fault) = fault {
            return Err(format!("block {at}: {fault}"));
        }
    }
    if (everyone, leads) != (state.everyone, state.leads()) {
        return Err(format!(
            "{everyone} rows and {leads} leads found, {} and {} counted",
            state.everyone,
            state.leads()
        ));
    }
    if state.ids.len() as u64 != everyone || state.user_ids.len() != user_ids {
        return Err("the maps of ids hold more or fewer than the blocks".to_owned());
    }
    validate_live(state)
}

/// The former version of a block, brought up to date, says the same as the block.
fn validate_former(block: &Double<Block>) -> Result<(), String> {
    block.check_former(|former| former.validate().and_then(|()| former.agrees(block))).unwrap_or(Ok(()))
}

fn validate_lead(state: &State, place: RowId) -> Result<(), String> {
    let lead = LeadRef::new(state, place, state.time);
    if state.find(lead.id()) != Some(place) {
        return Err(format!("id {} is not found where it stands", lead.id()));
    }
    if lead.user_id().is_some_and(|user_id| state.find_user_id(user_id) != Some(place)) {
        return Err(format!("the User ID of {} is not found where it stands", lead.id()));
    }
    Ok(())
}

/// Every live filter holds whom it must, and is looked at in time.
fn validate_live(state: &State) -> Result<(), String> {
    for (slot, kept) in state.kept.iter() {
        let compiled = Compiled::new(state, slot).ok_or("a live filter is not where it was listed")?;
        let mut total = 0;
        for (at, block) in state.blocks.iter().enumerate() {
            let live = block.live(slot).cloned().unwrap_or_default();
            let mut wrong = None;
            block.everyone().for_each(|row| {
                if live.contains(row) != compiled.plan.check(block, row) {
                    wrong.get_or_insert(block.id(row));
                }
            });
            if let Some(id) = wrong {
                return Err(format!("lead {id} is on the wrong side of live filter {}", kept.id));
            }
            let due = compiled.due(block, state.time);
            if live.due > due || kept.due > due {
                return Err(format!("block {at} has to be looked at earlier for live filter {}", kept.id));
            }
            total += live.leads().len() as u64;
        }
        if total != kept.total {
            return Err(format!("live filter {} has {total} leads, {} counted", kept.id, kept.total));
        }
    }
    Ok(())
}
