//! Skipping to an offset: all lanes move ahead together, by counting instead of walking.
//!
//! First by key: choose a pivot key, find its group of equals in every lane by binary search, count
//! the matches before it, and keep the side that holds the target. Then inside one group of equals
//! the same by id. How many rows the lanes hand out in all is known, so of the two sides of a pivot
//! only the smaller is counted: in sum little more than the ranks up to the target, at a bit test
//! each, which is much cheaper than merging.

use std::ops::Range;

use crate::query::lane::Lane;

/// Moves all lanes `skip` rows ahead together. Of `total` rows that they hand out in all. Returns how
/// many rows are still to be skipped by walking (few).
pub(crate) fn skip(lanes: &mut [Lane<'_>], skip: usize, total: usize, descending: bool) -> usize {
    let left = skip_groups(lanes, skip, total, descending);
    skip_in_group(lanes, left)
}

/// Spans this small are walked.
const WALKED_SPAN: usize = 64;

fn skip_groups(lanes: &mut [Lane<'_>], mut left: usize, mut inside: usize, descending: bool) -> usize {
    let mut within: Vec<Range<usize>> = lanes.iter().map(|lane| lane.rest.clone()).collect();
    while left > 0 && span_of(&within) > WALKED_SPAN {
        let Some((pivot_lane, pivot_row)) = pivot(lanes, &within, left, inside, descending) else { break };
        let key = lanes[pivot_lane].part.key(pivot_row);
        let groups: Vec<Range<usize>> = lanes
            .iter()
            .zip(&within)
            .map(|(lane, ranks)| {
                let from = lane.partition(ranks.clone(), |row| lane.part.key(row) < key);
                from..lane.partition(from..ranks.end, |row| lane.part.key(row) <= key)
            })
            .collect();
        let (ahead, behind): (Vec<Range<usize>>, Vec<Range<usize>>) = within
            .iter()
            .zip(&groups)
            .map(|(ranks, group)| (ranks.start..group.start, group.end..ranks.end))
            .map(|(below, above)| if descending { (above, below) } else { (below, above) })
            .unzip();
        let equal = count_all(lanes, &groups);
        let before = if span_of(&ahead) <= span_of(&behind) {
            count_all(lanes, &ahead)
        } else {
            inside - equal - count_all(lanes, &behind)
        };
        if left < before {
            within = ahead;
            inside = before;
            continue;
        }
        left -= before;
        if left < equal {
            for ((lane, ranks), group) in lanes.iter_mut().zip(&within).zip(groups) {
                lane.rest = if descending { lane.rest.start..group.start } else { group.end..lane.rest.end };
                debug_assert!(ranks.start <= group.start && group.end <= ranks.end, "a group lies in its range");
                lane.group = group;
            }
            return left;
        }
        left -= equal;
        inside -= before + equal;
        within = behind;
    }
    for (lane, ranks) in lanes.iter_mut().zip(within) {
        lane.rest = if descending { lane.rest.start..ranks.end } else { ranks.start..lane.rest.end };
    }
    left
}

fn span_of(ranges: &[Range<usize>]) -> usize {
    ranges.iter().map(Range::len).sum()
}

/// How many rows of the ranges the lanes would hand out.
fn count_all(lanes: &[Lane<'_>], ranges: &[Range<usize>]) -> usize {
    lanes.iter().zip(ranges).map(|(lane, ranks)| lane.count(ranks.clone())).sum()
}

/// A row about as far into the ranges as the target.
fn pivot(
    lanes: &[Lane<'_>],
    within: &[Range<usize>],
    left: usize,
    inside: usize,
    descending: bool,
) -> Option<(usize, u16)> {
    let (at, ranks) = within.iter().enumerate().max_by_key(|(_, ranks)| ranks.len())?;
    let ahead = usize::try_from(ranks.len() as u128 * left as u128 / (inside.max(1) as u128)).unwrap_or(usize::MAX);
    let ahead = ahead.min(ranks.len().checked_sub(1)?);
    let rank = if descending { ranks.end - 1 - ahead } else { ranks.start + ahead };
    let lane = &lanes[at];
    let usable = |rank: &usize| lane.speaks_for(lane.row(*rank)) && lane.block.everyone().contains(lane.row(*rank));
    let near = (rank..ranks.end).find(usable).or_else(|| (ranks.start..rank).rev().find(usable))?;
    Some((at, lane.row(near)))
}

/// The same inside the current groups, whose rows ascend by id in every lane.
fn skip_in_group(lanes: &mut [Lane<'_>], mut left: usize) -> usize {
    let mut within: Vec<Range<usize>> = lanes.iter().map(|lane| lane.group.clone()).collect();
    let mut inside: usize = lanes.iter().map(|lane| lane.count(lane.group.clone())).sum();
    while left > 0 && span_of(&within) > WALKED_SPAN {
        let Some((pivot_lane, pivot_row)) = pivot(lanes, &within, left, inside, false) else { break };
        let id = lanes[pivot_lane].block.id(pivot_row);
        let cuts: Vec<usize> = lanes
            .iter()
            .zip(&within)
            .map(|(lane, ranks)| lane.partition(ranks.clone(), |row| lane.block.id(row) <= id))
            .collect();
        let before: usize = lanes.iter().enumerate().map(|(i, lane)| lane.count(within[i].start..cuts[i])).sum();
        if before <= left {
            left -= before;
            inside -= before.min(inside);
            within.iter_mut().zip(&cuts).for_each(|(ranks, &cut)| ranks.start = cut);
        } else {
            let shrunk = within.iter().zip(&cuts).any(|(ranks, &cut)| cut < ranks.end);
            inside = before;
            within.iter_mut().zip(&cuts).for_each(|(ranks, &cut)| ranks.end = cut);
            if !shrunk {
                // The pivot was the last: walk the rest.
                break;
            }
        }
    }
    for (lane, ranks) in lanes.iter_mut().zip(within) {
        lane.group.start = ranks.start;
    }
    left
}
