//! What an older snapshot keeps from being freed.

use lead_index::{Change, Filter, Lead, LeadIndex, Order, Query, Snapshot, Target};

const LEADS: u64 = 4_000;

/// A lead of every type of value, which differs from round to round in all of them.
fn lead(id: u64, round: u64) -> Lead {
    let n = (id * 7 + round * 13).cast_signed();
    Lead::new(id)
        .with_user_id(format!("user {id} of round {round}"))
        .with_conversations(id % 5 + round)
        .with("$name", format!("name {n}"))
        .with("$sessions", n % 50)
        .with("$last_seen", format!("2026-09-{:02}T{:02}:00:00", 1 + n % 28, n % 24))
        .with("plan", if n % 3 == 0 { "pro" } else { "free" })
        .with("vip", n % 2 == 0)
        .with("tags", vec![format!("tag {}", n % 9), format!("tag {}", n % 11)])
}

fn filled(block_rows: usize) -> LeadIndex {
    let index = LeadIndex::builder().block_rows(block_rows).build();
    let all = |batch: &mut lead_index::Batch<'_>| (1..=LEADS).try_for_each(|id| batch.insert(lead(id, 0)));
    index.batch(all).expect("leads without fault");
    for name in ["$name", "$sessions", "$last_seen", "tags", "vip"] {
        index.prepare_order(name);
    }
    index
}

/// Removes every lead and adds others: nothing of the older state is left in the newer.
fn rewrite(index: &LeadIndex, round: u64) {
    index
        .batch(|batch| {
            (1..=LEADS).rev().try_for_each(|id| batch.remove(id).map(|_| ()))?;
            (1..=LEADS).rev().try_for_each(|id| batch.insert(lead(id, round)))
        })
        .expect("leads that are there, then leads that are not");
}

/// The snapshot's bytes but for names of properties, which are never given back.
fn all_of(snapshot: &Snapshot) -> u64 {
    let report = snapshot.memory();
    report.total() - report.names
}

#[test]
fn a_current_snapshot_pins_nothing_whatever_is_asked_of_it() {
    let index = filled(512);
    let snapshot = index.snapshot();
    assert_eq!(snapshot.pinned_bytes(), 0);
    snapshot.query(&Query::new().sort_by("plan", Order::Asc)).unwrap();
    index.prepare_order("plan");
    assert_eq!((snapshot.pinned_bytes(), index.snapshot().pinned_bytes()), (0, 0));
    assert_eq!(LeadIndex::new().snapshot().pinned_bytes(), 0);
}

/// Publishes a lead twice: after the first time the index has the version before at hand, for the second, and only
/// when it cannot use that is it the snapshot's alone.
fn write_twice(index: &LeadIndex, id: u64) {
    for sessions in [77, 78] {
        index.upsert(lead(id, 0).with("$sessions", sessions)).expect("a lead without fault");
    }
}

#[test]
fn a_write_pins_the_pieces_that_it_copied_and_not_the_rest() {
    let index = filled(512);
    let snapshot = index.snapshot();
    write_twice(&index, 5);
    let (pinned, all) = (snapshot.pinned_bytes(), all_of(&snapshot));
    assert!(pinned > 500 && pinned * 8 < all, "{pinned} of {all} bytes for one lead of one block of eight");
    write_twice(&index, 3_000);
    let more = snapshot.pinned_bytes();
    assert!(more > pinned && more * 4 < all, "{more} of {all} bytes for two leads of two blocks");
}

#[test]
fn one_number_of_a_full_block_pins_a_chunk_of_its_column() {
    let index = LeadIndex::new();
    let number = |id: u64| Lead::new(id).with("$email", "a@b.c").with("visits", (id % 200).cast_signed());
    index.batch(|batch| (1..=20_000).try_for_each(|id| batch.insert(number(id)))).unwrap();
    index.prepare_order("visits");
    let snapshot = index.snapshot();
    for visits in [77, 78] {
        index.apply(Target::Id(5), [Change::set("visits", visits)]).unwrap();
    }
    let (pinned, memory) = (snapshot.pinned_bytes(), snapshot.memory());
    let column = memory.properties.iter().find(|property| property.name == "visits").expect("everyone has it");
    assert!(pinned > 500 && pinned * 4 < column.total(), "{pinned} bytes of a column of {}", column.total());
}

#[test]
fn what_a_snapshot_pins_grows_to_all_of_it_as_writers_replace_everything() {
    for block_rows in [64, 1_024, 65_536] {
        let index = filled(block_rows);
        let snapshot = index.snapshot();
        let (mut last, all) = (0, all_of(&snapshot));
        for id in (1..=LEADS).filter(|id| id % 400 == 0) {
            for round in [3, 1] {
                let batch = |batch: &mut lead_index::Batch<'_>| {
                    (id - 399..=id).try_for_each(|id| batch.upsert(lead(id, round)).map(|_| ()))
                };
                index.batch(batch).unwrap();
            }
            let pinned = snapshot.pinned_bytes();
            assert!(pinned >= last && pinned <= all, "{last} bytes before, {pinned} after {id} leads, {all} in all");
            last = pinned;
        }
        assert!(last * 2 > all, "{last} of {all} bytes when every value is another, in blocks of {block_rows}");
        rewrite(&index, 2);
        assert_eq!(snapshot.pinned_bytes(), all, "nothing is shared any more, in blocks of {block_rows}");
        assert_eq!(snapshot.count(&Filter::known("tags")).unwrap(), LEADS);
    }
}

#[test]
fn a_snapshot_that_is_dropped_pins_nothing_more() {
    let index = filled(512);
    let old = index.snapshot();
    rewrite(&index, 1);
    assert_eq!(old.pinned_bytes(), all_of(&old));
    drop(old);
    let fresh = index.snapshot();
    assert_eq!(fresh.pinned_bytes(), 0);
    rewrite(&index, 2);
    assert_eq!(fresh.pinned_bytes(), all_of(&fresh));
}
