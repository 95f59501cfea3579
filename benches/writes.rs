//! How many writes a second, with every order and the live filters of all nine classes kept?
//!
//! 1,000,000 leads, or as many as `LEAD_INDEX_BENCH_LEADS` says. Each kind of write is measured
//! alone and in batches, on leads drawn evenly and unevenly (see `load`), on an index of its own.
//! Rates are of all writes of a run, not medians: indexes are made anew once in some hundred writes,
//! and a run is long enough for each block's turn. "One publication" is one call: of one write, or of
//! one batch. Afterwards each live filter must agree with its filter evaluated anew.
//!
//! `LEAD_INDEX_BENCH_KINDS=event,mix` measures those kinds alone: an index of ten million takes a
//! minute to build.
//!
//! Prints the table, then measures with criterion (with the argument `none` after `--`, the table
//! alone).

#[expect(dead_code, reason = "each benchmark uses its part")]
mod common;
#[expect(dead_code, reason = "each benchmark uses its part")]
mod load;

use common::LiveClass;
use criterion::{BatchSize, Criterion, Throughput};
use lead_index::LeadIndex;
use load::{Kind, Spread, Write, Writes};
use std::time::{Duration, Instant};

/// Writes that are published as one.
const BATCHES: [usize; 3] = [1, 1_000, 50_000];

fn main() {
    let count = common::lead_count(1_000_000);
    println!("\n{count} leads, 6 orders and 9 live filters kept; times in microseconds\n");
    println!("| write | leads | batch | writes a second | one publication: median | p99 | longest |");
    println!("|---|---|---:|---:|---:|---:|---:|");
    for kind in kinds() {
        print_kind(count, kind);
    }
    println!();
    let mut criterion = Criterion::default().configure_from_args();
    measure(&mut criterion, count);
    criterion.final_summary();
}

/// All kinds of writes, or those that `LEAD_INDEX_BENCH_KINDS` names.
fn kinds() -> Vec<Kind> {
    let named = std::env::var("LEAD_INDEX_BENCH_KINDS").ok();
    let wanted = |kind: &Kind| named.as_ref().is_none_or(|named| named.split(',').any(|name| name == kind.name()));
    Kind::ALL.into_iter().filter(wanted).collect()
}

/// An index with everything kept that the nine classes use.
fn prepare(count: u64) -> (LeadIndex, Vec<LiveClass>) {
    let index = common::build_ordered(count);
    let classes = common::keep_classes(&index, count);
    (index, classes)
}

fn print_kind(count: u64, kind: Kind) {
    let (index, classes) = prepare(count);
    if kinds().first() == Some(&kind) {
        print_row("nothing", "-", 1, &empty_publications(&index));
    }
    let mut writes = Writes::new(count, kind, Spread::Uniform);
    for spread in [Spread::Uniform, Spread::Skewed] {
        for batch in BATCHES {
            writes.turn_to(kind, spread);
            print_row(kind.name(), spread.name(), batch, &run(&index, &mut writes, batch, count));
        }
    }
    common::assert_live_is_cold(&index, &classes);
}

/// What publishing costs when nothing is written: the rate is of publications.
fn empty_publications(index: &LeadIndex) -> Vec<Duration> {
    let runs = if common::quick() { 10 } else { 20_000 };
    (0..runs).map(|_| timed(|| index.batch(|_| Ok(())).expect("nothing is legal"))).collect()
}

/// The times of one publication after another: at least two seconds of them, and enough writes that
/// each block's indexes are made anew.
fn run(index: &LeadIndex, writes: &mut Writes, batch: usize, count: u64) -> Vec<Duration> {
    let (least, budget) = if common::quick() { (1, Duration::ZERO) } else { (count / 64, Duration::from_secs(2)) };
    let (mut made, mut spent, mut times) = (0, Duration::ZERO, Vec::new());
    while made < least || spent < budget {
        index.clock().set(writes.now());
        let prepared = writes.batch(batch.max(1_000));
        made += prepared.len() as u64;
        let before = times.len();
        if batch == 1 {
            times.extend(prepared.into_iter().map(|write| timed(|| write.publish(index))));
        } else {
            times.push(timed(|| load::publish_all(index, &prepared)));
        }
        spent += times[before..].iter().sum::<Duration>();
    }
    times
}

fn timed(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

fn print_row(what: &str, leads: &str, batch: usize, times: &[Duration]) {
    let spent: Duration = times.iter().sum();
    let rate = (times.len() * batch) as f64 / spent.as_secs_f64().max(1e-9);
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let [median, p99, longest] = [0.5, 0.99, 1.0].map(|share| common::micros(common::percentile(&sorted, share)));
    println!("| {what} | {leads} | {batch} | {rate:.0} | {median} | {p99} | {longest} |");
}

fn measure(criterion: &mut Criterion, count: u64) {
    let mut group = criterion.benchmark_group("writes");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(20);
    for kind in kinds() {
        let (index, _classes) = prepare(count);
        let mut writes = Writes::new(count, kind, Spread::Uniform);
        let mut next = |size| {
            index.clock().set(writes.now());
            writes.batch(size)
        };
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("{}/alone", kind.name()), |b| {
            b.iter_batched(|| next(1)[0], |write: Write| write.publish(&index), BatchSize::SmallInput);
        });
        group.throughput(Throughput::Elements(1_000));
        group.bench_function(format!("{}/batch-1000", kind.name()), |b| {
            b.iter_batched(|| next(1_000), |batch| load::publish_all(&index, &batch), BatchSize::PerIteration);
        });
    }
    group.finish();
}
