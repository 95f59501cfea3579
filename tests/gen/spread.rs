//! What the random questions reached: bugs hide where a generator is too uniform.

use std::collections::BTreeMap;
use std::fmt;

use lead_index::{Filter, Universe};

use super::super::twin::{Twin, eval};
use super::{Dice, Sample};

/// How many kinds of test a filter can hold, a segment among them.
const TESTS: usize = 34;
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
    /// By kind of test: how often it failed on a row, how often it passed.
    tests: BTreeMap<String, [u64; 2]>,
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
    pub(crate) fn tested(&mut self, filter: &Filter, twin: &Twin, sample: &Sample, dice: &mut Dice) {
        let name = match filter {
            Filter::All(children) | Filter::Any(children) => {
                return children.iter().for_each(|child| self.tested(child, twin, sample, dice));
            }
            Filter::Not(child) => return self.tested(child, twin, sample, dice),
            Filter::Property { test, .. } => format!("{test:?}"),
            leaf => format!("{leaf:?}"),
        };
        if let Some(row) = sample.row(dice) {
            let passes = twin.at(sample.now).holds(&eval::canonical(filter), row);
            let name = name.split(['(', ' ']).next().unwrap_or_default().to_owned();
            self.tests.entry(name).or_default()[usize::from(passes)] += 1;
        }
    }

    /// Adds what another thread reached.
    pub(crate) fn add(&mut self, other: Self) {
        for (sum, more) in self.bands.iter_mut().zip(other.bands) {
            *sum += more;
        }
        for (name, [failed, passed]) in other.tests {
            let entry = self.tests.entry(name).or_default();
            entry[0] += failed;
            entry[1] += passed;
        }
    }

    /// Asserts that every band has its share and every kind of test both passed and failed.
    pub(crate) fn assert_wide(&self) {
        let all: u64 = self.bands.iter().sum();
        for ((name, floor), count) in BANDS.iter().zip(self.bands) {
            assert!(count * 1_000 >= all * floor, "too few questions select {name}:\n{self}");
        }
        assert_eq!(self.tests.len(), TESTS, "some kind of test was never asked:\n{self}");
        for (name, [failed, passed]) in &self.tests {
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
        for (name, [failed, passed]) in &self.tests {
            writeln!(f, "{name:>18}: {passed:>8} passed, {failed:>8} failed")?;
        }
        Ok(())
    }
}
