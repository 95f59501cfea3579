//! Phases: the runs of a sorted list whose values are of one type.
//!
//! Values of different types under one name sort by type, and leads without a value come last. What
//! a block has of a phase is worked out when the block is looked into, since most blocks are not.

use std::borrow::Cow;

use crate::block::Block;
use crate::block::bits;
use crate::block::column::Column;
use crate::block::column::number::Numbers;
use crate::block::column::text::Texts;
use crate::datetime::DateTime;
use crate::filter::canonical::{KeySet, fresh_heartbeats};
use crate::id::{PropId, key_to_id};
use crate::lead::Presence;
use crate::query::Order;
use crate::query::lane::{Key, Lane, Part};
use crate::query::matches::{Matches, Matching};
use crate::value::ValueType;

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

/// A block that has matches, and its values of the property that is sorted by.
#[derive(Clone, Copy)]
pub(crate) struct SortedBlock<'m> {
    pub(crate) at: usize,
    pub(crate) block: &'m Block,
    column: Option<&'m Column>,
    matching: Matching<'m>,
    /// Whether the rows as they stand are the order, if ids decide.
    ids_ascend: bool,
    /// Whether the property is the id itself.
    by_id: bool,
}

/// The blocks that have matches, to be sorted by `prop`.
pub(crate) fn sorted_blocks(matches: Matches<'_>, prop: Option<PropId>) -> Vec<SortedBlock<'_>> {
    let of = |(at, block, matching)| {
        let block: &Block = block;
        let column = prop.and_then(|prop| block.column(prop));
        let by_id = prop == Some(PropId::ID);
        SortedBlock { at, block, column, matching, ids_ascend: block.ascending(), by_id }
    };
    matches.blocks().map(of).collect()
}

/// What a block has of a phase.
#[derive(Clone, Copy)]
pub(crate) struct PhaseBlock<'m> {
    pub(crate) of: SortedBlock<'m>,
    phase: Phase,
    pub(crate) part: Part<'m>,
    now: DateTime,
}

impl<'m> SortedBlock<'m> {
    /// What the block has of a phase, unless it is nothing.
    pub(crate) fn phase(self, phase: Phase, now: DateTime) -> Option<PhaseBlock<'m>> {
        let part = match phase {
            Phase::Type(value_type) => typed_part(self.column?, value_type)?,
            Phase::Boolean(value) => {
                (!self.column?.booleans.as_deref()?.rows(value).is_empty()).then_some(Part::Equal)?
            }
            Phase::Missing if self.column.is_some_and(|column| column.len() == self.block.everyone().len()) => {
                return None;
            }
            Phase::Missing | Phase::Presence(_) => Part::Equal,
        };
        Some(PhaseBlock { of: self, phase, part, now })
    }
}

/// The part of a column that holds the values of a type; booleans are two phases by id instead.
pub(crate) fn typed_part(column: &Column, value_type: ValueType) -> Option<Part<'_>> {
    match value_type {
        ValueType::Number => column.numbers.as_deref().map(Part::Numbers),
        ValueType::DateTime => column.datetimes.as_deref().map(Part::Numbers),
        ValueType::String => column.texts.as_deref().map(Part::Texts),
        ValueType::List => column.lists.as_deref().map(Part::Lists),
        ValueType::Boolean => None,
    }
}

impl<'m> PhaseBlock<'m> {
    /// The matching rows; of phases by id only those of the phase.
    pub(crate) fn matching(&self) -> Cow<'m, [u64]> {
        let words = self.of.matching.words(self.of.block.shape());
        let kept = match (self.phase, self.of.column) {
            (Phase::Type(_), _) | (Phase::Missing, None) => return words,
            (Phase::Missing, Some(column)) => {
                let mut own = vec![0; words.len()];
                column.known_into(&mut own);
                own.iter_mut().for_each(|word| *word = !*word);
                own
            }
            (Phase::Boolean(value), column) => {
                let mut own = vec![0; words.len()];
                if let Some(part) = column.and_then(|column| column.booleans.as_deref()) {
                    part.rows(value).or_into(&mut own);
                }
                own
            }
            (Phase::Presence(presence), column) => present(column, presence, self.now, words.len()),
        };
        let mut words = words.into_owned();
        bits::and(&mut words, &kept);
        Cow::Owned(words)
    }

    /// Calls `f` with each matching row; of phases by id only with those of the phase.
    pub(crate) fn for_each(&self, f: impl FnMut(u16)) {
        match (self.phase, self.of.column) {
            (Phase::Type(_), _) | (Phase::Missing, None) => self.of.matching.for_each(f),
            _ => bits::for_each(&self.matching(), f),
        }
    }

    /// How many rows of the block have a value in the part.
    pub(crate) fn part_len(&self) -> usize {
        match self.part {
            Part::Equal => self.of.block.everyone().len(),
            Part::Numbers(part) => part.ints.len(),
            Part::Texts(part) => part.rows.len(),
            Part::Lists(part) => part.len(),
        }
    }

    /// How many matches the phase has in the block.
    pub(crate) fn size(&self, scratch: &mut Vec<u64>) -> usize {
        let matching = self.matching();
        scratch.clear();
        scratch.resize(matching.len(), 0);
        match self.part {
            Part::Equal => return bits::count(&matching),
            Part::Numbers(part) => part.ints.known_into(scratch),
            Part::Texts(part) => part.rows.known_into(scratch),
            Part::Lists(part) => part.known_into(scratch),
        }
        bits::count_and(scratch, &matching)
    }

    /// Adds a lane over the matches (two, where rows have moved); `None` if the block lacks the order.
    /// Only keys within `bounds` need to be walked.
    pub(crate) fn open(&self, bounds: Option<(i64, i64)>, lanes: &mut Vec<Lane<'m>>) -> Option<()> {
        let (at, block, part) = (self.of.at, self.of.block, self.part);
        if self.needs_no_order() {
            lanes.push(Lane::identity(at, block, part, self.matching()));
            return Some(());
        }
        let sorted = match part {
            Part::Numbers(part) => part.sorted()?,
            Part::Texts(part) => part.sorted(),
            Part::Lists(part) => part.sorted()?,
            Part::Equal => block.column(PropId::ID)?.numbers.as_deref()?.sorted()?,
        };
        let matching = self.matching();
        let stale = (!sorted.stale.is_empty()).then(|| Lane::stale(at, block, part, sorted, &matching));
        let mut lane = Lane::run(at, block, part, sorted, matching);
        if let Some((low, high)) = bounds {
            lane.clip(low, high);
        }
        lanes.push(lane);
        lanes.extend(stale.flatten());
        Some(())
    }

    /// Whether the block has the order that a walk needs.
    pub(crate) fn has_order(&self) -> bool {
        if self.needs_no_order() {
            return true;
        }
        match self.part {
            Part::Numbers(part) => part.sorted().is_some(),
            Part::Texts(_) => true,
            Part::Lists(part) => part.sorted().is_some(),
            Part::Equal => {
                let ids = self.of.block.column(PropId::ID).and_then(|column| column.numbers.as_deref());
                ids.is_some_and(|ids| ids.sorted().is_some())
            }
        }
    }

    /// Whether ids decide, and ascend with the rows.
    fn needs_no_order(&self) -> bool {
        self.of.ids_ascend && (matches!(self.part, Part::Equal) || self.of.by_id)
    }

    /// A key that no match of the block comes before, and a like id, if that can be told without
    /// opening the block.
    pub(crate) fn first(&self, descending: bool, bounds: Option<(i64, i64)>) -> (Option<Key<'m>>, u64) {
        match self.part {
            Part::Numbers(part) => (first_number(part, descending, bounds), 0),
            Part::Texts(part) => (first_text(part, descending), 0),
            Part::Lists(_) => (None, 0),
            Part::Equal => {
                let ids = self.of.block.column(PropId::ID).and_then(|column| column.numbers.as_deref());
                (Some(Key::Equal), ids.and_then(|ids| ids.ints.bounds()).map_or(0, |(least, _)| key_to_id(least)))
            }
        }
    }
}

fn first_number<'m>(part: &Numbers, descending: bool, bounds: Option<(i64, i64)>) -> Option<Key<'m>> {
    let (min, max) = part.ints.bounds()?;
    let (low, high) = bounds.unwrap_or((i64::MIN, i64::MAX));
    Some(Key::Number(if descending { max.min(high) } else { min.max(low) }))
}

fn first_text(part: &Texts, descending: bool) -> Option<Key<'_>> {
    let (first, last) = part.codes.ends()?;
    Some(Key::Text(part.key_of(if descending { last } else { first })))
}

/// The rows that are online, idle or offline at `now`.
fn present(heartbeats: Option<&Column>, presence: Presence, now: DateTime, words: usize) -> Vec<u64> {
    let mut fresh = vec![0; words];
    let KeySet::Range(low, high) = fresh_heartbeats(now) else { return fresh };
    let (online, idle) = heartbeats.map_or((None, None), |c| (c.numbers.as_deref(), c.datetimes.as_deref()));
    let kinds = match presence {
        Presence::Online => [online, None],
        Presence::Idle => [idle, None],
        Presence::Offline => [online, idle],
    };
    let mut scratch = vec![0; words];
    for part in kinds.into_iter().flatten() {
        scratch.fill(0);
        part.range_into(low, high, part.ranks(low, high).as_ref(), &mut scratch);
        bits::or(&mut fresh, &scratch);
    }
    if presence == Presence::Offline {
        fresh.iter_mut().for_each(|word| *word = !*word);
    }
    fresh
}
