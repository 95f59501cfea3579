//! `/apps/{app}/segments`: filters that the index keeps, by number.

use axum::http::Method;

use super::answer::Answer;
use super::args::{integer, name};
use super::call::Call;
use super::failure::{Failure, Faults};
use super::json::{SegmentJson, nothing_json, segment_json, segments_json};
use crate::{Filter, LiveFilter, Snapshot};

/// `POST` saves a filter, `GET` lists those that are saved.
pub(super) fn segments(call: &Call<'_>) -> Result<Answer, Failure> {
    let mut faults = Faults::default();
    call.check_app(&mut faults);
    if call.verb == Method::POST {
        return save(call, faults);
    }
    faults.into_result()?;
    let listed = call.time.of(|| {
        let kept = call.app.index.live_filters();
        let snapshot = call.app.index.snapshot();
        kept.iter().filter_map(|filter| describe(filter, &snapshot)).collect::<Vec<_>>()
    });
    Ok(Answer::Json(segments_json(&listed)))
}

fn save(call: &Call<'_>, mut faults: Faults) -> Result<Answer, Failure> {
    let name = name("name", call.arguments.name.as_deref(), &mut faults);
    let json = call.arguments.filters.as_deref().unwrap_or_default();
    let filter = match call.time.of(|| call.app.index.parse_filter(json)) {
        Ok(filter) => filter,
        Err(error) => {
            faults.add_error("filters", &error);
            Filter::all([])
        }
    };
    faults.into_result()?;
    let kept = call.time.of(|| call.app.index.keep_as(name, filter)).map_err(|error| Failure::of_query(&error))?;
    let segment = call.time.of(|| describe(&kept, &call.app.index.snapshot()));
    // Somebody may have dropped it at once.
    let segment = segment.ok_or_else(|| Failure::NoSuchSegment(kept.id().to_string()))?;
    Ok(Answer::Json(segment_json(&segment)))
}

/// A filter and how many leads satisfy it in a snapshot; `None` if it was dropped meanwhile.
fn describe(filter: &LiveFilter, snapshot: &Snapshot) -> Option<SegmentJson> {
    let id = filter.id();
    Some(SegmentJson { id, name: filter.name().ok()?, total: snapshot.live_total(id).ok()? })
}

/// `DELETE`: keeps the filter no longer.
pub(super) fn drop_segment(call: &Call<'_>) -> Result<Answer, Failure> {
    let mut faults = Faults::default();
    call.check_app(&mut faults);
    let id = integer(call.id).unwrap_or_else(|| {
        faults.add("id", "not_an_integer", "the id of a segment is an integer");
        None
    });
    faults.into_result()?;
    let unknown = || Failure::NoSuchSegment(call.id.to_owned());
    // The lead criterion is live filter 0 of the library, and no segment.
    let id = id.filter(|id| *id != 0).ok_or_else(unknown)?;
    match call.time.of(|| call.app.index.drop_live(id)) {
        Ok(()) => Ok(Answer::Json(nothing_json())),
        Err(error) => Err(Failure::of_write(&error, "id", unknown)),
    }
}
