//! Steps of two threads in a fixed order, handed over by channels: what one core would do, whatever
//! number of cores there is.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use lead_index::{Change, Filter, LiveEvent, Order, Query};

use crate::{index_of, lead, sound, watched};

/// One of two threads of which only one runs.
struct Hand {
    mine: Receiver<()>,
    theirs: SyncSender<()>,
}

impl Hand {
    /// Lets the other run until it does the same.
    fn over(&self) {
        self.theirs.send(()).expect("the other is there");
        self.mine.recv().expect("the other comes back");
    }

    /// Waits to be let run for the first time.
    fn wait(&self) {
        self.mine.recv().expect("the other begins");
    }

    /// Lets the other run to its end.
    fn end(&self) {
        self.theirs.send(()).expect("the other is there");
    }
}

/// Runs two threads in turns; the first begins.
fn in_turns(first: impl FnOnce(&Hand) + Send, second: impl FnOnce(&Hand) + Send) {
    let (to_first, of_first) = sync_channel(1);
    let (to_second, of_second) = sync_channel(1);
    thread::scope(|scope| {
        scope.spawn(move || {
            let hand = Hand { mine: of_first, theirs: to_second };
            first(&hand);
            hand.end();
        });
        scope.spawn(move || {
            let hand = Hand { mine: of_second, theirs: to_first };
            hand.wait();
            second(&hand);
        });
    });
}

#[test]
fn a_reader_between_any_two_steps_of_a_batch_needs_no_second_core() {
    watched(|| {
        let index = index_of(3);
        let live = index.keep(Filter::gt("n", 0)).expect("a legal filter");
        let listener = live.listen(8).expect("kept");
        let seen = || (index.version(), index.len(), live.total().expect("kept"), listener.waiting());
        let writer = |hand: &Hand| {
            for _ in 0..500 {
                hand.over();
                let batch = index.batch(|batch| {
                    hand.over();
                    batch.apply(1, [Change::set("n", 1)])?;
                    hand.over();
                    batch.remove(2)?;
                    hand.over();
                    Ok(())
                });
                batch.expect("leads that are held");
                hand.over();
                index
                    .batch(|batch| {
                        batch.apply(1, [Change::Delete { key: "n".into() }])?;
                        hand.over();
                        batch.insert(lead(2))
                    })
                    .expect("a lead that is held and a free id");
            }
        };
        let reader = |hand: &Hand| {
            for _ in 0..500 {
                let before = seen();
                assert_eq!((before.1, before.2, before.3), (3, 0, 0));
                let snapshot = index.snapshot();
                let page = snapshot.query(&Query::new().sort_by("n", Order::Desc).limit(1)).expect("legal");
                for _ in 0..3 {
                    hand.over();
                    assert_eq!(seen(), before, "a batch under way is not seen");
                }
                hand.over();
                assert_eq!(seen(), (before.0 + 1, 2, 1, 1));
                assert!(matches!(listener.try_next(), Some(LiveEvent::Entered { id: 1, .. })));
                assert_eq!((snapshot.len(), page.total()), (3, 3));
                let next = page.next_cursor().expect("more than a page");
                assert_eq!(
                    snapshot.resume(&Query::new().sort_by("n", Order::Desc), &next).expect("legal").ids(),
                    [2, 3]
                );
                hand.over();
                assert_eq!(seen(), (before.0 + 1, 2, 1, 0));
                hand.over();
                assert!(matches!(listener.try_next(), Some(LiveEvent::Left { id: 1, .. })));
            }
        };
        in_turns(writer, reader);
        sound(&index);
    });
}

#[test]
fn a_listener_that_waits_is_woken_by_the_write_and_not_by_the_clock() {
    watched(|| {
        let index = index_of(1);
        let listener = index.lead_filter().listen(4).expect("always kept");
        let (heard, is_heard) = sync_channel(1);
        thread::scope(|scope| {
            let reader = index.clone();
            scope.spawn(move || {
                for id in 2..=501 {
                    let event = listener.wait(std::time::Duration::MAX);
                    assert!(reader.get(id).is_some(), "who hears of a lead finds it");
                    heard.send(event).expect("it is awaited");
                }
            });
            for id in 2..=501 {
                index.insert(lead(id)).expect("a free id");
                let event = is_heard.recv().expect("the listener is there");
                assert_eq!(event, Some(LiveEvent::Entered { id, version: id }));
            }
        });
        assert_eq!(index.lead_filter().total().expect("always kept"), 501);
    });
}
