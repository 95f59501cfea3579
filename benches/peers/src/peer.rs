//! What a store has to be able to do to be compared.

use crate::load::Write;
use lead_index::sample::QueryClass;
use lead_index::{DateTime, Presence};

/// What a peer may fail with.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A store that holds the leads of the sample, with everything kept that the nine classes use.
///
/// To add one, write its `new(count)`, implement this, and name it in `main`.
pub(crate) trait Peer {
    /// Its name in the table.
    fn name(&self) -> String;

    /// Makes all writes, in order, as one publication or transaction. All of them happen at `now`.
    fn write(&mut self, writes: &[Write], now: DateTime) -> Outcome<()>;

    /// The total and the first page of a class at `now`.
    fn answer(&mut self, class: &QueryClass, now: DateTime) -> Outcome<Answer>;

    /// What it knows of one person at `now`; `None` if it holds nobody with this id.
    fn person(&mut self, id: u64, now: DateTime) -> Outcome<Option<Person>>;

    /// How many it holds, leads or not.
    fn len(&mut self) -> Outcome<u64>;
}

/// An exact total, and the ids of the page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) total: u64,
    pub(crate) ids: Vec<u64>,
}

/// Everything of a person that the writes change, times in Unix seconds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) created: Option<i64>,
    pub(crate) last_seen: Option<i64>,
    pub(crate) sessions: Option<i64>,
    pub(crate) country: Option<String>,
    pub(crate) plan: Option<String>,
    pub(crate) event_first: Option<i64>,
    pub(crate) event_last: Option<i64>,
    pub(crate) event_count: Option<i64>,
    pub(crate) presence: Presence,
}
