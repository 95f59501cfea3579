//! A live filter made ready to look at rows: resolved names, and what time alone can turn.

use std::sync::Arc;

use crate::block::Block;
use crate::block::bitmap::Rows;
use crate::block::column::number::Numbers;
use crate::block::version::Written;
use crate::datetime::DateTime;
use crate::filter::Filter;
use crate::filter::canonical::{Segment, canonical};
use crate::filter::moving::{Turns, moving};
use crate::filter::plan::Plan;
use crate::id::PropId;
use crate::lead::Heartbeat;
use crate::registry::Registry;
use crate::state::State;

/// A live filter at one present.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// What it was made from.
    filter: Arc<Filter>,
    now: DateTime,
    pub(crate) plan: Plan,
    /// The properties it reads, sorted.
    props: Vec<PropId>,
    pub(crate) moving: Vec<MovingPart>,
    /// How many names there were, if some of the filter's were not among them: they may come.
    names: Option<usize>,
}

/// A test that time alone can turn, as a part of a column.
#[derive(Debug)]
pub(crate) struct MovingPart {
    pub(crate) prop: PropId,
    heartbeat: Option<Heartbeat>,
    pub(crate) turns: Turns,
}

impl MovingPart {
    /// The dates that the test reads.
    pub(crate) fn part<'b>(&self, block: &'b Block) -> Option<&'b Numbers> {
        let column = block.column(self.prop)?;
        match self.heartbeat {
            Some(Heartbeat::Online) => column.numbers.as_deref(),
            Some(Heartbeat::Idle) | None => column.datetimes.as_deref(),
        }
    }
}

impl Compiled {
    /// The live filter in a slot of `state`, at its time.
    pub(crate) fn new(state: &State, slot: usize) -> Option<Self> {
        let kept = state.kept.get(slot)?;
        let opened = |id| match state.kept.segment(id) {
            Some((_, kept)) => Segment::Filter(&kept.filter),
            None => Segment::Unknown,
        };
        let plan = Plan::resolve(canonical(&kept.filter, state.time, &opened), &state.props, &mut 0);
        let (mut props, mut unknown) = (Vec::new(), false);
        names(&kept.filter, &opened, &mut |name| match state.props.find(name) {
            Some(prop) => props.push(prop),
            None => unknown = true,
        });
        props.sort_unstable();
        props.dedup();
        let moving = moving(&kept.filter, &opened)
            .into_iter()
            .filter_map(|moving| {
                let prop = state.props.find(&moving.name)?;
                Some(MovingPart { prop, heartbeat: moving.heartbeat, turns: moving.turns })
            })
            .collect();
        let names = unknown.then_some(state.props.len());
        Some(Self { filter: kept.filter.clone(), now: state.time, plan, props, moving, names })
    }

    /// Whether it can be used for a filter as it stands.
    pub(crate) fn is_of(&self, filter: &Arc<Filter>, now: DateTime, props: &Registry) -> bool {
        Arc::ptr_eq(&self.filter, filter)
            && (self.now == now || self.moving.is_empty())
            && self.names.is_none_or(|names| names == props.len())
    }

    /// The rows that may come or go because they were written to; `None` if there are none.
    pub(crate) fn reads(&self, written: &Written, block: &Block) -> Option<Rows> {
        // A row that is new to its block is not a member of anything yet.
        let is_read = |prop: PropId| prop == PropId::ID || self.props.binary_search(&prop).is_ok();
        Some(written.rows(is_read, block)).filter(|rows| !rows.is_empty())
    }

    /// The first second after `now` at which time alone may move a row of the block.
    pub(crate) fn due(&self, block: &Block, now: DateTime) -> i64 {
        let next = |moving: &MovingPart| {
            moving.part(block).map_or(i64::MAX, |part| moving.turns.next(now, |after| part.next_above(after)))
        };
        self.moving.iter().map(next).min().unwrap_or(i64::MAX)
    }

    /// The same for one row.
    pub(crate) fn due_of(&self, block: &Block, row: u16, now: DateTime) -> i64 {
        let next = |moving: &MovingPart| {
            let date = moving.part(block).and_then(|part| part.ints.get(row));
            date.map_or(i64::MAX, |date| moving.turns.of(date, now))
        };
        self.moving.iter().map(next).min().unwrap_or(i64::MAX)
    }

    /// Adds the rows that time alone may have moved between `from` and `now` to `words`.
    pub(crate) fn turned_into(&self, block: &Block, from: DateTime, now: DateTime, words: &mut [u64]) {
        let mut scratch = vec![0; words.len()];
        for moving in &self.moving {
            let Some(part) = moving.part(block) else { continue };
            for (low, high) in moving.turns.between(from, now).into_iter().filter(|(low, high)| low <= high) {
                scratch.fill(0);
                part.range_into(low, high, part.ranks(low, high).as_ref(), &mut scratch);
                crate::block::bits::or(words, &scratch);
            }
        }
    }
}

/// Calls `found` with every name that a filter reads, its segments opened.
fn names<'s>(filter: &Filter, segments: &impl Fn(u64) -> Segment<'s>, found: &mut impl FnMut(&str)) {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().for_each(|part| names(part, segments, found)),
        Filter::Not(part) => names(part, segments, found),
        Filter::Property { name, .. } => found(name),
        Filter::Segment(id) => {
            if let Segment::Filter(filter) = segments(*id) {
                names(filter, segments, found);
            }
        }
    }
}
