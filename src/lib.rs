//! An embedded, in-memory index of leads.

mod block;
mod check;
mod clock;
mod datetime;
mod error;
mod filter;
mod fold;
#[cfg(feature = "http")]
pub mod http;
mod id;
mod index;
mod ingest;
mod lead;
pub mod limits;
mod memory;
mod orders;
pub mod property;
mod query;
#[cfg(feature = "sample")]
pub mod sample;
mod snapshot;
mod state;
mod sync;
mod table;
mod value;

pub use clock::Clock;
pub use datetime::DateTime;
pub use error::{Error, ErrorKind, Problem};
pub use filter::{Age, Filter, Integer, Test, Unit, Values};
pub use index::{Builder, LeadIndex};
pub use ingest::jsonl::{ImportReport, JsonLines, Progress, Reject};
pub use lead::{Lead, LeadCriteria, Presence};
pub use limits::Limits;
pub use memory::{MemoryReport, PropertyMemory};
pub use query::{CancelToken, Explanation, LeadRef, Order, Page, Query, Universe};
#[doc(hidden)]
pub use query::{Force, ForceFilter, ForceSort};
pub use snapshot::{PropertyInfo, Snapshot};
pub use value::{ListRef, Value, ValueRef, ValueType};
