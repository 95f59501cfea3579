//! `/apps/{app}/segments`: filters that the index keeps, by number.

use axum::http::Method;

use super::answer::Answer;
use super::args::{integer, name};
use super::call::Call;
use super::failure::{Failure, Faults};
use super::json::{SegmentJson, nothing_json, segment_json, segments_json};
use crate::{Filter, LiveFilter};

/// `POST` saves a filter, `GET` lists those that are saved.
pub(super) fn segments(call: &Call<'_>) -> Result<Answer, Failure> {
    let mut faults = Faults::default();
    call.check_app(&mut faults);
    if call.verb == Method::POST {
        return save(call, faults);
    }
    faults.into_result()?;
    let kept = call.time.of(|| call.app.index.live_filters());
    // One that was dropped a moment ago is left out.
    let listed: Vec<SegmentJson> = kept.iter().filter_map(|filter| call.time.of(|| describe(filter))).collect();
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
    // Somebody may have dropped it at once.
    let gone = || Failure::NoSuchSegment(kept.id().to_string());
    let segment = call.time.of(|| describe(&kept)).ok_or_else(gone)?;
    Ok(Answer::Json(segment_json(&segment)))
}

fn describe(filter: &LiveFilter) -> Option<SegmentJson> {
    Some(SegmentJson { id: filter.id(), name: filter.name().ok()?, total: filter.total().ok()? })
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
    let id = id.ok_or_else(unknown)?;
    match call.time.of(|| call.app.index.drop_live(id)) {
        Ok(()) => Ok(Answer::Json(nothing_json())),
        Err(error) => Err(Failure::of_write(&error, "id", unknown)),
    }
}
