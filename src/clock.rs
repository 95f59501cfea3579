//! Where `now` comes from.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::datetime::DateTime;

/// The source of `now` for relative dates and presence.
///
/// A query reads it once. Clones share one hand: [`Clock::set`] on a clone moves them all.
#[derive(Debug, Clone, Default)]
pub struct Clock(Source);

#[derive(Debug, Clone, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `now` until [`set`](Clock::set) moves it.
    #[must_use]
    pub fn fixed(now: DateTime) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(now.unix()))))
    }

    /// Moves a fixed clock; the system's clock cannot be moved and ignores it.
    pub fn set(&self, now: DateTime) {
        if let Source::Manual(hand) = &self.0 {
            hand.store(now.unix(), Ordering::Release);
        }
    }

    /// The present second. O(1).
    #[must_use]
    pub fn now(&self) -> DateTime {
        let seconds = match &self.0 {
            Source::System => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
                Err(_) => 0,
            },
            Source::Manual(hand) => hand.load(Ordering::Acquire),
        };
        DateTime::from_unix(seconds).unwrap_or(DateTime::MAX)
    }
}
