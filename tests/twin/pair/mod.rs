//! An index and its twin, given the same steps.

mod batch;
mod hear;
mod live;
mod read;
mod walk;
mod write;

use std::collections::BTreeMap;
use std::fmt::Debug;

use lead_index::{Clock, Error, LeadIndex, Snapshot, Universe};

use super::ops::Op;
use super::{Twin, now};
use hear::Ears;
use read::Source;
use walk::Walk;

/// Rows from which on an index without live filters is not looked at after every step.
const MANY_ROWS: usize = 4_096;

/// An index and what it must answer.
pub(crate) struct Pair {
    pub(crate) index: LeadIndex,
    pub(crate) twin: Twin,
    /// The total and the universe of the last question.
    pub(crate) last: Option<(u64, Universe)>,
    /// Whether the last step was refused as it had to be.
    pub(crate) refused: bool,
    kept: Vec<(Snapshot, Twin)>,
    ears: Ears,
    walks: Vec<Walk>,
    happened: BTreeMap<&'static str, u64>,
}

/// What a step did to the published state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Nothing: it only asked.
    Asked,
    /// Nothing: it was refused on both sides.
    Refused,
    /// It was published, at once.
    Wrote,
    /// It was published, in as many parts as it liked.
    WroteParts,
    /// The clock moved and nothing was published.
    ClockMoved,
}

impl Pair {
    /// An empty index with blocks of `block_rows` rows, whose clock stands until a step moves it.
    pub(crate) fn new(block_rows: usize) -> Self {
        let index = LeadIndex::builder().block_rows(block_rows).clock(Clock::fixed(now())).build();
        Self {
            index,
            twin: Twin::default(),
            last: None,
            refused: false,
            kept: Vec::new(),
            ears: Ears::default(),
            walks: Vec::new(),
            happened: BTreeMap::new(),
        }
    }

    /// Replays steps on a fresh pair.
    pub(crate) fn replay(block_rows: usize, ops: &[Op]) -> Result<(), String> {
        let mut pair = Self::new(block_rows);
        ops.iter().try_for_each(|op| pair.apply(op))
    }

    /// How many snapshots are kept.
    pub(crate) fn kept(&self) -> usize {
        self.kept.len()
    }

    /// How many lists are being walked.
    pub(crate) fn walks(&self) -> usize {
        self.walks.len()
    }

    /// How many listeners there are.
    pub(crate) fn listeners(&self) -> usize {
        self.ears.len()
    }

    /// How often calls were refused, by code, and took the turns that they can take.
    pub(crate) fn happened(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = self.happened.iter().chain(self.ears.happened.iter());
        all.map(|(what, count)| (*what, *count))
    }

    fn happens(&mut self, what: &'static str) {
        *self.happened.entry(what).or_default() += 1;
    }

    /// As [`both`], and notes a refusal.
    fn both<T: PartialEq + Debug>(
        &mut self,
        what: &str,
        found: Result<T, Error>,
        expected: Result<T, Vec<&'static str>>,
    ) -> Result<bool, String> {
        let code = found.as_ref().err().map(Error::code);
        let succeeded = both(what, found, expected)?;
        if let Some(code) = code {
            self.happens(code);
        }
        Ok(succeeded)
    }

    /// Does one step on both sides; the difference, if there is one.
    pub(crate) fn apply(&mut self, op: &Op) -> Result<(), String> {
        let before = self.index.version();
        let effect = self.step(op)?;
        self.refused = effect == Effect::Refused;
        self.settled(effect, before)
    }

    /// What must hold after every step: a step that failed or only asked published nothing, a write
    /// published once, and live filters and listeners know of it.
    fn settled(&mut self, effect: Effect, before: u64) -> Result<(), String> {
        let published = self.index.version() - before;
        match effect {
            Effect::Asked | Effect::Refused | Effect::ClockMoved => same("publications", published, 0)?,
            Effect::Wrote if published > 1 => return Err(format!("{published} publications of one write")),
            Effect::Wrote | Effect::WroteParts => {}
        }
        let published = matches!(effect, Effect::Wrote | Effect::WroteParts);
        if published {
            self.twin.published();
        }
        if self.is_unwatched() {
            self.ears.forget();
            return Ok(());
        }
        if published {
            self.ears.published(&self.twin, before + 1);
            self.ears.listen_closely()?;
        }
        if effect != Effect::Asked {
            self.live_filters_are_fresh()?;
        }
        Ok(())
    }

    /// Whether there is nothing live to look at but the lead criteria, of so many rows that to go
    /// through them after every step would take all the time.
    fn is_unwatched(&self) -> bool {
        self.twin.rows().len() > MANY_ROWS && self.twin.live().next().is_none() && self.ears.len() == 0
    }

    fn step(&mut self, op: &Op) -> Result<Effect, String> {
        match op {
            Op::Insert(_) | Op::Upsert(_) | Op::Remove(_) | Op::Import(_) | Op::Apply(..) | Op::Compact => {
                self.write(op)
            }
            Op::Batch(calls, end) => self.batch(calls, *end),
            Op::PrepareOrder(name) => self.prepare(name),
            Op::DropOrder(name) => self.drop_order(name),
            Op::Keep(name, filter) => self.keep(name, filter),
            Op::DropLive(id) => self.drop_live(*id),
            Op::SetClock(to) => self.set_clock(*to),
            Op::Tick => self.tick(),
            Op::Live(id, ask) => self.live(*id, ask),
            Op::Listen(id, capacity) => self.listen(*id, *capacity),
            Op::Hear(which, most) => self.ears.hear(*which, *most).map(|()| Effect::Asked),
            Op::Deafen(which) => self.ears.deafen(*which).map(|()| Effect::Asked),
            Op::Snapshot => {
                self.kept.push((self.index.snapshot(), self.twin.frozen()));
                Ok(Effect::Asked)
            }
            Op::Release(which) => {
                if !self.kept.is_empty() {
                    self.kept.swap_remove(which % self.kept.len());
                }
                Ok(Effect::Asked)
            }
            Op::OnSnapshot(which, op) => match self.kept_at(*which) {
                Some((snapshot, twin)) => read::read(Source::Kept(snapshot), twin, op),
                None => Ok(Effect::Asked),
            },
            Op::Open(which, ask, way) => self.open(*which, ask, *way),
            Op::Go(which, most) => self.go(*which, *most),
            Op::Validate => self.validate(),
            Op::Ask(ask, forces) => {
                let total = read::asked(Source::Newest(&self.index), &self.twin, ask, forces)?;
                self.last = total.map(|total| (total, ask.universe));
                Ok(Effect::Asked)
            }
            op => read::read(Source::Newest(&self.index), &self.twin, op),
        }
    }

    fn kept_at(&self, which: usize) -> Option<&(Snapshot, Twin)> {
        if self.kept.is_empty() { None } else { self.kept.get(which % self.kept.len()) }
    }

    fn validate(&self) -> Result<Effect, String> {
        self.index.validate().map_err(|fault| format!("validate: {fault}"))?;
        read::sizes(Source::Newest(&self.index), &self.twin)?;
        Ok(Effect::Asked)
    }
}

fn told(error: Error) -> String {
    format!("unexpected error: {error}")
}

fn same<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: found {found:?}, expected {expected:?}")) }
}

/// A call must do the same on both sides, or fail with one of its faults; whether it succeeded.
fn both<T: PartialEq + Debug>(
    what: &str,
    found: Result<T, Error>,
    expected: Result<T, Vec<&'static str>>,
) -> Result<bool, String> {
    match (found, expected) {
        (Ok(found), Ok(expected)) => same(what, found, expected).map(|()| true),
        (Err(error), Err(codes)) if codes.contains(&error.code()) => {
            let kind = kind_of(error.code());
            if kind.is_none_or(|kind| kind == error.kind()) {
                return Ok(false);
            }
            Err(format!("{what}: {} is of the kind {:?}, expected {kind:?}", error.code(), error.kind()))
        }
        (found, expected) => Err(format!("{what}: found {found:?}, expected {expected:?}")),
    }
}

/// The kind that an error of this code is of, where the rules say so.
fn kind_of(code: &str) -> Option<lead_index::ErrorKind> {
    use lead_index::ErrorKind;
    Some(match code {
        "unknown_lead" => ErrorKind::UnknownLead,
        "lead_exists" => ErrorKind::LeadExists,
        "user_id_taken" => ErrorKind::UserIdTaken,
        "index_full" => ErrorKind::Full,
        "merge_with_itself" | "cursor_mismatch" | "invalid_cursor" | "limit_too_large" => ErrorKind::Validation,
        "segment_in_use" => ErrorKind::Segment,
        "aborted" => ErrorKind::Aborted,
        "recursive_write" => ErrorKind::RecursiveWrite,
        _ => return None,
    })
}
