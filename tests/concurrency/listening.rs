//! What listeners hear while several writers are at work is what happened.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;

use lead_index::{Change, Clock, Filter, Lead, LeadIndex, Listener, LiveEvent, LiveFilter, Order, Query, Snapshot};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::{after, index_of, lead, meanwhile, sound, watched};

const IDS: u64 = 80;

/// A step that lets somebody in or out, or does neither.
fn step(index: &LeadIndex, rng: &mut StdRng) {
    let id = rng.random_range(1..=IDS);
    let n = rng.random_range(0..4_i64);
    match rng.random_range(0..10) {
        0 => drop(index.remove(id)),
        1 => drop(index.upsert(lead(id).with("n", n)).expect("a legal lead")),
        // No lead.
        2 => drop(index.upsert(Lead::new(id).with("n", n)).expect("a legal lead")),
        3 => {
            // Several at once, one of them to and fro.
            let batch = index.batch(|batch| {
                for other in [id, id % IDS + 1, id] {
                    if batch.get(other).is_some() {
                        batch.apply(other, [Change::set("n", n), Change::add("n", 1)])?;
                        batch.remove(other)?;
                    }
                    batch.insert(lead(other).with("n", n))?;
                }
                Ok(())
            });
            batch.expect("whoever is held goes and comes again");
        }
        _ => drop(index.apply(id, [Change::set("n", n)])),
    }
}

fn members(snapshot: &Snapshot, live: u64) -> BTreeSet<u64> {
    let query = Query::new().filter(Filter::segment(live)).sort_by("$id", Order::Asc).limit(1_000);
    snapshot.ids(&query).expect("kept").into_iter().collect()
}

/// Versions and members that readers saw.
type Seen = Vec<(u64, BTreeSet<u64>)>;

fn heard(listener: &Listener) -> Vec<LiveEvent> {
    std::iter::from_fn(|| listener.try_next()).collect()
}

/// Replays events over the members at a version and compares with all that was seen from then on.
fn replay(begun: u64, mut members: BTreeSet<u64>, events: &[LiveEvent], seen: &Seen) {
    let mut events = events.iter().copied().peekable();
    let of = |event: &LiveEvent| match event {
        LiveEvent::Entered { version, id } | LiveEvent::Left { version, id } => (*version, *id),
        other => panic!("nothing was missed: {other:?}"),
    };
    let (mut last, mut compared) = ((0, 0), 0);
    for (version, found) in seen.iter().filter(|(version, _)| *version >= begun) {
        while let Some(event) = events.next_if(|event| of(event).0 <= *version) {
            assert!(of(&event) > last, "events come in the order of publications and ids, each lead once: {event:?}");
            last = of(&event);
            if last.0 <= begun {
                continue;
            }
            let is_new = match event {
                LiveEvent::Entered { id, .. } => members.insert(id),
                LiveEvent::Left { id, .. } => members.remove(&id),
                other => panic!("nothing was missed: {other:?}"),
            };
            assert!(is_new, "who enters was outside, and who leaves was inside: {event:?}");
        }
        assert_eq!(&members, found, "at version {version}");
        compared += 1;
    }
    assert!(compared > 0, "nobody looked");
}

#[test]
fn the_events_of_a_listener_replayed_are_the_members_at_every_version() {
    watched(|| {
        let index = index_of(IDS);
        let live = index.keep(Filter::gt("n", 1)).expect("a legal filter");
        let outer = index.keep(Filter::not(Filter::segment(live.id()))).expect("a legal filter");
        let full: Vec<(Listener, u64)> =
            [&live, &outer].map(|kept| (kept.listen(usize::MAX).expect("kept"), kept.id())).into();
        let start = index.snapshot();
        let seen: [Mutex<Seen>; 2] = Default::default();
        let late = Mutex::new(Vec::new());
        let work = |thread: usize| {
            let mut rng = StdRng::seed_from_u64(thread as u64);
            if thread < 2 {
                return (0..4_000).for_each(|_| step(&index, &mut rng));
            }
            for n in 0..1_500 {
                if n % 100 == 0 {
                    // In the middle of it all: listen first, then look.
                    let listener = live.listen(usize::MAX).expect("kept");
                    let snapshot = index.snapshot();
                    late.lock().expect("no fault").push((listener, snapshot));
                }
                let snapshot = index.snapshot();
                for (kept, seen) in [&live, &outer].into_iter().zip(&seen) {
                    let found = members(&snapshot, kept.id());
                    assert_eq!(snapshot.live_total(kept.id()).expect("kept"), found.len() as u64);
                    seen.lock().expect("no fault").push((snapshot.version(), found));
                }
            }
        };
        let mut rng = StdRng::seed_from_u64(77);
        meanwhile(3, work, |_| step(&index, &mut rng));
        let end = index.snapshot();
        let seen = seen.map(|seen| {
            let mut seen = seen.into_inner().expect("no fault");
            seen.sort();
            seen
        });
        for ((listener, id), mut seen) in full.iter().zip(seen.clone()) {
            seen.push((end.version(), members(&end, *id)));
            let events = heard(listener);
            println!("{} events over {} versions, {} looks", events.len(), end.version(), seen.len());
            replay(start.version(), members(&start, *id), &events, &seen);
        }
        let mut seen = seen[0].clone();
        seen.push((end.version(), members(&end, live.id())));
        for (listener, snapshot) in late.into_inner().expect("no fault") {
            replay(snapshot.version(), members(&snapshot, live.id()), &heard(&listener), &seen);
        }
        sound(&index);
    });
}

#[test]
fn slow_listeners_miss_exactly_as_much_as_they_are_told() {
    watched(|| {
        let index = index_of(IDS);
        let live = index.keep(Filter::gt("n", 1)).expect("a legal filter");
        let (full, short) = (live.listen(usize::MAX).expect("kept"), live.listen(3).expect("kept"));
        let read = Mutex::new(Vec::new());
        let work = |thread: usize| {
            let mut rng = StdRng::seed_from_u64(thread as u64);
            if thread == 0 {
                return (0..8_000).for_each(|_| step(&index, &mut rng));
            }
            for _ in 0..2_000 {
                read.lock().expect("no fault").extend(short.try_next());
                if rng.random_bool(0.01) {
                    thread::yield_now();
                }
            }
        };
        let mut rng = StdRng::seed_from_u64(5);
        meanwhile(2, work, |_| step(&index, &mut rng));
        let mut read = read.into_inner().expect("no fault");
        read.extend(heard(&short));
        let all = heard(&full);
        let mut at = 0;
        let mut missed = 0;
        for event in read {
            if let LiveEvent::Missed(count) = event {
                at += usize::try_from(count).expect("small");
                missed += count;
            } else {
                assert_eq!(event, all[at], "after {missed} that were missed");
                at += 1;
            }
        }
        println!("{missed} of {} events missed", all.len());
        assert_eq!(at, all.len());
        assert!(missed > 0);
    });
}

/// What is asked of one snapshot about a live filter must agree with the filter itself.
fn agrees(snapshot: &Snapshot, live: &LiveFilter, filter: &Filter) {
    let counted = snapshot.count(filter).expect("a legal filter");
    assert_eq!(snapshot.live_total(live.id()).expect("kept"), counted);
    assert_eq!(snapshot.count(&Filter::segment(live.id())).expect("kept"), counted);
}

#[test]
fn live_totals_are_right_while_the_clock_and_ticks_and_writers_move_leads() {
    watched(|| {
        let clock = Clock::fixed(after(0));
        let index = LeadIndex::builder().block_rows(64).clock(clock.clone()).build();
        let filter = Filter::days_less("seen", lead_index::Age::minutes(1));
        let live = index.keep(filter.clone()).expect("a legal filter");
        let listener = live.listen(usize::MAX).expect("kept");
        let work = |thread: usize| {
            let mut rng = StdRng::seed_from_u64(thread as u64);
            for n in 0..2_000_i64 {
                match thread {
                    0 => clock.set(after(n / 4 + rng.random_range(-3..3))),
                    1 => drop(index.tick().expect("no batch is under way")),
                    _ => agrees(&index.snapshot(), &live, &filter),
                }
            }
        };
        let mut rng = StdRng::seed_from_u64(3);
        meanwhile(4, work, |_| {
            let seen = clock.now().unix() - crate::NOW + rng.random_range(-70..10);
            index.upsert(lead(rng.random_range(1..=IDS)).with("seen", after(seen))).expect("a legal lead");
        });
        index.tick().expect("no batch is under way");
        let end = index.snapshot();
        agrees(&end, &live, &filter);
        // Nobody was in at first: who entered and did not leave is in.
        let mut inside = BTreeSet::new();
        for event in heard(&listener) {
            let is_new = match event {
                LiveEvent::Entered { id, .. } => inside.insert(id),
                LiveEvent::Left { id, .. } => inside.remove(&id),
                other => panic!("nothing was missed: {other:?}"),
            };
            assert!(is_new, "{event:?}");
        }
        assert_eq!(inside, members(&end, live.id()));
        sound(&index);
    });
}

#[test]
fn live_filters_that_come_and_go_end_their_listeners_and_disturb_no_others() {
    watched(|| {
        let index = index_of(IDS);
        let lasting = index.keep(Filter::gt("n", 1)).expect("a legal filter");
        let listener = lasting.listen(usize::MAX).expect("kept");
        let start = index.snapshot();
        let work = |thread: usize| {
            let mut rng = StdRng::seed_from_u64(thread as u64);
            for _ in 0..300 {
                let filter = Filter::gt("n", rng.random_range(0..3_i64));
                let live = index.keep_as("passing", filter.clone()).expect("a legal filter");
                let mine = live.listen(usize::MAX).expect("kept");
                agrees(&index.snapshot(), &live, &filter);
                index.drop_live(live.id()).expect("nobody names it");
                assert!(mine.is_ended());
                drop(heard(&mine));
                assert_eq!(mine.wait(std::time::Duration::MAX), None, "an end does not wait");
                assert_eq!(index.count(&Filter::segment(live.id())).expect_err("dropped").code(), "unknown_segment");
            }
        };
        let mut rng = StdRng::seed_from_u64(9);
        meanwhile(2, work, |_| step(&index, &mut rng));
        let end = index.snapshot();
        let seen = vec![(end.version(), members(&end, lasting.id()))];
        replay(start.version(), members(&start, lasting.id()), &heard(&listener), &seen);
        sound(&index);
    });
}
