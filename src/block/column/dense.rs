//! The integers of a run of rows of which many have one: a bit for each row, and an offset for each.
//!
//! Bits, bounds and base of a run stand in its group, one after the other; the offsets alone are an
//! allocation of their own, of fixed size. So a scan finds out which runs it can skip without a step to
//! any of them, and to read an integer is one step.

use crate::block::bits;
use crate::block::column::packed::{Offset, base, bounds, ends, offset, plus, spread};
use crate::limits::PIECE_ROWS as ROWS;

/// Words of a bit set over a run.
const WORDS: usize = ROWS / 64;

/// The integers of a run of rows.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Bounds of the integers: never too narrow.
    min: i64,
    max: i64,
    base: i64,
    /// A bit for each row that has an integer.
    known: [u64; WORDS],
    offsets: Offsets,
}

/// Where an integer stands, if there is one: to be had in the cache before it is read.
#[derive(Clone, Copy)]
pub(crate) struct Cell<'c> {
    piece: &'c Piece,
    row: u16,
}

impl<'c> Cell<'c> {
    pub(super) fn new(piece: &'c Piece, row: u16) -> Self {
        Self { piece, row }
    }

    /// Reads what is known of the row. The result means nothing.
    #[inline]
    pub(crate) fn touch_piece(self) -> i64 {
        self.piece.known[usize::from(self.row >> 6)].cast_signed() ^ self.piece.base
    }

    /// Reads the integer. The result means nothing.
    #[inline]
    pub(crate) fn touch_value(self) -> i64 {
        self.piece.value(self.row)
    }
}

/// An offset for each row of a run; of rows without an integer it means nothing.
#[derive(Debug, Clone)]
enum Offsets {
    /// All integers are the base.
    Same,
    /// Offsets of 8 bits.
    U8(Box<[u8; ROWS]>),
    /// Offsets of 16 bits.
    U16(Box<[u16; ROWS]>),
    /// Offsets of 32 bits.
    U32(Box<[u32; ROWS]>),
    /// Offsets of 64 bits.
    U64(Box<[u64; ROWS]>),
}

/// Evaluates an expression for the offsets of a run, whatever their width, or another if there are none.
macro_rules! each_width {
    ($piece:expr, $same:expr, $offsets:ident => $each:expr) => {
        match $piece {
            Offsets::Same => $same,
            Offsets::U8($offsets) => $each,
            Offsets::U16($offsets) => $each,
            Offsets::U32($offsets) => $each,
            Offsets::U64($offsets) => $each,
        }
    };
}

/// Sets an offset, if `value` fits the width; whether it did.
fn set<T: Offset>(offsets: &mut [T; ROWS], row: u16, value: i64, base: i64) -> bool {
    let fits = offset(value, base);
    fits.map(|offset| offsets[usize::from(row)] = offset).is_some()
}

/// The base for the integers of the rows in `known`, which lie between `min` and `max`, and their offsets.
fn pack<T: Offset>(known: &[u64; WORDS], values: &[i64; ROWS], min: i64, max: i64) -> (i64, Box<[T; ROWS]>) {
    let base = base::<T>(min, max);
    let mut offsets = [T::narrow(0); ROWS];
    for (at, (offset, value)) in offsets.iter_mut().zip(values).enumerate() {
        // Of what was taken away nothing stays.
        let kept = 0u64.wrapping_sub(known[at / 64] >> (at % 64) & 1);
        *offset = T::narrow(spread(base, *value) & kept);
    }
    (base, Box::new(offsets))
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

/// Of the candidates, a bit each for 64 offsets, those within `low..=high`.
fn pick<T: Offset>(offsets: &[T; 64], candidates: u64, low: T, high: T) -> u64 {
    // Without a branch on the outcome: about half of them would be guessed wrong.
    let (mut left, mut out) = (candidates, 0);
    while left != 0 {
        let at = left.trailing_zeros();
        let offset = offsets[at as usize & 63];
        out |= u64::from((offset >= low) & (offset <= high)) << at;
        left &= left - 1;
    }
    out
}

impl Piece {
    /// No row has an integer.
    pub(super) const EMPTY: Self =
        Self { min: i64::MAX, max: i64::MIN, base: 0, known: [0; WORDS], offsets: Offsets::Same };

    /// The narrowest form of the integers of the rows in `known`.
    pub(super) fn pack(known: [u64; WORDS], values: &[i64; ROWS]) -> Self {
        let is_known = |at: usize| known[at / 64] >> (at % 64) & 1 != 0;
        let (min, max) = ends(values.iter().enumerate().filter(|(at, _)| is_known(*at)).map(|(_, value)| *value));
        if min > max {
            return Self::EMPTY;
        }
        fn of<T: Offset>(form: impl Fn(Box<[T; ROWS]>) -> Offsets, packed: (i64, Box<[T; ROWS]>)) -> (i64, Offsets) {
            (packed.0, form(packed.1))
        }
        let (base, offsets) = match spread(min, max) {
            0 => (min, Offsets::Same),
            1..=0xFF => of(Offsets::U8, pack(&known, values, min, max)),
            0x100..=0xFFFF => of(Offsets::U16, pack(&known, values, min, max)),
            0x1_0000..=0xFFFF_FFFF => of(Offsets::U32, pack(&known, values, min, max)),
            _ => of(Offsets::U64, pack(&known, values, min, max)),
        };
        Self { min, max, base, known, offsets }
    }

    fn is_empty(&self) -> bool {
        self.known == [0; WORDS]
    }

    /// Bounds of the integers: never too narrow.
    pub(super) fn bounds(&self) -> (i64, i64) {
        (self.min, self.max)
    }

    /// Adds the rows that have an integer to `words`.
    pub(super) fn known_into(&self, words: &mut [u64]) {
        match words.first_chunk_mut::<WORDS>() {
            Some(words) => words.iter_mut().zip(&self.known).for_each(|(word, known)| *word |= known),
            None => bits::or(words, &self.known),
        }
    }

    /// The integer of `row`.
    #[inline]
    pub(super) fn get(&self, row: u16) -> Option<i64> {
        bits::test(&self.known, row).then(|| self.value(row))
    }

    #[inline]
    fn value(&self, row: u16) -> i64 {
        each_width!(&self.offsets, self.base, offsets => plus(self.base, offsets[usize::from(row)]))
    }

    /// Sets an integer; whether the row had none.
    pub(super) fn set(&mut self, row: u16, value: i64) -> bool {
        let new = !bits::test(&self.known, row);
        let base = self.base;
        let fits = each_width!(
            &mut self.offsets,
            base == value && !self.is_empty(),
            offsets => set(offsets, row, value, base)
        );
        if fits {
            bits::set(&mut self.known, row);
            (self.min, self.max) = (self.min.min(value), self.max.max(value));
        } else {
            self.widen(row, value);
        }
        new
    }

    /// Sets an integer that does not fit, with all others in a width that holds it.
    fn widen(&mut self, row: u16, value: i64) {
        let mut known = self.known;
        let mut values = [self.base; ROWS];
        self.for_each(|row, value| values[usize::from(row)] = value);
        bits::set(&mut known, row);
        values[usize::from(row)] = value;
        *self = Self::pack(known, &values);
    }

    /// Makes the bounds exact.
    pub(super) fn tighten(&mut self) {
        let mut bounds = (i64::MAX, i64::MIN);
        self.for_each(|_, value| bounds = (bounds.0.min(value), bounds.1.max(value)));
        (self.min, self.max) = bounds;
    }

    /// Takes the integer of `row` away.
    pub(super) fn remove(&mut self, row: u16) -> Option<i64> {
        let removed = self.get(row)?;
        bits::clear(&mut self.known, row);
        // What was removed is not to be found in memory either.
        each_width!(&mut self.offsets, (), offsets => offsets[usize::from(row)] = Offset::narrow(0));
        if self.is_empty() {
            *self = Self::EMPTY;
        }
        Some(removed)
    }

    /// Replaces every integer by `f` of it.
    pub(super) fn map(&mut self, f: impl Fn(i64) -> i64) {
        let mut values = [0; ROWS];
        self.for_each(|row, value| values[usize::from(row)] = f(value));
        *self = Self::pack(self.known, &values);
    }

    /// Calls `f` with each row that has an integer, in ascending order, and the integer.
    pub(super) fn for_each(&self, mut f: impl FnMut(u16, i64)) {
        each_width!(
            &self.offsets,
            bits::for_each(&self.known, |row| f(row, self.base)),
            offsets => bits::for_each(&self.known, |row| f(row, plus(self.base, offsets[usize::from(row)])))
        );
    }

    /// Adds the rows whose integer lies within `low..=high` to `words`.
    pub(super) fn range_into(&self, low: i64, high: i64, words: &mut [u64]) {
        fn add<T: Offset>(piece: &Piece, offsets: &[T; ROWS], low: i64, high: i64, words: &mut [u64]) {
            let Some((low, high)) = bounds::<T>(low, high, piece.base) else { return };
            let offsets = offsets.as_chunks::<64>().0;
            for ((word, known), offsets) in words.iter_mut().zip(&piece.known).zip(offsets) {
                *word |= known & within(offsets, low, high);
            }
        }
        if self.min > high || self.max < low {
            return;
        }
        if low <= self.min && self.max <= high {
            return self.known_into(words);
        }
        // Where all are the same, bounds that are not exact are left.
        let same = |words: &mut [u64]| {
            if (low..=high).contains(&self.base) {
                self.known_into(words);
            }
        };
        each_width!(&self.offsets, same(words), offsets => add(self, offsets, low, high, words));
    }

    /// Keeps in `words` the rows whose integer lies within `low..=high`; or, `negated`, the others.
    pub(super) fn retain_range(&self, low: i64, high: i64, negated: bool, words: &mut [u64]) {
        fn retain<T: Offset>(piece: &Piece, offsets: &[T; ROWS], range: (i64, i64), flip: u64, words: &mut [u64]) {
            let range = bounds::<T>(range.0, range.1, piece.base);
            let offsets = offsets.as_chunks::<64>().0;
            for ((word, known), offsets) in words.iter_mut().zip(&piece.known).zip(offsets) {
                let passing = range.map_or(0, |(low, high)| pick(offsets, *word & known, low, high));
                *word &= passing ^ flip;
            }
        }
        let flip = if negated { !0 } else { 0 };
        let all = |passes: bool, words: &mut [u64]| {
            let mask = if passes { !0 } else { 0 };
            words.iter_mut().zip(&self.known).for_each(|(word, known)| *word &= (known & mask) ^ flip);
        };
        if self.min > high || self.max < low {
            return all(false, words);
        }
        if low <= self.min && self.max <= high {
            return all(true, words);
        }
        each_width!(
            &self.offsets,
            all((low..=high).contains(&self.base), words),
            offsets => retain(self, offsets, (low, high), flip, words)
        );
    }

    /// Takes everything over from a newer version.
    pub(super) fn follow(&mut self, newer: &Self) {
        let same_width = match (&mut self.offsets, &newer.offsets) {
            (Offsets::Same, Offsets::Same) => true,
            (Offsets::U8(own), Offsets::U8(newer)) => take(&mut **own, **newer),
            (Offsets::U16(own), Offsets::U16(newer)) => take(&mut **own, **newer),
            (Offsets::U32(own), Offsets::U32(newer)) => take(&mut **own, **newer),
            (Offsets::U64(own), Offsets::U64(newer)) => take(&mut **own, **newer),
            _ => false,
        };
        if same_width {
            (self.min, self.max, self.base, self.known) = (newer.min, newer.max, newer.base, newer.known);
        } else {
            *self = newer.clone();
        }
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        each_width!(&self.offsets, 0, offsets => size_of_val(&**offsets))
    }
}

/// Replaces a part of an older version; true, as that can be done.
fn take<T: Copy>(own: &mut T, newer: T) -> bool {
    *own = newer;
    true
}

#[cfg(test)]
mod tests {
    use super::{Offsets, Piece, ROWS, WORDS};

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
        let mut piece = Piece::EMPTY;
        for (row, value) in [1_000, 1_001, 990, 1_050, 940].into_iter().enumerate() {
            piece.set(row as u16, value);
        }
        assert!(matches!(piece.offsets, Offsets::U8(_)));
        let before = piece.clone();
        piece.set(3, 920);
        piece.set(9, 1_070);
        assert_eq!(before.base, piece.base, "nothing was packed anew");
    }
}
