//! Which rows hold an integer, and which: presence and values of one part of a column.
//!
//! A part with few values is one small list; a larger one is a table of groups of 4,096 rows (at full
//! block size). A group decides for itself: sorted row/value pairs while it is sparse, pieces of 256 rows
//! once it is dense, so that a write touches a piece of one group and not the column. Groups and pieces keep bounds of
//! their values, so that a range skips them.

use crate::block::bits;
use crate::block::column::dense::Cell;
use crate::block::column::group::{Group, NO_BOUNDS, join, keep, low_mask};
use crate::block::column::pairs::Pairs;
use crate::limits::Shape;

/// Integers by row.
#[derive(Debug, Clone)]
pub(crate) struct Ints {
    shape: Shape,
    len: usize,
    /// Bounds of the values: never too narrow.
    bounds: (i64, i64),
    store: Store,
}

#[derive(Debug, Clone)]
enum Store {
    /// One list over the whole block.
    Few(Pairs),
    /// A group per run of rows.
    Groups(Box<[Group]>),
}

impl Ints {
    pub(crate) fn new(shape: Shape) -> Self {
        Self { shape, len: 0, bounds: NO_BOUNDS, store: Store::Few(Pairs::new(shape.block_shift())) }
    }

    /// How many rows have a value.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The group of a row, and the row in it.
    #[inline]
    fn place(&self, row: u16) -> (usize, u16) {
        let shift = self.shape.group_shift();
        (usize::from(row) >> shift, row & low_mask(shift))
    }

    /// The value of `row`.
    #[inline]
    pub(crate) fn get(&self, row: u16) -> Option<i64> {
        match &self.store {
            Store::Few(pairs) => pairs.get(row),
            Store::Groups(groups) => {
                let (group, row) = self.place(row);
                groups[group].get(row, self.shape)
            }
        }
    }

    /// See [`Column::cells`](super::Column::cells).
    #[inline]
    pub(crate) fn cell(&self, row: u16) -> Option<Cell<'_>> {
        let Store::Groups(groups) = &self.store else { return None };
        let (group, row) = self.place(row);
        groups[group].cell(row, self.shape)
    }

    /// Sets the value of `row`.
    pub(crate) fn set(&mut self, row: u16, value: i64) {
        let (at, in_group) = self.place(row);
        self.bounds = join(self.bounds, (value, value));
        match &mut self.store {
            Store::Few(pairs) => {
                self.len += usize::from(pairs.set(row, value));
                if self.len > self.shape.few().max(8) {
                    self.split();
                }
            }
            Store::Groups(groups) => self.len += usize::from(groups[at].set(in_group, value, self.shape)),
        }
    }

    /// From one list to a table of groups.
    fn split(&mut self) {
        let count = self.shape.rows() >> self.shape.group_shift();
        let groups = std::iter::repeat_n(Group::Empty, count).collect();
        let whole = std::mem::replace(&mut self.store, Store::Groups(groups));
        self.len = 0;
        if let Store::Few(pairs) = whole {
            pairs.for_each(|row, value| self.set(row, value));
        }
    }

    /// Takes the value of `row` away and returns it.
    pub(crate) fn remove(&mut self, row: u16) -> Option<i64> {
        let (at, in_group) = self.place(row);
        let removed = match &mut self.store {
            Store::Few(pairs) => pairs.remove(row),
            Store::Groups(groups) => {
                groups[at].get(in_group, self.shape)?;
                groups[at].remove(in_group, self.shape)
            }
        };
        self.len -= usize::from(removed.is_some());
        if self.len < self.shape.few() / 2 {
            self.unsplit();
        }
        removed
    }

    /// From a table of groups to one list.
    fn unsplit(&mut self) {
        if let Store::Groups(_) = self.store {
            let (mut rows, mut values) = (Vec::with_capacity(self.len), Vec::with_capacity(self.len));
            self.for_each(|row, value| {
                rows.push(row);
                values.push(value);
            });
            self.store = Store::Few(Pairs::from_sorted(self.shape.block_shift(), rows, &values));
        }
    }

    /// Calls `f` with each row that has a value, in ascending order, and the value.
    pub(crate) fn for_each(&self, mut f: impl FnMut(u16, i64)) {
        match &self.store {
            Store::Few(pairs) => pairs.for_each(f),
            Store::Groups(groups) => {
                for (base, group) in (0..=u16::MAX).step_by(self.shape.group_rows()).zip(groups) {
                    group.for_each(|row, value| f(base + row, value));
                }
            }
        }
    }

    /// Adds the rows that have a value to `words`.
    pub(crate) fn known_into(&self, words: &mut [u64]) {
        match &self.store {
            Store::Few(pairs) => bits::set_all(words, pairs.rows()),
            Store::Groups(groups) => {
                for (group, words) in groups.iter().zip(words.chunks_mut(self.shape.group_rows() / 64)) {
                    group.known_into(self.shape, words);
                }
            }
        }
    }

    /// Adds the rows whose value lies within `low..=high` to `words`.
    pub(crate) fn range_into(&self, low: i64, high: i64, words: &mut [u64]) {
        match &self.store {
            Store::Few(pairs) => pairs.range_into(low, high, words),
            Store::Groups(groups) => {
                for (group, words) in groups.iter().zip(words.chunks_mut(self.shape.group_rows() / 64)) {
                    let (min, max) = group.bounds();
                    if min <= high && max >= low {
                        group.range_into(low, high, self.shape, words);
                    }
                }
            }
        }
    }

    /// Keeps in `words` the rows whose value lies within `low..=high`; or, `negated`, the others, those
    /// without a value among them. Reads values only of rows that are in `words`.
    pub(crate) fn retain_range(&self, low: i64, high: i64, negated: bool, words: &mut [u64]) {
        match &self.store {
            Store::Few(pairs) => {
                let mut passing = vec![0; words.len()];
                pairs.range_into(low, high, &mut passing);
                keep(words, &passing, negated);
            }
            Store::Groups(groups) => {
                for (group, words) in groups.iter().zip(words.chunks_mut(self.shape.group_rows() / 64)) {
                    if words.iter().any(|word| *word != 0) {
                        group.retain_range(low, high, negated, self.shape, words);
                    }
                }
            }
        }
    }

    /// How many rows have a value within `low..=high`, assuming values spread evenly in a group.
    pub(crate) fn estimate(&self, low: i64, high: i64) -> usize {
        let of = |(min, max): (i64, i64), len: usize| {
            if low <= min && max <= high {
                return len;
            }
            if min > high || max < low {
                return 0;
            }
            let span = i128::from(max) - i128::from(min) + 1;
            let part = i128::from(high.min(max)) - i128::from(low.max(min)) + 1;
            usize::try_from((len as i128 * part / span).max(1)).unwrap_or(0)
        };
        match &self.store {
            Store::Few(pairs) => of((pairs.min, pairs.max), pairs.len()),
            Store::Groups(groups) => groups.iter().map(|group| of(group.bounds(), group.len())).sum(),
        }
    }

    /// Bounds of the values: never too narrow. `None` if no row has one.
    #[inline]
    pub(crate) fn bounds(&self) -> Option<(i64, i64)> {
        (self.len > 0).then_some(self.bounds)
    }

    fn joined_bounds(&self) -> (i64, i64) {
        match &self.store {
            Store::Few(pairs) => (pairs.min, pairs.max),
            Store::Groups(groups) => groups.iter().map(Group::bounds).fold(NO_BOUNDS, join),
        }
    }

    /// The least value above `bound`.
    pub(crate) fn next_above(&self, bound: i64) -> Option<i64> {
        let mut least: Option<i64> = None;
        let better = |(min, max): (i64, i64), least: Option<i64>| max > bound && least.is_none_or(|least| min < least);
        match &self.store {
            Store::Few(pairs) => pairs.for_each(|_, value| lower(&mut least, value, bound)),
            Store::Groups(groups) => {
                for group in groups {
                    if better(group.bounds(), least) {
                        group.for_each(|_, value| lower(&mut least, value, bound));
                    }
                }
            }
        }
        least
    }

    /// Replaces every value by `f` of it.
    pub(crate) fn map(&mut self, f: impl Fn(i64) -> i64) {
        match &mut self.store {
            Store::Few(pairs) => pairs.map(f),
            Store::Groups(groups) => groups.iter_mut().for_each(|group| group.map(&f)),
        }
        self.bounds = self.joined_bounds();
    }

    /// Makes the bounds tighter: they only widen as values come and go.
    pub(crate) fn tighten(&mut self) {
        if let Store::Groups(groups) = &mut self.store {
            groups.iter_mut().for_each(Group::tighten);
        }
        self.bounds = self.joined_bounds();
    }

    /// Leaves nothing of values that were taken away from these rows (sorted) in the bounds.
    pub(crate) fn forget(&mut self, rows: &[u16]) {
        match &mut self.store {
            Store::Few(pairs) => pairs.tighten(),
            Store::Groups(groups) => {
                let shift = self.shape.group_shift();
                for rows in rows.chunk_by(|a, b| a >> shift == b >> shift) {
                    groups[usize::from(rows[0]) >> shift].forget(rows, self.shape);
                }
            }
        }
        self.bounds = self.joined_bounds();
    }

    /// See [`Column::follow`](super::Column::follow).
    pub(crate) fn follow(&mut self, newer: &Self, written: Option<&[u16]>) {
        (self.len, self.bounds) = (newer.len, newer.bounds);
        match (&mut self.store, &newer.store, written) {
            (Store::Groups(own), Store::Groups(newer), None) => {
                own.iter_mut().zip(newer).for_each(|(own, newer)| own.follow(newer, None, self.shape));
            }
            (Store::Groups(own), Store::Groups(newer), Some(written)) => {
                let shift = self.shape.group_shift();
                for rows in written.chunk_by(|a, b| a >> shift == b >> shift) {
                    let group = usize::from(rows[0]) >> shift;
                    own[group].follow(&newer[group], Some(rows), self.shape);
                }
            }
            (own, newer, _) => own.clone_from(newer),
        }
    }

    /// Bytes on the heap, without those of the pieces that `newer` holds too.
    pub(crate) fn heap_bytes(&self, newer: Option<&Self>) -> usize {
        let groups = match &self.store {
            Store::Few(pairs) => return pairs.heap_bytes(),
            Store::Groups(groups) => groups,
        };
        let newer = match newer.map(|newer| &newer.store) {
            Some(Store::Groups(newer)) => Some(newer),
            _ => None,
        };
        let bytes = |(at, group): (usize, &Group)| group.heap_bytes(newer.map(|newer| &newer[at]));
        size_of_val(&**groups) + groups.iter().enumerate().map(bytes).sum::<usize>()
    }

    /// Checks what the forms promise.
    pub(crate) fn validate(&self) -> Result<(), String> {
        let (mut seen, mut last, mut sorted) = (0, None, true);
        self.for_each(|row, value| {
            sorted &= last.is_none_or(|last| last < row) && self.get(row) == Some(value);
            last = Some(row);
            seen += 1;
        });
        let within = |(min, max): (i64, i64), value| min <= value && value <= max;
        self.for_each(|_, value| sorted &= self.bounds().is_some_and(|bounds| within(bounds, value)));
        if let Store::Groups(groups) = &self.store {
            for group in groups {
                let mut len = 0;
                group.for_each(|_, value| {
                    sorted &= within(group.bounds(), value);
                    len += 1;
                });
                sorted &= len == group.len();
            }
        }
        if sorted && seen == self.len { Ok(()) } else { Err(format!("{seen} values found, {} counted", self.len)) }
    }
}

/// Lowers `least` to `value` if that is above `bound` and less.
fn lower(least: &mut Option<i64>, value: i64, bound: i64) {
    if value > bound && least.is_none_or(|least| value < least) {
        *least = Some(value);
    }
}

#[cfg(test)]
mod tests {
    use super::Ints;
    use crate::block::bits;
    use crate::limits::Shape;
    use std::collections::{BTreeMap, BTreeSet};

    /// A version that is brought up to date says the same as the newer one, and what is shared stays as it is.
    #[test]
    fn a_version_follows_a_newer_one() {
        for rows in [64, 4_096, 65_536] {
            let shape = Shape::new(rows).unwrap();
            let mut model = BTreeMap::new();
            let (mut own, mut other) = (Ints::new(shape), Ints::new(shape));
            let mut held: Vec<(Ints, BTreeMap<u16, i64>)> = Vec::new();
            let mut state = 5u64;
            let mut next = move |below: u64| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) % below
            };
            let check = |ints: &Ints, model: &BTreeMap<u16, i64>| {
                ints.validate().unwrap();
                assert_eq!(ints.len(), model.len());
                assert!(model.iter().all(|(&row, &value)| ints.get(row) == Some(value)));
            };
            for _ in 0..1_500 {
                let mut written = BTreeSet::new();
                // Few writes, or more than are followed one by one.
                for _ in 0..if next(8) == 0 { 300 } else { next(6) } {
                    let row = next(u64::min(rows as u64, 3_000)) as u16;
                    let value = if next(3) == 0 { next(u64::MAX) as i64 } else { next(300) as i64 };
                    own.set(row, value);
                    model.insert(row, value);
                    written.insert(row);
                }
                // At times nearly everything goes, so that forms change back.
                for _ in 0..[0, 0, 0, 1, 2, 500][next(6) as usize] {
                    let row = next(u64::min(rows as u64, 3_000)) as u16;
                    assert_eq!(own.remove(row), model.remove(&row));
                    written.insert(row);
                }
                match next(20) {
                    0 => own.tighten(),
                    // Both share everything from now on.
                    1 => other = own.clone(),
                    2 => held.push((own.clone(), model.clone())),
                    _ => {}
                }
                let written: Vec<u16> = written.into_iter().collect();
                other.follow(&own, (next(9) > 0).then_some(&written));
                check(&other, &model);
                std::mem::swap(&mut own, &mut other);
                if held.len() > 3 {
                    let (ints, model) = held.remove(next(held.len() as u64) as usize);
                    check(&ints, &model);
                }
            }
        }
    }

    #[test]
    fn every_form_answers_like_a_map() {
        for rows in [64, 256, 4_096, 65_536] {
            let shape = Shape::new(rows).unwrap();
            let (mut ints, mut model) = (Ints::new(shape), BTreeMap::new());
            let mut state = 11u64;
            for step in 0..20_000usize {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let row = (state >> 40) as u16 % u16::try_from(rows).unwrap_or(12_288);
                let value = match state >> 62 {
                    0 => i64::from(row % 7),
                    1 => (state >> 30) as i64 & 0xFFFF,
                    2 => (state as i64) >> 20,
                    _ => -5,
                };
                if (step / 2_000) % 2 == 0 || state >> 61 == 3 {
                    ints.set(row, value);
                    model.insert(row, value);
                } else {
                    assert_eq!(ints.remove(row), model.remove(&row));
                }
                if step % 97 == 0 {
                    ints.tighten();
                }
                if step % 211 == 0 {
                    ints.validate().unwrap();
                    let mut listed = Vec::new();
                    ints.for_each(|row, value| listed.push((row, value)));
                    assert!(listed.iter().copied().eq(model.iter().map(|(&r, &v)| (r, v))));
                    let (low, high) = (value.min(3), value.max(3));
                    let mut words = vec![0; shape.words()];
                    ints.range_into(low, high, &mut words);
                    let expected = model.values().filter(|v| (low..=high).contains(*v)).count();
                    assert_eq!(bits::count(&words), expected);
                }
            }
        }
    }
}
