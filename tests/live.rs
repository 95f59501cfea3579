//! Live filters: who is in them, as writes arrive and as the clock moves.

use std::time::Duration;

use lead_index::{Age, Clock, DateTime, Error, Filter, Lead, LeadIndex, Listener, LiveEvent, Order, Query};

const NOW: i64 = 1_790_000_000;

fn at(second: i64) -> DateTime {
    DateTime::from_unix(second).expect("a date of this century")
}

/// An index with small blocks, and the clock it reads.
fn index() -> (LeadIndex, Clock) {
    let clock = Clock::fixed(at(NOW));
    (LeadIndex::builder().block_rows(64).clock(clock.clone()).build(), clock)
}

fn lead(id: u64) -> Lead {
    Lead::new(id).with("$email", format!("{id}@example.com"))
}

fn heard(listener: &Listener) -> Vec<(char, u64)> {
    std::iter::from_fn(|| listener.try_next())
        .map(|event| match event {
            LiveEvent::Entered { id, .. } => ('+', id),
            LiveEvent::Left { id, .. } => ('-', id),
            LiveEvent::Missed(count) => ('!', count),
            other => panic!("a new kind of event: {other:?}"),
        })
        .collect()
}

#[test]
fn a_live_filter_follows_inserts_changes_and_removals() -> Result<(), Error> {
    let (index, _) = index();
    for id in 1..=300 {
        index.insert(lead(id).with("n", i64::try_from(id % 10).expect("small")))?;
    }
    let live = index.keep_as("sevens", Filter::eq("n", 7))?;
    assert_eq!((live.id(), live.name()?.as_str(), live.total()?), (1, "sevens", 30));
    let listener = live.listen(100)?;
    index.insert(lead(1_000).with("n", 7))?;
    index.upsert(lead(7).with("n", 8))?;
    index.upsert(lead(8).with("n", 7))?;
    index.remove(17)?;
    // Who is no lead is no member of a list of leads, whatever he holds.
    index.upsert(Lead::new(27).with("n", 7))?;
    index.insert(Lead::new(2_000).with("n", 7))?;
    assert_eq!(heard(&listener), [('+', 1_000), ('-', 7), ('+', 8), ('-', 17), ('-', 27)]);
    assert_eq!(live.total()?, 29);
    assert!(live.contains(8)? && !live.contains(7)? && !live.contains(27)? && !live.contains(9_999)?);
    let page = live.query(&Query::new().sort_by("$id", Order::Desc).limit(2))?;
    assert_eq!((page.total(), page.ids()), (29, vec![1_000, 297]));
    let both = live.query(&Query::new().filter(Filter::lt("$id", 50)).sort_by("$id", Order::Asc))?;
    assert_eq!(both.ids(), [8, 37, 47]);
    index.validate().map_err(Error::aborted)
}

#[test]
fn time_alone_moves_leads_exactly_at_the_second() -> Result<(), Error> {
    let (index, clock) = index();
    index.insert(lead(1).with("$last_seen", at(NOW - 50)))?;
    index.insert(lead(2).with("$last_seen", at(NOW + 10)))?;
    let young = index.keep(Filter::days_less("$last_seen", Age::minutes(1)))?;
    let old = index.keep(Filter::days_more("$last_seen", Age::minutes(1)))?;
    let today = index.keep(Filter::today("$last_seen", 0))?;
    let heard_young = young.listen(10)?;
    let totals = || -> Result<_, Error> { Ok((young.total()?, old.total()?, today.total()?)) };
    assert_eq!(totals()?, (2, 0, 2));
    for (second, expected) in
        [(9, (2, 0, 2)), (10, (1, 0, 2)), (11, (1, 1, 2)), (69, (1, 1, 2)), (70, (0, 1, 2)), (71, (0, 2, 2))]
    {
        clock.set(at(NOW + second));
        // Exact without a tick, and the same after one.
        assert_eq!(totals()?, expected, "at second {second}, before the tick");
        index.tick()?;
        assert_eq!(totals()?, expected, "at second {second}, after the tick");
        index.validate().map_err(Error::aborted)?;
    }
    assert_eq!(heard(&heard_young), [('-', 1), ('-', 2)]);
    let midnight = (NOW / 86_400 + 1) * 86_400;
    clock.set(at(midnight - 1));
    assert_eq!(totals()?.2, 2);
    assert!(!index.tick()?, "nothing turns in the last second of a day");
    clock.set(at(midnight));
    assert_eq!(totals()?.2, 0);
    assert!(index.tick()?);
    assert_eq!(totals()?.2, 0);
    // Back in time: index time never runs back.
    clock.set(at(NOW));
    assert_eq!(totals()?, (0, 2, 0));
    index.validate().map_err(Error::aborted)
}

#[test]
fn a_segment_in_a_filter_is_its_members() -> Result<(), Error> {
    let (index, clock) = index();
    for id in 1..=200 {
        index.insert(lead(id).with("n", i64::try_from(id % 5).expect("small")).with("$created", at(NOW - 100)))?;
    }
    let ones = index.keep(Filter::eq("n", 1))?;
    let fresh = index.keep(Filter::days_less("$created", Age::minutes(2)))?;
    let both = index.keep(Filter::all([Filter::segment(ones.id()), Filter::segment(fresh.id())]))?;
    assert_eq!((ones.total()?, fresh.total()?, both.total()?), (40, 200, 40));
    assert_eq!(index.count(&Filter::not(Filter::segment(both.id())))?, 160);
    clock.set(at(NOW + 20));
    assert_eq!((both.total()?, index.count(&Filter::not(Filter::segment(both.id())))?), (0, 200));
    index.tick()?;
    assert_eq!((both.total()?, index.count(&Filter::not(Filter::segment(both.id())))?), (0, 200));
    // A question of another time is answered as of that time.
    let then = Query::new().filter(Filter::segment(both.id())).at(at(NOW + 19));
    assert_eq!(index.query(&then)?.total(), 40);
    assert_eq!(index.drop_live(ones.id()).unwrap_err().code(), "segment_in_use");
    assert_eq!(index.count(&Filter::segment(77)).unwrap_err().code(), "unknown_segment");
    assert_eq!(index.keep(Filter::segment(4)).unwrap_err().code(), "unknown_segment", "its own number to be");
    assert_eq!(index.drop_live(0).unwrap_err().code(), "segment_in_use");
    index.drop_live(both.id())?;
    index.drop_live(ones.id())?;
    assert_eq!(ones.total().unwrap_err().code(), "unknown_segment");
    assert_eq!(index.live_filters().iter().map(lead_index::LiveFilter::id).collect::<Vec<_>>(), [fresh.id()]);
    let next = index.keep(Filter::eq("n", 2))?;
    assert_eq!((next.id(), next.total()?), (4, 40), "numbers are not used again");
    index.validate().map_err(Error::aborted)
}

#[test]
fn a_chain_of_segments_is_bounded_as_if_it_were_written_out() -> Result<(), Error> {
    let (index, _) = index();
    index.insert(lead(1).with("n", 1))?;
    let mut id = index.keep(Filter::eq("n", 1))?.id();
    let mut depth = 0;
    let error = loop {
        match index.keep(Filter::any([Filter::segment(id), Filter::segment(id)])) {
            Ok(live) => id = live.id(),
            Err(error) => break error,
        }
        depth += 1;
    };
    assert_eq!((error.code(), depth), ("too_many_conditions", 12));
    assert_eq!(index.live(id).expect("kept").total()?, 1);
    index.validate().map_err(Error::aborted)
}

#[test]
fn a_slow_listener_is_told_how_far_it_fell_behind() -> Result<(), Error> {
    let (index, _) = index();
    let leads = index.lead_filter();
    let listener = leads.listen(3)?;
    for id in 1..=5 {
        index.insert(lead(id))?;
    }
    index.upsert(Lead::new(2))?;
    assert_eq!(listener.waiting(), 3);
    assert_eq!(heard(&listener), [('!', 3), ('+', 4), ('+', 5), ('-', 2)]);
    assert_eq!(listener.try_next(), None);
    assert_eq!(leads.total()?, 4);
    // What happens inside one publication is told on the whole.
    index.batch(|batch| {
        batch.insert(lead(9))?;
        batch.remove(9)?;
        batch.remove(1)?;
        batch.insert(lead(1))?;
        batch.upsert(Lead::new(5))?;
        batch.insert(lead(10)).map(|_| ())
    })?;
    assert_eq!(heard(&listener), [('-', 5), ('+', 10)]);
    let none: Result<(), Error> = index.batch(|batch| {
        batch.insert(lead(11))?;
        Err(Error::aborted("no"))
    });
    assert_eq!(none.unwrap_err().code(), "aborted");
    assert_eq!(heard(&listener), []);
    index.validate().map_err(Error::aborted)
}

#[test]
fn a_listener_of_a_dropped_filter_ends() -> Result<(), Error> {
    let (index, _) = index();
    let live = index.keep(Filter::known("$email"))?;
    let listener = live.listen(8)?;
    index.insert(lead(1))?;
    index.drop_live(live.id())?;
    assert!(listener.is_ended());
    assert!(matches!(listener.wait(Duration::from_secs(60)), Some(LiveEvent::Entered { id: 1, .. })));
    assert_eq!(listener.wait(Duration::from_secs(60)), None);
    assert_eq!(live.listen(8).unwrap_err().code(), "unknown_segment");
    Ok(())
}

#[test]
fn a_snapshot_keeps_the_live_filters_of_its_time() -> Result<(), Error> {
    let (index, clock) = index();
    for id in 1..=100 {
        index.insert(lead(id).with("$created", at(NOW)))?;
    }
    let live = index.keep(Filter::days_less("$created", Age::minutes(1)))?;
    let snapshot = index.snapshot();
    clock.set(at(NOW + 60));
    index.tick()?;
    index.remove(5)?;
    assert_eq!((live.total()?, snapshot.live_total(live.id())?), (0, 100));
    let query = Query::new().filter(Filter::segment(live.id()));
    assert_eq!((index.query(&query)?.total(), snapshot.query(&query)?.total()), (0, 100));
    index.drop_live(live.id())?;
    assert_eq!(snapshot.query(&query)?.total(), 100);
    assert_eq!(index.query(&query).unwrap_err().code(), "unknown_segment");
    Ok(())
}

#[test]
fn many_rows_of_a_block_are_looked_at_together_with_the_same_outcome() -> Result<(), Error> {
    // Blocks large enough for both ways, and an import that fills them at once.
    let clock = Clock::fixed(at(NOW));
    let index = LeadIndex::builder().block_rows(1_024).clock(clock.clone()).build();
    let live = index.keep(Filter::any([
        Filter::str_contains("$email", "7@"),
        Filter::days_less("$created", Age::minutes(1)),
        Filter::list_contains("tags", "B"),
    ]))?;
    let listener = live.listen(100_000)?;
    let mut file = Vec::new();
    for id in 1..=3_000_u64 {
        let lead = lead(id).with("$created", at(NOW - i64::try_from(id).expect("small")));
        let lead = if id % 3 == 0 { lead.with("tags", ["a", "b"]) } else { lead };
        file.extend(serde_json::to_vec(&lead).expect("a lead is JSON"));
        file.push(b'\n');
    }
    index.import(lead_index::JsonLines::from_reader(std::io::Cursor::new(file)))?;
    index.validate().map_err(Error::aborted)?;
    let by_hand = (1..=3_000_u64).filter(|id| id % 10 == 7 || *id < 60 || id % 3 == 0).count();
    assert_eq!(live.total()?, by_hand as u64);
    assert_eq!(heard(&listener).len(), by_hand);
    clock.set(at(NOW + 30));
    index.tick()?;
    index.validate().map_err(Error::aborted)?;
    let left: Vec<u64> = (30..60).filter(|id| id % 10 != 7 && id % 3 != 0).collect();
    assert_eq!(heard(&listener), left.into_iter().map(|id| ('-', id)).collect::<Vec<_>>());
    Ok(())
}
