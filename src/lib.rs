//! An embedded, in-memory index of leads.

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
pub mod property;
mod query;
#[cfg(feature = "sample")]
pub mod sample;
mod value;

pub use clock::Clock;
pub use datetime::DateTime;
pub use error::{Error, ErrorKind, Problem};
pub use filter::{Age, Filter, Integer, Test, Unit, Values};
pub use index::{Builder, Explanation, LeadIndex, MemoryReport, PropertyInfo, Snapshot};
pub use ingest::jsonl::{ImportReport, JsonLines, Progress, Reject};
pub use lead::{Lead, LeadCriteria, Presence};
pub use limits::Limits;
pub use query::{CancelToken, LeadRef, Order, Page, Query, Universe};
#[doc(hidden)]
pub use query::{Force, ForceFilter, ForceSort};
pub use value::{ListRef, Value, ValueRef, ValueType};
