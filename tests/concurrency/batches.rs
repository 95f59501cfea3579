//! Batches are seen whole or not at all, and those that fail are not seen.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lead_index::{Batch, Change, Error, Filter, Lead, LeadIndex, LeadRef, LiveFilter, Order, Query, ValueRef};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::{faulty, index, lead, meanwhile, sound, watched};

const ACCOUNTS: u64 = 100;
const COINS: i64 = 1_000;
/// Every account and the one spare lead.
const EVERYONE: u64 = ACCOUNTS + 1;

/// Leads between whom every batch keeps a balance: coins move but their sum stays, half of the leads
/// stand on the left, neighbours hold the same stamp, and there is one spare lead, each time another.
struct Ledger {
    index: LeadIndex,
    left: LiveFilter,
}

/// What the writer of a ledger knows.
struct Hand {
    rng: StdRng,
    sides: Vec<bool>,
    spare: u64,
}

impl Ledger {
    fn new() -> (Self, Hand) {
        let index = index();
        let account = |id: u64| lead(id).with("coins", COINS).with("left", id.is_multiple_of(2)).with("stamp", 0);
        let sides = (1..=ACCOUNTS).map(|id: u64| id.is_multiple_of(2)).collect();
        let hand = Hand { rng: StdRng::seed_from_u64(7), sides, spare: ACCOUNTS + 1 };
        let all = |batch: &mut Batch<'_>| {
            (1..=ACCOUNTS).try_for_each(|id| batch.insert(account(id)))?;
            batch.insert(lead(hand.spare))
        };
        index.batch(all).expect("new leads");
        let left = index.keep(Filter::bool_true("left")).expect("a legal filter");
        (Self { index, left }, hand)
    }

    /// A batch that keeps the balance.
    fn write(&self, hand: &mut Hand, n: u64) {
        let (from, to) = (hand.rng.random_range(1..=ACCOUNTS), hand.rng.random_range(1..=ACCOUNTS));
        let coins = hand.rng.random_range(1..50);
        let (goes, comes) = (hand.side(true), hand.side(false));
        let pair = hand.rng.random_range(0..ACCOUNTS / 2) * 2 + 1;
        let batch = self.index.batch(|batch| {
            batch.apply(from, [Change::add("coins", -coins)])?;
            batch.apply(goes, [Change::set("left", false)])?;
            batch.apply(pair, [Change::set("stamp", n.cast_signed())])?;
            batch.remove(hand.spare)?;
            batch.apply(to, [Change::add("coins", coins)])?;
            batch.apply(comes, [Change::set("left", true)])?;
            batch.apply(pair + 1, [Change::set("stamp", n.cast_signed())])?;
            batch.insert(lead(hand.spare + 1))
        });
        batch.expect("a batch that can be carried out");
        hand.spare += 1;
        hand.sides.swap(usize::try_from(goes - 1).expect("small"), usize::try_from(comes - 1).expect("small"));
    }

    /// Asks in one of many ways and checks the balance.
    fn check(&self, rng: &mut StdRng) {
        let (index, left) = (&self.index, Filter::bool_true("left"));
        let half = ACCOUNTS / 2;
        match rng.random_range(0..7) {
            0 => assert_eq!(index.count(&left).expect("a legal filter"), half),
            1 => assert_eq!(self.left.total().expect("kept"), half),
            2 => {
                let by = if rng.random_bool(0.5) { "coins" } else { "stamp" };
                let page = index.query(&Query::new().sort_by(by, Order::Desc).limit(1_000)).expect("a legal question");
                assert_eq!(page.total(), EVERYONE);
                in_balance(page.leads());
            }
            3 => {
                let mut export = index.export(&Filter::all([]), "coins", Order::Asc).expect("a legal question");
                let all: Vec<Lead> = export.by_ref().collect();
                assert_eq!(all.len() as u64, EVERYONE);
                assert_eq!(all.iter().filter(|lead| lead.id > ACCOUNTS).count(), 1);
                in_balance(all.iter().filter_map(|lead| export.snapshot().get(lead.id)));
            }
            4 => {
                // The same test asked twice and turned around, of one point in time.
                let snapshot = index.snapshot();
                let richer = Filter::gt("coins", COINS);
                let count = |filter: &Filter| snapshot.count(filter).expect("a legal filter");
                let found = count(&richer);
                assert_eq!(count(&Filter::not(richer.clone())), EVERYONE - found);
                assert_eq!(count(&richer), found);
                assert_eq!(snapshot.live_total(self.left.id()).expect("kept"), count(&left));
            }
            5 => {
                let sides = self.left.query(&Query::new().sort_by("stamp", Order::Asc).limit(7)).expect("kept");
                assert_eq!((sides.total(), sides.ids().len()), (half, 7));
                assert!(sides.leads().all(|lead| matches!(lead.get("left"), Some(ValueRef::Boolean(true)))));
            }
            _ => {
                assert_eq!((index.len(), index.lead_count()), (EVERYONE, EVERYONE));
                assert_eq!(index.count(&Filter::gt("$id", ACCOUNTS)).expect("a legal filter"), 1);
            }
        }
    }
}

impl Hand {
    /// Somebody who stands on that side.
    fn side(&mut self, left: bool) -> u64 {
        loop {
            let id = self.rng.random_range(1..=ACCOUNTS);
            if self.sides[usize::try_from(id - 1).expect("small")] == left {
                return id;
            }
        }
    }
}

/// Checks the sum of the coins, the sides, and the stamps of neighbours.
fn in_balance<'a>(leads: impl Iterator<Item = LeadRef<'a>>) {
    let (mut coins, mut lefts, mut stamps) = (0, 0, BTreeMap::new());
    for lead in leads.filter(|lead| lead.id() <= ACCOUNTS) {
        let Some(ValueRef::Number(held)) = lead.get("coins") else { panic!("lead {} has no coins", lead.id()) };
        let Some(ValueRef::Number(stamp)) = lead.get("stamp") else { panic!("lead {} has no stamp", lead.id()) };
        coins += held;
        lefts += u64::from(matches!(lead.get("left"), Some(ValueRef::Boolean(true))));
        stamps.insert(lead.id(), stamp);
    }
    assert_eq!((coins, lefts), (COINS * ACCOUNTS.cast_signed(), ACCOUNTS / 2));
    assert!((1..ACCOUNTS).step_by(2).all(|id| stamps[&id] == stamps[&(id + 1)]), "{stamps:?}");
}

#[test]
fn a_batch_is_seen_whole_or_not_at_all() {
    watched(|| {
        let (ledger, mut hand) = Ledger::new();
        let work = |reader: usize| {
            let mut rng = StdRng::seed_from_u64(reader as u64);
            (0..1_500).for_each(|_| ledger.check(&mut rng));
        };
        let writes = meanwhile(3, work, |n| ledger.write(&mut hand, n));
        println!("4500 questions during {writes} batches");
        sound(&ledger.index);
    });
}

/// Upsets every balance.
fn upset(batch: &mut Batch<'_>, n: u64) -> Result<(), Error> {
    for id in [3, 4, 7, 70] {
        batch.apply(id, [Change::add("coins", 5), Change::set("left", true), Change::set("rubbish", "here")])?;
    }
    batch.apply(5, [Change::event(format!("failed {n}")), Change::set(format!("name {n}"), 1)])?;
    batch.insert(lead(9_000_000 + n))?;
    batch.remove(1)?;
    Ok(())
}

/// A batch that comes to nothing, in one of four ways.
fn fail(ledger: &Ledger, n: u64) {
    let index = &ledger.index;
    let code = |result: Result<(), Error>| result.expect_err("a batch that fails").code();
    let code = match n % 4 {
        0 => code(index.batch(|batch| upset(batch, n).and_then(|()| Err(Error::aborted("no"))))),
        // A call in the middle is refused, and the batch gives up.
        1 => code(index.batch(|batch| upset(batch, n).and_then(|()| batch.insert(lead(2))))),
        2 => code(index.batch(|batch| {
            upset(batch, n)?;
            batch.apply(7, [Change::merge(7)]).map(|_| ())
        })),
        _ => {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                index.batch(|batch| {
                    upset(batch, n).map(|()| {
                        if batch.get(2).is_some() {
                            faulty()
                        }
                    })
                })
            }));
            assert!(panicked.is_err());
            "a panic"
        }
    };
    assert_eq!(
        code,
        ["aborted", "lead_exists", "merge_with_itself", "a panic"][usize::try_from(n % 4).expect("small")]
    );
}

#[test]
fn a_batch_that_fails_is_never_seen_and_counts_nothing() {
    watched(|| {
        let (ledger, mut hand) = Ledger::new();
        let listener = ledger.left.listen(1_000_000).expect("kept");
        let work = |reader: usize| {
            let mut rng = StdRng::seed_from_u64(reader as u64);
            for _ in 0..600 {
                ledger.check(&mut rng);
                assert_eq!(ledger.index.count(&Filter::known("rubbish")).expect("a legal filter"), 0);
                assert!(ledger.index.events().is_empty());
            }
        };
        let counters = || {
            let index = &ledger.index;
            (index.version(), index.len(), index.lead_count(), index.properties(), index.memory().names)
        };
        let mut written = 0;
        let failures = meanwhile(2, work, |n| {
            let before = (counters(), listener.waiting());
            fail(&ledger, n);
            assert_eq!((counters(), listener.waiting()), before);
            if n % 2 == 0 {
                ledger.write(&mut hand, n);
                written += 1;
                assert_eq!(ledger.index.version(), before.0.0 + 1);
            }
        });
        println!("1200 rounds of questions during {written} batches and {failures} that failed");
        let next = ledger.index.keep(Filter::known("rubbish")).expect("a legal filter");
        assert_eq!((next.id(), next.total().expect("kept")), (2, 0));
        sound(&ledger.index);
    });
}
