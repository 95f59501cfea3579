//! The way in: what may change, how it is read from outside, and the one place that applies it.

mod admit;
mod ahead;
pub(crate) mod apply;
pub(crate) mod batch;
mod carry_out;
pub(crate) mod change;
mod draft;
mod happen;
pub(crate) mod import;
pub(crate) mod jsonl;
mod merge;
mod new_events;
mod ops;
mod refusal;
mod slots;

use crate::value::Value;

/// One lead of an import, its values admitted, its names as numbers into the batch's name list.
#[derive(Debug)]
pub(crate) struct ParsedLead {
    /// Line in the file, from 1.
    pub(crate) line: u64,
    pub(crate) id: u64,
    pub(crate) user_id: Option<String>,
    pub(crate) conversations: u64,
    pub(crate) web_push: bool,
    /// (index into [`ParsedBatch::names`], value), each name once, in any order.
    pub(crate) props: Vec<(u32, Value)>,
}

/// A run of lines, parsed.
#[derive(Debug, Default)]
pub(crate) struct ParsedBatch {
    pub(crate) names: Vec<String>,
    pub(crate) leads: Vec<ParsedLead>,
    /// Lines that could not be taken.
    pub(crate) rejects: Vec<jsonl::Reject>,
    /// Lines read, blank ones not counted.
    pub(crate) lines: u64,
    /// Bytes of the source consumed up to the end of this batch (compressed bytes of a gzip file).
    pub(crate) bytes_read: u64,
}
