//! Rows that are noted as they are written to: at any rate, in any order, again and again.
//!
//! A write costs an entry at the end of a list; what it takes to know each row once, in order, is
//! done for all of them together.

use crate::block::bitmap::Rows;
use crate::block::bits;
use crate::limits::Shape;

/// With fewer rows than this they are sorted; more go through a bit set over the block.
const SORTED: usize = 128;

/// Rows in the order in which they were noted, some perhaps more than once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Noted {
    rows: Vec<u16>,
    /// So many rows were left when those noted twice were last left out.
    tidy: usize,
}

impl Noted {
    /// Notes a row.
    pub(crate) fn add(&mut self, row: u16, shape: Shape) {
        if self.rows.last() == Some(&row) {
            return;
        }
        // Each time, as many rows were noted since as are gone through again.
        if self.rows.len() >= (2 * self.tidy).max(shape.rows() / 4) {
            self.tidy(shape);
        }
        self.rows.push(row);
    }

    /// Notes all rows of another list.
    pub(crate) fn add_all(&mut self, other: &Self) {
        self.rows.extend_from_slice(&other.rows);
    }

    /// Leaves each row once, in ascending order.
    pub(crate) fn tidy(&mut self, shape: Shape) {
        if self.rows.len() < SORTED {
            self.rows.sort_unstable();
            self.rows.dedup();
        } else {
            let mut words = vec![0; shape.words()];
            bits::set_all(&mut words, &self.rows);
            self.rows.clear();
            bits::for_each(&words, |row| self.rows.push(row));
        }
        self.tidy = self.rows.len();
    }

    /// How many rows, those noted twice perhaps counted twice.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row is noted.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows: each once and in order after [`tidy`](Noted::tidy).
    pub(crate) fn rows(&self) -> &[u16] {
        &self.rows
    }

    /// Those of the rows that are in a set.
    pub(crate) fn within(mut self, set: &Rows, shape: Shape) -> Rows {
        if self.rows.len() < SORTED {
            self.tidy(shape);
            self.rows.retain(|&row| set.contains(row));
            return Rows::from_sorted(&self.rows, shape);
        }
        let (mut words, mut scratch) = (vec![0; shape.words()], vec![0; shape.words()]);
        bits::set_all(&mut words, &self.rows);
        bits::and(&mut words, set.words(&mut scratch));
        Rows::from_words(&words, shape)
    }
}

#[cfg(test)]
mod tests {
    use super::Noted;
    use crate::block::bitmap::Rows;
    use crate::limits::Shape;
    use std::collections::BTreeSet;

    #[test]
    fn rows_noted_at_random_are_known_once_and_in_order() {
        for rows in [64, 4_096, 65_536] {
            let shape = Shape::new(rows).unwrap();
            for count in [0, 1, 3, 100, 300, 5_000, 100_000] {
                let (mut noted, mut model, mut set, mut state) =
                    (Noted::default(), BTreeSet::new(), Rows::default(), 3u64);
                for _ in 0..count {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let row = (state >> 45) as u16 & (rows - 1) as u16;
                    noted.add(row, shape);
                    model.insert(row);
                    if state >> 60 < 3 {
                        set.insert(row, shape);
                    }
                }
                assert!(noted.len() <= 2 * rows.max(64), "a row noted for ever is not kept for ever");
                let within = noted.clone().within(&set, shape);
                within.validate(shape).unwrap();
                assert!(model.iter().all(|&row| within.contains(row) == set.contains(row)));
                assert!(within.len() <= model.len());
                noted.tidy(shape);
                assert!(noted.rows().iter().eq(model.iter()));
            }
        }
    }
}
