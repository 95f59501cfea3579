//! What changes all the time must not grow.

use lead_index::{Change, Lead, LeadIndex};

use crate::{index_of, items};

const LEADS: u64 = 300;
const WRITES: u64 = 1_000_000;
const BATCH: u64 = 1_000;

/// Writes `count` changes from the `from`th on, in batches, each to the next lead.
fn write(index: &LeadIndex, from: u64, count: u64, change: impl Fn(u64) -> Change) {
    for start in (from..from + count).step_by(1_000) {
        let written = index.batch(|batch| {
            for n in start..start + BATCH {
                batch.apply(1 + n % LEADS, [change(n)])?;
            }
            Ok(())
        });
        written.expect("a batch");
    }
}

/// Writes a million times and compares the bytes of half way with those of later.
fn stays_flat(index: &LeadIndex, change: impl Fn(u64) -> Change) {
    write(index, 0, 50_000, &change);
    let mut most = 0;
    for round in 0..10 {
        write(index, 50_000 + round * 10_000, 10_000, &change);
        most = most.max(index.memory().total());
    }
    write(index, 150_000, WRITES - 150_000, &change);
    let after = index.memory().total();
    assert!(after <= most + most / 10, "at most {most} bytes after 150,000 writes, {after} after {WRITES}");
    index.validate().expect("sound structures");
}

#[test]
fn a_property_whose_text_changes_on_each_of_a_million_writes_leaves_the_memory_flat() {
    for rows in [64, 65_536] {
        let index = LeadIndex::builder().block_rows(rows).build();
        for id in 1..=LEADS {
            index.insert(Lead::new(id).with("$name", format!("lead {id}"))).expect("a legal lead");
        }
        stays_flat(&index, |n| Change::set("page", format!("/a/page/nobody/saw/before/{n}")));
        assert_eq!(index.properties().iter().find(|info| info.name == "page").map(|info| info.distinct), Some(LEADS));
    }
}

#[test]
fn a_list_whose_items_change_on_each_write_leaves_the_memory_flat() {
    let index = index_of((1..=LEADS).map(Lead::new));
    stays_flat(&index, |n| Change::set("pages", [format!("page {n}").as_str(), "home"]));
}

#[test]
fn one_batch_that_writes_the_same_row_over_and_over_keeps_only_the_last() {
    let index = index_of([Lead::new(1), Lead::new(2).with("page", "first").with("pages", items(3))]);
    let written = index.batch(|batch| {
        for n in 0..100_000 {
            batch.apply(
                1,
                [Change::set("page", format!("/page/{n}")), Change::set("pages", [format!("page {n}").as_str()])],
            )?;
        }
        Ok(batch.get(1))
    });
    let last = Lead::new(1).with("page", "/page/99999").with("pages", ["page 99999"]);
    assert_eq!((written.expect("a batch"), index.get(1)), (Some(last.clone()), Some(last)));
    assert_eq!(index.get(2), Some(Lead::new(2).with("page", "first").with("pages", items(3))));
    index.validate().expect("sound structures");
    assert!(index.memory().total() < 100_000, "{}", index.memory());
}

#[test]
fn leads_that_come_and_go_leave_the_memory_flat() {
    let index = index_of([Lead::new(u64::MAX)]);
    let round = |round: u64| {
        for n in 0..500 {
            let id = 1 + round * 500 + n;
            let came = index.apply(
                lead_index::Target::IdOrNew(id),
                [
                    Change::set("page", format!("/page/{id}")),
                    Change::user_id(format!("user {id}")),
                    Change::event("came"),
                ],
            );
            came.expect("a new lead");
        }
        for n in 0..500 {
            index.apply(1 + round * 500 + n, [Change::Remove]).expect("a lead that is held");
        }
        index.memory().total()
    };
    let first = (0..4).map(round).max();
    let last = (4..20).fold(0, |_, n| round(n));
    // Hash tables differ a little from run to run; what stays behind would be five times as much.
    let first = first.expect("rounds");
    assert!(last <= 2 * first, "{first} bytes at first, {last} at last");
    index.validate().expect("sound structures");
}
