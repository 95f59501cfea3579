//! What a whole lead becomes before it is written: every name and value checked, every fault named.

use crate::error::{Error, ErrorKind, Problem};
use crate::id::PropId;
use crate::lead::{LastHeartbeat, Lead};
use crate::limits;
use crate::property::{self, Reason};
use crate::value::Value;

/// A lead to be written, its values checked.
#[derive(Debug)]
pub(crate) struct Put<N = PropId> {
    pub(crate) id: u64,
    pub(crate) user_id: Option<String>,
    pub(crate) conversations: u64,
    pub(crate) web_push: bool,
    /// `None` leaves the one that the lead has.
    pub(crate) heartbeat: Option<LastHeartbeat>,
    /// Each property once.
    pub(crate) props: Vec<(N, Value)>,
}

/// Checks a lead's names and values. Empty values are left out.
pub(super) fn admit(lead: Lead) -> Result<Put<String>, Error> {
    let Lead { id, user_id, conversations, web_push, props } = lead;
    let mut problems = Vec::new();
    if id == 0 {
        problems.push(no_id());
    }
    let user_id = user_id.filter(|user_id| !user_id.is_empty());
    if user_id.as_ref().is_some_and(|user_id| user_id.chars().count() > limits::STRING_CHARS) {
        problems.push(Problem::new(
            "too_long",
            "/user_id",
            format!("a User ID has at most {} characters; shorten it", limits::STRING_CHARS),
        ));
    }
    if conversations > limits::NUMBER_MAX.unsigned_abs() {
        problems.push(Problem::new("out_of_range", "/conversations", "conversations lie between 0 and 2^53"));
    }
    let mut admitted = Vec::with_capacity(props.len());
    for (name, value) in props {
        match property::check_name(&name).and_then(|()| property::admit(&name, value)) {
            Ok(value) => admitted.push((name, value)),
            Err(Reason::EmptyValue) => {}
            Err(reason) => problems.push(refusal(&name, reason)),
        }
    }
    if !problems.is_empty() {
        return Err(Error::from_problems(ErrorKind::InvalidLead, problems));
    }
    Ok(Put { id, user_id, conversations, web_push, heartbeat: None, props: admitted })
}

/// The fault of an id that is 0.
pub(super) fn no_id() -> Problem {
    Problem::new("invalid_id", "/id", "an id lies between 1 and 2^64-1; 0 is none")
}

fn refusal(name: &str, reason: Reason) -> Problem {
    let pointer = format!("/props/{}", name.replace('~', "~0").replace('/', "~1"));
    Problem::new(reason.code(), pointer, format!("property {name:?}: {}", reason.advice()))
}
