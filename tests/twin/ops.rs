//! What a test may do to an index, as data: a run can be replayed, cut and printed.

use lead_index::{Change, DateTime, Filter, Force, ForceFilter, ForceSort, Lead, Target};

use super::Ask;

/// One step of a test. Kept snapshots, listeners and walks are named by their place, modulo how many
/// there are; a step that names one where there is none does nothing.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Insert(Lead),
    Upsert(Lead),
    Remove(u64),
    Import(Vec<Lead>),
    Apply(Target, Vec<Change>),
    /// Calls inside one batch, some of which may fail, and how the closure ends.
    Batch(Vec<Call>, End),
    Compact,
    PrepareOrder(String),
    DropOrder(String),
    /// Keeps a filter under a name.
    Keep(String, Filter),
    DropLive(u64),
    SetClock(DateTime),
    Tick,
    /// Total, members and a page of a live filter.
    Live(u64, Ask),
    /// Listens to a live filter through a queue of this capacity.
    Listen(u64, usize),
    /// Reads up to so many events of a listener.
    Hear(usize, usize),
    /// Drops a listener.
    Deafen(usize),
    /// The same question under each way of working.
    Ask(Ask, Vec<Force>),
    Ids(Ask),
    Count(Filter),
    Explain(Ask),
    Get(u64),
    /// Who is on the site: offset and limit.
    Active(u64, u64),
    /// Writes the filter as JSON, reads it back through the index, and counts.
    Parse(Filter),
    /// Sizes, properties, events, memory, and the most frequent values of a property.
    Facts(String),
    /// Keeps a snapshot.
    Snapshot,
    /// One of the reading steps, put to a kept snapshot.
    OnSnapshot(usize, Box<Op>),
    /// Drops a kept snapshot.
    Release(usize),
    /// Begins to walk all matches; of a kept snapshot if it names one, else of the newest.
    Open(Option<usize>, Ask, Way),
    /// Walks on by up to so many leads.
    Go(usize, u64),
    /// Checks sizes and the invariants of the structures.
    Validate,
}

/// How a list is walked from one point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Page by page, by cursor.
    Pages,
    /// By the iterator over all matches.
    Export,
}

/// A call inside a batch.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    Apply(Target, Vec<Change>),
    /// Many writes, and after which of them the one who hears of them has had enough.
    ApplyEach(Vec<(Target, Vec<Change>)>, Option<usize>),
    Insert(Lead),
    Upsert(Lead),
    Remove(u64),
    Get(u64),
    GetByUserId(String),
    /// Asks the index itself, which knows nothing of the batch, and writes to it, which is refused.
    Outside(Filter),
}

/// How a batch ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Ok,
    Err,
    Panic,
}

/// Every way of working.
pub(crate) fn every_force() -> Vec<Force> {
    let filters = [ForceFilter::Auto, ForceFilter::Enumerate, ForceFilter::Check];
    let sorts = [ForceSort::Auto, ForceSort::Walk, ForceSort::Skip, ForceSort::Gather];
    filters.iter().flat_map(|&filter| sorts.iter().map(move |&sort| Force { filter, sort })).collect()
}
