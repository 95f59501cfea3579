//! A place in a sorted list, to go on from.
//!
//! A place is the id of the lead before it, which the snapshot finds again, and from which the engine
//! seeks; so a cursor costs the same at any depth. Around that stands what the cursor is good for, and
//! a tag over all of it, keyed anew in each process: a cursor that was not made by this index, or was
//! changed on its way through a caller, is refused and never followed.

use std::fmt::{self, Write as _};
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::LazyLock;

use crate::datetime::DateTime;
use crate::error::Error;
use crate::query::Query;

/// Where the next page of a list begins: opaque, and good for the snapshot it came from, with the
/// same filter and order.
///
/// A cursor is of one publication of one index in one process: any snapshot of that publication takes
/// it, and no other. Pages that it begins are as of the moment of the page that it came from.
///
/// Its text form has only letters, digits, `-` and `_`, and reads back.
///
/// ```
/// use lead_index::{Cursor, Lead, LeadIndex, Order, Query};
///
/// let index = LeadIndex::new();
/// for id in 1..=5 {
///     index.insert(Lead::new(id).with("$name", format!("Ann {id}")))?;
/// }
/// let (snapshot, query) = (index.snapshot(), Query::new().sort_by("$name", Order::Asc).limit(2));
/// let mut page = snapshot.query(&query)?;
/// let mut ids = page.ids();
/// index.remove(4)?; // the snapshot does not see it
/// while let Some(cursor) = page.next_cursor() {
///     let sent: Cursor = cursor.to_string().parse()?;
///     page = snapshot.resume(&query, &sent)?;
///     ids.extend(page.ids());
/// }
/// assert_eq!(ids, [1, 2, 3, 4, 5]);
/// # Ok::<(), lead_index::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// Publication of the snapshot, and the moment that its pages are answered as of.
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
    /// Keyed, over all of the above and the index.
    pub(crate) tag: u64,
}

/// The key of digests and tags: of this process, and never told.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// What a list depends on beside the snapshot. The query must be valid: hashing follows the depth of
/// the filter. O(filter).
fn digest(query: &Query) -> u64 {
    // The asked `at` and not the moment itself: a query without one goes on as of its first page.
    KEY.hash_one((&query.filter, &query.sort_prop, query.sort_order, query.universe, query.now))
}

impl Cursor {
    /// The place behind the lead `last`, the `rank`-th of a list of `total`. `index`: number of the index.
    pub(crate) fn new(
        index: u64,
        version: u64,
        now: DateTime,
        query: &Query,
        (last, rank, total): (u64, u64, u64),
    ) -> Self {
        let mut cursor = Self { version, now: now.unix(), last, rank, total, digest: digest(query), tag: 0 };
        cursor.tag = cursor.tag_for(index);
        cursor
    }

    fn tag_for(&self, index: u64) -> u64 {
        let Self { version, now, last, rank, total, digest, tag: _ } = *self;
        KEY.hash_one((index, version, now, last, rank, total, digest))
    }

    /// Whether this index made the cursor, at whatever point in time.
    pub(crate) fn is_of(&self, index: u64) -> bool {
        self.tag == self.tag_for(index)
    }

    /// Checks that the cursor is of this publication of this index, and of this query, which is valid.
    pub(crate) fn check(&self, index: u64, version: u64, query: &Query) -> Result<(), Error> {
        if !self.is_of(index) || self.version != version {
            return Err(invalid("it is of another index or of another point in time, or it was changed"));
        }
        if self.digest != digest(query) {
            return Err(Error::invalid(
                "cursor_mismatch",
                "the cursor is of another filter, order, universe or moment; send those of its first page again",
            ));
        }
        Ok(())
    }

    /// The moment that its pages are answered as of.
    pub(crate) fn now(&self) -> Option<DateTime> {
        DateTime::from_unix(self.now)
    }

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

/// The one error of a cursor that is not followed, but for that of another query.
pub(crate) fn invalid(why: &str) -> Error {
    Error::invalid("invalid_cursor", format!("the cursor cannot be followed: {why}; begin again without one"))
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Digits of a word, the lowest six bits first.
const WORD: usize = 11;
/// Words of a cursor.
const WORDS: usize = 7;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, now, last, rank, total, digest, tag } = *self;
        for word in [version, now.cast_unsigned(), last, rank, total, digest, tag] {
            for at in 0..WORD {
                f.write_char(char::from(DIGITS[(word >> (6 * at) & 63) as usize]))?;
            }
        }
        Ok(())
    }
}

impl FromStr for Cursor {
    type Err = Error;

    /// # Errors
    ///
    /// `invalid_cursor` for whatever [`Display`](fmt::Display) did not write. Whether the cursor is good is found out
    /// by whoever follows it.
    fn from_str(text: &str) -> Result<Self, Error> {
        let (words, rest) = text.as_bytes().as_chunks::<WORD>();
        // One more than there should be tells that there are too many.
        let words: Option<Vec<u64>> = words.iter().take(WORDS + 1).map(word).collect();
        match (words.as_deref(), rest) {
            (Some(&[version, now, last, rank, total, digest, tag]), []) => {
                Ok(Self { version, now: now.cast_signed(), last, rank, total, digest, tag })
            }
            _ => Err(invalid("it is not the text of a cursor")),
        }
    }
}

/// The word that the digits spell, if they are digits and fit.
fn word(digits: &[u8; WORD]) -> Option<u64> {
    let mut word = 0u64;
    for digit in digits.iter().rev() {
        let value = DIGITS.iter().position(|other| other == digit)? as u64;
        word = word.checked_mul(64)? + value;
    }
    Some(word)
}
