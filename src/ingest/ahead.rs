//! Looking ahead over many writes: a write waits for memory a dozen times (the map of ids, the id
//! itself, a value in each column), and each wait follows from the one before. Sixteen writes wait
//! for nothing of each other's, so the same places are asked for side by side before the first is made.

use std::hint::black_box;

use smallvec::SmallVec;

use crate::block::column::dense::Cell;
use crate::block::column::dict::hash_text;
use crate::id::{PropId, RowId};
use crate::ingest::change::{Change, Event, Target};
use crate::registry::OwnName;
use crate::state::{State, hash_id};

/// Writes that are looked at together: enough to fill what a core can wait for at a time, few enough
/// that what they brought is still in its cache when their turn comes.
pub(super) const WRITES: usize = 16;

/// Where each of the writes probably goes.
pub(super) type Places = SmallVec<[Option<RowId>; WRITES]>;

/// Opens the blocks that the writes will probably go to, touches what they will read there, and says where
/// that is. Changes no value: a write finds everything as the writes before it left it.
pub(super) fn look<C: AsRef<[Change]>>(state: &mut State, writes: &[(Target, C)]) -> Places {
    let places: Places = writes.iter().map(|(target, _)| likely_place(state, target)).collect();
    places.iter().flatten().for_each(|place| state.open_at(*place));
    let mut cells: SmallVec<[Cell<'_>; 8 * WRITES]> = SmallVec::new();
    for (place, (_, changes)) in places.iter().copied().zip(writes) {
        let Some((block, row)) = place.and_then(|place| state.at(place)) else { continue };
        let mut read = |prop| {
            if let Some(column) = block.column(prop) {
                column.cells(row, |cell| cells.push(cell));
            }
        };
        read(PropId::ID);
        changes.as_ref().iter().for_each(|change| for_each_read(state, change, &mut read));
    }
    // No branch hangs on what is read, and so the processor goes on to the next before this one has come.
    black_box(cells.iter().fold(0, |sum, cell| sum ^ cell.touch_piece()));
    black_box(cells.iter().fold(0, |sum, cell| sum ^ cell.touch_value()));
    places
}

/// Where the lead probably is: whether it is that lead is not asked yet.
fn likely_place(state: &State, target: &Target) -> Option<RowId> {
    match target {
        Target::Id(id) | Target::IdOrNew(id) => state.ids.find(hash_id(*id), |_| true),
        Target::UserId(user_id) | Target::UserIdOrNew(user_id) => state.user_ids.find(hash_text(user_id), |_| true),
    }
}

/// Calls `f` with the properties that a change reads.
fn for_each_read(state: &State, change: &Change, mut f: impl FnMut(PropId)) {
    let mut own = |name| state.props.find_own(name).into_iter().for_each(&mut f);
    match change {
        Change::Set { key, .. }
        | Change::SetOnce { key, .. }
        | Change::Add { key, .. }
        | Change::Delete { key }
        | Change::Append { key, .. }
        | Change::Union { key, .. }
        | Change::Exclude { key, .. } => state.props.find(key).into_iter().for_each(f),
        Change::Event { event, .. } => {
            own(OwnName::LastSeen);
            let id = match event {
                Event::Id(id) => Some(*id),
                Event::Name(name) => state.events.find(name),
            };
            id.into_iter().flat_map(|id| state.props.find_event(id)).flatten().for_each(f);
        }
        Change::Session => own(OwnName::Sessions),
        Change::Seen { .. } => own(OwnName::LastSeen),
        Change::Heartbeat { .. } => {
            own(OwnName::LastSeen);
            f(PropId::PRESENCE);
        }
        Change::Conversations(_) => f(PropId::CONVERSATIONS),
        Change::WebPush(_) => f(PropId::WEB_PUSH),
        Change::UserId(_) => f(PropId::USER_ID),
        // They read all there is, and are rare.
        Change::Merge { .. } | Change::Remove => {}
    }
}
