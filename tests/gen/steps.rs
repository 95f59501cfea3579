//! Random steps of a history.

use lead_index::{Filter, Force};

use super::super::twin::ops::{Call, End, Op, Way};
use super::super::twin::pair::Pair;
use super::super::twin::{Ask, Twin};
use super::asks::{any_ask, import, order_step, other_question, question, write};
use super::changes::{self, Source};
use super::filters::{any_filter, of_time, with_unknown_segment};
use super::leads::Flavour;
use super::{Dice, Sample, clock};

/// Snapshots held at once, at most.
const KEPT: usize = 4;
/// Listeners at once, at most.
const LISTENERS: usize = 4;
/// Rows of a block of the smallest kind.
const SMALLEST_BLOCK: usize = 64;
/// Lists under way at once, at most.
const WALKS: usize = 3;
/// A queue that is read after every publication, as the pair does with long ones.
const LONG: usize = 1_000;

/// What one history is like.
pub(crate) struct Course {
    pub(crate) flavour: Flavour,
    /// About how many ids there are.
    pub(crate) room: usize,
    /// Live filters at once, at most.
    pub(crate) live: usize,
    /// The structures are checked after every so many steps.
    pub(crate) validate_every: usize,
}

impl Course {
    /// Any course; most are small, so that ids, values and names collide and a step takes little.
    pub(crate) fn any(dice: &mut Dice) -> Self {
        Self {
            flavour: Flavour::any(dice),
            room: *dice.pick(&[3, 6, 10, 20, 30, 40, 60, 80, 80, 150, 150, 300]),
            live: *dice.pick(&[0, 1, 3, 5, 5, 8]),
            validate_every: *dice.pick(&[1, 1, 4, 10, 30]),
        }
    }

    /// The first steps: mostly some leads at once, and filters kept before they come and after.
    pub(crate) fn begin(&self, dice: &mut Dice) -> Vec<Op> {
        let nobody = Sample::of(&Twin::default());
        let mut steps = Vec::new();
        for _ in 0..dice.below(self.live + 1) {
            steps.push(keep(dice, &nobody));
        }
        if !dice.one_in(3) {
            let at = dice.below(steps.len() + 1);
            steps.insert(at, import(dice, self.flavour, self.room, self.room));
        }
        steps
    }

    /// The next step.
    pub(crate) fn step(&self, dice: &mut Dice, pair: &Pair, forces: &[Force]) -> Op {
        let sample = Sample::of(&pair.twin);
        let from = Source { flavour: self.flavour, sample: &sample, room: self.room };
        match dice.below(100) {
            0..14 => write(dice, self.flavour, &sample, self.room),
            14..34 => changes::apply(dice, from),
            34..38 => changes::beat(dice, from),
            38..44 => changes::batch(dice, from),
            44 | 88 => import(dice, self.flavour, self.room, self.room),
            45 | 46 => thin_or_compact(dice, &sample),
            47..49 => order_step(dice),
            49..54 => self.of_filters(dice, pair, &sample),
            54..62 => clock::hand(dice, &sample),
            62..67 => Op::Tick,
            67..71 => ask_live(dice, &sample),
            71..79 => of_listeners(dice, pair, &sample),
            79..85 => {
                let force = *dice.pick(forces);
                question(dice, &sample, &[Force::default(), force])
            }
            85..88 => other_question(dice, &sample),
            89..94 => of_snapshots(dice, pair, &sample, forces),
            _ => of_walks(dice, pair, &sample),
        }
    }

    /// Keeps a filter or drops one; now and then one that cannot be kept or dropped.
    fn of_filters(&self, dice: &mut Dice, pair: &Pair, sample: &Sample) -> Op {
        let is_full = pair.twin.live().count() >= self.live;
        if dice.one_in(8) {
            return Op::Keep(String::new(), with_unknown_segment(dice, sample));
        }
        if is_full || dice.one_in(5) {
            return Op::DropLive(any_live(dice, sample));
        }
        let name = match dice.below(20) {
            0 => "n".repeat(if dice.one_in(2) { 255 } else { 256 }),
            1..10 => String::new(),
            _ => format!("live {}", dice.below(3)),
        };
        Op::Keep(name, live_filter(dice, sample))
    }
}

/// Removes most people at once where there are several blocks of them, so that sparse ones are left
/// to merge; else merges what there is.
fn thin_or_compact(dice: &mut Dice, sample: &Sample) -> Op {
    if sample.len() < 2 * SMALLEST_BLOCK || dice.one_in(2) {
        return Op::Compact;
    }
    let stay = *dice.pick(&[3, 4, 6]);
    let gone: Vec<u64> = sample.ids().filter(|_| !dice.one_in(stay)).collect();
    Op::Batch(gone.into_iter().map(Call::Remove).collect(), End::Ok)
}

/// A filter worth keeping: mostly one that the clock moves leads through.
fn live_filter(dice: &mut Dice, sample: &Sample) -> Filter {
    if dice.one_in(3) { any_filter(dice, sample) } else { of_time(dice, sample) }
}

/// Mostly the number of a live filter.
fn any_live(dice: &mut Dice, sample: &Sample) -> u64 {
    let last = usize::try_from(sample.last_live).unwrap_or(0);
    if dice.one_in(12) { *dice.pick(&[0, sample.last_live + 1, u64::MAX]) } else { 1 + dice.below(last.max(1)) as u64 }
}

/// A filter that is kept under some name.
pub(crate) fn keep(dice: &mut Dice, sample: &Sample) -> Op {
    Op::Keep(String::new(), live_filter(dice, sample))
}

/// A question to a live filter: its own list, or one narrowed by another filter.
fn ask_live(dice: &mut Dice, sample: &Sample) -> Op {
    let mut ask = any_ask(dice, sample);
    if dice.one_in(2) {
        ask.filter = Filter::all([]);
    }
    ask.universe = lead_index::Universe::Leads;
    Op::Live(any_live(dice, sample), ask)
}

fn of_listeners(dice: &mut Dice, pair: &Pair, sample: &Sample) -> Op {
    match dice.below(8) {
        0..3 if pair.listeners() < LISTENERS => {
            let id = if dice.one_in(4) { 0 } else { any_live(dice, sample) };
            Op::Listen(id, *dice.pick(&[0, 1, 2, 3, 6, LONG, LONG]))
        }
        3 => Op::Deafen(dice.below(LISTENERS)),
        _ => Op::Hear(dice.below(LISTENERS), *dice.pick(&[1, 2, 5, LONG])),
    }
}

fn of_snapshots(dice: &mut Dice, pair: &Pair, sample: &Sample, forces: &[Force]) -> Op {
    match dice.below(6) {
        0 | 1 if pair.kept() < KEPT => Op::Snapshot,
        0 => Op::Release(dice.below(KEPT)),
        _ => {
            let which = dice.below(KEPT);
            ask_snapshot(dice, which, sample, forces)
        }
    }
}

/// A question to a kept snapshot, drawn from what leads have now.
pub(crate) fn ask_snapshot(dice: &mut Dice, which: usize, sample: &Sample, forces: &[Force]) -> Op {
    let op = match dice.below(4) {
        0 => match other_question(dice, sample) {
            Op::Open(..) => Op::Count(any_filter(dice, sample)),
            op => op,
        },
        _ => {
            let force = *dice.pick(forces);
            question(dice, sample, &[force])
        }
    };
    Op::OnSnapshot(which, Box::new(op))
}

fn of_walks(dice: &mut Dice, pair: &Pair, sample: &Sample) -> Op {
    if pair.walks() >= WALKS || !dice.one_in(3) {
        return Op::Go(dice.below(WALKS), *dice.pick(&[1, 1, 2, 3, 7, 20, 10_000]));
    }
    let which = if dice.one_in(3) { Some(dice.below(KEPT)) } else { None };
    let ask = any_ask(dice, sample);
    let ask = Ask { limit: *dice.pick(&[1, 2, 3, 10]), ..ask };
    Op::Open(which, ask, if dice.one_in(3) { Way::Export } else { Way::Pages })
}
