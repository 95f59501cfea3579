//! Lists read page by page through cursors, and in one go through exports, against the naive twin.
//!
//! `LEAD_INDEX_PAGES` sets how many random lists are read (600), `LEAD_INDEX_SEED` where the seeds begin.

#[path = "pages/exports.rs"]
mod exports;
#[path = "gen/mod.rs"]
mod generate;
#[path = "pages/hostile.rs"]
mod hostile;
#[path = "pages/present.rs"]
mod present;
mod twin;

use generate::asks::any_ask;
use generate::leads::{Flavour, NAMES};
use generate::{Dice, Sample, amount};
use lead_index::{Cursor, Filter, Force, ForceSort, Order, Snapshot};
use twin::ops::{Op, every_force};
use twin::run::Run;
use twin::{Ask, RESERVED, now};

/// Every name that a list can be sorted by, one that nobody has among them.
fn sorts() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain(RESERVED).chain(["nobody has it"])
}

/// An index whose rows were taken, freed and taken again, with orders of some properties kept.
fn world(dice: &mut Dice, seed: u64, block_rows: usize, size: usize) -> Run {
    let mut run = Run::new(seed, block_rows);
    let flavour = Flavour::any(dice);
    let room = size + size / 2 + 1;
    for _ in 0..size {
        run.step(Op::Upsert(flavour.lead(dice, room)));
    }
    for name in sorts() {
        if dice.one_in(2) {
            run.step(Op::PrepareOrder(name.to_owned()));
        }
    }
    for _ in 0..size / 2 {
        run.step(Op::Remove(flavour.id(dice, room)));
        run.step(Op::Upsert(flavour.lead(dice, room)));
    }
    run
}

/// Reads the list from `start` to its end by cursors, in pages of the sizes that `size` gives, and checks each page.
/// Returns how many pages that were.
fn read_through(snapshot: &Snapshot, ask: &Ask, force: Force, whole: &[u64], mut size: impl FnMut() -> u64) -> usize {
    let told = |rank: usize| format!("rank {rank} of {ask:?} under {force:?}");
    let mut rank = usize::try_from(ask.offset).expect("an offset of the test's own");
    let first = Ask { limit: size(), ..ask.clone() };
    let mut page = snapshot.query(&first.query(force)).expect("a legal question");
    let mut pages = 1;
    loop {
        let ids = page.ids();
        assert_eq!(ids, whole[rank..rank + ids.len()], "{}", told(rank));
        assert_eq!(page.total(), whole.len() as u64, "{}", told(rank));
        rank += ids.len();
        let Some(cursor) = page.next_cursor() else { break };
        assert!(!ids.is_empty() && rank < whole.len(), "no cursor leads from nothing or to nothing: {}", told(rank));
        assert_eq!((cursor.rank(), cursor.total()), (rank as u64, whole.len() as u64), "{}", told(rank));
        let sent: Cursor = cursor.to_string().parse().expect("its own text");
        assert_eq!(sent, cursor);
        // The offset of a resumed question is not looked at.
        let next = Ask { limit: size(), offset: 3, ..ask.clone() };
        page = snapshot.resume(&next.query(force), &sent).expect("its own cursor");
        pages += 1;
    }
    assert_eq!(rank, whole.len(), "the last page reaches the end: {}", told(rank));
    pages
}

#[test]
fn pages_of_every_size_put_together_are_the_whole_list() {
    let mut dice = Dice::seeded(11);
    let run = world(&mut dice, 11, 64, 150);
    let snapshot = run.pair.index.snapshot();
    let forces = every_force();
    let (mut turn, mut pages) = (0, 0);
    for name in sorts() {
        for order in [Order::Asc, Order::Desc] {
            let ask = Ask { sort: name.to_owned(), order, ..Ask::everything(Filter::all([])) };
            let (total, whole) = run.pair.twin.answer(&ask);
            assert!(total > 64, "{total} leads are too few to be worth it");
            for size in 1..=total + 1 {
                turn += 1;
                pages += read_through(&snapshot, &ask, forces[turn % forces.len()], &whole, || size);
            }
        }
    }
    println!("{pages} pages");
}

#[test]
fn random_lists_read_through_cursors_are_those_that_offsets_read() {
    let (lists, seed) = (amount("LEAD_INDEX_PAGES", 600), amount("LEAD_INDEX_SEED", 1));
    let forces = every_force();
    let (mut pages, mut long) = (0, 0);
    for seed in seed..seed + lists.div_ceil(30) {
        let mut dice = Dice::seeded(seed);
        let (block_rows, size) = (*dice.pick(&[64, 64, 128, 256]), *dice.pick(&[3, 65, 130, 300, 500]));
        let run = world(&mut dice, seed, block_rows, size);
        let (snapshot, sample) = (run.pair.index.snapshot(), Sample::of(&run.pair.twin));
        for _ in 0..30 {
            let mut ask = Ask { offset: 0, limit: 10_000, ..any_ask(&mut dice, &sample) };
            let (total, whole) = run.pair.twin.answer(&ask);
            ask.offset = if dice.one_in(3) { dice.below(whole.len() + 1) as u64 } else { 0 };
            let force = *dice.pick(&forces);
            let base = *dice.pick(&[1, 1, 5, 40, 400]);
            pages += read_through(&snapshot, &ask, force, &whole, || base + dice.below(3) as u64);
            long += usize::from(total > 64);
        }
    }
    println!("{pages} pages of {lists} lists, {long} of more than 64 leads");
    assert!(long as u64 * 4 > lists, "only {long} of {lists} lists are long enough to tell anything");
}

#[test]
fn a_cursor_leads_to_what_stands_at_its_rank_whatever_the_way() {
    let mut dice = Dice::seeded(77);
    let run = world(&mut dice, 77, 64, 400);
    let snapshot = run.pair.index.snapshot();
    let sample = Sample::of(&run.pair.twin);
    for _ in 0..200 {
        let ask =
            Ask { offset: dice.below(300) as u64, limit: 1 + dice.below(20) as u64, ..any_ask(&mut dice, &sample) };
        let Some(cursor) = snapshot.query(&ask.query(Force::default())).unwrap().next_cursor() else { continue };
        let ranked = Ask { offset: cursor.rank(), limit: 30, ..ask.clone() };
        let (_, expected) = run.pair.twin.answer(&ranked);
        for force in every_force() {
            let query = ranked.query(force);
            assert_eq!(snapshot.query(&query).unwrap().ids(), expected, "{ranked:?} under {force:?}");
            assert_eq!(snapshot.resume(&query, &cursor).unwrap().ids(), expected, "{ranked:?} under {force:?}");
        }
    }
}

#[test]
fn an_older_snapshot_goes_on_while_its_rows_are_taken_by_others() {
    let mut dice = Dice::seeded(5);
    let flavour = Flavour::any(&mut dice);
    let mut run = world(&mut dice, 5, 64, 260);
    let (snapshot, twin) = (run.pair.index.snapshot(), run.pair.twin.clone());
    for name in sorts() {
        for order in [Order::Asc, Order::Desc] {
            let ask = Ask { sort: name.to_owned(), order, at: Some(now()), ..Ask::everything(Filter::all([])) };
            let (_, whole) = twin.answer(&ask);
            let mut at = 0;
            let mut page = snapshot.query(&Ask { limit: 9, ..ask.clone() }.query(Force::default())).unwrap();
            loop {
                let ids = page.ids();
                assert_eq!(ids, whole[at..at + ids.len()], "rank {at} of {ask:?}");
                at += ids.len();
                let Some(cursor) = page.next_cursor() else { break };
                // The lead before the place is removed, and its row soon taken.
                run.step(Op::Remove(whole[at - 1]));
                run.step(Op::Upsert(flavour.lead(&mut dice, 300)));
                if dice.one_in(20) {
                    run.step(Op::PrepareOrder((*dice.pick(&NAMES)).to_owned()));
                }
                let force = *dice.pick(&every_force());
                page = snapshot.resume(&Ask { limit: 9, ..ask.clone() }.query(force), &cursor).unwrap();
            }
            assert_eq!(at, whole.len(), "{ask:?}");
        }
    }
    run.step(Op::Validate);
}

#[test]
fn the_end_of_a_list_and_an_empty_page_have_no_cursor() {
    let mut dice = Dice::seeded(3);
    let run = world(&mut dice, 3, 64, 100);
    let snapshot = run.pair.index.snapshot();
    let ask = Ask::everything(Filter::all([]));
    let total = run.pair.twin.answer(&ask).0;
    let next = |offset: u64, limit: u64| {
        let query = Ask { offset, limit, ..ask.clone() }.query(Force::default());
        snapshot.query(&query).unwrap().next_cursor()
    };
    assert_eq!(next(0, 0), None);
    assert_eq!(next(5, 0), None);
    assert_eq!(next(0, total), None);
    assert_eq!(next(total - 1, 1), None);
    assert_eq!(next(total, 1), None);
    assert_eq!(next(u64::MAX, 10_000), None);
    assert_eq!(next(total - 2, 1).map(|cursor| cursor.rank()), Some(total - 1));
    let nobody = Ask::everything(Filter::any([])).query(Force::default());
    assert_eq!(snapshot.query(&nobody).unwrap().next_cursor(), None);
    let cursor = next(0, 4).expect("more than four");
    let empty = snapshot.resume(&Ask { limit: 0, ..ask.clone() }.query(Force::default()), &cursor).unwrap();
    assert_eq!((empty.ids(), empty.total(), empty.next_cursor()), (Vec::new(), total, None));
}

#[test]
fn a_deadline_and_a_cancelled_token_end_a_resumed_page_too() {
    let mut dice = Dice::seeded(8);
    let run = world(&mut dice, 8, 64, 100);
    let snapshot = run.pair.index.snapshot();
    let query =
        Ask { limit: 5, ..Ask::everything(Filter::all([])) }.query(Force { sort: ForceSort::Walk, ..Force::default() });
    let cursor = snapshot.query(&query).unwrap().next_cursor().expect("more than five");
    let token = lead_index::CancelToken::new();
    token.cancel();
    let code = |query| snapshot.resume(&query, &cursor).unwrap_err().code();
    assert_eq!(code(query.clone().cancel_token(token)), "cancelled");
    assert_eq!(code(query.clone().deadline(std::time::Duration::ZERO)), "deadline_exceeded");
    assert_eq!(code(query.limit(10_001)), "limit_too_large");
}
