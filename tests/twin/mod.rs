//! The naive twin: what an index must answer, written straight from the rules.
//!
//! Leads lie in a map by id, a filter is evaluated lead by lead, a page is cut out of a full
//! sort. Nothing here calls the library's own evaluation, folding or order of values, so the two
//! cannot share a mistake.
#![allow(dead_code, unused_imports, reason = "each test binary uses its own part of the twin")]

mod admit;
pub(crate) mod changes;
pub(crate) mod dialect;
mod draft;
pub(crate) mod eval;
mod facts;
mod fold;
pub(crate) mod held;
pub(crate) mod live;
mod merge;
pub(crate) mod ops;
pub(crate) mod pair;
pub(crate) mod run;
mod shrink;
mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lead_index::{DateTime, Filter, Force, Lead, Order, Query, Universe};

pub(crate) use fold::same_in_any_case;
pub(crate) use held::{Beat, Held, Row};
use live::Kept;
pub(crate) use shrink::shrink;

/// Where the clock of every test index begins: 2026-09-21T14:13:20.
pub(crate) const NOW: i64 = 1_790_000_000;

/// The names that are always there, for sorts and filters only.
pub(crate) const RESERVED: [&str; 5] = ["$id", "$user_id", "$conversations", "$web_push", "$presence"];

/// [`NOW`] as a date.
pub(crate) fn now() -> DateTime {
    DateTime::from_unix(NOW).expect("a date of this century")
}

/// A question, in fields that both sides can read.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) filter: Filter,
    pub(crate) sort: String,
    pub(crate) order: Order,
    pub(crate) offset: u64,
    pub(crate) limit: u64,
    pub(crate) universe: Universe,
    pub(crate) at: Option<DateTime>,
}

impl Ask {
    /// All leads that match, by id.
    pub(crate) fn everything(filter: Filter) -> Self {
        Self {
            filter,
            sort: "$id".to_owned(),
            order: Order::Asc,
            offset: 0,
            limit: 10_000,
            universe: Universe::Leads,
            at: None,
        }
    }

    /// The question as the engine takes it.
    pub(crate) fn query(&self, force: Force) -> Query {
        let query = Query::new()
            .filter(self.filter.clone())
            .sort_by(self.sort.clone(), self.order)
            .offset(self.offset)
            .limit(self.limit)
            .universe(self.universe)
            .force(force);
        match self.at {
            Some(now) => query.at(now),
            None => query,
        }
    }
}

/// The leads by id, and what an index remembers beside them. A clone is a snapshot.
#[derive(Debug, Clone)]
pub(crate) struct Twin {
    rows: BTreeMap<u64, Arc<Row>>,
    user_ids: BTreeMap<String, u64>,
    /// The filters that are kept.
    kept: BTreeMap<u64, Kept>,
    /// The number that was last given to a live filter.
    last_live: u64,
    /// Numbers of events by name.
    events: BTreeMap<String, u64>,
    /// Every property name that a lead ever had.
    names: BTreeSet<String>,
    /// The highest id ever held.
    highest: u64,
    /// Where the clock stands.
    clock: i64,
    /// The present of the newest publication.
    time: i64,
}

impl Default for Twin {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            user_ids: BTreeMap::new(),
            kept: BTreeMap::new(),
            last_live: 0,
            events: BTreeMap::new(),
            names: BTreeSet::new(),
            highest: 0,
            clock: NOW,
            time: i64::MIN,
        }
    }
}

impl Twin {
    /// The present: of the clock, but never before that of a publication.
    pub(crate) fn present(&self) -> i64 {
        self.clock.max(self.time)
    }

    /// Moves the clock.
    pub(crate) fn set_clock(&mut self, to: i64) {
        self.clock = to;
    }

    /// Notes that a write was published: the present does not go back behind it.
    pub(crate) fn published(&mut self) {
        self.time = self.present();
    }

    /// The twin as a snapshot taken now sees it: for it the clock stands.
    pub(crate) fn frozen(&self) -> Self {
        Self { clock: self.present(), ..self.clone() }
    }

    /// All rows, by id.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = &Arc<Row>> {
        self.rows.values()
    }

    /// The lead as it is kept.
    pub(crate) fn get(&self, id: u64) -> Option<&Lead> {
        self.rows.get(&id).map(|row| &row.lead)
    }

    /// The lead that holds the User ID.
    pub(crate) fn get_by_user_id(&self, user_id: &str) -> Option<&Lead> {
        self.user_ids.get(user_id).and_then(|id| self.get(*id))
    }

    /// How many rows the universe has.
    pub(crate) fn size(&self, universe: Universe) -> usize {
        self.rows().filter(|row| sees(universe, row)).count()
    }

    /// Whether somebody has the property; presence is computed and needs no order.
    pub(crate) fn anyone_has(&self, name: &str) -> bool {
        name != "$presence" && self.rows().any(|row| row.get(name, 0).is_some())
    }

    /// The lead and its presence at `now`.
    pub(crate) fn seen(&self, id: u64, now: i64) -> Option<(&Lead, lead_index::Presence)> {
        self.rows.get(&id).map(|row| (&row.lead, row.presence(now)))
    }

    /// Those of the universe for whom the filter holds, by id.
    pub(crate) fn matching(&self, filter: &Filter, universe: Universe, now: i64) -> Vec<&Arc<Row>> {
        let filter = eval::canonical(filter);
        self.rows().filter(|row| sees(universe, row) && self.at(now).holds(&filter, row)).collect()
    }

    /// How many leads match, or the faults of the filter.
    pub(crate) fn count(&self, filter: &Filter) -> Result<u64, Vec<&'static str>> {
        self.legal(filter).map(|()| self.matching(filter, Universe::Leads, self.present()).len() as u64)
    }

    /// The moment that a question is about.
    pub(crate) fn moment(&self, ask: &Ask) -> i64 {
        ask.at.map_or(self.present(), DateTime::unix)
    }

    /// The exact total and the ids of the page.
    pub(crate) fn answer(&self, ask: &Ask) -> (u64, Vec<u64>) {
        let now = self.moment(ask);
        let matches = self.matching(&ask.filter, ask.universe, now);
        let total = matches.len() as u64;
        let mut sorted: Vec<(Option<&Held>, u64)> =
            matches.into_iter().map(|row| (row.get(&ask.sort, now), row.lead.id)).collect();
        sorted.sort_by(|a, b| held::rank(*a, *b, ask.order));
        let offset = usize::try_from(ask.offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(ask.limit).unwrap_or(usize::MAX);
        (total, sorted.into_iter().skip(offset).take(limit).map(|(_, id)| id).collect())
    }
}

fn sees(universe: Universe, row: &Row) -> bool {
    universe == Universe::Everyone || row.is_lead
}
