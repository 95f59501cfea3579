//! Random questions, and random steps.

use lead_index::{DateTime, Force, Lead, Order, Universe};
use rand::RngExt;

use super::super::twin::Ask;
use super::super::twin::ops::{Op, Way};
use super::filters::{any_filter, name, with_unknown_segment};
use super::leads::Flavour;
use super::{Dice, Sample, values};

/// Any question.
pub(crate) fn any_ask(dice: &mut Dice, sample: &Sample) -> Ask {
    Ask {
        filter: any_filter(dice, sample),
        sort: name(dice).to_owned(),
        order: if dice.one_in(2) { Order::Asc } else { Order::Desc },
        offset: offset(dice, sample.len()),
        limit: *dice.pick(&[0, 1, 2, 20, 20, 50, 333, 10_000]),
        universe: if dice.one_in(3) { Universe::Everyone } else { Universe::Leads },
        at: at(dice, sample),
    }
}

fn offset(dice: &mut Dice, rows: usize) -> u64 {
    match dice.below(16) {
        0..7 => 0,
        7..10 => dice.random_range(0..40),
        10..14 => dice.below(rows + 10) as u64,
        14 => rows as u64,
        _ => *dice.pick(&[u64::MAX, u64::MAX - 5, 1 << 32, 1 << 63]),
    }
}

/// Mostly the index's own clock.
fn at(dice: &mut Dice, sample: &Sample) -> Option<DateTime> {
    match dice.below(10) {
        0..7 => None,
        7 => Some(values::date(dice)),
        8 => DateTime::from_unix(sample.now + dice.random_range(-200_000..200_000)),
        _ => Some(*dice.pick(&[DateTime::MIN, DateTime::MAX])),
    }
}

/// A write of one lead: a new one, a changed one, one taken away. Some are refused.
pub(crate) fn write(dice: &mut Dice, flavour: Flavour, sample: &Sample, room: usize) -> Op {
    match dice.below(10) {
        0..3 => Op::Insert(flavour.lead(dice, room)),
        3..6 => Op::Upsert(flavour.lead(dice, room)),
        6 => Op::Upsert(changed(dice, flavour, sample, room)),
        7 => Op::Remove(flavour.id(dice, room)),
        _ => Op::Remove(sample.row(dice).map_or(0, |row| row.lead.id)),
    }
}

/// A kept lead with one property changed or gone.
fn changed(dice: &mut Dice, flavour: Flavour, sample: &Sample, room: usize) -> Lead {
    let Some(row) = sample.row(dice) else {
        return flavour.lead(dice, room);
    };
    let mut lead = row.lead.clone();
    let other = flavour.lead_of(dice, lead.id, room);
    let name = name(dice);
    match other.props.get(name) {
        Some(value) => lead.props.insert(name.to_owned(), value.clone()),
        None => lead.props.remove(name),
    };
    lead
}

/// An import of up to `most` leads, ids and User IDs twice among them.
pub(crate) fn import(dice: &mut Dice, flavour: Flavour, most: usize, room: usize) -> Op {
    let count = dice.below(most + 1);
    Op::Import((0..count).map(|_| flavour.lead(dice, room)).collect())
}

/// A sort order made ready or given up.
pub(crate) fn order_step(dice: &mut Dice) -> Op {
    let name = name(dice).to_owned();
    if dice.one_in(3) { Op::DropOrder(name) } else { Op::PrepareOrder(name) }
}

/// A step that asks something.
pub(crate) fn question(dice: &mut Dice, sample: &Sample, forces: &[Force]) -> Op {
    match dice.below(12) {
        0 => Op::Count(any_filter(dice, sample)),
        1 => Op::Ids(any_ask(dice, sample)),
        2 => Op::Get(sample.row(dice).map_or(1, |row| row.lead.id)),
        _ => Op::Ask(any_ask(dice, sample), forces.to_vec()),
    }
}

/// A step that asks about the whole, or in another way than for a page.
pub(crate) fn other_question(dice: &mut Dice, sample: &Sample) -> Op {
    match dice.below(6) {
        0 => Op::Explain(any_ask(dice, sample)),
        1 => Op::Facts(name(dice).to_owned()),
        2 | 3 => {
            let offset = offset(dice, sample.len());
            Op::Active(offset, *dice.pick(&[0, 1, 3, 20, 10_000, 10_001, u64::MAX]))
        }
        4 => Op::Parse(any_filter(dice, sample)),
        _ => refused_question(dice, sample),
    }
}

/// A question that names a live filter which is not there.
fn refused_question(dice: &mut Dice, sample: &Sample) -> Op {
    let filter = with_unknown_segment(dice, sample);
    let ask = Ask { filter: filter.clone(), ..any_ask(dice, sample) };
    match dice.below(6) {
        0 => Op::Count(filter),
        1 => Op::Ids(ask),
        2 => Op::Explain(ask),
        3 => Op::Parse(filter),
        4 => Op::Open(None, ask, *dice.pick(&[Way::Pages, Way::Export])),
        _ => Op::Ask(ask, vec![Force::default()]),
    }
}
