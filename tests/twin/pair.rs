//! An index and its twin, given the same steps.

use std::fmt::Debug;
use std::io::Cursor;

use lead_index::{Clock, Error, Force, JsonLines, Lead, LeadIndex, Snapshot, Universe};

use super::ops::Op;
use super::{Ask, RESERVED, Twin, now};

/// An index and what it must answer.
pub(crate) struct Pair {
    pub(crate) index: LeadIndex,
    pub(crate) twin: Twin,
    /// The total and the universe of the last question.
    pub(crate) last: Option<(u64, Universe)>,
    kept: Vec<(Snapshot, Twin)>,
}

impl Pair {
    /// An empty index with blocks of `block_rows` rows, whose clock stands.
    pub(crate) fn new(block_rows: usize) -> Self {
        let index = LeadIndex::builder().block_rows(block_rows).clock(Clock::fixed(now())).build();
        Self { index, twin: Twin::default(), last: None, kept: Vec::new() }
    }

    /// Replays steps on a fresh pair.
    pub(crate) fn replay(block_rows: usize, ops: &[Op]) -> Result<(), String> {
        let mut pair = Self::new(block_rows);
        ops.iter().try_for_each(|op| pair.apply(op))
    }

    /// Does one step on both sides; the difference, if there is one.
    pub(crate) fn apply(&mut self, op: &Op) -> Result<(), String> {
        match op {
            Op::Insert(lead) => written("insert", self.index.insert(lead.clone()), self.twin.insert(lead)),
            Op::Upsert(lead) => written("upsert", self.index.upsert(lead.clone()), self.twin.upsert(lead)),
            Op::Remove(id) => written("remove", self.index.remove(*id), self.twin.remove(*id)),
            Op::Import(leads) => self.import(leads.clone()),
            Op::PrepareOrder(name) => self.prepare(name),
            Op::DropOrder(name) => self.index.drop_order(name).map_err(told).map(|_| ()),
            Op::Ask(ask, forces) => self.ask(ask, forces),
            Op::Ids(ask) => {
                same("ids", self.index.ids(&ask.query(Force::default())).map_err(told)?, self.twin.answer(ask).1)
            }
            Op::Count(filter) => {
                let expected = self.twin.answer(&Ask::everything(filter.clone())).0;
                same("count", self.index.count(filter).map_err(told)?, expected)
            }
            Op::Get(id) => self.get(*id),
            Op::Keep => {
                self.kept.push((self.index.snapshot(), self.twin.clone()));
                Ok(())
            }
            Op::AskKept(which, ask, force) => self.ask_kept(*which, ask, *force),
            Op::Release(which) => {
                if !self.kept.is_empty() {
                    self.kept.swap_remove(which % self.kept.len());
                }
                Ok(())
            }
            Op::Validate => self.validate(),
        }
    }

    /// How many snapshots are kept.
    pub(crate) fn kept(&self) -> usize {
        self.kept.len()
    }

    fn ask(&mut self, ask: &Ask, forces: &[Force]) -> Result<(), String> {
        let expected = self.twin.answer(ask);
        self.last = Some((expected.0, ask.universe));
        for force in forces {
            let page = self.index.query(&ask.query(*force)).map_err(told)?;
            same(&format!("answer under {force:?}"), (page.total(), page.ids()), expected.clone())?;
        }
        Ok(())
    }

    fn ask_kept(&self, which: usize, ask: &Ask, force: Force) -> Result<(), String> {
        if self.kept.is_empty() {
            return Ok(());
        }
        let (snapshot, twin) = &self.kept[which % self.kept.len()];
        let page = snapshot.query(&ask.query(force)).map_err(told)?;
        same(&format!("answer of a snapshot under {force:?}"), (page.total(), page.ids()), twin.answer(ask))?;
        let copied: Vec<Option<Lead>> = page.leads().map(|lead| Some(lead.into_owned())).collect();
        let expected: Vec<Option<Lead>> = twin.answer(ask).1.iter().map(|id| twin.get(*id).cloned()).collect();
        same("leads copied out of a snapshot", copied, expected)
    }

    fn get(&self, id: u64) -> Result<(), String> {
        same("get", self.index.get(id), self.twin.get(id).cloned())?;
        let Some(user_id) = self.twin.get(id).and_then(|lead| lead.user_id.as_deref()) else {
            return Ok(());
        };
        same("get_by_user_id", self.index.get_by_user_id(user_id), self.twin.get_by_user_id(user_id).cloned())
    }

    fn prepare(&self, name: &str) -> Result<(), String> {
        let built = self.index.prepare_order(name);
        same("prepare_order", built, self.twin.anyone_has(name))
    }

    fn import(&mut self, mut leads: Vec<Lead>) -> Result<(), String> {
        let expected = self.twin.import(&mut leads);
        let mut file = Vec::new();
        for lead in &leads {
            serde_json::to_writer(&mut file, lead).map_err(|e| e.to_string())?;
            file.push(b'\n');
        }
        let report = self.index.import(JsonLines::from_reader(Cursor::new(file))).map_err(told)?;
        same(
            "import: accepted, replaced, rejected",
            (report.accepted, report.replaced, report.rejected),
            (expected.accepted, expected.replaced, expected.rejected),
        )
    }

    fn validate(&self) -> Result<(), String> {
        self.index.validate().map_err(|fault| format!("validate: {fault}"))?;
        let (everyone, leads) = (self.twin.size(Universe::Everyone) as u64, self.twin.size(Universe::Leads) as u64);
        same("len", self.index.len(), everyone)?;
        same("is_empty", self.index.is_empty(), everyone == 0)?;
        same("lead_count", self.index.lead_count(), leads)
    }
}

fn told(error: Error) -> String {
    format!("unexpected error: {error}")
}

fn same<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: found {found:?}, expected {expected:?}")) }
}

/// A write must do the same on both sides, or fail with one of its faults.
fn written<T: PartialEq + Debug>(
    what: &str,
    found: Result<T, Error>,
    expected: Result<T, Vec<&'static str>>,
) -> Result<(), String> {
    match (found, expected) {
        (Ok(found), Ok(expected)) => same(what, found, expected),
        (Err(error), Err(codes)) if codes.contains(&error.code()) => Ok(()),
        (found, expected) => Err(format!("{what}: found {found:?}, expected {expected:?}")),
    }
}
