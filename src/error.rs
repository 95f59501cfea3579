//! The one error type: a kind to branch on, and for each fault a stable code, a place and a
//! sentence that says what to do.

use std::fmt;
use std::sync::Arc;

/// What went wrong, as far as a program needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A filter, query or argument is not legal.
    Validation,
    /// A lead to be written breaks a rule of its values or names.
    InvalidLead,
    /// No lead has the id.
    UnknownLead,
    /// `insert` found the id taken.
    LeadExists,
    /// Another lead holds the User ID.
    UserIdTaken,
    /// A limit of the whole index is reached.
    Full,
    /// The query's deadline passed; there is no partial answer.
    DeadlineExceeded,
    /// The query's cancel token was set; there is no partial answer.
    Cancelled,
    /// The caller gave a batch up.
    Aborted,
    /// A writing call was made from inside another writing call of the same thread.
    RecursiveWrite,
    /// A live filter cannot be dropped or named as asked.
    Segment,
    /// Reading or writing failed.
    Io,
}

/// One fault: what, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// Stable name of the fault, such as `filter_too_deep`.
    pub code: &'static str,
    /// JSON pointer (RFC 6901) to the faulty place inside the argument; empty for the whole.
    pub pointer: String,
    /// Byte offset of the fault, where the text itself could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
    /// One or two sentences for a person: the limit, what was found, what to do.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(code: &'static str, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, pointer: pointer.into(), offset: None, message: message.into() }
    }

    pub(crate) fn at_offset(code: &'static str, offset: usize, message: impl Into<String>) -> Self {
        Self { code, pointer: String::new(), offset: Some(offset), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        match (self.pointer.as_str(), self.offset) {
            ("", None) => write!(f, " [{}]", self.code),
            ("", Some(offset)) => write!(f, " [{} at byte {offset}]", self.code),
            (pointer, None) => write!(f, " [{} at {pointer}]", self.code),
            (pointer, Some(offset)) => write!(f, " [{} at {pointer}, byte {offset}]", self.code),
        }
    }
}

/// Any failure of this crate.
///
/// Cheap to pass around (one pointer) and to clone. [`kind`](Error::kind) is for branching,
/// [`code`](Error::code) is a stable short name, [`problems`](Error::problems) lists every fault
/// that was found, each with its place.
#[derive(Debug, Clone)]
pub struct Error(Box<Repr>);

#[derive(Debug, Clone)]
struct Repr {
    kind: ErrorKind,
    problems: Vec<Problem>,
    source: Option<Arc<std::io::Error>>,
}

impl Error {
    /// The kind of failure. O(1).
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The stable code of the first fault. O(1).
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.problems.first().map_or("error", |problem| problem.code)
    }

    /// JSON pointer to the first fault; empty where the fault is the whole argument. O(1).
    #[must_use]
    pub fn pointer(&self) -> &str {
        self.0.problems.first().map_or("", |problem| &problem.pointer)
    }

    /// Byte offset of the first fault, where the text itself could not be read. O(1).
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.0.problems.first().and_then(|problem| problem.offset)
    }

    /// Every fault found, in the order of the text. O(1).
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.0.problems
    }

    pub(crate) fn new(kind: ErrorKind, code: &'static str, message: impl Into<String>) -> Self {
        Self::from_problems(kind, vec![Problem::new(code, "", message)])
    }

    /// An error with which the closure of a [`batch`](crate::LeadIndex::batch) gives it up:
    /// nothing of the batch is published.
    #[must_use]
    pub fn aborted(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Aborted, "aborted", message)
    }

    /// A validation error with one fault and no place.
    pub(crate) fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Validation, code, message)
    }

    /// An error that lists its faults; `problems` is not empty.
    pub(crate) fn from_problems(kind: ErrorKind, problems: Vec<Problem>) -> Self {
        debug_assert!(!problems.is_empty(), "an error names at least one fault");
        Self(Box::new(Repr { kind, problems, source: None }))
    }

    /// A failed read or write; `what` says of what.
    pub(crate) fn io(what: impl fmt::Display, source: std::io::Error) -> Self {
        let problem = Problem::new("io", "", format!("{what}: {source}"));
        Self(Box::new(Repr { kind: ErrorKind::Io, problems: vec![problem], source: Some(Arc::new(source)) }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.problems.iter().enumerate() {
            if i > 0 {
                write!(f, "; ")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
