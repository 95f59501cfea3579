//! Gathering: the keys of all matches of a phase, and the first of them by selection.

use std::cmp::Ordering;

use crate::error::Error;
use crate::id::RowId;
use crate::query::cut::Window;
use crate::query::lane::Part;
use crate::query::phase::PhaseBlock;
use crate::stop::Stop;

/// Collects the keys of all matches and selects. Returns how many that were.
pub(crate) fn gather(
    blocks: &[PhaseBlock<'_>],
    descending: bool,
    window: Window<'_>,
    shift: u32,
    stop: &Stop,
    out: &mut Vec<RowId>,
) -> Result<usize, Error> {
    let keep = window.offset + window.need;
    if blocks.iter().all(|block| matches!(block.part, Part::Numbers(_))) {
        // The common case without the width of a key of any type.
        let after = window.after.and_then(|after| Some((after.key.number()?, after.id)));
        let mut top = Top::new(keep, descending, after);
        for of in blocks {
            stop.check()?;
            let (at, block) = (of.of.at, of.of.block);
            let Part::Numbers(part) = of.part else { continue };
            of.for_each(|row| {
                if let Some(key) = part.ints.get(row) {
                    top.offer(key, || block.id(row), || RowId::new(at, row, shift));
                }
            });
        }
        return Ok(top.finish(window, out));
    }
    if blocks.iter().all(|block| matches!(block.part, Part::Equal)) {
        // By id alone: no key at all.
        let mut top = Top::new(keep, descending, window.after.map(|after| ((), after.id)));
        for of in blocks {
            stop.check()?;
            let (at, block) = (of.of.at, of.of.block);
            of.for_each(|row| top.offer((), || block.id(row), || RowId::new(at, row, shift)));
        }
        return Ok(top.finish(window, out));
    }
    let mut top = Top::new(keep, descending, window.after.map(|after| (after.key, after.id)));
    for of in blocks {
        stop.check()?;
        let (at, block, part) = (of.of.at, of.of.block, of.part);
        of.for_each(|row| {
            if part.has(row) {
                top.offer(part.key(row), || block.id(row), || RowId::new(at, row, shift));
            }
        });
    }
    Ok(top.finish(window, out))
}

/// The order of a page: by key in the asked direction, then by id.
fn compare<K: Ord>(descending: bool, a: (&K, u64), b: (&K, u64)) -> Ordering {
    let by_key = if descending { b.0.cmp(a.0) } else { a.0.cmp(b.0) };
    by_key.then_with(|| a.1.cmp(&b.1))
}

/// The first `keep` of what is offered: a buffer that is cut back by selection when it is twice as
/// long as needed, and a bound that most offers fail at once.
struct Top<K> {
    keep: usize,
    descending: bool,
    /// What is not behind this place is left out.
    after: Option<(K, u64)>,
    best: Vec<(K, u64, RowId)>,
    /// The last of the first `keep` so far.
    bound: Option<(K, u64, RowId)>,
    offered: usize,
}

impl<K: Ord + Copy> Top<K> {
    fn new(keep: usize, descending: bool, after: Option<(K, u64)>) -> Self {
        Self { keep, descending, after, best: Vec::new(), bound: None, offered: 0 }
    }

    fn offer(&mut self, key: K, id: impl Fn() -> u64, place: impl Fn() -> RowId) {
        self.offered += 1;
        let by_key = |other: &K| if self.descending { other.cmp(&key) } else { key.cmp(other) };
        if let Some(bound) = &self.bound {
            let order = by_key(&bound.0);
            if order.is_gt() || (order.is_eq() && id() > bound.1) {
                return;
            }
        }
        if let Some(after) = &self.after {
            let order = by_key(&after.0);
            if order.is_lt() || (order.is_eq() && id() <= after.1) {
                return;
            }
        }
        self.best.push((key, id(), place()));
        if self.best.len() >= self.keep.saturating_mul(2).max(1_024) {
            self.cut_back();
        }
    }

    /// The first `count` to the front, in any order.
    fn select(&mut self, count: usize) {
        let descending = self.descending;
        self.best.select_nth_unstable_by(count, |a, b| compare(descending, (&a.0, a.1), (&b.0, b.1)));
    }

    fn cut_back(&mut self) {
        if self.keep > 0 && self.best.len() > self.keep {
            self.select(self.keep - 1);
            self.best.truncate(self.keep);
            self.bound = self.best.last().copied();
        }
    }

    fn finish(mut self, window: Window<'_>, out: &mut Vec<RowId>) -> usize {
        self.cut_back();
        if window.offset > 0 && window.offset < self.best.len() {
            self.select(window.offset);
        }
        let descending = self.descending;
        let page = self.best.get_mut(window.offset..).unwrap_or(&mut []);
        page.sort_unstable_by(|a, b| compare(descending, (&a.0, a.1), (&b.0, b.1)));
        out.extend(page.iter().take(window.need).map(|(_, _, place)| *place));
        self.offered
    }
}
