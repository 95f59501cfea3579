//! Frozen indexes over live columns.
//!
//! A column's values are always current; what is *derived* from them (a sort order, the rows of each
//! text) is frozen when it is built and then carries a short list of rows it no longer speaks for.
//! A lookup takes the frozen answer without those rows and tests the rows themselves, one by one.
//! A write therefore costs an entry in a list, however many indexes exist; once the list is full
//! the index is frozen anew, in one pass over the block.

mod merge;
mod moved;
mod postings;

use std::cmp::Ordering;
use std::sync::OnceLock;

use crate::block::bits;
use crate::block::column::ints::Ints;

pub(crate) use merge::merge;
pub(crate) use moved::Moved;
pub(crate) use postings::Postings;

/// How equal values are told apart: by id. Most blocks are filled in ascending order of ids, and
/// then the rows themselves are that order.
#[derive(Clone, Copy)]
pub(crate) enum Ties<'a> {
    /// Ascending rows have ascending ids.
    Ascending,
    /// The ids, as keys.
    Ids(&'a Ints),
}

impl Ties<'_> {
    /// The order of two rows by id.
    pub(crate) fn cmp(self, a: u16, b: u16) -> Ordering {
        match self {
            Self::Ascending => a.cmp(&b),
            Self::Ids(ids) => ids.get(a).cmp(&ids.get(b)),
        }
    }
}

/// Rows by value and then id, as they were when the run was built.
#[derive(Debug)]
pub(crate) struct Run {
    rows: Box<[u16]>,
    /// Sorted rows that had moved already when the run was built: it does not speak for them
    /// either, which matters to snapshots older than the build.
    without: Box<[u16]>,
}

/// The place for an order that is built when it is first asked for, by whoever asks: it depends
/// only on values that do not change, so every snapshot that shares the place may use it.
#[derive(Debug, Default)]
pub(crate) struct Slot(OnceLock<Run>);

impl Slot {
    /// A slot whose order is known.
    pub(crate) fn ready(rows: Vec<u16>) -> Self {
        let slot = Self::default();
        slot.fill(rows, &[]);
        slot
    }

    /// Puts the order in, unless somebody else was faster.
    pub(crate) fn fill(&self, rows: Vec<u16>, without: &[u16]) {
        // Losing the race is fine: both runs were built from the same frozen values.
        let _ = self.0.set(Run { rows: rows.into_boxed_slice(), without: without.into() });
    }

    /// The order, if it was built.
    pub(crate) fn get(&self) -> Option<&Run> {
        self.0.get()
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.get().map_or(0, |run| (run.rows.len() + run.without.len()) * 2)
    }
}

impl Run {
    /// The order and the sorted rows it does not speak for, given those that moved.
    pub(crate) fn view<'a, K: Copy + Default>(&'a self, moved: &'a Moved<K>) -> Sorted<'a> {
        let stale = Stale { moved: moved.rows(), without: &self.without };
        Sorted { rows: &self.rows, stale, moved: moved.by_value() }
    }
}

/// Rows an index does not speak for: two sorted lists that may share rows.
#[derive(Clone, Copy, Default)]
pub(crate) struct Stale<'a> {
    pub(crate) moved: &'a [u16],
    pub(crate) without: &'a [u16],
}

impl Stale<'_> {
    /// Whether `row` is stale.
    #[inline]
    pub(crate) fn has(&self, row: u16) -> bool {
        (!self.moved.is_empty() && self.moved.binary_search(&row).is_ok())
            || (!self.without.is_empty() && self.without.binary_search(&row).is_ok())
    }

    /// Whether no row is stale.
    pub(crate) fn is_empty(&self) -> bool {
        self.moved.is_empty() && self.without.is_empty()
    }

    /// Puts right what a frozen index says of stale rows: each is asked, and set or cleared.
    pub(crate) fn correct(&self, words: &mut [u64], passes: impl Fn(u16) -> bool) {
        self.for_each(|row| if passes(row) { bits::set(words, row) } else { bits::clear(words, row) });
    }

    /// Calls `f` with each stale row once.
    pub(crate) fn for_each(&self, mut f: impl FnMut(u16)) {
        self.moved.iter().copied().for_each(&mut f);
        self.without.iter().filter(|row| self.moved.binary_search(row).is_err()).copied().for_each(f);
    }
}

/// A frozen order and the rows to skip in it.
#[derive(Clone, Copy)]
pub(crate) struct Sorted<'a> {
    pub(crate) rows: &'a [u16],
    pub(crate) stale: Stale<'a>,
    /// The stale rows that have a value, by value and then id, if somebody has sorted them. A writer
    /// that does knows the order already, so the rows it was built without are among them.
    pub(crate) moved: Option<&'a [u16]>,
}

impl Sorted<'_> {
    /// The first rank within `from..to` for which `before` does not hold; stale rows are not asked
    /// (their values are no longer those they were sorted by).
    pub(crate) fn partition(&self, from: usize, to: usize, mut before: impl FnMut(u16) -> bool) -> usize {
        let (mut low, mut high) = (from, to);
        while low < high {
            let middle = low + (high - low) / 2;
            match (middle..high).find(|&at| !self.stale.has(self.rows[at])) {
                None => high = middle,
                Some(at) if before(self.rows[at]) => low = at + 1,
                Some(_) => high = middle,
            }
        }
        low
    }
}
