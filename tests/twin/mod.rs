//! The naive twin: what an index must answer, written straight from the rules.
//!
//! Leads lie in a map by id, a filter is evaluated lead by lead, a page is cut out of a full
//! sort. Nothing here calls the library's own evaluation, folding or order of values, so the two
//! cannot share a mistake.
#![allow(dead_code, unused_imports, reason = "each test binary uses its own part of the twin")]

mod admit;
pub(crate) mod dialect;
pub(crate) mod eval;
mod fold;
pub(crate) mod held;
pub(crate) mod ops;
pub(crate) mod pair;
pub(crate) mod run;
mod shrink;
mod writes;

use std::collections::BTreeMap;
use std::sync::Arc;

use lead_index::{DateTime, Filter, Force, Lead, Order, Query, Universe};

pub(crate) use fold::same_in_any_case;
pub(crate) use held::{Held, Row};
pub(crate) use shrink::shrink;

/// The present of every test index: 2026-09-21T14:13:20.
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

    fn now(&self) -> i64 {
        self.at.map_or(NOW, DateTime::unix)
    }
}

/// The leads, by id. A clone is a snapshot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Twin {
    rows: BTreeMap<u64, Arc<Row>>,
    user_ids: BTreeMap<String, u64>,
}

impl Twin {
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
        name != "$presence" && self.rows().any(|row| row.get(name).is_some())
    }

    /// Those of the universe for whom the filter holds, by id.
    pub(crate) fn matching(&self, filter: &Filter, universe: Universe, now: i64) -> Vec<&Arc<Row>> {
        let filter = eval::canonical(filter);
        self.rows().filter(|row| sees(universe, row) && eval::holds(&filter, row, now)).collect()
    }

    /// The exact total and the ids of the page.
    pub(crate) fn answer(&self, ask: &Ask) -> (u64, Vec<u64>) {
        let mut matches = self.matching(&ask.filter, ask.universe, ask.now());
        let total = matches.len() as u64;
        matches.sort_by(|a, b| held::rank(a, b, &ask.sort, ask.order));
        let offset = usize::try_from(ask.offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(ask.limit).unwrap_or(usize::MAX);
        (total, matches.into_iter().skip(offset).take(limit).map(|row| row.lead.id).collect())
    }
}

fn sees(universe: Universe, row: &Row) -> bool {
    universe == Universe::Everyone || row.is_lead
}
