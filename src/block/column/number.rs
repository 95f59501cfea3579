//! The numbers (or datetimes) of a column: integers, and their sort order once it was asked for.

use std::ops::Range;

use triomphe::Arc;

use crate::block::bits;
use crate::block::column::ints::Ints;
use crate::block::order::{Moved, Slot, Sorted, Ties, merge};
use crate::limits::Shape;
use crate::table::{share, unless_shared};

/// Integers by row, with an order.
#[derive(Debug, Clone)]
pub(crate) struct Numbers {
    shape: Shape,
    pub(crate) ints: Ints,
    slot: Arc<Slot>,
    moved: Moved<i64>,
    /// Rows written to since the bounds of the values were made tight.
    loose: usize,
}

impl Numbers {
    pub(crate) fn new(shape: Shape) -> Self {
        Self { shape, ints: Ints::new(shape), slot: Arc::default(), moved: Moved::default(), loose: 0 }
    }

    /// Sets the value of `row`; whether it changed.
    pub(crate) fn set(&mut self, row: u16, value: i64) -> bool {
        if self.ints.get(row) == Some(value) {
            return false;
        }
        self.ints.set(row, value);
        true
    }

    /// Takes the value of `row` away; whether there was one.
    pub(crate) fn remove(&mut self, row: u16) -> bool {
        self.ints.remove(row).is_some()
    }

    /// Makes the part fit to be published. `ordered`: whether its order is to be kept; `forget`: nothing may stay
    /// of values that were taken away.
    pub(crate) fn settle(&mut self, written: &[u16], ties: Ties<'_>, ordered: bool, forget: bool) {
        if forget {
            self.ints.forget(written);
        }
        self.loose += written.len();
        if self.loose > self.shape.moved() {
            self.ints.tighten();
            self.loose = 0;
        }
        if self.slot.get().is_none() {
            // An order that somebody may yet build for the version before does not speak for this one.
            self.forget_order();
            if ordered {
                self.build(ties);
                self.moved = Moved::none();
            }
            return;
        }
        let again = self.moved.add(written, self.shape);
        if self.moved.is_all() {
            (self.slot, self.moved) = (Arc::new(Slot::ready(self.sorted_rows(ties))), Moved::none());
            return;
        }
        let Self { ints, slot, moved, shape, .. } = self;
        let Some(run) = slot.get() else { return };
        let cmp = |a: (i64, u16), b: (i64, u16)| a.0.cmp(&b.0).then_with(|| ties.cmp(a.1, b.1));
        moved.sort(written, again, |row| ints.get(row), cmp);
        if moved.is_full(*shape) {
            let (old, late) = (run.view(moved), moved.keyed().unwrap_or_default());
            let by_value = |row, late: (i64, u16)| ints.get(row).cmp(&Some(late.0));
            *slot = Arc::new(Slot::ready(merge(old, &late, by_value, |a, b| a.0 == b.0, ties)));
            *moved = Moved::none();
        }
    }

    /// See [`Column::shares_orders`](super::Column::shares_orders).
    pub(crate) fn shares_order(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.slot, &other.slot)
    }

    /// See [`Column::follow`](super::Column::follow).
    pub(crate) fn follow(&mut self, newer: &Self, written: Option<&[u16]>, forget: bool) {
        self.ints.follow(&newer.ints, written);
        if forget && let Some(rows) = written {
            self.ints.forget(rows);
        }
        share(&mut self.slot, &newer.slot);
        self.moved.follow(&newer.moved);
        self.loose = newer.loose;
    }

    /// Rows by value and then id.
    fn sorted_rows(&self, ties: Ties<'_>) -> Vec<u16> {
        let mut keyed = Vec::with_capacity(self.ints.len());
        self.ints.for_each(|row, value| keyed.push((value, row)));
        in_order(keyed, ties)
    }

    /// Builds the order, unless it is there. Where there is none, no row has moved under it.
    pub(crate) fn build(&self, ties: Ties<'_>) {
        if self.slot.get().is_none() {
            self.slot.fill(self.sorted_rows(ties), &[]);
        }
    }

    /// Forgets the order.
    pub(crate) fn forget_order(&mut self) {
        self.slot = Arc::default();
        self.moved = Moved::default();
    }

    /// The order, if it was built.
    pub(crate) fn sorted(&self) -> Option<Sorted<'_>> {
        self.slot.get().map(|run| run.view(&self.moved))
    }

    /// The ranks of `low..=high` in the order, if it was built.
    pub(crate) fn ranks(&self, low: i64, high: i64) -> Option<Range<usize>> {
        let sorted = self.sorted()?;
        let end = sorted.rows.len();
        let from = sorted.partition(0, end, |row| self.ints.get(row).is_some_and(|value| value < low));
        let to = sorted.partition(from, end, |row| self.ints.get(row).is_some_and(|value| value <= high));
        Some(from..to)
    }

    /// About how many rows lie within `low..=high`, given its ranks: exact but for moved rows where
    /// there is an order.
    pub(crate) fn estimate(&self, low: i64, high: i64, ranks: Option<&Range<usize>>) -> usize {
        match ranks {
            None => self.ints.estimate(low, high),
            Some(ranks) => (ranks.len() + self.moved.rows().len()).min(self.ints.len()),
        }
    }

    /// Adds the rows within `low..=high` to `words` (empty before): from the order where that
    /// touches few rows, else by a scan.
    pub(crate) fn range_into(&self, low: i64, high: i64, ranks: Option<&Range<usize>>, words: &mut [u64]) {
        let Some((sorted, ranks)) = self.sorted().zip(ranks).filter(|(_, ranks)| ranks.len() * 4 < self.ints.len())
        else {
            return self.ints.range_into(low, high, words);
        };
        bits::set_all(words, &sorted.rows[ranks.clone()]);
        sorted.stale.correct(words, |row| self.ints.get(row).is_some_and(|value| (low..=high).contains(&value)));
    }

    /// The least value above `bound`.
    pub(crate) fn next_above(&self, bound: i64) -> Option<i64> {
        let Some(sorted) = self.sorted() else { return self.ints.next_above(bound) };
        let end = sorted.rows.len();
        let from = sorted.partition(0, end, |row| self.ints.get(row).is_some_and(|value| value <= bound));
        let in_order = sorted.rows[from..].iter().find(|&&row| !sorted.stale.has(row));
        let mut least = in_order.and_then(|&row| self.ints.get(row));
        sorted.stale.for_each(|row| {
            if let Some(value) = self.ints.get(row).filter(|value| *value > bound) {
                least = Some(least.map_or(value, |least| least.min(value)));
            }
        });
        least
    }

    /// Bytes of the values and of the order, without what `newer` holds too.
    pub(crate) fn heap_bytes(&self, newer: Option<&Self>) -> (usize, usize) {
        let order = unless_shared(&self.slot, newer.map(|newer| &newer.slot), Slot::heap_bytes);
        (self.ints.heap_bytes(newer.map(|newer| &newer.ints)), order + self.moved.heap_bytes())
    }

    /// Checks values and order.
    pub(crate) fn validate(&self, ties: Ties<'_>) -> Result<(), String> {
        self.ints.validate()?;
        let cmp = |a, b| self.ints.get(a).cmp(&self.ints.get(b)).then_with(|| ties.cmp(a, b));
        self.moved.validate(cmp, |row| self.ints.get(row))?;
        if let Some(sorted) = self.sorted() {
            let fresh: Vec<u16> = self.sorted_rows(ties).into_iter().filter(|&row| !sorted.stale.has(row)).collect();
            let kept: Vec<u16> = sorted.rows.iter().copied().filter(|&row| !sorted.stale.has(row)).collect();
            if fresh != kept {
                return Err("an order of numbers differs from a fresh sort".to_owned());
            }
        }
        Ok(())
    }
}

/// The rows of pairs of value and row, by value and then id.
fn in_order(mut keyed: Vec<(i64, u16)>, ties: Ties<'_>) -> Vec<u16> {
    match ties {
        Ties::Ascending => keyed.sort_unstable(),
        Ties::Ids(_) => keyed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| ties.cmp(a.1, b.1))),
    }
    keyed.into_iter().map(|(_, row)| row).collect()
}
