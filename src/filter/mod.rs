//! What to find: the public tree, its JSON dialect, and its way to a set of rows.
//!
//! [`tree`] is what callers build, `json` reads and writes the dialect of the Web API, `canonical`
//! turns a tree into and/or over positive tests, `plan` binds it to a snapshot with estimates, and
//! `eval` runs it block by block.

pub(crate) mod canonical;
mod check;
pub(crate) mod eval;
pub(crate) mod json;
pub(crate) mod moving;
pub(crate) mod plan;
pub(crate) mod tree;

pub use eval::ForceFilter;
pub use tree::{Age, Filter, Integer, Test, Unit, Values};
