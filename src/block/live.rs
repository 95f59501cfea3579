//! The rows of one live filter in one block.

use triomphe::Arc;

use crate::block::bitmap::Rows;
use crate::limits::Shape;
use crate::table::unless_shared;

/// Who satisfies a live filter: the leads, and the others of everyone, kept apart so that a list of
/// leads needs no further test.
#[derive(Debug, Clone)]
pub(crate) struct LiveRows {
    pub(crate) leads: Arc<Rows>,
    pub(crate) others: Arc<Rows>,
    /// No row comes or goes by the clock alone before this second.
    pub(crate) due: i64,
}

impl Default for LiveRows {
    fn default() -> Self {
        Self { leads: Arc::default(), others: Arc::default(), due: i64::MAX }
    }
}

impl LiveRows {
    /// How many rows, leads or not.
    pub(crate) fn len(&self) -> usize {
        self.leads.len() + self.others.len()
    }

    /// Whether `row` satisfies the filter.
    pub(crate) fn contains(&self, row: u16) -> bool {
        self.leads.contains(row) || self.others.contains(row)
    }

    /// Sets whether `row` satisfies the filter; whether it came in (`Some(true)`) or went out of the leads.
    pub(crate) fn set(&mut self, row: u16, member: bool, lead: bool, shape: Shape) -> Option<bool> {
        put(&mut self.others, row, member && !lead, shape);
        put(&mut self.leads, row, member && lead, shape).then_some(member && lead)
    }

    /// The same of a row that is on no other side than its own.
    pub(crate) fn set_on_side(&mut self, row: u16, member: bool, lead: bool, shape: Shape) -> Option<bool> {
        debug_assert!(!if lead { &self.others } else { &self.leads }.contains(row), "reseated before");
        let changed = put(if lead { &mut self.leads } else { &mut self.others }, row, member, shape);
        (changed && lead).then_some(member)
    }

    /// Bytes on the heap, without those of the sets that `newer` holds too.
    pub(crate) fn heap_bytes(&self, newer: Option<&Self>) -> usize {
        unless_shared(&self.leads, newer.map(|newer| &newer.leads), Rows::shared_bytes)
            + unless_shared(&self.others, newer.map(|newer| &newer.others), Rows::shared_bytes)
    }
}

/// Brings a row in or out; whether that changed anything. Copies the set only then.
fn put(rows: &mut Arc<Rows>, row: u16, inside: bool, shape: Shape) -> bool {
    if rows.contains(row) == inside {
        return false;
    }
    let rows = Arc::make_mut(rows);
    if inside { rows.insert(row, shape) } else { rows.remove(row, shape) }
}
