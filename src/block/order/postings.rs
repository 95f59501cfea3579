//! The rows of each text or item, frozen.

use triomphe::Arc;

use crate::block::bits;
use crate::block::order::merge::{Gone, merge_into};
use crate::block::order::{Stale, Ties};
use crate::limits::Shape;
use crate::table::unless_shared;

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
        let mut gone = Gone::new(Stale { moved: stale, without: &[] });
        let mut starts = Vec::with_capacity(self.starts.len());
        let mut rows = Vec::with_capacity(self.rows.len() + changed.len());
        let mut left = changed;
        for (code, bounds) in (0u32..).zip(self.starts.windows(2)) {
            starts.push(u32::try_from(rows.len()).unwrap_or(u32::MAX));
            let count = left.iter().take_while(|(of, _)| *of == code).count();
            let (new, rest) = left.split_at(count);
            left = rest;
            let kept = gone.others_of(&self.rows[bounds[0] as usize..bounds[1] as usize]);
            merge_into(&mut rows, kept, new.iter().map(|(_, row)| *row), ties);
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
