//! Lanes: the matching rows of one block in sort order, to be merged across blocks.
//!
//! A lane runs over a frozen order and skips what does not match. Its rows ascend by (key, id).
//! Walking it upwards is walking the list. Downwards, keys must descend while ids still ascend
//! among equals, so a lane hands out whole groups of equals from the end, each in ascending order.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use crate::block::Block;
use crate::block::bits;
use crate::block::column::list::{ListKey, Lists};
use crate::block::column::number::Numbers;
use crate::block::column::text::{TextKey, Texts};
use crate::block::order::{Sorted, Stale};

/// The typed part of a column that a lane is sorted by.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    Numbers(&'a Numbers),
    Texts(&'a Texts),
    Lists(&'a Lists),
    /// Nothing: all are equal, ids decide.
    Equal,
}

/// What rows of different blocks are compared by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key<'a> {
    Equal,
    Number(i64),
    Text(TextKey<'a>),
    List(ListKey<'a>),
}

impl Key<'_> {
    /// The number, if that is what rows are compared by.
    pub(crate) fn number(self) -> Option<i64> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }
}

impl<'a> Part<'a> {
    /// The key of a row that has a value in the part.
    pub(crate) fn key(self, row: u16) -> Key<'a> {
        match self {
            Self::Numbers(part) => Key::Number(part.ints.get(row).unwrap_or(i64::MIN)),
            Self::Texts(part) => Key::Text(part.key(row)),
            Self::Lists(part) => Key::List(part.key(row)),
            Self::Equal => Key::Equal,
        }
    }

    /// Whether a matching row has a value in the part.
    pub(crate) fn has(self, row: u16) -> bool {
        match self {
            Self::Numbers(part) => part.ints.get(row).is_some(),
            Self::Texts(part) => part.rows.get(row).is_some(),
            Self::Lists(part) => part.get(row).is_some(),
            Self::Equal => true,
        }
    }

    /// The order of two rows of the block.
    pub(crate) fn cmp(self, a: u16, b: u16) -> Ordering {
        match self {
            Self::Numbers(part) => part.ints.get(a).cmp(&part.ints.get(b)),
            Self::Texts(part) => part.cmp(a, b),
            Self::Lists(part) => part.cmp(a, b),
            Self::Equal => Ordering::Equal,
        }
    }
}

/// The rows of a lane, ascending by (key, id).
enum LaneRows<'a> {
    /// A frozen order; stale rows are to be skipped.
    Run(Sorted<'a>),
    /// Rows of the block as they stand.
    Identity,
    /// Rows that an order does not speak for, sorted beside it or for this query.
    Moved(Cow<'a, [u16]>),
}

/// The matching rows of one block in sort order.
pub(crate) struct Lane<'a> {
    /// Number of the block.
    pub(crate) at: usize,
    pub(crate) block: &'a Block,
    pub(super) part: Part<'a>,
    rows: LaneRows<'a>,
    /// Rows to hand out: they match, and the lane speaks for them. Empty where all are.
    bits: Cow<'a, [u64]>,
    /// Ranks being handed out, upwards.
    pub(super) group: Range<usize>,
    /// Ranks after the group, in the direction of the walk.
    pub(super) rest: Range<usize>,
}

impl<'a> Lane<'a> {
    /// A lane over a frozen order.
    pub(crate) fn run(
        at: usize,
        block: &'a Block,
        part: Part<'a>,
        sorted: Sorted<'a>,
        mut bits: Cow<'a, [u64]>,
    ) -> Self {
        if !sorted.stale.is_empty() {
            let own = bits.to_mut();
            sorted.stale.for_each(|row| bits::clear(own, row));
        }
        let rest = 0..sorted.rows.len();
        Self { at, block, part, rows: LaneRows::Run(sorted), bits, group: 0..0, rest }
    }

    /// A lane over a block whose rows ascend by the key as they stand.
    pub(crate) fn identity(at: usize, block: &'a Block, part: Part<'a>, bits: Cow<'a, [u64]>) -> Self {
        let rows = block.shape().rows();
        Self { at, block, part, rows: LaneRows::Identity, bits, group: 0..0, rest: 0..rows }
    }

    /// A lane over the rows that a frozen order does not speak for, if any of them match.
    pub(crate) fn stale(
        at: usize,
        block: &'a Block,
        part: Part<'a>,
        sorted: Sorted<'a>,
        matching: &Cow<'a, [u64]>,
    ) -> Option<Self> {
        let (rows, bits) = match sorted.moved {
            Some(rows) => (Cow::Borrowed(rows), matching.clone()),
            None => (Cow::Owned(sort_stale(block, part, sorted.stale, matching)), Cow::Borrowed(&[][..])),
        };
        let rest = 0..rows.len();
        let lane = Self { at, block, part, rows: LaneRows::Moved(rows), bits, group: 0..0, rest: rest.clone() };
        (!rest.is_empty()).then_some(lane)
    }

    /// Walks only the ranks whose keys lie within `low..=high`: the filter admits no others.
    pub(crate) fn clip(&mut self, low: i64, high: i64) {
        if let Part::Numbers(part) = self.part {
            let end = self.rest.end;
            let from = self.partition(0..end, |row| part.ints.get(row).is_some_and(|key| key < low));
            let to = self.partition(from..end, |row| part.ints.get(row).is_some_and(|key| key <= high));
            self.rest = from..to;
        }
    }

    #[inline]
    pub(super) fn row(&self, rank: usize) -> u16 {
        match &self.rows {
            LaneRows::Run(sorted) => sorted.rows[rank],
            LaneRows::Moved(rows) => rows[rank],
            LaneRows::Identity => u16::try_from(rank).unwrap_or(u16::MAX),
        }
    }

    pub(super) fn speaks_for(&self, row: u16) -> bool {
        match &self.rows {
            LaneRows::Run(sorted) => !sorted.stale.has(row),
            _ => true,
        }
    }

    /// The first rank of `ranks` for which `before` does not hold.
    pub(super) fn partition(&self, ranks: Range<usize>, mut before: impl FnMut(u16) -> bool) -> usize {
        match &self.rows {
            LaneRows::Run(sorted) => sorted.partition(ranks.start, ranks.end, before),
            LaneRows::Moved(rows) => ranks.start + rows[ranks].partition_point(|&row| before(row)),
            LaneRows::Identity => {
                let (mut low, mut high) = (ranks.start, ranks.end);
                while low < high {
                    let middle = low + (high - low) / 2;
                    // A row without a lead has no key to compare by.
                    match (middle..high).find(|&rank| self.block.everyone().contains(self.row(rank))) {
                        None => high = middle,
                        Some(rank) if before(self.row(rank)) => low = rank + 1,
                        Some(_) => high = middle,
                    }
                }
                low
            }
        }
    }

    /// How many rows of `ranks` the lane would hand out.
    pub(super) fn count(&self, ranks: Range<usize>) -> usize {
        match &self.rows {
            LaneRows::Run(sorted) => self.count_of(&sorted.rows[ranks]),
            LaneRows::Moved(rows) => self.count_of(&rows[ranks]),
            LaneRows::Identity => bits::count_range(&self.bits, ranks),
        }
    }

    /// The next row in the direction of the walk.
    pub(crate) fn next(&mut self, descending: bool) -> Option<u16> {
        loop {
            if let Some(row) = self.next_of_group() {
                return Some(row);
            }
            if self.rest.is_empty() {
                return None;
            }
            if descending {
                self.open_last_group();
            } else {
                self.group = std::mem::replace(&mut self.rest, 0..0);
            }
        }
    }

    fn next_of_group(&mut self) -> Option<u16> {
        if let LaneRows::Identity = self.rows {
            let row = bits::next(&self.bits, u32::try_from(self.group.start).ok()?)?;
            if usize::from(row) >= self.group.end {
                self.group.start = self.group.end;
                return None;
            }
            self.group.start = usize::from(row) + 1;
            return Some(row);
        }
        while self.group.start < self.group.end {
            let row = self.row(self.group.start);
            self.group.start += 1;
            if self.hands_out(row) {
                return Some(row);
            }
        }
        None
    }

    #[inline]
    fn hands_out(&self, row: u16) -> bool {
        self.bits.is_empty() || bits::test(&self.bits, row)
    }

    fn count_of(&self, rows: &[u16]) -> usize {
        if self.bits.is_empty() {
            return rows.len();
        }
        rows.iter().map(|&row| usize::from(bits::test(&self.bits, row))).sum()
    }

    /// Makes the last group of equals of `rest` that has a matching row the current group.
    fn open_last_group(&mut self) {
        let last = if let LaneRows::Identity = self.rows {
            bits::last_before(&self.bits, self.rest.end).filter(|rank| *rank >= self.rest.start)
        } else {
            self.rest.clone().rev().find(|&rank| self.hands_out(self.row(rank)))
        };
        let Some(last) = last else {
            self.rest = 0..0;
            return;
        };
        let start = self.group_start(last);
        self.group = start..last + 1;
        self.rest.end = start;
    }

    /// The first rank of `rest` whose key equals that of rank `last`: looks near first, then ever
    /// further, since groups are often single rows and sometimes half the block.
    fn group_start(&self, last: usize) -> usize {
        let row = self.row(last);
        let (mut high, mut step) = (last, 1);
        while high > self.rest.start {
            let low = last.saturating_sub(step).max(self.rest.start);
            if let Some(probe) = (low..high).find(|&rank| self.speaks_for(self.row(rank)))
                && self.part.cmp(self.row(probe), row).is_lt()
            {
                return self.partition(probe + 1..high, |other| self.part.cmp(other, row).is_lt());
            }
            high = low;
            step *= 2;
        }
        self.rest.start
    }

    fn span(&self) -> usize {
        self.group.len() + self.rest.len()
    }
}

/// Ranks of all lanes, for the cost of a walk.
pub(crate) fn total_span(lanes: &[Lane<'_>]) -> usize {
    lanes.iter().map(Lane::span).sum()
}

/// The matching rows that an order does not speak for, by value and then id.
fn sort_stale(block: &Block, part: Part<'_>, stale: Stale<'_>, matching: &[u64]) -> Vec<u16> {
    let mut rows = Vec::new();
    stale.for_each(|row| {
        if bits::test(matching, row) && part.has(row) {
            rows.push(row);
        }
    });
    rows.sort_unstable_by(|&a, &b| part.cmp(a, b).then_with(|| block.id(a).cmp(&block.id(b))));
    rows
}
