//! Snapshots: the questions that can be asked of one point in time.

use std::sync::Arc;

use crate::datetime::DateTime;
use crate::error::Error;
use crate::filter::Filter;
use crate::id::PropId;
use crate::lead_ref::LeadRef;
use crate::memory::MemoryReport;
use crate::publish::{Shared, build_aside};
use crate::query::run::Resume;
use crate::query::{Cursor, Explanation, Export, Order, Page, Query, Universe, cursor, run};
use crate::state::State;
use crate::value::{Value, ValueType};

/// The index at one point in time: it never changes, whatever is written after.
///
/// Cheap to take and to clone (two pointers). It holds on to the memory of its point in time
/// until it is dropped, never expires, and makes no writer wait.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) state: Arc<State>,
    pub(crate) shared: Arc<Shared>,
    now: DateTime,
}

/// A property that at least one lead has.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct PropertyInfo {
    /// The name.
    pub name: String,
    /// How many (of everyone) hold a value of each type, in the order of types; types that nobody
    /// holds are left out.
    pub types: Vec<(ValueType, u64)>,
    /// How many different values there are.
    pub distinct: u64,
}

impl Snapshot {
    pub(crate) fn take(shared: &Arc<Shared>) -> Self {
        let state = shared.current();
        let now = shared.now(&state);
        Self { state, shared: shared.clone(), now }
    }

    /// Total and page. Cost: the filter over every block, then the page.
    ///
    /// # Errors
    ///
    /// A validation error; `deadline_exceeded` or `cancelled` if the query carries such an end.
    pub fn query(&self, query: &Query) -> Result<Page, Error> {
        self.page(query, query.now.unwrap_or(self.now), None)
    }

    /// The page at the query's offset, or behind a lead, with the cursor of the next.
    fn page(&self, query: &Query, now: DateTime, resume: Option<Resume>) -> Result<Page, Error> {
        let (answer, _) = run::run(&self.state, query, now, resume, false)?;
        self.note_order(answer.sorted, answer.wanted);
        let rank = resume.map_or(query.offset, |resume| resume.rank).saturating_add(answer.rows.len() as u64);
        let next = answer.rows.last().filter(|_| rank < answer.total).map(|last| {
            let place = (self.state.id(*last), rank, answer.total);
            Cursor::new(self.shared.number, self.state.version, now, query, place)
        });
        Ok(Page::new(self.state.clone(), answer.total, answer.rows, now, next))
    }

    /// The ids of the page. Cost: as [`query`](Snapshot::query).
    ///
    /// # Errors
    ///
    /// As [`query`](Snapshot::query).
    pub fn ids(&self, query: &Query) -> Result<Vec<u64>, Error> {
        self.query(query).map(|page| page.ids())
    }

    /// The page that begins at `cursor`, of at most as many leads as the query's limit; its offset is
    /// not looked at. It is as of the moment of the page that the cursor came from. Cost: the filter
    /// over every block, then the page, however deep.
    ///
    /// # Errors
    ///
    /// As [`query`](Snapshot::query); `invalid_cursor` if the cursor is not of this publication of this index,
    /// `cursor_mismatch` if it is of another filter, order, universe or [`at`](Query::at).
    pub fn resume(&self, query: &Query, cursor: &Cursor) -> Result<Page, Error> {
        query.validate(self.state.limits.page)?;
        cursor.check(self.shared.number, self.state.version, query)?;
        match (self.state.find(cursor.last), cursor.now()) {
            (Some(after), Some(now)) => self.page(query, now, Some(Resume { after, rank: cursor.rank })),
            _ => Err(cursor::invalid("nothing stands at its place")),
        }
    }

    /// All leads that satisfy a filter, in order. Cost: the filter over every block, then a step a lead
    /// as they are handed out; where the order of the property is not built, a sort of all of them first.
    ///
    /// # Errors
    ///
    /// A validation error.
    pub fn export(&self, filter: &Filter, sort_prop: &str, order: Order) -> Result<Export, Error> {
        Export::begin(self.clone(), filter, sort_prop, order)
    }

    /// Who is online, then who is idle, the newest heartbeat first: total and page. Cost: as
    /// [`query`](Snapshot::query).
    ///
    /// # Errors
    ///
    /// `limit_too_large`.
    pub fn active(&self, offset: u64, limit: u64) -> Result<Page, Error> {
        let answer = run::active(&self.state, self.now, offset, limit)?;
        self.note_order(answer.sorted, answer.wanted);
        Ok(Page::new(self.state.clone(), answer.total, answer.rows, self.now, None))
    }

    /// Reads a filter in the JSON dialect, and checks that the segments it names are kept.
    ///
    /// # Errors
    ///
    /// As [`Filter::from_json`]; `unknown_segment` with its place.
    pub fn parse_filter(&self, json: impl AsRef<[u8]>) -> Result<Filter, Error> {
        Filter::from_json_with(json.as_ref(), &|id| self.state.kept.segment(id).is_some())
    }

    /// Bytes that the newest state no longer shares with this snapshot, counted as in [`memory`](Snapshot::memory): what
    /// it keeps from being freed or written to, together with whoever holds the same or a neighbouring point in time.
    /// 0 while nothing was written since it was taken. What was written to once since then is counted as the index's
    /// own: it has the version before at hand for the next write, until that finds it held. O(blocks), and what differs.
    ///
    /// ```
    /// use lead_index::{Lead, LeadIndex};
    ///
    /// let index = LeadIndex::new();
    /// index.insert(Lead::new(1).with("$email", "ann@example.com"))?;
    /// let snapshot = index.snapshot();
    /// assert_eq!(snapshot.pinned_bytes(), 0);
    /// index.remove(1)?;
    /// assert!(snapshot.pinned_bytes() > 0);
    /// assert_eq!(index.snapshot().pinned_bytes(), 0);
    /// # Ok::<(), lead_index::Error>(())
    /// ```
    #[must_use]
    pub fn pinned_bytes(&self) -> u64 {
        MemoryReport::of(&self.state, Some(&self.shared.current())).total()
    }

    /// How many leads satisfied the live filter with this number at the snapshot's present. O(live
    /// filters); the filter over every block, if the clock had moved somebody since the last write.
    ///
    /// # Errors
    ///
    /// `unknown_segment` if it was not kept then.
    pub fn live_total(&self, id: u64) -> Result<u64, Error> {
        let (_, kept) = self.state.kept.require(id)?;
        if kept.is_right_at(self.now, self.state.time) { Ok(kept.total) } else { self.count(&Filter::Segment(id)) }
    }

    pub(crate) fn live_contains(&self, id: u64, lead: u64) -> Result<bool, Error> {
        let (slot, kept) = self.state.kept.require(id)?;
        let Some((block, row)) = self.state.find(lead).and_then(|place| self.state.at(place)) else {
            return Ok(false);
        };
        if kept.is_right_at(self.now, self.state.time) {
            return Ok(block.live(slot).is_some_and(|live| live.leads().contains(row)));
        }
        let plan = run::plan(&self.state, &kept.filter, self.now, &mut 0)?;
        Ok(block.leads().contains(row) && plan.check(block, row))
    }

    pub(crate) fn live_query(&self, id: u64, query: &Query) -> Result<Page, Error> {
        self.state.kept.require(id)?;
        // The lead criterion needs no name: queries see leads.
        let segment = (id != 0).then_some(Filter::Segment(id));
        let own = (query.filter != Filter::All(Vec::new())).then(|| query.filter.clone());
        let mut both: Vec<Filter> = segment.into_iter().chain(own).collect();
        let filter = if both.len() == 1 { both.remove(0) } else { Filter::All(both) };
        self.query(&Query { filter, ..query.clone() })
    }

    /// How many leads match. Cost: the filter over every block.
    ///
    /// # Errors
    ///
    /// A validation error.
    pub fn count(&self, filter: &Filter) -> Result<u64, Error> {
        run::count(&self.state, filter, self.now, Universe::Leads)
    }

    /// Runs the query and tells how. Cost: as [`query`](Snapshot::query), plus a look at the clock
    /// for each condition in each block.
    ///
    /// # Errors
    ///
    /// As [`query`](Snapshot::query).
    pub fn explain(&self, query: &Query) -> Result<Explanation, Error> {
        let (answer, trace) = run::run(&self.state, query, query.now.unwrap_or(self.now), None, true)?;
        let trace = trace.expect("a trace was asked for");
        Ok(Explanation::new(query, &answer, &trace))
    }

    /// The lead with this id, of everyone. O(1).
    #[must_use]
    pub fn get(&self, id: u64) -> Option<LeadRef<'_>> {
        self.state.find(id).map(|place| LeadRef::new(&self.state, place, self.now))
    }

    /// The lead with this User ID, of everyone. O(1).
    #[must_use]
    pub fn get_by_user_id(&self, user_id: &str) -> Option<LeadRef<'_>> {
        self.state.find_user_id(user_id).map(|place| LeadRef::new(&self.state, place, self.now))
    }

    /// How many are held, leads or not. O(1).
    #[must_use]
    pub fn len(&self) -> u64 {
        self.state.everyone
    }

    /// Whether nobody is held. O(1).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them are leads. O(1).
    #[must_use]
    pub fn lead_count(&self) -> u64 {
        self.state.leads()
    }

    /// Number of the publication this is. O(1).
    #[must_use]
    pub fn version(&self) -> u64 {
        self.state.version
    }

    /// The time that queries see unless they bring their own: when the snapshot was taken. O(1).
    #[must_use]
    pub fn now(&self) -> DateTime {
        self.now
    }

    /// Every property that somebody has, by name, the reserved ones left out. O(values).
    #[must_use]
    pub fn properties(&self) -> Vec<PropertyInfo> {
        let props = &self.state.props;
        let all = (0u32..).take(props.len()).map(PropId).filter(|prop| !prop.is_own());
        let mut infos: Vec<PropertyInfo> = all.filter_map(|prop| self.property(prop)).collect();
        infos.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        infos
    }

    fn property(&self, prop: PropId) -> Option<PropertyInfo> {
        let mut counts = [0u64; 5];
        for column in self.state.blocks.iter().filter_map(|block| block.column(prop)) {
            counts.iter_mut().zip(column.counts()).for_each(|(sum, count)| *sum += count as u64);
        }
        let types: Vec<(ValueType, u64)> =
            ValueType::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect();
        let name = self.state.props.name(prop).to_owned();
        let distinct = self.state.distinct_values(prop).len() as u64;
        (!types.is_empty()).then_some(PropertyInfo { name, types, distinct })
    }

    /// The `n` most frequent values of a property among everyone, most frequent first, equals in the
    /// order of values. `$id`, whose range is wider than a number's, and `$presence` list none. O(values).
    #[must_use]
    pub fn top_values(&self, property: &str, n: usize) -> Vec<(Value, u64)> {
        let Some(prop) = self.state.props.find(property).filter(|prop| !matches!(*prop, PropId::ID | PropId::PRESENCE))
        else {
            return Vec::new();
        };
        let mut counted: Vec<(Value, u64)> = self.state.distinct_values(prop).into_iter().collect();
        counted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counted.truncate(n);
        counted
    }

    /// Bytes by part. O(blocks x properties).
    #[must_use]
    pub fn memory(&self) -> MemoryReport {
        MemoryReport::of(&self.state, None)
    }

    /// Notes which order was used, or has the missing one built aside.
    pub(crate) fn note_order(&self, sorted: Option<PropId>, wanted: Option<PropId>) {
        if let Some(prop) = sorted {
            self.shared.orders.touch(prop);
        }
        // Not only the first time: a writer may have published a block without the order just then.
        if let Some(prop) = wanted
            && self.shared.orders.want(prop)
        {
            let this = self.clone();
            let built_aside = std::thread::Builder::new()
                .name("lead-index-orders".to_owned())
                .spawn(move || build_aside(&this.shared));
            if built_aside.is_err() {
                // No thread to be had: the order stays noted and the next writer builds it.
                self.shared.orders.stop_building();
            }
        }
    }
}
