//! The rows that satisfy a filter, block by block, and their exact number.
//!
//! Blocks are independent. A filter that is still running after [`SERIAL_TIME`] hands the rest of the
//! blocks out to all cores; most are long done by then, and pay nothing.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::block::Block;
use crate::block::bitmap::Rows;
use crate::block::bits;
use crate::error::Error;
use crate::filter::ForceFilter;
use crate::filter::eval::{Evaluator, LeafTrace};
use crate::filter::plan::{Bound, Plan};
use crate::id::RowId;
use crate::limits::Shape;
use crate::query::Universe;
use crate::state::State;
use crate::stop::Stop;

/// How long a filter runs on one core before others help: starting threads must not cost a short query.
const SERIAL_TIME: Duration = Duration::from_millis(1);
/// Fewer blocks than this are not worth a thread.
const BLOCKS_PER_THREAD: usize = 4;

/// The matching rows of every block, apart from the state that they are rows of: whoever keeps them
/// keeps that too.
pub(crate) struct Found {
    universe: Universe,
    rows: FoundRows,
    total: usize,
}

enum FoundRows {
    /// Looked for: shares of blocks, in their order.
    Made(Vec<Share>),
    /// The leads that the live filter of this slot holds: nothing had to be looked for.
    Kept(usize),
}

/// The matching rows of one block, in the form at hand.
#[derive(Clone, Copy)]
pub(crate) enum Matching<'a> {
    Words(&'a [u64]),
    Rows(&'a Rows),
}

impl<'a> Matching<'a> {
    /// Calls `f` with each row in ascending order.
    pub(crate) fn for_each(self, f: impl FnMut(u16)) {
        match self {
            Self::Words(words) => bits::for_each(words, f),
            Self::Rows(rows) => rows.for_each(f),
        }
    }

    /// As words.
    pub(crate) fn words(self, shape: Shape) -> Cow<'a, [u64]> {
        match self {
            Self::Words(words) => Cow::Borrowed(words),
            Self::Rows(rows) => match rows.as_words() {
                Some(words) => Cow::Borrowed(words),
                None => {
                    let mut words = vec![0; shape.words()];
                    rows.or_into(&mut words);
                    Cow::Owned(words)
                }
            },
        }
    }
}

/// The matching rows of every block of a state.
#[derive(Clone, Copy)]
pub(crate) struct Matches<'a> {
    state: &'a State,
    found: &'a Found,
}

/// The matches of a run of blocks.
struct Share {
    blocks: Vec<BlockMatches>,
    /// The bit sets that had to be made, end to end.
    words: Vec<u64>,
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

/// What every share of the work needs.
#[derive(Clone, Copy)]
struct Task<'t> {
    plan: &'t Plan,
    universe: Universe,
    force: ForceFilter,
    stop: &'t Stop,
    words: usize,
}

impl Found {
    /// Evaluates `plan` over every block. With `tests`, also says what each of that many tests did;
    /// then on one core alone, so that the times can be read.
    pub(crate) fn find(
        state: &State,
        plan: &Plan,
        universe: Universe,
        force: ForceFilter,
        stop: &Stop,
        tests: Option<usize>,
    ) -> Result<(Self, Vec<LeafTrace>), Error> {
        if force == ForceFilter::Auto
            && let Some((found, number)) = Self::kept(state, plan, universe)
        {
            let mut trace = vec![LeafTrace::default(); tests.unwrap_or(0)];
            if let Some(trace) = number.and_then(|number| trace.get_mut(number)) {
                trace.estimate = found.total;
            }
            return Ok((found, trace));
        }
        let task = Task { plan, universe, force, stop, words: state.shape.words() };
        let mut evaluator = Evaluator::new(task.words, force, stop);
        evaluator.trace = tests.map(|tests| vec![LeafTrace::default(); tests]);
        let blocks: Vec<&Block> = state.blocks.iter().map(|block| &**block).collect();
        let helped_after = if tests.is_some() { Duration::MAX } else { SERIAL_TIME };
        let (first, done) = Share::find(&blocks, task, &mut evaluator, Some(helped_after))?;
        let mut shares = vec![first];
        if done < blocks.len() {
            shares.extend(on_all_cores(&blocks[done..], task)?);
        }
        let total = shares.iter().flat_map(|share| &share.blocks).map(|block| block.count).sum();
        Ok((Self { universe, rows: FoundRows::Made(shares), total }, evaluator.trace.unwrap_or_default()))
    }

    /// The rows that a live filter holds, if they are what the plan asks for; and the number of its test.
    fn kept(state: &State, plan: &Plan, universe: Universe) -> Option<(Self, Option<usize>)> {
        let (slot, number) = match (plan, universe) {
            (Plan::Const(true), Universe::Leads) => (0, None),
            (Plan::Member { slot, negated: false, number }, Universe::Leads) => (*slot, Some(*number)),
            _ => return None,
        };
        let total = usize::try_from(state.kept.get(slot)?.total).unwrap_or(usize::MAX);
        Some((Self { universe, rows: FoundRows::Kept(slot), total }, number))
    }

    /// How many rows match, in all.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// The matches as rows of `state`, the one they were found in.
    pub(crate) fn of<'a>(&'a self, state: &'a State) -> Matches<'a> {
        Matches { state, found: self }
    }
}

impl<'a> Matches<'a> {
    /// How many rows match, in all.
    pub(crate) fn total(&self) -> usize {
        self.found.total
    }

    /// The blocks that have matches: number, block, matching rows.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (usize, &'a Block, Matching<'a>)> + use<'a> {
        let (width, universe) = (self.state.shape.words(), self.found.universe);
        let (made, kept) = match &self.found.rows {
            FoundRows::Made(shares) => (Some(shares), None),
            FoundRows::Kept(slot) => (None, Some(*slot)),
        };
        let mut made =
            made.into_iter().flatten().flat_map(|share| share.blocks.iter().map(move |block| (block, share)));
        self.state.blocks.iter().enumerate().filter_map(move |(at, block)| {
            if let Some(slot) = kept {
                let rows = &**block.live(slot)?.leads();
                return (!rows.is_empty()).then_some((at, &**block, Matching::Rows(rows)));
            }
            let (matches, share) = made.next()?;
            let rows = match matches.rows {
                MatchRows::None => return None,
                MatchRows::Universe => Matching::Rows(universe_of(block, universe)),
                MatchRows::Made(from) => Matching::Words(&share.words[from..from + width]),
            };
            Some((at, &**block, rows))
        })
    }

    /// How many rows the universe has.
    pub(crate) fn universe_len(&self) -> usize {
        let len = match self.found.universe {
            Universe::Leads => self.state.leads(),
            Universe::Everyone => self.state.everyone,
        };
        usize::try_from(len).unwrap_or(usize::MAX)
    }

    /// The block and row of a place.
    pub(crate) fn at(&self, place: RowId) -> Option<(&'a Block, u16)> {
        self.state.at(place)
    }
}

/// The matches of the blocks, a share for each core.
fn on_all_cores(blocks: &[&Block], task: Task<'_>) -> Result<Vec<Share>, Error> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(blocks.len() / BLOCKS_PER_THREAD).max(1);
    let mut parts = blocks.chunks(blocks.len().div_ceil(threads));
    let run = move |part: &[&Block]| {
        let mut evaluator = Evaluator::new(task.words, task.force, task.stop);
        Share::find(part, task, &mut evaluator, None).map(|(share, _)| share)
    };
    let own = parts.next().unwrap_or(&[]);
    std::thread::scope(|scope| {
        let helpers: Vec<_> =
            parts.map(|part| (part, std::thread::Builder::new().spawn_scoped(scope, move || run(part)))).collect();
        let mut shares = vec![run(own)];
        for (part, helper) in helpers {
            shares.push(match helper {
                Ok(helper) => helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                // No thread to be had: the work is done here.
                Err(_) => run(part),
            });
        }
        shares.into_iter().collect()
    })
}

thread_local! {
    /// The words of the last query of this thread, to be used again: a fresh
    /// megabyte would be paid for in page faults.
    static SPARE: Cell<Vec<u64>> = const { Cell::new(Vec::new()) };
}

/// Words a thread keeps between queries: 4 MiB.
const SPARE_WORDS: usize = 1 << 19;

impl Drop for Share {
    fn drop(&mut self) {
        if self.words.capacity() <= SPARE_WORDS {
            // A thread that is ending has no spare any more.
            let _ = SPARE.try_with(|spare| {
                let kept = spare.take();
                spare.set(if kept.capacity() > self.words.capacity() { kept } else { std::mem::take(&mut self.words) });
            });
        }
    }
}

impl Share {
    /// Evaluates the blocks in order, giving up after `time` if many are left. Returns how many were done.
    fn find(
        blocks: &[&Block],
        task: Task<'_>,
        evaluator: &mut Evaluator<'_>,
        time: Option<Duration>,
    ) -> Result<(Self, usize), Error> {
        let mut words = SPARE.try_with(Cell::take).unwrap_or_default();
        words.clear();
        let mut share = Self { blocks: Vec::with_capacity(blocks.len()), words };
        let start = Instant::now();
        for (done, block) in blocks.iter().enumerate() {
            task.stop.check()?;
            let many_left = blocks.len() - done >= 2 * BLOCKS_PER_THREAD;
            if many_left && done % BLOCKS_PER_THREAD == 3 && time.is_some_and(|time| start.elapsed() > time) {
                return Ok((share, done));
            }
            let matches = share.find_in(block, task, evaluator)?;
            share.blocks.push(matches);
        }
        Ok((share, blocks.len()))
    }

    fn find_in(&mut self, block: &Block, task: Task<'_>, evaluator: &mut Evaluator<'_>) -> Result<BlockMatches, Error> {
        const NONE: BlockMatches = BlockMatches { count: 0, rows: MatchRows::None };
        let universe = universe_of(block, task.universe);
        if universe.is_empty() {
            return Ok(NONE);
        }
        let bound = task.plan.bind(block);
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
                self.words.resize(at + task.words, 0);
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
}
