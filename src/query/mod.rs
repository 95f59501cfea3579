//! A query and its way to a page.

pub(crate) mod cursor;
mod cut;
mod explain;
pub(crate) mod export;
mod gather;
mod lane;
pub(crate) mod matches;
mod page;
mod phase;
pub(crate) mod run;
mod seek;
mod skip;
pub(crate) mod top_k;
mod walk;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::datetime::DateTime;
use crate::error::Error;
use crate::filter::tree::check_property_name;
use crate::filter::{Filter, ForceFilter};
use crate::stop::CancelToken;

pub use cursor::Cursor;
pub use explain::Explanation;
pub use export::Export;
pub use page::Page;

/// The direction of a sort. Leads that lack the property come last in both, and equals are always
/// in ascending order of id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Smallest first.
    Asc,
    /// Largest first.
    #[default]
    Desc,
}

/// Whom a query sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Universe {
    /// Those who are leads by the index's criteria.
    #[default]
    Leads,
    /// Everyone the index holds.
    Everyone,
}

/// A question to the index: whom to find, in which order, and which slice of them to return.
///
/// The default is the Leads page itself: all leads, last seen first, the first 20.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    #[serde(rename = "filters")]
    pub(crate) filter: Filter,
    pub(crate) sort_prop: String,
    pub(crate) sort_order: Order,
    pub(crate) offset: u64,
    pub(crate) limit: u64,
    pub(crate) universe: Universe,
    pub(crate) now: Option<DateTime>,
    #[serde(skip)]
    pub(crate) budget: Option<Duration>,
    #[serde(skip)]
    pub(crate) cancel: Option<CancelToken>,
    #[serde(skip)]
    pub(crate) force: Force,
}

/// Forces one way of working where the plan would choose: for tests that compare every way.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Force {
    /// How conditions are evaluated.
    pub filter: ForceFilter,
    /// How the page is cut out of the matches.
    pub sort: ForceSort,
}

/// See [`Force`].
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ForceSort {
    /// By estimate.
    #[default]
    Auto,
    /// Walk the order, testing each row (where an order exists).
    Walk,
    /// Walk the order, but skip to the offset by counting (where an order exists).
    Skip,
    /// Gather the keys of all matches and select.
    Gather,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            filter: Filter::All(Vec::new()),
            sort_prop: "$last_seen".to_owned(),
            sort_order: Order::Desc,
            offset: 0,
            limit: 20,
            universe: Universe::Leads,
            now: None,
            budget: None,
            cancel: None,
            force: Force::default(),
        }
    }
}

impl Query {
    /// All leads, last seen first, the first 20.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only those for whom `filter` holds.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Sorts by `property`; a name that nobody has is legal and leaves the order by id.
    #[must_use]
    pub fn sort_by(mut self, property: impl Into<String>, order: Order) -> Self {
        self.sort_prop = property.into();
        self.sort_order = order;
        self
    }

    /// Leaves out the first `offset` of the sorted leads.
    #[must_use]
    pub fn offset(mut self, offset: u64) -> Self {
        self.offset = offset;
        self
    }

    /// Returns at most `limit` leads.
    #[must_use]
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }

    /// Whom the query sees.
    #[must_use]
    pub fn universe(mut self, universe: Universe) -> Self {
        self.universe = universe;
        self
    }

    /// Answers as of `now` instead of the index's clock: relative dates and presence follow it.
    #[must_use]
    pub fn at(mut self, now: DateTime) -> Self {
        self.now = Some(now);
        self
    }

    /// Ends the query with an error once it has run this long.
    #[must_use]
    pub fn deadline(mut self, budget: Duration) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Ends the query with an error once `token` is cancelled.
    #[must_use]
    pub fn cancel_token(mut self, token: CancelToken) -> Self {
        self.cancel = Some(token);
        self
    }

    /// Forces a way of working: a test hook, not part of the stable interface.
    #[doc(hidden)]
    #[must_use]
    pub fn force(mut self, force: Force) -> Self {
        self.force = force;
        self
    }

    /// Checks the bounds of the contract on filter, name and limit.
    ///
    /// # Errors
    ///
    /// A validation error: `limit_too_large`, `name_too_long`, or a fault of the filter.
    pub fn validate(&self, page_limit: u64) -> Result<(), Error> {
        self.validate_page(page_limit)?;
        self.filter.validate()
    }

    /// Checks all but the filter.
    pub(crate) fn validate_page(&self, page_limit: u64) -> Result<(), Error> {
        check_property_name(&self.sort_prop)?;
        if self.limit > page_limit {
            return Err(Error::invalid(
                "limit_too_large",
                format!("a page holds at most {page_limit} leads, not {}; page with an offset", self.limit),
            ));
        }
        Ok(())
    }
}
