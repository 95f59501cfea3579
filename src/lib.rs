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
mod lead_ref;
pub mod limits;
mod memory;
mod orders;
pub mod property;
mod query;
#[cfg(feature = "sample")]
pub mod sample;
mod snapshot;
mod state;
mod stop;
mod sync;
mod table;
mod value;

pub use clock::Clock;
pub use datetime::DateTime;
pub use error::{Error, ErrorKind, Problem};
#[doc(hidden)]
pub use filter::ForceFilter;
pub use filter::{Age, Filter, Integer, Test, Unit, Values};
pub use index::{Builder, LeadIndex};
pub use ingest::jsonl::{ImportReport, JsonLines, Progress, Reject};
pub use lead::{Lead, LeadCriteria, Presence};
pub use lead_ref::LeadRef;
pub use limits::Limits;
pub use memory::{MemoryReport, PropertyMemory};
pub use query::{Explanation, Order, Page, Query, Universe};
#[doc(hidden)]
pub use query::{Force, ForceSort};
pub use snapshot::{PropertyInfo, Snapshot};
pub use stop::CancelToken;
pub use value::{ListRef, Value, ValueRef, ValueType};
