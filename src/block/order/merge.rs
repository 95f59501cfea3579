//! An order made anew from an old one: what is gone left out, what is new put in.

use std::cmp::Ordering;

use crate::block::order::Sorted;
use crate::limits::BLOCK_ROWS;

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

/// Where each of the `new`, which are in order, belongs in `rows`: first of the middle one, then of those in the
/// middle of either half, and so on, each between the places of its neighbours. Those of a round are searched
/// for together: to look at a row is to wait for memory, and so the waits of one step go on side by side.
fn places<K: Copy>(rows: &[u16], new: &[(K, u16)], is_before: impl Fn(u16, (K, u16)) -> bool) -> Vec<usize> {
    // The newest values belong behind all others, often enough.
    let inside = rows.last().map_or(0, |&last| new.partition_point(|&new| !is_before(last, new)));
    let mut places = vec![0; inside];
    let mut round = Vec::with_capacity(inside.div_ceil(2));
    let mut apart = inside.next_power_of_two();
    while apart > 0 {
        for at in (apart - 1..inside).step_by(2 * apart) {
            let low = if at < apart { 0 } else { places[at - apart] };
            let high = places.get(at + apart).copied().unwrap_or(rows.len());
            round.push((at, low, high - low));
        }
        let mut longest = round.iter().map(|(_, _, left)| *left).max().unwrap_or(0);
        while longest > 0 {
            for (at, low, left) in round.iter_mut().filter(|(_, _, left)| *left > 0) {
                let half = left.div_ceil(2);
                *low = if is_before(rows[*low + half - 1], new[*at]) { *low + half } else { *low };
                *left -= half;
            }
            longest -= longest.div_ceil(2);
        }
        round.drain(..).for_each(|(at, place, _)| places[at] = place);
        apart /= 2;
    }
    places.resize(new.len(), rows.len());
    places
}

/// Rows to leave out of long lists. A byte each: to test one is a load, and of lists that hold few of them
/// most runs need nothing else.
pub(super) struct Gone(Box<[u8; BLOCK_ROWS]>);

impl Gone {
    pub(super) fn new() -> Self {
        let bytes = vec![0; BLOCK_ROWS].into_boxed_slice();
        Self(bytes.try_into().expect("as many bytes"))
    }

    pub(super) fn add(&mut self, row: u16) {
        self.0[usize::from(row)] = 1;
    }

    /// Writes those of `rows` that are not gone to `kept`, which is overwritten.
    pub(super) fn keep_others(&self, rows: &[u16], kept: &mut Vec<u16>) {
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
pub(super) fn merge_into(
    merged: &mut Vec<u16>,
    kept: &[u16],
    new: impl Iterator<Item = u16>,
    cmp: impl Fn(u16, u16) -> Ordering,
) {
    let mut done = 0;
    for row in new {
        let at = done + before(&kept[done..], |other| cmp(other, row).is_lt());
        merged.extend_from_slice(&kept[done..at]);
        merged.push(row);
        done = at;
    }
    merged.extend_from_slice(&kept[done..]);
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
