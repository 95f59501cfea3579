//! Indexes that came to the same leads in different ways.

use lead_index::{Change, DateTime, Force, Lead, Order, Target};
use rand::seq::SliceRandom;

use super::World;
use super::generate::asks::any_ask;
use super::twin::ops::Op;
use super::twin::pair::Pair;

/// Questions put to every one of the indexes.
const QUESTIONS: u64 = 40;

/// One by one, in another order, as one import, and after detours: the same leads, so the same
/// answers, and the same leads copied out. Returns how many questions were compared.
pub(crate) fn the_same_leads_answer_alike_however_they_came(world: &mut World) -> u64 {
    let leads: Vec<Lead> = world.run.pair.twin.rows().map(|row| row.lead.clone()).collect();
    let mut mixed = leads.clone();
    mixed.shuffle(&mut world.dice);
    let one_by_one: Vec<Op> = leads.iter().cloned().map(Op::Insert).collect();
    let in_another_order: Vec<Op> = mixed.iter().cloned().map(Op::Upsert).collect();
    let (live, beats) = (live(world), beats(world));
    let others = [
        built(world.seed, 64, [one_by_one, beats.clone(), live.clone()].concat()),
        built(world.seed, 256, [live.clone(), in_another_order, beats.clone()].concat()),
        built(world.seed, 64, [vec![Op::Import(mixed.clone())], live.clone(), beats.clone()].concat()),
        built(world.seed, 64, [live, detours(&mixed, &leads), beats].concat()),
    ];
    for _ in 0..QUESTIONS {
        let query = any_ask(&mut world.dice, &world.sample).query(Force::default());
        let answer = |pair: &Pair| {
            let page = pair.index.query(&query).expect("a legal question");
            (page.total(), page.leads().map(|lead| (lead.into_owned(), lead.presence())).collect::<Vec<_>>())
        };
        let expected = answer(&world.run.pair);
        for (way, other) in others.iter().enumerate() {
            assert_eq!(answer(other), expected, "seed {}: history {way}, {query:?}", world.seed);
        }
    }
    QUESTIONS
}

/// The same live filters under the same numbers.
fn live(world: &World) -> Vec<Op> {
    world.run.pair.twin.live().map(|(_, kept)| Op::Keep(kept.name.clone(), kept.filter.clone())).collect()
}

/// The same heartbeats: the leads are written as they were after them, so that nothing else changes.
fn beats(world: &World) -> Vec<Op> {
    let beat = |row: &super::twin::Row| {
        row.beat.map(|beat| {
            let at = DateTime::from_unix(beat.at);
            Op::Apply(Target::Id(row.lead.id), vec![Change::Heartbeat { kind: beat.kind, at }])
        })
    };
    world.run.pair.twin.rows().filter_map(|row| beat(row)).collect()
}

fn built(seed: u64, block_rows: usize, ops: Vec<Op>) -> Pair {
    let mut pair = Pair::new(block_rows);
    for op in ops.iter().chain([&Op::Validate]) {
        if let Err(fault) = pair.apply(op) {
            panic!("seed {seed}: {fault} at {op:?}");
        }
    }
    pair
}

/// Every lead is first written with the properties of another and then as it is; a third of them
/// is removed in between; orders are built before and after.
fn detours(mixed: &[Lead], leads: &[Lead]) -> Vec<Op> {
    let mut ops: Vec<Op> = Vec::new();
    for (lead, other) in mixed.iter().zip(leads) {
        let mut first = Lead::new(lead.id);
        first.props.clone_from(&other.props);
        ops.push(Op::Insert(first));
    }
    ops.push(Op::PrepareOrder("$last_seen".to_owned()));
    ops.extend(mixed.iter().step_by(3).map(|lead| Op::Remove(lead.id)));
    ops.extend(leads.iter().cloned().map(Op::Upsert));
    let mut everything = super::twin::Ask::everything(lead_index::Filter::all([]));
    everything.order = Order::Desc;
    everything.sort = "$created".to_owned();
    ops.push(Op::Ask(everything, vec![Force::default()]));
    ops
}
