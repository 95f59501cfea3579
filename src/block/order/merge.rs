//! An order made anew from an old one: what is gone left out, what is new put in.

use std::cell::Cell;
use std::cmp::Ordering;

use crate::block::order::{Sorted, Stale, Ties};
use crate::limits::BLOCK_ROWS;

/// An order made anew from an old one and the rows it does not speak for, those that still have a
/// value in order. `cmp`: how the value of a row of the old order compares with that of one of these. Costs a
/// test for each row of the old order, a search for each value of the others, and one for each of them among
/// the rows that have the same.
pub(crate) fn merge<K: Copy>(
    old: Sorted<'_>,
    late: &[(K, u16)],
    cmp: impl Fn(u16, (K, u16)) -> Ordering,
    is_same: impl Fn((K, u16), (K, u16)) -> bool,
    ties: Ties<'_>,
) -> Vec<u16> {
    let mut gone = Gone::new(old.stale);
    let kept = gone.others_of(old.rows);
    let runs: Vec<&[(K, u16)]> = late.chunk_by(|&a, &b| is_same(a, b)).collect();
    let firsts: Vec<(K, u16)> = runs.iter().map(|run| run[0]).collect();
    let mut merged = Vec::with_capacity(kept.len() + late.len());
    let mut done = 0;
    for (run, at) in runs.iter().zip(places(kept, &firsts, |row, new| cmp(row, new).is_lt())) {
        merged.extend_from_slice(&kept[done..at]);
        let same = before(&kept[at..], |row| cmp(row, run[0]).is_eq());
        done = at + same;
        merge_into(&mut merged, &kept[at..done], run.iter().map(|(_, row)| *row), ties);
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

/// Rows to leave out of long lists.
pub(super) struct Gone<'r> {
    rows: Stale<'r>,
    room: Room,
}

/// What it takes to leave rows out.
#[derive(Default)]
struct Room {
    /// A byte for each row: to test one is a load, and of lists that hold few of them most runs need nothing
    /// else. All zero between two uses.
    marks: Vec<u8>,
    kept: Vec<u16>,
}

thread_local! {
    /// The room of the last order that this thread made, 192 KiB, to be used again: to clear it, or to have it
    /// from the system again and again, takes a tenth of the time of an order.
    static SPARE: Cell<Room> = const { Cell::new(Room { marks: Vec::new(), kept: Vec::new() }) };
}

impl<'r> Gone<'r> {
    pub(super) fn new(rows: Stale<'r>) -> Self {
        // A thread that is ending has no spare any more.
        let mut room = SPARE.try_with(Cell::take).unwrap_or_default();
        room.marks.resize(BLOCK_ROWS, 0);
        rows.for_each(|row| room.marks[usize::from(row)] = 1);
        Self { rows, room }
    }

    /// Those of `rows` that are not gone.
    pub(super) fn others_of(&mut self, rows: &[u16]) -> &[u16] {
        let Room { marks, kept } = &mut self.room;
        let marks = marks.first_chunk::<BLOCK_ROWS>().expect("a mark for each row");
        let is_gone = |row: u16| marks[usize::from(row)];
        if kept.len() < rows.len() {
            kept.resize(rows.len(), 0);
        }
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
        &kept[..len]
    }
}

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        let Self { rows, room } = self;
        rows.for_each(|row| room.marks[usize::from(row)] = 0);
        let _ = SPARE.try_with(|spare| spare.set(std::mem::take(room)));
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

/// Adds two lists of rows of one value, each by id, to `merged`, as one: one search for each of `new`.
pub(super) fn merge_into(merged: &mut Vec<u16>, kept: &[u16], new: impl Iterator<Item = u16>, ties: Ties<'_>) {
    let mut done = 0;
    for row in new {
        let at = done + before(&kept[done..], |other| ties.cmp(other, row).is_lt());
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

#[cfg(test)]
mod tests {
    use super::merge;
    use crate::block::column::ints::Ints;
    use crate::block::order::{Sorted, Stale, Ties};
    use crate::limits::Shape;
    use std::collections::BTreeSet;

    /// Whatever moved, from a few values that many rows have to one each, the order is that of a fresh sort.
    #[test]
    fn an_order_made_anew_is_a_fresh_sort() {
        let shape = Shape::new(4_096).unwrap();
        let mut state = 7u64;
        let mut below = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for values in [1, 3, 40, 5_000, 1 << 30] {
            // Ids that do not ascend.
            let mut ids = Ints::new(shape);
            (0..4_096u16).for_each(|row| ids.set(row, i64::from(row.wrapping_mul(1_237) & 4_095)));
            for ties in [Ties::Ascending, Ties::Ids(&ids)] {
                let mut ints: Vec<Option<i64>> =
                    (0..4_096).map(|_| (below(4) > 0).then(|| below(values).cast_signed())).collect();
                let sort = |ints: &[Option<i64>], rows: &mut Vec<u16>| {
                    rows.retain(|&row| ints[usize::from(row)].is_some());
                    rows.sort_by(|&a, &b| ints[usize::from(a)].cmp(&ints[usize::from(b)]).then(ties.cmp(a, b)));
                };
                let mut rows: Vec<u16> = (0..4_096).collect();
                sort(&ints, &mut rows);
                for moves in [0, 1, 30, 400] {
                    let moved: BTreeSet<u16> = (0..moves).map(|_| below(4_096) as u16).collect();
                    let moved: Vec<u16> = moved.into_iter().collect();
                    for &row in &moved {
                        // The newest come behind all others at times.
                        let more = if below(2) == 0 { 1 << 40 } else { 0 };
                        ints[usize::from(row)] = (below(5) > 0).then(|| below(values).cast_signed() + more);
                    }
                    let mut late = moved.clone();
                    sort(&ints, &mut late);
                    let late: Vec<(i64, u16)> =
                        late.into_iter().filter_map(|row| Some((ints[usize::from(row)]?, row))).collect();
                    let old = Sorted { rows: &rows, stale: Stale { moved: &moved, without: &[] }, moved: None };
                    let by_value = |row, late: (i64, u16)| ints[usize::from(row)].cmp(&Some(late.0));
                    let merged = merge(old, &late, by_value, |a, b| a.0 == b.0, ties);
                    let mut fresh: Vec<u16> = (0..4_096).collect();
                    sort(&ints, &mut fresh);
                    assert!(merged == fresh, "{values} values, {moves} moves");
                    rows = merged;
                }
            }
        }
    }
}
