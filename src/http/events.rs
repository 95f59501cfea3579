//! `/users/{id}/events`: something that a person did.

use super::answer::Answer;
use super::args::{name, seconds};
use super::call::Call;
use super::failure::{Failure, Faults};
use super::json::event_json;
use super::whom::Whom;
use crate::{Change, Event};

/// Counts the event; answers its number and how often it has happened to the person.
pub(super) fn events(call: &Call<'_>) -> Result<Answer, Failure> {
    let mut faults = Faults::default();
    let whom = Whom::read(call, &mut faults);
    let name = name("event", call.arguments.event.as_deref(), &mut faults);
    let at = seconds("created", call.arguments.created.as_deref(), &mut faults);
    faults.into_result()?;
    let change = Change::Event { event: Event::Name(name.to_owned()), at };
    let done = whom.apply(call, "event", [change])?;
    match (done.events.first(), done.ignored.first()) {
        (Some(counted), _) => Ok(Answer::Json(event_json(counted))),
        // Only a count at its bound, or one that somebody wrote another value over.
        (None, Some(ignored)) => {
            let mut faults = Faults::default();
            let message = format!("the event cannot be counted: {}", ignored.reason.advice());
            faults.add("event", ignored.reason.code(), message);
            Err(Failure::Invalid(faults))
        }
        (None, None) => Err(Failure::Internal),
    }
}
