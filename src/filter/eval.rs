//! Running a bound filter over a block, in scratch bit sets.

use std::time::{Duration, Instant};

use crate::block::bits;
use crate::error::{Error, ErrorKind};
use crate::filter::plan::{Bound, BoundLeaf};
use crate::query::{CancelToken, ForceFilter};

/// What one test did, for `explain`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LeafTrace {
    /// Blocks in which its rows were enumerated.
    pub(crate) enumerated_blocks: usize,
    /// Rows that were checked one by one.
    pub(crate) checked_rows: usize,
    /// Rows it was estimated to hold, summed over the blocks it was bound to.
    pub(crate) estimate: usize,
    /// Time it took.
    pub(crate) time: Duration,
}

/// When a query must stop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop {
    pub(crate) deadline: Option<(Instant, Duration)>,
    pub(crate) cancel: Option<CancelToken>,
}

impl Stop {
    /// The error to end with, if it is time to end. There is never a partial answer.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.cancel.as_ref().is_some_and(CancelToken::is_cancelled) {
            return Err(Error::new(ErrorKind::Cancelled, "cancelled", "the query was cancelled by its caller"));
        }
        if let Some((start, budget)) = self.deadline
            && start.elapsed() >= budget
        {
            return Err(Error::new(
                ErrorKind::DeadlineExceeded,
                "deadline_exceeded",
                format!("the query ran longer than its budget of {budget:?}; allow more time or simplify the filter"),
            ));
        }
        Ok(())
    }
}

/// Evaluates filters block by block, reusing its scratch sets.
pub(crate) struct Evaluator<'t> {
    words: usize,
    spare: Vec<Box<[u64]>>,
    force: ForceFilter,
    stop: &'t Stop,
    steps: usize,
    pub(crate) trace: Option<Vec<LeafTrace>>,
}

/// Tests between two looks at the clock: one look a block is not enough where a filter has
/// thousands of tests.
const STEPS_PER_CHECK: usize = 64;

impl<'t> Evaluator<'t> {
    pub(crate) fn new(words: usize, force: ForceFilter, stop: &'t Stop) -> Self {
        Self { words, spare: Vec::new(), force, stop, steps: 0, trace: None }
    }

    fn borrow(&mut self) -> Box<[u64]> {
        self.spare.pop().unwrap_or_else(|| vec![0; self.words].into_boxed_slice())
    }

    fn step(&mut self) -> Result<(), Error> {
        self.steps += 1;
        if self.steps.is_multiple_of(STEPS_PER_CHECK) { self.stop.check() } else { Ok(()) }
    }

    /// Keeps in `rows` (`about` many) those that pass; returns about how many are left, at most.
    pub(crate) fn narrow(&mut self, bound: &Bound<'_>, rows: &mut [u64], about: usize) -> Result<usize, Error> {
        match bound {
            Bound::Nothing => {
                rows.fill(0);
                Ok(0)
            }
            Bound::All => Ok(about),
            Bound::And(parts) => parts.iter().try_fold(about, |about, part| self.narrow(part, rows, about)),
            Bound::Leaf(leaf) => self.narrow_by_leaf(leaf, rows, about),
            Bound::Or(parts) => {
                if self.checks_rather(bound.check_cost(), bound.fill_cost(), about) {
                    self.step()?;
                    return Ok(bits::retain(rows, |row| bound.check(row)));
                }
                let mut union = self.borrow();
                union.fill(0);
                for part in parts {
                    self.add(part, rows, &mut union, about)?;
                }
                bits::and(rows, &union);
                self.spare.push(union);
                Ok(about.min(bound.rows()))
            }
        }
    }

    /// Adds to `union` those of `rows` that pass (and perhaps others that pass).
    fn add(&mut self, bound: &Bound<'_>, rows: &[u64], union: &mut [u64], about: usize) -> Result<(), Error> {
        let mut scratch = self.borrow();
        match bound {
            Bound::Leaf(leaf) if self.force != ForceFilter::Check => {
                self.step()?;
                let start = self.trace.is_some().then(Instant::now);
                let words = leaf.words(&mut scratch);
                if leaf.negated {
                    union.iter_mut().zip(words).for_each(|(union, word)| *union |= !word);
                } else {
                    bits::or(union, words);
                }
                self.note(leaf, start, |trace| trace.enumerated_blocks += 1);
            }
            other => {
                scratch.copy_from_slice(rows);
                self.narrow(other, &mut scratch, about)?;
                bits::or(union, &scratch);
            }
        }
        self.spare.push(scratch);
        Ok(())
    }

    fn narrow_by_leaf(&mut self, leaf: &BoundLeaf<'_>, rows: &mut [u64], about: usize) -> Result<usize, Error> {
        self.step()?;
        let start = self.trace.is_some().then(Instant::now);
        if self.checks_rather(leaf.check_cost, leaf.fill_cost, about) {
            let checked = if start.is_some() { bits::count(rows) } else { 0 };
            let left = leaf.retain(rows);
            self.note(leaf, start, |trace| trace.checked_rows += checked);
            return Ok(left);
        }
        let mut scratch = self.borrow();
        let words = leaf.words(&mut scratch);
        if leaf.negated {
            bits::and_not(rows, words);
        } else {
            bits::and(rows, words);
        }
        self.spare.push(scratch);
        self.note(leaf, start, |trace| trace.enumerated_blocks += 1);
        Ok(about.min(leaf.rows()))
    }

    fn checks_rather(&self, check_cost: usize, fill_cost: usize, about: usize) -> bool {
        match self.force {
            ForceFilter::Auto => about.saturating_mul(check_cost) < fill_cost,
            ForceFilter::Enumerate => false,
            ForceFilter::Check => true,
        }
    }

    fn note(&mut self, leaf: &BoundLeaf<'_>, start: Option<Instant>, what: impl FnOnce(&mut LeafTrace)) {
        if let (Some(traces), Some(start)) = (&mut self.trace, start)
            && let Some(trace) = traces.get_mut(leaf.number)
        {
            trace.time += start.elapsed();
            trace.estimate += leaf.rows();
            what(trace);
        }
    }
}
