//! The slice `offset..offset + limit` of the matches in sort order.
//!
//! Values of different types under one name sort by type, and leads without a value come last, so a
//! sorted list is a row of *phases*: one per type, then those without. Each phase is cut
//! in the cheapest of three ways:
//!
//! * **walk** the frozen orders of all blocks, merged by a heap, testing the match bits (many matches);
//! * **skip** to the offset by counting matches between pivots, then walk (deep offsets);
//! * **gather** the keys of the matches and select (few matches, or no order yet).

use std::borrow::Cow;
use std::collections::BinaryHeap;

use crate::block::Block;
use crate::block::bits;
use crate::block::column::Column;
use crate::block::column::number::Numbers;
use crate::datetime::DateTime;
use crate::error::Error;
use crate::filter::canonical::{KeySet, fresh_heartbeats};
use crate::id::{PropId, RowId};
use crate::lead::Presence;
use crate::query::gather::gather;
use crate::query::lane::{Head, Lane, Part, total_span};
use crate::query::matches::Matches;
use crate::query::seek::After;
use crate::query::skip::skip;
use crate::query::{ForceSort, Order};
use crate::stop::Stop;
use crate::value::ValueType;

/// What is asked for.
pub(crate) struct Cut<'q> {
    /// The property to sort by; `None` if nobody ever had it.
    pub(crate) prop: Option<PropId>,
    /// The types of values that are listed, in order.
    pub(crate) phases: &'static [Phase],
    /// The present, which decides presence.
    pub(crate) now: DateTime,
    pub(crate) order: Order,
    pub(crate) offset: u64,
    /// The lead before the offset, if it is known: then nothing is skipped, the cut begins behind it.
    pub(crate) after: Option<RowId>,
    pub(crate) limit: u64,
    /// The range of keys outside of which the filter admits nobody.
    pub(crate) bounds: Option<(i64, i64)>,
    pub(crate) force: ForceSort,
    pub(crate) stop: &'q Stop,
}

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

/// A run of the sorted list whose values are of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Type(ValueType),
    Boolean(bool),
    Presence(Presence),
    Missing,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Type(value_type) => write!(f, "{value_type}s"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Presence(presence) => f.write_str(presence.as_str()),
            Self::Missing => f.write_str("without a value, by id"),
        }
    }
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

const ASCENDING: [Phase; 7] = [
    Phase::Type(ValueType::Number),
    Phase::Type(ValueType::DateTime),
    Phase::Type(ValueType::String),
    Phase::Boolean(false),
    Phase::Boolean(true),
    Phase::Type(ValueType::List),
    Phase::Missing,
];

/// Types turn under `desc`, missing stays last.
const DESCENDING: [Phase; 7] = [
    Phase::Type(ValueType::List),
    Phase::Boolean(true),
    Phase::Boolean(false),
    Phase::Type(ValueType::String),
    Phase::Type(ValueType::DateTime),
    Phase::Type(ValueType::Number),
    Phase::Missing,
];

/// Presence is always known, and sorts as the text that it is.
const PRESENCE_ASCENDING: [Phase; 3] =
    [Phase::Presence(Presence::Idle), Phase::Presence(Presence::Offline), Phase::Presence(Presence::Online)];

const PRESENCE_DESCENDING: [Phase; 3] =
    [Phase::Presence(Presence::Online), Phase::Presence(Presence::Offline), Phase::Presence(Presence::Idle)];

/// Online before idle, as their newest heartbeats are kept: those of the former as numbers.
pub(crate) const HEARTBEATS: [Phase; 2] = [Phase::Type(ValueType::Number), Phase::Type(ValueType::DateTime)];

/// What a list sorted by a property consists of.
pub(crate) fn phases_of(prop: Option<PropId>, order: Order) -> &'static [Phase] {
    match (prop, order) {
        (Some(PropId::PRESENCE), Order::Asc) => &PRESENCE_ASCENDING,
        (Some(PropId::PRESENCE), Order::Desc) => &PRESENCE_DESCENDING,
        (_, Order::Asc) => &ASCENDING,
        (_, Order::Desc) => &DESCENDING,
    }
}

/// A block's matches of one phase.
pub(crate) struct PhaseBlock<'m> {
    pub(crate) at: usize,
    pub(crate) block: &'m Block,
    pub(crate) part: Part<'m>,
    /// Matching rows; for phases by id only those of the phase.
    pub(crate) matching: Cow<'m, [u64]>,
}

/// The slice that is wanted of one phase.
#[derive(Clone, Copy)]
pub(crate) struct Window<'w> {
    /// Where it begins, if it begins behind a lead of the phase; the offset is 0 then.
    pub(crate) after: Option<&'w After<'w>>,
    pub(crate) offset: usize,
    pub(crate) need: usize,
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
    let after = cut.after.and_then(|place| matches.after(place, cut));
    let mut first = 0;
    if let Some(after) = &after {
        offset = 0;
        first = cut.phases.iter().position(|phase| *phase == after.phase).unwrap_or(0);
    }
    for &phase in &cut.phases[first..] {
        if done.rows.len() == limit {
            break;
        }
        cut.stop.check()?;
        let blocks = phase_blocks(matches, cut, phase);
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

/// The blocks that may have matches of a phase.
fn phase_blocks<'m>(matches: Matches<'m>, cut: &Cut<'_>, phase: Phase) -> Vec<PhaseBlock<'m>> {
    let of_block = |(at, block, words, _): (usize, &'m Block, &'m [u64], usize)| {
        let column = cut.prop.and_then(|prop| block.column(prop));
        let (part, matching) = match phase {
            Phase::Missing => (Part::Equal, without(column, block, words)?),
            Phase::Boolean(value) => {
                let rows = column?.booleans.as_deref()?.rows(value);
                let mut own = vec![0; words.len()];
                rows.or_into(&mut own);
                bits::and(&mut own, words);
                (Part::Equal, Cow::Owned(own))
            }
            Phase::Presence(presence) => (Part::Equal, present(column, presence, cut.now, words)?),
            Phase::Type(value_type) => (typed_part(column?, value_type)?, Cow::Borrowed(words)),
        };
        Some(PhaseBlock { at, block, part, matching })
    };
    matches.blocks().filter_map(of_block).collect()
}

fn without<'m>(column: Option<&Column>, block: &Block, words: &'m [u64]) -> Option<Cow<'m, [u64]>> {
    let Some(column) = column else { return Some(Cow::Borrowed(words)) };
    if column.len() == block.everyone().len() {
        return None;
    }
    let mut own = vec![0; words.len()];
    column.known_into(&mut own);
    own.iter_mut().zip(words).for_each(|(known, word)| *known = word & !*known);
    Some(Cow::Owned(own))
}

/// Those of `words` who are online, idle or offline at `now`.
fn present<'m>(
    heartbeats: Option<&Column>,
    presence: Presence,
    now: DateTime,
    words: &'m [u64],
) -> Option<Cow<'m, [u64]>> {
    let KeySet::Range(low, high) = fresh_heartbeats(now) else { return None };
    let fresh = |part: Option<&Numbers>| {
        part.map(|part| {
            let mut own = vec![0; words.len()];
            part.range_into(low, high, part.ranks(low, high).as_ref(), &mut own);
            own
        })
    };
    let online = heartbeats.map(|column| fresh(column.numbers.as_deref()));
    let idle = heartbeats.map(|column| fresh(column.datetimes.as_deref()));
    let (online, idle) = (online.flatten(), idle.flatten());
    let fresh = match presence {
        Presence::Online => online,
        Presence::Idle => idle,
        Presence::Offline => {
            let mut own = words.to_vec();
            online.iter().chain(&idle).for_each(|fresh| bits::and_not(&mut own, fresh));
            return Some(Cow::Owned(own));
        }
    };
    let mut fresh = fresh?;
    bits::and(&mut fresh, words);
    Some(Cow::Owned(fresh))
}

pub(crate) fn typed_part(column: &Column, value_type: ValueType) -> Option<Part<'_>> {
    match value_type {
        ValueType::Number => column.numbers.as_deref().map(Part::Numbers),
        ValueType::DateTime => column.datetimes.as_deref().map(Part::Numbers),
        ValueType::String => column.texts.as_deref().map(Part::Texts),
        ValueType::List => column.lists.as_deref().map(Part::Lists),
        ValueType::Boolean => None,
    }
}

/// How many matches the phase has.
fn phase_size(blocks: &[PhaseBlock<'_>]) -> usize {
    let mut scratch = Vec::new();
    blocks
        .iter()
        .map(|block| {
            scratch.clear();
            scratch.resize(block.matching.len(), 0);
            match block.part {
                Part::Equal => return bits::count(&block.matching),
                Part::Numbers(part) => part.ints.known_into(&mut scratch),
                Part::Texts(part) => part.rows.known_into(&mut scratch),
                Part::Lists(part) => part.known_into(&mut scratch),
            }
            bits::count_and(&scratch, &block.matching)
        })
        .sum()
}

/// How many rows of the block have a value in the part.
fn part_len(block: &PhaseBlock<'_>) -> usize {
    match block.part {
        Part::Equal => block.block.everyone().len(),
        Part::Numbers(part) => part.ints.len(),
        Part::Texts(part) => part.rows.len(),
        Part::Lists(part) => part.len(),
    }
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
    let lanes = lanes(blocks, cut);
    if lanes.is_none() {
        // Phases by id are sorted by the ids' order.
        let by_id = !matches!(phase, Phase::Type(_));
        done.wanted = if by_id { Some(PropId::ID) } else { cut.prop };
    }
    let way = choose(matches, cut, blocks, lanes.as_deref(), window);
    let before = done.rows.len();
    let mut rows = 0;
    match (way, lanes) {
        (Way::Walk | Way::Skip, Some(mut lanes)) => {
            if let Some(after) = window.after {
                lanes.iter_mut().for_each(|lane| lane.seek(after, descending));
            }
            let mut left = window.offset;
            if way == Way::Skip {
                rows += total_span(&lanes);
                left = skip(&mut lanes, left, size, descending);
            }
            rows += walk(&mut lanes, (left, window.need), descending, shift, cut.stop, &mut done.rows)?;
        }
        _ => rows += gather(blocks, descending, window, shift, cut.stop, &mut done.rows)?,
    }
    debug_assert!(done.rows.len() - before <= window.need, "a phase adds no more than is needed");
    done.steps.push(PhaseTrace { phase, way, rows });
    Ok(())
}

/// A lane for each block (two, where rows have moved), if every block has the order.
fn lanes<'m>(blocks: &'m [PhaseBlock<'m>], cut: &Cut<'_>) -> Option<Vec<Lane<'m>>> {
    let mut lanes = Vec::with_capacity(blocks.len());
    for PhaseBlock { at, block, part, matching } in blocks {
        let ids_ascend = block.ascending() && (matches!(part, Part::Equal) || cut.prop == Some(PropId::ID));
        if ids_ascend {
            lanes.push(Lane::identity(*at, block, *part, Cow::Borrowed(matching)));
            continue;
        }
        let sorted = match *part {
            Part::Numbers(part) => part.sorted()?,
            Part::Texts(part) => part.sorted(),
            Part::Lists(part) => part.sorted()?,
            Part::Equal => block.column(PropId::ID)?.numbers.as_deref()?.sorted()?,
        };
        let mut lane = Lane::run(*at, block, *part, sorted, matching);
        if let Some((low, high)) = cut.bounds {
            lane.clip(low, high);
        }
        lanes.push(lane);
        if !sorted.stale.is_empty() {
            lanes.extend(Lane::stale(*at, block, *part, sorted.stale, matching));
        }
    }
    Some(lanes)
}

/// Costs in nanoseconds on one ordinary core; only their ratios matter.
fn choose(
    matches: Matches<'_>,
    cut: &Cut<'_>,
    blocks: &[PhaseBlock<'_>],
    lanes: Option<&[Lane<'_>]>,
    window: Window<'_>,
) -> Way {
    let Some(lanes) = lanes else { return Way::Gather };
    match cut.force {
        ForceSort::Walk => return Way::Walk,
        ForceSort::Skip => return Way::Skip,
        ForceSort::Gather => return Way::Gather,
        ForceSort::Auto => {}
    }
    let (total, wanted) = (matches.total().max(1), window.offset + window.need);
    let span: usize = total_span(lanes);
    let known: usize = blocks.iter().map(part_len).sum();
    let share = known as f64 / matches.universe_len().max(1) as f64;
    let per_key = match blocks.first().map(|block| block.part) {
        Some(Part::Texts(_) | Part::Lists(_)) => 30.0,
        _ => 10.0,
    };
    let gather = blocks.len() as f64 * 300.0 + total as f64 * share.min(1.0) * per_key;
    let steps_per_hit = (matches.universe_len() as f64 / total as f64).max(1.0);
    let steps = (wanted as f64 * steps_per_hit).min(span as f64);
    let seek = if window.after.is_some() { 1_000.0 } else { 0.0 };
    let walk =
        lanes.len() as f64 * (150.0 + seek + 10.0 * steps_per_hit) + steps * 2.0 + wanted.min(total) as f64 * 60.0;
    let skip = if window.offset == 0 { f64::MAX } else { lanes.len() as f64 * 3_000.0 + span as f64 * 0.5 };
    if gather <= walk && gather <= skip {
        Way::Gather
    } else if walk <= skip {
        Way::Walk
    } else {
        Way::Skip
    }
}

/// Merges the lanes, leaves out `skip` rows and takes up to `need`. Returns the rows looked at.
fn walk(
    lanes: &mut [Lane<'_>],
    (skip, need): (usize, usize),
    descending: bool,
    shift: u32,
    stop: &Stop,
    out: &mut Vec<RowId>,
) -> Result<usize, Error> {
    let before = total_span(lanes);
    let mut heads: BinaryHeap<Head<'_>> = BinaryHeap::with_capacity(lanes.len());
    for lane in 0..lanes.len() {
        heads.extend(Head::next_of(lanes, lane, descending));
    }
    let mut to_skip = skip;
    let mut taken = 0;
    while taken < need {
        let Some(mut head) = heads.peek_mut() else { break };
        if to_skip > 0 {
            if to_skip.is_multiple_of(STEPS_PER_CHECK) {
                stop.check()?;
            }
            to_skip -= 1;
        } else {
            out.push(RowId::new(lanes[head.lane].at, head.row, shift));
            taken += 1;
        }
        match Head::next_of(lanes, head.lane, descending) {
            Some(next) => *head = next,
            None => {
                std::collections::binary_heap::PeekMut::pop(head);
            }
        }
    }
    Ok(before - total_span(lanes))
}

/// Rows skipped by walking between two looks at the clock.
const STEPS_PER_CHECK: usize = 4_096;
