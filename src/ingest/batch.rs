//! Many changes, published as one.

use crate::error::Error;
use crate::ingest::apply;
use crate::ingest::carry_out::carry_out;
use crate::ingest::change::{Applied, Change, Target};
use crate::ingest::draft::{Draft, Work};
use crate::lead::Lead;
use crate::lead_ref::LeadRef;
use crate::state::State;

/// Changes under way: all of them become visible at once when the closure of
/// [`LeadIndex::batch`](crate::LeadIndex::batch) returns `Ok`, none of them otherwise.
///
/// Each call is whole or not at all by itself too: a call that returns an error has changed
/// nothing, and the batch may go on.
pub struct Batch<'s> {
    state: &'s mut State,
    work: Work,
}

impl<'s> Batch<'s> {
    pub(crate) fn new(state: &'s mut State) -> Self {
        Self { state, work: Work::default() }
    }

    /// As [`LeadIndex::apply`](crate::LeadIndex::apply).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn apply(
        &mut self,
        target: impl Into<Target>,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<Applied, Error> {
        let mut draft = Draft::open(self.state, &mut self.work, target.into())?;
        for (at, change) in changes.into_iter().enumerate() {
            carry_out(&mut draft, at, change)?;
        }
        draft.finish();
        apply::commit(self.state, &mut self.work)
    }

    /// As [`LeadIndex::insert`](crate::LeadIndex::insert).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn insert(&mut self, lead: Lead) -> Result<(), Error> {
        apply::insert(self.state, lead)
    }

    /// As [`LeadIndex::upsert`](crate::LeadIndex::upsert).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn upsert(&mut self, lead: Lead) -> Result<bool, Error> {
        apply::upsert(self.state, lead)
    }

    /// As [`LeadIndex::remove`](crate::LeadIndex::remove).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn remove(&mut self, id: u64) -> Result<Lead, Error> {
        apply::take_out(self.state, id)
    }

    /// Copies out the lead with this id as the batch has left it so far. O(properties).
    #[must_use]
    pub fn get(&self, id: u64) -> Option<Lead> {
        self.state.find(id).map(|place| LeadRef::new(self.state, place, self.state.time).into_owned())
    }

    /// Copies out the lead with this User ID as the batch has left it so far. O(properties).
    #[must_use]
    pub fn get_by_user_id(&self, user_id: &str) -> Option<Lead> {
        let place = self.state.find_user_id(user_id)?;
        Some(LeadRef::new(self.state, place, self.state.time).into_owned())
    }
}
