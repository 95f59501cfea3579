//! `/users/{id}/setpresence`: a sign of life, which comes about every minute.

use super::answer::Answer;
use super::call::Call;
use super::failure::{Failure, Faults};
use super::json::nothing_json;
use super::whom::Whom;
use crate::{Change, Heartbeat};

/// Notes that the person is online or idle now; two minutes later that is over.
pub(super) fn set_presence(call: &Call<'_>) -> Result<Answer, Failure> {
    let mut faults = Faults::default();
    let whom = Whom::read(call, &mut faults);
    let kind = heartbeat(call.arguments.presence.as_deref(), &mut faults);
    faults.into_result()?;
    whom.apply(call, "presence", kind.map(Change::heartbeat))?;
    Ok(Answer::Json(nothing_json()))
}

fn heartbeat(text: Option<&str>, faults: &mut Faults) -> Option<Heartbeat> {
    match text {
        Some("online") => return Some(Heartbeat::Online),
        Some("idle") => return Some(Heartbeat::Idle),
        Some(_) => faults.add("presence", "unknown_presence", "presence is online or idle"),
        None => faults.add_missing("presence"),
    }
    None
}
