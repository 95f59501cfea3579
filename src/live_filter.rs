//! The facade of a live filter.

use std::sync::Arc;

use crate::error::Error;
use crate::filter::Filter;
use crate::live::listen::Listener;
use crate::publish::Shared;
use crate::query::{Page, Query};
use crate::snapshot::Snapshot;

/// A filter that the index keeps: its rows and its count follow every write and the clock.
///
/// A handle: clones speak of one live filter, and dropping a handle drops nothing. See
/// [`LeadIndex::keep`](crate::LeadIndex::keep).
#[derive(Clone)]
pub struct LiveFilter {
    shared: Arc<Shared>,
    id: u64,
}

impl LiveFilter {
    pub(crate) fn new(shared: Arc<Shared>, id: u64) -> Self {
        Self { shared, id }
    }

    /// Its number, by which [`Filter::segment`] names it; 0 is the lead criterion, which needs no name. O(1).
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its name. O(live filters).
    ///
    /// # Errors
    ///
    /// `unknown_segment` if it was dropped.
    pub fn name(&self) -> Result<String, Error> {
        Ok(self.shared.current().kept.require(self.id)?.1.name.to_string())
    }

    /// The filter. O(live filters).
    ///
    /// # Errors
    ///
    /// `unknown_segment` if it was dropped.
    pub fn filter(&self) -> Result<Filter, Error> {
        Ok(Filter::clone(&self.shared.current().kept.require(self.id)?.1.filter))
    }

    /// How many leads satisfy it now. O(live filters); the filter over every block, if the clock has
    /// moved somebody since the last write or [`tick`](crate::LeadIndex::tick).
    ///
    /// # Errors
    ///
    /// `unknown_segment` if it was dropped.
    pub fn total(&self) -> Result<u64, Error> {
        Snapshot::take(&self.shared).live_total(self.id)
    }

    /// Whether the one with this id is a lead and satisfies it now. O(1), or the filter for this one lead.
    ///
    /// # Errors
    ///
    /// `unknown_segment` if it was dropped.
    pub fn contains(&self, id: u64) -> Result<bool, Error> {
        Snapshot::take(&self.shared).live_contains(self.id, id)
    }

    /// Total and page of those for whom both this filter and that of `query` hold. Without a filter of
    /// its own, a query costs a walk for the page and nothing for the total.
    ///
    /// # Errors
    ///
    /// `unknown_segment` if it was dropped; else as [`LeadIndex::query`](crate::LeadIndex::query).
    pub fn query(&self, query: &Query) -> Result<Page, Error> {
        Snapshot::take(&self.shared).live_query(self.id, query)
    }

    /// Hears from now on who enters and who leaves, through a queue of `capacity` events (at least 1).
    /// Waits for a write under way to end. O(1).
    ///
    /// # Errors
    ///
    /// `unknown_segment` if it was dropped; `recursive_write` from inside a batch.
    pub fn listen(&self, capacity: usize) -> Result<Listener, Error> {
        self.shared.listen(self.id, capacity)
    }
}

impl std::fmt::Debug for LiveFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveFilter").field("id", &self.id).finish_non_exhaustive()
    }
}
