//! The facade: each public method is a few lines that call down.

use std::sync::Arc;

use crate::check;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::filter::Filter;
use crate::id::PropId;
use crate::ingest::apply::{self, IfHeld};
use crate::ingest::import::Import;
use crate::ingest::jsonl::{ImportReport, JsonLines};
use crate::lead::{Lead, LeadCriteria};
use crate::lead_ref::LeadRef;
use crate::limits::{self, Limits, Shape};
use crate::memory::MemoryReport;
use crate::query::{Explanation, Page, Query};
use crate::snapshot::{PropertyInfo, Shared, Snapshot, build_order, drop_order};
use crate::state::State;
use crate::value::Value;

/// An in-memory index of leads.
///
/// A handle: clones share one index. Writers take turns; readers never wait for them. Every write
/// is visible to the next query, whole or not at all.
///
/// ```
/// use lead_index::{Filter, Lead, LeadIndex, Order, Query};
///
/// let index = LeadIndex::new();
/// index.insert(Lead::new(1).with("$email", "ann@example.com").with("$sessions", 7))?;
/// index.insert(Lead::new(2).with("$name", "Иван").with("$sessions", 2))?;
///
/// let page = index.query(&Query::new().filter(Filter::gt("$sessions", 5)).sort_by("$name", Order::Asc))?;
/// assert_eq!((page.total(), page.ids()), (1, vec![1]));
/// # Ok::<(), lead_index::Error>(())
/// ```
#[derive(Clone)]
pub struct LeadIndex {
    shared: Arc<Shared>,
}

/// Settings of a new index.
#[derive(Debug, Clone)]
pub struct Builder {
    criteria: LeadCriteria,
    clock: Clock,
    limits: Limits,
    block_rows: usize,
}

impl Builder {
    /// What makes a visitor a lead. Default: all six reasons.
    #[must_use]
    pub fn criteria(mut self, criteria: LeadCriteria) -> Self {
        self.criteria = criteria;
        self
    }

    /// Where `now` comes from. Default: the system.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Bounds of this index.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Rows in a block: brought to a power of two from 64 to 65,536, the default. Smaller blocks
    /// make single writes cheaper and queries dearer; tests use tiny ones to reach every path.
    #[must_use]
    pub fn block_rows(mut self, rows: usize) -> Self {
        self.block_rows = rows.clamp(*Shape::ROWS.start(), *Shape::ROWS.end()).next_power_of_two();
        self
    }

    /// Makes the index. It allocates next to nothing until leads come.
    #[must_use]
    pub fn build(self) -> LeadIndex {
        let shape = Shape::new(self.block_rows).expect("block_rows brings every number into range");
        let state = State::new(shape, self.criteria, self.limits);
        LeadIndex { shared: Arc::new(Shared::new(state, self.clock)) }
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            criteria: LeadCriteria::all(),
            clock: Clock::system(),
            limits: Limits::default(),
            block_rows: limits::BLOCK_ROWS,
        }
    }
}

/// Writing.
impl LeadIndex {
    /// Adds a lead whose id is free. O(properties), and what the write copies.
    ///
    /// # Errors
    ///
    /// `lead_exists`, `user_id_taken`, `index_full`, `too_many_properties`, or every fault of the
    /// lead's values with its place. Nothing is changed then.
    pub fn insert(&self, lead: Lead) -> Result<(), Error> {
        self.put(lead, IfHeld::Refuse).map(|_| ())
    }

    /// Adds a lead or replaces the one with its id, whole; whether it replaced one. O(properties of
    /// its block) to replace, and what the write copies.
    ///
    /// # Errors
    ///
    /// As [`insert`](LeadIndex::insert), but for `lead_exists`.
    pub fn upsert(&self, lead: Lead) -> Result<bool, Error> {
        self.put(lead, IfHeld::Replace)
    }

    fn put(&self, lead: Lead, if_held: IfHeld) -> Result<bool, Error> {
        self.shared.write(|state| {
            let put = apply::admit(state, lead)?;
            apply::put(state, put, if_held).map(|(_, replaced)| replaced)
        })
    }

    /// Removes a lead and returns it. O(properties of its block).
    ///
    /// # Errors
    ///
    /// `unknown_lead` if the index does not hold the id.
    pub fn remove(&self, id: u64) -> Result<Lead, Error> {
        self.shared.write(|state| {
            let place = state.find(id).ok_or_else(|| {
                Error::new(ErrorKind::UnknownLead, "unknown_lead", format!("the index holds no lead {id}"))
            })?;
            let lead = LeadRef::new(state, place).into_owned();
            apply::remove(state, place);
            Ok(lead)
        })
    }

    /// Imports leads. Ids that the index holds are replaced; a line that cannot be taken whole is
    /// reported and the others load. All becomes visible at once, at the end.
    ///
    /// # Errors
    ///
    /// If the source cannot be read (a broken gzip stream too), nothing is published.
    pub fn import(&self, source: JsonLines) -> Result<ImportReport, Error> {
        self.shared.write(|state| {
            let mut import = Import::default();
            source.for_each_batch(&mut |batch| {
                import.take(state, batch);
                Ok(())
            })?;
            Ok(import.finish())
        })
    }

    /// Gives back what removals left empty: merges blocks that are at most half full, one pair a
    /// publication, so that other writers get their turns. Returns how many blocks were emptied.
    /// O(leads of the sparse blocks); freed rows are reused without it.
    pub fn compact(&self) -> usize {
        let merge = || self.shared.write(|state| Ok(apply::merge_sparsest(state)));
        std::iter::repeat_with(merge).take_while(|merged| matches!(merged, Ok(true))).count()
    }

    /// Builds the sort order of a property now, on all its blocks, and keeps it from then on; `false`
    /// if nobody has the property. O(n log n) the first time.
    pub fn prepare_order(&self, property: &str) -> bool {
        let state = self.shared.current();
        let held = |prop: &PropId| state.blocks.iter().any(|block| block.column(*prop).is_some());
        let Some(prop) = state.props.find(property).filter(held) else { return false };
        self.shared.orders.keep(prop);
        build_order(&self.shared, prop);
        true
    }

    /// Drops the sort order of a property and the memory it takes; whether it was kept. It comes back
    /// when the property is sorted on again.
    pub fn drop_order(&self, property: &str) -> bool {
        let prop = self.shared.current().props.find(property);
        prop.is_some_and(|prop| drop_order(&self.shared, prop))
    }
}

/// Reading: each method takes the newest snapshot. To ask several questions of one point in time,
/// take a [`snapshot`](LeadIndex::snapshot) and ask it.
impl LeadIndex {
    /// An empty index with default settings. It allocates next to nothing until leads come.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Settings for an index: criteria, clock, limits.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The index as it is now: the same questions, answered from one point in time. O(1).
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::take(&self.shared)
    }

    /// Total and page. Cost: the filter over every block, then the page.
    ///
    /// # Errors
    ///
    /// A validation error; `deadline_exceeded` or `cancelled` if the query carries such an end.
    pub fn query(&self, query: &Query) -> Result<Page, Error> {
        self.snapshot().query(query)
    }

    /// The ids of the page. Cost: as [`query`](LeadIndex::query).
    ///
    /// # Errors
    ///
    /// As [`query`](LeadIndex::query).
    pub fn ids(&self, query: &Query) -> Result<Vec<u64>, Error> {
        self.snapshot().ids(query)
    }

    /// How many leads match. Cost: the filter over every block.
    ///
    /// # Errors
    ///
    /// A validation error.
    pub fn count(&self, filter: &Filter) -> Result<u64, Error> {
        self.snapshot().count(filter)
    }

    /// Runs the query and tells how: the plan, estimates, rows touched, time per step.
    ///
    /// # Errors
    ///
    /// As [`query`](LeadIndex::query).
    pub fn explain(&self, query: &Query) -> Result<Explanation, Error> {
        self.snapshot().explain(query)
    }

    /// Copies out the lead with this id, of everyone. O(properties).
    #[must_use]
    pub fn get(&self, id: u64) -> Option<Lead> {
        self.snapshot().get(id).map(LeadRef::into_owned)
    }

    /// Copies out the lead with this User ID, of everyone. O(properties).
    #[must_use]
    pub fn get_by_user_id(&self, user_id: &str) -> Option<Lead> {
        self.snapshot().get_by_user_id(user_id).map(LeadRef::into_owned)
    }

    /// How many are held, leads or not. O(1).
    #[must_use]
    pub fn len(&self) -> u64 {
        self.shared.current().everyone
    }

    /// Whether nobody is held. O(1).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them are leads. O(1).
    #[must_use]
    pub fn lead_count(&self) -> u64 {
        self.shared.current().leads
    }

    /// Bytes by part. O(blocks x properties).
    #[must_use]
    pub fn memory(&self) -> MemoryReport {
        self.snapshot().memory()
    }

    /// Every property that somebody has, by name, the reserved ones left out. O(values).
    #[must_use]
    pub fn properties(&self) -> Vec<PropertyInfo> {
        self.snapshot().properties()
    }

    /// The `n` most frequent values of a property among everyone, most frequent first, equals in the
    /// order of values. O(values).
    #[must_use]
    pub fn top_values(&self, property: &str, n: usize) -> Vec<(Value, u64)> {
        self.snapshot().top_values(property, n)
    }

    /// Number of publications so far. O(1).
    #[must_use]
    pub fn version(&self) -> u64 {
        self.shared.current().version
    }

    /// The clock that queries read. O(1).
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Proves every invariant of the published state: for tests. O(everything).
    ///
    /// # Errors
    ///
    /// What the first fault is.
    #[doc(hidden)]
    pub fn validate(&self) -> Result<(), String> {
        check::validate(&self.shared.current())
    }
}

impl Default for LeadIndex {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for LeadIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.shared.current();
        f.debug_struct("LeadIndex")
            .field("version", &state.version)
            .field("everyone", &state.everyone)
            .field("leads", &state.leads)
            .finish_non_exhaustive()
    }
}
