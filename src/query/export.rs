//! Walking all matches of one point in time.
//!
//! The filter runs once, and its bit sets are kept: a bit a row. What is handed out is cut from them
//! a run at a time, each run by seeking behind the last lead of the one before. So an export of millions
//! holds a list of thousands. Where an order is missing there is nothing to seek in: then all that
//! is left is gathered and sorted once, and its list held.

use std::iter::FusedIterator;

use crate::error::Error;
use crate::filter::tree::check_property_name;
use crate::filter::{Filter, ForceFilter};
use crate::id::{PropId, RowId};
use crate::lead::Lead;
use crate::lead_ref::LeadRef;
use crate::query::cut::Cut;
use crate::query::matches::Found;
use crate::query::phase::phases_of;
use crate::query::run::plan;
use crate::query::top_k::{Cutting, cut};
use crate::query::{ForceSort, Order, Universe};
use crate::snapshot::Snapshot;
use crate::stop::Stop;

/// All leads that satisfy a filter, in order, from one point in time: each exactly once, however many
/// writes arrive meanwhile. Makes no writer wait.
///
/// It holds on to the memory of its point in time until it is dropped. Presence is that of the moment
/// when its snapshot was taken.
///
/// ```
/// use lead_index::{Filter, Lead, LeadIndex, Order};
///
/// let index = LeadIndex::new();
/// for (id, visits) in [(1, 9), (2, 8), (3, 7)] {
///     index.insert(Lead::new(id).with("$email", format!("{id}@example.com")).with("visits", visits))?;
/// }
/// let mut export = index.export(&Filter::gt("visits", 7), "visits", Order::Asc)?;
/// index.remove(1)?; // the export does not see it
/// assert_eq!(export.len(), 2);
/// assert_eq!(export.next_ref().map(|lead| lead.id()), Some(2));
/// assert_eq!(export.next().map(|lead| lead.id), Some(1));
/// assert_eq!(export.next(), None);
/// # Ok::<(), lead_index::Error>(())
/// ```
pub struct Export {
    snapshot: Snapshot,
    found: Found,
    prop: Option<PropId>,
    order: Order,
    bounds: Option<(i64, i64)>,
    /// The run that is being handed out, and how many of it were.
    rows: Vec<RowId>,
    at: usize,
    /// How many were handed out in all.
    rank: u64,
}

impl Export {
    /// Runs the filter and cuts the first run.
    pub(crate) fn begin(snapshot: Snapshot, filter: &Filter, sort_by: &str, order: Order) -> Result<Self, Error> {
        check_property_name(sort_by)?;
        let state = &snapshot.state;
        let plan = plan(state, filter, snapshot.now(), &mut 0)?;
        let prop = state.props.find(sort_by);
        let bounds = prop.and_then(|prop| plan.bounds(prop));
        let (found, _) = Found::find(state, &plan, Universe::Leads, ForceFilter::Auto, &Stop::default(), None)?;
        let mut this = Self { snapshot, found, prop, order, bounds, rows: Vec::new(), at: 0, rank: 0 };
        // Now and not when it is first asked: without an order the first run takes as long as all others.
        this.cut_run();
        Ok(this)
    }

    /// How many leads it hands out in all. O(1).
    #[must_use]
    pub fn total(&self) -> u64 {
        self.found.total() as u64
    }

    /// The point in time it walks. O(1).
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The next lead, read in place: the cheap way for whoever does not keep the leads. The iterator
    /// copies each out.
    ///
    /// Cost: a step in the order, and a seek in every block once in a while.
    pub fn next_ref(&mut self) -> Option<LeadRef<'_>> {
        if self.at == self.rows.len() {
            self.cut_run();
        }
        let place = *self.rows.get(self.at)?;
        self.at += 1;
        self.rank += 1;
        Some(LeadRef::new(&self.snapshot.state, place, self.snapshot.now()))
    }

    /// Cuts the next run, empty at the end.
    fn cut_run(&mut self) {
        let state = &self.snapshot.state;
        let mut cutting = self.cut((state.blocks.len() * state.shape.export_run()) as u64);
        if self.rank == 0 || cutting.wanted.is_some() {
            self.snapshot.note_order(self.prop, cutting.wanted);
        }
        let left = self.total() - self.rank;
        if cutting.wanted.is_some() && cutting.rows.len() as u64 != left {
            // Without an order each run would look at every match again: one list for all that is left.
            cutting = self.cut(left);
        }
        (self.rows, self.at) = (cutting.rows, 0);
    }

    /// Up to `limit` leads behind those that were handed out.
    fn cut(&self, limit: u64) -> Cutting {
        let state = &self.snapshot.state;
        let cut_of = Cut {
            prop: self.prop,
            phases: phases_of(self.prop, self.order),
            now: self.snapshot.now(),
            order: self.order,
            offset: self.rank,
            after: self.rows.last().copied(),
            limit,
            bounds: self.bounds,
            force: ForceSort::Auto,
            stop: &Stop::default(),
        };
        cut(self.found.of(state), &cut_of, state.shape.block_shift()).expect("nothing is set that would stop it")
    }
}

impl Iterator for Export {
    type Item = Lead;

    fn next(&mut self) -> Option<Lead> {
        self.next_ref().map(LeadRef::into_owned)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.total() - self.rank).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Export {}

impl FusedIterator for Export {}

impl std::fmt::Debug for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export").field("total", &self.total()).field("rank", &self.rank).finish_non_exhaustive()
    }
}
