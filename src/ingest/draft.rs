//! One lead's changes, worked out aside.
//!
//! A draft reads through to the state and notes in its own [`Slots`] what differs. It writes nothing,
//! so a change that cannot be carried out leaves nothing to undo; when all changes of the call ran,
//! [`commit`](super::apply::commit) writes the differences.

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::datetime::DateTime;
use crate::error::{Error, ErrorKind, Problem};
use crate::id::{PropId, RowId};
use crate::ingest::admit;
use crate::ingest::change::{Applied, Ignored, Target};
use crate::ingest::new_events::NewEvents;
use crate::ingest::refusal;
use crate::ingest::slots::{Now, Slots};
use crate::lead::LastHeartbeat;
use crate::limits;
use crate::property::{self, Reason};
use crate::state::State;
use crate::value::{Value, ValueRef};

/// A lead with the changes of a call so far.
pub(super) struct Draft<'s> {
    pub(super) state: &'s State,
    /// Where the lead stands in the state; `None` while it is new.
    base: Option<RowId>,
    id: u64,
    pub(super) slots: Slots,
    /// The newest heartbeat, if it is not the state's.
    heartbeat: Option<LastHeartbeat>,
    removed: bool,
    /// Leads that were merged into this one.
    losers: SmallVec<[RowId; 1]>,
    /// The id that the call created.
    created: Option<u64>,
    /// Names of events that are new to the index, with their numbers.
    pub(super) events: NewEvents,
    pub(super) done: Applied,
}

/// What the changes of a call come to: what differs from the state, and what to answer.
pub(super) struct Work {
    pub(super) base: Option<RowId>,
    pub(super) id: u64,
    /// Only those that differ say anything but [`Now::Stored`].
    pub(super) slots: Slots,
    pub(super) heartbeat: Option<LastHeartbeat>,
    pub(super) removed: bool,
    pub(super) losers: SmallVec<[RowId; 1]>,
    pub(super) created: Option<u64>,
    pub(super) events: NewEvents,
    done: Applied,
}

/// From the target to a draft.
impl<'s> Draft<'s> {
    /// Finds the lead, or begins a new one where the target allows it.
    pub(super) fn open(state: &'s State, target: Target) -> Result<Self, Error> {
        match target {
            Target::Id(id) => Ok(Self::new(state, Some(find(state, id)?), id)),
            Target::IdOrNew(id) => match state.find(id) {
                Some(place) => Ok(Self::new(state, Some(place), id)),
                None => Self::create(state, id),
            },
            Target::UserId(user_id) => match state.find_user_id(&user_id) {
                Some(place) => Ok(Self::new(state, Some(place), state.id(place))),
                None => Err(refusal::unknown_lead(format!("the index holds no lead with the User ID {user_id:?}"))),
            },
            Target::UserIdOrNew(user_id) => match state.find_user_id(&user_id) {
                Some(place) => Ok(Self::new(state, Some(place), state.id(place))),
                None => Self::create_for(state, user_id),
            },
        }
    }

    fn new(state: &'s State, base: Option<RowId>, id: u64) -> Self {
        Self {
            state,
            base,
            id,
            slots: Slots::default(),
            heartbeat: None,
            removed: false,
            losers: SmallVec::new(),
            created: None,
            events: NewEvents::default(),
            done: Applied::default(),
        }
    }

    fn create(state: &'s State, id: u64) -> Result<Self, Error> {
        if id == 0 {
            return Err(Error::from_problems(ErrorKind::InvalidLead, vec![admit::no_id()]));
        }
        refusal::room_for_lead(state)?;
        let mut draft = Self { created: Some(id), ..Self::new(state, None, id) };
        draft.done.created = true;
        let created = draft.mention("$created");
        draft.set(created, Value::DateTime(draft.now()));
        Ok(draft)
    }

    fn create_for(state: &'s State, user_id: String) -> Result<Self, Error> {
        let user_id = property::admit_text(user_id).map_err(|reason| {
            let message = format!("a User ID has 1 to {} characters", limits::STRING_CHARS);
            Error::from_problems(ErrorKind::InvalidLead, vec![Problem::new(reason.code(), "/user_id", message)])
        })?;
        let id = state.highest_id.checked_add(1).ok_or_else(no_higher_id)?;
        let mut draft = Self::create(state, id)?;
        let at = draft.mention(property::USER_ID);
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
impl<'s> Draft<'s> {
    /// The lead's id.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// The index's present.
    pub(super) fn now(&self) -> DateTime {
        self.state.time
    }

    /// The slot of a property that a change names.
    pub(super) fn mention(&mut self, name: impl Into<Cow<'static, str>>) -> usize {
        let at = self.slot(name.into());
        self.slots.mention(at);
        at
    }

    /// The slot of a property.
    pub(super) fn slot(&mut self, name: Cow<'static, str>) -> usize {
        match self.slots.find(&name) {
            Some(at) => at,
            None => {
                let prop = self.state.props.find(&name);
                self.slots.add(name, prop)
            }
        }
    }

    /// The name of a slot.
    pub(super) fn name(&self, at: usize) -> &str {
        &self.slots[at].name
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
        let slot = &mut self.slots[at];
        slot.taken = true;
        slot.now = now;
    }

    /// Leaves a property as it is, by a change that is not ignored.
    pub(super) fn keep(&mut self, at: usize) {
        self.slots[at].taken = true;
    }

    /// The value of a property.
    pub(super) fn value(&self, at: usize) -> Option<ValueRef<'_>> {
        let slot = &self.slots[at];
        match &slot.now {
            Now::Stored => self.stored(slot.prop?),
            Now::Gone => None,
            Now::Value(value) => Some(value.as_ref()),
        }
    }

    /// The number that a property is, if it is one.
    pub(super) fn number(&self, at: usize) -> Option<i64> {
        match self.value(at) {
            Some(ValueRef::Number(n)) => Some(n),
            _ => None,
        }
    }

    /// The value of a property in the state. A lead that is not there had no conversations, too.
    fn stored(&self, prop: PropId) -> Option<ValueRef<'s>> {
        match self.base {
            Some(place) => self.state.value(place, prop),
            None => nobodys(prop),
        }
    }

    /// The newest heartbeat.
    pub(super) fn heartbeat(&self) -> Option<LastHeartbeat> {
        self.heartbeat.or_else(|| stored_heartbeat(self.state, self.base?))
    }

    /// Replaces the newest heartbeat.
    pub(super) fn beat(&mut self, heartbeat: LastHeartbeat) {
        self.heartbeat = Some(heartbeat);
    }

    /// The User ID.
    pub(super) fn user_id(&self) -> Option<&str> {
        let value = match self.slots.find(property::USER_ID) {
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
        (Some(holder) != self.base && !self.losers.contains(&holder)).then_some(holder)
    }

    /// Where another lead is that was not merged into this one.
    pub(super) fn other(&self, id: u64) -> Result<RowId, Error> {
        let place = find(self.state, id)?;
        if self.losers.contains(&place) { Err(unknown_id(id)) } else { Ok(place) }
    }

    /// Notes that the lead at a place was merged into this one.
    pub(super) fn absorb(&mut self, place: RowId) {
        self.losers.push(place);
    }

    /// The draft goes on with another lead, none of whose properties it has changed. Returns where the
    /// former stands.
    pub(super) fn move_to(&mut self, place: RowId, id: u64) -> Option<RowId> {
        self.heartbeat = None;
        self.done.created = false;
        self.id = id;
        self.base.replace(place)
    }

    /// Where the lead stands in the state.
    pub(super) fn base(&self) -> Option<RowId> {
        self.base
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
        if self.removed { Err(unknown_id(self.id)) } else { Ok(()) }
    }

    /// The lead is to be removed.
    pub(super) fn remove(&mut self) {
        self.removed = true;
    }

    /// Notes that the change that is number `at` of its call was not carried out.
    pub(super) fn ignore(&mut self, at: usize, reason: Reason) {
        self.done.ignored.push(Ignored { at, reason });
    }

    /// Compares with the state: what is left is what differs.
    pub(super) fn finish(mut self) -> Work {
        for at in 0..self.slots.len() {
            let differs = self.differs(at);
            let slot = &mut self.slots[at];
            slot.differs = differs;
            if !differs {
                slot.now = Now::Stored;
            }
        }
        let stored = self.base.and_then(|place| stored_heartbeat(self.state, place));
        let Self { base, id, slots, heartbeat, removed, losers, created, events, done, .. } = self;
        let heartbeat = heartbeat.filter(|_| heartbeat != stored);
        Work { base, id, slots, heartbeat, removed, losers, created, events, done }
    }

    fn differs(&self, at: usize) -> bool {
        let slot = &self.slots[at];
        match slot.prop {
            Some(PropId::PRESENCE) => {
                let before = self.base.and_then(|place| stored_heartbeat(self.state, place));
                before != if self.removed { None } else { self.heartbeat() }
            }
            Some(prop) if self.removed => self.stored(prop) != nobodys(prop),
            None if self.removed => false,
            _ if matches!(slot.now, Now::Stored) => false,
            Some(prop) => self.stored(prop) != self.value(at),
            None => self.value(at).is_some(),
        }
    }
}

impl Work {
    /// The answer.
    pub(super) fn into_applied(self) -> Applied {
        let Self { id, slots, mut done, .. } = self;
        done.id = id;
        (done.affected, done.not_changed) = slots.into_names();
        done.dropped.sort_by(|a, b| a.property.cmp(&b.property));
        done
    }
}
