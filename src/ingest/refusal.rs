//! Why a write is refused.

use crate::error::{Error, ErrorKind};
use crate::id::RowId;
use crate::state::State;

/// Whether there is room for one more lead.
pub(super) fn room_for_lead(state: &State) -> Result<(), Error> {
    if state.everyone >= state.limits.leads {
        return Err(full(state.limits.leads));
    }
    if state.with_room.is_empty() && state.blocks.len() >= most_blocks(state) {
        return Err(full(u64::from(u32::MAX)));
    }
    Ok(())
}

/// So many blocks have rows that 32 bits can number.
pub(super) fn most_blocks(state: &State) -> usize {
    (u32::MAX >> state.shape.block_shift()) as usize
}

fn full(limit: u64) -> Error {
    Error::new(
        ErrorKind::Full,
        "index_full",
        format!("the index holds {limit} leads, its limit; remove some or raise the limit"),
    )
}

/// The error of a lead that is not there.
pub(super) fn unknown_lead(message: String) -> Error {
    Error::new(ErrorKind::UnknownLead, "unknown_lead", message)
}

/// The error of a User ID that the lead at `holder` has.
pub(super) fn user_id_taken(state: &State, user_id: &str, holder: RowId) -> Error {
    Error::new(
        ErrorKind::UserIdTaken,
        "user_id_taken",
        format!("User ID {user_id:?} belongs to lead {}; merge the two or choose another", state.id(holder)),
    )
}
