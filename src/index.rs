//! The facade: each public method is a few lines that call down.

use crate::clock::Clock;
use crate::error::Error;
use crate::filter::Filter;
use crate::ingest::jsonl::{ImportReport, JsonLines};
use crate::lead::{Lead, LeadCriteria};
use crate::limits::Limits;
use crate::query::{Page, Query};
use crate::value::{Value, ValueType};

/// The index.
#[derive(Clone)]
pub struct LeadIndex {}

/// Settings of a new index.
#[derive(Debug, Clone, Default)]
pub struct Builder {}

impl Builder {
    /// What makes a visitor a lead. Default: all six reasons.
    #[must_use]
    pub fn criteria(self, criteria: LeadCriteria) -> Self {
        let _ = criteria;
        self
    }

    /// Where `now` comes from. Default: the system.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        let _ = clock;
        self
    }

    /// Bounds.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        let _ = limits;
        self
    }

    /// Rows in a block: a power of two from 64 to 65,536 (the default).
    #[must_use]
    pub fn block_rows(self, rows: usize) -> Self {
        let _ = rows;
        self
    }

    /// Makes the index.
    #[must_use]
    pub fn build(self) -> LeadIndex {
        todo!()
    }
}

/// A property that at least one lead has.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct PropertyInfo {
    /// The name.
    pub name: String,
    /// How many (of everyone) hold a value of each type, in type order, types nobody has left out.
    pub types: Vec<(ValueType, u64)>,
    /// How many different values there are.
    pub distinct: u64,
}

impl LeadIndex {
    /// An empty index with default settings.
    #[must_use]
    pub fn new() -> Self {
        todo!()
    }
    /// Settings.
    #[must_use]
    pub fn builder() -> Builder {
        todo!()
    }
    /// Adds a lead whose id is free. Errors: `lead_exists`, `user_id_taken`, ...
    #[expect(clippy::missing_errors_doc, reason = "stub")]
    pub fn insert(&self, lead: Lead) -> Result<(), Error> {
        let _ = lead;
        todo!()
    }
    /// Adds a lead or replaces the one with its id; true if replaced.
    #[expect(clippy::missing_errors_doc, reason = "stub")]
    pub fn upsert(&self, lead: Lead) -> Result<bool, Error> {
        let _ = lead;
        todo!()
    }
    /// Removes a lead (`unknown_lead` if there is none) and returns it.
    #[expect(clippy::missing_errors_doc, reason = "stub")]
    pub fn remove(&self, id: u64) -> Result<Lead, Error> {
        let _ = id;
        todo!()
    }
    /// Imports.
    #[expect(clippy::missing_errors_doc, reason = "stub")]
    pub fn import(&self, source: JsonLines) -> Result<ImportReport, Error> {
        let _ = source;
        todo!()
    }
    /// Lead by id, of everyone.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<Lead> {
        let _ = id;
        todo!()
    }
    /// Lead by User ID, of everyone.
    #[must_use]
    pub fn get_by_user_id(&self, user_id: &str) -> Option<Lead> {
        let _ = user_id;
        todo!()
    }
    /// How many are held, leads or not.
    #[must_use]
    pub fn len(&self) -> u64 {
        todo!()
    }
    /// Whether nobody is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        todo!()
    }
    /// How many of them are leads.
    #[must_use]
    pub fn lead_count(&self) -> u64 {
        todo!()
    }
    /// How many leads match.
    #[expect(clippy::missing_errors_doc, reason = "stub")]
    pub fn count(&self, filter: &Filter) -> Result<u64, Error> {
        let _ = filter;
        todo!()
    }
    /// Ids of the page.
    #[expect(clippy::missing_errors_doc, reason = "stub")]
    pub fn ids(&self, query: &Query) -> Result<Vec<u64>, Error> {
        let _ = query;
        todo!()
    }
    /// Total and page.
    #[expect(clippy::missing_errors_doc, reason = "stub")]
    pub fn query(&self, query: &Query) -> Result<Page, Error> {
        let _ = query;
        todo!()
    }
    /// The plan: `Display`.
    #[expect(clippy::missing_errors_doc, reason = "stub")]
    pub fn explain(&self, query: &Query) -> Result<Explanation, Error> {
        let _ = query;
        todo!()
    }
    /// The state as of now: has the same read methods, and never changes.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        todo!()
    }
    /// Bytes by part: `Display` is a table.
    #[must_use]
    pub fn memory(&self) -> MemoryReport {
        todo!()
    }
    /// Every property that somebody has, by name.
    #[must_use]
    pub fn properties(&self) -> Vec<PropertyInfo> {
        todo!()
    }
    /// The n most frequent values among everyone, most frequent first, then by value.
    #[must_use]
    pub fn top_values(&self, property: &str, n: usize) -> Vec<(Value, u64)> {
        let _ = (property, n);
        todo!()
    }
    /// Builds the sort order of a property now. False if nobody has it.
    pub fn prepare_order(&self, property: &str) -> bool {
        let _ = property;
        todo!()
    }
    /// Drops the sort order of a property.
    pub fn drop_order(&self, property: &str) -> bool {
        let _ = property;
        todo!()
    }
    /// Number of publications so far.
    #[must_use]
    pub fn version(&self) -> u64 {
        todo!()
    }
    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        todo!()
    }
    /// Checks every invariant; for tests.
    #[doc(hidden)]
    #[expect(clippy::missing_errors_doc, reason = "stub")]
    pub fn validate(&self) -> Result<(), String> {
        todo!()
    }
}

impl Default for LeadIndex {
    fn default() -> Self {
        Self::new()
    }
}

/// One point in time. Same read methods as the index.
#[derive(Clone)]
pub struct Snapshot {}

impl Snapshot {
    /// See [`LeadIndex::query`].
    #[expect(clippy::missing_errors_doc, reason = "stub")]
    pub fn query(&self, query: &Query) -> Result<Page, Error> {
        let _ = query;
        todo!()
    }
}

/// The plan.
#[derive(Debug, Clone)]
pub struct Explanation {}
impl std::fmt::Display for Explanation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let _ = f;
        todo!()
    }
}

/// Bytes by part.
#[derive(Debug, Clone)]
pub struct MemoryReport {}
impl MemoryReport {
    /// All bytes.
    #[must_use]
    pub fn total(&self) -> u64 {
        todo!()
    }
}
impl std::fmt::Display for MemoryReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let _ = f;
        todo!()
    }
}
