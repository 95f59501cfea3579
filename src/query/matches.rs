//! The rows that satisfy a filter, block by block, and their exact number.

use crate::block::Block;
use crate::block::bitmap::Rows;
use crate::block::bits;
use crate::error::Error;
use crate::filter::ForceFilter;
use crate::filter::eval::{Evaluator, LeafTrace};
use crate::filter::plan::{Bound, Plan};
use crate::query::Universe;
use crate::state::State;
use crate::stop::Stop;

/// The matching rows of every block.
pub(crate) struct Matches<'a> {
    state: &'a State,
    universe: Universe,
    blocks: Vec<BlockMatches>,
    /// The bit sets that had to be made, end to end.
    words: Vec<u64>,
    total: usize,
}

#[derive(Clone, Copy)]
struct BlockMatches {
    count: usize,
    rows: MatchRows,
}

#[derive(Clone, Copy)]
enum MatchRows {
    None,
    /// The block's universe itself.
    Universe,
    /// At this place of `words`.
    Made(usize),
}

fn universe_of(block: &Block, universe: Universe) -> &Rows {
    match universe {
        Universe::Leads => block.leads(),
        Universe::Everyone => block.everyone(),
    }
}

impl<'a> Matches<'a> {
    /// Evaluates `plan` over every block. With `tests`, also says what each of that many tests did.
    pub(crate) fn find(
        state: &'a State,
        plan: &Plan,
        universe: Universe,
        force: ForceFilter,
        stop: &Stop,
        tests: Option<usize>,
    ) -> Result<(Self, Vec<LeafTrace>), Error> {
        let width = state.shape.words();
        let mut evaluator = Evaluator::new(width, force, stop);
        evaluator.trace = tests.map(|tests| vec![LeafTrace::default(); tests]);
        let mut matches =
            Self { state, universe, blocks: Vec::with_capacity(state.blocks.len()), words: Vec::new(), total: 0 };
        for block in state.blocks.iter() {
            stop.check()?;
            let block_matches = matches.find_in(block, plan, &mut evaluator)?;
            matches.total += block_matches.count;
            matches.blocks.push(block_matches);
        }
        Ok((matches, evaluator.trace.unwrap_or_default()))
    }

    fn find_in(&mut self, block: &Block, plan: &Plan, evaluator: &mut Evaluator<'_>) -> Result<BlockMatches, Error> {
        const NONE: BlockMatches = BlockMatches { count: 0, rows: MatchRows::None };
        let universe = universe_of(block, self.universe);
        if universe.len() == 0 {
            return Ok(NONE);
        }
        let bound = plan.bind(block);
        match bound {
            Bound::Nothing => return Ok(NONE),
            Bound::All if universe.as_words().is_some() => {
                return Ok(BlockMatches { count: universe.len(), rows: MatchRows::Universe });
            }
            _ => {}
        }
        let at = self.words.len();
        match universe.as_words() {
            Some(words) => self.words.extend_from_slice(words),
            None => {
                self.words.resize(at + block.shape().words(), 0);
                universe.or_into(&mut self.words[at..]);
            }
        }
        evaluator.narrow(&bound, &mut self.words[at..], universe.len())?;
        let count = bits::count(&self.words[at..]);
        if count == 0 {
            self.words.truncate(at);
            return Ok(NONE);
        }
        Ok(BlockMatches { count, rows: MatchRows::Made(at) })
    }

    /// How many rows match, in all.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// The blocks that have matches: number, block, matching rows, how many.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (usize, &'a Block, &[u64], usize)> {
        let width = self.state.shape.words();
        self.state.blocks.iter().zip(&self.blocks).enumerate().filter_map(move |(at, (block, matches))| {
            let words = match matches.rows {
                MatchRows::None => return None,
                MatchRows::Universe => universe_of(block, self.universe).as_words()?,
                MatchRows::Made(from) => &self.words[from..from + width],
            };
            Some((at, &**block, words, matches.count))
        })
    }

    /// How many rows the universe has.
    pub(crate) fn universe_len(&self) -> usize {
        let len = match self.universe {
            Universe::Leads => self.state.leads,
            Universe::Everyone => self.state.everyone,
        };
        usize::try_from(len).unwrap_or(usize::MAX)
    }
}
