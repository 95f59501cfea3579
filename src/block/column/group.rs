//! A run of rows of a part of integers: sorted row/value pairs while few rows have one, pieces of 256 rows
//! once many have.

use triomphe::Arc;

use crate::block::bits;
use crate::block::column::dense::{Cell, Piece};
use crate::block::column::pairs::Pairs;
use crate::limits::{GROUP_PIECES, PIECE_ROWS, Shape};
use crate::table::{COUNT, follow_shared, unless_shared};

/// The bounds of no value.
pub(super) const NO_BOUNDS: (i64, i64) = (i64::MAX, i64::MIN);

/// The integers of a run of rows; rows are counted from the run's start.
#[derive(Debug, Clone)]
pub(super) enum Group {
    /// No row has a value.
    Empty,
    /// Few rows have one.
    Sparse(Arc<Pairs>),
    /// Many have.
    Dense(Arc<Pieces>),
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
        Pairs::from_sorted(self.shape.group_shift(), rows, &values)
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

/// So many rows of a group are brought up to date one by one; of more, all that the group has is copied.
const ONE_BY_ONE: usize = 32;

impl Pieces {
    /// Sets the value of a row; whether it had none.
    fn set(&mut self, row: u16, value: i64) -> bool {
        let (piece, row) = place(row, self.shape);
        let new = self.of[piece].set(row, value);
        self.bounds = join(self.bounds, (value, value));
        self.len += usize::from(new);
        new
    }

    /// See [`Group::follow`].
    fn follow(&mut self, newer: &Self, written: Option<&[u16]>) {
        if let Some(written) = written.filter(|rows| rows.len() <= ONE_BY_ONE) {
            let mask = low_mask(self.shape.group_shift());
            for row in written {
                let (piece, row) = place(row & mask, self.shape);
                match newer.of[piece].get(row) {
                    Some(value) => drop(self.of[piece].set(row, value)),
                    None => drop(self.of[piece].remove(row)),
                }
            }
        } else {
            self.of.iter_mut().zip(&newer.of).for_each(|(piece, newer)| piece.follow(newer));
        }
        (self.bounds, self.len) = (newer.bounds, newer.len);
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

    /// See [`Column::cells`](super::Column::cells).
    #[inline]
    pub(super) fn cell(&self, row: u16, shape: Shape) -> Option<Cell<'_>> {
        let Self::Dense(pieces) = self else { return None };
        let (piece, row) = place(row, shape);
        Some(Cell::new(&pieces.of[piece], row))
    }

    /// Sets a value; whether the row had none.
    pub(super) fn set(&mut self, row: u16, value: i64, shape: Shape) -> bool {
        match self {
            Self::Empty => {
                let mut pairs = Pairs::new(shape.group_shift());
                pairs.set(row, value);
                *self = Self::Sparse(Arc::new(pairs));
                true
            }
            Self::Sparse(pairs) => {
                let new = Arc::make_mut(pairs).set(row, value);
                if pairs.len() > shape.dense_from() {
                    *self = Self::Dense(Arc::new(Pieces::from_pairs(pairs, shape)));
                }
                new
            }
            Self::Dense(pieces) => Arc::make_mut(pieces).set(row, value),
        }
    }

    /// Takes the value of a row that has one away.
    pub(super) fn remove(&mut self, row: u16, shape: Shape) -> Option<i64> {
        match self {
            Self::Empty => None,
            Self::Sparse(pairs) => {
                let pairs = Arc::make_mut(pairs);
                let removed = pairs.remove(row);
                if pairs.len() == 0 {
                    *self = Self::Empty;
                }
                removed
            }
            Self::Dense(pieces) => {
                let pieces = Arc::make_mut(pieces);
                let (piece, row) = place(row, shape);
                let removed = pieces.of[piece].remove(row);
                pieces.len -= usize::from(removed.is_some());
                if pieces.len < shape.dense_from() / 2 {
                    *self = Self::Sparse(Arc::new(pieces.to_pairs()));
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
            Self::Sparse(pairs) => Arc::make_mut(pairs).map(f),
            Self::Dense(pieces) => {
                let pieces = Arc::make_mut(pieces);
                pieces.of.iter_mut().for_each(|piece| piece.map(&f));
                pieces.bounds = pieces.exact_bounds();
            }
        }
    }

    /// Makes the bounds tighter, unless that meant to copy the values for it.
    pub(super) fn tighten(&mut self) {
        if let Self::Dense(pieces) = self
            && let Some(pieces) = Arc::get_mut(pieces)
        {
            pieces.bounds = pieces.exact_bounds();
        }
    }

    /// Makes the bounds exact of what stands beside some rows of a block: nothing of a value that was taken away
    /// stays in them.
    pub(super) fn forget(&mut self, rows: &[u16], shape: Shape) {
        match self {
            Self::Empty => {}
            Self::Sparse(pairs) => Arc::make_mut(pairs).tighten(),
            Self::Dense(pieces) => {
                let pieces = Arc::make_mut(pieces);
                let piece_of = |row: u16| place(row & low_mask(shape.group_shift()), shape).0;
                for rows in rows.chunk_by(|&a, &b| piece_of(a) == piece_of(b)) {
                    pieces.of[piece_of(rows[0])].tighten();
                }
                pieces.bounds = pieces.exact_bounds();
            }
        }
    }

    /// Makes the values, in which the `written` rows of a block (or perhaps all of the group) lack what was
    /// written to `newer`, the same as those.
    pub(super) fn follow(&mut self, newer: &Self, written: Option<&[u16]>, shape: Shape) {
        match (&mut *self, newer) {
            (Self::Dense(own), Self::Dense(newer)) => {
                follow_shared(own, newer, |own, newer| own.follow(newer, written))
            }
            (Self::Sparse(own), Self::Sparse(newer)) => {
                let mask = low_mask(shape.group_shift());
                follow_shared(own, newer, |own, newer| match written {
                    Some(rows) => own.follow(newer, rows.iter().map(|row| row & mask)),
                    None => own.clone_from(newer),
                });
            }
            _ => self.clone_from(newer),
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

    /// The group's own bytes and those of what is in it, unless `newer` holds it too.
    pub(super) fn heap_bytes(&self, newer: Option<&Self>) -> usize {
        match (self, newer) {
            (Self::Empty, _) => 0,
            (Self::Sparse(pairs), newer) => {
                let newer = newer.and_then(|newer| if let Self::Sparse(newer) = newer { Some(newer) } else { None });
                unless_shared(pairs, newer, |pairs| pairs.heap_bytes() + size_of::<Pairs>() + COUNT)
            }
            (Self::Dense(pieces), newer) => {
                let newer = newer.and_then(|newer| if let Self::Dense(newer) = newer { Some(newer) } else { None });
                unless_shared(pieces, newer, |pieces| pieces.heap_bytes() + size_of::<Pieces>() + COUNT)
            }
        }
    }
}

/// Keeps in `words` what is `passing`; or, `negated`, the rest.
pub(super) fn keep(words: &mut [u64], passing: &[u64], negated: bool) {
    let flip = if negated { !0 } else { 0 };
    words.iter_mut().zip(passing).for_each(|(word, passing)| *word &= passing ^ flip);
}
