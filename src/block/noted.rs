//! Rows that are noted as they are written to: at any rate, in any order, again and again.
//!
//! A write costs an entry at the end of a list; what it takes to know each row once, in order, is
//! done for all of them together. A list that has grown as large as a bit set of the block becomes one.

use crate::block::bitmap::Rows;
use crate::block::bits;
use crate::limits::Shape;

/// With fewer rows than this they are sorted; more go through a bit set over the block.
const SORTED: usize = 128;

/// Lists of fewer rows than this are merged; more go through a bit set, too.
const MERGED: usize = 1_024;

/// Room for so many rows is made at first.
const ROOM: usize = 32;

/// Rows that were noted.
#[derive(Debug, Clone)]
pub(crate) enum Noted {
    /// In the order in which they were noted, some perhaps more than once.
    List(Vec<u16>),
    /// A bit for each.
    Set(Box<[u64]>),
}

impl Default for Noted {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Noted {
    /// Notes a row.
    pub(crate) fn add(&mut self, row: u16, shape: Shape) {
        match self {
            Self::Set(words) => bits::set(words, row),
            Self::List(rows) if rows.last() == Some(&row) => {}
            Self::List(rows) if rows.len() < shape.rows() / 16 => {
                if rows.capacity() == 0 {
                    rows.reserve_exact(ROOM);
                }
                rows.push(row);
            }
            Self::List(rows) => {
                let mut words = vec![0; shape.words()].into_boxed_slice();
                bits::set_all(&mut words, rows);
                bits::set(&mut words, row);
                *self = Self::Set(words);
            }
        }
    }

    /// How many rows, those noted twice perhaps counted twice.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::List(rows) => rows.len(),
            Self::Set(words) => bits::count(words),
        }
    }

    /// Whether no row is noted.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::List(rows) if rows.is_empty())
    }

    /// Each row once, in ascending order.
    pub(crate) fn into_sorted(self, shape: Shape) -> Vec<u16> {
        match self {
            Self::List(mut rows) if rows.len() < SORTED => {
                rows.sort_unstable();
                rows.dedup();
                rows
            }
            Self::List(mut rows) => {
                let mut words = vec![0; shape.words()];
                bits::set_all(&mut words, &rows);
                rows.clear();
                bits::for_each(&words, |row| rows.push(row));
                rows
            }
            Self::Set(words) => {
                let mut rows = Vec::with_capacity(bits::count(&words));
                bits::for_each(&words, |row| rows.push(row));
                rows
            }
        }
    }
}

/// The rows of some sorted lists, those of them that are in a set, if there is one.
pub(crate) fn union_within<'r>(
    lists: impl Iterator<Item = &'r [u16]> + Clone,
    set: Option<&Rows>,
    shape: Shape,
) -> Rows {
    if lists.clone().map(<[u16]>::len).sum::<usize>() < MERGED {
        // Writes of one kind bring the same rows to all columns.
        let mut rows: Vec<u16> = Vec::new();
        for list in lists {
            if rows != list {
                add_sorted(&mut rows, list);
            }
        }
        if let Some(set) = set {
            rows.retain(|&row| set.contains(row));
        }
        return Rows::from_sorted(&rows, shape);
    }
    let mut words = vec![0; shape.words()];
    lists.for_each(|rows| bits::set_all(&mut words, rows));
    if let Some(set) = set {
        bits::and(&mut words, set.words(&mut vec![0; shape.words()]));
    }
    Rows::from_words(&words, shape)
}

/// Adds the rows of a sorted list to another, each once. Begins at the end: what is there makes room.
pub(crate) fn add_sorted(rows: &mut Vec<u16>, new: &[u16]) {
    let (mut left, mut new_left) = (rows.len(), new.len());
    let mut to = left + new_left;
    rows.resize(to, 0);
    while left > 0 && new_left > 0 {
        let (row, new) = (rows[left - 1], new[new_left - 1]);
        to -= 1;
        rows[to] = row.max(new);
        left -= usize::from(row >= new);
        new_left -= usize::from(new >= row);
    }
    to -= new_left;
    rows[to..to + new_left].copy_from_slice(&new[..new_left]);
    // Each row that is in both lists leaves a gap.
    rows.copy_within(to.., left);
    rows.truncate(rows.len() - (to - left));
}

#[cfg(test)]
mod tests {
    use super::{Noted, add_sorted, union_within};
    use crate::block::bitmap::Rows;
    use crate::limits::Shape;
    use std::collections::BTreeSet;

    #[test]
    fn rows_noted_at_random_are_known_once_and_in_order() {
        for rows in [64, 4_096, 65_536] {
            let shape = Shape::new(rows).unwrap();
            for count in [0, 1, 3, 100, 300, 5_000, 100_000] {
                let (mut noted, mut model) = (Noted::default(), BTreeSet::new());
                let (mut set, mut state) = (Rows::default(), 3u64);
                for _ in 0..count {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let row = (state >> 45) as u16 & (rows - 1) as u16;
                    noted.add(row, shape);
                    model.insert(row);
                    if state >> 60 < 3 {
                        set.insert(row, shape);
                    }
                }
                assert!(
                    (model.len()..=rows.max(model.len())).contains(&noted.len()),
                    "none is missed, none kept for ever"
                );
                assert_eq!(noted.is_empty(), model.is_empty());
                let sorted = noted.into_sorted(shape);
                assert!(sorted.iter().eq(model.iter()));
                let (front, back) = sorted.split_at(sorted.len() / 2);
                let within = union_within([back, front, back].into_iter(), Some(&set), shape);
                within.validate(shape).unwrap();
                assert!(model.iter().all(|&row| within.contains(row) == set.contains(row)));
                assert!(within.len() <= model.len());
                let all = union_within([back, front, front].into_iter(), None, shape);
                assert!(all.len() == model.len() && model.iter().all(|&row| all.contains(row)));
            }
        }
    }

    #[test]
    fn two_lists_become_one_with_each_row_once() {
        let mut state = 3u64;
        for lens in [(0, 0), (0, 9), (9, 0), (1, 1), (40, 40), (500, 60), (3, 200)] {
            for spread in [1_u64, 4, 1_000] {
                let mut list = |len: usize| -> Vec<u16> {
                    let mut row = || {
                        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                        u16::try_from((state >> 33) % (60 * spread)).unwrap()
                    };
                    (0..len).map(|_| row()).collect::<BTreeSet<u16>>().into_iter().collect()
                };
                let (mut rows, new) = (list(lens.0), list(lens.1));
                let both: BTreeSet<u16> = rows.iter().chain(&new).copied().collect();
                add_sorted(&mut rows, &new);
                assert!(rows.iter().eq(&both), "{lens:?} {spread}");
            }
        }
    }
}
