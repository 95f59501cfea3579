//! What every benchmark needs: the size of the run, an index of the sample, medians, and memory.

use lead_index::sample::{self, QueryClass, SEED};
use lead_index::{Clock, JsonLines, Lead, LeadIndex, LiveFilter, Page, Query};
use std::io::{self, Read};
use std::time::{Duration, Instant};

/// The properties that the nine classes sort by.
pub(crate) const SORTED: [&str; 6] = ["$last_seen", "$sessions", "$created", "$name", "$event_18_count", "ltv"];

/// Leads of a run that only shows that the benchmark works.
const QUICK: u64 = 20_000;

/// Whether each measurement is to run just once, as `--test` and a run without `--bench` ask.
pub(crate) fn quick() -> bool {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    has("--test") || !has("--bench")
}

/// How many leads: `LEAD_INDEX_BENCH_LEADS`, or else `default`, or few for a quick run.
pub(crate) fn lead_count(default: u64) -> u64 {
    match std::env::var("LEAD_INDEX_BENCH_LEADS") {
        Ok(text) => text.replace('_', "").parse().expect("LEAD_INDEX_BENCH_LEADS is a number of leads"),
        Err(_) if quick() => QUICK,
        Err(_) => default,
    }
}

/// An empty index whose clock stands at the sample's present.
pub(crate) fn empty_index() -> LeadIndex {
    LeadIndex::builder().clock(Clock::fixed(sample::now())).build()
}

/// An index of the first `count` leads of the sample, without any order.
pub(crate) fn build_index(count: u64) -> LeadIndex {
    let index = empty_index();
    let source = JsonLines::from_reader(SampleReader::new(sample::leads(count, SEED)));
    let report = index.import(source).expect("the sample can be read");
    assert_eq!(report.accepted, count, "every line of the sample is taken: {:?}", report.rejects.first());
    index
}

/// [`build_index`], with the orders of the nine classes built.
pub(crate) fn build_ordered(count: u64) -> LeadIndex {
    let index = build_index(count);
    for property in SORTED {
        assert!(index.prepare_order(property), "somebody of the sample has {property}");
    }
    index
}

/// A query class whose filter is kept.
pub(crate) struct LiveClass {
    pub(crate) class: QueryClass,
    pub(crate) live: LiveFilter,
}

impl LiveClass {
    /// The class's list from `offset` on, asked of the live filter, at the index's present.
    pub(crate) fn page(&self, offset: u64) -> Page {
        self.live.query(&self.list(offset)).expect("the query is legal")
    }

    /// The same page by evaluating the filter anew.
    pub(crate) fn cold_page(&self, index: &LeadIndex, offset: u64) -> Page {
        index.query(&self.list(offset).filter(self.class.filter.clone())).expect("the query is legal")
    }

    /// How many leads satisfy it.
    pub(crate) fn total(&self) -> u64 {
        self.live.total().expect("the filter is kept")
    }

    /// The list, without the filter.
    fn list(&self, offset: u64) -> Query {
        Query::new().sort_by(self.class.sort_prop, self.class.sort_order).offset(offset)
    }
}

/// Keeps the filters of the nine classes over `count` leads.
pub(crate) fn keep_classes(index: &LeadIndex, count: u64) -> Vec<LiveClass> {
    let keep = |class: QueryClass| {
        let live = index.keep_as(class.id, class.filter.clone()).expect("the filter is legal");
        LiveClass { class, live }
    };
    sample::query_classes(count).into_iter().map(keep).collect()
}

/// Asserts that each live filter has the total and the first page that evaluating it anew has.
pub(crate) fn assert_live_is_cold(index: &LeadIndex, classes: &[LiveClass]) {
    for class in classes {
        let (live, cold) = (class.page(0), class.cold_page(index, 0));
        assert_eq!((live.total(), live.ids()), (cold.total(), cold.ids()), "{}: live and cold", class.class.id);
        assert_eq!(class.total(), cold.total(), "{}: the total alone", class.class.id);
    }
}

/// Reads the sample as JSON Lines without holding it whole.
struct SampleReader<I> {
    leads: I,
    buffer: Vec<u8>,
    /// How much of `buffer` has been given away.
    given: usize,
}

impl<I: Iterator<Item = Lead>> SampleReader<I> {
    fn new(leads: I) -> Self {
        Self { leads, buffer: Vec::new(), given: 0 }
    }
}

impl<I: Iterator<Item = Lead>> Read for SampleReader<I> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.buffer.len() {
            self.buffer.clear();
            self.given = 0;
            for lead in self.leads.by_ref().take(256) {
                serde_json::to_writer(&mut self.buffer, &lead)?;
                self.buffer.push(b'\n');
            }
        }
        let count = into.len().min(self.buffer.len() - self.given);
        into[..count].copy_from_slice(&self.buffer[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

/// Median time of `run`: of at least 30 runs, and of more where they are short; of 3 in a quick
/// run.
pub(crate) fn median<T>(run: impl FnMut() -> T) -> Duration {
    median_after(|| (), run)
}

/// Drives everything else out of the caches, by writing to more memory than they hold.
pub(crate) fn evict() {
    let mut other = vec![1u8; 96 << 20];
    other.iter_mut().step_by(64).for_each(|byte| *byte = byte.wrapping_add(1));
    std::hint::black_box(&other);
}

/// [`median`], with something not timed before each run.
pub(crate) fn median_after<T>(mut before: impl FnMut(), mut run: impl FnMut() -> T) -> Duration {
    let (least, most, budget) = if quick() { (3, 3, Duration::ZERO) } else { (30, 10_000, Duration::from_millis(500)) };
    let begin = Instant::now();
    let mut times = Vec::new();
    while times.len() < least || (times.len() < most && begin.elapsed() < budget) {
        before();
        let start = Instant::now();
        std::hint::black_box(run());
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 2]
}

/// Microseconds with a decimal.
pub(crate) fn micros(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e6)
}

/// The time that `share` of ascending `times` do not exceed: 0.5 for the median, 0.99 for p99.
pub(crate) fn percentile(times: &[Duration], share: f64) -> Duration {
    let at = (times.len() as f64 * share).ceil() as usize;
    times[at.clamp(1, times.len()) - 1]
}

/// Bytes of this process in memory, where the system tells: what `statm` counts in pages.
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}
