//! How many leads a second come in, from JSON Lines, from gzip, and lead by lead?
//!
//! 200,000 leads, or as many as `LEAD_INDEX_BENCH_LEADS` says; the rate is criterion's throughput.

#[expect(dead_code, reason = "each benchmark uses its part")]
mod common;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput};
use flate2::Compression;
use flate2::write::GzEncoder;
use lead_index::sample::{self, SEED};
use lead_index::{JsonLines, Lead};
use std::io::{Cursor, Write};
use std::sync::Arc;

fn main() {
    let count = common::lead_count(200_000);
    let mut plain = Vec::new();
    sample::write_json_lines(&mut plain, count, SEED, |_| {}).expect("memory can be written");
    let gzip = compress(&plain);
    println!("{count} leads: {} bytes of JSON Lines, {} of gzip", plain.len(), gzip.len());

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("import");
    group.sample_size(10).throughput(Throughput::Elements(count));
    import(&mut group, "json-lines", count, &plain.into());
    import(&mut group, "gzip", count, &gzip.into());
    upsert(&mut group, count);
    group.finish();
    criterion.final_summary();
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory can be written")
}

fn import(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, count: u64, bytes: &Arc<[u8]>) {
    group.bench_function(name, |b| {
        b.iter_batched(
            common::empty_index,
            |index| {
                let source = JsonLines::from_reader(Cursor::new(Arc::clone(bytes)));
                let report = index.import(source).expect("the sample can be read");
                assert_eq!(report.accepted, count);
                index
            },
            BatchSize::PerIteration,
        );
    });
}

/// The index alone: prepared leads, each published on its own.
fn upsert(group: &mut BenchmarkGroup<'_, WallTime>, count: u64) {
    let leads: Vec<Lead> = sample::leads(count, SEED).collect();
    group.bench_function("upsert", |b| {
        b.iter_batched(
            || (common::empty_index(), leads.clone()),
            |(index, leads)| {
                for lead in leads {
                    index.upsert(lead).expect("the sample is legal");
                }
                index
            },
            BatchSize::PerIteration,
        );
    });
}
