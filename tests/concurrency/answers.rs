//! Readers that count, page, sort, walk and export while a writer publishes.

use std::collections::BTreeSet;
use std::sync::mpsc::channel;
use std::thread;

use lead_index::{Change, Filter, LeadIndex, Order, Query, Value};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::wheel::{LEADS, Wheel};
use crate::{index_of, lead, meanwhile, sound, watched};

/// Asks something that has no version of its own, and finds a version within the call that answers so.
fn within<T: PartialEq + std::fmt::Debug>(wheel: &Wheel, ask: impl Fn() -> T, expected: impl Fn(u64) -> T) {
    let before = wheel.index.version();
    let found = ask();
    let after = wheel.index.version();
    let fits = (before..=after).any(|version| expected(wheel.write(version)) == found);
    assert!(fits, "no version from {before} to {after} answers {found:?}");
}

/// Asks one question and checks the answer.
fn ask(wheel: &Wheel, rng: &mut StdRng) {
    let (index, odd) = (&wheel.index, &wheel.odd);
    let (offset, limit) = (rng.random_range(0..LEADS), rng.random_range(1..30_u64));
    let cut = |all: &mut dyn Iterator<Item = u64>| -> Vec<u64> {
        all.skip(usize::try_from(offset).expect("small")).take(usize::try_from(limit).expect("small")).collect()
    };
    match rng.random_range(0..8) {
        0 => {
            let page = index.query(&Wheel::by_stamp(offset, limit)).expect("a legal question");
            let write = wheel.write(page.version());
            assert_eq!((page.total(), page.ids()), (LEADS, cut(&mut Wheel::newest(write))));
            let first = page.leads().next().and_then(|lead| lead.get("n").map(|n| n.to_string()));
            assert_eq!(first, Some((write - offset).to_string()), "values are read later, of the same version");
        }
        1 => {
            let query = Wheel::by_stamp(offset, limit).filter(Filter::bool_true("odd"));
            let page = index.query(&query).expect("a legal question");
            let write = wheel.write(page.version());
            let mut odds = Wheel::newest(write).filter(|id| Wheel::is_odd(write, *id));
            assert_eq!((page.total(), page.ids()), (Wheel::odds(write), cut(&mut odds)));
        }
        2 => {
            let page = odd.query(&Wheel::by_stamp(offset, limit)).expect("a live filter that is kept");
            let write = wheel.write(page.version());
            let mut odds = Wheel::newest(write).filter(|id| Wheel::is_odd(write, *id));
            assert_eq!((page.total(), page.ids()), (Wheel::odds(write), cut(&mut odds)));
        }
        3 => within(wheel, || odd.total().expect("kept"), Wheel::odds),
        4 => within(wheel, || odd.contains(offset + 1).expect("kept"), |write| Wheel::is_odd(write, offset + 1)),
        5 => within(
            wheel,
            || index.count(&Filter::not(Filter::segment(odd.id()))).expect("kept"),
            |write| LEADS - Wheel::odds(write),
        ),
        6 => {
            let snapshot = index.snapshot();
            let write = wheel.write(snapshot.version());
            let later = Filter::gt("n", (write - offset).cast_signed());
            assert_eq!(snapshot.count(&later).expect("a legal filter"), offset);
            assert_eq!(snapshot.live_total(odd.id()).expect("kept"), Wheel::odds(write));
        }
        _ => {
            let export = index.export(&Filter::all([]), "n", Order::Desc).expect("a legal question");
            let write = wheel.write(export.snapshot().version());
            assert!(export.map(|lead| lead.id).eq(Wheel::newest(write)));
        }
    }
}

#[test]
fn an_answer_while_a_writer_publishes_is_that_of_one_version() {
    watched(|| {
        let wheel = Wheel::new();
        let before = wheel.index.version();
        let work = |reader: usize| {
            let mut rng = StdRng::seed_from_u64(reader as u64);
            (0..2_000).for_each(|_| ask(&wheel, &mut rng));
        };
        let writes = meanwhile(3, work, |_| wheel.turn());
        assert_eq!(wheel.index.version(), before + writes);
        println!("6000 questions during {writes} publications");
        sound(&wheel.index);
    });
}

#[test]
fn a_walk_over_thousands_of_versions_is_that_of_the_version_it_began_with() {
    const VERSIONS_A_PAGE: u64 = 40;
    watched(|| {
        let wheel = Wheel::new();
        let snapshot = wheel.index.snapshot();
        let begun = snapshot.version();
        let walk = |reader: usize| {
            let query = Wheel::by_stamp(0, 1).filter(Filter::known("$email"));
            let mut page = snapshot.query(&query).expect("a legal question");
            let (mut read, mut pages) = (Vec::new(), 0);
            loop {
                assert_eq!((page.total(), page.version()), (LEADS, begun));
                read.extend(page.ids());
                pages += 1;
                let Some(cursor) = page.next_cursor() else { break };
                while wheel.index.version() < begun + pages * VERSIONS_A_PAGE {
                    thread::yield_now();
                }
                page = snapshot.resume(&query, &cursor).expect("a cursor of this snapshot");
            }
            assert!(read.iter().copied().eq(Wheel::newest(wheel.write(begun))), "reader {reader} read {read:?}");
        };
        meanwhile(2, walk, |n| match n % 3 {
            0 => wheel.turn(),
            // Leads go and come again, so that rows are taken by others.
            1 => drop(wheel.index.remove(n % LEADS + 1)),
            _ => drop(wheel.index.upsert(lead((n - 1) % LEADS + 1).with("n", 7))),
        });
        assert!(wheel.index.version() > begun + 3_000);
        sound(&wheel.index);
    });
}

/// The number that lead 1 holds.
fn number(index: &LeadIndex) -> Option<i64> {
    match index.get(1)?.props.get("n")? {
        Value::Number(n) => Some(*n),
        _ => None,
    }
}

#[test]
fn who_is_told_of_a_write_by_its_writer_sees_it() {
    watched(|| {
        let index = index_of(70);
        let high = index.keep(Filter::gt("n", 0)).expect("a legal filter");
        thread::scope(|scope| {
            let (tell, told) = channel();
            let writer = index.clone();
            scope.spawn(move || {
                for n in 1..=3_000_i64 {
                    writer.apply(1, [Change::set("n", n)]).expect("a lead that is held");
                    tell.send((n, writer.version())).expect("somebody listens");
                }
            });
            for (n, version) in told {
                let seen = index.snapshot();
                assert!(seen.version() >= version);
                assert!(number(&index) >= Some(n));
                let told = Filter::all([Filter::eq("$id", 1_u64), Filter::gte("n", n)]);
                assert_eq!(seen.count(&told).expect("a legal filter"), 1);
                assert_eq!(index.query(&Query::new().filter(told)).expect("a legal question").ids(), [1]);
                assert_eq!((high.total().expect("kept"), high.contains(1).expect("kept")), (1, true));
            }
        });
    });
}

#[test]
fn writes_that_go_from_hand_to_hand_lose_none() {
    const HANDS: u64 = 4;
    watched(|| {
        let index = index_of(1);
        thread::scope(|scope| {
            for _ in 0..HANDS {
                scope.spawn(|| {
                    for _ in 0..500 {
                        let mine = index.batch(|batch| {
                            batch.apply(1, [Change::add("n", 1)])?;
                            Ok(batch.get(1).expect("held").props["n"].clone())
                        });
                        let Ok(Value::Number(mine)) = mine else { panic!("{mine:?}") };
                        assert!(number(&index) >= Some(mine), "its own write is seen by the writer");
                    }
                });
            }
        });
        assert_eq!(number(&index), Some(500 * HANDS.cast_signed()));
        assert_eq!(index.version(), 1 + 500 * HANDS);
    });
}

#[test]
fn versions_never_go_back_for_one_thread_whichever_way_it_asks() {
    watched(|| {
        let wheel = Wheel::new();
        let listener = wheel.index.lead_filter().listen(10).expect("always kept");
        let shared = wheel.index.clone();
        let work = |reader: usize| {
            let (mut rng, mut last, mut seen) = (StdRng::seed_from_u64(reader as u64), 0, BTreeSet::new());
            // As many looks as it takes to see some go by, and many after that.
            let mut looks = 0;
            while looks < 4_000 || seen.len() < 20 {
                looks += 1;
                let version = match rng.random_range(0..5) {
                    0 => wheel.index.version(),
                    1 => wheel.index.snapshot().version(),
                    2 => shared.query(&Wheel::by_stamp(0, 1)).expect("a legal question").version(),
                    3 => wheel.odd.query(&Wheel::by_stamp(0, 1)).expect("kept").version(),
                    _ => {
                        let export = shared.export(&Filter::all([]), "$id", Order::Asc).expect("a legal question");
                        export.snapshot().version()
                    }
                };
                assert!(version >= last, "version {version} after {last}");
                last = version;
                seen.insert(version);
            }
        };
        meanwhile(3, work, |_| wheel.turn());
        assert_eq!(listener.waiting(), 0, "nobody became a lead or ceased to be one");
    });
}
