//! `/users/{id}`: one person, lead or not. A read never creates.

use super::answer::Answer;
use super::call::Call;
use super::failure::{Failure, Faults};
use super::json::user_json;
use super::whom::Whom;

/// Finds the person by id, or by User ID with `by_user_id`.
pub(super) fn user(call: &Call<'_>) -> Result<Answer, Failure> {
    let mut faults = Faults::default();
    let whom = Whom::read(call, &mut faults);
    faults.into_result()?;
    let snapshot = call.time.of(|| call.app.index.snapshot());
    let lead = call.time.of(|| match whom {
        Whom::Id { id, .. } => id.and_then(|id| snapshot.get(id)),
        Whom::UserId(user_id) => snapshot.get_by_user_id(user_id),
    });
    let lead = lead.ok_or_else(|| whom.nobody())?;
    Ok(Answer::Json(user_json(lead, call.arguments.style())))
}
