//! The rows of one predicate in one block, in the form that suits their number.
//!
//! | rows | form | why |
//! |---|---|---|
//! | up to 8 | inline list | most predicates of most blocks hold next to nothing: no allocation |
//! | up to 1/256 of the block | sorted list | two bytes a row; a roaring bitmap starts at 232 bytes |
//! | up to 1/64 | roaring | compressed, and cheap to change one row at a time |
//! | more | plain words | filters combine words at memory speed; decoding a roaring container costs more than the combination |
//!
//! This is the only file that names `roaring`. Every change ends in `Rows::settle`, the one choke
//! point where the form follows the number.

use roaring::RoaringBitmap;
use smallvec::SmallVec;
use triomphe::Arc;

use crate::block::bits;
use crate::limits::Shape;
use crate::table::{COUNT, follow_shared};

/// So many rows are brought in line one by one; of more, the words are copied.
const ONE_BY_ONE: usize = 128;

/// A set of rows of one block.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    /// Sorted.
    Few(SmallVec<[u16; 8]>),
    /// In between.
    Roaring(Box<RoaringBitmap>),
    /// One bit a row of the block, and how many are set.
    Words(Box<[u64]>, usize),
}

impl Default for Rows {
    fn default() -> Self {
        Self::Few(SmallVec::new())
    }
}

impl Rows {
    /// The rows whose bits are set.
    pub(crate) fn from_words(words: &[u64], shape: Shape) -> Self {
        let mut rows = Self::Words(words.into(), bits::count(words));
        rows.settle(shape);
        rows
    }

    /// The rows of an ascending list.
    pub(crate) fn from_sorted(list: &[u16], shape: Shape) -> Self {
        debug_assert!(list.is_sorted_by(|a, b| a < b), "rows come in order");
        let mut rows = Self::Few(SmallVec::from_slice(list));
        rows.settle(shape);
        rows
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many rows.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Few(rows) => rows.len(),
            Self::Roaring(rows) => usize::try_from(rows.len()).unwrap_or(usize::MAX),
            Self::Words(_, len) => *len,
        }
    }

    /// Whether `row` is in the set.
    pub(crate) fn contains(&self, row: u16) -> bool {
        match self {
            Self::Few(rows) => rows.binary_search(&row).is_ok(),
            Self::Roaring(rows) => rows.contains(u32::from(row)),
            Self::Words(words, _) => bits::test(words, row),
        }
    }

    /// Adds `row`; whether it was new.
    pub(crate) fn insert(&mut self, row: u16, shape: Shape) -> bool {
        let new = match self {
            Self::Few(rows) => match rows.binary_search(&row) {
                Ok(_) => false,
                Err(at) => {
                    rows.insert(at, row);
                    true
                }
            },
            Self::Roaring(rows) => rows.insert(u32::from(row)),
            Self::Words(words, len) => {
                let new = !bits::test(words, row);
                bits::set(words, row);
                *len += usize::from(new);
                new
            }
        };
        self.settle(shape);
        new
    }

    /// Takes `row` out; whether it was there.
    pub(crate) fn remove(&mut self, row: u16, shape: Shape) -> bool {
        let was = match self {
            Self::Few(rows) => match rows.binary_search(&row) {
                Ok(at) => {
                    rows.remove(at);
                    true
                }
                Err(_) => false,
            },
            Self::Roaring(rows) => rows.remove(u32::from(row)),
            Self::Words(words, len) => {
                let was = bits::test(words, row);
                bits::clear(words, row);
                *len -= usize::from(was);
                was
            }
        };
        self.settle(shape);
        was
    }

    /// Makes the set, in which the `turned` rows may lack what was done to `newer`, the same as that; without
    /// these rows, as a whole.
    pub(crate) fn follow(&mut self, newer: &Self, turned: Option<&[u16]>, shape: Shape) {
        match (&mut *self, newer, turned) {
            (_, _, Some(rows)) if rows.len() <= ONE_BY_ONE => {
                for &row in rows {
                    if newer.contains(row) {
                        self.insert(row, shape)
                    } else {
                        self.remove(row, shape)
                    };
                }
            }
            (Self::Words(own, len), Self::Words(words, newer), _) => {
                own.copy_from_slice(words);
                *len = *newer;
            }
            _ => self.clone_from(newer),
        }
    }

    /// The same of a set that others may share.
    pub(crate) fn follow_shared(this: &mut Arc<Self>, newer: &Arc<Self>, turned: Option<&[u16]>, shape: Shape) {
        follow_shared(this, newer, |own, newer| own.follow(newer, turned, shape));
    }

    /// Brings the form in line with the number of rows. Shrinking waits until the number is well
    /// below the border, so that a row that comes and goes does not convert each time.
    fn settle(&mut self, shape: Shape) {
        let len = self.len();
        let (few, words_from) = (shape.few().max(8), shape.words_from().max(16));
        let fits = match self {
            Self::Few(_) => len <= few,
            Self::Roaring(_) => len > few / 2 && len < words_from,
            Self::Words(..) => len >= words_from / 2,
        };
        if fits {
            return;
        }
        *self = if len >= words_from {
            let mut words = vec![0; shape.words()].into_boxed_slice();
            self.for_each(|row| bits::set(&mut words, row));
            Self::Words(words, len)
        } else if len > few {
            let mut rows = RoaringBitmap::new();
            self.for_each(|row| {
                rows.insert(u32::from(row));
            });
            Self::Roaring(Box::new(rows))
        } else {
            let mut rows = SmallVec::with_capacity(len);
            self.for_each(|row| rows.push(row));
            Self::Few(rows)
        };
    }

    /// Calls `f` with each row in ascending order.
    pub(crate) fn for_each(&self, mut f: impl FnMut(u16)) {
        match self {
            Self::Few(rows) => rows.iter().copied().for_each(f),
            Self::Roaring(rows) => rows.iter().for_each(|row| f(narrow(row))),
            Self::Words(words, _) => bits::for_each(words, f),
        }
    }

    /// The set as words: its own, or decoded into `scratch` (which is overwritten).
    pub(crate) fn words<'a>(&'a self, scratch: &'a mut [u64]) -> &'a [u64] {
        if let Self::Words(words, _) = self {
            return words;
        }
        scratch.fill(0);
        self.or_into(scratch);
        scratch
    }

    /// Adds the set to `words`.
    pub(crate) fn or_into(&self, words: &mut [u64]) {
        match self {
            Self::Few(rows) => bits::set_all(words, rows),
            Self::Roaring(rows) => {
                let mut buffer = [0u32; 256];
                let mut iter = rows.iter();
                loop {
                    let decoded = iter.next_many(&mut buffer);
                    if decoded.is_empty() {
                        break;
                    }
                    decoded.iter().for_each(|&row| bits::set(words, narrow(row)));
                }
            }
            Self::Words(own, _) => bits::or(words, own),
        }
    }

    /// The set's own words, if that is its form.
    pub(crate) fn as_words(&self) -> Option<&[u64]> {
        if let Self::Words(words, _) = self { Some(words) } else { None }
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Few(rows) => {
                if rows.spilled() {
                    rows.capacity() * 2
                } else {
                    0
                }
            }
            Self::Roaring(rows) => size_of::<RoaringBitmap>() + rows.serialized_size() + 32,
            Self::Words(words, _) => words.len() * 8,
        }
    }

    /// Bytes of a set that stands behind a pointer of its own.
    pub(crate) fn shared_bytes(&self) -> usize {
        self.heap_bytes() + size_of::<Self>() + COUNT
    }

    /// Checks what the form promises.
    pub(crate) fn validate(&self, shape: Shape) -> Result<(), String> {
        let ok = match self {
            Self::Few(rows) => rows.is_sorted_by(|a, b| a < b) && rows.len() <= shape.few().max(8),
            Self::Roaring(rows) => rows.max().is_none_or(|row| (row as usize) < shape.rows()),
            Self::Words(words, len) => words.len() == shape.words() && bits::count(words) == *len,
        };
        if ok { Ok(()) } else { Err("a set of rows breaks its form".to_owned()) }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "only rows of one block are inserted, and they fit 16 bits")]
fn narrow(row: u32) -> u16 {
    row as u16
}

#[cfg(test)]
mod tests {
    use super::Rows;
    use crate::limits::Shape;
    use std::collections::BTreeSet;

    #[test]
    fn every_form_answers_like_a_set() {
        let shape = Shape::new(65_536).unwrap();
        let (mut rows, mut model) = (Rows::default(), BTreeSet::new());
        let mut state = 7u64;
        for step in 0..40_000u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let row = (state >> 48) as u16;
            let grow = (step / 10_000) % 2 == 0;
            if grow {
                assert_eq!(rows.insert(row, shape), model.insert(row));
            } else {
                let row = model.iter().next().copied().unwrap_or(row);
                assert_eq!(rows.remove(row, shape), model.remove(&row));
            }
            if step % 500 == 0 {
                rows.validate(shape).unwrap();
                let mut listed = Vec::new();
                rows.for_each(|row| listed.push(row));
                assert!(listed.iter().eq(model.iter()));
                let mut scratch = vec![!0; shape.words()];
                assert!(listed.iter().all(|&row| crate::block::bits::test(rows.words(&mut scratch), row)));
                assert_eq!(rows.len(), model.len());
            }
        }
    }
}
