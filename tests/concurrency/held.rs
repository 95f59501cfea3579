//! What readers hold on to, or never give back, makes no writer wait.

use std::mem::forget;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use lead_index::{Change, Cursor, Filter, Lead, LeadIndex, LiveEvent, Order, Query, Snapshot};

use crate::{index_of, lead, sound, watched};

const LEADS: u64 = 200;

/// A lead that differs from round to round in every value but its id.
fn of_round(id: u64, round: u64) -> Lead {
    lead(id)
        .with("n", (id + round).cast_signed())
        .with("text", format!("text {id} of round {round}"))
        .with("tags", vec![format!("tag {}", (id + round) % 7)])
}

fn filled() -> LeadIndex {
    let index = index_of(LEADS);
    index.batch(|batch| (1..=LEADS).try_for_each(|id| batch.upsert(of_round(id, 0)).map(|_| ()))).expect("legal leads");
    for name in ["n", "tags", "$id"] {
        index.prepare_order(name);
    }
    index
}

/// Several answers of a snapshot.
fn answers(snapshot: &Snapshot) -> (Vec<u64>, u64, Vec<Lead>) {
    let page = snapshot.query(&Query::new().sort_by("n", Order::Desc).limit(1_000)).expect("a legal question");
    let count = snapshot.count(&Filter::str_contains("text", "of round 0")).expect("a legal filter");
    let export = snapshot.export(&Filter::all([]), "tags", Order::Asc).expect("a legal question");
    (page.ids(), count, export.collect())
}

#[test]
fn writers_go_on_while_a_reader_rests_on_a_snapshot_and_it_pins_no_more_than_itself() {
    watched(|| {
        let index = filled();
        let resting = index.snapshot();
        let whole = resting.memory().total();
        let expected = answers(&resting);
        assert_eq!(expected.1, LEADS);
        let (go_on, rest) = channel::<()>();
        thread::scope(|scope| {
            let reader = scope.spawn(move || {
                rest.recv().expect("the writer wakes it");
                (answers(&resting), resting)
            });
            let watching = index.snapshot();
            let mut last = 0;
            for round in 1..=20 {
                for id in 1..=LEADS {
                    index.upsert(of_round(id, round)).expect("a legal lead");
                    let pinned = watching.pinned_bytes();
                    assert!(pinned <= whole, "{pinned} bytes pinned of {whole}");
                    last = pinned;
                }
            }
            println!("{last} of {whole} bytes pinned after {} publications", 20 * LEADS);
            assert!(last > whole / 4, "{last} bytes pinned of {whole}: nearly everything was rewritten");
            go_on.send(()).expect("the reader still rests");
            let (found, resting) = reader.join().expect("a reader without fault");
            assert_eq!(found, expected);
            assert_eq!(resting.version() + 20 * LEADS, index.version());
        });
        sound(&index);
    });
}

#[test]
fn what_readers_forget_to_give_back_blocks_no_writer() {
    watched(|| {
        let index = filled();
        let live = index.keep(Filter::gt("n", 100)).expect("a legal filter");
        for round in 1..=50 {
            let snapshot = index.snapshot();
            let page = snapshot.query(&Query::new().sort_by("text", Order::Asc).limit(3)).expect("a legal question");
            assert!(page.next_cursor().is_some());
            let mut export = index.export(&Filter::all([]), "n", Order::Asc).expect("a legal question");
            drop(export.next());
            forget(live.listen(1).expect("kept"));
            forget(live.listen(usize::MAX).expect("kept"));
            forget((page, snapshot, export, live.clone(), index.clone()));
            // A thread that ends without giving anything back.
            let other = index.clone();
            let ended = thread::spawn(move || forget((other.snapshot(), other)));
            ended.join().expect("a thread without fault");
            for id in 1..=20 {
                index.upsert(of_round(id, 100 * round)).expect("no reader makes a writer wait");
            }
            assert!(index.tick().is_ok() && index.compact().is_ok() && index.drop_order("text").is_ok());
        }
        let heard = live.listen(10).expect("kept");
        index.upsert(of_round(1, 0)).expect("a legal lead");
        assert!(matches!(heard.try_next(), Some(LiveEvent::Left { id: 1, .. })));
        index.drop_live(live.id()).expect("forgotten listeners do not keep it");
        assert!(heard.is_ended());
        sound(&index);
    });
}

#[test]
fn all_that_was_taken_from_an_index_outlives_its_last_handle() {
    watched(|| {
        for round in 0..150_u64 {
            let index = filled();
            let live = index.keep(Filter::gt("n", 100)).expect("a legal filter");
            let listener = live.listen(10).expect("kept");
            index.upsert(of_round(1, 500)).expect("a legal lead");
            let query = Query::new().sort_by("$name", Order::Desc).limit(30 + round % 9);
            index
                .batch(|batch| {
                    (1..=LEADS).try_for_each(|id| batch.apply(id, [Change::set("$name", id.to_string())]).map(|_| ()))
                })
                .expect("leads that are held");
            let page = live.query(&query).expect("kept");
            // The first sort: its order is built aside from now on.
            let whole = index.query(&query.clone().limit(1_000)).expect("a legal question");
            let cursor = page.next_cursor().expect("more than a page");
            let mut export = index.export(&Filter::all([]), "$name", Order::Desc).expect("a legal question");
            let first = export.next().expect("a lead").id;
            let resting = (round % 2 == 0).then(|| index.snapshot());
            drop((index, live));
            let mut ids = vec![first];
            if round % 3 == 0 {
                let read = thread::spawn(move || export.map(|lead| lead.id).collect::<Vec<u64>>());
                ids.extend(read.join().expect("an export without fault"));
            } else {
                ids.extend(export.map(|lead| lead.id));
            }
            assert_eq!(ids, whole.ids());
            assert_eq!(page.leads().count() as u64, 30 + round % 9);
            assert_eq!(cursor.to_string().parse::<Cursor>().expect("its own text"), cursor);
            if let Some(snapshot) = resting {
                assert_eq!(snapshot.ids(&query.clone().limit(1_000)).expect("a legal question"), ids);
                assert_eq!(snapshot.pinned_bytes(), 0);
            }
            assert!(matches!(listener.try_next(), Some(LiveEvent::Entered { id: 1, .. })));
            // Nobody is left who could write: whoever waits is told so.
            assert_eq!((listener.try_next(), listener.wait(Duration::from_secs(60))), (None, None));
            assert!(listener.is_ended());
        }
    });
}

#[test]
fn the_last_handle_may_go_on_any_thread_while_others_read() {
    watched(|| {
        for round in 0..100_u64 {
            let index = filled();
            let readers: Vec<_> = (0..3)
                .map(|reader| {
                    let index = index.clone();
                    thread::spawn(move || {
                        let by = ["n", "text", "tags"][reader];
                        let export = index.export(&Filter::all([]), by, Order::Asc).expect("a legal question");
                        drop(index);
                        export.count() as u64
                    })
                })
                .collect();
            if round % 2 == 0 {
                index.remove(round + 1).expect("a lead that is held");
            }
            drop(index);
            for reader in readers {
                let count = reader.join().expect("a reader without fault");
                assert!(count == LEADS || count == LEADS - 1);
            }
        }
    });
}
