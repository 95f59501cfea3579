//! What a query answers: a page of leads, borrowed from the state it was asked of.

use std::sync::Arc;

use crate::datetime::DateTime;
use crate::id::RowId;
use crate::lead_ref::LeadRef;
use crate::query::cursor::Cursor;
use crate::state::State;

/// A page of leads and the exact total, from one point in time.
///
/// It holds on to that point in time: later writes do not show in it, and what it needs of the
/// memory stays until it is dropped.
#[derive(Clone)]
pub struct Page {
    state: Arc<State>,
    total: u64,
    rows: Vec<RowId>,
    now: DateTime,
    next: Option<Cursor>,
}

impl Page {
    pub(crate) fn new(state: Arc<State>, total: u64, rows: Vec<RowId>, now: DateTime, next: Option<Cursor>) -> Self {
        Self { state, total, rows, now, next }
    }

    /// How many leads match, before paging. O(1).
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The leads of the page, in order. O(1) a lead.
    pub fn leads(&self) -> impl ExactSizeIterator<Item = LeadRef<'_>> {
        self.rows.iter().map(|&row| LeadRef::new(&self.state, row, self.now))
    }

    /// The ids of the page, in order. O(page).
    #[must_use]
    pub fn ids(&self) -> Vec<u64> {
        self.rows.iter().map(|&row| self.state.id(row)).collect()
    }

    /// Where the next page begins, for [`Snapshot::resume`](crate::Snapshot::resume); `None` at the
    /// end of the list. O(1).
    #[must_use]
    pub fn next_cursor(&self) -> Option<Cursor> {
        self.next
    }

    /// Number of the publication that the page was answered from. O(1).
    #[must_use]
    pub fn version(&self) -> u64 {
        self.state.version
    }
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Page").field("total", &self.total).field("ids", &self.ids()).finish_non_exhaustive()
    }
}
