//! `/users/{id}`: one person, lead or not. A read never creates.

use super::answer::EngineTime;
use super::app::App;
use super::args::{Arguments, boolean, integer};
use super::failure::{Failure, Faults};
use super::json::user_json;
use crate::{Filter, Query, Universe};

/// Finds the person by id, or by User ID with `by_user_id`.
pub(super) fn user(app: &App, id: &str, arguments: &Arguments<'_>, time: &EngineTime) -> Result<Vec<u8>, Failure> {
    let by_user_id = boolean(arguments.by_user_id.as_deref(), false);
    let lead_id = if by_user_id { time.of(|| app.index.get_by_user_id(id)).map(|lead| lead.id) } else { read_id(id)? };
    let nobody = || Failure::NobodyHas(if by_user_id { "this User ID".to_owned() } else { format!("the id {id}") });
    // A query, since only a page tells the presence; with the id as its one filter it finds one.
    let query =
        Query::new().universe(Universe::Everyone).filter(Filter::eq("$id", lead_id.ok_or_else(nobody)?)).limit(1);
    let page = time.of(|| app.index.query(&query)).map_err(|error| Failure::of_engine(&error))?;
    user_json(&page, arguments.style()).ok_or_else(nobody)
}

/// The id; `None` for an integer that no person can have.
fn read_id(text: &str) -> Result<Option<u64>, Failure> {
    integer(text).ok_or_else(|| {
        let mut faults = Faults::default();
        faults.add("id", "not_an_integer", "the id in the path is an integer; a User ID needs by_user_id=true");
        Failure::Invalid(faults)
    })
}
