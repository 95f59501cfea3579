//! Seeking: going on right behind a lead that is known, without passing over all that come before it.
//!
//! The list is totally ordered, so a place in it is the lead before it: the phase its value belongs
//! to, the value as a key, and its id. Whatever stands before that is left out: whole phases, in a
//! lane the ranks that two binary searches find, among gathered keys the smaller ones.

use crate::block::Block;
use crate::datetime::DateTime;
use crate::id::PropId;
use crate::lead::Presence;
use crate::query::lane::{Key, Lane};
use crate::query::phase::{Phase, typed_part};
use crate::value::ValueRef;

/// The place right behind a lead.
pub(crate) struct After<'a> {
    /// The phase that the lead stands in.
    pub(crate) phase: Phase,
    /// The lead's key in the phase.
    pub(crate) key: Key<'a>,
    pub(crate) id: u64,
}

impl<'a> After<'a> {
    /// The place behind the lead in a row of a block, in a list sorted by `prop` as of `now`.
    pub(crate) fn row(block: &'a Block, row: u16, prop: Option<PropId>, now: DateTime) -> Self {
        if prop == Some(PropId::PRESENCE) {
            let presence = block.heartbeat(row).map_or(Presence::Offline, |heartbeat| heartbeat.presence(now));
            return Self { phase: Phase::Presence(presence), key: Key::Equal, id: block.id(row) };
        }
        let column = prop.and_then(|prop| block.column(prop));
        let (phase, part) = match column.and_then(|column| Some((column, column.get(row)?))) {
            None => (Phase::Missing, None),
            Some((_, ValueRef::Boolean(value))) => (Phase::Boolean(value), None),
            Some((column, value)) => (Phase::Type(value.value_type()), typed_part(column, value.value_type())),
        };
        Self { phase, key: part.map_or(Key::Equal, |part| part.key(row)), id: block.id(row) }
    }
}

impl Lane<'_> {
    /// Moves behind a place of the lane's phase: what is left are the equals with a higher id, then
    /// the keys beyond, in the direction of the walk. O(log rows).
    pub(crate) fn seek(&mut self, after: &After<'_>, descending: bool) {
        let (part, block, ranks) = (self.part, self.block, self.rest.clone());
        let equals = self.partition(ranks.clone(), |row| part.key(row) < after.key);
        if descending {
            // The group of equals is walked upwards from the place, then what lies below it.
            let end = self.partition(equals..ranks.end, |row| part.key(row) <= after.key);
            let from = self.partition(equals..end, |row| block.id(row) <= after.id);
            self.group = from..end;
            self.rest = ranks.start..equals;
        } else {
            let passed = |row| part.key(row) == after.key && block.id(row) <= after.id;
            self.group = 0..0;
            self.rest = self.partition(equals..ranks.end, passed)..ranks.end;
        }
    }
}
