//! `/apps/{app}/users`: the total and a page of leads.

use super::answer::Answer;
use super::args::{number, order};
use super::call::Call;
use super::cursors::Lost;
use super::endpoint::Version;
use super::failure::{Failure, Faults};
use super::json::{users_json, users_json_with_cursor};
use crate::{Cursor, Filter, Order, Page, Query, Snapshot};

/// Reads every argument, so that every fault is reported, then asks the index.
pub(super) fn users(call: &Call<'_>, version: Version) -> Result<Answer, Failure> {
    let mut faults = Faults::default();
    call.check_app(&mut faults);
    let (place, snapshot) = place(call);
    let query = query(call, version, &place, &snapshot, &mut faults);
    if let Err(lost) = place {
        faults.add("cursor", lost.code(), lost.message());
    }
    faults.into_result()?;
    let ask = |page: Result<Page, crate::Error>| page.map_err(|error| Failure::of_query(&error));
    let style = call.arguments.style();
    match place {
        Ok(Place::Newest) | Err(_) => {
            let page = ask(call.time.of(|| snapshot.query(&query)))?;
            Ok(Answer::Json(users_json(&page, style)))
        }
        Ok(Place::Start) => {
            let page = ask(call.time.of(|| snapshot.query(&query)))?;
            if page.next_cursor().is_some() && !call.app.cursors.start(&snapshot) {
                return Err(too_many_cursors());
            }
            Ok(Answer::Json(users_json_with_cursor(&page, style)))
        }
        Ok(Place::After(cursor)) => {
            let page = ask(call.time.of(|| snapshot.resume(&query, &cursor)))?;
            if page.next_cursor().is_none() {
                call.app.cursors.finish(&snapshot);
            }
            Ok(Answer::Json(users_json_with_cursor(&page, style)))
        }
    }
}

/// Where the page begins.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// At the offset, of the newest point in time; nobody will go on from there.
    Newest,
    /// At the offset, and there will be a next page of the same point in time.
    Start,
    /// Where the page before ended.
    After(Cursor),
}

/// Where the page begins, and the point in time to answer from.
fn place(call: &Call<'_>) -> (Result<Place, Lost>, Snapshot) {
    let newest = call.time.of(|| call.app.index.snapshot());
    match call.arguments.cursor.as_deref() {
        None => (Ok(Place::Newest), newest),
        Some("") => (Ok(Place::Start), newest),
        Some(text) => match call.app.cursors.find(text, &newest) {
            Ok((cursor, snapshot)) => (Ok(Place::After(cursor)), snapshot),
            // The other arguments are read all the same.
            Err(lost) => (Err(lost), newest),
        },
    }
}

fn too_many_cursors() -> Failure {
    let mut faults = Faults::default();
    let message = "as many lists as can be are being paged through with cursors; try again later, or use an offset";
    faults.add("cursor", "too_many_cursors", message);
    Failure::Invalid(faults)
}

fn query(
    call: &Call<'_>,
    version: Version,
    place: &Result<Place, Lost>,
    snapshot: &Snapshot,
    faults: &mut Faults,
) -> Query {
    let filter = filter(call, snapshot, faults);
    let (sort_prop, sort_order) = sorting(call, faults);
    let offset = call.arguments.offset.as_deref();
    let offset = match place {
        Ok(Place::Newest | Place::Start) => number("offset", offset, 0, (0, u64::MAX), faults),
        Ok(Place::After(_)) | Err(_) => {
            if offset.is_some() {
                faults.add("offset", "not_with_cursor", "a cursor has its place already; leave the offset out");
            }
            0
        }
    };
    let (least, most) = version.limits();
    // A page of nobody has no end that a cursor could stand behind.
    let least = if matches!(place, Ok(Place::Newest)) { least } else { 1 };
    let limit = number("limit", call.arguments.limit.as_deref(), 20, (least, most), faults);
    Query::new().filter(filter).sort_by(sort_prop, sort_order).offset(offset).limit(limit)
}

/// The argument `filters`; all leads if it is absent or at fault.
pub(super) fn filter(call: &Call<'_>, snapshot: &Snapshot, faults: &mut Faults) -> Filter {
    let json = call.arguments.filters.as_deref().unwrap_or_default();
    snapshot.parse_filter(json).unwrap_or_else(|error| {
        faults.add_error("filters", &error);
        Filter::all([])
    })
}

/// The arguments `sort_prop` and `sort_order`.
pub(super) fn sorting<'c>(call: &'c Call<'_>, faults: &mut Faults) -> (&'c str, Order) {
    let sort_prop = call.arguments.sort_prop.as_deref().unwrap_or("$last_seen");
    // Only the name is on trial here: the rest of this query is the default.
    if let Err(error) = Query::new().sort_by(sort_prop, Order::Desc).validate(u64::MAX) {
        faults.add_error("sort_prop", &error);
    }
    (sort_prop, order(call.arguments.sort_order.as_deref(), faults))
}
