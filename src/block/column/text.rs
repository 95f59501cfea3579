//! The strings of a column: a code per row, a sorted dictionary per block, and the rows of each code.
//!
//! Because frozen codes order like their texts, the rows listed code by code *are* the sort order;
//! an equal text is a range of codes (its spellings in upper and lower case), a prefix is a range of
//! codes, and a substring is one search over the dictionary's text.

use std::cmp::Ordering;
use std::ops::Range;

use memchr::memmem::Finder;
use triomphe::Arc;

use crate::block::bits;
use crate::block::column::dict::{Codes, as_code};
use crate::block::column::ints::Ints;
use crate::block::order::{Moved, Postings, Sorted, Ties};
use crate::limits::Shape;
use crate::table::share;

/// Strings by row.
#[derive(Debug, Clone)]
pub(crate) struct Texts {
    shape: Shape,
    pub(crate) rows: Ints,
    pub(crate) codes: Codes,
    postings: Arc<Postings>,
    moved: Moved<u32>,
}

impl Texts {
    pub(crate) fn new(shape: Shape) -> Self {
        Self {
            shape,
            rows: Ints::new(shape),
            codes: Codes::default(),
            postings: Arc::default(),
            moved: Moved::default(),
        }
    }

    /// The code of `row`.
    #[inline]
    pub(crate) fn code(&self, row: u16) -> Option<u32> {
        self.rows.get(row).and_then(|code| u32::try_from(code).ok())
    }

    /// The text of `row` as written.
    pub(crate) fn get(&self, row: u16) -> Option<&str> {
        self.code(row).map(|code| self.codes.written(code))
    }

    /// Sets the text of `row`; whether it changed.
    pub(crate) fn set(&mut self, row: u16, text: &str) -> bool {
        if self.codes.tail_len() > 2 * self.rows.len() + self.shape.moved() {
            self.sweep();
        }
        let code = self.codes.intern(text);
        if self.rows.get(row) == Some(i64::from(code)) {
            return false;
        }
        self.rows.set(row, i64::from(code));
        true
    }

    /// Takes the text of `row` away; whether there was one.
    pub(crate) fn remove(&mut self, row: u16) -> bool {
        self.rows.remove(row).is_some()
    }

    /// Makes the part fit to be published. `forget`: no text may stay that no row has.
    pub(crate) fn settle(&mut self, written: &[u16], ties: Ties<'_>, forget: bool) {
        let again = self.moved.add(written, self.shape);
        if self.moved.is_full(self.shape)
            || self.codes.tail_len() > self.shape.moved()
            || (forget && self.uses().contains(&false))
        {
            self.freeze(ties);
        }
        let Self { rows, codes, moved, .. } = self;
        let code = |row| rows.get(row).and_then(|code| u32::try_from(code).ok());
        moved.sort(written, again, code, |a, b| codes.cmp(a.0, b.0).then_with(|| ties.cmp(a.1, b.1)));
    }

    /// See [`Column::shares_orders`](super::Column::shares_orders).
    pub(crate) fn shares_order(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.postings, &other.postings)
    }

    /// See [`Column::follow`](super::Column::follow).
    pub(crate) fn follow(&mut self, newer: &Self, written: Option<&[u16]>, forget: bool) {
        if self.codes.follow(&newer.codes, forget) {
            self.rows.follow(&newer.rows, written);
        } else {
            self.rows.clone_from(&newer.rows);
        }
        share(&mut self.postings, &newer.postings);
        self.moved.follow(&newer.moved);
    }

    /// Drops late texts that no row has any more. Freezing drops them too, but one batch may write
    /// the same row any number of times before anything is frozen.
    fn sweep(&mut self) {
        let uses = self.uses();
        let renumbered = self.codes.sweep(|code| uses[code as usize]);
        // They are sorted by codes.
        self.moved.unsort();
        self.rows.map(|code| usize::try_from(code).map_or(0, |code| i64::from(renumbered[code])));
    }

    /// Whether rows changed since the dictionary was frozen.
    pub(crate) fn has_moved(&self) -> bool {
        !self.moved.rows().is_empty()
    }

    /// Which codes a row has.
    fn uses(&self) -> Vec<bool> {
        let mut uses = vec![false; self.codes.len()];
        self.rows.for_each(|_, code| {
            if let Ok(code) = usize::try_from(code) {
                uses[code] = true;
            }
        });
        uses
    }

    /// Writes dictionary and postings anew from the rows; texts that no row has any more are gone.
    fn freeze(&mut self, ties: Ties<'_>) {
        if let Some(postings) = self.renewed(ties) {
            (self.postings, self.moved) = (Arc::new(postings), Moved::default());
            return;
        }
        let uses = self.uses();
        if self.codes.tail_len() > 0 || uses.iter().any(|used| !used) {
            let renumbered = self.codes.freeze(|code| uses[code as usize]);
            self.rows.map(|code| usize::try_from(code).map_or(0, |code| i64::from(renumbered[code])));
        }
        self.postings = Arc::new(Postings::build(self.codes.len(), self.shape, ties, |f| {
            self.rows.for_each(|row, code| f(row, u32::try_from(code).unwrap_or(0)));
        }));
        self.moved = Moved::default();
    }

    /// Postings made from the old ones, if the dictionary can stay as it is: nothing new is in it, and each
    /// text is still in use.
    fn renewed(&self, ties: Ties<'_>) -> Option<Postings> {
        if self.codes.tail_len() > 0 || self.moved.is_all() {
            return None;
        }
        let stale = self.moved.rows();
        let mut changed: Vec<(u32, u16)> = stale.iter().filter_map(|&row| Some((self.code(row)?, row))).collect();
        changed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| ties.cmp(a.1, b.1)));
        let postings = self.postings.renew(stale, &changed, self.shape, ties);
        (!postings.has_unused()).then_some(postings)
    }

    /// Rows by text and then id.
    pub(crate) fn sorted(&self) -> Sorted<'_> {
        Sorted { rows: self.postings.rows(), stale: self.moved.stale(), moved: self.moved.by_value() }
    }

    /// The order of two rows' texts.
    pub(crate) fn cmp(&self, a: u16, b: u16) -> Ordering {
        match (self.code(a), self.code(b)) {
            (Some(a), Some(b)) => self.codes.cmp(a, b),
            (a, b) => a.cmp(&b),
        }
    }

    /// The frozen codes of a text in any case.
    pub(crate) fn codes_equal(&self, folded: &str) -> Range<u32> {
        as_range(self.codes.frozen.equal(folded))
    }

    /// The frozen codes that start with a prefix in any case.
    pub(crate) fn codes_starting(&self, folded: &str) -> Range<u32> {
        as_range(self.codes.frozen.starting(folded))
    }

    /// Adds the rows whose text contains the needle to `words` (empty before).
    pub(crate) fn containing_into(&self, needle: &Finder<'_>, words: &mut [u64]) {
        self.codes.frozen.containing(needle, |code| {
            let code = as_code(code);
            self.postings.or_into(code..code + 1, words);
        });
        self.correct(words, |folded| needle.find(folded.as_bytes()).is_some());
    }

    /// Adds the rows whose folded text passes `test` to `words` (empty before), asking each text of
    /// the dictionary once.
    pub(crate) fn passing_into(&self, test: impl Fn(&str) -> bool, words: &mut [u64]) {
        for code in (0..self.codes.frozen.len()).filter(|&code| test(self.codes.frozen.folded(code))).map(as_code) {
            self.postings.or_into(code..code + 1, words);
        }
        self.correct(words, test);
    }

    /// Adds the rows of frozen codes to `words` (empty before); `test` says the same of a folded text.
    pub(crate) fn codes_into(&self, codes: &[Range<u32>], test: impl Fn(&str) -> bool, words: &mut [u64]) {
        for range in codes {
            self.postings.or_into(range.clone(), words);
        }
        self.correct(words, test);
    }

    /// Puts right what the frozen postings say of rows that moved since.
    fn correct(&self, words: &mut [u64], test: impl Fn(&str) -> bool) {
        self.moved.stale().correct(words, |row| self.code(row).is_some_and(|code| test(self.codes.folded(code))));
    }

    /// The bit set of a single code, where it can be used as it stands.
    pub(crate) fn words(&self, codes: &[Range<u32>]) -> Option<&[u64]> {
        self.postings.words_of(codes).filter(|_| self.moved.rows().is_empty())
    }

    /// About how many rows have one of the codes.
    pub(crate) fn estimate(&self, codes: &[Range<u32>]) -> usize {
        self.postings.count_of(codes) + self.moved.rows().len()
    }

    /// The number of different texts, and calls `f` with each text and its number of rows.
    pub(crate) fn for_each_text(&self, mut f: impl FnMut(&str, usize)) {
        let mut counts = vec![0usize; self.codes.len()];
        self.rows.for_each(|_, code| {
            if let Ok(code) = usize::try_from(code) {
                counts[code] += 1;
            }
        });
        for (code, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            f(self.codes.written(as_code(code)), count);
        }
    }

    /// Bytes of values, dictionary, lists of rows, bit sets, without what `newer` holds too.
    pub(crate) fn heap_bytes(&self, newer: Option<&Self>) -> [usize; 4] {
        let rows = self.rows.heap_bytes(newer.map(|newer| &newer.rows));
        let codes = self.codes.heap_bytes(newer.map(|newer| &newer.codes));
        let (lists, sets) = Postings::heap_bytes(&self.postings, newer.map(|newer| &newer.postings));
        [rows, codes, lists + self.moved.heap_bytes(), sets]
    }

    /// Checks values, dictionary and postings.
    pub(crate) fn validate(&self, ties: Ties<'_>) -> Result<(), String> {
        self.rows.validate()?;
        self.codes.validate()?;
        self.moved.validate(|a, b| self.cmp(a, b).then_with(|| ties.cmp(a, b)), |row| self.code(row))?;
        let mut fresh = Vec::new();
        self.rows.for_each(|row, _| {
            if !self.sorted().stale.has(row) {
                fresh.push(row);
            }
        });
        fresh.sort_by(|&a, &b| self.cmp(a, b).then_with(|| ties.cmp(a, b)));
        let kept: Vec<u16> = self.sorted().rows.iter().copied().filter(|&row| !self.sorted().stale.has(row)).collect();
        if fresh != kept {
            return Err("the order of texts differs from a fresh sort".to_owned());
        }
        let in_place = (0..self.codes.frozen.len()).map(as_code).all(|code| {
            let of = self.postings.of(code..code + 1);
            let rows_right = of.iter().all(|&row| self.sorted().stale.has(row) || self.code(row) == Some(code));
            let words_right = self
                .postings
                .words(code)
                .is_none_or(|words| bits::count(words) == of.len() && of.iter().all(|&row| bits::test(words, row)));
            rows_right && words_right
        });
        if in_place { Ok(()) } else { Err("the rows of a text are wrong".to_owned()) }
    }
}

fn as_range(range: Range<usize>) -> Range<u32> {
    as_code(range.start)..as_code(range.end)
}

/// What texts of different blocks are compared by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TextKey<'a> {
    folded: &'a str,
    written: &'a str,
}

impl Texts {
    /// The key of a row that has a text.
    pub(crate) fn key(&self, row: u16) -> TextKey<'_> {
        self.code(row).map_or(TextKey { folded: "", written: "" }, |code| self.key_of(code))
    }

    /// The key of a code.
    pub(crate) fn key_of(&self, code: u32) -> TextKey<'_> {
        TextKey { folded: self.codes.folded(code), written: self.codes.written(code) }
    }
}
