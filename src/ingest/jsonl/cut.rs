//! From bytes to batches of whole lines: tells gzip, drops the byte order mark, numbers the lines
//! and skips those that are too long without holding them.

use super::Settings;
use flate2::bufread::MultiGzDecoder;
use std::cell::Cell;
use std::io::{self, BufReader, Cursor, Read};
use std::rc::Rc;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Compressed bytes read at once.
const GZIP_BUFFER: usize = 64 * 1024;

/// A run of whole lines, not parsed yet.
#[derive(Debug)]
pub(super) struct Raw {
    /// The lines, each with its line end but the last of the file, perhaps.
    pub(super) bytes: Vec<u8>,
    /// Number of the first line in the file, from 1.
    pub(super) first_line: u64,
    /// The batch is one line that is too long to be held; `bytes` is empty.
    pub(super) too_long: bool,
    /// Bytes of the source read so far.
    pub(super) bytes_read: u64,
}

/// Cuts a source into batches.
///
/// A batch ends at the last newline among the first `batch_bytes` bytes; what follows it is
/// carried into the next one. A line longer than that lets the buffer grow up to the longest legal
/// line and its line end; beyond it the line is dropped as it is read.
pub(super) struct Cutter {
    content: Box<dyn Read>,
    /// Bytes of the source read so far, before decompression.
    source_bytes: Rc<Cell<u64>>,
    /// What followed the last newline of the batch before.
    carry: Vec<u8>,
    next_line: u64,
    at_start: bool,
    at_end: bool,
    settings: Settings,
}

impl Cutter {
    /// Looks at the first bytes of `source` to tell gzip from plain text.
    pub(super) fn new(source: impl Read + 'static, settings: Settings) -> io::Result<Self> {
        let source_bytes = Rc::new(Cell::new(0));
        let mut counted = Counted { source, bytes: Rc::clone(&source_bytes) };
        let mut head = Vec::with_capacity(GZIP.len());
        counted.by_ref().take(GZIP.len() as u64).read_to_end(&mut head)?;
        let compressed = head == GZIP;
        let whole = Cursor::new(head).chain(counted);
        let content: Box<dyn Read> = if compressed {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(GZIP_BUFFER, whole)))
        } else {
            Box::new(whole)
        };
        Ok(Self { content, source_bytes, carry: Vec::new(), next_line: 1, at_start: true, at_end: false, settings })
    }

    /// The next batch, in `buffer`; `None` at the end.
    pub(super) fn next_batch(&mut self, mut buffer: Vec<u8>) -> io::Result<Option<Raw>> {
        buffer.clear();
        buffer.append(&mut self.carry);
        let longest = self.settings.line_bytes + b"\r\n".len();
        let mut target = self.settings.batch_bytes;
        loop {
            self.fill(&mut buffer, target)?;
            if self.at_end {
                break;
            }
            if let Some(at) = memchr::memrchr(b'\n', &buffer) {
                self.carry.extend_from_slice(&buffer[at + 1..]);
                buffer.truncate(at + 1);
                break;
            }
            if buffer.len() >= longest {
                return self.skip_line(buffer).map(Some);
            }
            target = (2 * target).min(longest);
        }
        Ok((!buffer.is_empty()).then(|| self.batch(buffer, false)))
    }

    /// Drops the rest of a line of which `buffer` holds the beginning.
    fn skip_line(&mut self, mut buffer: Vec<u8>) -> io::Result<Raw> {
        loop {
            buffer.clear();
            self.fill(&mut buffer, self.settings.batch_bytes)?;
            if let Some(at) = memchr::memchr(b'\n', &buffer) {
                self.carry.extend_from_slice(&buffer[at + 1..]);
                break;
            }
            if self.at_end {
                break;
            }
        }
        buffer.clear();
        Ok(self.batch(buffer, true))
    }

    fn batch(&mut self, bytes: Vec<u8>, too_long: bool) -> Raw {
        let first_line = self.next_line;
        let unfinished = too_long || bytes.last().is_some_and(|&last| last != b'\n');
        self.next_line += memchr::memchr_iter(b'\n', &bytes).count() as u64 + u64::from(unfinished);
        Raw { bytes, first_line, too_long, bytes_read: self.source_bytes.get() }
    }

    /// Reads until `buffer` holds `target` bytes or the source ends.
    fn fill(&mut self, buffer: &mut Vec<u8>, target: usize) -> io::Result<()> {
        let wanted = target.saturating_sub(buffer.len());
        if wanted == 0 || self.at_end {
            return Ok(());
        }
        buffer.reserve(wanted);
        self.at_end = self.content.by_ref().take(wanted as u64).read_to_end(buffer)? < wanted;
        if std::mem::take(&mut self.at_start) && buffer.starts_with(BYTE_ORDER_MARK) {
            buffer.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(())
    }
}

/// Counts what is read through it.
struct Counted<R> {
    source: R,
    bytes: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        self.bytes.set(self.bytes.get() + count as u64);
        Ok(count)
    }
}
