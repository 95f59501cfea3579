//! An embedded, in-memory index of leads.
//!
//! A lead is a person with an id and any number of properties. The index answers the questions of a
//! "Leads" page: who satisfies this filter, how many are they *exactly*, and which twenty come first.
//!
//! Changes come in as they happen, each visible to the next query. A filter can be *kept*: then its rows
//! and its count follow every change and the clock, and whoever listens hears who enters and who leaves.
//!
//! **Trade-offs first.** Everything is in memory and nowhere else. One writer works at a time, and each
//! publication is a new point in time, which costs more than a change in place; a [`batch`](LeadIndex::batch)
//! shares it among many changes. A kept filter takes a little from each write that touches what it reads.
//! A snapshot or a page keeps its point in time, and the memory of it, until it is dropped. The first sort
//! on a property is slower than the next ones. Numbers are integers, times are UTC. In return readers never
//! wait, answers never mix two points in time, and totals are counted, not estimated.
//!
//! **It is not** a database: no files, no joins, no sums. What belongs together is written in one batch;
//! there are no transactions beyond that, and nothing is left when the process ends.
//!
//! # The model
//!
//! Leads live in *blocks* of 65,536 rows. A block has a *column* for each property, sets of rows for
//! values that many share, a *sort order* for each property that was sorted on, and the rows of each
//! *live filter*. Who is a lead is a live filter too. A published block never changes. Two directions meet
//! in this state and do not know each other:
//!
//! ```text
//!   the way in                                              the way out
//!
//!   Change, Lead, JsonLines                                 Filter, Query, Cursor
//!     |                                                        |
//!     v                                                        v
//!   draft: the changes of a call, worked out aside           plan: names to numbers, tests by estimate
//!     |                                                        |
//!     v                                                        v
//!   commit: the one place that changes values                matches, block by block -> exact total
//!     |                         +-----------+                  |        (of a live filter: as they stand)
//!     v                         |           |    snapshot      v
//!   columns  (row -> value)     |   state   | -------------->  top-k: walk an order, skip by counting,
//!   bitmaps  (value -> rows) -> |           |   one pointer    |    seek behind a cursor,
//!   orders   (rank -> row)      +-----------+                  |    or gather and select
//!     |                               ^                        v
//!     v                               |                      Page: total and leads; Export: all of them
//!   follow: live filters, the clock   |
//!     |                               |
//!     v                               |
//!   publish: swap one pointer --------+
//!     |
//!     v
//!   Listener: who entered, who left
//! ```
//!
//! # From import to page
//!
//! ```
//! use lead_index::{Clock, Filter, JsonLines, LeadIndex, Order, Query};
//!
//! let lines: &[u8] = br#"{"id":1,"props":{"$email":"ann@example.com","$last_seen":"2026-09-20T10:00:00","plan":"pro"}}
//! {"id":2,"user_id":"b-2","props":{"$name":"Boris","$last_seen":"2026-09-21T09:30:00","plan":"Pro"}}
//! {"id":3,"props":{"$last_seen":"2026-09-21T11:00:00"}}
//! {"id":4,"props":{"$sessions":1.5}}"#;
//!
//! let index = LeadIndex::builder().clock(Clock::fixed("2026-09-21T12:00:00".parse()?)).build();
//! let report = index.import(JsonLines::from_reader(lines))?;
//! assert_eq!((report.accepted, report.rejected), (3, 1));
//! assert_eq!((report.rejects[0].line, report.rejects[0].code), (4, "fraction"));
//! assert_eq!((index.len(), index.lead_count()), (3, 2)); // nothing makes number 3 a lead
//!
//! let filter = Filter::from_json(r#"{"type":"str_eq","property_name":"plan","value":{"value":"PRO"}}"#)?;
//! let page = index.query(&Query::new().filter(filter).sort_by("$last_seen", Order::Desc).limit(20))?;
//! assert_eq!(page.total(), 2);
//! assert_eq!(page.ids(), [2, 1]);
//! let first = page.leads().next().expect("two were found");
//! assert_eq!(first.get("$name").map(|name| name.to_string()).as_deref(), Some("Boris"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Changes and live filters
//!
//! ```
//! use lead_index::{Age, Change, Clock, DateTime, Filter, LeadIndex, LiveEvent, Query, Target};
//!
//! let clock = Clock::fixed("2026-09-21T12:00:00".parse()?);
//! let index = LeadIndex::builder().clock(clock.clone()).build();
//! let fresh = index.keep(Filter::all([
//!     Filter::gt("basket", 50),
//!     Filter::days_less("$last_seen", Age::minutes(10)),
//! ]))?;
//! let listener = fresh.listen(100)?;
//!
//! let ann = Target::UserIdOrNew("ann".into());
//! let done = index.apply(ann, [Change::event("Product added"), Change::add("basket", 64)])?;
//! assert!(done.created && done.ignored.is_empty());
//! assert_eq!(fresh.total()?, 1);
//! assert_eq!(fresh.query(&Query::new())?.ids(), [done.id]);
//!
//! clock.set("2026-09-21T12:10:00".parse::<DateTime>()?);
//! assert_eq!(fresh.total()?, 0); // exact without a tick,
//! assert!(index.tick()?); // which tells the listeners
//! let moves: Vec<LiveEvent> = std::iter::from_fn(|| listener.try_next()).collect();
//! assert!(matches!(moves[..], [LiveEvent::Entered { .. }, LiveEvent::Left { .. }]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A call of [`apply`](LeadIndex::apply) is whole or not at all, and so is a [`batch`](LeadIndex::batch) of many.
//! [`Filter::segment`] names a live filter inside another. [`LeadIndex::lead_filter`] is the lead criteria as a
//! live filter. Presence follows from heartbeats and the clock.
//!
//! # Costs
//!
//! | call | cost |
//! |---|---|
//! | [`snapshot`](LeadIndex::snapshot), [`len`](LeadIndex::len), [`lead_count`](LeadIndex::lead_count) | O(1): one pointer |
//! | [`Snapshot::get`], [`Snapshot::get_by_user_id`] | O(1) |
//! | [`count`](LeadIndex::count) | the filter over every block |
//! | [`query`](LeadIndex::query) | the filter over every block, then the page |
//! | the page, order built | a step for each lead of the page, over those that do not match |
//! | the page, deep offset | counting, a bit a row: not a step a lead |
//! | the page, no order yet | the key of each match, once |
//! | [`resume`](Snapshot::resume) at a cursor | as a query without an offset, however deep |
//! | [`export`](LeadIndex::export), order built | the filter over every block, then a step a lead |
//! | the filter, where it is none or one live filter | nothing: rows and total are there |
//! | [`LiveFilter::total`] | O(live filters) |
//! | [`LiveFilter::query`] | the page alone, in the blocks that its leads are in |
//! | both, if the clock moved somebody since the last write or `tick` | as without a live filter |
//! | [`LiveFilter::contains`] | O(1), or the filter for one lead |
//! | [`Page::ids`], [`Page::leads`] | O(1) a lead |
//! | [`LeadRef::props`] | a look at each property of the block |
//! | [`apply`](LeadIndex::apply) | O(changes), and the pieces it copies |
//! | [`insert`](LeadIndex::insert), [`upsert`](LeadIndex::upsert) | O(properties), and the pieces it copies |
//! | [`remove`](LeadIndex::remove), a merge | O(texts of the block), once a block and batch |
//! | an `upsert` that replaces | O(properties of the block), and the pieces it copies |
//! | [`batch`](LeadIndex::batch) | its calls; each piece is copied once, published once |
//! | each of these, for live filters | a check of each lead written to, in those that read what was written |
//! | [`keep`](LeadIndex::keep) | the filter for everyone, once; orders of the dates that the clock moves |
//! | [`tick`](LeadIndex::tick) | O(live filters); if one is due, its rows whose time has come |
//! | [`listen`](LiveFilter::listen) | O(1); then an entry for each lead that moves |
//! | [`import`](LeadIndex::import) | O(file), on all cores, published once |
//! | [`prepare_order`](LeadIndex::prepare_order) | O(n log n) the first time |
//! | [`memory`](LeadIndex::memory) | O(blocks x properties) |
//! | [`pinned_bytes`](Snapshot::pinned_bytes) | O(blocks), and what differs from the newest state |
//! | [`properties`](LeadIndex::properties), [`top_values`](LeadIndex::top_values) | O(values) |
//!
//! [`explain`](LeadIndex::explain) tells what a query did cost.
//!
//! # Values and filters
//!
//! A value is an integer, a string, a [`DateTime`], a boolean or a list of strings. A property has no
//! declared type: the last write decides, and leads may hold different types under one name. The
//! system's own names (`$email`, `$sessions`, ...) have fixed types. [`Filter`] says what a test means
//! where a property is unknown or of another type. The order of values is total, and equals stand by
//! ascending id, so a list has one order and no lead stands on two pages of one [`Snapshot`].
//!
//! # Limits
//!
//! They stand in [`limits`], each with its reason; [`Limits`] sets those of one index. The ones met most
//! often: text of 255 characters, lists of 30 items, integers within 2^53, filters of 4,096 conditions and
//! depth 32 with their segments written out, 1,024 live filters, pages of 10,000 leads. Beyond a limit there is
//! an [`Error`] that says which; a single change is [`Ignored`] with its reason.
//!
//! # Features
//!
//! None is on by default. `http` adds the Web API as an axum router, `sample` the deterministic leads of
//! the benchmarks, `cli` the command `lead-index`.
//!
//! Not there yet: files that outlive the process; over HTTP, a limit of requests and a time budget of
//! queries.

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
mod live;
mod live_filter;
mod memory;
mod name;
mod orders;
pub mod property;
mod publish;
mod query;
mod registry;
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
pub use ingest::batch::Batch;
pub use ingest::change::{Applied, Change, Dropped, Event, EventCount, Ignored, Target};
pub use ingest::jsonl::{ImportReport, JsonLines, Progress, Reject};
pub use lead::{Heartbeat, Lead, LeadCriteria, Presence};
pub use lead_ref::LeadRef;
pub use limits::Limits;
pub use live::listen::{Listener, LiveEvent};
pub use live_filter::LiveFilter;
pub use memory::{LiveMemory, MemoryReport, PropertyMemory};
pub use name::Name;
pub use query::{Cursor, Explanation, Export, Order, Page, Query, Universe};
#[doc(hidden)]
pub use query::{Force, ForceSort};
pub use snapshot::{PropertyInfo, Snapshot};
pub use stop::CancelToken;
pub use value::{ListRef, Value, ValueRef, ValueType};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
