//! The rows of one live filter in one block.

use smallvec::SmallVec;
use triomphe::Arc;

use crate::block::bitmap::Rows;
use crate::limits::Shape;
use crate::table::unless_shared;

/// So many rows are noted one by one.
const MOST_TURNED: usize = 128;

/// Who satisfies a live filter: the leads, and the others of everyone, kept apart so that a list of
/// leads needs no further test.
#[derive(Debug, Clone)]
pub(crate) struct LiveRows {
    leads: Arc<Rows>,
    others: Arc<Rows>,
    /// The rows that came or went in this version; `None` if they are too many, or perhaps all.
    turned: Option<SmallVec<[u16; 8]>>,
    /// No row comes or goes by the clock alone before this second.
    pub(crate) due: i64,
}

impl Default for LiveRows {
    fn default() -> Self {
        Self { leads: Arc::default(), others: Arc::default(), turned: None, due: i64::MAX }
    }
}

impl LiveRows {
    /// The leads that satisfy the filter.
    pub(crate) fn leads(&self) -> &Arc<Rows> {
        &self.leads
    }

    /// The others that do.
    pub(crate) fn others(&self) -> &Rows {
        &self.others
    }

    /// Replaces the leads or the others; `None` leaves them as they are.
    pub(crate) fn replace(&mut self, leads: Option<Rows>, others: Option<Rows>) {
        for (own, new) in [(&mut self.leads, leads), (&mut self.others, others)] {
            if let Some(new) = new {
                (*own, self.turned) = (Arc::new(new), None);
            }
        }
    }

    /// The next version begins: nobody came or went in it.
    pub(crate) fn begin(&mut self) {
        self.turned.get_or_insert_default().clear();
    }

    /// Makes the rows, which may lack who came and went in `newer`, the same as those.
    pub(crate) fn follow(&mut self, newer: &Self, shape: Shape) {
        let turned = newer.turned.as_deref();
        Rows::follow_shared(&mut self.leads, &newer.leads, turned, shape);
        Rows::follow_shared(&mut self.others, &newer.others, turned, shape);
        self.due = newer.due;
    }

    /// How many rows, leads or not.
    pub(crate) fn len(&self) -> usize {
        self.leads.len() + self.others.len()
    }

    /// Whether `row` satisfies the filter.
    pub(crate) fn contains(&self, row: u16) -> bool {
        self.leads.contains(row) || self.others.contains(row)
    }

    /// Whether a row, which is on no other side than its own, came or went.
    #[inline]
    pub(crate) fn turns(&self, row: u16, member: bool, lead: bool) -> bool {
        if lead { &self.leads } else { &self.others }.contains(row) != member
    }

    /// Sets whether `row` satisfies the filter; whether it came in (`Some(true)`) or went out of the leads.
    pub(crate) fn set(&mut self, row: u16, member: bool, lead: bool, shape: Shape) -> Option<bool> {
        let other = put(&mut self.others, row, member && !lead, shape);
        let came = put(&mut self.leads, row, member && lead, shape);
        self.note(row, came || other);
        came.then_some(member && lead)
    }

    /// The same of a row that is on no other side than its own.
    pub(crate) fn set_on_side(&mut self, row: u16, member: bool, lead: bool, shape: Shape) -> Option<bool> {
        debug_assert!(!if lead { &self.others } else { &self.leads }.contains(row), "reseated before");
        let changed = put(if lead { &mut self.leads } else { &mut self.others }, row, member, shape);
        self.note(row, changed);
        (changed && lead).then_some(member)
    }

    fn note(&mut self, row: u16, changed: bool) {
        if changed && let Some(turned) = &mut self.turned {
            turned.push(row);
            if turned.len() > MOST_TURNED {
                self.turned = None;
            }
        }
    }

    /// Bytes on the heap, without those of the sets that `newer` holds too.
    pub(crate) fn heap_bytes(&self, newer: Option<&Self>) -> usize {
        let turned = self.turned.as_ref().filter(|turned| turned.spilled()).map_or(0, |turned| turned.capacity() * 2);
        turned
            + unless_shared(&self.leads, newer.map(|newer| &newer.leads), Rows::shared_bytes)
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
