//! Every way a request can fail: its status, its short name and its sentence.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::app::Scope;
use crate::{Error, ErrorKind, Problem};

/// Why a request was not answered.
#[derive(Debug)]
pub(super) enum Failure {
    /// 404: there is no such method.
    NoSuchMethod,
    /// 405: the method knows other verbs, these.
    WrongVerb(&'static str),
    /// 413: the body is over its bound.
    BodyTooLarge,
    /// 400: the request cannot be read; why.
    BadRequest(String),
    /// 401: no token.
    NoToken,
    /// 401: nobody was given the token.
    UnknownToken,
    /// 403: the token lacks the scope.
    LacksScope(Scope),
    /// 403: the token is of another app.
    OtherApp,
    /// 400: arguments are not legal.
    Invalid(Faults),
    /// 400: nobody has the id; which.
    NobodyHas(String),
    /// 400: no segment has the id; which.
    NoSuchSegment(String),
    /// 503: the query's budget ran out.
    Timeout,
    /// 500: our fault. What happened is in the log alone.
    Internal,
}

impl Failure {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchMethod => StatusCode::NOT_FOUND,
            Self::WrongVerb(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BadRequest(_) | Self::Invalid(_) | Self::NobodyHas(_) | Self::NoSuchSegment(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::NoToken | Self::UnknownToken => StatusCode::UNAUTHORIZED,
            Self::LacksScope(_) | Self::OtherApp => StatusCode::FORBIDDEN,
            Self::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::NoSuchMethod => "Error404",
            Self::WrongVerb(_) => "MethodNotAllowed",
            Self::BodyTooLarge => "BodyTooLarge",
            Self::BadRequest(_) => "BadRequest",
            Self::NoToken | Self::UnknownToken => "NotAuthenticated",
            Self::LacksScope(_) | Self::OtherApp => "PermissionDeniedError",
            Self::Invalid(_) => "ValidationError",
            Self::NobodyHas(_) | Self::NoSuchSegment(_) => "LookupError",
            Self::Timeout => "Timeout",
            Self::Internal => "Error500",
        }
    }

    /// For a person.
    pub(super) fn message(&self) -> Cow<'_, str> {
        match self {
            Self::NoSuchMethod => "there is no such method".into(),
            Self::WrongVerb(verbs) => format!("this method is called with {verbs}").into(),
            Self::BodyTooLarge => "the body of a request has at most 1 MiB".into(),
            Self::BadRequest(why) => why.into(),
            Self::NoToken => "a token is needed: the argument auth_token or the header Authorization".into(),
            Self::UnknownToken => "the token is not valid".into(),
            Self::LacksScope(scope) => format!("the token lacks the scope {scope}").into(),
            Self::OtherApp => "the token belongs to another app".into(),
            Self::Invalid(faults) => faults.sentence().into(),
            Self::NobodyHas(id) => format!("there is no user with {id}").into(),
            Self::NoSuchSegment(id) => format!("there is no segment with the id {id}").into(),
            Self::Timeout => "the query took too long and was stopped".into(),
            Self::Internal => "something went wrong on our side".into(),
        }
    }

    /// What a query's error means for the caller: a fault of the query names its argument.
    pub(super) fn of_query(error: &Error) -> Self {
        let argument = match error.code() {
            "limit_too_large" => "limit",
            "invalid_cursor" | "cursor_mismatch" => "cursor",
            "name_too_long" | "empty_name" if error.pointer().is_empty() => "sort_prop",
            _ => "filters",
        };
        Self::of_engine(error, argument)
    }

    /// What the error of a write means for the caller, where `argument` is at fault; `unknown` says
    /// what does not exist.
    pub(super) fn of_write(error: &Error, argument: &'static str, unknown: impl FnOnce() -> Self) -> Self {
        match (error.kind(), error.code()) {
            (ErrorKind::UnknownLead, _) | (_, "unknown_segment") => unknown(),
            (ErrorKind::InvalidLead | ErrorKind::UserIdTaken, _) | (_, "index_full") => Self::of_engine(error, "id"),
            _ => Self::of_engine(error, argument),
        }
    }

    /// What is the caller's fault is a fault of `argument`; what is not goes to the log.
    fn of_engine(error: &Error, argument: &'static str) -> Self {
        match error.kind() {
            ErrorKind::Validation
            | ErrorKind::InvalidLead
            | ErrorKind::UserIdTaken
            | ErrorKind::Segment
            | ErrorKind::Full => {
                let mut faults = Faults::default();
                faults.add_error(argument, error);
                Self::Invalid(faults)
            }
            ErrorKind::DeadlineExceeded | ErrorKind::Cancelled => Self::Timeout,
            _ => {
                eprintln!("lead-index: a request failed: {error}");
                Self::Internal
            }
        }
    }
}

/// The faults of a request's arguments, by argument, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(&'static str, Vec<Fault>)>);

#[derive(Debug, Serialize)]
struct Fault {
    code: &'static str,
    pointer: String,
    message: String,
}

impl Faults {
    /// Notes a fault of a whole argument.
    pub(super) fn add(&mut self, argument: &'static str, code: &'static str, message: impl Into<String>) {
        self.push(argument, Fault { code, pointer: String::new(), message: message.into() });
    }

    /// Notes that an argument is missing that has no default.
    pub(super) fn add_missing(&mut self, argument: &'static str) {
        self.add(argument, "missing_argument", format!("the argument {argument} is needed"));
    }

    /// Notes every fault that the library found in an argument.
    pub(super) fn add_error(&mut self, argument: &'static str, error: &Error) {
        for problem in error.problems() {
            self.add_problem(argument, problem);
        }
    }

    /// Notes a fault of an argument at its place.
    pub(super) fn add_problem(&mut self, argument: &'static str, problem: &Problem) {
        let message = sentence_with_place(problem);
        self.push(argument, Fault { code: problem.code, pointer: problem.pointer.clone(), message });
    }

    fn push(&mut self, argument: &'static str, fault: Fault) {
        match self.0.iter_mut().find(|(name, _)| *name == argument) {
            Some((_, faults)) => faults.push(fault),
            None => self.0.push((argument, vec![fault])),
        }
    }

    /// `ValidationError` if there is any fault.
    pub(super) fn into_result(self) -> Result<(), Failure> {
        if self.0.is_empty() { Ok(()) } else { Err(Failure::Invalid(self)) }
    }

    fn sentence(&self) -> String {
        let count: usize = self.0.iter().map(|(_, faults)| faults.len()).sum();
        let first = self.0.first().and_then(|(argument, faults)| faults.first().map(|fault| (argument, fault)));
        match first {
            Some((argument, fault)) if count == 1 => format!("{argument}: {}", fault.message),
            Some((argument, fault)) => format!("{argument}: {} (and {} more)", fault.message, count - 1),
            None => "an argument is not legal".to_owned(),
        }
    }
}

/// An answer has no key for the byte offset of unreadable JSON, so the sentence says it.
fn sentence_with_place(problem: &Problem) -> String {
    match problem.offset {
        Some(offset) if !problem.message.contains("byte") => format!("{} (at byte {offset})", problem.message),
        _ => problem.message.clone(),
    }
}

impl Serialize for Faults {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (argument, faults) in &self.0 {
            map.serialize_entry(argument, faults)?;
        }
        map.end()
    }
}
