//! The facade of a live filter.

use std::sync::Arc;

use crate::error::Error;
use crate::filter::Filter;
use crate::live::listen::Listener;
use crate::publish::Shared;
use crate::query::{Page, Query};

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

    /// Its number, by which [`Filter::segment`] names it. O(1).
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
        todo()
    }

    /// The filter. O(live filters).
    ///
    /// # Errors
    ///
    /// `unknown_segment` if it was dropped.
    pub fn filter(&self) -> Result<Filter, Error> {
        todo()
    }

    /// How many leads satisfy it now. O(1).
    ///
    /// # Errors
    ///
    /// `unknown_segment` if it was dropped.
    pub fn total(&self) -> Result<u64, Error> {
        todo()
    }

    /// Whether the lead with this id satisfies it now. O(1).
    ///
    /// # Errors
    ///
    /// `unknown_segment` if it was dropped.
    pub fn contains(&self, id: u64) -> Result<bool, Error> {
        let _ = id;
        todo()
    }

    /// Total and page of those for whom both this filter and that of `query` hold. O(1) for the
    /// total and a walk for the page, if the query has no filter of its own.
    ///
    /// # Errors
    ///
    /// `unknown_segment` if it was dropped; else as [`LeadIndex::query`](crate::LeadIndex::query).
    pub fn query(&self, query: &Query) -> Result<Page, Error> {
        let _ = query;
        todo()
    }

    /// Hears from now on who enters and who leaves, through a queue of `capacity` events (at least 1).
    ///
    /// # Errors
    ///
    /// `unknown_segment` if it was dropped.
    pub fn listen(&self, capacity: usize) -> Result<Listener, Error> {
        let _ = (capacity, &self.shared);
        todo()
    }
}

fn todo<T>() -> Result<T, Error> {
    Err(Error::invalid("not_supported_yet", "being built"))
}
