//! How much longer does a page take while a writer writes as fast as it can?
//!
//! 1,000,000 leads, or as many as `LEAD_INDEX_BENCH_LEADS` says, all nine classes kept and their
//! orders built. Two threads for two cores: a reader and one other, which is
//!
//! - *control*: a thread that counts and never touches the index,
//! - *batches*: a writer of the mix (see `load`) in batches of 1,000,
//! - *alone*: a writer that publishes each write of the mix by itself.
//!
//! Requests are due at fixed times, whether or not the reader is through with the one before, and
//! latency counts from the time a request is due: a slow page delays those behind it and cannot hide
//! them (no coordinated omission). Each page is timed with and without a live filter. What counts is
//! the ratio to the control of the same line. Nothing here is left to criterion.

#[expect(dead_code, reason = "each benchmark uses its part")]
mod common;
#[expect(dead_code, reason = "each benchmark uses its part")]
mod load;

use lead_index::LeadIndex;
use load::{Kind, Spread, Writes};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// At least this often is a page asked for, and at least this long.
const REQUESTS: u32 = 3_000;
const SECONDS: u32 = 5;
/// Sleep is not exact: this much before a request is due the reader stays awake.
const AWAKE: Duration = Duration::from_micros(150);

/// What the other thread does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    Control,
    Batches,
    Alone,
}

impl Other {
    fn name(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Batches => "batches",
            Self::Alone => "alone",
        }
    }
}

fn main() {
    let count = common::lead_count(1_000_000);
    let index = common::build_ordered(count);
    let classes = common::keep_classes(&index, count);
    let mut writes = Writes::new(count, Kind::Mix, Spread::Few);
    println!("\n{count} leads, latency of a page of 20 and its total in microseconds, from the time it is due\n");
    println!(
        "| page | beside | requests | due each | p50 | p99 | p99.9 | p99 / control | p99.9 / control | writes a second |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    for class in &classes {
        let offset = if class.class.id == "q7" { count / 4 } else { 0 };
        let id = class.class.id;
        print_page(&format!("{id} live"), &index, &mut writes, || class.page(offset).ids());
        print_page(&format!("{id} cold"), &index, &mut writes, || class.cold_page(&index, offset).ids());
    }
    println!();
    common::assert_live_is_cold(&index, &classes);
}

/// One page beside each of the three other threads.
fn print_page(name: &str, index: &LeadIndex, writes: &mut Writes, ask: impl Fn() -> Vec<u64> + Sync) {
    let schedule = Schedule::for_page(&ask);
    let mut control: Option<[Duration; 3]> = None;
    for other in [Other::Control, Other::Batches, Other::Alone] {
        let (mut latencies, rate) = beside(other, index, writes, || schedule.run(&ask));
        latencies.sort_unstable();
        let times = [0.5, 0.99, 0.999].map(|share| common::percentile(&latencies, share));
        let base = *control.get_or_insert(times);
        let ratio = |at: usize| times[at].as_secs_f64() / base[at].as_secs_f64().max(1e-9);
        println!(
            "| {name} | {} | {} | {} | {} | {:.1} | {:.1} | {rate:.0} |",
            other.name(),
            latencies.len(),
            common::micros(schedule.interval),
            times.map(common::micros).join(" | "),
            ratio(1),
            ratio(2)
        );
    }
}

/// When requests are due.
struct Schedule {
    interval: Duration,
    requests: u32,
}

impl Schedule {
    /// A request each millisecond; fewer where pages are long, so that the reader alone is busy for a
    /// fifth of its time at most.
    fn for_page<T>(ask: impl Fn() -> T) -> Self {
        let interval = (common::median(ask) * 5).max(Duration::from_millis(1));
        let fit = (Duration::from_secs(SECONDS.into()).as_nanos() / interval.as_nanos()) as u32;
        Self { interval, requests: if common::quick() { 20 } else { fit.max(REQUESTS) } }
    }

    /// Asks at the due times; from each of them to its answer.
    fn run<T>(&self, ask: impl Fn() -> T) -> Vec<Duration> {
        let begin = Instant::now();
        let one = |request: u32| {
            let due = begin + self.interval * request;
            let left = due.saturating_duration_since(Instant::now());
            if left > AWAKE {
                std::thread::sleep(left - AWAKE);
            }
            while Instant::now() < due {
                std::hint::spin_loop();
            }
            black_box(ask());
            due.elapsed()
        };
        (1..=self.requests).map(one).collect()
    }
}

/// Ends the other thread, even where the reader panics.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `read` while the other thread does its part; what it returns, and the writes a second.
fn beside<T>(other: Other, index: &LeadIndex, writes: &mut Writes, read: impl FnOnce() -> T) -> (T, f64) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let at_work = scope.spawn(|| {
            let (begin, mut made) = (Instant::now(), 0);
            while !stop.load(Ordering::Relaxed) {
                made += work(other, index, writes);
            }
            made as f64 / begin.elapsed().as_secs_f64()
        });
        let ends = Stop(&stop);
        let answer = read();
        drop(ends);
        (answer, at_work.join().expect("the other thread does not panic"))
    })
}

/// Some work of the other thread, short enough that its end is heard of soon; how many writes it was.
fn work(other: Other, index: &LeadIndex, writes: &mut Writes) -> usize {
    let mut next = |size| {
        index.clock().set(writes.now());
        writes.batch(size)
    };
    match other {
        Other::Control => {
            black_box((0..10_000u64).fold(0, |sum: u64, n| black_box(sum.wrapping_mul(31).wrapping_add(n))));
            0
        }
        Other::Batches => {
            let batch = next(1_000);
            load::publish_all(index, &batch);
            batch.len()
        }
        Other::Alone => {
            let few = next(100);
            few.iter().for_each(|write| write.publish(index));
            few.len()
        }
    }
}
