//! The history checker: writers at full rate, readers that note what one snapshot answers, and a
//! replay that looks for the version at which each answer is false.
//!
//! Writers and readers only take notes while they run, so that they run into each other as often as
//! they can. Afterwards the publications are replayed one by one, and every answer is compared with
//! the model at the version that its snapshot said it was of.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use lead_index::{Batch, Clock, Error, Filter, LeadIndex, LiveFilter, Snapshot, Value};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::model::{Answers, Asked, Held, IDS, Model, PAGE, Step, by_age, by_n, by_side, online, seconds};
use crate::{WATCHDOG, after, amount, faulty, meanwhile, sound, watched_for};

const READERS: u64 = 2;
/// Writers beside the one that the readers' end stops.
const WRITERS: u64 = 1;
/// Reads of one index; a longer run takes another index, so that notes stay small.
const ROUND: u64 = 50_000;

/// What one snapshot answered.
#[derive(Debug, Clone, Copy)]
struct Read {
    /// The index's version before the snapshot was taken.
    before: u64,
    version: u64,
    /// The index's version when the last answer was there.
    after: u64,
    asked: Asked,
    answers: Answers,
}

/// Everything that happened to one index.
#[derive(Debug, Default)]
struct History {
    /// The steps of each publication, by its version.
    written: BTreeMap<u64, Vec<Step>>,
    /// Publications that change no lead, whose versions nobody knows.
    silent: u64,
    failed: u64,
    /// The version before the first of them, and the version of the last.
    start: u64,
    last: u64,
    reads: Vec<Read>,
}

/// One index with its two live filters.
struct World {
    index: LeadIndex,
    clock: Clock,
    side: LiveFilter,
    age: LiveFilter,
    /// The version after which everything is noted.
    start: u64,
}

/// What a writer noted.
#[derive(Debug, Default)]
struct Notes {
    written: Vec<(u64, Vec<Step>)>,
    silent: u64,
    failed: u64,
}

impl World {
    fn new() -> Self {
        let clock = Clock::fixed(after(0));
        let index = LeadIndex::builder().block_rows(64).clock(clock.clone()).build();
        let side = index.keep(by_side()).expect("a legal filter");
        let age = index.keep(by_age()).expect("a legal filter");
        let start = index.version();
        Self { index, clock, side, age, start }
    }

    /// One turn of a writer.
    fn write(&self, rng: &mut StdRng, notes: &mut Notes) {
        match rng.random_range(0..200) {
            0 => notes.silent += u64::from(self.index.tick().expect("no batch is under way")),
            // Each merge of two blocks is a publication, and so is the look that finds none.
            1 => notes.silent += self.index.compact().expect("no batch is under way") as u64 + 1,
            2 => notes.silent += u64::from(self.drop_order()),
            3..8 => self.clock.set(after(rng.random_range(0..400))),
            8..12 => {
                let panicked = catch_unwind(AssertUnwindSafe(|| {
                    self.index.batch(|batch| -> Result<(), Error> {
                        self.steps(batch, rng, &mut Vec::new())?;
                        faulty()
                    })
                }));
                assert!(panicked.is_err());
                notes.failed += 1;
            }
            12..24 => {
                let all = self.index.batch(|batch| {
                    self.steps(batch, rng, &mut Vec::new())?;
                    Err::<(), _>(Error::aborted("given up"))
                });
                all.expect_err("given up");
                notes.failed += 1;
            }
            _ => {
                let mut steps = Vec::new();
                let version = self.index.batch(|batch| self.steps(batch, rng, &mut steps));
                let version = version.expect("calls that are refused do not end a batch");
                assert!(self.index.version() >= version, "an acknowledged write is published");
                notes.written.push((version, steps));
            }
        }
    }

    /// Forgets an order that readers will want again; whether that was a publication.
    fn drop_order(&self) -> bool {
        let is_known = self.index.snapshot().properties().iter().any(|info| info.name == "n");
        is_known && self.index.drop_order("n").map(|_| true).expect("no batch is under way")
    }

    /// Steps of one batch; the version that it will be. Only the batch's own writer publishes meanwhile.
    fn steps(&self, batch: &mut Batch<'_>, rng: &mut StdRng, done: &mut Vec<Step>) -> Result<u64, Error> {
        for _ in 0..rng.random_range(1..=3) {
            give_way(rng);
            let step = any_step(rng);
            let id = u64::from(step.id());
            let made = match step {
                Step::Put(id, held) => batch.upsert(held.lead(id)).map(|_| ()),
                Step::Remove(_) => batch.remove(id).map(|_| ()),
                step => batch.apply(id, step.change()).map(|applied| assert!(applied.ignored.is_empty())),
            };
            match made {
                Ok(()) => done.push(step),
                Err(error) => assert_eq!(error.code(), "unknown_lead"),
            }
        }
        Ok(self.index.version() + 1)
    }

    /// Asks one snapshot everything.
    fn read(&self, rng: &mut StdRng) -> Read {
        let before = self.index.version();
        give_way(rng);
        let snapshot = self.index.snapshot();
        give_way(rng);
        let asked = Asked {
            now: seconds(snapshot.now()),
            at_least: rng.random_range(0..10),
            offset: rng.random_range(0..8),
            id: rng.random_range(1..=u8::try_from(IDS).expect("few ids")),
        };
        let answers = self.answers(&snapshot, asked, rng);
        give_way(rng);
        Read { before, version: snapshot.version(), after: self.index.version(), asked, answers }
    }

    fn answers(&self, snapshot: &Snapshot, asked: Asked, rng: &mut StdRng) -> Answers {
        let small = |count: u64| u8::try_from(count).expect("there are few ids");
        let count = |filter: &Filter| small(snapshot.count(filter).expect("a legal filter"));
        let live = |filter: &LiveFilter| small(snapshot.live_total(filter.id()).expect("kept"));
        let both = Filter::all([Filter::segment(self.age.id()), Filter::segment(self.side.id())]);
        let page = snapshot.query(&by_n(asked.offset)).expect("a legal question");
        let mut ids = page.ids();
        give_way(rng);
        if let Some(cursor) = page.next_cursor() {
            ids.extend(snapshot.resume(&by_n(0), &cursor).expect("a cursor of this snapshot").ids());
        }
        let mut pages = [0; 2 * PAGE];
        assert!(ids.len() <= pages.len());
        pages.iter_mut().zip(ids).for_each(|(place, id)| *place = small(id));
        assert_eq!(page.total(), snapshot.lead_count());
        Answers {
            everyone: small(snapshot.len()),
            leads: small(page.total()),
            high: count(&Filter::gte("n", i64::from(asked.at_least))),
            by_side: live(&self.side),
            by_age: live(&self.age),
            both: count(&both),
            online: count(&online()),
            pages,
            held: held(snapshot, asked.id),
        }
    }
}

/// Lets others run now and then, so that few cores too mix the steps of all threads.
fn give_way(rng: &mut StdRng) {
    if rng.random_ratio(1, 4) {
        std::thread::yield_now();
    }
}

/// What a snapshot holds of somebody.
fn held(snapshot: &Snapshot, id: u8) -> Option<Held> {
    let lead = snapshot.get(u64::from(id))?.into_owned();
    let (n, side, seen) = match (&lead.props["n"], &lead.props["side"], &lead.props["seen"]) {
        (Value::Number(n), Value::Boolean(side), Value::DateTime(seen)) => (*n, *side, *seen),
        other => panic!("lead {id} holds {other:?}"),
    };
    let n = u8::try_from(n).expect("a small number");
    Some(Held { n, side, seen: seconds(seen), mail: lead.props.contains_key("$email") })
}

fn any_step(rng: &mut StdRng) -> Step {
    let id = rng.random_range(1..=u8::try_from(IDS).expect("few ids"));
    let n = rng.random_range(0..10);
    let time = rng.random_range(0..400);
    match rng.random_range(0..10) {
        0..2 => Step::Put(id, Held { n, side: rng.random(), seen: time, mail: rng.random_bool(0.8) }),
        2 => Step::Remove(id),
        3..5 => Step::N(id, n),
        5 | 6 => Step::Side(id, rng.random()),
        7 => Step::Seen(id, time),
        8 => Step::Mail(id, rng.random()),
        _ => Step::Beat(id, time),
    }
}

/// Lets writers and readers loose on one index and puts their notes together.
fn run(seed: u64, reads: u64) -> History {
    let world = World::new();
    let history = Mutex::new(History { start: world.start, ..History::default() });
    let note = |notes: Notes| {
        let mut history = history.lock().expect("nobody panicked");
        history.silent += notes.silent;
        history.failed += notes.failed;
        for (version, steps) in notes.written {
            assert!(history.written.insert(version, steps).is_none(), "two publications have the number {version}");
        }
    };
    let rng = |number: u64| StdRng::seed_from_u64(seed.wrapping_mul(1_000).wrapping_add(number));
    let read = |number: u64| {
        let mut rng = rng(number);
        let noted: Vec<Read> = (0..reads / READERS).map(|_| world.read(&mut rng)).collect();
        assert!(noted.is_sorted_by_key(|read| read.version), "versions never go back for one thread");
        history.lock().expect("nobody panicked").reads.extend(noted);
    };
    // Every other writer ends with the readers; this one does so much by itself.
    let write_beside = |number: u64| {
        let (mut rng, mut notes) = (rng(number), Notes::default());
        (0..reads / 4).for_each(|_| world.write(&mut rng, &mut notes));
        note(notes);
    };
    let (mut hand, mut notes) = (rng(u64::MAX), Notes::default());
    let work = |number: usize| {
        let number = number as u64;
        if number < READERS { read(number) } else { write_beside(number) }
    };
    let threads = usize::try_from(READERS + WRITERS).expect("few");
    meanwhile(threads, work, |_| world.write(&mut hand, &mut notes));
    note(notes);
    sound(&world.index);
    let mut history = history.into_inner().expect("nobody panicked");
    history.last = world.index.version();
    history.reads.sort_by_key(|read| read.version);
    history
}

/// Replays the publications and compares every answer with the model at its version.
fn check(history: &History) -> Result<(), String> {
    let publications = history.last - history.start;
    let known = history.written.len() as u64 + history.silent;
    if publications != known {
        return Err(format!("{publications} publications, {known} of them noted"));
    }
    let mut model = Model::new();
    let mut reads = history.reads.iter().peekable();
    for version in history.start..=history.last {
        history.written.get(&version).into_iter().flatten().for_each(|step| model.take(*step));
        while let Some(read) = reads.next_if(|read| read.version == version) {
            if !(read.before <= version && version <= read.after) {
                return Err(format!("the snapshot is not of a version that was the newest meanwhile: {read:?}"));
            }
            let expected = model.answers(read.asked);
            if read.answers != expected {
                return Err(format!("{read:?}, but version {version} answers {expected:?}"));
            }
        }
    }
    reads.next().map_or(Ok(()), |read| Err(format!("nobody wrote the version of {read:?}")))
}

#[test]
fn every_answer_is_that_of_the_one_version_its_snapshot_says() {
    let (reads, seed) = (amount("LEAD_INDEX_READS", 200_000), amount("LEAD_INDEX_SEED", 1));
    let rounds = reads.div_ceil(ROUND);
    let (mut done, mut versions, mut seen, mut overlapped, mut failed) = (0, 0, 0, 0, 0);
    for round in 0..rounds {
        let of_round = ROUND.min(reads - round * ROUND);
        let (tell, told) = std::sync::mpsc::channel();
        watched_for(WATCHDOG * 5, move || tell.send(run(seed + round, of_round)).expect("it is awaited"));
        let history = told.recv().expect("the run has ended");
        check(&history).unwrap_or_else(|fault| panic!("seed {}: {fault}", seed + round));
        done += history.reads.len();
        versions += history.last - history.start;
        failed += history.failed;
        overlapped += history.reads.iter().filter(|read| read.before < read.after).count();
        seen += history.reads.chunk_by(|a, b| a.version == b.version).count();
    }
    println!(
        "{done} reads of {seen} different versions among {versions}, {overlapped} of them during a publication; {failed} batches failed"
    );
    assert!(overlapped > 0 && versions > 0 && failed > 0, "readers and writers never met");
}

/// A history of few reads, to be tampered with.
fn small(seed: u64) -> History {
    let history = run(seed, 2_000);
    assert_eq!(check(&history), Ok(()));
    history
}

#[test]
fn the_checker_finds_an_answer_of_a_neighbouring_version() {
    let differ =
        |history: &History, at: usize| history.reads[at - 1].answers.by_side != history.reads[at].answers.by_side;
    let tried = (100..120).find_map(|seed| {
        let history = small(seed);
        let at = (1..history.reads.len()).rev().find(|&at| differ(&history, at))?;
        Some((history, at))
    });
    let (mut history, at) = tried.expect("some neighbours differ");
    history.reads[at].answers.by_side = history.reads[at - 1].answers.by_side;
    let fault = check(&history).expect_err("a stale total");
    assert!(fault.contains("answers"), "{fault}");
}

#[test]
fn the_checker_finds_a_publication_that_is_lost() {
    let mut history = small(99);
    let version = *history.written.iter().find(|(_, steps)| !steps.is_empty()).expect("somebody wrote").0;
    history.written.remove(&version);
    let fault = check(&history).expect_err("a publication less");
    assert!(fault.contains("noted"), "{fault}");
}

#[test]
fn the_checker_finds_a_snapshot_that_is_too_old() {
    let mut history = small(99);
    let read = history.reads.last_mut().expect("somebody read");
    read.before = read.version + 1;
    let fault = check(&history).expect_err("older than what was published before it was taken");
    assert!(fault.contains("newest meanwhile"), "{fault}");
}
