//! The booleans of a column: two sets of rows, which are values and index in one.

use crate::block::bitmap::Rows;
use crate::limits::Shape;

/// Booleans by row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Booleans {
    /// Index 0: the rows that are false; index 1: those that are true.
    of: [Rows; 2],
}

impl Booleans {
    /// The rows that have `value`.
    pub(crate) fn rows(&self, value: bool) -> &Rows {
        &self.of[usize::from(value)]
    }

    /// The value of `row`.
    pub(crate) fn get(&self, row: u16) -> Option<bool> {
        if self.of[1].contains(row) {
            Some(true)
        } else if self.of[0].contains(row) {
            Some(false)
        } else {
            None
        }
    }

    /// How many rows have a value.
    pub(crate) fn len(&self) -> usize {
        self.of[0].len() + self.of[1].len()
    }

    /// Sets the value of `row`; whether it changed.
    pub(crate) fn set(&mut self, row: u16, value: bool, shape: Shape) -> bool {
        self.of[usize::from(!value)].remove(row, shape);
        self.of[usize::from(value)].insert(row, shape)
    }

    /// Takes the value of `row` away; whether there was one.
    pub(crate) fn remove(&mut self, row: u16, shape: Shape) -> bool {
        self.of[0].remove(row, shape) || self.of[1].remove(row, shape)
    }

    /// See [`Column::follow`](super::Column::follow).
    pub(crate) fn follow(&mut self, newer: &Self, written: Option<&[u16]>, shape: Shape) {
        self.of.iter_mut().zip(&newer.of).for_each(|(own, newer)| own.follow(newer, written, shape));
    }

    /// Adds the rows that have a value to `words`.
    pub(crate) fn known_into(&self, words: &mut [u64]) {
        self.of.iter().for_each(|rows| rows.or_into(words));
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.of.iter().map(Rows::heap_bytes).sum()
    }

    /// Checks the sets.
    pub(crate) fn validate(&self, shape: Shape) -> Result<(), String> {
        let mut both = false;
        self.of[0].for_each(|row| both |= self.of[1].contains(row));
        if both {
            return Err("a row is both true and false".to_owned());
        }
        self.of.iter().try_for_each(|rows| rows.validate(shape))
    }
}
