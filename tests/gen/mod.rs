//! Random leads, filters and questions over a narrow space of values, so that they collide.
//!
//! Everything is drawn from a [`Dice`], which is a seed for the tests and the fuzzer's own bytes
//! in the fuzz target: the same code builds both.
#![allow(dead_code, reason = "each test binary uses its own part of the generators")]

pub(crate) mod asks;
pub(crate) mod changes;
pub(crate) mod clock;
pub(crate) mod filters;
pub(crate) mod leads;
pub(crate) mod spread;
pub(crate) mod steps;
pub(crate) mod tally;
pub(crate) mod values;

use std::convert::Infallible;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng, TryRng};

use super::twin::{Row, Twin};

/// Where chance comes from: given bytes first, then a seeded generator.
pub(crate) struct Dice {
    bytes: Vec<u8>,
    at: usize,
    rest: StdRng,
}

impl Dice {
    /// Chance from a seed alone.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { bytes: Vec::new(), at: 0, rest: StdRng::seed_from_u64(seed) }
    }

    /// Chance from bytes while they last.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), at: 0, rest: StdRng::seed_from_u64(bytes.len() as u64) }
    }

    /// Whether the given bytes are used up.
    pub(crate) fn is_spent(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: u32) -> bool {
        self.random_ratio(1, n)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.random_range(0..n)
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        from.choose(self).expect("there is something to pick from")
    }
}

impl TryRng for Dice {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut four = [0; 4];
        self.try_fill_bytes(&mut four)?;
        Ok(u32::from_le_bytes(four))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut eight = [0; 8];
        self.try_fill_bytes(&mut eight)?;
        Ok(u64::from_le_bytes(eight))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        match self.bytes.get(self.at..self.at + dst.len()) {
            Some(given) => {
                dst.copy_from_slice(given);
                self.at += dst.len();
            }
            None => {
                self.at = self.bytes.len();
                self.rest.fill_bytes(dst);
            }
        }
        Ok(())
    }
}

/// Depth and conditions of the largest live filter that other filters name: nested ones stay within
/// the bounds of a filter.
const NESTED: (usize, usize) = (7, 80);

/// The rows that filters and questions draw their values from, so that they hit something, and the
/// moment and the live filters of the same twin.
pub(crate) struct Sample {
    rows: Vec<Arc<Row>>,
    pub(crate) now: i64,
    /// Live filters that a filter may name.
    segments: Vec<u64>,
    /// The number of the newest live filter, dropped or not.
    pub(crate) last_live: u64,
}

impl Sample {
    /// Of a twin as it is now.
    pub(crate) fn of(twin: &Twin) -> Self {
        let is_small = |filter| {
            let (depth, conditions) = twin.expanded(filter);
            depth <= NESTED.0 && conditions <= NESTED.1
        };
        let small = twin.live().filter(|(_, kept)| is_small(&kept.filter)).map(|(id, _)| id);
        Self {
            rows: twin.rows().cloned().collect(),
            now: twin.present(),
            segments: small.collect(),
            last_live: twin.last_live(),
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The ids of all rows.
    fn ids(&self) -> impl Iterator<Item = u64> {
        self.rows.iter().map(|row| row.lead.id)
    }

    /// One of the rows.
    pub(crate) fn row(&self, dice: &mut Dice) -> Option<&Row> {
        if self.rows.is_empty() { None } else { Some(&**dice.pick::<Arc<Row>>(&self.rows)) }
    }

    /// A live filter that a filter may name.
    fn segment(&self, dice: &mut Dice) -> Option<u64> {
        if self.segments.is_empty() { None } else { Some(*dice.pick(&self.segments)) }
    }
}

/// A whole number from the environment, for runs longer or shorter than the default.
pub(crate) fn amount(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is a whole number, not {text:?}")),
        Err(_) => default,
    }
}
