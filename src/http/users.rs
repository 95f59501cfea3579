//! `/apps/{app}/users`: the total and a page of leads.

use super::answer::EngineTime;
use super::app::App;
use super::args::{AppName, Arguments, number, order};
use super::failure::{Failure, Faults};
use super::json::users_json;
use crate::{Filter, Query};

/// The version of the method: they differ in the smallest page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

impl Version {
    fn limits(self) -> (u64, u64) {
        match self {
            Self::V1 => (0, 50),
            Self::V2 => (1, 50),
        }
    }
}

/// Reads every argument, so that every fault is reported, then asks the index.
pub(super) fn users(
    app: &App,
    version: Version,
    name: AppName,
    arguments: &Arguments<'_>,
    time: &EngineTime,
) -> Result<Vec<u8>, Failure> {
    let mut faults = Faults::default();
    if name == AppName::Illegal {
        faults.add("app", "not_an_integer", "the app in the path is an integer or $self_app");
    }
    let query = query(version, arguments, &mut faults);
    faults.into_result()?;
    let page = time.of(|| app.index.query(&query)).map_err(|error| Failure::of_engine(&error))?;
    Ok(users_json(&page, arguments.style()))
}

fn query(version: Version, arguments: &Arguments<'_>, faults: &mut Faults) -> Query {
    let mut query = Query::new();
    if let Some(filters) = arguments.filters.as_deref() {
        match Filter::from_json(filters) {
            Ok(filter) => query = query.filter(filter),
            Err(error) => faults.add_error("filters", &error),
        }
    }
    let sort_prop = arguments.sort_prop.as_deref().unwrap_or("$last_seen");
    // Only the name is on trial here: the rest of this query is the default.
    if let Err(error) = Query::new().sort_by(sort_prop, crate::Order::Desc).validate(u64::MAX) {
        faults.add_error("sort_prop", &error);
    }
    query
        .sort_by(sort_prop, order(arguments.sort_order.as_deref(), faults))
        .offset(number("offset", arguments.offset.as_deref(), 0, (0, u64::MAX), faults))
        .limit(number("limit", arguments.limit.as_deref(), 20, version.limits(), faults))
}
