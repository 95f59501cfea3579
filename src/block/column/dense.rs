//! The integers of a run of rows of which many have one: a bit for each row, and an offset for each.
//!
//! Bits, bounds and offsets stand in one allocation of a fixed size: to read an integer is one step from
//! the pointer, to copy the run for a write is one allocation and one copy.

use std::sync::Arc;

use crate::block::bits;
use crate::block::column::packed::{Offset, base, bounds, ends, offset, plus, spread};
use crate::limits::PIECE_ROWS as ROWS;

/// Words of a bit set over a run.
const WORDS: usize = ROWS / 64;

/// The integers of a run, in offsets of one width.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dense<T> {
    /// Bounds of the integers: never too narrow.
    min: i64,
    max: i64,
    base: i64,
    /// A bit for each row that has an integer.
    known: [u64; WORDS],
    /// An offset for each row; of rows without an integer it means nothing.
    offsets: [T; ROWS],
}

/// A run of rows.
#[derive(Debug, Clone, Default)]
pub(super) enum Piece {
    /// No row has an integer.
    #[default]
    Empty,
    /// All integers are the same.
    Same(Arc<Dense<()>>),
    /// Offsets of 8 bits.
    U8(Arc<Dense<u8>>),
    /// Offsets of 16 bits.
    U16(Arc<Dense<u16>>),
    /// Offsets of 32 bits.
    U32(Arc<Dense<u32>>),
    /// Offsets of 64 bits.
    U64(Arc<Dense<u64>>),
}

/// Evaluates an expression for the run in a piece, whatever its width.
macro_rules! each_width {
    ($piece:expr, $empty:expr, $dense:ident => $each:expr) => {
        match $piece {
            Piece::Empty => $empty,
            Piece::Same($dense) => $each,
            Piece::U8($dense) => $each,
            Piece::U16($dense) => $each,
            Piece::U32($dense) => $each,
            Piece::U64($dense) => $each,
        }
    };
}

impl<T: Offset> Dense<T> {
    /// The integers of the rows in `known`, which lie between `min` and `max` and fit the width.
    fn pack(known: [u64; WORDS], values: &[i64; ROWS], min: i64, max: i64) -> Arc<Self> {
        let base = base::<T>(min, max);
        let mut offsets = [T::narrow(0); ROWS];
        for (at, (offset, value)) in offsets.iter_mut().zip(values).enumerate() {
            // Of what was taken away nothing stays.
            let kept = 0u64.wrapping_sub(known[at / 64] >> (at % 64) & 1);
            *offset = T::narrow(spread(base, *value) & kept);
        }
        Arc::new(Self { min, max, base, known, offsets })
    }

    fn len(&self) -> usize {
        bits::count(&self.known)
    }

    #[inline]
    fn get(&self, row: u16) -> Option<i64> {
        bits::test(&self.known, row).then(|| plus(self.base, self.offsets[usize::from(row)]))
    }

    /// What [`get`](Dense::get) reads, told apart by nothing: see [`Column::touch`](super::Column::touch).
    #[inline]
    fn touch(&self, row: u16) -> i64 {
        let known = self.known[usize::from(row >> 6)].cast_signed();
        self.min ^ known ^ plus(self.base, self.offsets[usize::from(row)])
    }

    /// Sets an integer that fits; whether the row had none.
    fn set(&mut self, row: u16, value: i64, offset: T) -> bool {
        let new = !bits::test(&self.known, row);
        bits::set(&mut self.known, row);
        self.offsets[usize::from(row)] = offset;
        (self.min, self.max) = (self.min.min(value), self.max.max(value));
        new
    }

    fn clear(&mut self, row: u16) {
        bits::clear(&mut self.known, row);
        // What was removed is not to be found in memory either.
        self.offsets[usize::from(row)] = T::narrow(0);
    }

    fn for_each(&self, mut f: impl FnMut(u16, i64)) {
        bits::for_each(&self.known, |row| f(row, plus(self.base, self.offsets[usize::from(row)])));
    }

    fn values(&self) -> [i64; ROWS] {
        self.offsets.map(|offset| plus(self.base, offset))
    }

    fn range_into(&self, low: i64, high: i64, words: &mut [u64]) {
        if self.min > high || self.max < low {
            return;
        }
        if low <= self.min && self.max <= high {
            return bits::or(words, &self.known);
        }
        let Some((low, high)) = bounds::<T>(low, high, self.base) else { return };
        let offsets = self.offsets.as_chunks::<64>().0;
        for ((word, known), offsets) in words.iter_mut().zip(&self.known).zip(offsets) {
            *word |= known & within(offsets, low, high);
        }
    }

    fn retain_range(&self, low: i64, high: i64, negated: bool, words: &mut [u64]) {
        let range = if self.min > high || self.max < low { None } else { bounds::<T>(low, high, self.base) };
        for (at, (word, known)) in words.iter_mut().zip(&self.known).enumerate() {
            let passing = range.map_or(0, |(low, high)| pick(&self.offsets[at * 64..], *word & known, low, high));
            *word &= if negated { !passing } else { passing };
        }
    }
}

/// A bit for each of 64 offsets within `low..=high`. The comparisons become a byte each (which vectorises),
/// then 8 bytes become 8 bits by one multiplication that moves byte `i`'s lowest bit to bit `56 + i`.
fn within<T: Offset>(offsets: &[T; 64], low: T, high: T) -> u64 {
    let mut flags = [0u8; 64];
    for (flag, &offset) in flags.iter_mut().zip(offsets) {
        *flag = u8::from((offset >= low) & (offset <= high));
    }
    let mut word = 0;
    for (i, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        let moved = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word |= moved << (8 * i);
    }
    word
}

/// Of the candidates, a bit each for the first 64 offsets, those within `low..=high`.
fn pick<T: Offset>(offsets: &[T], candidates: u64, low: T, high: T) -> u64 {
    // Without a branch on the outcome: about half of them would be guessed wrong.
    let (mut left, mut out) = (candidates, 0);
    while left != 0 {
        let at = left.trailing_zeros();
        let offset = offsets[at as usize];
        out |= u64::from((offset >= low) & (offset <= high)) << at;
        left &= left - 1;
    }
    out
}

impl Piece {
    /// How many rows have an integer.
    pub(super) fn len(&self) -> usize {
        each_width!(self, 0, dense => dense.len())
    }

    /// Bounds of the integers: never too narrow.
    pub(super) fn bounds(&self) -> (i64, i64) {
        each_width!(self, (i64::MAX, i64::MIN), dense => (dense.min, dense.max))
    }

    /// A bit for each row that has an integer.
    pub(super) fn known(&self) -> &[u64] {
        each_width!(self, &[], dense => &dense.known)
    }

    /// The integer of `row`.
    #[inline]
    pub(super) fn get(&self, row: u16) -> Option<i64> {
        each_width!(self, None, dense => dense.get(row))
    }

    /// See [`Column::touch`](super::Column::touch).
    #[inline]
    pub(super) fn touch(&self, row: u16) -> i64 {
        each_width!(self, 0, dense => dense.touch(row))
    }

    /// Sets an integer; whether the row had none.
    pub(super) fn set(&mut self, row: u16, value: i64) -> bool {
        let new = each_width!(self, None, dense => {
            offset(value, dense.base).map(|offset| Arc::make_mut(dense).set(row, value, offset))
        });
        new.unwrap_or_else(|| self.widen(row, value))
    }

    /// Sets an integer that does not fit, with all others in a width that holds it.
    fn widen(&mut self, row: u16, value: i64) -> bool {
        let (mut known, mut values) =
            each_width!(self, ([0; WORDS], [0; ROWS]), dense => (dense.known, dense.values()));
        let new = !bits::test(&known, row);
        bits::set(&mut known, row);
        values[usize::from(row)] = value;
        *self = Self::pack(known, &values);
        new
    }

    /// The narrowest form of the integers of the rows in `known`.
    pub(super) fn pack(known: [u64; WORDS], values: &[i64; ROWS]) -> Self {
        let is_known = |at: usize| known[at / 64] >> (at % 64) & 1 != 0;
        let (min, max) = ends(values.iter().enumerate().filter(|(at, _)| is_known(*at)).map(|(_, value)| *value));
        if min > max {
            return Self::Empty;
        }
        match spread(min, max) {
            0 => Self::Same(Dense::pack(known, values, min, max)),
            1..=0xFF => Self::U8(Dense::pack(known, values, min, max)),
            0x100..=0xFFFF => Self::U16(Dense::pack(known, values, min, max)),
            0x1_0000..=0xFFFF_FFFF => Self::U32(Dense::pack(known, values, min, max)),
            _ => Self::U64(Dense::pack(known, values, min, max)),
        }
    }

    /// Takes the integer of `row` away.
    pub(super) fn remove(&mut self, row: u16) -> Option<i64> {
        let removed = self.get(row)?;
        each_width!(self, (), dense => Arc::make_mut(dense).clear(row));
        if self.len() == 0 {
            *self = Self::Empty;
        }
        Some(removed)
    }

    /// Replaces every integer by `f` of it.
    pub(super) fn map(&mut self, f: impl Fn(i64) -> i64) {
        let mut values = [0; ROWS];
        self.for_each(|row, value| values[usize::from(row)] = f(value));
        if let Ok(known) = self.known().try_into() {
            *self = Self::pack(known, &values);
        }
    }

    /// Calls `f` with each row that has an integer, in ascending order, and the integer.
    pub(super) fn for_each(&self, f: impl FnMut(u16, i64)) {
        each_width!(self, (), dense => dense.for_each(f));
    }

    /// Adds the rows whose integer lies within `low..=high` to `words`.
    pub(super) fn range_into(&self, low: i64, high: i64, words: &mut [u64]) {
        each_width!(self, (), dense => dense.range_into(low, high, words));
    }

    /// Keeps in `words` the rows whose integer lies within `low..=high`; or, `negated`, the others.
    pub(super) fn retain_range(&self, low: i64, high: i64, negated: bool, words: &mut [u64]) {
        let without = |words: &mut [u64]| {
            if !negated {
                words.fill(0);
            }
        };
        each_width!(self, without(words), dense => dense.retain_range(low, high, negated, words));
    }

    /// Whether two pieces are one and the same.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Same(a), Self::Same(b)) => Arc::ptr_eq(a, b),
            (Self::U8(a), Self::U8(b)) => Arc::ptr_eq(a, b),
            (Self::U16(a), Self::U16(b)) => Arc::ptr_eq(a, b),
            (Self::U32(a), Self::U32(b)) => Arc::ptr_eq(a, b),
            (Self::U64(a), Self::U64(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Bytes on the heap; none if `newer` is the same piece.
    pub(super) fn heap_bytes(&self, newer: Option<&Self>) -> usize {
        if newer.is_some_and(|newer| self.is(newer)) {
            return 0;
        }
        each_width!(self, 0, dense => size_of_val(&**dense) + 16)
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, ROWS, WORDS};

    #[test]
    fn every_width_reads_back_and_answers_ranges() {
        for spread in [0i64, 1, 255, 256, 65_535, 65_536, u32::MAX as i64, u32::MAX as i64 + 1, i64::MAX] {
            for base in [0, -1, i64::MIN, 1 << 40] {
                let value = |i: i64| base.saturating_add(if i % 3 == 0 { spread } else { spread / 256 * i });
                let values: [i64; ROWS] = std::array::from_fn(|i| value(i as i64));
                let mut piece = Piece::pack([!1; WORDS], &values);
                assert_eq!(piece.get(0), None);
                assert!((1..ROWS).filter(|i| i % 64 != 0).all(|i| piece.get(i as u16) == Some(values[i])));
                for (low, high) in [
                    (i64::MIN, i64::MAX),
                    (values[1], values[1]),
                    (values[5], values[100]),
                    (1, 0),
                    (i64::MIN, values[7]),
                ] {
                    let mut words = [0; WORDS];
                    piece.range_into(low, high, &mut words);
                    let mut kept = [!0; WORDS];
                    piece.retain_range(low, high, false, &mut kept);
                    assert_eq!(words, kept);
                    piece.retain_range(low, high, true, &mut kept);
                    assert_eq!(kept, [0; WORDS]);
                    for (i, v) in values.iter().enumerate() {
                        assert_eq!(
                            words[i / 64] >> (i % 64) & 1 == 1,
                            i % 64 != 0 && (low..=high).contains(v),
                            "{spread} {base} {i} {low} {high}"
                        );
                    }
                }
                piece.set(3, i64::MIN);
                piece.set(4, i64::MAX);
                let read = (piece.get(3), piece.get(4), piece.get(5));
                assert_eq!(read, (Some(i64::MIN), Some(i64::MAX), Some(values[5])));
            }
        }
    }

    #[test]
    fn what_comes_near_fits_without_a_wider_form() {
        let mut piece = Piece::default();
        for (row, value) in [1_000, 1_001, 990, 1_050, 940].into_iter().enumerate() {
            piece.set(row as u16, value);
        }
        assert!(matches!(piece, Piece::U8(_)));
        let Piece::U8(before) = piece.clone() else { return };
        piece.set(3, 920);
        piece.set(9, 1_070);
        let Piece::U8(after) = piece else { panic!("wider") };
        assert_eq!(before.base, after.base, "nothing was packed anew");
    }
}
