//! A place in a sorted list, to go on from.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// Where the next page of a list begins: opaque, and good for the snapshot it came from, with the
/// same filter and order.
///
/// Its text form has only letters, digits, `-` and `_`, and reads back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// Publication and moment of the snapshot.
    pub(crate) version: u64,
    pub(crate) now: i64,
    /// Id of the last lead before the place.
    pub(crate) last: u64,
    /// How many leads stand before the place.
    pub(crate) rank: u64,
    /// Of the whole list.
    pub(crate) total: u64,
    /// Of filter and order.
    pub(crate) digest: u64,
    /// Keyed, over all of the above.
    pub(crate) tag: u64,
}

impl Cursor {
    /// How many leads stand before the place. O(1).
    #[must_use]
    pub fn rank(&self) -> u64 {
        self.rank
    }

    /// How many leads the whole list has. O(1).
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.tag)
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Err(Error::invalid("invalid_cursor", format!("being built: {text}")))
    }
}
