//! How much memory does an index take, before and after the orders of the nine classes?
//!
//! Nothing is timed. 1,000,000 leads, or as many as `LEAD_INDEX_BENCH_LEADS` says.

#[expect(dead_code, reason = "each benchmark uses its part")]
mod common;

use lead_index::LeadIndex;

fn main() {
    let count = common::lead_count(1_000_000);
    let before = common::resident();
    let index = common::build_index(count);
    report("columns", count, &index, before);
    for property in common::SORTED {
        index.prepare_order(property);
    }
    report("columns and orders", count, &index, before);
}

fn report(what: &str, count: u64, index: &LeadIndex, before: Option<u64>) {
    let memory = index.memory();
    println!("## {what}, {count} leads\n\n{memory}\n");
    println!("total: {} MB, {:.1} bytes a lead", megabytes(memory.total()), memory.total() as f64 / count as f64);
    if let (Some(before), Some(after)) = (before, common::resident()) {
        println!("resident: {} MB, of these {} before the import\n", megabytes(after), megabytes(before));
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}
