//! `/apps/{app}/activeusers`: who is online, then who is idle.

use super::answer::Answer;
use super::args::number;
use super::call::Call;
use super::endpoint::Version;
use super::failure::{Failure, Faults};
use super::json::users_json;

/// The newest heartbeat first, in the shape of the users method.
pub(super) fn active(call: &Call<'_>, version: Version) -> Result<Answer, Failure> {
    let arguments = call.arguments;
    let mut faults = Faults::default();
    call.check_app(&mut faults);
    let offset = number("offset", arguments.offset.as_deref(), 0, (0, u64::MAX), &mut faults);
    let limit = number("limit", arguments.limit.as_deref(), 20, version.limits(), &mut faults);
    faults.into_result()?;
    let page = call.time.of(|| call.app.index.active(offset, limit)).map_err(|error| Failure::of_query(&error))?;
    Ok(Answer::Json(users_json(&page, arguments.style())))
}
