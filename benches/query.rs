//! How long does a page of each query class take, against plain columns and a scan?
//!
//! 1,000,000 leads, or as many as `LEAD_INDEX_BENCH_LEADS` says. Before anything is timed, engine
//! and baseline must give the same totals and ids. Prints a table of medians taken in one run,
//! then measures each class with criterion (with the argument `none` after `--`, the table alone).
//!
//! "Caches cold": before each run as much memory is written as the caches hold, so that the data
//! comes from main memory, as it does for an index larger than the caches.

mod baseline;
#[expect(dead_code, reason = "each benchmark uses its part")]
mod common;

use baseline::{Answer, Baseline};
use criterion::Criterion;
use lead_index::sample::{self, QueryClass, SEED};
use lead_index::{LeadIndex, Query, Value};
use std::hint::black_box;
use std::time::Duration;

fn main() {
    let count = common::lead_count(1_000_000);
    let index = common::build_ordered(count);
    let baseline = Baseline::new(sample::leads(count, SEED), sample::now().unix());
    let classes = sample::query_classes(count);
    let email = email_of(&index, &classes[4].query);
    for class in &classes {
        assert_eq!(ask(&index, &class.query), baseline.answer(class.id, &email), "{}: engine and baseline", class.id);
    }
    print_table(count, &index, &baseline, &classes, &email);
    let mut criterion = Criterion::default().configure_from_args();
    measure(&mut criterion, &index, &baseline, &classes, &email);
    criterion.final_summary();
}

/// The email that the point query finds.
fn email_of(index: &LeadIndex, point: &Query) -> String {
    let page = index.query(point).expect("the query is legal");
    let lead = page.leads().next().expect("the point query asks for an email that exists").into_owned();
    match lead.props.get("$email") {
        Some(Value::String(email)) => email.clone(),
        other => panic!("no email: {other:?}"),
    }
}

/// The total and the ids of the page.
fn ask(index: &LeadIndex, query: &Query) -> Answer {
    let page = index.query(query).expect("the query is legal");
    Answer { total: page.total(), ids: page.ids() }
}

/// The total and every property of every lead of the page.
fn ask_with_properties(index: &LeadIndex, query: &Query) -> u64 {
    let page = index.query(query).expect("the query is legal");
    for lead in page.leads() {
        black_box((lead.id(), lead.user_id(), lead.conversations(), lead.web_push()));
        for property in lead.props() {
            black_box(property);
        }
    }
    page.total()
}

fn print_table(count: u64, index: &LeadIndex, baseline: &Baseline, classes: &[QueryClass], email: &str) {
    println!("\n{count} leads, medians in microseconds\n");
    println!("| class | total | engine | baseline | baseline / engine | engine, caches cold | with all properties |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for class in classes {
        let engine = common::median(|| ask(index, &class.query));
        let scan = common::median(|| baseline.answer(class.id, email));
        let evicted = common::median_after(common::evict, || ask(index, &class.query));
        let full = common::median(|| ask_with_properties(index, &class.query));
        let total = ask(index, &class.query).total;
        let (id, title) = (class.id, class.title);
        println!(
            "| {id} {title} | {total} | {} | {} | {:.1} | {} | {} |",
            common::micros(engine),
            common::micros(scan),
            scan.as_secs_f64() / engine.as_secs_f64().max(1e-9),
            common::micros(evicted),
            common::micros(full)
        );
    }
    println!();
}

fn measure(criterion: &mut Criterion, index: &LeadIndex, baseline: &Baseline, classes: &[QueryClass], email: &str) {
    let mut group = criterion.benchmark_group("query");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(30);
    for class in classes {
        group.bench_function(format!("{}/engine", class.id), |b| b.iter(|| ask(index, &class.query)));
        group.bench_function(format!("{}/engine-properties", class.id), |b| {
            b.iter(|| ask_with_properties(index, &class.query));
        });
    }
    group.sample_size(10);
    for class in classes {
        group.bench_function(format!("{}/baseline", class.id), |b| b.iter(|| baseline.answer(class.id, email)));
    }
    group.finish();
}
