//! What the random steps were: an operation that is never drawn, or never refused, proves nothing.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::super::twin::ops::Op;
use super::super::twin::pair::Pair;

/// What must have happened in a run of some length: codes of refusals, reasons for ignored changes,
/// and turns that a call can take.
const HAPPENINGS: [&str; 26] = [
    "aborted",
    "bad_name",
    "compacted",
    "created",
    "dropped",
    "empty_value",
    "entered",
    "event",
    "index_full",
    "invalid_id",
    "lead_exists",
    "left",
    "list_full",
    "merge_with_itself",
    "merged into the other",
    "missed",
    "name_too_long",
    "not changed",
    "out_of_range",
    "reserved",
    "segment_in_use",
    "too_long",
    "unknown_lead",
    "unknown_segment",
    "user_id_taken",
    "wrong_type",
];

/// How often each operation was done and how often it was refused, and what happened.
#[derive(Default)]
pub(crate) struct Tally {
    ops: BTreeMap<String, [u64; 2]>,
    happened: BTreeMap<&'static str, u64>,
    /// Steps, and rows and live filters at each of them.
    sizes: [u64; 3],
}

impl Tally {
    /// Notes a step that was taken.
    pub(crate) fn step(&mut self, op: String, pair: &Pair) {
        self.ops.entry(op).or_default()[usize::from(pair.refused)] += 1;
        let sizes = [1, pair.twin.rows().len(), pair.twin.live().count()];
        self.sizes.iter_mut().zip(sizes).for_each(|(sum, size)| *sum += size as u64);
    }

    /// Notes what happened in a whole run.
    pub(crate) fn run(&mut self, pair: &Pair) {
        for (what, count) in pair.happened() {
            *self.happened.entry(what).or_default() += count;
        }
    }

    /// Adds what another thread did.
    pub(crate) fn add(&mut self, other: Self) {
        for (op, [done, refused]) in other.ops {
            let entry = self.ops.entry(op).or_default();
            entry[0] += done;
            entry[1] += refused;
        }
        for (what, count) in other.happened {
            *self.happened.entry(what).or_default() += count;
        }
        self.sizes.iter_mut().zip(other.sizes).for_each(|(sum, more)| *sum += more);
    }

    /// Asserts that every operation there is was done, and everything happened.
    pub(crate) fn assert_complete(&self) {
        for op in operations() {
            assert!(self.ops.get(op).is_some_and(|[done, _]| *done > 0), "{op} was never done:\n{self}");
        }
        for what in HAPPENINGS {
            assert!(self.happened.contains_key(what), "{what} never happened:\n{self}");
        }
    }
}

/// The names of all operations, read from their source.
pub(crate) fn operations() -> Vec<&'static str> {
    let source = include_str!("../twin/ops.rs");
    let (_, body) = source.split_once("pub(crate) enum Op {").expect("the operations are one enum");
    let (body, _) = body.split_once("\n}").expect("an enum ends");
    let lines =
        body.lines().filter(|line| line.starts_with("    ") && line.trim_start().starts_with(char::is_uppercase));
    lines.map(|line| line.trim_start().split(['(', ',']).next().unwrap_or_default()).collect()
}

/// The name of an operation, without writing out what it carries.
pub(crate) fn name_of(op: &Op) -> String {
    let mut head = Head(String::new());
    // It stops the writing by an error as soon as the name is over.
    let _ = write!(head, "{op:?}");
    head.0
}

struct Head(String);

impl Write for Head {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let name = text.chars().take_while(char::is_ascii_alphanumeric);
        self.0.extend(name.clone());
        if name.count() == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (op, [done, refused]) in &self.ops {
            writeln!(f, "{op:>22}: {done:>8} done, {refused:>8} refused")?;
        }
        for (what, count) in &self.happened {
            writeln!(f, "{what:>22}: {count:>8}")?;
        }
        let [steps, rows, live] = self.sizes.map(|sum| sum as f64);
        writeln!(f, "at a step there are {:.1} rows and {:.1} live filters", rows / steps, live / steps)
    }
}
