//! Frozen indexes over live columns.
//!
//! A column's values are always current; what is *derived* from them (a sort order, the rows of each
//! text) is frozen when it is built and then carries a short list of rows it no longer speaks for.
//! A lookup takes the frozen answer without those rows and tests the rows themselves, one by one.
//! A write therefore costs an entry in a list, however many indexes exist; once the list is full
//! the index is frozen anew, in one pass over the block.

use std::cmp::Ordering;
use std::sync::OnceLock;

use triomphe::Arc;

use crate::block::bits;
use crate::block::column::ints::Ints;
use crate::limits::{BLOCK_ROWS, Shape};
use crate::table::unless_shared;

/// The rows that changed since an index was frozen. `K`: what a row is sorted by.
#[derive(Debug)]
pub(crate) struct Moved<K> {
    /// Sorted; meaningless once `all` is set.
    rows: Vec<u16>,
    /// Those that have a value, by value and then id: a walk begins with them at once, however many
    /// readers there are.
    by_value: Option<ByValue<K>>,
    /// So many rows changed that the index is worth nothing: only while it is settled.
    all: bool,
}

impl<K> Default for Moved<K> {
    fn default() -> Self {
        Self { rows: Vec::new(), by_value: None, all: false }
    }
}

/// A clone is made to be written to: it has room for some more rows.
impl<K: Copy> Clone for Moved<K> {
    fn clone(&self) -> Self {
        Self { rows: roomy(&self.rows), by_value: self.by_value.clone(), all: self.all }
    }
}

/// A copy with room for some more.
fn roomy<T: Copy>(list: &[T]) -> Vec<T> {
    let mut copy = Vec::with_capacity(if list.is_empty() { 0 } else { list.len() + 4 });
    copy.extend_from_slice(list);
    copy
}

impl<K: Copy> Moved<K> {
    /// No rows, in order.
    pub(crate) fn none() -> Self {
        Self { by_value: Some(ByValue::of(&[])), ..Self::default() }
    }

    /// Adds the rows that were written to since the last time.
    pub(crate) fn add(&mut self, written: &[u16], shape: Shape) {
        if written.len() <= FEW_WRITTEN {
            for &row in written {
                if let Err(at) = self.rows.binary_search(&row) {
                    self.rows.insert(at, row);
                }
            }
        } else if self.rows.is_empty() {
            self.rows = written.to_vec();
        } else {
            self.rows = union(&self.rows, written);
        }
        if self.rows.len() > shape.rows() / 8 {
            *self = Self { all: true, ..Self::default() };
        }
    }

    /// Brings the rows by value in line with their values, after [`Moved::add`] of the same rows. `key`:
    /// what a row is sorted by, `None` if it has no value; `cmp`: the order of rows with their keys.
    pub(crate) fn sort(
        &mut self,
        written: &[u16],
        key: impl Fn(u16) -> Option<K>,
        cmp: impl Fn((K, u16), (K, u16)) -> Ordering,
    ) {
        // Each key is read once: rows lie far apart.
        let in_order = |rows: &[u16]| {
            let mut keyed: Vec<(K, u16)> = rows.iter().filter_map(|&row| Some((key(row)?, row))).collect();
            keyed.sort_unstable_by(|&a, &b| cmp(a, b));
            keyed
        };
        let Self { rows, by_value, .. } = self;
        match by_value {
            Some(sorted) if written.len() <= rows.len() / 2 => {
                sorted.drop_rows(written);
                sorted.merge_in(&in_order(written), cmp);
            }
            _ => *by_value = Some(ByValue::of(&in_order(rows))),
        }
    }

    /// Keeps the rows by value no longer: there is no order that needs them.
    pub(crate) fn unsort(&mut self) {
        self.by_value = None;
    }

    /// Checks that the rows by value are those that moved and have one, in order, with their keys.
    pub(crate) fn validate(
        &self,
        cmp: impl Fn(u16, u16) -> Ordering,
        key: impl Fn(u16) -> Option<K>,
    ) -> Result<(), String>
    where
        K: PartialEq,
    {
        let Some(kept) = &self.by_value else { return Ok(()) };
        let mut fresh: Vec<u16> = self.rows.iter().copied().filter(|&row| key(row).is_some()).collect();
        fresh.sort_by(|&a, &b| cmp(a, b));
        let known = kept.rows.iter().zip(&kept.keys).all(|(&row, &kept)| key(row) == Some(kept));
        if kept.rows == fresh && known { Ok(()) } else { Err("moved rows are out of order".to_owned()) }
    }

    /// The rows that have a value with what they are sorted by, in order, if they are kept sorted.
    pub(crate) fn keyed(&self) -> Option<Vec<(K, u16)>> {
        self.by_value.as_ref().map(|sorted| sorted.keys.iter().copied().zip(sorted.rows.iter().copied()).collect())
    }

    /// The rows by value and then id, if they are kept sorted.
    pub(crate) fn by_value(&self) -> Option<&[u16]> {
        self.by_value.as_ref().map(|sorted| &sorted.rows[..])
    }

    /// Whether the index must be frozen anew before it is published.
    pub(crate) fn is_full(&self, shape: Shape) -> bool {
        self.all || self.rows.len() > shape.moved()
    }

    /// Whether nothing of the old index can be used.
    pub(crate) fn is_all(&self) -> bool {
        self.all
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
        self.rows.capacity() * size_of::<u16>() + self.by_value.as_ref().map_or(0, ByValue::heap_bytes)
    }
}

/// Rows in order, each with its key: to put others in, no value is read.
#[derive(Debug)]
struct ByValue<K> {
    rows: Vec<u16>,
    keys: Vec<K>,
}

impl<K: Copy> Clone for ByValue<K> {
    fn clone(&self) -> Self {
        Self { rows: roomy(&self.rows), keys: roomy(&self.keys) }
    }
}

impl<K: Copy> ByValue<K> {
    fn of(keyed: &[(K, u16)]) -> Self {
        Self { rows: keyed.iter().map(|(_, row)| *row).collect(), keys: keyed.iter().map(|(key, _)| *key).collect() }
    }

    fn at(&self, at: usize) -> (K, u16) {
        (self.keys[at], self.rows[at])
    }

    /// Takes rows out.
    fn drop_rows(&mut self, gone: &[u16]) {
        if gone.len() <= FEW_WRITTEN {
            return self.keep(|row| !gone.contains(&row));
        }
        let mut words = [0; BLOCK_ROWS / 64];
        bits::set_all(&mut words, gone);
        self.keep(|row| !bits::test(&words, row));
    }

    fn keep(&mut self, is_kept: impl Fn(u16) -> bool) {
        let mut len = 0;
        for at in 0..self.rows.len() {
            let (key, row) = self.at(at);
            (self.keys[len], self.rows[len]) = (key, row);
            len += usize::from(is_kept(row));
        }
        // Of what was taken out nothing stays.
        match self.keys[..len].first().copied() {
            Some(any) => self.keys[len..].fill(any),
            None => self.keys = Vec::new(),
        }
        self.rows.truncate(len);
        self.keys.truncate(len);
    }

    /// Puts rows that are in order in. Begins at the end: there the newest values are.
    fn merge_in(&mut self, new: &[(K, u16)], cmp: impl Fn((K, u16), (K, u16)) -> Ordering) {
        let Some(&any) = new.first() else { return };
        let mut end = self.rows.len();
        let mut to = end + new.len();
        self.rows.resize(to, 0);
        self.keys.resize(to, any.0);
        for &(key, row) in new.iter().rev() {
            let from = end - behind(end, |at| cmp(self.at(at), (key, row)).is_ge());
            to -= end - from + 1;
            self.rows.copy_within(from..end, to + 1);
            self.keys.copy_within(from..end, to + 1);
            (self.rows[to], self.keys[to]) = (row, key);
            end = from;
        }
    }

    fn heap_bytes(&self) -> usize {
        self.rows.capacity() * size_of::<u16>() + self.keys.capacity() * size_of::<K>()
    }
}

/// So few rows are put in their places one by one.
const FEW_WRITTEN: usize = 8;

/// The rows of two sorted lists, each once.
fn union(a: &[u16], b: &[u16]) -> Vec<u16> {
    let mut all = vec![0; a.len() + b.len()];
    let (mut in_a, mut in_b, mut len) = (0, 0, 0);
    while in_a < a.len() && in_b < b.len() {
        let (x, y) = (a[in_a], b[in_b]);
        all[len] = x.min(y);
        in_a += usize::from(x <= y);
        in_b += usize::from(y <= x);
        len += 1;
    }
    all.truncate(len);
    all.extend_from_slice(&a[in_a..]);
    all.extend_from_slice(&b[in_b..]);
    all
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
    pub(crate) fn view<'a, K: Copy>(&'a self, moved: &'a Moved<K>) -> Sorted<'a> {
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

    /// Whether all of them moved.
    pub(crate) fn all_moved(&self) -> bool {
        self.without.iter().all(|row| self.moved.binary_search(row).is_ok())
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
/// value in order. `is_before`: whether a row of the old order comes before one of these. Costs a test for
/// each row of the old order, and a search for each of the others.
pub(crate) fn merge<K: Copy>(
    old: Sorted<'_>,
    late: &[(K, u16)],
    is_before: impl Fn(u16, (K, u16)) -> bool,
) -> Vec<u16> {
    let mut gone = Gone::new();
    old.stale.for_each(|row| gone.add(row));
    let mut kept = Vec::new();
    gone.keep_others(old.rows, &mut kept);
    let mut merged = Vec::with_capacity(kept.len() + late.len());
    let mut done = 0;
    for (&(_, row), at) in late.iter().zip(places(&kept, late, is_before)) {
        merged.extend_from_slice(&kept[done..at]);
        merged.push(row);
        done = at;
    }
    merged.extend_from_slice(&kept[done..]);
    merged
}

/// Where each of the `new`, which are in order, belongs in `rows`. All are searched for together: to look at a
/// row is to wait for memory, and so the waits of one step go on side by side.
fn places<K: Copy>(rows: &[u16], new: &[(K, u16)], is_before: impl Fn(u16, (K, u16)) -> bool) -> Vec<usize> {
    // The newest values belong behind all others, often enough.
    let inside = rows.last().map_or(0, |&last| new.partition_point(|&new| !is_before(last, new)));
    let mut places = vec![0; inside];
    let mut left = rows.len();
    while left > 0 {
        let half = left.div_ceil(2);
        for (place, &new) in places.iter_mut().zip(new) {
            let at = *place + half;
            *place = if is_before(rows[at - 1], new) { at } else { *place };
        }
        left -= half;
    }
    places.resize(new.len(), rows.len());
    places
}

/// Rows to leave out of long lists. A byte each: to test one is a load, and of lists that hold few of them
/// most runs need nothing else.
struct Gone(Box<[u8; BLOCK_ROWS]>);

impl Gone {
    fn new() -> Self {
        let bytes = vec![0; BLOCK_ROWS].into_boxed_slice();
        Self(bytes.try_into().expect("as many bytes"))
    }

    fn add(&mut self, row: u16) {
        self.0[usize::from(row)] = 1;
    }

    /// Writes those of `rows` that are not gone to `kept`, which is overwritten.
    fn keep_others(&self, rows: &[u16], kept: &mut Vec<u16>) {
        let is_gone = |row: u16| self.0[usize::from(row)];
        kept.clear();
        kept.resize(rows.len(), 0);
        let mut len = 0;
        let (runs, rest) = rows.as_chunks::<RUN>();
        for run in runs {
            if run.iter().fold(0, |any, &row| any | is_gone(row)) == 0 {
                kept[len..len + RUN].copy_from_slice(run);
                len += RUN;
            } else {
                keep_each(run, is_gone, kept, &mut len);
            }
        }
        keep_each(rest, is_gone, kept, &mut len);
        kept.truncate(len);
    }
}

/// Rows that are copied together if none of them is gone.
const RUN: usize = 16;

/// Adds those of `rows` that are not gone at `len`.
fn keep_each(rows: &[u16], is_gone: impl Fn(u16) -> u8, kept: &mut [u16], len: &mut usize) {
    // Without a branch on the outcome, which nothing foretells.
    for &row in rows {
        kept[*len] = row;
        *len += usize::from(1 - is_gone(row));
    }
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

/// How many of the places before `end` pass, counted back from there; near the end is looked at first, then
/// ever further.
fn behind(end: usize, passes: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut step) = (0, 1);
    while low + step <= end && passes(end - low - step) {
        low += step;
        step *= 2;
    }
    let mut high = (low + step).min(end + 1);
    // `low` pass, `high` do not.
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if passes(end - middle) { low = middle } else { high = middle }
    }
    low
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
    /// those of them that have a code, by code and then id. Costs a test for each row.
    pub(crate) fn renew(&self, stale: &[u16], changed: &[(u32, u16)], shape: Shape, ties: Ties<'_>) -> Self {
        let mut gone = Gone::new();
        stale.iter().for_each(|&row| gone.add(row));
        let mut starts = Vec::with_capacity(self.starts.len());
        let mut rows = Vec::with_capacity(self.rows.len() + changed.len());
        let (mut kept, mut left) = (Vec::new(), changed);
        for (code, bounds) in (0u32..).zip(self.starts.windows(2)) {
            starts.push(u32::try_from(rows.len()).unwrap_or(u32::MAX));
            let count = left.iter().take_while(|(of, _)| *of == code).count();
            let (new, rest) = left.split_at(count);
            left = rest;
            gone.keep_others(&self.rows[bounds[0] as usize..bounds[1] as usize], &mut kept);
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
