//! Walking: the orders of all blocks merged by a heap, each block opened when its turn comes.
//!
//! A block that is not opened stands in the heap with a bound: none of its matches comes before. Only
//! when the bound is the first of all is the block opened, so a page looks into the blocks that its
//! leads are in, and into few others.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use crate::block::Block;
use crate::error::Error;
use crate::id::RowId;
use crate::query::cut::{Cut, Window};
use crate::query::lane::{Key, Lane, total_span};
use crate::query::phase::PhaseBlock;

/// Rows passed over between two looks at the clock.
const STEPS_PER_CHECK: usize = 4_096;

/// What the next step of the walk may be. The greatest of the heap comes first.
struct Head<'m> {
    /// `None`: nothing is known, so it comes before all that is.
    key: Option<Key<'m>>,
    next: Next<'m>,
    descending: bool,
}

enum Next<'m> {
    /// Open the block with this number among the phase's; no match of it has a lower id than this.
    Open { block: usize, id: u64 },
    /// Hand out a row of a lane. Its id is read only to tell equals apart.
    Row { lane: usize, row: u16, block: &'m Block },
}

impl Head<'_> {
    fn id(&self) -> u64 {
        match self.next {
            Next::Open { id, .. } => id,
            Next::Row { row, block, .. } => block.id(row),
        }
    }

    /// Blocks are opened before an equal row is handed out, in their order.
    fn rank(&self) -> (bool, usize) {
        match self.next {
            Next::Open { block, .. } => (false, block),
            Next::Row { lane, .. } => (true, lane),
        }
    }
}

impl Ord for Head<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_key = match (&self.key, &other.key) {
            (Some(key), Some(other)) if self.descending => key.cmp(other),
            (Some(key), Some(other)) => other.cmp(key),
            (key, other) => other.is_some().cmp(&key.is_some()),
        };
        by_key.then_with(|| other.id().cmp(&self.id())).then_with(|| other.rank().cmp(&self.rank()))
    }
}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head<'_> {}

/// A walk under way.
struct Walk<'w, 'm, 'q> {
    blocks: &'w [PhaseBlock<'m>],
    cut: &'w Cut<'q>,
    window: Window<'w>,
    descending: bool,
    lanes: Vec<Lane<'m>>,
    heads: BinaryHeap<Head<'m>>,
    /// Ranks of the lanes as they were opened.
    span: usize,
}

/// Leaves out the window's offset and takes what it needs. Returns the rows looked at; `None`, and
/// nothing taken, if a block lacks the order.
pub(crate) fn walk<'m>(
    blocks: &[PhaseBlock<'m>],
    cut: &Cut<'_>,
    window: Window<'_>,
    descending: bool,
    shift: u32,
    out: &mut Vec<RowId>,
) -> Result<Option<usize>, Error> {
    let first = |(block, of): (usize, &PhaseBlock<'m>)| {
        let (key, id) = of.first(descending, cut.bounds);
        Head { key, next: Next::Open { block, id }, descending }
    };
    let heads = blocks.iter().enumerate().map(first).collect();
    let mut walk = Walk { blocks, cut, window, descending, lanes: Vec::new(), heads, span: 0 };
    walk.run(shift, out)
}

/// The same over lanes that are open already, `skip` rows ahead.
pub(crate) fn walk_open<'m>(
    lanes: Vec<Lane<'m>>,
    cut: &Cut<'_>,
    window: Window<'_>,
    descending: bool,
    shift: u32,
    out: &mut Vec<RowId>,
) -> Result<Option<usize>, Error> {
    let mut walk =
        Walk { blocks: &[], cut, window, descending, span: total_span(&lanes), lanes, heads: BinaryHeap::new() };
    (0..walk.lanes.len()).for_each(|lane| walk.push(lane));
    walk.run(shift, out)
}

impl<'m> Walk<'_, 'm, '_> {
    fn run(&mut self, shift: u32, out: &mut Vec<RowId>) -> Result<Option<usize>, Error> {
        let (mut to_skip, before) = (self.window.offset, out.len());
        while out.len() - before < self.window.need {
            let Some(mut head) = self.heads.peek_mut() else { break };
            let (lane, row) = match head.next {
                Next::Row { lane, row, .. } => (lane, row),
                Next::Open { block, .. } => {
                    PeekMut::pop(head);
                    if self.open(block).is_none() {
                        out.truncate(before);
                        return Ok(None);
                    }
                    continue;
                }
            };
            if to_skip > 0 {
                if to_skip.is_multiple_of(STEPS_PER_CHECK) {
                    self.cut.stop.check()?;
                }
                to_skip -= 1;
            } else {
                out.push(RowId::new(self.lanes[lane].at, row, shift));
            }
            match next_of(&mut self.lanes, lane, self.descending) {
                Some(next) => *head = next,
                None => {
                    PeekMut::pop(head);
                }
            }
        }
        Ok(Some(self.span - total_span(&self.lanes)))
    }

    /// Opens a block; `None` if it lacks the order.
    fn open(&mut self, block: usize) -> Option<()> {
        let first = self.lanes.len();
        self.blocks[block].open(self.cut.bounds, &mut self.lanes)?;
        for lane in first..self.lanes.len() {
            if let Some(after) = self.window.after {
                self.lanes[lane].seek(after, self.descending);
            }
            self.span += total_span(&self.lanes[lane..=lane]);
            self.push(lane);
        }
        Some(())
    }

    fn push(&mut self, lane: usize) {
        let next = next_of(&mut self.lanes, lane, self.descending);
        self.heads.extend(next);
    }
}

/// The next row of a lane, if it has one.
fn next_of<'m>(lanes: &mut [Lane<'m>], lane: usize, descending: bool) -> Option<Head<'m>> {
    let at = &mut lanes[lane];
    let row = at.next(descending)?;
    let next = Next::Row { lane, row, block: at.block };
    Some(Head { key: Some(at.part.key(row)), next, descending })
}
