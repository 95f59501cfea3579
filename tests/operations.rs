//! Every public method is exercised against the naive twin: a table names the operation that does it,
//! or says why none needs to. A method that is missing in the table fails, and so does a row whose
//! method or operation is gone. (Bugs hide where a method is missing in the list of random
//! operations.)

#[path = "gen/mod.rs"]
mod generate;
mod twin;

use std::collections::BTreeSet;

use generate::tally::operations;

/// What covers a method.
enum Cover {
    /// This operation of `twin::ops::Op`.
    Op(&'static str),
    /// Every step of every run, in passing.
    EachStep,
    /// Nothing, for this reason.
    No(&'static str),
}

use Cover::{EachStep, No, Op};

/// Source files with public methods, by the name that the table uses.
const SOURCES: [(&str, &str); 10] = [
    ("index", include_str!("../src/index.rs")),
    ("snapshot", include_str!("../src/snapshot.rs")),
    ("live_filter", include_str!("../src/live_filter.rs")),
    ("batch", include_str!("../src/ingest/batch.rs")),
    ("listen", include_str!("../src/live/listen.rs")),
    ("page", include_str!("../src/query/page.rs")),
    ("lead_ref", include_str!("../src/lead_ref.rs")),
    ("export", include_str!("../src/query/export.rs")),
    ("cursor", include_str!("../src/query/cursor.rs")),
    ("clock", include_str!("../src/clock.rs")),
];

/// The pair's own source: where an operation becomes calls.
const PAIR: [&str; 7] = [
    include_str!("twin/pair/mod.rs"),
    include_str!("twin/pair/batch.rs"),
    include_str!("twin/pair/hear.rs"),
    include_str!("twin/pair/live.rs"),
    include_str!("twin/pair/read.rs"),
    include_str!("twin/pair/walk.rs"),
    include_str!("twin/pair/write.rs"),
];

const SETTING: &str = "a setting of a new index: fixed for a run, tested on its own";

const TABLE: &[(&str, &str, Cover)] = &[
    ("index", "criteria", No(SETTING)),
    ("index", "clock", EachStep),
    ("index", "limits", No(SETTING)),
    ("index", "block_rows", EachStep),
    ("index", "build", EachStep),
    ("index", "apply", Op("Apply")),
    ("index", "batch", Op("Batch")),
    ("index", "insert", Op("Insert")),
    ("index", "upsert", Op("Upsert")),
    ("index", "remove", Op("Remove")),
    ("index", "import", Op("Import")),
    ("index", "compact", Op("Compact")),
    ("index", "prepare_order", Op("PrepareOrder")),
    ("index", "drop_order", Op("DropOrder")),
    ("index", "tick", Op("Tick")),
    ("index", "keep", Op("Keep")),
    ("index", "keep_as", Op("Keep")),
    ("index", "live", Op("Live")),
    ("index", "live_filters", EachStep),
    ("index", "lead_filter", EachStep),
    ("index", "drop_live", Op("DropLive")),
    ("index", "new", No("the builder with its defaults")),
    ("index", "builder", EachStep),
    ("index", "snapshot", Op("Snapshot")),
    ("index", "query", Op("Ask")),
    ("index", "ids", Op("Ids")),
    ("index", "count", Op("Count")),
    ("index", "export", Op("Open")),
    ("index", "active", Op("Active")),
    ("index", "parse_filter", Op("Parse")),
    ("index", "explain", Op("Explain")),
    ("index", "get", Op("Get")),
    ("index", "get_by_user_id", Op("Get")),
    ("index", "len", Op("Validate")),
    ("index", "is_empty", Op("Validate")),
    ("index", "lead_count", Op("Validate")),
    ("index", "memory", Op("Facts")),
    ("index", "properties", Op("Facts")),
    ("index", "top_values", Op("Facts")),
    ("index", "events", Op("Facts")),
    ("index", "version", EachStep),
    ("index", "validate", Op("Validate")),
    ("snapshot", "query", Op("OnSnapshot")),
    ("snapshot", "ids", Op("OnSnapshot")),
    ("snapshot", "resume", Op("Go")),
    ("snapshot", "export", Op("Open")),
    ("snapshot", "active", Op("OnSnapshot")),
    ("snapshot", "parse_filter", Op("OnSnapshot")),
    ("snapshot", "pinned_bytes", Op("OnSnapshot")),
    ("snapshot", "live_total", Op("OnSnapshot")),
    ("snapshot", "count", Op("OnSnapshot")),
    ("snapshot", "explain", Op("OnSnapshot")),
    ("snapshot", "get", Op("OnSnapshot")),
    ("snapshot", "get_by_user_id", Op("OnSnapshot")),
    ("snapshot", "len", Op("OnSnapshot")),
    ("snapshot", "is_empty", Op("OnSnapshot")),
    ("snapshot", "lead_count", Op("OnSnapshot")),
    ("snapshot", "version", Op("OnSnapshot")),
    ("snapshot", "now", Op("SetClock")),
    ("snapshot", "properties", Op("OnSnapshot")),
    ("snapshot", "top_values", Op("OnSnapshot")),
    ("snapshot", "memory", Op("OnSnapshot")),
    ("live_filter", "id", EachStep),
    ("live_filter", "name", Op("Live")),
    ("live_filter", "filter", Op("Live")),
    ("live_filter", "total", EachStep),
    ("live_filter", "contains", Op("Live")),
    ("live_filter", "query", EachStep),
    ("live_filter", "listen", Op("Listen")),
    ("batch", "apply", Op("Batch")),
    ("batch", "apply_each", Op("Batch")),
    ("batch", "insert", Op("Batch")),
    ("batch", "upsert", Op("Batch")),
    ("batch", "remove", Op("Batch")),
    ("batch", "get", Op("Batch")),
    ("batch", "get_by_user_id", Op("Batch")),
    ("listen", "try_next", Op("Hear")),
    ("listen", "wait", Op("Hear")),
    ("listen", "waiting", EachStep),
    ("listen", "is_ended", EachStep),
    ("page", "total", Op("Ask")),
    ("page", "leads", Op("Ask")),
    ("page", "ids", Op("Ask")),
    ("page", "next_cursor", Op("Go")),
    ("page", "version", No("the version of the snapshot that it was asked of")),
    ("lead_ref", "id", Op("Ask")),
    ("lead_ref", "user_id", Op("Ask")),
    ("lead_ref", "conversations", Op("Ask")),
    ("lead_ref", "web_push", Op("Ask")),
    ("lead_ref", "presence", Op("Ask")),
    ("lead_ref", "get", Op("Ask")),
    ("lead_ref", "props", Op("Ask")),
    ("lead_ref", "select", Op("Ask")),
    ("lead_ref", "into_owned", Op("Ask")),
    ("export", "total", Op("Open")),
    ("export", "snapshot", Op("Open")),
    ("export", "next_ref", Op("Go")),
    ("cursor", "rank", Op("Go")),
    ("cursor", "total", Op("Go")),
    ("clock", "system", No("a clock that tests cannot move; one that stands takes its place")),
    ("clock", "fixed", EachStep),
    ("clock", "set", Op("SetClock")),
    ("clock", "now", Op("SetClock")),
];

/// The names after `pub fn` in a source file.
fn public_methods(source: &str) -> BTreeSet<&str> {
    let starts = source.lines().filter_map(|line| line.trim_start().strip_prefix("pub fn "));
    starts.map(|rest| rest.split(['(', '<']).next().unwrap_or_default()).collect()
}

#[test]
fn every_public_method_has_an_operation_or_a_reason() {
    let mut faults = Vec::new();
    for (file, source) in SOURCES {
        let found = public_methods(source);
        assert!(!found.is_empty(), "{file} has no public methods");
        let listed: BTreeSet<&str> = TABLE.iter().filter(|row| row.0 == file).map(|row| row.1).collect();
        faults.extend(found.difference(&listed).map(|name| format!("{file}::{name} is not in the table")));
        faults.extend(listed.difference(&found).map(|name| format!("{file}::{name} is in the table alone")));
    }
    let files: BTreeSet<&str> = SOURCES.iter().map(|(file, _)| *file).collect();
    faults.extend(TABLE.iter().filter(|row| !files.contains(row.0)).map(|row| format!("{}: no such file", row.0)));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_row_of_the_table_names_an_operation_that_calls_the_method() {
    let operations = operations();
    assert!(operations.len() > 30, "{operations:?}: the operations could not be read");
    let pair = PAIR.join("\n");
    for (file, method, cover) in TABLE {
        let calls =
            [format!(".{method}("), format!("::{method}("), format!("::{method})"), format!("fn {method}(&self")];
        let is_called = calls.iter().any(|call| pair.contains(call));
        match cover {
            Op(op) => {
                assert!(operations.contains(op), "{file}::{method}: there is no operation {op}");
                assert!(is_called, "{file}::{method}: the pair never calls it");
            }
            EachStep => assert!(is_called, "{file}::{method}: the pair never calls it"),
            No(reason) => assert!(reason.len() > 20, "{file}::{method}: {reason:?} is no reason"),
        }
    }
}
