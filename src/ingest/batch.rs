//! Many changes, published as one.

use crate::error::Error;
use crate::id::RowId;
use crate::ingest::ahead;
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
        self.apply_near(None, target.into(), changes)?;
        Ok(std::mem::take(&mut self.work.done))
    }

    /// The same for a lead that is perhaps at a place; the answer is left in the work.
    fn apply_near(
        &mut self,
        near: Option<RowId>,
        target: Target,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<(), Error> {
        let mut draft = Draft::open(self.state, &mut self.work, target, near)?;
        for (at, change) in changes.into_iter().enumerate() {
            carry_out(&mut draft, at, change)?;
        }
        draft.finish();
        apply::commit(self.state, &mut self.work)
    }

    /// Applies the changes of many leads, one call after the other, as [`apply`](Batch::apply) would, and
    /// hands what became of each to `done`, which clones what it wants to keep. Faster than as many calls of
    /// `apply`, since what the next writes will read is fetched from memory while the others wait for
    /// theirs: up to 16 writes are taken from `writes` before the first of them is made.
    ///
    /// ```
    /// use lead_index::{Change, Lead, LeadIndex};
    ///
    /// let index = LeadIndex::new();
    /// let visits = [(1, [Change::Session]), (2, [Change::Session]), (1, [Change::Session])];
    /// let mut changed = 0;
    /// index.batch(|batch| {
    ///     batch.insert(Lead::new(1))?;
    ///     batch.insert(Lead::new(2))?;
    ///     batch.apply_each(visits, |applied| {
    ///         changed += applied?.affected.len();
    ///         Ok(())
    ///     })
    /// })?;
    /// assert_eq!(changed, 3);
    /// # Ok::<(), lead_index::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What `done` returns: the first error ends the call, and the writes after that one are not made.
    pub fn apply_each<T, C>(
        &mut self,
        writes: impl IntoIterator<Item = (T, C)>,
        mut done: impl FnMut(Result<&Applied, Error>) -> Result<(), Error>,
    ) -> Result<(), Error>
    where
        T: Into<Target>,
        C: AsRef<[Change]> + IntoIterator<Item = Change>,
    {
        let mut writes = writes.into_iter().map(|(target, changes)| (target.into(), changes)).fuse();
        let mut next = Vec::with_capacity(ahead::WRITES);
        loop {
            next.extend(writes.by_ref().take(ahead::WRITES));
            if next.is_empty() {
                return Ok(());
            }
            let places = ahead::look(self.state, &next);
            for (near, (target, changes)) in places.into_iter().zip(next.drain(..)) {
                let made = self.apply_near(near, target, changes);
                done(made.map(|()| &self.work.done))?;
            }
        }
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
