//! What is to be cut out of the matches.

use crate::datetime::DateTime;
use crate::id::{PropId, RowId};
use crate::query::phase::Phase;
use crate::query::seek::After;
use crate::query::{ForceSort, Order};
use crate::stop::Stop;

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

/// The slice that is wanted of one phase.
#[derive(Clone, Copy)]
pub(crate) struct Window<'w> {
    /// Where it begins, if it begins behind a lead of the phase; the offset is 0 then.
    pub(crate) after: Option<&'w After<'w>>,
    pub(crate) offset: usize,
    pub(crate) need: usize,
}
