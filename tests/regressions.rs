//! What random histories once found, made short: one test a fault, so that none comes back.

use std::time::Duration;

use lead_index::{
    Age, Change, Clock, Error, Filter, Lead, LeadIndex, Limits, LiveEvent, Query, Universe, Value, limits,
};

/// The ends of a dictionary's late texts are forgotten with the texts that a batch left unused.
#[test]
fn a_batch_that_writes_and_removes_many_texts_finds_the_next_one() -> Result<(), Error> {
    type Make = fn(u64) -> Value;
    let (text, list): (Make, Make) = (|n| Value::from(format!("t{n}")), |n| Value::List(vec![format!("t{n}")]));
    for make in [text, list] {
        let index = LeadIndex::builder().block_rows(64).build();
        index.insert(Lead::new(1_000).with("tags", make(0)))?;
        index.batch(|batch| {
            for n in 1..1_000 {
                batch.insert(Lead::new(1).with("tags", make(n)))?;
                batch.remove(1)?;
            }
            batch.insert(Lead::new(2).with("tags", make(500)))
        })?;
        index.validate().map_err(Error::aborted)?;
        let either = Filter::any([Filter::str_eq("tags", "T500"), Filter::list_contains("tags", "T500")]);
        let page = index.query(&Query::new().universe(Universe::Everyone).filter(either))?;
        assert_eq!(page.ids(), [2]);
    }
    Ok(())
}

/// A live filter that reaches the bounds of a filter is read like any other, also once time has moved
/// somebody: it was checked when it was kept, and its readers add nothing to it.
#[test]
fn a_live_filter_at_the_bounds_of_filters_can_be_read() -> Result<(), Error> {
    let clock = Clock::fixed("2026-01-01T00:00:00".parse()?);
    let index = LeadIndex::builder().clock(clock.clone()).build();
    index.insert(Lead::new(1).with("$email", "a@example.com").with("seen", clock.now()))?;
    index.insert(Lead::new(2).with("$email", "b@example.com"))?;
    let fresh = || Filter::days_less("seen", Age::minutes(1));
    let deep = (0..limits::FILTER_DEPTH).fold(fresh(), |inner, _| Filter::all([inner]));
    let wide = Filter::all(std::iter::repeat_with(fresh).take(limits::FILTER_CONDITIONS));
    let kept = [index.keep(deep)?, index.keep(wide)?];
    for (members, later) in [(1, "2026-01-01T00:00:00"), (0, "2026-01-01T00:01:00")] {
        clock.set(later.parse()?);
        for live in &kept {
            assert_eq!(live.total()?, members);
            assert_eq!(live.contains(1)?, members == 1);
            assert!(!live.contains(2)? && !live.contains(3)?);
            assert_eq!(live.query(&Query::new())?.total(), members);
            assert_eq!(index.count(&Filter::segment(live.id()))?, members);
        }
    }
    Ok(())
}

/// A text that a lead once had is gone with the lead, also where the lead had none in its place when it
/// was removed.
#[test]
fn a_removal_takes_the_texts_along_that_the_lead_had_before() -> Result<(), Error> {
    let index = LeadIndex::new();
    index.insert(Lead::new(1).with("$name", "Ann").with("note", "a").with("tags", ["a"]))?;
    index.insert(Lead::new(2).with("$name", "Ben"))?;
    let texts = || -> u64 { index.memory().properties.iter().map(|property| property.dictionary).sum() };
    index.remove(2)?;
    let before = texts();
    index
        .insert(Lead::new(2).with("$name", "Ben").with("note", "n".repeat(255)).with("tags", vec!["t".repeat(255)]))?;
    index.apply(2, [Change::user_id("u".repeat(255))])?;
    index.apply(2, [Change::delete("note"), Change::delete("tags"), Change::UserId(None)])?;
    index.remove(2)?;
    // What the dictionaries had room for is given back too, so it may even be less.
    assert!(texts() <= before, "{before} bytes before, now {}", index.memory());
    index.validate().map_err(Error::aborted)
}

/// Names of events are numbered in about as many steps as there are names.
#[test]
fn a_call_may_bring_many_new_events() -> Result<(), Error> {
    let mut limits = Limits::default();
    limits.properties = 200_000;
    let index = LeadIndex::builder().limits(limits).build();
    index.insert(Lead::new(1).with("$event_2_count", 1))?;
    let done = index.apply(1, (0..20_000).map(|n| Change::event(format!("event {n}"))))?;
    let numbers: Vec<u64> = done.events.iter().map(|counted| counted.event).collect();
    assert!(numbers.iter().copied().eq((1..).filter(|id| *id != 2).take(20_000)));
    Ok(())
}

/// Whoever waits for events of an index that is gone waits no longer.
#[test]
fn a_listener_ends_with_its_index() -> Result<(), Error> {
    let index = LeadIndex::new();
    let listener = index.lead_filter().listen(8)?;
    index.insert(Lead::new(1).with("$name", "Ann"))?;
    drop(index);
    assert!(matches!(listener.try_next(), Some(LiveEvent::Entered { id: 1, .. })));
    assert!(listener.is_ended());
    assert_eq!(listener.wait(Duration::MAX), None);
    Ok(())
}

/// `$id` has a wider range than a number of a property, so it has no values of that kind.
#[test]
fn ids_are_not_listed_as_what_they_are_not() -> Result<(), Error> {
    let index = LeadIndex::new();
    index.insert(Lead::new(7).with("$name", "Ann"))?;
    let listed = index.snapshot().top_values("$id", 5);
    assert!(listed.is_empty() || listed == [(Value::Number(7), 1)], "{listed:?}");
    Ok(())
}
