//! Why a command ended early, and with which exit code.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use lead_index::{Error, ErrorKind};

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It was called wrongly: exit code 2, as for arguments that cannot be read.
    WrongCall(String),
    /// It could not do its job: exit code 1.
    Failed(String),
    /// Whoever read the output has seen enough: no error.
    ClosedPipe,
}

impl Stop {
    /// A failed write of the output.
    pub(crate) fn writing(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Failed(format!("the output cannot be written: {error}"))
        }
    }

    /// An error of the library about `what`: a faulty query is a wrong call, all else a failure.
    pub(crate) fn library(what: impl Display, error: &Error) -> Self {
        let sentence = format!("{what}: {}", sentence(error));
        if error.kind() == ErrorKind::Validation { Self::WrongCall(sentence) } else { Self::Failed(sentence) }
    }

    /// Says it on stderr, in one sentence, and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::WrongCall(sentence) => {
                eprintln!("lead-index: {sentence}");
                ExitCode::from(2)
            }
            Self::Failed(sentence) => {
                eprintln!("lead-index: {sentence}");
                ExitCode::from(1)
            }
            Self::ClosedPipe => ExitCode::SUCCESS,
        }
    }
}

/// The first fault, its place, and how many more there are.
fn sentence(error: &Error) -> String {
    let problems = error.problems();
    let Some(first) = problems.first() else { return error.to_string() };
    let mut sentence = first.message.clone();
    if !first.pointer.is_empty() {
        sentence.push_str(&format!(" (at {})", first.pointer));
    } else if let Some(offset) = first.offset {
        sentence.push_str(&format!(" (at byte {offset})"));
    }
    if problems.len() > 1 {
        sentence.push_str(&format!(", and {} more", problems.len() - 1));
    }
    sentence
}
