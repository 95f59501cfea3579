//! The threads of an import: one reads, some parse, the caller receives.
//!
//! A fixed number of buffers goes round: the reader takes a free one, fills it and queues it, a
//! parser turns it into a batch, and the caller frees it once the batch has been taken. Whoever is
//! behind, no more batches than buffers exist, so the queues themselves need no bound. The oldest
//! batch in flight never waits for a younger one, so it always arrives.

use super::Settings;
use super::cut::{Cutter, Raw};
use super::line::parse_batch;
use crate::error::Error;
use crate::ingest::ParsedBatch;
use crate::sync::Mutex;
use std::any::Any;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// Why an import ended early.
#[derive(Debug)]
pub(super) enum Failure {
    /// The source could not be read.
    Source(io::Error),
    /// The receiver of the batches refused one.
    Sink(Error),
}

/// What arrives at the caller, numbered in the order of the file.
enum Arrival {
    Batch(Box<ParsedBatch>, Vec<u8>),
    /// A parser panicked; the caller panics with the same payload.
    Panic(Box<dyn Any + Send>),
    /// The reader is done.
    End(io::Result<()>),
}

type Deliver<'a> = dyn FnMut(ParsedBatch) -> Result<(), Error> + 'a;

/// Runs the threads until the source ends, it fails, or `deliver` returns an error. A panic of the
/// source, of a parser or of `deliver` ends all threads and goes on in the caller.
pub(super) fn run(source: Box<dyn Read + Send>, settings: Settings, deliver: &mut Deliver<'_>) -> Result<(), Failure> {
    let (raw_in, raw_out) = channel();
    let raw_out = &Mutex::new(raw_out);
    thread::scope(|scope| {
        // Both ends of the caller live in here: dropping them on any way out stops the others.
        let (free_in, free_out) = channel();
        let (done_in, done_out) = channel();
        for _ in 0..2 * settings.parsers + 2 {
            let _ = free_in.send(Vec::new());
        }
        for _ in 0..settings.parsers {
            let done = done_in.clone();
            scope.spawn(move || parse_all(raw_out, &done, settings));
        }
        let reader = scope.spawn(move || read_all(source, settings, &free_out, &raw_in, &done_in));
        let outcome = receive_all(&done_out, &free_in, deliver);
        drop((free_in, done_out));
        if let Err(panic) = reader.join() {
            resume_unwind(panic);
        }
        outcome
    })
}

/// Cuts the source into batches until it ends or the caller hangs up.
fn read_all(
    source: Box<dyn Read + Send>,
    settings: Settings,
    free: &Receiver<Vec<u8>>,
    raw: &Sender<(u64, Raw)>,
    done: &Sender<(u64, Arrival)>,
) {
    let mut number = 0;
    let cut = || {
        let mut cutter = Cutter::new(source, settings)?;
        while let Ok(buffer) = free.recv() {
            let Some(batch) = cutter.next_batch(buffer)? else { break };
            if raw.send((number, batch)).is_err() {
                break;
            }
            number += 1;
        }
        Ok(())
    };
    let outcome = cut();
    let _ = done.send((number, Arrival::End(outcome)));
}

/// Parses batches until there are no more or the caller hangs up.
fn parse_all(raw: &Mutex<Receiver<(u64, Raw)>>, done: &Sender<(u64, Arrival)>, settings: Settings) {
    loop {
        let next = raw.lock().recv();
        let Ok((number, batch)) = next else { return };
        let arrival = match catch_unwind(AssertUnwindSafe(|| parse_batch(&batch, settings.line_bytes))) {
            Ok(parsed) => Arrival::Batch(Box::new(parsed), batch.bytes),
            Err(panic) => Arrival::Panic(panic),
        };
        if done.send((number, arrival)).is_err() {
            return;
        }
    }
}

/// Hands the batches over in the order of their numbers and frees their buffers.
fn receive_all(
    done: &Receiver<(u64, Arrival)>,
    free: &Sender<Vec<u8>>,
    deliver: &mut Deliver<'_>,
) -> Result<(), Failure> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    while let Ok((number, arrival)) = done.recv() {
        early.insert(number, arrival);
        while let Some(arrival) = early.remove(&next) {
            next += 1;
            match arrival {
                Arrival::Batch(batch, buffer) => {
                    deliver(*batch).map_err(Failure::Sink)?;
                    // The reader may be done and gone; then nobody needs the buffer.
                    let _ = free.send(buffer);
                }
                Arrival::Panic(panic) => resume_unwind(panic),
                Arrival::End(outcome) => return outcome.map_err(Failure::Source),
            }
        }
    }
    // The reader hung up without a word: it panicked, and joining it tells.
    Ok(())
}
