//! Panics in callers' code, on the way in and on the way out.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::thread;

use lead_index::{Batch, Change, Error, Filter, JsonLines, LeadIndex, LiveEvent, Order, Query};

use crate::{faulty, index_of, lead, meanwhile, sound, watched};

/// Runs `write`, which must panic, and checks that the index is as it was and takes the next write.
fn panics_and_leaves_nothing(index: &LeadIndex, write: impl FnOnce()) {
    let before = (index.version(), index.len(), index.get(1), index.properties());
    assert!(catch_unwind(AssertUnwindSafe(write)).is_err(), "the caller's panic reaches the caller");
    assert_eq!((index.version(), index.len(), index.get(1), index.properties()), before);
    index.apply(1, [Change::add("goes on", 1)]).expect("the writer's turn is free");
    assert_eq!(index.version(), before.0 + 1);
    sound(index);
}

/// A batch that writes everywhere and then panics.
fn panic_in_batch(index: &LeadIndex) {
    let result = index.batch(|batch: &mut Batch<'_>| -> Result<(), Error> {
        (1..=100).try_for_each(|id| batch.apply(id, [Change::set("lost", 1)]).map(|_| ()))?;
        batch.remove(1)?;
        batch.insert(lead(1_000))?;
        faulty()
    });
    unreachable!("{result:?}");
}

#[test]
fn a_panic_on_the_way_in_leaves_the_older_state_and_the_next_write_works() {
    watched(|| {
        let index = index_of(130);
        let live = index.keep(Filter::known("lost")).expect("a legal filter");
        panics_and_leaves_nothing(&index, || panic_in_batch(&index));
        // In an iterator of changes.
        panics_and_leaves_nothing(&index, || {
            let changes = (0..5).map(|n| if n < 3 { Change::set("lost", n) } else { faulty() });
            drop(index.apply(1, changes));
        });
        // In what looks on while an import reads.
        let lines = || io::Cursor::new(b"{\"id\":1,\"props\":{\"lost\":1}}\n".repeat(3));
        panics_and_leaves_nothing(&index, || {
            drop(index.import(JsonLines::from_reader(lines()).on_progress(|_| faulty())));
        });
        // A batch inside a batch of another index: neither comes to anything.
        let other = index_of(100);
        panics_and_leaves_nothing(&index, || {
            drop(index.batch(|batch| {
                batch.apply(1, [Change::set("lost", 1)])?;
                panic_in_batch(&other);
                Ok(())
            }));
        });
        panics_and_leaves_nothing(&other, || panic_in_batch(&other));
        assert_eq!(live.total().expect("kept"), 0);
    });
}

/// A source that breaks down.
struct Faulty;

impl Read for Faulty {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        faulty()
    }
}

#[test]
fn a_source_that_panics_on_its_own_thread_leaves_nothing_either() {
    watched(|| {
        let index = index_of(3);
        let version = index.version();
        let lines = io::Cursor::new(b"{\"id\":1,\"props\":{\"lost\":1}}\n".to_vec()).chain(Faulty);
        let outcome = catch_unwind(AssertUnwindSafe(|| index.import(JsonLines::from_reader(lines))));
        assert!(!matches!(outcome, Ok(Ok(_))), "half a source is no import: {outcome:?}");
        assert_eq!((index.version(), index.count(&Filter::known("lost")).expect("a legal filter")), (version, 0));
        index.insert(lead(4)).expect("the writer's turn is free");
        sound(&index);
    });
}

#[test]
fn a_writer_that_waits_behind_one_that_panics_gets_its_turn() {
    watched(|| {
        let index = index_of(100);
        for _ in 0..200 {
            let version = index.version();
            let meet = Barrier::new(2);
            thread::scope(|scope| {
                let panicking = scope.spawn(|| {
                    let result = index.batch(|batch| -> Result<(), Error> {
                        batch.apply(1, [Change::set("lost", 1)])?;
                        meet.wait();
                        faulty()
                    });
                    unreachable!("{result:?}");
                });
                meet.wait();
                index.apply(2, [Change::add("n", 1)]).expect("its turn comes");
                assert!(panicking.join().is_err());
            });
            assert_eq!(index.version(), version + 1);
        }
        assert_eq!(index.count(&Filter::known("lost")).expect("a legal filter"), 0);
        sound(&index);
    });
}

#[test]
fn readers_are_served_while_writers_panic_all_the_time() {
    watched(|| {
        let index = index_of(100);
        let work = |_| {
            for _ in 0..1_500 {
                assert_eq!(index.count(&Filter::known("lost")).expect("a legal filter"), 0);
                assert_eq!(index.query(&Query::new().sort_by("$id", Order::Desc)).expect("legal").ids()[0], 100);
            }
        };
        let panics = meanwhile(2, work, |_| {
            assert!(catch_unwind(AssertUnwindSafe(|| panic_in_batch(&index))).is_err());
        });
        assert!(panics > 0);
        assert_eq!(index.version(), 1);
        sound(&index);
    });
}

#[test]
fn a_reader_that_panics_with_everything_in_hand_leaves_no_lock_behind() {
    watched(|| {
        let index = index_of(300);
        let live = index.keep(Filter::gt("n", 0)).expect("a legal filter");
        let listener = live.listen(100).expect("kept");
        for round in 0..50_u64 {
            let (ready, is_ready) = channel();
            let reader = {
                let (index, live) = (index.clone(), live.clone());
                thread::spawn(move || {
                    let snapshot = index.snapshot();
                    let mine = live.listen(2).expect("kept");
                    let page = snapshot.query(&Query::new().sort_by("$email", Order::Asc)).expect("legal");
                    let cursor = page.next_cursor().expect("more than a page");
                    let mut export = index.export(&Filter::all([]), "$id", Order::Asc).expect("legal");
                    let lead = page.leads().next().expect("a lead");
                    let last = export.next_ref();
                    ready.send(mine.waiting()).expect("it is awaited");
                    // Values are read in place, and the thread is in the middle of them.
                    for (name, _) in lead.props() {
                        if last.is_some() && name != cursor.to_string() {
                            faulty();
                        }
                    }
                })
            };
            is_ready.recv().expect("the reader comes so far");
            index.apply(round + 1, [Change::set("n", 1)]).expect("no reader makes a writer wait");
            assert!(reader.join().is_err());
            assert_eq!(index.count(&Filter::gt("n", 0)).expect("a legal filter"), round + 1);
            assert!(matches!(listener.try_next(), Some(LiveEvent::Entered { .. })));
        }
        assert_eq!(index.snapshot().pinned_bytes(), 0);
        sound(&index);
    });
}
