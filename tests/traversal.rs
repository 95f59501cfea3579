//! Lists of one point in time, read to their ends while another thread writes as fast as it can.
//!
//! The reader never waits for the writer. It waits for a write to have *happened* between two pages, so
//! that every page is read from a point in time that is past; the run ends with the count of writes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use lead_index::{Cursor, Filter, Lead, LeadIndex, Order, Query, Snapshot};

const LEADS: u64 = 1_500;
/// Writes of the other thread, in all.
const WRITES: u64 = 40_000;

fn lead(id: u64, turn: u64) -> Lead {
    let n = ((id ^ turn.wrapping_mul(0x9E37_79B9)) % 97).cast_signed();
    let lead = Lead::new(id).with("$name", format!("name {n}")).with("$sessions", n);
    match n % 3 {
        0 => lead.with("mixed", n),
        1 => lead.with("mixed", format!("text {n}")),
        _ => lead,
    }
}

/// Replaces, removes and adds leads until [`WRITES`] is reached or the reader has failed.
fn write(index: &LeadIndex, written: &AtomicU64, stop: &AtomicBool) {
    let mut state = 7_u64;
    for turn in 1..=WRITES {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let id = 1 + (state >> 33) % (2 * LEADS);
        if turn % 3 == 0 {
            // Half of the ids are free.
            let _ = index.remove(id);
        } else {
            index.upsert(lead(id, turn)).expect("a lead without fault");
        }
        written.store(turn, Ordering::Release);
    }
    written.store(WRITES, Ordering::Release);
}

/// Waits until a write has come since `seen`, or until there are no more.
fn until_written(written: &AtomicU64, seen: &mut u64) {
    loop {
        let now = written.load(Ordering::Acquire);
        if now != *seen || now == WRITES {
            *seen = now;
            return;
        }
        std::thread::yield_now();
    }
}

/// What the snapshot holds, read at once: the id of each lead that matches, with its copy.
fn held(snapshot: &Snapshot, query: &Query) -> BTreeMap<u64, Lead> {
    let page = snapshot.query(&query.clone().limit(10_000)).expect("a legal question");
    assert!(page.total() <= 10_000);
    page.leads().map(|lead| (lead.id(), lead.into_owned())).collect()
}

fn takes(map: &mut BTreeMap<u64, Lead>, lead: Lead) {
    let expected = map.remove(&lead.id);
    assert_eq!(expected.as_ref(), Some(&lead), "each lead of the point in time, as it was then, and once");
}

fn read_by_cursor(snapshot: &Snapshot, query: &Query, mut between: impl FnMut()) {
    let mut left = held(snapshot, query);
    let total = left.len() as u64;
    let mut page = snapshot.query(query).expect("a legal question");
    loop {
        assert_eq!(page.total(), total, "the total is that of the point in time");
        page.leads().for_each(|lead| takes(&mut left, lead.into_owned()));
        between();
        let Some(cursor) = page.next_cursor() else { break };
        let sent: Cursor = cursor.to_string().parse().expect("its own text");
        page = snapshot.resume(query, &sent).expect("its own cursor");
    }
    assert!(left.is_empty(), "{} leads were not read", left.len());
}

fn read_by_export(
    snapshot: &Snapshot,
    query: &Query,
    (filter, name, order): (&Filter, &str, Order),
    mut between: impl FnMut(),
) {
    let mut left = held(snapshot, query);
    let total = left.len() as u64;
    let mut export = snapshot.export(filter, name, order).expect("a legal question");
    let mut read = 0;
    while let Some(lead) = export.next() {
        takes(&mut left, lead);
        read += 1;
        assert_eq!((export.total(), export.len() as u64), (total, total - read));
        if read % 50 == 0 {
            between();
        }
    }
    assert!(left.is_empty(), "{} leads were not read", left.len());
}

#[test]
fn every_lead_of_a_point_in_time_is_read_once_while_a_writer_runs() {
    let index = LeadIndex::builder().block_rows(256).build();
    (1..=LEADS).for_each(|id| index.insert(lead(id, 0)).unwrap());
    let (written, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    /// Ends the writer also when the reader panics.
    struct StopAtEnd<'s>(&'s AtomicBool);
    impl Drop for StopAtEnd<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let (mut lists, mut waits, mut during) = (0_usize, 0_u64, 0_u64);
    std::thread::scope(|scope| {
        let _stop = StopAtEnd(&stop);
        scope.spawn(|| write(&index, &written, &stop));
        let names = ["$sessions", "$name", "mixed", "$id", "nobody has it"];
        while written.load(Ordering::Acquire) < WRITES || lists < 4 * names.len() {
            let (name, order) = (names[lists / 2 % names.len()], [Order::Asc, Order::Desc][lists % 2]);
            let filter = if lists.is_multiple_of(3) { Filter::all([]) } else { Filter::gte("$sessions", 20) };
            let query = Query::new().filter(filter.clone()).sort_by(name, order).limit(37);
            let snapshot = index.snapshot();
            let mut seen = written.load(Ordering::Acquire);
            let begun = seen;
            let mut between = || {
                until_written(&written, &mut seen);
                waits += 1;
            };
            if lists % 4 < 2 {
                read_by_cursor(&snapshot, &query, &mut between);
            } else {
                read_by_export(&snapshot, &query, (&filter, name, order), &mut between);
            }
            during += written.load(Ordering::Acquire) - begun;
            lists += 1;
        }
    });
    println!("{lists} lists, {waits} pages, {during} writes while they were read");
    assert!(during * 10 > WRITES, "only {during} of {WRITES} writes came while a list was read");
    index.validate().unwrap();
}
