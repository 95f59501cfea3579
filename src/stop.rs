//! What ends a query before its time: a cancel token or a deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};

/// Stops a running query from another thread: clones share one switch.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that is not set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells every query that carries this token to end with an error.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether [`cancel`](CancelToken::cancel) was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// When a query must stop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop {
    pub(crate) deadline: Option<(Instant, Duration)>,
    pub(crate) cancel: Option<CancelToken>,
}

impl Stop {
    /// The error to end with, if it is time to end. There is never a partial answer.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.cancel.as_ref().is_some_and(CancelToken::is_cancelled) {
            return Err(Error::new(ErrorKind::Cancelled, "cancelled", "the query was cancelled by its caller"));
        }
        if let Some((start, budget)) = self.deadline
            && start.elapsed() >= budget
        {
            return Err(Error::new(
                ErrorKind::DeadlineExceeded,
                "deadline_exceeded",
                format!("the query ran longer than its budget of {budget:?}; allow more time or simplify the filter"),
            ));
        }
        Ok(())
    }
}
