//! How many writes a second does another store make, of the same writes, on the same leads, in the
//! same run?
//!
//! 1,000,000 leads, or as many as `LEAD_INDEX_BENCH_LEADS` says; with `--quick` few leads and few
//! writes, to see that it works. Every peer keeps what it needs to answer the nine query classes:
//! lead-index six orders and nine live filters, SQLite eleven indexes. All of them are given the same
//! batches, a stretch of ten thousand writes in turn, or at least one batch; with `--apart` a single
//! batch, so that each finds the caches full of what the others needed. The first stretch of a line is not timed:
//! none pays there for what the lines before left behind. Each batch is timed with the commit or publication at
//! its end. Rates are of all timed batches of a line. At the end the peers must hold the same people, and give the
//! same totals and first pages.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml`: everything in the process, SQLite too, allocates
//! from mimalloc; with `--no-default-features` from the system's allocator.

#[expect(dead_code, reason = "shared with the library's benchmarks")]
#[path = "../../common/mod.rs"]
mod common;
#[expect(dead_code, reason = "shared with the library's benchmarks")]
#[path = "../../load/mod.rs"]
mod load;

mod agree;
mod engine;
mod peer;
mod sqlite;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use lead_index::DateTime;
use load::{Kind, Spread, Writes};
use peer::{Outcome, Peer};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Writes that are made as one.
const BATCHES: [usize; 2] = [1_000, 50_000];
/// Batches of each size, and writes in all, that a line has at least.
const TURNS: usize = 4;
const WRITES: u64 = 100_000;

/// Writes of a peer before it is another one's turn, in whole batches.
const STRETCH: usize = 10_000;

/// How much is to be done.
struct Size {
    leads: u64,
    batches: [usize; 2],
    writes: u64,
    stretch: usize,
}

impl Size {
    fn asked() -> Outcome<Self> {
        let asked = |name| std::env::args().any(|argument| argument == name);
        let quick = asked("--quick");
        let stretch = if asked("--apart") { 1 } else { STRETCH };
        let leads = match std::env::var("LEAD_INDEX_BENCH_LEADS") {
            Ok(text) => text.replace('_', "").parse()?,
            Err(_) if quick => 20_000,
            Err(_) => 1_000_000,
        };
        // Enough that each block of lead-index makes its indexes anew, as in `writes`.
        let writes = if quick { 1_000 } else { WRITES.max(leads / 64) };
        Ok(Self { leads, batches: if quick { [100, 1_000] } else { BATCHES }, writes, stretch })
    }

    /// Batches of a line.
    fn turns(&self, batch: usize) -> usize {
        TURNS.max((self.writes as usize).div_ceil(batch))
    }

    /// Batches of a peer before it is another one's turn.
    fn stretch(&self, batch: usize) -> usize {
        self.stretch.div_ceil(batch)
    }
}

fn main() -> Outcome<()> {
    let size = Size::asked()?;
    let mut peers: Vec<Box<dyn Peer>> =
        vec![Box::new(engine::Engine::new(size.leads)), Box::new(sqlite::Sqlite::new(size.leads)?)];
    agree::on_answers(&mut peers, size.leads, lead_index::sample::now())?;

    println!("\n{} leads, writes a second\n", size.leads);
    let names: Vec<String> = peers.iter().map(|peer| peer.name()).collect();
    let ratios: Vec<String> = names[1..].iter().map(|name| format!("{} / {name}", names[0])).collect();
    println!("| write | leads | batch | {} | {} |", names.join(" | "), ratios.join(" | "));
    println!("|---|---|---:|{}", "---:|".repeat(names.len() + ratios.len()));
    let mut writes = Writes::new(size.leads, Kind::Event, Spread::Uniform);
    let mut written = BTreeSet::new();
    for kind in Kind::ALL {
        for spread in [Spread::Uniform, Spread::Skewed] {
            for batch in size.batches {
                writes.turn_to(kind, spread);
                let times = run(&mut peers, &mut writes, &mut written, batch, &size)?;
                print_row(kind, spread, batch, size.turns(batch), &times);
            }
        }
    }
    println!();
    agree::on_people(&mut peers, &written, writes.now())?;
    agree::on_answers(&mut peers, size.leads, writes.now())?;
    println!("{} people who were written to and the nine classes: all peers agree", written.len());
    Ok(())
}

/// Gives the batches of a line to every peer, a stretch of them in turn; the time that each took for all but the
/// first stretch.
fn run(
    peers: &mut [Box<dyn Peer>],
    writes: &mut Writes,
    written: &mut BTreeSet<u64>,
    batch: usize,
    size: &Size,
) -> Outcome<Vec<Duration>> {
    let mut times = vec![Duration::ZERO; peers.len()];
    give(peers, writes, written, batch, size.stretch(batch), &mut times)?;
    times.fill(Duration::ZERO);
    let mut left = size.turns(batch);
    while left > 0 {
        let stretch = size.stretch(batch).min(left);
        give(peers, writes, written, batch, stretch, &mut times)?;
        left -= stretch;
    }
    Ok(times)
}

/// Gives a stretch of batches to one peer after the other, and adds the time that each took.
fn give(
    peers: &mut [Box<dyn Peer>],
    writes: &mut Writes,
    written: &mut BTreeSet<u64>,
    batch: usize,
    stretch: usize,
    times: &mut [Duration],
) -> Outcome<()> {
    let made: Vec<(DateTime, Vec<load::Write>)> = (0..stretch).map(|_| (writes.now(), writes.batch(batch))).collect();
    written.extend(made.iter().flat_map(|(_, writes)| writes).map(|write| write.id()));
    for (peer, time) in peers.iter_mut().zip(times) {
        for (now, writes) in &made {
            let start = Instant::now();
            peer.write(writes, *now)?;
            *time += start.elapsed();
        }
    }
    Ok(())
}

fn print_row(kind: Kind, spread: Spread, batch: usize, turns: usize, times: &[Duration]) {
    let rate = |time: &Duration| (batch * turns) as f64 / time.as_secs_f64().max(1e-9);
    let rates: Vec<String> = times.iter().map(|time| format!("{:.0}", rate(time))).collect();
    let ratios: Vec<String> = times[1..].iter().map(|time| format!("{:.1}", rate(&times[0]) / rate(time))).collect();
    let (kind, spread) = (kind.name(), spread.name());
    println!("| {kind} | {spread} | {batch} | {} | {} |", rates.join(" | "), ratios.join(" | "));
}
