//! One lead's changes, worked out aside.
//!
//! A draft reads through to the state and notes in its own [`Slots`] what differs. It writes nothing,
//! so a change that cannot be carried out leaves nothing to undo; when all changes of the call ran,
//! [`commit`](super::apply::commit) writes the differences.

use smallvec::SmallVec;

use crate::block::Block;
use crate::datetime::DateTime;
use crate::error::{Error, ErrorKind, Problem};
use crate::id::{PropId, RowId};
use crate::ingest::admit;
use crate::ingest::change::{Applied, Ignored, Target};
use crate::ingest::new_events::NewEvents;
use crate::ingest::refusal;
use crate::ingest::slots::{Named, Now, Slots, Was};
use crate::lead::LastHeartbeat;
use crate::limits;
use crate::property::{self, Reason};
use crate::registry::{OwnName, Registry};
use crate::state::State;
use crate::value::{Value, ValueRef};

/// A lead with the changes of a call so far.
pub(super) struct Draft<'w> {
    pub(super) state: &'w State,
    pub(super) work: &'w mut Work,
    /// The block and row of the lead in the state; `None` while it is new.
    at: Option<(&'w Block, u16)>,
}

/// What the changes of a call come to: what differs from the state, and what to answer. Used for one
/// call after the other, so that its lists are not made anew for each.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Where the lead stands in the state; `None` while it is new.
    pub(super) base: Option<RowId>,
    pub(super) id: u64,
    pub(super) slots: Slots,
    /// The newest heartbeat, if it is not the state's.
    pub(super) heartbeat: Option<LastHeartbeat>,
    pub(super) removed: bool,
    /// Leads that were merged into this one.
    pub(super) losers: SmallVec<[RowId; 1]>,
    /// The id that the call created.
    pub(super) created: Option<u64>,
    /// Names of events that are new to the index, with their numbers.
    pub(super) events: NewEvents,
    pub(super) done: Applied,
}

impl Work {
    /// Forgets the last call.
    fn begin(&mut self, base: Option<RowId>, id: u64) {
        let Self { slots, losers, events, done, .. } = self;
        slots.clear();
        losers.clear();
        events.clear();
        done.clear();
        (self.base, self.id) = (base, id);
        (self.heartbeat, self.removed, self.created) = (None, false, None);
    }
}

/// From the target to a draft.
impl<'w> Draft<'w> {
    /// Finds the lead, or begins a new one where the target allows it. `near`: where to look first.
    pub(super) fn open(
        state: &'w State,
        work: &'w mut Work,
        target: Target,
        near: Option<RowId>,
    ) -> Result<Self, Error> {
        // A row that holds nobody has no id.
        let find_id = |id| near.filter(|place| id > 0 && state.id(*place) == id).or_else(|| state.find(id));
        match target {
            Target::Id(id) => Ok(Self::of(state, work, find_id(id).ok_or_else(|| unknown_id(id))?, id)),
            Target::IdOrNew(id) => match find_id(id) {
                Some(place) => Ok(Self::of(state, work, place, id)),
                None => Self::create(state, work, id),
            },
            Target::UserId(user_id) => match state.find_user_id(&user_id) {
                Some(place) => Ok(Self::of(state, work, place, state.id(place))),
                None => Err(refusal::unknown_lead(format!("the index holds no lead with the User ID {user_id:?}"))),
            },
            Target::UserIdOrNew(user_id) => match state.find_user_id(&user_id) {
                Some(place) => Ok(Self::of(state, work, place, state.id(place))),
                None => Self::create_for(state, work, user_id),
            },
        }
    }

    fn of(state: &'w State, work: &'w mut Work, place: RowId, id: u64) -> Self {
        work.begin(Some(place), id);
        Self { state, work, at: state.at(place) }
    }

    fn create(state: &'w State, work: &'w mut Work, id: u64) -> Result<Self, Error> {
        if id == 0 {
            return Err(Error::from_problems(ErrorKind::InvalidLead, vec![admit::no_id()]));
        }
        refusal::room_for_lead(state)?;
        work.begin(None, id);
        work.created = Some(id);
        work.done.created = true;
        let mut draft = Self { state, work, at: None };
        let created = draft.mention_own(OwnName::Created);
        draft.set(created, Value::DateTime(draft.now()));
        Ok(draft)
    }

    fn create_for(state: &'w State, work: &'w mut Work, user_id: String) -> Result<Self, Error> {
        let user_id = property::admit_text(user_id).map_err(|reason| {
            let message = format!("a User ID has 1 to {} characters", limits::STRING_CHARS);
            Error::from_problems(ErrorKind::InvalidLead, vec![Problem::new(reason.code(), "/user_id", message)])
        })?;
        let id = state.highest_id.checked_add(1).ok_or_else(no_higher_id)?;
        let mut draft = Self::create(state, work, id)?;
        let at = draft.mention(Named::Known(PropId::USER_ID));
        draft.set(at, Value::String(user_id));
        Ok(draft)
    }
}

/// Where the lead with this id is in the state.
fn find(state: &State, id: u64) -> Result<RowId, Error> {
    state.find(id).ok_or_else(|| unknown_id(id))
}

fn no_higher_id() -> Error {
    let message = "the index has held a lead with the highest id there is, 2^64-1; choose the new lead's id yourself";
    Error::new(ErrorKind::Full, "index_full", message)
}

fn unknown_id(id: u64) -> Error {
    refusal::unknown_lead(format!("the index holds no lead {id}"))
}

/// What the kinds of changes are made of.
impl<'w> Draft<'w> {
    /// The lead's id.
    pub(super) fn id(&self) -> u64 {
        self.work.id
    }

    /// The index's present.
    pub(super) fn now(&self) -> DateTime {
        self.state.time
    }

    /// The names of the index.
    pub(super) fn props(&self) -> &'w Registry {
        &self.state.props
    }

    /// The slot of a property that a change names.
    pub(super) fn mention(&mut self, named: Named) -> usize {
        let at = self.work.slots.find_or_add(named);
        self.work.slots.mention(at);
        at
    }

    /// The slot of a property that a change brings by itself.
    pub(super) fn mention_own(&mut self, name: OwnName) -> usize {
        let prop = self.props().find_own(name);
        self.mention(prop.map_or_else(|| Named::New(name.text().to_owned()), Named::Known))
    }

    /// The slot of a property.
    pub(super) fn slot(&mut self, prop: PropId) -> usize {
        self.work.slots.find_or_add(Named::Known(prop))
    }

    /// The name of a slot.
    pub(super) fn name(&self, at: usize) -> &str {
        self.work.slots[at].name(self.props())
    }

    /// Sets a property.
    pub(super) fn set(&mut self, at: usize, value: Value) {
        self.change_to(at, Now::Value(value));
    }

    /// Takes a property away.
    pub(super) fn clear(&mut self, at: usize) {
        self.change_to(at, Now::Gone);
    }

    fn change_to(&mut self, at: usize, now: Now) {
        let slot = &mut self.work.slots[at];
        slot.taken = true;
        slot.now = now;
    }

    /// Leaves a property as it is, by a change that is not ignored.
    pub(super) fn keep(&mut self, at: usize) {
        self.work.slots[at].taken = true;
    }

    /// Reads what the state has of some properties, all of them in a row: each lies somewhere else in
    /// memory, and the processor fetches at once what it is asked for at once.
    pub(super) fn read<const N: usize>(&mut self, slots: [usize; N]) {
        let stored = slots.map(|at| self.work.slots[at].prop.and_then(|prop| self.stored(prop)));
        for (at, stored) in slots.into_iter().zip(stored) {
            self.work.slots[at].was = Was::of(stored);
        }
    }

    /// The value of a property.
    pub(super) fn value(&self, at: usize) -> Option<ValueRef<'_>> {
        match &self.work.slots[at].now {
            Now::Stored => self.was(at),
            Now::Gone => None,
            Now::Value(value) => Some(value.as_ref()),
        }
    }

    /// The value of a property in the state.
    fn was(&self, at: usize) -> Option<ValueRef<'w>> {
        let slot = &self.work.slots[at];
        slot.was.value(|| self.stored(slot.prop?))
    }

    /// The number that a property is, if it is one.
    pub(super) fn number(&self, at: usize) -> Option<i64> {
        match self.value(at) {
            Some(ValueRef::Number(n)) => Some(n),
            _ => None,
        }
    }

    /// Reads the state. A lead that is not there had no conversations, too.
    fn stored(&self, prop: PropId) -> Option<ValueRef<'w>> {
        match self.at {
            Some((block, row)) => block.value(prop, row),
            None => nobodys(prop),
        }
    }

    /// The newest heartbeat.
    pub(super) fn heartbeat(&self) -> Option<LastHeartbeat> {
        self.work.heartbeat.or_else(|| self.stored_heartbeat())
    }

    fn stored_heartbeat(&self) -> Option<LastHeartbeat> {
        self.at.and_then(|(block, row)| block.heartbeat(row))
    }

    /// Replaces the newest heartbeat.
    pub(super) fn beat(&mut self, heartbeat: LastHeartbeat) {
        self.work.heartbeat = Some(heartbeat);
    }

    /// The User ID.
    pub(super) fn user_id(&self) -> Option<&str> {
        let value = match self.work.slots.find(&Named::Known(PropId::USER_ID)) {
            Some(at) => self.value(at),
            None => self.stored(PropId::USER_ID),
        };
        match value {
            Some(ValueRef::String(user_id)) => Some(user_id),
            _ => None,
        }
    }

    /// The lead that has a User ID, if it is neither this one nor merged into it.
    pub(super) fn other_holder(&self, user_id: &str) -> Option<RowId> {
        let holder = self.state.find_user_id(user_id)?;
        (Some(holder) != self.work.base && !self.work.losers.contains(&holder)).then_some(holder)
    }

    /// Where another lead is that was not merged into this one.
    pub(super) fn other(&self, id: u64) -> Result<RowId, Error> {
        let place = find(self.state, id)?;
        if self.work.losers.contains(&place) { Err(unknown_id(id)) } else { Ok(place) }
    }

    /// Notes that the lead at a place was merged into this one.
    pub(super) fn absorb(&mut self, place: RowId) {
        self.work.losers.push(place);
    }

    /// The draft goes on with another lead, none of whose properties it has changed. Returns where the
    /// former stands.
    pub(super) fn move_to(&mut self, place: RowId, id: u64) -> Option<RowId> {
        self.work.slots.iter_mut().for_each(|slot| slot.was = Was::Unread);
        self.work.heartbeat = None;
        self.work.done.created = false;
        self.work.id = id;
        self.at = self.state.at(place);
        self.work.base.replace(place)
    }

    /// Where the lead stands in the state.
    pub(super) fn base(&self) -> Option<RowId> {
        self.work.base
    }
}

/// The newest heartbeat of the lead at a place.
pub(super) fn stored_heartbeat(state: &State, place: RowId) -> Option<LastHeartbeat> {
    state.at(place).and_then(|(block, row)| block.heartbeat(row))
}

/// What is known of a property of somebody who is not there.
fn nobodys(prop: PropId) -> Option<ValueRef<'static>> {
    match prop {
        PropId::CONVERSATIONS => Some(ValueRef::Number(0)),
        PropId::WEB_PUSH => Some(ValueRef::Boolean(false)),
        _ => None,
    }
}

/// From a draft to work.
impl Draft<'_> {
    /// That the lead is still there.
    pub(super) fn require(&self) -> Result<(), Error> {
        if self.work.removed { Err(unknown_id(self.work.id)) } else { Ok(()) }
    }

    /// The lead is to be removed.
    pub(super) fn remove(&mut self) {
        self.work.removed = true;
    }

    /// Notes that the change that is number `at` of its call was not carried out.
    pub(super) fn ignore(&mut self, at: usize, reason: Reason) {
        self.work.done.ignored.push(Ignored { at, reason });
    }

    /// Compares with the state: what is left is what differs.
    pub(super) fn finish(self) {
        for at in 0..self.work.slots.len() {
            let differs = self.differs(at);
            let slot = &mut self.work.slots[at];
            slot.differs = differs;
            if !differs {
                slot.now = Now::Stored;
            }
        }
        if self.work.heartbeat.is_some() && self.work.heartbeat == self.stored_heartbeat() {
            self.work.heartbeat = None;
        }
    }

    fn differs(&self, at: usize) -> bool {
        let slot = &self.work.slots[at];
        match slot.prop {
            Some(PropId::PRESENCE) => {
                self.stored_heartbeat() != if self.work.removed { None } else { self.heartbeat() }
            }
            Some(prop) if self.work.removed => self.stored(prop) != nobodys(prop),
            None if self.work.removed => false,
            _ if matches!(slot.now, Now::Stored) => false,
            Some(_) => self.was(at) != self.value(at),
            None => self.value(at).is_some(),
        }
    }
}

impl Work {
    /// The answer.
    pub(super) fn answer(&mut self, props: &Registry) {
        let Self { id, slots, done, .. } = self;
        done.id = *id;
        for slot in slots.taken() {
            let list = if slot.differs { &mut done.affected } else { &mut done.not_changed };
            if list.is_empty() {
                list.reserve_exact(slots.len());
            }
            // What a call set and took away again has no number.
            list.push(
                slot.prop
                    .and_then(|prop| props.shared_name(prop))
                    .map_or_else(|| slot.new_name.as_str().into(), Clone::clone),
            );
        }
        done.dropped.sort_by(|a, b| a.property.cmp(&b.property));
    }
}
