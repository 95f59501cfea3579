//! Many readers and many writers: everybody gets a turn.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use lead_index::{Change, Filter, Heartbeat, LeadIndex, Order, Query, Value};

use super::wheel::{LEADS, Wheel};
use crate::{index_of, meanwhile, sound, watched};

#[test]
fn a_thousand_readers_that_come_while_a_writer_waits_are_all_served_before_it() {
    const READERS: usize = 1_000;
    watched(|| {
        let wheel = Wheel::new();
        let version = wheel.index.version();
        let write = wheel.write(version);
        let (inside, is_inside) = channel();
        let (leave, may_leave) = channel::<()>();
        let waiting = AtomicBool::new(false);
        let written = AtomicBool::new(false);
        let together = Barrier::new(READERS);
        thread::scope(|scope| {
            let index = &wheel.index;
            scope.spawn(move || {
                let batch = index.batch(|batch| {
                    batch.apply(1, [Change::set("n", -1)])?;
                    inside.send(()).expect("it is awaited");
                    may_leave.recv().expect("it is let go");
                    Ok(())
                });
                batch.expect("a lead that is held");
            });
            is_inside.recv().expect("the first writer comes so far");
            scope.spawn(|| {
                waiting.store(true, Ordering::Release);
                wheel.index.apply(2, [Change::set("n", -2)]).expect("a lead that is held");
                written.store(true, Ordering::Release);
            });
            while !waiting.load(Ordering::Acquire) {
                thread::yield_now();
            }
            let readers: Vec<_> = (0..READERS)
                .map(|_| {
                    scope.spawn(|| {
                        together.wait();
                        let page = wheel.index.query(&Wheel::by_stamp(0, 3)).expect("a legal question");
                        assert_eq!((page.version(), page.total()), (version, LEADS));
                        assert!(page.ids().into_iter().eq(Wheel::newest(write).take(3)));
                        assert_eq!(wheel.odd.total().expect("kept"), Wheel::odds(write));
                    })
                })
                .collect();
            // Nobody has let the writers go on yet: a reader that waited for them would be stuck.
            readers.into_iter().for_each(|reader| reader.join().expect("a reader without fault"));
            assert!(!written.load(Ordering::Acquire) && wheel.index.version() == version);
            leave.send(()).expect("the writer still waits");
        });
        assert_eq!(wheel.index.version(), version + 2);
        assert_eq!(wheel.index.count(&Filter::lt("n", 0)).expect("a legal filter"), 2);
        sound(&wheel.index);
    });
}

/// Ends a storm when it is dropped: by a panic too.
struct Stops<'a>(&'a AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// The sum of the numbers that all hold.
fn sum(index: &LeadIndex) -> i64 {
    let all = index.export(&Filter::known("n"), "n", Order::Asc).expect("a legal question");
    all.map(|lead| if let Value::Number(n) = lead.props["n"] { n } else { 0 }).sum()
}

#[test]
fn readers_get_their_answers_in_a_storm_of_writers() {
    const WRITERS: usize = 4;
    watched(|| {
        let index = index_of(100);
        let stop = AtomicBool::new(false);
        let written: [AtomicU64; WRITERS] = Default::default();
        let acknowledged = || written.iter().map(|mine| mine.load(Ordering::Acquire));
        thread::scope(|scope| {
            for (writer, mine) in written.iter().enumerate() {
                let (index, stop) = (&index, &stop);
                scope.spawn(move || {
                    let _stops_with_a_panic = Stops(stop);
                    for id in (1..=100).cycle().skip(writer) {
                        if stop.load(Ordering::Acquire) {
                            break;
                        }
                        index.apply(id, [Change::add("n", 1)]).expect("a lead that is held");
                        mine.fetch_add(1, Ordering::Release);
                    }
                });
            }
            let _stops_with_a_panic = Stops(&stop);
            let (mut last, mut answers) = (0, 0);
            // Every writer gets a turn meanwhile, or the test is stuck.
            while answers < 2_000 || acknowledged().any(|mine| mine == 0) {
                let before: u64 = acknowledged().sum();
                let found = sum(&index);
                assert!(found >= last && found.unsigned_abs() >= before, "{found} after {last}, {before} before");
                last = found;
                answers += 1;
            }
            println!("{answers} answers in a storm of {:?} writes", acknowledged().collect::<Vec<u64>>());
        });
        assert_eq!(sum(&index).unsigned_abs(), acknowledged().sum::<u64>());
        sound(&index);
    });
}

#[test]
fn a_writer_gets_its_turns_in_a_storm_of_readers() {
    const READERS: usize = 12;
    watched(|| {
        let wheel = Wheel::new();
        let stop = AtomicBool::new(false);
        let (begun, first) = (wheel.index.version(), Barrier::new(READERS + 1));
        thread::scope(|scope| {
            let _stops_with_a_panic = Stops(&stop);
            let readers: Vec<_> = (0..READERS)
                .map(|_| {
                    scope.spawn(|| {
                        first.wait();
                        let mut answers = 0_u64;
                        while !stop.load(Ordering::Acquire) {
                            let page = wheel.index.query(&Wheel::by_stamp(5, 5)).expect("a legal question");
                            let write = wheel.write(page.version());
                            assert!(page.ids().into_iter().eq(Wheel::newest(write).skip(5).take(5)));
                            answers += 1;
                        }
                        answers
                    })
                })
                .collect();
            first.wait();
            for n in 1..=3_000 {
                wheel.turn();
                assert_eq!(wheel.index.version(), begun + n, "its own write is there at once");
            }
            stop.store(true, Ordering::Release);
            let answers: u64 = readers.into_iter().map(|reader| reader.join().expect("no fault")).sum();
            println!("3000 writes in a storm of {answers} answers");
        });
        sound(&wheel.index);
    });
}

#[test]
fn clones_of_a_handle_are_one_index_on_every_thread() {
    const THREADS: u64 = 6;
    watched(|| {
        let index = index_of(1);
        let all: Vec<_> = (0..THREADS)
            .map(|thread| {
                let index = index.clone();
                thread::spawn(move || {
                    for n in 0..150 {
                        let id = 10 + thread + n * THREADS;
                        let text = format!("user {id}");
                        index.insert(crate::lead(id).with_user_id(text.clone())).expect("a free id");
                        assert_eq!(index.get_by_user_id(&text).map(|lead| lead.id), Some(id));
                        assert!(index.insert(crate::lead(id)).is_err(), "the id is taken");
                        if n % 3 == 0 {
                            index.clone().remove(id).expect("its own");
                            assert_eq!(index.get(id), None);
                        }
                    }
                })
            })
            .collect();
        all.into_iter().for_each(|thread| thread.join().expect("a thread without fault"));
        assert_eq!(index.len(), 1 + THREADS * 100);
        assert_eq!(index.version(), 1 + THREADS * 200);
        sound(&index);
    });
}

#[test]
fn of_threads_that_want_the_same_name_exactly_one_gets_it() {
    watched(|| {
        let index = index_of(8);
        for round in 0..100 {
            let name = format!("ann {round}");
            let together = Barrier::new(4);
            let outcomes: Vec<Result<(), &str>> = thread::scope(|scope| {
                let all: Vec<_> = (1..=4_u64)
                    .map(|id| {
                        let (index, name, together) = (&index, &name, &together);
                        scope.spawn(move || {
                            together.wait();
                            let changed = index.apply(id, [Change::user_id(name.clone())]);
                            changed.map(|_| ()).map_err(|error| error.code())
                        })
                    })
                    .collect();
                all.into_iter().map(|thread| thread.join().expect("no fault")).collect()
            });
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
            assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err("user_id_taken"))), "{outcomes:?}");
        }
        sound(&index);
    });
}

#[test]
fn orders_are_built_and_dropped_while_readers_sort_and_writers_write() {
    const NAMES: [&str; 4] = ["n", "$last_seen", "tags", "$email"];
    watched(|| {
        let index = index_of(150);
        let work = |thread: usize| {
            for n in 0..600_u64 {
                let name = NAMES[(thread + usize::try_from(n).expect("small")) % 4];
                match (thread, n % 5) {
                    (0, 0) => drop(index.drop_order(name).expect("no batch is under way")),
                    (0, 1) => drop(index.prepare_order(name)),
                    _ => {
                        let page = index.query(&Query::new().sort_by(name, Order::Asc).limit(200)).expect("legal");
                        let mut ids = page.ids();
                        ids.sort_unstable();
                        assert!(ids.into_iter().eq(1..=150), "sorted by {name}");
                    }
                }
            }
        };
        meanwhile(3, work, |n| {
            let changes = [
                Change::set("n", (n % 7).cast_signed()),
                Change::set("tags", vec![format!("tag {}", n % 11)]),
                Change::heartbeat(Heartbeat::Online),
            ];
            index.apply(1 + n % 150, changes).expect("a lead that is held");
        });
        sound(&index);
    });
}
