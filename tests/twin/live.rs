//! Filters that are kept: their definitions alone. Who is a member is found out afresh each time.

use std::collections::BTreeSet;

use lead_index::{Filter, Universe};

use super::Twin;
use super::eval::{View, canonical};

/// The number of the live filter that is the lead criteria. No filter names it as a segment.
pub(crate) const LEADS: u64 = 0;

/// Groups that may nest in one filter.
const DEPTH: usize = 32;
/// Tests that may stand in one filter.
const CONDITIONS: usize = 4_096;

/// A filter that is kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) name: String,
    pub(crate) filter: Filter,
    pub(super) canonical: Filter,
}

impl Twin {
    /// The filters that are kept, by number; the lead criteria are not among them.
    pub(crate) fn live(&self) -> impl Iterator<Item = (u64, &Kept)> {
        self.kept.iter().map(|(id, kept)| (*id, kept))
    }

    /// The number that was last given to a live filter, 0 if none was.
    pub(crate) fn last_live(&self) -> u64 {
        self.last_live
    }

    /// Whether the number is one of a live filter, or of the lead criteria.
    pub(crate) fn is_live(&self, id: u64) -> bool {
        id == LEADS || self.kept.contains_key(&id)
    }

    /// The twin at a moment.
    pub(crate) fn at(&self, now: i64) -> View<'_> {
        View { now, kept: &self.kept }
    }

    /// Keeps a filter; its number.
    pub(crate) fn keep(&mut self, name: &str, filter: &Filter) -> Result<u64, Vec<&'static str>> {
        let mut faults = self.legal(filter).err().unwrap_or_default();
        if name.chars().count() > 255 {
            faults.push("name_too_long");
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        self.last_live += 1;
        let kept = Kept { name: name.to_owned(), filter: filter.clone(), canonical: canonical(filter) };
        self.kept.insert(self.last_live, kept);
        Ok(self.last_live)
    }

    /// Keeps a filter no longer.
    pub(crate) fn drop_live(&mut self, id: u64) -> Result<(), Vec<&'static str>> {
        if !self.kept.contains_key(&id) {
            return Err(vec!["unknown_segment"]);
        }
        if self.kept.values().any(|kept| segments(&kept.filter).contains(&id)) {
            return Err(vec!["segment_in_use"]);
        }
        self.kept.remove(&id);
        Ok(())
    }

    /// Whether every segment that the filter names is kept, and the filter within bounds with all
    /// of them spelt out; else every fault there is.
    pub(crate) fn legal(&self, filter: &Filter) -> Result<(), Vec<&'static str>> {
        let (depth, conditions) = self.expanded(filter);
        let known = segments(filter).iter().all(|id| self.kept.contains_key(id));
        let faults = [
            (!known, "unknown_segment"),
            (depth > DEPTH, "filter_too_deep"),
            (conditions > CONDITIONS, "too_many_conditions"),
        ];
        let faults: Vec<&str> = faults.into_iter().filter(|(is_so, _)| *is_so).map(|(_, code)| code).collect();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// The leads for whom a live filter holds at `now`.
    pub(crate) fn members(&self, id: u64, now: i64) -> BTreeSet<u64> {
        self.matching(&Filter::Segment(id), Universe::Leads, now).into_iter().map(|row| row.lead.id).collect()
    }

    /// How deep the filter is and how many conditions it has, with its segments spelt out.
    pub(crate) fn expanded(&self, filter: &Filter) -> (usize, usize) {
        match filter {
            Filter::All(children) | Filter::Any(children) => {
                let sizes: Vec<_> = children.iter().map(|child| self.expanded(child)).collect();
                let deepest = sizes.iter().map(|size| size.0).max().unwrap_or(0);
                (1 + deepest, sizes.iter().map(|size| size.1).sum())
            }
            Filter::Not(child) => {
                let (depth, conditions) = self.expanded(child);
                (1 + depth, conditions)
            }
            Filter::Segment(id) => self.kept.get(id).map_or((0, 1), |kept| self.expanded(&kept.filter)),
            _ => (0, 1),
        }
    }
}

/// The segments that a filter names itself.
pub(crate) fn segments(filter: &Filter) -> BTreeSet<u64> {
    match filter {
        Filter::All(children) | Filter::Any(children) => children.iter().flat_map(segments).collect(),
        Filter::Not(child) => segments(child),
        Filter::Segment(id) => BTreeSet::from([*id]),
        _ => BTreeSet::new(),
    }
}
