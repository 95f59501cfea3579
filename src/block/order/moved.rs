//! The rows that an index does not speak for any more, and their order among themselves.

use std::cmp::Ordering;

use crate::block::bits;
use crate::block::noted::add_sorted;
use crate::block::order::Stale;
use crate::limits::{BLOCK_ROWS, Shape};

/// The rows that changed since an index was frozen. `K`: what a row is sorted by.
#[derive(Debug)]
pub(crate) struct Moved<K> {
    /// Sorted; meaningless once `all` is set.
    rows: Vec<u16>,
    /// Those that have a value, by value and then id: a walk begins with them at once, however many
    /// readers there are.
    by_value: Option<ByValue<K>>,
    /// So many rows changed that the index is worth nothing: only while it is settled.
    all: bool,
}

impl<K> Default for Moved<K> {
    fn default() -> Self {
        Self { rows: Vec::new(), by_value: None, all: false }
    }
}

/// A clone is made to be written to: it has room for some more rows.
impl<K: Copy> Clone for Moved<K> {
    fn clone(&self) -> Self {
        Self { rows: roomy(&self.rows), by_value: self.by_value.clone(), all: self.all }
    }
}

/// A copy with room for some more.
fn roomy<T: Copy>(list: &[T]) -> Vec<T> {
    let mut copy = Vec::with_capacity(if list.is_empty() { 0 } else { list.len() + 4 });
    copy.extend_from_slice(list);
    copy
}

impl<K: Copy + Default> Moved<K> {
    /// No rows, in order.
    pub(crate) fn none() -> Self {
        Self { by_value: Some(ByValue::of(&[])), ..Self::default() }
    }

    /// Makes the rows the same as newer ones.
    pub(crate) fn follow(&mut self, newer: &Self) {
        match (&mut self.by_value, &newer.by_value) {
            (Some(own), Some(newer)) => own.follow(newer),
            (own, newer) => own.clone_from(newer),
        }
        self.rows.clone_from(&newer.rows);
        self.all = newer.all;
    }

    /// Adds the rows that were written to since the last time; whether one of them had moved before.
    pub(crate) fn add(&mut self, written: &[u16], shape: Shape) -> bool {
        let so_far = self.rows.len();
        if written.len() <= FEW_WRITTEN {
            for &row in written {
                if let Err(at) = self.rows.binary_search(&row) {
                    self.rows.insert(at, row);
                }
            }
        } else {
            add_sorted(&mut self.rows, written);
        }
        if self.rows.len() > shape.rows() / 8 {
            *self = Self { all: true, ..Self::default() };
        }
        self.rows.len() < so_far + written.len()
    }

    /// Brings the rows by value in line with their values, after [`Moved::add`] of the same rows, and with what
    /// that said. `key`: what a row is sorted by, `None` if it has no value; `cmp`: the order of rows with their
    /// keys.
    pub(crate) fn sort(
        &mut self,
        written: &[u16],
        again: bool,
        key: impl Fn(u16) -> Option<K>,
        cmp: impl Fn((K, u16), (K, u16)) -> Ordering,
    ) {
        // Each key is read once: rows lie far apart.
        let in_order = |rows: &[u16]| {
            let mut keyed = Vec::with_capacity(rows.len());
            keyed.extend(rows.iter().filter_map(|&row| Some((key(row)?, row))));
            keyed.sort_unstable_by(|&a, &b| cmp(a, b));
            keyed
        };
        let Self { rows, by_value, .. } = self;
        match by_value {
            Some(sorted) if written.len() <= rows.len() / 2 => {
                if again {
                    sorted.drop_rows(written);
                }
                sorted.merge_in(&in_order(written), cmp);
            }
            _ => *by_value = Some(ByValue::of(&in_order(rows))),
        }
    }

    /// Keeps the rows by value no longer: there is no order that needs them.
    pub(crate) fn unsort(&mut self) {
        self.by_value = None;
    }

    /// Checks that the rows by value are those that moved and have one, in order, with their keys.
    pub(crate) fn validate(
        &self,
        cmp: impl Fn(u16, u16) -> Ordering,
        key: impl Fn(u16) -> Option<K>,
    ) -> Result<(), String>
    where
        K: PartialEq,
    {
        let Some(kept) = &self.by_value else { return Ok(()) };
        let mut fresh: Vec<u16> = self.rows.iter().copied().filter(|&row| key(row).is_some()).collect();
        fresh.sort_by(|&a, &b| cmp(a, b));
        let known = kept.rows.iter().zip(&kept.keys).all(|(&row, &kept)| key(row) == Some(kept));
        if kept.rows == fresh && known { Ok(()) } else { Err("moved rows are out of order".to_owned()) }
    }

    /// The rows that have a value with what they are sorted by, in order, if they are kept sorted.
    pub(crate) fn keyed(&self) -> Option<Vec<(K, u16)>> {
        self.by_value.as_ref().map(|sorted| sorted.keys.iter().copied().zip(sorted.rows.iter().copied()).collect())
    }

    /// The rows by value and then id, if they are kept sorted.
    pub(crate) fn by_value(&self) -> Option<&[u16]> {
        self.by_value.as_ref().map(|sorted| &sorted.rows[..])
    }

    /// Whether the index must be frozen anew before it is published.
    pub(crate) fn is_full(&self, shape: Shape) -> bool {
        self.all || self.rows.len() > shape.moved()
    }

    /// Whether nothing of the old index can be used.
    pub(crate) fn is_all(&self) -> bool {
        self.all
    }

    /// The rows as those an index does not speak for.
    pub(crate) fn stale(&self) -> Stale<'_> {
        Stale { moved: self.rows(), without: &[] }
    }

    /// The rows, sorted.
    pub(crate) fn rows(&self) -> &[u16] {
        debug_assert!(!self.all, "an index is settled before it is read");
        &self.rows
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.rows.capacity() * size_of::<u16>() + self.by_value.as_ref().map_or(0, ByValue::heap_bytes)
    }
}

/// Rows in order, each with its key: to put others in, no value is read.
#[derive(Debug)]
struct ByValue<K> {
    rows: Vec<u16>,
    keys: Vec<K>,
}

impl<K: Copy> Clone for ByValue<K> {
    fn clone(&self) -> Self {
        Self { rows: roomy(&self.rows), keys: roomy(&self.keys) }
    }
}

impl<K: Copy + Default> ByValue<K> {
    fn of(keyed: &[(K, u16)]) -> Self {
        Self { rows: keyed.iter().map(|(_, row)| *row).collect(), keys: keyed.iter().map(|(key, _)| *key).collect() }
    }

    fn at(&self, at: usize) -> (K, u16) {
        (self.keys[at], self.rows[at])
    }

    /// Takes rows out.
    fn drop_rows(&mut self, gone: &[u16]) {
        if gone.len() <= FEW_WRITTEN {
            return self.keep(|row| !gone.contains(&row));
        }
        let mut words = [0; BLOCK_ROWS / 64];
        bits::set_all(&mut words, gone);
        self.keep(|row| !bits::test(&words, row));
    }

    fn keep(&mut self, is_kept: impl Fn(u16) -> bool) {
        let mut len = 0;
        for at in 0..self.rows.len() {
            let (key, row) = self.at(at);
            (self.keys[len], self.rows[len]) = (key, row);
            len += usize::from(is_kept(row));
        }
        // Of what was taken out nothing stays behind the end.
        self.keys[len..].fill(K::default());
        self.rows.truncate(len);
        self.keys.truncate(len);
    }

    /// Puts rows that are in order in. Begins at the end: there the newest values are.
    fn merge_in(&mut self, new: &[(K, u16)], cmp: impl Fn((K, u16), (K, u16)) -> Ordering) {
        let Some(&any) = new.first() else { return };
        let mut end = self.rows.len();
        let mut to = end + new.len();
        self.rows.resize(to, 0);
        self.keys.resize(to, any.0);
        for &(key, row) in new.iter().rev() {
            let from = end - behind(end, |at| cmp(self.at(at), (key, row)).is_ge());
            to -= end - from + 1;
            self.rows.copy_within(from..end, to + 1);
            self.keys.copy_within(from..end, to + 1);
            (self.rows[to], self.keys[to]) = (row, key);
            end = from;
        }
    }

    /// Makes the rows the same as newer ones.
    fn follow(&mut self, newer: &Self) {
        // Of what is gone nothing stays behind the end.
        if let Some(left) = self.keys.get_mut(newer.keys.len()..) {
            left.fill(K::default());
        }
        self.rows.clone_from(&newer.rows);
        self.keys.clone_from(&newer.keys);
    }

    fn heap_bytes(&self) -> usize {
        self.rows.capacity() * size_of::<u16>() + self.keys.capacity() * size_of::<K>()
    }
}

/// So few rows are put in their places one by one.
const FEW_WRITTEN: usize = 8;

/// How many of the places before `end` pass, counted back from there; near the end is looked at first, then
/// ever further.
fn behind(end: usize, passes: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut step) = (0, 1);
    while low + step <= end && passes(end - low - step) {
        low += step;
        step *= 2;
    }
    let mut high = (low + step).min(end + 1);
    // `low` pass, `high` do not.
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if passes(end - middle) { low = middle } else { high = middle }
    }
    low
}
