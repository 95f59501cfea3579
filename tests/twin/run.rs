//! A run of steps that remembers itself, so that a failure prints a short program.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::ops::Op;
use super::pair::Pair;
use super::shrink;

/// A pair, and every step that was taken with it.
pub(crate) struct Run {
    pub(crate) pair: Pair,
    seed: u64,
    block_rows: usize,
    steps: Vec<Op>,
}

impl Run {
    /// An empty pair.
    pub(crate) fn new(seed: u64, block_rows: usize) -> Self {
        Self { pair: Pair::new(block_rows), seed, block_rows, steps: Vec::new() }
    }

    /// Takes the step on both sides.
    ///
    /// # Panics
    ///
    /// If they differ, or the index panics: with the seed and the shortest run found.
    pub(crate) fn step(&mut self, op: Op) {
        self.steps.push(op);
        let op = &self.steps[self.steps.len() - 1];
        let fault = match catch_unwind(AssertUnwindSafe(|| self.pair.apply(op))) {
            Ok(Ok(())) => return,
            Ok(Err(fault)) => fault,
            Err(_) => "the index panicked".to_owned(),
        };
        let steps = std::mem::take(&mut self.steps);
        panic!("seed {}: {}", self.seed, shrink(self.block_rows, steps, fault));
    }
}
