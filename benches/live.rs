//! How long does a page of a live filter take, and its total, and the passing of time?
//!
//! 1,000,000 leads, or as many as `LEAD_INDEX_BENCH_LEADS` says, all nine classes kept and their
//! orders built. A page holds 20 ids and the total; "half" begins in the middle of the list. Beside
//! them stands the cold query: the same filter evaluated anew. Before anything is timed, live and
//! cold pages must be the same at each offset. Prints tables of medians taken in one run, then
//! measures with criterion (with the argument `none` after `--`, the tables alone).

#[expect(dead_code, reason = "each benchmark uses its part")]
mod common;

use common::LiveClass;
use criterion::Criterion;
use lead_index::{Change, DateTime, Filter, Heartbeat, LeadIndex, LiveFilter, Page, Presence};
use std::hint::black_box;
use std::time::{Duration, Instant};

fn main() {
    let count = common::lead_count(1_000_000);
    let index = common::build_ordered(count);
    let classes = common::keep_classes(&index, count);
    for class in &classes {
        for offset in offsets(class) {
            let (live, cold) = (class.page(offset), class.cold_page(&index, offset));
            assert_eq!((live.total(), live.ids()), (cold.total(), cold.ids()), "{} from {offset}", class.class.id);
        }
    }
    print_pages(count, &index, &classes);
    let mut criterion = Criterion::default().configure_from_args();
    measure(&mut criterion, &index, &classes);
    // Time passes here, so it comes last.
    print_ticks(count, &index, &classes);
    criterion.final_summary();
}

/// The start, a quarter and half of a class's list.
fn offsets(class: &LiveClass) -> [u64; 3] {
    let total = class.total();
    [0, total / 4, total / 2]
}

/// The total and the ids.
fn taken(page: &Page) -> (u64, Vec<u64>) {
    (page.total(), page.ids())
}

/// The total and every property of every lead of the page.
fn taken_whole(page: &Page) -> u64 {
    for lead in page.leads() {
        black_box((lead.id(), lead.user_id(), lead.conversations(), lead.web_push()));
        for property in lead.props() {
            black_box(property);
        }
    }
    page.total()
}

fn print_pages(count: u64, index: &LeadIndex, classes: &[LiveClass]) {
    println!("\n{count} leads, medians in microseconds\n");
    println!(
        "| class | total | live | a quarter | half | caches cold | with all properties | total alone | cold query | a quarter | cold / live |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for class in classes {
        let offsets = offsets(class);
        let [first, quarter, half] = offsets.map(|offset| common::median(|| taken(&class.page(offset))));
        let evicted = common::median_after(common::evict, || taken(&class.page(0)));
        let whole = common::median(|| taken_whole(&class.page(0)));
        let total = common::median(|| class.total());
        let [cold, cold_quarter] =
            [0, offsets[1]].map(|offset| common::median(|| taken(&class.cold_page(index, offset))));
        let ratio = cold.as_secs_f64() / first.as_secs_f64().max(1e-9);
        let times = [first, quarter, half, evicted, whole, total, cold, cold_quarter].map(common::micros).join(" | ");
        println!("| {} {} | {} | {times} | {ratio:.1} |", class.class.id, class.class.title, class.total());
    }
    println!();
}

/// What `tick` costs: when nothing falls due, when the class of the last seven days loses those of an
/// hour, and when heartbeats run out.
fn print_ticks(count: u64, index: &LeadIndex, classes: &[LiveClass]) {
    let online = index.keep(Filter::presence(Presence::Online)).expect("the filter is legal");
    println!("\n{count} leads, tick with ten live filters, medians in microseconds\n");
    println!("| due | tick | members that leave, on average |");
    println!("|---|---:|---:|");
    let idle = common::median(|| index.tick().expect("no batch is open"));
    println!("| nothing | {} | 0 |", common::micros(idle));
    let (time, left) = passing(index, &classes[2].live, 3_600, || ());
    println!("| an hour of the last seven days | {} | {left:.0} |", common::micros(time));
    let (time, left) = passing(index, &online, 120, || send_heartbeats(index, count));
    println!("| heartbeats | {} | {left:.0} |\n", common::micros(time));
    common::assert_live_is_cold(index, classes);
}

/// A heartbeat of each of 1,000 people, leads or not, published as one.
fn send_heartbeats(index: &LeadIndex, count: u64) {
    let step = count.div_ceil(1_000);
    let sent = index.batch(|batch| {
        let mut everyone = (0..count).step_by(usize::try_from(step).expect("a small number"));
        everyone.try_for_each(|i| batch.apply(7 * i + 3, [Change::heartbeat(Heartbeat::Online)]).map(drop))
    });
    sent.expect("the leads are there");
}

/// The median time of a tick when `seconds` have passed since `before`, and how many members of
/// `filter` it takes out on average.
fn passing(index: &LeadIndex, filter: &LiveFilter, seconds: i64, mut before: impl FnMut()) -> (Duration, f64) {
    let total = || filter.total().expect("the filter is kept");
    let runs = if common::quick() { 3 } else { 30 };
    let (mut times, mut left) = (Vec::new(), 0);
    for _ in 0..runs {
        before();
        let members = total();
        let later = index.clock().now().unix() + seconds;
        index.clock().set(DateTime::from_unix(later).expect("no run lasts that long"));
        let start = Instant::now();
        let moved = index.tick().expect("no batch is open");
        times.push(start.elapsed());
        assert_eq!(moved, total() < members, "a tick tells whether anybody left");
        left += members - total();
    }
    times.sort_unstable();
    (common::percentile(&times, 0.5), left as f64 / f64::from(runs))
}

fn measure(criterion: &mut Criterion, index: &LeadIndex, classes: &[LiveClass]) {
    let mut group = criterion.benchmark_group("live");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(30);
    for class in classes {
        for (name, offset) in ["start", "quarter", "half"].into_iter().zip(offsets(class)) {
            group.bench_function(format!("{}/{name}", class.class.id), |b| b.iter(|| taken(&class.page(offset))));
        }
        group.bench_function(format!("{}/total", class.class.id), |b| b.iter(|| class.total()));
        group.bench_function(format!("{}/cold", class.class.id), |b| b.iter(|| taken(&class.cold_page(index, 0))));
    }
    group.bench_function("tick/nothing-due", |b| b.iter(|| index.tick().expect("no batch is open")));
    group.finish();
}
