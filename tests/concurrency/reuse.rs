//! Ids and rows that are used again, while older cursors, pages and snapshots are about.

use std::sync::mpsc::sync_channel;
use std::thread;

use lead_index::{Cursor, Filter, LeadIndex, Order, Query, Snapshot, ValueRef};

use crate::{index, index_of, lead, sound, watched};

const LEADS: u64 = 100;

fn by_name() -> Query {
    Query::new().sort_by("$name", Order::Asc).limit(10)
}

/// Leads of a generation, in the order of their names the other way round each time.
fn generation(index: &LeadIndex, number: u64) {
    let named = |id: u64| {
        let place = if number.is_multiple_of(2) { id } else { LEADS - id };
        lead(id).with("$name", format!("{place:03} of {number}"))
    };
    let all = index.batch(|batch| {
        // Removed in the order of ids and added in the reverse: ids come to rows of others.
        for id in 1..=LEADS {
            if batch.get(id).is_some() {
                batch.remove(id)?;
            }
        }
        (1..=LEADS).rev().try_for_each(|id| batch.insert(named(id)))
    });
    all.expect("leads that are gone can come again");
}

fn is_of(lead: &lead_index::LeadRef<'_>, number: u64) -> bool {
    let ending = format!(" of {number}");
    lead.get("$name").is_some_and(|name| matches!(name, ValueRef::String(name) if name.ends_with(&ending)))
}

#[test]
fn an_older_cursor_never_leads_to_who_took_the_id_or_the_row() {
    watched(|| {
        let index = index();
        generation(&index, 0);
        let (hand_over, take) = sync_channel::<(u64, Snapshot, Cursor)>(4);
        thread::scope(|scope| {
            let index = &index;
            scope.spawn(move || {
                for (number, snapshot, cursor) in take {
                    // The newest state has the same ids, and refuses; the cursor's own goes on.
                    let newest = index.snapshot();
                    if newest.version() != snapshot.version() {
                        assert_eq!(
                            newest.resume(&by_name(), &cursor).expect_err("another version").code(),
                            "invalid_cursor"
                        );
                    }
                    let (mut next, mut read) = (Some(cursor), 10);
                    while let Some(cursor) = next {
                        let page = snapshot.resume(&by_name(), &cursor).expect("a cursor of this snapshot");
                        assert!(page.leads().all(|lead| is_of(&lead, number)));
                        read += page.leads().len();
                        next = page.next_cursor();
                    }
                    assert_eq!(read as u64, LEADS);
                }
            });
            for number in 0..300 {
                let snapshot = index.snapshot();
                let page = snapshot.query(&by_name()).expect("a legal question");
                let cursor = page.next_cursor().expect("more than a page");
                generation(index, number + 1);
                assert!(page.leads().all(|lead| is_of(&lead, number)), "a page keeps the rows of its version");
                hand_over.send((number, snapshot, cursor)).expect("it is taken");
            }
            drop(hand_over);
        });
        sound(&index);
    });
}

#[test]
fn a_cursor_of_another_index_with_the_same_leads_and_version_is_refused() {
    let (one, two) = (index_of(LEADS), index_of(LEADS));
    let page = one.query(&by_name()).expect("a legal question");
    assert_eq!(one.version(), two.version());
    let cursor = page.next_cursor().expect("more than a page");
    let refused = two.snapshot().resume(&by_name(), &cursor).expect_err("of another index");
    assert_eq!(refused.code(), "invalid_cursor");
    assert!(one.snapshot().resume(&by_name(), &cursor).is_ok());
}

#[test]
fn the_numbers_of_live_filters_are_not_used_again_by_any_thread() {
    watched(|| {
        let index = index_of(LEADS);
        let numbers: Vec<u64> = thread::scope(|scope| {
            let keeping: Vec<_> = (0..4_i64)
                .map(|n| {
                    let index = &index;
                    scope.spawn(move || {
                        let mut numbers = Vec::new();
                        for _ in 0..100 {
                            let live = index.keep(Filter::gt("$id", n * 10)).expect("a legal filter");
                            assert_eq!(live.total().expect("kept"), LEADS - n.unsigned_abs() * 10);
                            numbers.push(live.id());
                            index.drop_live(live.id()).expect("its own");
                            assert_eq!(live.total().expect_err("dropped").code(), "unknown_segment");
                        }
                        numbers
                    })
                })
                .collect();
            keeping.into_iter().flat_map(|kept| kept.join().expect("a thread without fault")).collect()
        });
        let mut sorted = numbers;
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(1..=400));
        assert!(index.live_filters().is_empty());
        sound(&index);
    });
}
