//! Exports hand out the whole list.

use lead_index::{Export, Filter, Force, Lead, Order, Universe};

use super::generate::asks::any_ask;
use super::generate::{Dice, Sample};
use super::twin::ops::Op;
use super::twin::run::Run;
use super::twin::{Ask, Twin};
use super::{Flavour, sorts, world};

fn ids(export: Export) -> Vec<u64> {
    export.map(|lead| lead.id).collect()
}

/// Exports the list of the question and compares it with the twin's, lead by lead.
fn same_as_twin(run: &Run, twin: &Twin, ask: &Ask) {
    let mut export = run.pair.index.export(&ask.filter, &ask.sort, ask.order).expect("a legal question");
    let (total, whole) = twin.answer(ask);
    assert_eq!((export.total(), export.len()), (total, whole.len()), "{ask:?}");
    let mut left = whole.len();
    for (at, id) in whole.iter().enumerate() {
        // Read in place and copied out, in turns.
        let found: Option<Lead> =
            if at % 3 == 0 { export.next() } else { export.next_ref().map(|lead| lead.into_owned()) };
        assert_eq!(found.as_ref(), twin.get(*id), "rank {at} of {ask:?}");
        left -= 1;
        assert_eq!((export.len(), export.total()), (left, total));
    }
    assert!(export.next().is_none() && export.next_ref().is_none() && export.next().is_none(), "{ask:?}");
}

#[test]
fn an_export_is_the_whole_list_by_any_property() {
    let mut dice = Dice::seeded(21);
    let mut run = world(&mut dice, 21, 64, 400);
    for round in 0..2 {
        for name in sorts() {
            for order in [Order::Asc, Order::Desc] {
                let ask = Ask { sort: name.to_owned(), order, ..Ask::everything(Filter::all([])) };
                same_as_twin(&run, &run.pair.twin, &ask);
            }
            let step = if round == 0 { Op::PrepareOrder(name.to_owned()) } else { Op::DropOrder(name.to_owned()) };
            run.step(step);
        }
    }
}

#[test]
fn random_exports_are_those_lists_that_the_twin_reads() {
    for seed in 0..12 {
        let mut dice = Dice::seeded(seed);
        let (block_rows, size) = (*dice.pick(&[64, 128]), *dice.pick(&[0, 1, 64, 200, 600]));
        let run = world(&mut dice, seed, block_rows, size);
        let sample = Sample::of(&run.pair.twin);
        for _ in 0..25 {
            let ask = any_ask(&mut dice, &sample);
            let ask = Ask { offset: 0, limit: 10_000, universe: Universe::Leads, at: None, ..ask };
            same_as_twin(&run, &run.pair.twin, &ask);
        }
    }
}

/// Full blocks: runs of a few hundred leads, cut from orders with and without moved rows.
#[test]
fn an_export_of_full_blocks_is_the_whole_list() {
    let mut dice = Dice::seeded(4_096);
    let mut run = Run::new(4_096, 4_096);
    let flavour = Flavour::any(&mut dice);
    run.step(Op::Import((1..=9_000).map(|id| flavour.lead_of(&mut dice, id, 9_000)).collect()));
    for name in ["$last_seen", "score", "mixed", "tags"] {
        run.step(Op::PrepareOrder(name.to_owned()));
    }
    for _ in 0..25 {
        run.step(Op::Remove(flavour.id(&mut dice, 9_000)));
        run.step(Op::Upsert(flavour.lead(&mut dice, 12_000)));
    }
    for name in ["$last_seen", "score", "mixed", "tags", "$name", "vip", "$id", "seen at"] {
        let ask = Ask { sort: name.to_owned(), order: Order::Desc, ..Ask::everything(Filter::all([])) };
        let export = run.pair.index.export(&ask.filter, name, Order::Desc).unwrap();
        assert!(export.total() > 3_000, "{} leads are too few to be worth it", export.total());
        assert_eq!(ids(export), run.pair.twin.answer(&ask).1, "{name}");
    }
}

#[test]
fn an_export_begins_with_its_snapshot_and_ends_where_it_began() {
    let mut dice = Dice::seeded(6);
    let mut run = world(&mut dice, 6, 64, 200);
    let (index, ask) = (run.pair.index.clone(), Ask::everything(Filter::all([])));
    let (total, whole) = run.pair.twin.answer(&ask);
    let mut export = index.export(&ask.filter, "$id", Order::Asc).unwrap();
    assert_eq!(export.snapshot().version(), index.version());
    let mut seen: Vec<u64> = export.by_ref().take(5).map(|lead| lead.id).collect();
    for id in run.pair.twin.rows().map(|row| row.lead.id).collect::<Vec<u64>>() {
        run.step(Op::Remove(id));
    }
    assert_eq!((index.len(), export.total()), (0, total));
    seen.extend(export.map(|lead| lead.id));
    assert_eq!(seen, whole);
    assert_eq!(index.query(&ask.query(Force::default())).unwrap().total(), 0);
}

#[test]
fn an_export_refuses_what_a_query_refuses() {
    let mut dice = Dice::seeded(2);
    let run = world(&mut dice, 2, 64, 10);
    let code = |filter: Filter, sort: &str| {
        let error = run.pair.index.export(&filter, sort, Order::Asc).map(|_| ()).unwrap_err();
        (
            error.code(),
            lead_index::Query::new().filter(filter).sort_by(sort, Order::Asc).validate(50).unwrap_err().code(),
        )
    };
    let deep = (0..40).fold(Filter::all([]), |inner, _| Filter::not(inner));
    for (filter, sort) in [(deep, "$id"), (Filter::all([]), &*"x".repeat(256)), (Filter::str_contains("a", ""), "$id")]
    {
        let (found, expected) = code(filter, sort);
        assert_eq!(found, expected);
    }
}

#[test]
fn an_export_can_be_sent_to_another_thread() {
    fn sendable<T: Send>(value: T) -> T {
        value
    }
    let mut dice = Dice::seeded(9);
    let run = world(&mut dice, 9, 64, 150);
    let ask = Ask { sort: "$name".to_owned(), order: Order::Desc, ..Ask::everything(Filter::all([])) };
    let export = sendable(run.pair.index.export(&ask.filter, "$name", Order::Desc).unwrap());
    let read = std::thread::spawn(move || ids(export)).join().expect("the export does not panic");
    assert_eq!(read, run.pair.twin.answer(&ask).1);
}
