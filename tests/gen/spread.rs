//! What the random questions reached: bugs hide where a generator is too uniform.

use std::collections::HashMap;
use std::fmt;
use std::mem::{Discriminant, discriminant};

use lead_index::{Filter, Test, Universe};

use super::super::twin::{NOW, Twin, eval};
use super::{Dice, Sample};

/// How many kinds of test a filter can hold.
const TESTS: usize = 33;
/// A universe smaller than this says nothing about selectivity.
const ENOUGH_ROWS: u64 = 20;

/// Names of the bands of selectivity, and the share of questions (in thousandths) that each gets
/// at least.
const BANDS: [(&str, u64); 6] =
    [("none", 50), ("one row", 20), ("under 10 %", 60), ("10 to 90 %", 200), ("over 90 %", 40), ("all", 40)];

/// Counts of what was reached.
#[derive(Default)]
pub(crate) struct Spread {
    bands: [u64; 6],
    /// By kind of test: its name, how often it failed on a row, how often it passed.
    tests: HashMap<Discriminant<Test>, (String, [u64; 2])>,
}

impl Spread {
    /// Notes how many of the universe a filter selected.
    pub(crate) fn selected(&mut self, total: u64, of: u64) {
        if of < ENOUGH_ROWS {
            return;
        }
        let band = match total {
            0 => 0,
            1 => 1,
            _ if total == of => 5,
            _ if total * 10 < of => 2,
            _ if total * 10 <= of * 9 => 3,
            _ => 4,
        };
        self.bands[band] += 1;
    }

    /// Notes, for every test in the filter, whether it passes on a random row.
    pub(crate) fn tested(&mut self, filter: &Filter, sample: &Sample, dice: &mut Dice) {
        match filter {
            Filter::All(children) | Filter::Any(children) => {
                children.iter().for_each(|child| self.tested(child, sample, dice));
            }
            Filter::Not(child) => self.tested(child, sample, dice),
            Filter::Property { test, .. } => {
                if let Some(row) = sample.row(dice) {
                    let passes = eval::holds(&eval::canonical(filter), row, NOW);
                    let name = || format!("{test:?}").split(['(', ' ']).next().unwrap_or_default().to_owned();
                    let entry = self.tests.entry(discriminant(test)).or_insert_with(|| (name(), [0; 2]));
                    entry.1[usize::from(passes)] += 1;
                }
            }
            other => panic!("a filter the generators have not learned: {other:?}"),
        }
    }

    /// Adds what another thread reached.
    pub(crate) fn add(&mut self, other: Self) {
        for (sum, more) in self.bands.iter_mut().zip(other.bands) {
            *sum += more;
        }
        for (test, (name, [failed, passed])) in other.tests {
            let entry = self.tests.entry(test).or_insert_with(|| (name, [0; 2]));
            entry.1[0] += failed;
            entry.1[1] += passed;
        }
    }

    /// Asserts that every band has its share and every kind of test both passed and failed.
    pub(crate) fn assert_wide(&self) {
        let all: u64 = self.bands.iter().sum();
        for ((name, floor), count) in BANDS.iter().zip(self.bands) {
            assert!(count * 1_000 >= all * floor, "too few questions select {name}:\n{self}");
        }
        assert_eq!(self.tests.len(), TESTS, "some kind of test was never asked:\n{self}");
        for (name, [failed, passed]) in self.tests.values() {
            assert!(*failed > 0 && *passed > 0, "{name} never passed or never failed:\n{self}");
        }
    }
}

/// How many rows each universe of the twin has.
pub(crate) fn sizes(twin: &Twin) -> impl Fn(Universe) -> u64 + use<> {
    let (leads, everyone) = (twin.size(Universe::Leads) as u64, twin.size(Universe::Everyone) as u64);
    move |universe| if universe == Universe::Leads { leads } else { everyone }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: u64 = self.bands.iter().sum();
        for ((name, _), count) in BANDS.iter().zip(self.bands) {
            writeln!(f, "{name:>12}: {count:>8} ({} %)", 100 * count / all.max(1))?;
        }
        let mut tests: Vec<_> = self.tests.values().collect();
        tests.sort();
        for (name, [failed, passed]) in tests {
            writeln!(f, "{name:>18}: {passed:>8} passed, {failed:>8} failed")?;
        }
        Ok(())
    }
}
