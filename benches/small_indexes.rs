//! What does an index cost that holds next to nothing?
//!
//! A service keeps an index for each of its customers, and most customers are small. Ten thousand
//! indexes (a hundred in a quick run) are made in one process, in five states, a process a state so
//! that none lives on the memory that another gave back. Bytes are the growth of the process where
//! the system tells, and what the indexes themselves report. The leads are made before the time is
//! taken.
//!
//! Prints a table, then measures with criterion (with the argument `none` after `--`, the table
//! alone).

#[expect(dead_code, reason = "each benchmark uses its part")]
mod common;

use criterion::{BatchSize, Criterion};
use lead_index::sample::{self, SEED};
use lead_index::{Filter, Lead, LeadIndex, Query};
use std::process::Command;
use std::time::{Duration, Instant};

const INDEXES: usize = 10_000;
const LEADS: u64 = 10;

/// A name and a way to make an index.
type State = (&'static str, fn(Vec<Lead>) -> LeadIndex);

const STATES: [State; 5] = [
    ("empty", |_| common::empty_index()),
    ("10 leads, each published alone", one_by_one),
    ("10 leads in a batch", in_a_batch),
    ("10 leads, a sort asked", sorted),
    ("10 leads, a sort asked, a live filter", kept),
];

/// The argument by which the benchmark starts itself for one state.
const ONLY: &str = "--only-state";

fn main() {
    let indexes = if common::quick() { 100 } else { INDEXES };
    let leads: Vec<Lead> = sample::leads(LEADS, SEED).collect();
    if let Some(state) = std::env::args().skip_while(|argument| argument != ONLY).nth(1) {
        let state = state.parse().ok().and_then(|at: usize| STATES.get(at)).expect("the number of a state");
        return print_row(*state, indexes, &leads);
    }
    println!("\n{indexes} indexes, {LEADS} leads of the sample in each\n");
    println!("| index | bytes each, resident | bytes each, as reported | time to make one, us: median | p99 |");
    println!("|---|---:|---:|---:|---:|");
    (0..STATES.len()).for_each(run_alone);
    println!();
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("small-indexes");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(20);
    for (name, make) in STATES {
        group.bench_function(name, |b| b.iter_batched(|| leads.clone(), make, BatchSize::SmallInput));
    }
    group.finish();
    criterion.final_summary();
}

/// Prints the row of a state from a process of its own.
fn run_alone(state: usize) {
    let this = std::env::current_exe().expect("the system tells where the benchmark is");
    let same = std::env::args().skip(1).filter(|argument| argument == "--bench" || argument == "--test");
    let status = Command::new(this).args(same).args([ONLY, &state.to_string()]).status();
    assert!(status.expect("the benchmark starts itself").success(), "state {state}");
}

fn print_row((name, make): State, indexes: usize, leads: &[Lead]) {
    // Room that is reserved before the first look at the process does not count as the indexes'.
    let (mut made, mut times) = (Vec::with_capacity(indexes), vec![Duration::ZERO; indexes]);
    let before = common::resident();
    for time in &mut times {
        let leads = leads.to_vec();
        let start = Instant::now();
        made.push(make(leads));
        *time = start.elapsed();
    }
    let resident = before.zip(common::resident()).map(|(before, after)| after.saturating_sub(before));
    let reported: u64 = made.iter().map(|index| index.memory().total()).sum();
    let each = |bytes: u64| format!("{:.0}", bytes as f64 / indexes as f64);
    times.sort_unstable();
    let [median, p99] = [0.5, 0.99].map(|share| common::micros(common::percentile(&times, share)));
    println!("| {name} | {} | {} | {median} | {p99} |", resident.map_or("-".to_owned(), each), each(reported));
}

fn one_by_one(leads: Vec<Lead>) -> LeadIndex {
    let index = common::empty_index();
    for lead in leads {
        index.insert(lead).expect("the sample is legal");
    }
    index
}

fn in_a_batch(leads: Vec<Lead>) -> LeadIndex {
    let index = common::empty_index();
    let written = index.batch(|batch| leads.into_iter().try_for_each(|lead| batch.insert(lead)));
    written.expect("the sample is legal");
    index
}

/// The order that the page asks for is built at once: ten thousand threads would measure themselves.
fn sorted(leads: Vec<Lead>) -> LeadIndex {
    let index = in_a_batch(leads);
    assert!(index.prepare_order("$last_seen"), "everybody was seen");
    let page = index.query(&Query::new()).expect("the query is legal");
    assert!(page.total() > 0, "most of the sample are leads");
    index
}

fn kept(leads: Vec<Lead>) -> LeadIndex {
    let index = sorted(leads);
    index.keep(Filter::known("$email")).expect("the filter is legal");
    index
}
