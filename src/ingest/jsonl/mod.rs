//! Reading leads from JSON Lines.
//!
//! One thread cuts the source into batches of whole lines ([`cut`]), as many parsers as there are
//! cores turn batches into leads ([`mod@line`]), and the calling thread receives the batches in the
//! order of the file ([`pipeline`]). A fixed number of buffers goes round between them, so memory
//! is bounded however long the file is and whoever is slowest.

mod cut;
mod exact;
mod json;
mod line;
mod names;
mod pipeline;
#[cfg(test)]
mod tests;

use crate::error::Error;
use crate::ingest::ParsedBatch;
use crate::limits;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A source of leads: JSON Lines, plain or gzip.
///
/// Each line is one lead, `{"id":3568,"user_id":"54784","conversations":2,"web_push":false,
/// "props":{...}}`, all but `id` optional. Gzip, of several members too, is told by the content,
/// never by a name. CRLF, a byte order mark, blank lines and a last line without a newline are
/// accepted; a line holds up to 1 MiB. The source is streamed: memory stays the same however long
/// it is.
///
/// ```
/// use lead_index::JsonLines;
/// let lines: &[u8] = b"{\"id\":1,\"props\":{\"$email\":\"ann@example.com\"}}\n{\"id\":2}\n";
/// let source = JsonLines::from_reader(lines).on_progress(|progress| eprintln!("{} lines", progress.lines));
/// # drop(source);
/// ```
pub struct JsonLines {
    reader: Box<dyn Read + Send>,
    /// What error messages call the source.
    name: String,
    total_bytes: Option<u64>,
    progress: Option<Box<dyn FnMut(Progress) + Send>>,
    settings: Settings,
}

/// The sizes that decide which path a source takes; tests make them tiny.
#[derive(Debug, Clone, Copy)]
struct Settings {
    /// Bytes of a batch: large enough that handing one over costs nothing a line, small enough
    /// that the batches in flight fit the caches and the first rows come at once.
    batch_bytes: usize,
    /// Longest line, without its line end.
    line_bytes: usize,
    /// Threads that parse.
    parsers: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch_bytes: 256 * 1024,
            line_bytes: limits::IMPORT_LINE,
            parsers: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

impl JsonLines {
    /// Opens a file. O(1): it is read by the import.
    ///
    /// # Errors
    ///
    /// An I/O error that names the path: it cannot be opened, or it is a directory.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let opened = File::open(path).and_then(|file| {
            let metadata = file.metadata()?;
            if metadata.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok((file, metadata)) }
        });
        let (file, metadata) =
            opened.map_err(|error| Error::io(format_args!("cannot open {}", path.display()), error))?;
        let mut source = Self::from_reader(file);
        source.name = path.display().to_string();
        source.total_bytes = metadata.is_file().then_some(metadata.len());
        Ok(source)
    }

    /// Reads from anything: a socket, standard input, bytes in memory. O(1): it is read by the
    /// import, on a thread of its own, in large pieces; a buffer around it gains nothing.
    pub fn from_reader(reader: impl Read + Send + 'static) -> Self {
        Self {
            reader: Box::new(reader),
            name: "the source".to_owned(),
            total_bytes: None,
            progress: None,
            settings: Settings::default(),
        }
    }

    /// Calls `progress` now and then while the source is imported, on the importing thread.
    #[must_use]
    pub fn on_progress(mut self, progress: impl FnMut(Progress) + Send + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// Parses on all cores and hands over the batches in the order of the file, on the calling
    /// thread. Ends with the first error of the sink. No thread outlives the call, so an early end
    /// waits for the read that is under way.
    ///
    /// # Errors
    ///
    /// The sink's error, or an I/O error: the source cannot be read or is not sound gzip. What
    /// came before the faulty place may already have been handed over.
    pub(crate) fn for_each_batch(self, sink: &mut dyn FnMut(ParsedBatch) -> Result<(), Error>) -> Result<(), Error> {
        let Self { reader, name, total_bytes, mut progress, settings } = self;
        let mut lines = 0;
        let mut deliver = |batch: ParsedBatch| {
            lines += batch.lines;
            let bytes = batch.bytes_read;
            sink(batch)?;
            if let Some(progress) = &mut progress {
                progress(Progress { lines, bytes, total_bytes });
            }
            Ok(())
        };
        pipeline::run(reader, settings, &mut deliver).map_err(|error| match error {
            pipeline::Failure::Sink(error) => error,
            pipeline::Failure::Source(error) => Error::io(format_args!("cannot read {name}"), error),
        })
    }
}

impl fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines")
            .field("name", &self.name)
            .field("total_bytes", &self.total_bytes)
            .finish_non_exhaustive()
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
