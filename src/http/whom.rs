//! Whom `/users/{id}` and what stands below it are about.

use super::args::{boolean, integer};
use super::call::Call;
use super::failure::{Failure, Faults};
use crate::{Applied, Change, Target};

/// The person that the path names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whom<'a> {
    /// By id; `None` for an integer that no person can have.
    Id { id: Option<u64>, text: &'a str },
    /// By User ID, with `by_user_id`.
    UserId(&'a str),
}

impl<'a> Whom<'a> {
    /// Reads `{id}`; notes one that is no integer and has no `by_user_id` either.
    pub(super) fn read(call: &Call<'a>, faults: &mut Faults) -> Self {
        let text = call.id;
        if boolean(call.arguments.by_user_id.as_deref(), false) {
            return Self::UserId(text);
        }
        let id = integer(text).unwrap_or_else(|| {
            faults.add("id", "not_an_integer", "the id in the path is an integer; a User ID needs by_user_id=true");
            None
        });
        Self::Id { id, text }
    }

    /// `LookupError`: there is no such person.
    pub(super) fn nobody(&self) -> Failure {
        Failure::NobodyHas(match self {
            Self::Id { text, .. } => format!("the id {text}"),
            Self::UserId(_) => "this User ID".to_owned(),
        })
    }

    /// Applies changes to the person; one that is named by a User ID nobody has is created. What goes
    /// wrong otherwise is the fault of `argument`.
    ///
    /// # Errors
    ///
    /// `LookupError`, `ValidationError`.
    pub(super) fn apply(
        &self,
        call: &Call<'_>,
        argument: &'static str,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<Applied, Failure> {
        let target = match *self {
            Self::Id { id: Some(id), .. } => Target::Id(id),
            Self::Id { id: None, .. } => return Err(self.nobody()),
            Self::UserId(user_id) => Target::UserIdOrNew(user_id.to_owned()),
        };
        let done = call.time.of(|| call.app.index.apply(target, changes));
        done.map_err(|error| Failure::of_write(&error, argument, || self.nobody()))
    }
}
