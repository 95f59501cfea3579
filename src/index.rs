//! The facade: each public method is a few lines that call down.

use std::sync::Arc;

use crate::check;
use crate::clock::Clock;
use crate::error::Error;
use crate::filter::Filter;
use crate::id::PropId;
use crate::ingest::apply;
use crate::ingest::batch::Batch;
use crate::ingest::change::{Applied, Change, Target};
use crate::ingest::import::Import;
use crate::ingest::jsonl::{ImportReport, JsonLines};
use crate::lead::{Lead, LeadCriteria};
use crate::lead_ref::LeadRef;
use crate::limits::{self, Limits, Shape};
use crate::live::{criterion, forget, keep, moving_props};
use crate::live_filter::LiveFilter;
use crate::memory::MemoryReport;
use crate::publish::{Shared, build_order, drop_order};
use crate::query::{Explanation, Export, Order, Page, Query};
use crate::snapshot::{PropertyInfo, Snapshot};
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
        let state = State::new(shape, criterion(self.criteria), self.limits);
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
    /// Applies changes to one lead and publishes them as one. O(changes), and what the write copies; a
    /// removal and a merge take O(texts of the block), once a block and batch.
    ///
    /// ```
    /// use lead_index::{Change, Heartbeat, LeadIndex, Target};
    ///
    /// let index = LeadIndex::new();
    /// let ann = Target::UserIdOrNew("ann".into());
    /// let done = index.apply(ann, [
    ///     Change::set("$email", "ann@example.com"),
    ///     Change::add("visits", 1),
    ///     Change::set("$sessions", "many"),
    ///     Change::event("Order paid"),
    ///     Change::heartbeat(Heartbeat::Online),
    /// ])?;
    /// assert!(done.created);
    /// assert_eq!(done.affected[..4], ["$created", "$user_id", "$email", "visits"]);
    /// assert_eq!((done.ignored[0].at, done.ignored[0].reason.code()), (2, "wrong_type"));
    /// assert_eq!((done.events[0].event, done.events[0].count), (1, 1));
    /// # Ok::<(), lead_index::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `unknown_lead` (the target, the other lead of a merge, or any change after a removal),
    /// `merge_with_itself`, `user_id_taken`, `index_full`, `too_many_properties`; where a lead is to be
    /// created, `invalid_id` for the id 0, and `empty_value` or `too_long` for its User ID. Nothing is
    /// changed then. A change that breaks a rule of values is no error: it is listed in
    /// [`Applied::ignored`].
    pub fn apply(
        &self,
        target: impl Into<Target>,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<Applied, Error> {
        self.batch(|batch| batch.apply(target, changes))
    }

    /// Runs `work` and publishes all that it wrote as one: nothing is visible before, all of it after.
    /// If `work` returns an error or panics, nothing of it ever is. Cost: of its calls, and once what
    /// the write copies.
    ///
    /// `work` may ask the index, and finds it as it was before the batch. It must not wait for another
    /// thread that writes to the same index: that thread waits for the batch.
    ///
    /// # Errors
    ///
    /// What `work` returns; `recursive_write` from inside another writing call.
    pub fn batch<T>(&self, work: impl FnOnce(&mut Batch<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.shared.write(|state| work(&mut Batch::new(state)))
    }

    /// Adds a lead whose id is free. O(properties), and what the write copies.
    ///
    /// # Errors
    ///
    /// `lead_exists`, `user_id_taken`, `index_full`, `too_many_properties`, or every fault of the
    /// lead's values with its place. Nothing is changed then.
    pub fn insert(&self, lead: Lead) -> Result<(), Error> {
        self.batch(|batch| batch.insert(lead))
    }

    /// Adds a lead or replaces the one with its id, whole; whether it replaced one. A heartbeat is no
    /// part of a lead and stays. O(properties of its block) to replace, and what the write copies.
    ///
    /// # Errors
    ///
    /// As [`insert`](LeadIndex::insert), but for `lead_exists`.
    pub fn upsert(&self, lead: Lead) -> Result<bool, Error> {
        self.batch(|batch| batch.upsert(lead))
    }

    /// Removes a lead and returns it. Nothing of it stays in memory once older snapshots are dropped, so
    /// the dictionaries of its block that held a text of its own are written anew: O(texts of its block).
    /// A batch pays once a block.
    ///
    /// # Errors
    ///
    /// `unknown_lead` if the index does not hold the id.
    pub fn remove(&self, id: u64) -> Result<Lead, Error> {
        self.batch(|batch| batch.remove(id))
    }

    /// Imports leads. Ids that the index holds are replaced; a line that cannot be taken whole is
    /// reported and the others load. All becomes visible at once, at the end. The source must not write
    /// to the same index, nor wait for a thread that does: it is read while the import has its turn.
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
    /// O(columns, and leads of the sparse blocks); freed rows are reused without it. Then frees what earlier writes
    /// left at hand for the next: a second version of what was written to. The next write to it is a little slower.
    ///
    /// # Errors
    ///
    /// `recursive_write` from inside another writing call.
    pub fn compact(&self) -> Result<usize, Error> {
        let mut emptied = 0;
        let step = |state: &mut State| {
            let merged = apply::merge_sparsest(state);
            if !merged {
                state.release();
            }
            Ok(merged)
        };
        while self.shared.write(step)? {
            emptied += 1;
        }
        Ok(emptied)
    }

    /// Builds the sort order of a property now, on all its blocks, and keeps it from then on; `false`
    /// if nobody has the property, and for `$presence`, which the clock orders. O(n log n) the first time.
    pub fn prepare_order(&self, property: &str) -> bool {
        let state = self.shared.current();
        let held = |prop: &PropId| state.blocks.iter().any(|block| block.column(*prop).is_some());
        // Presence follows from the clock: there is nothing to sort once and for all.
        let held = |prop: &PropId| *prop != PropId::PRESENCE && held(prop);
        let Some(prop) = state.props.find(property).filter(held) else { return false };
        self.shared.orders.keep(prop);
        build_order(&self.shared, prop);
        true
    }

    /// Drops the sort order of a property and the memory it takes; whether it was kept. It comes back
    /// when the property is sorted on again.
    ///
    /// # Errors
    ///
    /// `recursive_write` from inside another writing call.
    pub fn drop_order(&self, property: &str) -> Result<bool, Error> {
        match self.shared.current().props.find(property) {
            Some(prop) => drop_order(&self.shared, prop),
            None => Ok(false),
        }
    }

    /// Brings live filters up to the present of the clock where it alone moves leads in and out, and
    /// tells their listeners; whether it published, which it does only if a live filter was due. (A date
    /// may turn and its lead stay: then nobody has moved.) Queries are exact without it; call it about once
    /// a second so that listeners hear in time and live totals stay O(1). O(live filters), and what turned.
    ///
    /// # Errors
    ///
    /// `recursive_write` from inside a writing call.
    pub fn tick(&self) -> Result<bool, Error> {
        self.shared.tick()
    }
}

/// Live filters.
impl LeadIndex {
    /// Keeps a filter: from now on its rows and its count follow every write and the clock, and
    /// [`Filter::segment`] names it in other filters. O(leads) once; then each write checks the lead
    /// that it changed.
    ///
    /// # Errors
    ///
    /// A validation error; `unknown_segment` if it names one that does not exist;
    /// `too_many_segments`; `recursive_write` from inside a writing call.
    pub fn keep(&self, filter: Filter) -> Result<LiveFilter, Error> {
        self.keep_as("", filter)
    }

    /// As [`keep`](LeadIndex::keep), with a name for people, 0 to 255 characters.
    ///
    /// # Errors
    ///
    /// As there; `name_too_long`.
    pub fn keep_as(&self, name: impl Into<String>, filter: Filter) -> Result<LiveFilter, Error> {
        let name: String = name.into();
        let id = self.shared.write(|state| keep(state, name, filter))?;
        // The clock looks for dates: their orders make that quick.
        let state = self.shared.current();
        for prop in moving_props(&state, id) {
            self.shared.orders.keep(prop);
            build_order(&self.shared, prop);
        }
        Ok(LiveFilter::new(self.shared.clone(), id))
    }

    /// The live filter with this number, if it is kept. O(live filters).
    #[must_use]
    pub fn live(&self, id: u64) -> Option<LiveFilter> {
        let state = self.shared.current();
        state.kept.segment(id).map(|_| LiveFilter::new(self.shared.clone(), id))
    }

    /// Every live filter that is kept, by number. O(live filters).
    #[must_use]
    pub fn live_filters(&self) -> Vec<LiveFilter> {
        let state = self.shared.current();
        let ids = state.kept.iter().filter(|(slot, _)| *slot != 0).map(|(_, kept)| kept.id);
        let mut ids: Vec<u64> = ids.collect();
        ids.sort_unstable();
        ids.into_iter().map(|id| LiveFilter::new(self.shared.clone(), id)).collect()
    }

    /// The lead criteria as a live filter: who is a lead, and who becomes or ceases to be one. It has
    /// the number 0 and cannot be dropped.
    #[must_use]
    pub fn lead_filter(&self) -> LiveFilter {
        LiveFilter::new(self.shared.clone(), 0)
    }

    /// Keeps a live filter no longer.
    ///
    /// # Errors
    ///
    /// `unknown_segment`; `segment_in_use` if another live filter names it.
    pub fn drop_live(&self, id: u64) -> Result<(), Error> {
        self.shared.write(|state| forget(state, id))
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

    /// All leads that satisfy a filter, in order, from the newest point in time. Cost: the filter over
    /// every block, then a step a lead.
    ///
    /// # Errors
    ///
    /// A validation error.
    pub fn export(&self, filter: &Filter, sort_prop: &str, order: Order) -> Result<Export, Error> {
        self.snapshot().export(filter, sort_prop, order)
    }

    /// Who is online, then who is idle, the newest heartbeat first: total and page. Cost: as
    /// [`query`](LeadIndex::query).
    ///
    /// # Errors
    ///
    /// `limit_too_large`.
    pub fn active(&self, offset: u64, limit: u64) -> Result<Page, Error> {
        self.snapshot().active(offset, limit)
    }

    /// Reads a filter in the JSON dialect, and checks that the segments it names are kept.
    ///
    /// # Errors
    ///
    /// As [`Filter::from_json`]; `unknown_segment` with its place.
    pub fn parse_filter(&self, json: impl AsRef<[u8]>) -> Result<Filter, Error> {
        self.snapshot().parse_filter(json)
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
        self.shared.current().leads()
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

    /// Names of events and their numbers, by number. O(events).
    #[must_use]
    pub fn events(&self) -> Vec<(u64, String)> {
        self.shared.current().events.list()
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
            .field("leads", &state.leads())
            .finish_non_exhaustive()
    }
}
