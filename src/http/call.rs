//! What a method is given once its request was read and allowed.

use axum::http::Method;

use super::answer::EngineTime;
use super::app::App;
use super::args::{AppName, Arguments};
use super::failure::Faults;

/// A request on its way through a method.
pub(super) struct Call<'a> {
    pub(super) app: &'a App,
    pub(super) verb: &'a Method,
    /// `{app}` of the path, where it has one.
    pub(super) name: Option<AppName>,
    /// `{id}` of the path; empty where it has none.
    pub(super) id: &'a str,
    pub(super) arguments: &'a Arguments<'a>,
    pub(super) time: &'a EngineTime,
}

impl Call<'_> {
    /// Notes an `{app}` that is neither a number nor `$self_app`; another app's number was refused
    /// before.
    pub(super) fn check_app(&self, faults: &mut Faults) {
        if self.name == Some(AppName::Illegal) {
            faults.add("app", "not_an_integer", "the app in the path is an integer or $self_app");
        }
    }
}
