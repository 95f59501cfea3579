//! How many writes a second does another store make, of the same writes, on the same leads, in the
//! same run?
//!
//! 1,000,000 leads, or as many as `LEAD_INDEX_BENCH_LEADS` says; with `--quick` few leads and few
//! writes, to see that it works. Every peer keeps what it needs to answer the nine query classes:
//! lead-index six orders and nine live filters, SQLite eleven indexes. All of them are given one batch
//! after the other in turn, and each batch is timed with the commit or publication at its end. Rates
//! are of all batches of a line. At the end the peers must hold the same people, and give the same
//! totals and first pages.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml`

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

use load::{Kind, Spread, Writes};
use peer::{Outcome, Peer};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Writes that are made as one.
const BATCHES: [usize; 2] = [1_000, 50_000];
/// Batches of each size, and writes in all, that a line has at least.
const TURNS: usize = 4;
const WRITES: u64 = 100_000;

/// How much is to be done.
struct Size {
    leads: u64,
    batches: [usize; 2],
    writes: u64,
}

impl Size {
    fn asked() -> Outcome<Self> {
        let quick = std::env::args().any(|argument| argument == "--quick");
        let leads = match std::env::var("LEAD_INDEX_BENCH_LEADS") {
            Ok(text) => text.replace('_', "").parse()?,
            Err(_) if quick => 20_000,
            Err(_) => 1_000_000,
        };
        // Enough that each block of lead-index makes its indexes anew, as in `writes`.
        let writes = if quick { 1_000 } else { WRITES.max(leads / 64) };
        Ok(Self { leads, batches: if quick { [100, 1_000] } else { BATCHES }, writes })
    }

    /// Batches of a line.
    fn turns(&self, batch: usize) -> usize {
        TURNS.max((self.writes as usize).div_ceil(batch))
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
                let times = run(&mut peers, &mut writes, &mut written, batch, size.turns(batch))?;
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

/// Gives each batch to every peer in turn; the time that each took for all of them.
fn run(
    peers: &mut [Box<dyn Peer>],
    writes: &mut Writes,
    written: &mut BTreeSet<u64>,
    batch: usize,
    turns: usize,
) -> Outcome<Vec<Duration>> {
    let mut times = vec![Duration::ZERO; peers.len()];
    for _ in 0..turns {
        let now = writes.now();
        let made = writes.batch(batch);
        written.extend(made.iter().map(|write| write.id()));
        for (peer, time) in peers.iter_mut().zip(&mut times) {
            let start = Instant::now();
            peer.write(&made, now)?;
            *time += start.elapsed();
        }
    }
    Ok(times)
}

fn print_row(kind: Kind, spread: Spread, batch: usize, turns: usize, times: &[Duration]) {
    let rate = |time: &Duration| (batch * turns) as f64 / time.as_secs_f64().max(1e-9);
    let rates: Vec<String> = times.iter().map(|time| format!("{:.0}", rate(time))).collect();
    let ratios: Vec<String> = times[1..].iter().map(|time| format!("{:.1}", rate(&times[0]) / rate(time))).collect();
    let (kind, spread) = (kind.name(), spread.name());
    println!("| {kind} | {spread} | {batch} | {} | {} |", rates.join(" | "), ratios.join(" | "));
}
