//! A run of rows of a part of integers: sorted row/value pairs while few rows have one, pieces of 256 rows
//! once many have.

use crate::block::bits;
use crate::block::column::dense::Piece;
use crate::block::column::double::{Double, Follow};
use crate::block::column::pairs::Pairs;
use crate::limits::{GROUP_PIECES, PIECE_ROWS, Shape};

/// The bounds of no value.
pub(super) const NO_BOUNDS: (i64, i64) = (i64::MAX, i64::MIN);

/// The integers of a run of rows; rows are counted from the run's start.
#[derive(Debug, Clone)]
pub(super) enum Group {
    /// No row has a value.
    Empty,
    /// Few rows have one.
    Sparse(Double<Pairs>),
    /// Many have.
    Dense(Double<Pieces>),
}

/// A dense group.
#[derive(Debug, Clone)]
pub(super) struct Pieces {
    shape: Shape,
    /// Bounds of the values: never too narrow.
    bounds: (i64, i64),
    len: usize,
    of: [Piece; GROUP_PIECES],
}

impl Pieces {
    /// The values of ascending rows.
    fn from_pairs(pairs: &Pairs, shape: Shape) -> Self {
        let mut of = [Piece::EMPTY; GROUP_PIECES];
        let (mut values, mut known) = ([0; PIECE_ROWS], [0; PIECE_ROWS / 64]);
        let mut at = 0;
        pairs.for_each(|row, value| {
            let (piece, row) = place(row, shape);
            if piece != at {
                of[at] = Piece::pack(std::mem::take(&mut known), &values);
                at = piece;
            }
            bits::set(&mut known, row);
            values[usize::from(row)] = value;
        });
        of[at] = Piece::pack(known, &values);
        Self { shape, bounds: (pairs.min, pairs.max), len: pairs.len(), of }
    }

    /// The values as pairs.
    fn to_pairs(&self) -> Pairs {
        let (mut rows, mut values) = (Vec::with_capacity(self.len), Vec::with_capacity(self.len));
        self.for_each(|row, value| {
            rows.push(row);
            values.push(value);
        });
        Pairs::from_sorted(rows, &values)
    }

    fn for_each(&self, mut f: impl FnMut(u16, i64)) {
        for (base, piece) in (0..=u16::MAX).step_by(self.shape.piece_rows()).zip(&self.of) {
            piece.for_each(|row, value| f(base + row, value));
        }
    }

    fn exact_bounds(&self) -> (i64, i64) {
        self.of.iter().map(Piece::bounds).fold(NO_BOUNDS, join)
    }

    /// Bytes on the heap.
    fn heap_bytes(&self) -> usize {
        self.of.iter().map(Piece::heap_bytes).sum()
    }
}

impl Follow for Pieces {
    fn set(&mut self, row: u16, value: i64) -> bool {
        let (piece, row) = place(row, self.shape);
        let new = self.of[piece].set(row, value);
        self.bounds = join(self.bounds, (value, value));
        self.len += usize::from(new);
        new
    }

    fn follow(&mut self, newer: &Self) {
        self.of.iter_mut().zip(&newer.of).for_each(|(piece, newer)| piece.follow(newer));
        (self.bounds, self.len) = (newer.bounds, newer.len);
    }

    fn follow_beside(&mut self, newer: &Self) {
        self.bounds = newer.bounds;
    }
}

/// The piece of a row of a group, and the row in it.
#[inline]
fn place(row: u16, shape: Shape) -> (usize, u16) {
    (usize::from(row) >> shape.piece_shift(), row & low_mask(shape.piece_shift()))
}

/// As many low bits.
#[inline]
pub(super) fn low_mask(bits: u32) -> u16 {
    !(!0u16).unbounded_shl(bits)
}

pub(super) fn join(a: (i64, i64), b: (i64, i64)) -> (i64, i64) {
    (a.0.min(b.0), a.1.max(b.1))
}

impl Group {
    #[inline]
    pub(super) fn get(&self, row: u16, shape: Shape) -> Option<i64> {
        match self {
            Self::Empty => None,
            Self::Sparse(pairs) => pairs.get(row),
            Self::Dense(pieces) => {
                let (piece, row) = place(row, shape);
                pieces.of[piece].get(row)
            }
        }
    }

    /// See [`Column::touch`](super::Column::touch).
    #[inline]
    pub(super) fn touch(&self, row: u16, shape: Shape) -> i64 {
        match self {
            Self::Empty => 0,
            Self::Sparse(pairs) => pairs.touch(|pairs| pairs.get(row).unwrap_or(0)),
            Self::Dense(pieces) => {
                let (piece, row) = place(row, shape);
                pieces.touch(|pieces| pieces.of[piece].touch(row))
            }
        }
    }

    /// Sets a value; whether the row had none.
    pub(super) fn set(&mut self, row: u16, value: i64, shape: Shape) -> bool {
        match self {
            Self::Empty => {
                let mut pairs = Pairs::new();
                pairs.set(row, value);
                *self = Self::Sparse(Double::new(pairs));
                true
            }
            Self::Sparse(pairs) => {
                let new = pairs.set(row, value);
                if pairs.len() > shape.dense_from() {
                    *self = Self::Dense(Double::new(Pieces::from_pairs(pairs, shape)));
                }
                new
            }
            Self::Dense(pieces) => pieces.set(row, value),
        }
    }

    /// Takes the value of a row that has one away.
    /// Nothing of it stays in a former version either.
    pub(super) fn remove(&mut self, row: u16, shape: Shape) -> Option<i64> {
        match self {
            Self::Empty => None,
            Self::Sparse(pairs) => {
                let pairs = pairs.write_anew();
                let removed = pairs.remove(row);
                if pairs.len() == 0 {
                    *self = Self::Empty;
                }
                removed
            }
            Self::Dense(pieces) => {
                let pieces = pieces.write_anew();
                let (piece, row) = place(row, shape);
                let removed = pieces.of[piece].remove(row);
                pieces.len -= usize::from(removed.is_some());
                if pieces.len < shape.dense_from() / 2 {
                    *self = Self::Sparse(Double::new(pieces.to_pairs()));
                }
                removed
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Sparse(pairs) => pairs.len(),
            Self::Dense(pieces) => pieces.len,
        }
    }

    pub(super) fn bounds(&self) -> (i64, i64) {
        match self {
            Self::Empty => NO_BOUNDS,
            Self::Sparse(pairs) => (pairs.min, pairs.max),
            Self::Dense(pieces) => pieces.bounds,
        }
    }

    pub(super) fn for_each(&self, f: impl FnMut(u16, i64)) {
        match self {
            Self::Empty => {}
            Self::Sparse(pairs) => pairs.for_each(f),
            Self::Dense(pieces) => pieces.for_each(f),
        }
    }

    /// Replaces every value by `f` of it.
    pub(super) fn map(&mut self, f: impl Fn(i64) -> i64) {
        match self {
            Self::Empty => {}
            Self::Sparse(pairs) => pairs.write_anew().map(f),
            Self::Dense(pieces) => {
                let pieces = pieces.write_anew();
                pieces.of.iter_mut().for_each(|piece| piece.map(&f));
                pieces.bounds = pieces.exact_bounds();
            }
        }
    }

    pub(super) fn tighten(&mut self) {
        if let Self::Dense(pieces) = self {
            let exact = pieces.exact_bounds();
            if pieces.bounds != exact {
                pieces.write_beside().bounds = exact;
            }
        }
    }

    pub(super) fn known_into(&self, shape: Shape, words: &mut [u64]) {
        match self {
            Self::Empty => {}
            Self::Sparse(pairs) => bits::set_all(words, pairs.rows()),
            Self::Dense(pieces) => {
                for (piece, words) in pieces.of.iter().zip(words.chunks_mut(shape.piece_rows() / 64)) {
                    piece.known_into(words);
                }
            }
        }
    }

    pub(super) fn range_into(&self, low: i64, high: i64, shape: Shape, words: &mut [u64]) {
        match self {
            Self::Empty => {}
            Self::Sparse(pairs) => pairs.range_into(low, high, words),
            Self::Dense(pieces) => {
                for (piece, words) in pieces.of.iter().zip(words.chunks_mut(shape.piece_rows() / 64)) {
                    piece.range_into(low, high, words);
                }
            }
        }
    }

    pub(super) fn retain_range(&self, low: i64, high: i64, negated: bool, shape: Shape, words: &mut [u64]) {
        match self {
            Self::Dense(pieces) => {
                for (piece, words) in pieces.of.iter().zip(words.chunks_mut(shape.piece_rows() / 64)) {
                    if words.iter().any(|word| *word != 0) {
                        piece.retain_range(low, high, negated, words);
                    }
                }
            }
            Self::Sparse(pairs) => {
                let mut passing = [0; GROUP_PIECES * PIECE_ROWS / 64];
                pairs.pick(low, high, words, &mut passing);
                keep(words, &passing, negated);
            }
            Self::Empty => keep(words, &[0; GROUP_PIECES * PIECE_ROWS / 64], negated),
        }
    }

    /// Frees what is held for the next write.
    pub(super) fn release(&self) {
        match self {
            Self::Empty => {}
            Self::Sparse(pairs) => pairs.release(),
            Self::Dense(pieces) => pieces.release(),
        }
    }

    /// The group's own bytes and those of what is in it, unless `newer` holds it too.
    pub(super) fn heap_bytes(&self, newer: Option<&Self>) -> usize {
        match (self, newer) {
            (Self::Sparse(pairs), Some(Self::Sparse(newer))) if pairs.is_held_by(newer) => 0,
            (Self::Dense(pieces), Some(Self::Dense(newer))) if pieces.is_held_by(newer) => 0,
            (Self::Empty, _) => 0,
            (Self::Sparse(pairs), _) => pairs.heap_bytes(Pairs::heap_bytes),
            (Self::Dense(pieces), _) => pieces.heap_bytes(Pieces::heap_bytes),
        }
    }
}

/// Keeps in `words` what is `passing`; or, `negated`, the rest.
pub(super) fn keep(words: &mut [u64], passing: &[u64], negated: bool) {
    let flip = if negated { !0 } else { 0 };
    words.iter_mut().zip(passing).for_each(|(word, passing)| *word &= passing ^ flip);
}
