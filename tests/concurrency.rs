//! Readers and writers at the same time: what each of them sees, and that nobody is ever stuck.
//!
//! Nothing here is timed. Threads run bounded counts and meet by channels; a watchdog ends a test
//! whose threads wait for each other. `LEAD_INDEX_READS` sets how many reads the history checker
//! makes (200,000), `LEAD_INDEX_SEED` where its seeds begin (1).

mod concurrency {
    pub(crate) mod answers;
    pub(crate) mod batches;
    pub(crate) mod held;
    pub(crate) mod history;
    pub(crate) mod listening;
    pub(crate) mod model;
    pub(crate) mod one_core;
    pub(crate) mod panics;
    pub(crate) mod recursion;
    pub(crate) mod reuse;
    pub(crate) mod tasks;
    pub(crate) mod turns;
    pub(crate) mod wheel;
}

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use lead_index::{Clock, DateTime, Lead, LeadIndex};

/// The present of the tests: 2026-09-21T14:13:20.
const NOW: i64 = 1_790_000_000;

/// `NOW` and some seconds.
fn after(seconds: i64) -> DateTime {
    DateTime::from_unix(NOW + seconds).expect("a date of this century")
}

/// An index of small blocks whose clock stands.
fn index() -> LeadIndex {
    LeadIndex::builder().block_rows(64).clock(Clock::fixed(after(0))).build()
}

/// Somebody whom the criteria call a lead.
fn lead(id: u64) -> Lead {
    Lead::new(id).with("$email", format!("{id}@example.com"))
}

/// An index with the leads 1 to `count`.
fn index_of(count: u64) -> LeadIndex {
    let index = index();
    index.batch(|batch| (1..=count).try_for_each(|id| batch.insert(lead(id)))).expect("new leads");
    index
}

/// Proves the structures.
fn sound(index: &LeadIndex) {
    index.validate().expect("sound structures");
}

/// How long a test may take before its threads are taken to wait for each other: far longer than any needs.
const WATCHDOG: Duration = Duration::from_secs(60);

/// Runs `body` and fails if it is stuck.
fn watched(body: impl FnOnce() + Send + 'static) {
    watched_for(WATCHDOG, body);
}

fn watched_for(time: Duration, body: impl FnOnce() + Send + 'static) {
    let (alive, ended) = channel::<()>();
    let body = thread::spawn(move || {
        let _alive = alive;
        body();
    });
    if ended.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
        panic!("the threads are stuck");
    }
    if let Err(panic) = body.join() {
        resume_unwind(panic);
    }
}

/// One of those who are still at work, until it is dropped: by a panic too.
struct AtWork<'a>(&'a AtomicUsize);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}

/// Runs `work` on so many threads, and meanwhile calls `rest` over and over, with the number of the
/// call, until all of them are done. Returns how many calls that were.
fn meanwhile(threads: usize, work: impl Fn(usize) + Sync, mut rest: impl FnMut(u64)) -> u64 {
    let left = AtomicUsize::new(threads);
    thread::scope(|scope| {
        for number in 0..threads {
            let (left, work) = (&left, &work);
            scope.spawn(move || {
                let _at_work = AtWork(left);
                work(number);
            });
        }
        let mut calls = 0;
        while left.load(Ordering::Acquire) > 0 {
            rest(calls);
            calls += 1;
        }
        calls
    })
}

/// A panic that prints nothing, as the fault of a caller.
fn faulty() -> ! {
    resume_unwind(Box::new("a fault of the caller"))
}

/// A whole number from the environment, for longer runs.
fn amount(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is a whole number, not {text:?}")),
        Err(_) => default,
    }
}
