//! What a test may do to an index, as data: a run can be replayed, cut and printed.

use lead_index::{Filter, Force, ForceFilter, ForceSort, Lead};

use super::Ask;

/// One step of a test.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Insert(Lead),
    Upsert(Lead),
    Remove(u64),
    Import(Vec<Lead>),
    PrepareOrder(String),
    DropOrder(String),
    /// The same question under each way of working.
    Ask(Ask, Vec<Force>),
    Ids(Ask),
    Count(Filter),
    Get(u64),
    /// Keeps a snapshot.
    Keep,
    /// Asks the kept snapshot of this number (modulo how many there are).
    AskKept(usize, Ask, Force),
    /// Drops the kept snapshot of this number.
    Release(usize),
    /// Checks sizes and the invariants of the structures.
    Validate,
}

/// Every way of working.
pub(crate) fn every_force() -> Vec<Force> {
    let filters = [ForceFilter::Auto, ForceFilter::Enumerate, ForceFilter::Check];
    let sorts = [ForceSort::Auto, ForceSort::Walk, ForceSort::Skip, ForceSort::Gather];
    filters.iter().flat_map(|&filter| sorts.iter().map(move |&sort| Force { filter, sort })).collect()
}
