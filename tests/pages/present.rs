//! Lists that time alone moves.

use lead_index::{Age, Change, Clock, DateTime, Filter, Heartbeat, LeadIndex, Order, Presence, Query, Target, Value};

use super::twin::ops::every_force;
use super::twin::{NOW, now};

/// By presence and by live filters, which the clock moves: pages go on as of the first.
#[test]
fn lists_that_the_clock_moves_go_on_as_they_began() {
    let clock = Clock::fixed(now());
    let index = LeadIndex::builder().block_rows(64).clock(clock.clone()).build();
    for id in 1..=300_u64 {
        let at = DateTime::from_unix(NOW - (id % 200).cast_signed()).expect("a date of this century");
        let mut changes =
            vec![Change::set("$name", format!("lead {}", id % 9)), Change::set("$last_seen", Value::DateTime(at))];
        match id % 3 {
            0 => changes.push(Change::Heartbeat { kind: Heartbeat::Online, at: Some(at) }),
            1 => changes.push(Change::Heartbeat { kind: Heartbeat::Idle, at: Some(at) }),
            _ => {}
        }
        index.apply(Target::IdOrNew(id), changes).expect("legal changes");
    }
    let recent = index.keep(Filter::days_less("$last_seen", Age::minutes(2))).expect("a legal filter");
    let snapshot = index.snapshot();
    let filters = [
        Filter::all([]),
        Filter::segment(recent.id()),
        Filter::presence(Presence::Idle),
        Filter::not(Filter::presence(Presence::Online)),
    ];
    for filter in filters {
        for (order, name) in
            [Order::Asc, Order::Desc].into_iter().flat_map(|order| [(order, "$presence"), (order, "$last_seen")])
        {
            for force in every_force() {
                let query = Query::new().filter(filter.clone()).sort_by(name, order).force(force);
                clock.set(now());
                let whole = index.ids(&query.clone().limit(10_000)).expect("a legal question");
                assert!(whole.len() > 40 && whole.len() <= 300, "{} leads", whole.len());
                let mut page = index.query(&query.clone().limit(7)).expect("a legal question");
                clock.set(DateTime::from_unix(NOW + 60).expect("a date of this century"));
                let mut read = page.ids();
                while let Some(cursor) = page.next_cursor() {
                    page = snapshot.resume(&query.clone().limit(13), &cursor).expect("its own cursor");
                    read.extend(page.ids());
                }
                assert_eq!(read, whole, "{filter:?} by {name} {order:?} under {force:?}");
            }
        }
    }
}
