//! Sorted rows, and an integer for each: the form of what is sparse.

use crate::block::bits;
use crate::block::column::packed::{Packed, ends, reserve};

/// So many rows are brought up to date one by one; of more, all are copied.
const ONE_BY_ONE: usize = 8;

/// Rows that are looked at together, around where a row probably is.
const NEAR: usize = 64;

/// Integers of a few rows of a run; rows are counted from the run's start.
#[derive(Debug, Clone)]
pub(super) struct Pairs {
    /// log2 of the run's rows.
    span: u32,
    /// Bounds of the integers: never too narrow.
    pub(super) min: i64,
    pub(super) max: i64,
    /// Sorted.
    rows: Vec<u16>,
    /// The integer of each row.
    values: Packed,
}

impl Pairs {
    /// No pairs, of a run of `1 << span` rows.
    pub(super) fn new(span: u32) -> Self {
        Self { span, min: i64::MAX, max: i64::MIN, rows: Vec::new(), values: Packed::new() }
    }

    /// Pairs of ascending rows.
    pub(super) fn from_sorted(span: u32, rows: Vec<u16>, values: &[i64]) -> Self {
        let (min, max) = ends(values.iter().copied());
        Self { span, min, max, rows, values: Packed::pack(values) }
    }

    /// How many rows.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The rows, sorted.
    pub(super) fn rows(&self) -> &[u16] {
        &self.rows
    }

    /// Where `row` is, or belongs. Rows lie about evenly in their run, and so one is near the place that this
    /// foretells: a search by halves reads from five lines of the cache, this from two or three side by side.
    fn find(&self, row: u16) -> Result<usize, usize> {
        fn before(rows: &[u16], row: u16) -> usize {
            usize::from(rows.iter().fold(0u16, |count, &other| count + u16::from(other < row)))
        }
        let rows = &self.rows[..];
        let from = (usize::from(row) * rows.len()) >> self.span;
        let from = from.saturating_sub(NEAR / 2).min(rows.len().saturating_sub(NEAR));
        let at = match rows[from..].first_chunk::<NEAR>() {
            Some(near) if near[0] <= row && row <= near[NEAR - 1] => from + before(near, row),
            Some(_) => rows.partition_point(|&other| other < row),
            None => before(rows, row),
        };
        if rows.get(at) == Some(&row) { Ok(at) } else { Err(at) }
    }

    /// The integer of `row`.
    #[inline]
    pub(super) fn get(&self, row: u16) -> Option<i64> {
        self.find(row).ok().map(|at| self.values.get(at))
    }

    /// Sets an integer; whether the row had none.
    pub(super) fn set(&mut self, row: u16, value: i64) -> bool {
        (self.min, self.max) = (self.min.min(value), self.max.max(value));
        // Most rows come in ascending order.
        let at = match self.rows.last() {
            Some(&last) if last >= row => self.find(row),
            _ => Err(self.rows.len()),
        };
        match at {
            Ok(at) => {
                self.values.set(at, value);
                false
            }
            Err(at) => {
                reserve(&mut self.rows);
                self.rows.insert(at, row);
                self.values.insert(at, value);
                true
            }
        }
    }

    /// Takes the integer of `row` away.
    pub(super) fn remove(&mut self, row: u16) -> Option<i64> {
        let at = self.find(row).ok()?;
        self.rows.remove(at);
        Some(self.values.remove(at))
    }

    /// Replaces every integer by `f` of it.
    pub(super) fn map(&mut self, f: impl Fn(i64) -> i64) {
        let values: Vec<i64> = self.values.iter().map(f).collect();
        *self = Self::from_sorted(self.span, std::mem::take(&mut self.rows), &values);
    }

    /// Calls `f` with each row, in ascending order, and its integer.
    pub(super) fn for_each(&self, mut f: impl FnMut(u16, i64)) {
        self.rows.iter().zip(self.values.iter()).for_each(|(&row, value)| f(row, value));
    }

    /// Adds the rows whose integer lies within `low..=high` to `words`.
    pub(super) fn range_into(&self, low: i64, high: i64, words: &mut [u64]) {
        self.for_each(|row, value| {
            if (low..=high).contains(&value) {
                bits::set(words, row);
            }
        });
    }

    /// Adds those of `words` whose integer lies within `low..=high` to `passing`.
    pub(super) fn pick(&self, low: i64, high: i64, words: &[u64], passing: &mut [u64]) {
        for (at, &row) in self.rows.iter().enumerate() {
            if bits::test(words, row) && (low..=high).contains(&self.values.get(at)) {
                bits::set(passing, row);
            }
        }
    }

    /// Makes the bounds exact.
    pub(super) fn tighten(&mut self) {
        (self.min, self.max) = ends(self.values.iter());
    }

    /// Makes the pairs, in which the `written` rows lack what was written to `newer`, the same as those.
    pub(super) fn follow(&mut self, newer: &Self, written: impl ExactSizeIterator<Item = u16>) {
        if written.len() > ONE_BY_ONE {
            return self.clone_from(newer);
        }
        for row in written {
            match newer.get(row) {
                Some(value) => drop(self.set(row, value)),
                None => drop(self.remove(row)),
            }
        }
        (self.min, self.max) = (newer.min, newer.max);
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.rows.capacity() * 2 + self.values.heap_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::Pairs;
    use std::collections::BTreeMap;

    /// Rows that lie evenly, close together at either end, in two heaps, and of a run of any size.
    #[test]
    fn rows_are_found_wherever_they_lie() {
        type Place = fn(u64) -> u64;
        let places: [Place; 5] = [
            |dice| dice % 4_096,
            |dice| dice % 300,
            |dice| 4_095 - dice % 300,
            |dice| (dice % 90) + 4_000 * (dice >> 20 & 1),
            |dice| dice % 64 * 64,
        ];
        for place in places {
            for span in [12, 16] {
                let (mut pairs, mut model) = (Pairs::new(span), BTreeMap::new());
                let mut state = 9u64;
                for _ in 0..2_000 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let row = u16::try_from(place(state >> 33)).unwrap();
                    let value = (state >> 50).cast_signed();
                    if state >> 62 == 0 {
                        assert_eq!(pairs.remove(row), model.remove(&row));
                    } else {
                        assert_eq!(pairs.set(row, value), model.insert(row, value).is_none());
                    }
                    assert_eq!(pairs.get(row), model.get(&row).copied());
                }
                assert_eq!(pairs.len(), model.len());
                assert!((0..=u16::MAX).all(|row| pairs.get(row) == model.get(&row).copied()));
            }
        }
    }
}
