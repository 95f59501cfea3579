//! The deterministic data set of the benchmarks and its nine query classes.

use std::io;

use crate::{DateTime, Lead, Query};

/// A stand-in.
#[derive(Debug, Clone)]
pub struct QueryClass {
    /// Short name.
    pub id: &'static str,
    /// What it asks.
    pub title: &'static str,
    /// The query.
    pub query: Query,
}

/// A stand-in.
pub fn leads(count: u64, seed: u64) -> impl Iterator<Item = Lead> {
    (1..=count).map(move |id| Lead::new(id).with("$name", format!("Lead {}", id ^ seed)).with("$last_seen", now()))
}

/// A stand-in.
#[must_use]
pub fn now() -> DateTime {
    DateTime::from_unix(1_767_225_600).unwrap_or(DateTime::MAX)
}

/// A stand-in.
///
/// # Errors
///
/// Those of `out`.
pub fn write_json_lines(
    mut out: impl io::Write,
    count: u64,
    seed: u64,
    mut progress: impl FnMut(u64),
) -> io::Result<()> {
    for (lead, done) in leads(count, seed).zip(1..) {
        serde_json::to_writer(&mut out, &lead)?;
        out.write_all(b"\n")?;
        progress(done);
    }
    out.flush()
}

/// A stand-in.
#[must_use]
pub fn query_classes(count: u64) -> Vec<QueryClass> {
    let ids = ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9"];
    ids.map(|id| QueryClass { id, title: "All leads, last seen first", query: Query::new().offset(count / 100) }).into()
}
