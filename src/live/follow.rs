//! How live filters follow a write: each row that was written to is looked at once, however often it
//! was written to, and each row that the clock may have moved.

use smallvec::SmallVec;
use triomphe::Arc;

use crate::block::bitmap::Rows;
use crate::block::live::LiveRows;
use crate::block::version::Written;
use crate::block::{Block, bits};
use crate::datetime::DateTime;
use crate::error::Error;
use crate::filter::ForceFilter;
use crate::filter::eval::Evaluator;
use crate::id::PropId;
use crate::live::compiled::Compiled;
use crate::state::State;
use crate::stop::Stop;

/// From this many rows of a block on, the filter is evaluated over all of them together.
const TOGETHER: usize = 128;

/// What keeps live filters: the filters as they were last compiled. Used by one writer at a time.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    compiled: Vec<Option<Compiled>>,
}

/// A lead that entered a live filter or left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moved {
    pub(crate) slot: usize,
    pub(crate) id: u64,
    pub(crate) entered: bool,
}

/// What happened in one block.
#[derive(Debug, Default)]
pub(crate) struct BlockMoves {
    /// By slot: how many leads more (or fewer).
    more: Vec<i64>,
    moved: Vec<Moved>,
}

/// One step from a published state to the next.
struct Step<'s> {
    compiled: &'s [Option<Compiled>],
    /// By slot: the filter is new, so every row is looked at.
    fresh: Vec<bool>,
    /// By slot: somebody listens.
    heard: Vec<bool>,
    from: DateTime,
    now: DateTime,
}

impl Follower {
    /// Settles the state that is about to be published after `old`, and brings every live filter in
    /// line with it. Returns who came and went in the filters for which `heard` holds, by slot and id.
    pub(crate) fn follow(
        &mut self,
        old: &State,
        next: &mut State,
        ordered: &(impl Fn(PropId) -> bool + Sync),
        heard: impl Fn(u64) -> bool,
    ) -> Vec<Moved> {
        self.compile(next);
        let id_in = |state: &State, slot| state.kept.get(slot).map(|kept| kept.id);
        let slots = next.kept.slots();
        let step = Step {
            compiled: &self.compiled,
            fresh: (0..slots).map(|slot| id_in(old, slot) != id_in(next, slot)).collect(),
            heard: (0..slots).map(|slot| id_in(next, slot).is_some_and(&heard)).collect(),
            from: old.time,
            now: next.time,
        };
        step.open_more(next);
        let done = next.settle(ordered, &|block| step.follow_block(block));
        step.finish(next, done)
    }

    fn compile(&mut self, next: &State) {
        self.compiled.resize_with(next.kept.slots(), || None);
        for (slot, compiled) in self.compiled.iter_mut().enumerate() {
            let filter = next.kept.get(slot).map(|kept| &kept.filter);
            let usable = compiled.as_ref().zip(filter).is_some_and(|(c, of)| c.is_of(of, next.time, &next.props));
            if !usable {
                *compiled = Compiled::new(next, slot);
            }
        }
    }
}

impl Step<'_> {
    /// Opens the blocks that were not written to and still have to be looked at.
    fn open_more(&self, next: &mut State) {
        if self.fresh.contains(&true) {
            next.open = (0..next.blocks.len()).collect();
            return;
        }
        let now = self.now.unix();
        let due: Vec<usize> = next.kept.iter().filter(|(_, kept)| kept.due <= now).map(|(slot, _)| slot).collect();
        if !due.is_empty() {
            let is_due = |block: &Block| due.iter().any(|&slot| block.live(slot).is_some_and(|live| live.due <= now));
            let blocks = next.blocks.iter().enumerate().filter(|(_, block)| is_due(block)).map(|(at, _)| at);
            next.open.extend(blocks);
        }
    }

    fn follow_block(&self, block: &mut Block) -> BlockMoves {
        block.with_written(|block, written| self.follow_written(block, written))
    }

    fn follow_written(&self, block: &mut Block, written: &Written) -> BlockMoves {
        let mut moves = BlockMoves { more: vec![0; self.compiled.len()], moved: Vec::new() };
        let before = block.leads_shared();
        for (slot, compiled) in self.compiled.iter().enumerate() {
            let Some(compiled) = compiled else {
                if block.live(slot).is_some() {
                    *block.live_mut(slot) = LiveRows::default();
                }
                continue;
            };
            if slot > 0 {
                self.reseat(slot, block, &before, written, &mut moves);
            }
            let turned = self.fresh[slot] || block.live(slot).is_some_and(|live| live.due <= self.now.unix());
            if let Some(rows) = self.rows(slot, compiled, block, written, turned) {
                self.look_at(slot, compiled, block, &rows, &mut moves);
                self.set_due(slot, compiled, block, &rows, turned);
            }
        }
        moves
    }

    /// The rows that have to be looked at, `turned`: because of the time, too. `None` if there are none.
    fn rows(&self, slot: usize, compiled: &Compiled, block: &Block, written: &Written, turned: bool) -> Option<Rows> {
        if self.fresh[slot] {
            return Some(block.everyone().clone());
        }
        let rows = compiled.reads(written, block);
        if !turned {
            return rows;
        }
        let mut words = vec![0; block.shape().words()];
        if let Some(rows) = rows {
            rows.or_into(&mut words);
        }
        compiled.turned_into(block, self.from, self.now, &mut words);
        Some(Rows::from_words(&words, block.shape()))
    }

    /// Looks at rows one by one, or at all of them together.
    fn look_at(&self, slot: usize, compiled: &Compiled, block: &mut Block, rows: &Rows, moves: &mut BlockMoves) {
        if rows.len() >= TOGETHER
            && let Ok(passing) = passing(compiled, block, rows)
        {
            return self.replace(slot, block, rows, &passing, moves);
        }
        let mut looked: SmallVec<[(u16, bool, bool); TOGETHER]> = SmallVec::new();
        // The lead criterion says itself who is a lead, and lists nobody else.
        let is_lead = |row| slot == 0 || block.leads().contains(row);
        rows.for_each(|row| looked.push((row, compiled.plan.check(block, row), is_lead(row))));
        // Most neither come nor go: that is seen of all of them, side by side, before anything is changed.
        let live = block.live_mut(slot);
        looked.retain(|&mut (row, member, lead)| live.turns(row, member, lead));
        let shape = block.shape();
        for (row, member, lead) in looked {
            let came = block.live_mut(slot).set_on_side(row, member, lead, shape);
            self.note(slot, block, row, came, moves);
        }
    }

    /// Notes a lead that came or went.
    fn note(&self, slot: usize, block: &Block, row: u16, came: Option<bool>, moves: &mut BlockMoves) {
        if let Some(entered) = came {
            moves.more[slot] += if entered { 1 } else { -1 };
            if self.heard[slot] {
                moves.moved.push(Moved { slot, id: block.id(row), entered });
            }
        }
    }

    /// Replaces the membership of many rows.
    fn replace(&self, slot: usize, block: &mut Block, rows: &Rows, passing: &[u64], moves: &mut BlockMoves) {
        let shape = block.shape();
        let (mut looked, mut scratch) = (vec![0; shape.words()], vec![0; shape.words()]);
        rows.or_into(&mut looked);
        let leads = if slot == 0 { passing.to_vec() } else { block.leads().words(&mut scratch).to_vec() };
        let now = block.live_mut(slot);
        let (mut old_leads, mut old_others) = (vec![0; shape.words()], vec![0; shape.words()]);
        now.leads().or_into(&mut old_leads);
        now.others().or_into(&mut old_others);
        let new_of = |old: &[u64], side: &dyn Fn(usize) -> u64| -> Vec<u64> {
            (0..old.len()).map(|at| (old[at] & !looked[at]) | (looked[at] & passing[at] & side(at))).collect()
        };
        let new_leads = new_of(&old_leads, &|at| leads[at]);
        let new_others = new_of(&old_others, &|at| !leads[at]);
        let changed = |new: &[u64], old: &[u64]| (new != old).then(|| Rows::from_words(new, shape));
        now.replace(changed(&new_leads, &old_leads), changed(&new_others, &old_others));
        moves.more[slot] += bits::count(&new_leads) as i64 - bits::count(&old_leads) as i64;
        if self.heard[slot] {
            let differ: Vec<u64> = new_leads.iter().zip(&old_leads).map(|(new, old)| new ^ old).collect();
            bits::for_each(&differ, |row| {
                moves.moved.push(Moved { slot, id: block.id(row), entered: bits::test(&new_leads, row) });
            });
        }
    }

    /// Moves the members that became leads, or ceased to be, to their side.
    fn reseat(&self, slot: usize, block: &mut Block, before: &Arc<Rows>, written: &Written, moves: &mut BlockMoves) {
        if Arc::ptr_eq(before, &block.leads_shared()) {
            return;
        }
        let mut turned = Vec::new();
        written.rows(|_| true, block).for_each(|row| {
            if before.contains(row) != block.leads().contains(row) {
                turned.push(row);
            }
        });
        for row in turned {
            let (lead, shape) = (block.leads().contains(row), block.shape());
            let live = block.live_mut(slot);
            let came = live.set(row, live.contains(row), lead, shape);
            self.note(slot, block, row, came, moves);
        }
    }

    fn set_due(&self, slot: usize, compiled: &Compiled, block: &mut Block, rows: &Rows, turned: bool) {
        if compiled.moving.is_empty() {
            return;
        }
        let due = if turned || rows.len() >= TOGETHER {
            compiled.due(block, self.now)
        } else {
            let mut due = block.live(slot).map_or(i64::MAX, |live| live.due);
            rows.for_each(|row| due = due.min(compiled.due_of(block, row, self.now)));
            due
        };
        block.live_mut(slot).due = due;
    }

    /// Adds up what happened in the blocks.
    fn finish(&self, next: &mut State, done: Vec<(usize, BlockMoves)>) -> Vec<Moved> {
        let mut more = vec![0; self.compiled.len()];
        let mut moved = Vec::new();
        for (slot, id) in std::mem::take(&mut next.departed) {
            // A slot that was freed in the same step has nobody to tell.
            if self.fresh.get(slot) == Some(&false) {
                more[slot] -= 1;
                if self.heard[slot] {
                    moved.push(Moved { slot, id, entered: false });
                }
            }
        }
        let mut opened = Vec::with_capacity(done.len());
        for (at, block) in done {
            opened.push(at);
            more.iter_mut().zip(block.more).for_each(|(sum, more)| *sum += more);
            moved.extend(block.moved);
        }
        for (slot, compiled) in self.compiled.iter().enumerate() {
            let Some(compiled) = compiled else { continue };
            self.count(next, slot, compiled, more[slot], &opened);
        }
        net(moved)
    }

    fn count(&self, next: &mut State, slot: usize, compiled: &Compiled, more: i64, opened: &[usize]) {
        let Some(kept) = next.kept.get(slot) else { return };
        let due_in = |at: usize| next.blocks.get(at).and_then(|block| block.live(slot)).map_or(i64::MAX, |l| l.due);
        let due = if compiled.moving.is_empty() {
            i64::MAX
        } else if kept.due <= self.now.unix() {
            (0..next.blocks.len()).map(due_in).min().unwrap_or(i64::MAX)
        } else {
            opened.iter().copied().map(due_in).min().unwrap_or(i64::MAX).min(kept.due)
        };
        let timeless = compiled.moving.is_empty();
        if (more, due, timeless) == (0, kept.due, kept.timeless) {
            return;
        }
        if let Some(kept) = next.kept.get_mut(slot) {
            kept.total = kept.total.saturating_add_signed(more);
            kept.due = due;
            kept.timeless = timeless;
        }
    }
}

/// Those of `rows` that pass, all of them evaluated together.
fn passing(compiled: &Compiled, block: &Block, rows: &Rows) -> Result<Vec<u64>, Error> {
    let mut words = vec![0; block.shape().words()];
    rows.or_into(&mut words);
    let stop = Stop::default();
    let mut evaluator = Evaluator::new(words.len(), ForceFilter::Auto, &stop);
    evaluator.narrow(&compiled.plan.bind(block), &mut words, rows.len())?;
    Ok(words)
}

/// Who came or went on the whole, by slot and id: a lead that moved from row to row did neither.
fn net(mut moved: Vec<Moved>) -> Vec<Moved> {
    moved.sort_unstable();
    let mut kept: Vec<Moved> = Vec::with_capacity(moved.len());
    for next in moved {
        match kept.last() {
            Some(last) if (last.slot, last.id) == (next.slot, next.id) && last.entered != next.entered => {
                kept.pop();
            }
            _ => kept.push(next),
        }
    }
    kept
}
