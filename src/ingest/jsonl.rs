//! Reading leads from JSON Lines.

use crate::error::Error;
use crate::ingest::ParsedBatch;
use std::io::Read;
use std::path::Path;

/// A source of leads: JSON Lines, plain or gzip.
pub struct JsonLines {}

impl JsonLines {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// An I/O error.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let _ = path.as_ref();
        todo!()
    }

    /// Reads from anything.
    pub fn from_reader(reader: impl Read + Send + 'static) -> Self {
        drop(reader);
        todo!()
    }

    /// Calls `progress` now and then.
    #[must_use]
    pub fn on_progress(self, progress: impl FnMut(Progress) + Send + 'static) -> Self {
        drop(progress);
        todo!()
    }

    /// Parses on all cores and hands over the batches in the order of the file.
    pub(crate) fn for_each_batch(self, sink: &mut dyn FnMut(ParsedBatch) -> Result<(), Error>) -> Result<(), Error> {
        let _ = sink;
        todo!()
    }
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Lines read.
    pub lines: u64,
    /// Bytes of the source consumed (compressed ones of a gzip file).
    pub bytes: u64,
    /// Size of the source in bytes, where it is known.
    pub total_bytes: Option<u64>,
}

/// A line that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reject {
    /// Its number in the file, from 1.
    pub line: u64,
    /// Stable code of the reason.
    pub code: &'static str,
    /// One sentence for a person.
    pub message: String,
}

/// What became of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ImportReport {
    /// Lines taken: leads now in the index.
    pub accepted: u64,
    /// Of these, how many replaced a lead that the index held.
    pub replaced: u64,
    /// Lines not taken.
    pub rejected: u64,
    /// The first 1,000 lines not taken, each with the reason.
    pub rejects: Vec<Reject>,
}
