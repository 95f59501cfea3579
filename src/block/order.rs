//! Frozen indexes over live columns.
//!
//! A column's values are always current; what is *derived* from them (a sort order, the rows of each
//! text) is frozen when it is built and then carries a short list of rows it no longer speaks for.
//! A lookup takes the frozen answer without those rows and tests the rows themselves, one by one.
//! A write therefore costs an entry in a list, however many indexes exist; once the list is full
//! the index is frozen anew, in one pass over the block.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use crate::block::bits;
use crate::block::column::ints::Ints;
use crate::limits::{BLOCK_ROWS, Shape};
use crate::table::unless_shared;

/// The rows that changed since an index was frozen.
#[derive(Debug, Default)]
pub(crate) struct Moved {
    /// Sorted; meaningless once `all` is set.
    rows: Vec<u16>,
    /// Those that have a value, by value and then id, as of the last [`Moved::sort`]: a walk begins
    /// with them at once, however many readers there are.
    by_value: Option<Vec<u16>>,
    /// Rows noted since then, perhaps more than once, where there is something to keep sorted.
    late: Vec<u16>,
    /// So many rows changed that the index is worth nothing: only between a write and the
    /// settling before it is published.
    all: bool,
}

/// A clone is made to be written to: it has room for some more rows.
impl Clone for Moved {
    fn clone(&self) -> Self {
        fn roomy(rows: &[u16]) -> Vec<u16> {
            let mut copy = Vec::with_capacity(if rows.is_empty() { 0 } else { rows.len() + 4 });
            copy.extend_from_slice(rows);
            copy
        }
        let by_value = self.by_value.as_deref().map(roomy);
        Self { rows: roomy(&self.rows), by_value, late: self.late.clone(), all: self.all }
    }
}

impl Moved {
    /// Notes that `row` changed.
    pub(crate) fn add(&mut self, row: u16, shape: Shape) {
        if self.all {
            return;
        }
        if self.by_value.is_some() {
            self.late.push(row);
        }
        let at = match self.rows.last() {
            Some(&last) if last >= row => match self.rows.binary_search(&row) {
                Ok(_) => return,
                Err(at) => at,
            },
            _ => self.rows.len(),
        };
        self.rows.insert(at, row);
        if self.rows.len() > shape.rows() / 8 {
            *self = Self { all: true, ..Self::default() };
        }
    }

    /// Brings the rows by value in line with their values: `key` tells that of a row, `cmp` orders keys and
    /// rows.
    pub(crate) fn sort<K: Copy>(
        &mut self,
        key: impl Fn(u16) -> Option<K>,
        cmp: impl Fn((K, u16), (K, u16)) -> Ordering,
    ) {
        // Each key is read once: rows lie far apart.
        let in_order = |rows: &[u16]| {
            let mut keyed: Vec<(K, u16)> = rows.iter().filter_map(|&row| Some((key(row)?, row))).collect();
            keyed.sort_unstable_by(|&a, &b| cmp(a, b));
            keyed
        };
        let Self { rows, by_value, late, .. } = self;
        match by_value {
            Some(sorted) if late.len() <= rows.len() / 2 => {
                late.sort_unstable();
                late.dedup();
                drop_rows(sorted, late);
                let is_before = |a: u16, b| key(a).is_none_or(|key| cmp((key, a), b).is_lt());
                merge_in(sorted, &in_order(late), is_before);
            }
            _ => *by_value = Some(in_order(rows).into_iter().map(|(_, row)| row).collect()),
        }
        late.clear();
    }

    /// Keeps the rows by value no longer: no order needs them.
    pub(crate) fn unsort(&mut self) {
        (self.by_value, self.late) = (None, Vec::new());
    }

    /// Checks that the rows by value are those that moved and have one, in order.
    pub(crate) fn validate(
        &self,
        cmp: impl Fn(u16, u16) -> Ordering,
        has_value: impl Fn(u16) -> bool,
    ) -> Result<(), String> {
        let Some(kept) = &self.by_value else { return Ok(()) };
        let mut fresh: Vec<u16> = self.rows.iter().copied().filter(|&row| has_value(row)).collect();
        fresh.sort_by(|&a, &b| cmp(a, b));
        if *kept == fresh && self.late.is_empty() { Ok(()) } else { Err("moved rows are out of order".to_owned()) }
    }

    /// The rows by value and then id, if they are kept sorted.
    pub(crate) fn by_value(&self) -> Option<&[u16]> {
        self.by_value.as_deref()
    }

    /// Whether the index must be frozen anew before it is published.
    pub(crate) fn is_full(&self, shape: Shape) -> bool {
        self.all || self.rows.len() > shape.moved()
    }

    /// Whether nothing of the old index can be used.
    pub(crate) fn is_all(&self) -> bool {
        self.all
    }

    /// Adds those of `rows`, which are sorted, that changed since the index was frozen; whether they are known.
    pub(crate) fn among(&self, rows: &[u16], found: &mut Vec<u16>) -> bool {
        if !self.all {
            found.extend(rows.iter().filter(|row| self.rows.binary_search(row).is_ok()));
        }
        !self.all
    }

    /// The rows as those an index does not speak for.
    pub(crate) fn stale(&self) -> Stale<'_> {
        Stale { moved: self.rows(), without: &[] }
    }

    /// The rows, sorted.
    pub(crate) fn rows(&self) -> &[u16] {
        debug_assert!(!self.all, "an index is settled before it is read");
        &self.rows
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        (self.rows.capacity() + self.by_value.as_ref().map_or(0, Vec::capacity) + self.late.capacity()) * 2
    }
}

/// How equal values are told apart: by id. Most blocks are filled in ascending order of ids, and
/// then the rows themselves are that order.
#[derive(Clone, Copy)]
pub(crate) enum Ties<'a> {
    /// Ascending rows have ascending ids.
    Ascending,
    /// The ids, as keys.
    Ids(&'a Ints),
}

impl Ties<'_> {
    /// The order of two rows by id.
    pub(crate) fn cmp(self, a: u16, b: u16) -> Ordering {
        match self {
            Self::Ascending => a.cmp(&b),
            Self::Ids(ids) => ids.get(a).cmp(&ids.get(b)),
        }
    }
}

/// Rows by value and then id, as they were when the run was built.
#[derive(Debug)]
pub(crate) struct Run {
    rows: Box<[u16]>,
    /// Sorted rows that had moved already when the run was built: it does not speak for them
    /// either, which matters to snapshots older than the build.
    without: Box<[u16]>,
}

/// The place for an order that is built when it is first asked for, by whoever asks: it depends
/// only on values that do not change, so every snapshot that shares the place may use it.
#[derive(Debug, Default)]
pub(crate) struct Slot(OnceLock<Run>);

impl Slot {
    /// A slot whose order is known.
    pub(crate) fn ready(rows: Vec<u16>) -> Self {
        let slot = Self::default();
        slot.fill(rows, &[]);
        slot
    }

    /// Puts the order in, unless somebody else was faster.
    pub(crate) fn fill(&self, rows: Vec<u16>, without: &[u16]) {
        // Losing the race is fine: both runs were built from the same frozen values.
        let _ = self.0.set(Run { rows: rows.into_boxed_slice(), without: without.into() });
    }

    /// The order, if it was built.
    pub(crate) fn get(&self) -> Option<&Run> {
        self.0.get()
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.get().map_or(0, |run| (run.rows.len() + run.without.len()) * 2)
    }
}

impl Run {
    /// The order and the sorted rows it does not speak for, given those that moved.
    pub(crate) fn view<'a>(&'a self, moved: &'a Moved) -> Sorted<'a> {
        let stale = Stale { moved: moved.rows(), without: &self.without };
        Sorted { rows: &self.rows, stale, moved: moved.by_value() }
    }
}

/// Rows an index does not speak for: two sorted lists that may share rows.
#[derive(Clone, Copy, Default)]
pub(crate) struct Stale<'a> {
    pub(crate) moved: &'a [u16],
    pub(crate) without: &'a [u16],
}

impl Stale<'_> {
    /// Whether `row` is stale.
    #[inline]
    pub(crate) fn has(&self, row: u16) -> bool {
        (!self.moved.is_empty() && self.moved.binary_search(&row).is_ok())
            || (!self.without.is_empty() && self.without.binary_search(&row).is_ok())
    }

    /// Whether no row is stale.
    pub(crate) fn is_empty(&self) -> bool {
        self.moved.is_empty() && self.without.is_empty()
    }

    /// Puts right what a frozen index says of stale rows: each is asked, and set or cleared.
    pub(crate) fn correct(&self, words: &mut [u64], passes: impl Fn(u16) -> bool) {
        self.for_each(|row| if passes(row) { bits::set(words, row) } else { bits::clear(words, row) });
    }

    /// Calls `f` with each stale row once.
    pub(crate) fn for_each(&self, mut f: impl FnMut(u16)) {
        self.moved.iter().copied().for_each(&mut f);
        self.without.iter().filter(|row| self.moved.binary_search(row).is_err()).copied().for_each(f);
    }
}

/// A frozen order and the rows to skip in it.
#[derive(Clone, Copy)]
pub(crate) struct Sorted<'a> {
    pub(crate) rows: &'a [u16],
    pub(crate) stale: Stale<'a>,
    /// The stale rows that have a value, by value and then id, if somebody has sorted them. A writer
    /// that does knows the order already, so the rows it was built without are among them.
    pub(crate) moved: Option<&'a [u16]>,
}

impl Sorted<'_> {
    /// The first rank within `from..to` for which `before` does not hold; stale rows are not asked
    /// (their values are no longer those they were sorted by).
    pub(crate) fn partition(&self, from: usize, to: usize, mut before: impl FnMut(u16) -> bool) -> usize {
        let (mut low, mut high) = (from, to);
        while low < high {
            let middle = low + (high - low) / 2;
            match (middle..high).find(|&at| !self.stale.has(self.rows[at])) {
                None => high = middle,
                Some(at) if before(self.rows[at]) => low = at + 1,
                Some(_) => high = middle,
            }
        }
        low
    }
}

/// An order made anew from an old one and the rows it does not speak for, those that still have a
/// value sorted by `cmp`. Costs a bit test for each row of the old order, and a search for each changed one.
pub(crate) fn merge(old: Sorted<'_>, changed: &[u16], shape: Shape, cmp: impl Fn(u16, u16) -> Ordering) -> Vec<u16> {
    debug_assert!(changed.is_sorted_by(|&a, &b| cmp(a, b).is_lt()), "changed rows come sorted");
    let mut stale = vec![0; shape.words()];
    old.stale.for_each(|row| bits::set(&mut stale, row));
    let mut kept = Vec::new();
    keep(old.rows, &stale, &mut kept);
    let mut merged = Vec::with_capacity(kept.len() + changed.len());
    merge_into(&mut merged, &kept, changed.iter().copied(), cmp);
    merged
}

/// Writes those of `rows` that are not in `gone` to `kept`, which is overwritten.
fn keep(rows: &[u16], gone: &[u64], kept: &mut Vec<u16>) {
    // Without a branch on the outcome, which nothing foretells.
    kept.clear();
    kept.resize(rows.len(), 0);
    let mut len = 0;
    for &row in rows {
        kept[len] = row;
        len += usize::from(!bits::test(gone, row));
    }
    kept.truncate(len);
}

/// Adds two lists in order to `merged`, as one: one search for each of `new`.
fn merge_into(merged: &mut Vec<u16>, kept: &[u16], new: impl Iterator<Item = u16>, cmp: impl Fn(u16, u16) -> Ordering) {
    let mut done = 0;
    for row in new {
        let at = done + before(&kept[done..], |other| cmp(other, row).is_lt());
        merged.extend_from_slice(&kept[done..at]);
        merged.push(row);
        done = at;
    }
    merged.extend_from_slice(&kept[done..]);
}

/// Takes rows, which are sorted, out of a list of any order.
fn drop_rows(list: &mut Vec<u16>, rows: &[u16]) {
    if rows.is_empty() {
        return;
    }
    let mut gone = [0; BLOCK_ROWS / 64];
    bits::set_all(&mut gone, rows);
    list.retain(|&row| !bits::test(&gone, row));
}

/// Puts rows, which are in order, into a list in order. Begins at the end: there the newest values are.
fn merge_in<K: Copy>(list: &mut Vec<u16>, rows: &[(K, u16)], is_before: impl Fn(u16, (K, u16)) -> bool) {
    let mut end = list.len();
    let mut to = end + rows.len();
    list.resize(to, 0);
    for &new in rows.iter().rev() {
        let from = end - behind(&list[..end], |row| !is_before(row, new));
        to -= end - from + 1;
        list.copy_within(from..end, to + 1);
        list[to] = new.1;
        end = from;
    }
}

/// How many rows at the end pass; near the end is looked at first, then ever further.
fn behind(rows: &[u16], passes: impl Fn(u16) -> bool) -> usize {
    let (mut low, mut step) = (0, 1);
    while low + step <= rows.len() && passes(rows[rows.len() - low - step]) {
        low += step;
        step *= 2;
    }
    let high = (low + step).min(rows.len());
    let unknown = &rows[rows.len() - high..rows.len() - low];
    low + unknown.len() - unknown.partition_point(|&row| !passes(row))
}

/// How many rows from the start pass; near the start is looked at first, then ever further.
fn before(rows: &[u16], passes: impl Fn(u16) -> bool) -> usize {
    let (mut low, mut step) = (0, 1);
    while low + step <= rows.len() && passes(rows[low + step - 1]) {
        low += step;
        step *= 2;
    }
    let high = (low + step).min(rows.len());
    low + rows[low..high].partition_point(|&row| passes(row))
}

/// The rows of each code, frozen: those of code `c` stand at `starts[c]..starts[c + 1]`.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    starts: Box<[u32]>,
    rows: Box<[u16]>,
    /// The codes with so many rows that words are better, ascending, each with its bit set.
    dense: Vec<(u32, Box<[u64]>)>,
}

impl Postings {
    /// Collects the rows of `codes` codes; `each` calls back with every pair of row and code, in
    /// ascending order of rows.
    pub(crate) fn build(codes: usize, shape: Shape, ties: Ties<'_>, each: impl Fn(&mut dyn FnMut(u16, u32))) -> Self {
        let mut starts = vec![0u32; codes + 1];
        each(&mut |_, code| starts[code as usize + 1] += 1);
        for code in 0..codes {
            starts[code + 1] += starts[code];
        }
        let mut rows = vec![0u16; starts[codes] as usize];
        let mut next = starts.clone();
        each(&mut |row, code| {
            let at = &mut next[code as usize];
            rows[*at as usize] = row;
            *at += 1;
        });
        if let Ties::Ids(_) = ties {
            for bounds in starts.windows(2) {
                rows[bounds[0] as usize..bounds[1] as usize].sort_unstable_by(|&a, &b| ties.cmp(a, b));
            }
        }
        Self::of_lists(starts, rows, shape)
    }

    /// The postings of the same codes, made from the old ones, the sorted rows they do not speak for, and
    /// those of them that have a code, by code and then id. Costs a bit test for each row.
    pub(crate) fn renew(&self, stale: &[u16], changed: &[(u32, u16)], shape: Shape, ties: Ties<'_>) -> Self {
        let mut gone = vec![0; shape.words()];
        bits::set_all(&mut gone, stale);
        let mut starts = Vec::with_capacity(self.starts.len());
        let mut rows = Vec::with_capacity(self.rows.len() + changed.len());
        let (mut kept, mut left) = (Vec::new(), changed);
        for (code, bounds) in (0u32..).zip(self.starts.windows(2)) {
            starts.push(u32::try_from(rows.len()).unwrap_or(u32::MAX));
            let count = left.iter().take_while(|(of, _)| *of == code).count();
            let (new, rest) = left.split_at(count);
            left = rest;
            keep(&self.rows[bounds[0] as usize..bounds[1] as usize], &gone, &mut kept);
            let new = new.iter().map(|(_, row)| *row);
            merge_into(&mut rows, &kept, new, |a, b| ties.cmp(a, b));
        }
        starts.push(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        Self::of_lists(starts, rows, shape)
    }

    /// Whether some code has no row.
    pub(crate) fn has_unused(&self) -> bool {
        self.starts.windows(2).any(|bounds| bounds[0] == bounds[1])
    }

    fn of_lists(starts: Vec<u32>, rows: Vec<u16>, shape: Shape) -> Self {
        let mut dense = Vec::new();
        for (code, bounds) in (0u32..).zip(starts.windows(2)) {
            let rows = &rows[bounds[0] as usize..bounds[1] as usize];
            if rows.len() >= shape.words_from().max(16) {
                let mut words = vec![0; shape.words()].into_boxed_slice();
                bits::set_all(&mut words, rows);
                dense.push((code, words));
            }
        }
        Self { starts: starts.into_boxed_slice(), rows: rows.into_boxed_slice(), dense }
    }

    /// All rows, by code.
    pub(crate) fn rows(&self) -> &[u16] {
        &self.rows
    }

    /// The rows of a range of codes.
    pub(crate) fn of(&self, codes: std::ops::Range<u32>) -> &[u16] {
        if codes.is_empty() || self.starts.len() < 2 {
            return &[];
        }
        &self.rows[self.starts[codes.start as usize] as usize..self.starts[codes.end as usize] as usize]
    }

    /// The bit set of one code, if it has one.
    pub(crate) fn words(&self, code: u32) -> Option<&[u64]> {
        let at = self.dense.binary_search_by_key(&code, |(code, _)| *code).ok()?;
        Some(&self.dense[at].1)
    }

    /// The bit set of the codes, if they are one code that has one.
    pub(crate) fn words_of(&self, codes: &[std::ops::Range<u32>]) -> Option<&[u64]> {
        match codes {
            [range] if range.len() == 1 => self.words(range.start),
            _ => None,
        }
    }

    /// How many rows the codes have, in all.
    pub(crate) fn count_of(&self, codes: &[std::ops::Range<u32>]) -> usize {
        codes.iter().map(|range| self.of(range.clone()).len()).sum()
    }

    /// Adds the rows of a range of codes to `words`.
    pub(crate) fn or_into(&self, codes: std::ops::Range<u32>, words: &mut [u64]) {
        if codes.len() == 1
            && let Some(own) = self.words(codes.start)
        {
            bits::or(words, own);
        } else {
            bits::set_all(words, self.of(codes));
        }
    }

    /// Bytes of the lists and of the bit sets; none if `newer` is the same.
    pub(crate) fn heap_bytes(this: &Arc<Self>, newer: Option<&Arc<Self>>) -> (usize, usize) {
        let lists = |this: &Self| this.starts.len() * 4 + this.rows.len() * 2;
        let sets = |this: &Self| this.dense.iter().map(|(_, words)| words.len() * 8 + 24).sum();
        (unless_shared(this, newer, lists), unless_shared(this, newer, sets))
    }
}
