//! The slice `offset..offset + limit` of the matches in sort order.
//!
//! A sorted list is a row of phases: one for each type of value, then the leads without. Each phase is
//! cut in the cheapest of three ways:
//!
//! * **walk** the frozen orders of the blocks, merged by a heap, testing the match bits (many matches);
//! * **skip** to the offset by counting matches between pivots, then walk (deep offsets);
//! * **gather** the keys of the matches and select (few matches, or no order yet).

use crate::error::Error;
use crate::id::{PropId, RowId};
use crate::query::cut::{Cut, Window};
use crate::query::gather::gather;
use crate::query::lane::{Lane, Part, total_span};
use crate::query::matches::Matches;
use crate::query::phase::{Phase, PhaseBlock, sorted_blocks};
use crate::query::seek::After;
use crate::query::skip::skip;
use crate::query::walk::{walk, walk_open};
use crate::query::{ForceSort, Order};

/// The page's rows, and how they were found.
#[derive(Debug, Default)]
pub(crate) struct Cutting {
    pub(crate) rows: Vec<RowId>,
    /// How each phase that was touched was cut, for `explain`.
    pub(crate) steps: Vec<PhaseTrace>,
    /// An order was missing that would have served.
    pub(crate) wanted: Option<PropId>,
}

/// What one phase did, for `explain`.
#[derive(Debug, Clone)]
pub(crate) struct PhaseTrace {
    pub(crate) phase: Phase,
    pub(crate) way: Way,
    /// Rows looked at: ranks walked, or keys gathered.
    pub(crate) rows: usize,
}

/// How a phase was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Walk,
    Skip,
    Gather,
    /// The offset lies behind the phase.
    Pass,
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Walk => "walk the order",
            Self::Skip => "skip by counting, then walk the order",
            Self::Gather => "gather keys and select",
            Self::Pass => "pass over",
        })
    }
}

/// Cuts the page out of the matches.
pub(crate) fn cut(matches: Matches<'_>, cut: &Cut<'_>, shift: u32) -> Result<Cutting, Error> {
    let mut done = Cutting::default();
    let total = matches.total() as u64;
    if cut.limit == 0 || cut.offset >= total {
        return Ok(done);
    }
    let limit = usize::try_from(cut.limit.min(total - cut.offset)).unwrap_or(usize::MAX);
    let mut offset = usize::try_from(cut.offset).unwrap_or(usize::MAX);
    let after = cut.after.and_then(|place| matches.at(place));
    let after = after.map(|(block, row)| After::row(block, row, cut.prop, cut.now));
    let mut first = 0;
    if let Some(after) = &after {
        offset = 0;
        first = cut.phases.iter().position(|phase| *phase == after.phase).unwrap_or(0);
    }
    let sorted = sorted_blocks(matches, cut.prop);
    for &phase in &cut.phases[first..] {
        if done.rows.len() == limit {
            break;
        }
        cut.stop.check()?;
        let blocks: Vec<PhaseBlock<'_>> = sorted.iter().filter_map(|block| block.phase(phase, cut.now)).collect();
        if blocks.is_empty() {
            continue;
        }
        // Counted only where it matters: it takes as long as a filter.
        let size = if offset > 0 || cut.force == ForceSort::Skip { phase_size(&blocks) } else { 0 };
        if offset > 0 && size <= offset {
            offset -= size;
            done.steps.push(PhaseTrace { phase, way: Way::Pass, rows: 0 });
            continue;
        }
        let after = after.as_ref().filter(|after| after.phase == phase);
        let window = Window { after, offset, need: limit - done.rows.len() };
        cut_phase(matches, cut, (phase, size), &blocks, window, shift, &mut done)?;
        offset = 0;
    }
    Ok(done)
}

/// How many matches the phase has.
fn phase_size(blocks: &[PhaseBlock<'_>]) -> usize {
    let mut scratch = Vec::new();
    blocks.iter().map(|block| block.size(&mut scratch)).sum()
}

fn cut_phase(
    matches: Matches<'_>,
    cut: &Cut<'_>,
    (phase, size): (Phase, usize),
    blocks: &[PhaseBlock<'_>],
    window: Window<'_>,
    shift: u32,
    done: &mut Cutting,
) -> Result<(), Error> {
    let descending = cut.order == Order::Desc && phase != Phase::Missing;
    let before = done.rows.len();
    let mut way = choose(matches, cut, blocks, window);
    let walked = match way {
        Way::Walk => walk(blocks, cut, window, descending, shift, &mut done.rows)?,
        Way::Skip => skip_and_walk(blocks, cut, size, window, descending, shift, &mut done.rows)?,
        Way::Gather | Way::Pass => None,
    };
    let rows = match walked {
        Some(rows) => rows,
        None => {
            way = Way::Gather;
            gather(blocks, descending, window, shift, cut.stop, &mut done.rows)?
        }
    };
    if way == Way::Gather && !blocks.iter().all(PhaseBlock::has_order) {
        // Phases by id are sorted by the ids' order.
        let by_id = !matches!(phase, Phase::Type(_));
        done.wanted = if by_id { Some(PropId::ID) } else { cut.prop };
    }
    debug_assert!(done.rows.len() - before <= window.need, "a phase adds no more than is needed");
    done.steps.push(PhaseTrace { phase, way, rows });
    Ok(())
}

/// Moves every lane ahead to the offset by counting, then walks; `None` if a block lacks the order.
fn skip_and_walk<'m>(
    blocks: &[PhaseBlock<'m>],
    cut: &Cut<'_>,
    size: usize,
    window: Window<'_>,
    descending: bool,
    shift: u32,
    out: &mut Vec<RowId>,
) -> Result<Option<usize>, Error> {
    let mut lanes: Vec<Lane<'m>> = Vec::with_capacity(blocks.len());
    if blocks.iter().try_for_each(|block| block.open(cut.bounds, &mut lanes)).is_none() {
        return Ok(None);
    }
    if let Some(after) = window.after {
        lanes.iter_mut().for_each(|lane| lane.seek(after, descending));
    }
    let span = total_span(&lanes);
    let offset = skip(&mut lanes, window.offset, size, descending);
    let walked = walk_open(lanes, cut, Window { offset, ..window }, descending, shift, out)?;
    Ok(walked.map(|rows| rows + span))
}

/// Costs in nanoseconds on one ordinary core; only their ratios matter.
fn choose(matches: Matches<'_>, cut: &Cut<'_>, blocks: &[PhaseBlock<'_>], window: Window<'_>) -> Way {
    match cut.force {
        ForceSort::Walk => return Way::Walk,
        ForceSort::Skip => return Way::Skip,
        ForceSort::Gather => return Way::Gather,
        ForceSort::Auto => {}
    }
    let (total, wanted) = (matches.total().max(1), window.offset + window.need);
    let known: usize = blocks.iter().map(PhaseBlock::part_len).sum();
    let share = known as f64 / matches.universe_len().max(1) as f64;
    let per_key = match blocks.first().map(|block| block.part) {
        Some(Part::Texts(_) | Part::Lists(_)) => 30.0,
        _ => 10.0,
    };
    let of = blocks.len() as f64;
    let gather = of * 300.0 + total as f64 * share.min(1.0) * per_key;
    let steps_per_hit = (matches.universe_len() as f64 / total as f64).max(1.0);
    let steps = (wanted as f64 * steps_per_hit).min(known as f64);
    let seek = if window.after.is_some() { 1_000.0 } else { 0.0 };
    let opened = of.min(wanted as f64);
    let walk =
        of * 20.0 + opened * (500.0 + seek + 10.0 * steps_per_hit) + steps * 2.0 + wanted.min(total) as f64 * 60.0;
    let skip = if window.offset == 0 { f64::MAX } else { of * 3_000.0 + known as f64 * 0.5 };
    if gather <= walk && gather <= skip {
        Way::Gather
    } else if walk <= skip {
        Way::Walk
    } else {
        Way::Skip
    }
}
