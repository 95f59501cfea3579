//! The lists of a column: item codes per row, a dictionary of items, and the rows of each item.

use std::cmp::Ordering;
use std::ops::Range;

use triomphe::Arc;

use crate::block::bits;
use crate::block::column::dict::{Codes, as_code};
use crate::block::order::{Moved, Postings, Slot, Sorted, Ties, merge};
use crate::fold::fold;
use crate::limits::{self, Shape};
use crate::table::{COUNT, share, unless_shared};

/// Lists by row.
#[derive(Debug, Clone)]
pub(crate) struct Lists {
    shape: Shape,
    len: usize,
    /// A chunk per run of rows, as for integers; grown as rows need it.
    chunks: Vec<Option<Arc<Chunk>>>,
    pub(crate) codes: Codes,
    postings: Arc<Postings>,
    slot: Arc<Slot>,
    moved: Moved<()>,
}

/// The lists of a run of rows, end to end.
#[derive(Debug, Clone, Default)]
struct Chunk {
    /// Sorted, counted from the run's start.
    rows: Vec<u16>,
    ends: Vec<u32>,
    items: Vec<u32>,
}

impl Chunk {
    fn range(&self, at: usize) -> Range<usize> {
        let from = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        from..self.ends[at] as usize
    }

    fn get(&self, row: u16) -> Option<&[u32]> {
        self.rows.binary_search(&row).ok().map(|at| &self.items[self.range(at)])
    }

    fn remove(&mut self, row: u16) -> bool {
        let Ok(at) = self.rows.binary_search(&row) else { return false };
        let range = self.range(at);
        let gone = as_code(range.len());
        self.items.drain(range);
        self.rows.remove(at);
        self.ends.remove(at);
        self.ends[at..].iter_mut().for_each(|end| *end -= gone);
        true
    }

    /// Adds the list of a row that has none.
    fn add(&mut self, row: u16, items: &[u32]) {
        let at = self.rows.partition_point(|&other| other < row);
        let from = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        self.items.splice(from..from, items.iter().copied());
        self.rows.insert(at, row);
        self.ends.insert(at, as_code(from));
        self.ends[at..].iter_mut().for_each(|end| *end += as_code(items.len()));
    }

    fn shrink(&mut self) {
        self.rows.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.items.shrink_to_fit();
    }

    fn heap_bytes(&self) -> usize {
        self.rows.capacity() * 2 + (self.ends.capacity() + self.items.capacity()) * 4 + size_of::<Self>() + COUNT
    }
}

impl Lists {
    pub(crate) fn new(shape: Shape) -> Self {
        Self {
            shape,
            len: 0,
            chunks: Vec::new(),
            codes: Codes::default(),
            postings: Arc::default(),
            slot: Arc::default(),
            moved: Moved::default(),
        }
    }

    /// How many rows have a list.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn place(&self, row: u16) -> (usize, u16) {
        let mask = u16::try_from(self.shape.chunk_rows() - 1).unwrap_or(u16::MAX);
        (usize::from(row) >> self.shape.chunk_shift(), row & mask)
    }

    /// The item codes of `row`.
    pub(crate) fn get(&self, row: u16) -> Option<&[u32]> {
        let (chunk, row) = self.place(row);
        self.chunks.get(chunk)?.as_ref()?.get(row)
    }

    /// Sets the list of `row`; whether it changed.
    pub(crate) fn set(&mut self, row: u16, items: &[String]) -> bool {
        if self.codes.tail_len() > 2 * limits::LIST_ITEMS * self.len + self.shape.moved() {
            self.sweep();
        }
        let codes: smallvec::SmallVec<[u32; 30]> = items.iter().map(|item| self.codes.intern(item)).collect();
        if self.get(row) == Some(&codes[..]) {
            return false;
        }
        let (at, in_chunk) = self.place(row);
        if self.chunks.len() <= at {
            self.chunks.resize(at + 1, None);
        }
        let chunk = Arc::make_mut(self.chunks[at].get_or_insert_default());
        self.len += usize::from(!chunk.remove(in_chunk));
        chunk.add(in_chunk, &codes);
        true
    }

    /// Takes the list of `row` away; whether there was one.
    pub(crate) fn remove(&mut self, row: u16) -> bool {
        if self.get(row).is_none() {
            return false;
        }
        let (at, in_chunk) = self.place(row);
        let slot = &mut self.chunks[at];
        if let Some(chunk) = slot {
            let chunk = Arc::make_mut(chunk);
            chunk.remove(in_chunk);
            if chunk.rows.is_empty() {
                *slot = None;
            }
        }
        self.len -= 1;
        true
    }

    /// Calls `f` with each row that has a list and its item codes, in ascending order of rows.
    pub(crate) fn for_each(&self, mut f: impl FnMut(u16, &[u32])) {
        for (base, chunk) in (0..=u16::MAX).step_by(self.shape.chunk_rows()).zip(&self.chunks) {
            if let Some(chunk) = chunk {
                for (at, row) in chunk.rows.iter().enumerate() {
                    f(base + row, &chunk.items[chunk.range(at)]);
                }
            }
        }
    }

    /// Makes the part fit to be published. `ordered`: whether its sort order is to be kept; `forget`: no
    /// item may stay that no row has.
    pub(crate) fn settle(&mut self, written: &[u16], ties: Ties<'_>, ordered: bool, forget: bool) {
        let again = self.moved.add(written, self.shape);
        if self.moved.is_full(self.shape)
            || self.codes.tail_len() > self.shape.moved()
            || (forget && self.uses().contains(&false))
        {
            self.freeze(ties);
        }
        if ordered {
            self.build(ties);
        }
        if self.slot.get().is_some() {
            let mut moved = std::mem::take(&mut self.moved);
            let cmp = |a: u16, b: u16| self.cmp(a, b).then_with(|| ties.cmp(a, b));
            moved.sort(written, again, |row| self.get(row).map(|_| ()), |a, b| cmp(a.1, b.1));
            self.moved = moved;
        } else {
            self.moved.unsort();
        }
    }

    /// See [`Column::shares_orders`](super::Column::shares_orders).
    pub(crate) fn shares_order(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.slot, &other.slot)
    }

    /// See [`Column::follow`](super::Column::follow): chunks are shared with the newer one.
    pub(crate) fn follow(&mut self, newer: &Self, forget: bool) {
        self.codes.follow(&newer.codes, forget);
        self.len = newer.len;
        self.chunks.resize(newer.chunks.len(), None);
        for (own, newer) in self.chunks.iter_mut().zip(&newer.chunks) {
            match (own.as_mut(), newer) {
                (Some(own), Some(newer)) => share(own, newer),
                _ => own.clone_from(newer),
            }
        }
        share(&mut self.postings, &newer.postings);
        share(&mut self.slot, &newer.slot);
        self.moved.follow(&newer.moved);
    }

    /// Drops late items that no row has any more: see the same of texts.
    fn sweep(&mut self) {
        let uses = self.uses();
        let renumbered = self.codes.sweep(|code| uses[code as usize]);
        self.renumber(&renumbered);
    }

    /// Whether rows changed since the dictionary was frozen.
    pub(crate) fn has_moved(&self) -> bool {
        !self.moved.rows().is_empty()
    }

    /// Which codes a row has.
    fn uses(&self) -> Vec<bool> {
        let mut uses = vec![false; self.codes.len()];
        self.for_each(|_, items| items.iter().for_each(|&code| uses[code as usize] = true));
        uses
    }

    fn renumber(&mut self, renumbered: &[u32]) {
        for chunk in self.chunks.iter_mut().flatten() {
            let chunk = Arc::make_mut(chunk);
            chunk.items.iter_mut().for_each(|code| *code = renumbered[*code as usize]);
            chunk.shrink();
        }
    }

    fn freeze(&mut self, ties: Ties<'_>) {
        let order = self.slot.get().map(|run| {
            if self.moved.is_all() {
                return self.sorted_rows(ties, &[]);
            }
            let old = run.view(&self.moved);
            let mut changed = Vec::new();
            old.stale.for_each(|row| changed.extend(self.get(row).map(|_| ((), row))));
            let cmp = |a: u16, b: u16| self.cmp(a, b).then_with(|| ties.cmp(a, b));
            changed.sort_unstable_by(|a, b| cmp(a.1, b.1));
            let by_value = |row, late: ((), u16)| self.cmp(row, late.1);
            merge(old, &changed, by_value, |a, b| self.cmp(a.1, b.1).is_eq(), ties)
        });
        self.slot = order.map_or_else(Arc::default, |rows| Arc::new(Slot::ready(rows)));
        let uses = self.uses();
        if self.codes.tail_len() > 0 || uses.iter().any(|used| !used) {
            let renumbered = self.codes.freeze(|code| uses[code as usize]);
            self.renumber(&renumbered);
        }
        // Rows stand in ascending order: postings of lists are no sort order, so ids do not matter.
        self.postings = Arc::new(Postings::build(self.codes.len(), self.shape, Ties::Ascending, |f| {
            self.for_each(|row, items| items.iter().for_each(|&code| f(row, code)));
        }));
        self.moved = Moved::default();
    }

    fn sorted_rows(&self, ties: Ties<'_>, but: &[u16]) -> Vec<u16> {
        let mut rows = Vec::with_capacity(self.len);
        self.for_each(|row, _| {
            if but.binary_search(&row).is_err() {
                rows.push(row);
            }
        });
        rows.sort_unstable_by(|&a, &b| self.cmp(a, b).then_with(|| ties.cmp(a, b)));
        rows
    }

    /// Builds the sort order, unless it is there.
    pub(crate) fn build(&self, ties: Ties<'_>) {
        if self.slot.get().is_none() {
            self.slot.fill(self.sorted_rows(ties, self.moved.rows()), self.moved.rows());
        }
    }

    /// Forgets the sort order; postings stay as they are.
    pub(crate) fn forget_order(&mut self) {
        // Rows that moved stay noted: the postings do not speak for them.
        self.slot = Arc::default();
        self.moved.unsort();
    }

    /// The sort order, if it was built.
    pub(crate) fn sorted(&self) -> Option<Sorted<'_>> {
        self.slot.get().map(|run| run.view(&self.moved))
    }

    /// The order of two rows' lists: by length, then item by item.
    pub(crate) fn cmp(&self, a: u16, b: u16) -> Ordering {
        let (a, b) = (self.get(a).unwrap_or(&[]), self.get(b).unwrap_or(&[]));
        a.len().cmp(&b.len()).then_with(|| {
            let items = a.iter().zip(b).map(|(&a, &b)| self.codes.cmp(a, b));
            items.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        })
    }

    /// The frozen codes of an item in any case.
    pub(crate) fn codes_equal(&self, folded: &str) -> Range<u32> {
        let range = self.codes.frozen.equal(folded);
        as_code(range.start)..as_code(range.end)
    }

    /// Whether the list of `row` has an item whose folded form is among `folded`, which are sorted: a filter
    /// may name thousands.
    pub(crate) fn has_any(&self, row: u16, folded: &[String]) -> bool {
        let is_one = |&code: &u32| folded.binary_search_by(|text| text.as_str().cmp(self.codes.folded(code))).is_ok();
        self.get(row).is_some_and(|items| items.iter().any(is_one))
    }

    /// Adds the rows with an item of `codes` to `words` (empty before); `test` says the same of a row.
    pub(crate) fn codes_into(&self, codes: &[Range<u32>], test: impl Fn(u16) -> bool, words: &mut [u64]) {
        for range in codes {
            self.postings.or_into(range.clone(), words);
        }
        self.moved.stale().correct(words, test);
    }

    /// The bit set of a single item, where it can be used as it stands.
    pub(crate) fn words(&self, codes: &[Range<u32>]) -> Option<&[u64]> {
        self.postings.words_of(codes).filter(|_| self.moved.rows().is_empty())
    }

    /// About how many rows have an item of `codes`.
    pub(crate) fn estimate(&self, codes: &[Range<u32>]) -> usize {
        (self.postings.count_of(codes) + self.moved.rows().len()).min(self.len)
    }

    /// Adds the rows that have a list to `words`.
    pub(crate) fn known_into(&self, words: &mut [u64]) {
        self.for_each(|row, _| bits::set(words, row));
    }

    /// Bytes of values, dictionary, lists of rows, bit sets, order, without what `newer` holds too.
    pub(crate) fn heap_bytes(&self, newer: Option<&Self>) -> [usize; 5] {
        let values = |(at, chunk): (usize, &Option<Arc<Chunk>>)| {
            let newer = newer.and_then(|newer| newer.chunks.get(at)?.as_ref());
            chunk.as_ref().map_or(0, |chunk| unless_shared(chunk, newer, Chunk::heap_bytes))
        };
        let values = self.chunks.capacity() * 8 + self.chunks.iter().enumerate().map(values).sum::<usize>();
        let codes = self.codes.heap_bytes(newer.map(|newer| &newer.codes));
        let (lists, sets) = Postings::heap_bytes(&self.postings, newer.map(|newer| &newer.postings));
        let order = unless_shared(&self.slot, newer.map(|newer| &newer.slot), Slot::heap_bytes);
        [values, codes, lists + self.moved.heap_bytes(), sets, order]
    }

    /// Checks values, dictionary, postings and order.
    pub(crate) fn validate(&self, ties: Ties<'_>) -> Result<(), String> {
        self.codes.validate()?;
        let cmp = |a: u16, b: u16| self.cmp(a, b).then_with(|| ties.cmp(a, b));
        self.moved.validate(cmp, |row| self.get(row).map(|_| ()))?;
        let mut seen = 0;
        let mut right = true;
        self.for_each(|row, items| {
            seen += 1;
            right &= self.get(row) == Some(items) && !items.is_empty();
        });
        if !right || seen != self.len {
            return Err(format!("{seen} lists found, {} counted", self.len));
        }
        for code in (0..self.codes.frozen.len()).map(as_code) {
            let folded = self.codes.folded(code);
            debug_assert_eq!(fold(folded), folded);
            let of = self.postings.of(code..code + 1);
            let mut missing = false;
            self.for_each(|row, items| missing |= items.contains(&code) && of.binary_search(&row).is_err());
            let stale = |row: &u16| self.moved.rows().binary_search(row).is_ok();
            let extra = of.iter().any(|row| !stale(row) && !self.get(*row).is_some_and(|i| i.contains(&code)));
            if extra || (missing && self.moved.rows().is_empty()) {
                return Err("the rows of an item are wrong".to_owned());
            }
        }
        if let Some(sorted) = self.sorted() {
            let fresh = self.sorted_rows(ties, &[]).into_iter().filter(|&row| !sorted.stale.has(row));
            if !fresh.eq(sorted.rows.iter().copied().filter(|&row| !sorted.stale.has(row))) {
                return Err("an order of lists differs from a fresh sort".to_owned());
            }
        }
        Ok(())
    }
}

/// What lists of different blocks are compared by: length, then item by item.
#[derive(Clone, Copy)]
pub(crate) struct ListKey<'a> {
    items: &'a [u32],
    codes: &'a Codes,
}

impl Lists {
    /// The key of a row that has a list.
    pub(crate) fn key(&self, row: u16) -> ListKey<'_> {
        ListKey { items: self.get(row).unwrap_or(&[]), codes: &self.codes }
    }
}

impl Ord for ListKey<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let texts = |key: &Self, at: usize| (key.codes.folded(key.items[at]), key.codes.written(key.items[at]));
        self.items.len().cmp(&other.items.len()).then_with(|| {
            let orders = (0..self.items.len()).map(|at| texts(self, at).cmp(&texts(other, at)));
            orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        })
    }
}

impl PartialOrd for ListKey<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ListKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for ListKey<'_> {}
