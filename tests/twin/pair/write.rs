//! Writes of one call.

use std::io::Cursor;

use lead_index::{Change, DateTime, JsonLines, Lead, Target};

use super::super::changes::Done;
use super::super::ops::Op;
use super::{Effect, Pair, both, same, told};

impl Pair {
    pub(super) fn write(&mut self, op: &Op) -> Result<Effect, String> {
        let succeeded = match op {
            Op::Insert(lead) => {
                let (found, expected) = (self.index.insert(lead.clone()), self.twin.insert(lead));
                self.both("insert", found, expected)?
            }
            Op::Upsert(lead) => {
                let (found, expected) = (self.index.upsert(lead.clone()), self.twin.upsert(lead));
                self.both("upsert", found, expected)?
            }
            Op::Remove(id) => {
                let (found, expected) = (self.index.remove(*id), self.twin.remove(*id));
                self.both("remove", found, expected)?
            }
            Op::Apply(target, changes) => self.changed(target, changes)?,
            Op::Import(leads) => return self.import(leads.clone()),
            Op::Compact => {
                if self.index.compact().map_err(told)? > 0 {
                    self.happens("compacted");
                }
                return Ok(Effect::WroteParts);
            }
            other => unreachable!("not a write: {other:?}"),
        };
        Ok(if succeeded { Effect::Wrote } else { Effect::Refused })
    }

    fn changed(&mut self, target: &Target, changes: &[Change]) -> Result<bool, String> {
        let found = self.index.apply(target.clone(), changes.to_vec()).map(Done::from);
        let expected = self.twin.apply(target, changes);
        if let Ok(done) = &expected {
            let went_over = matches!(target, Target::Id(id) if *id != done.id);
            let turns = [
                (done.created, "created"),
                (!done.dropped.is_empty(), "dropped"),
                (!done.events.is_empty(), "event"),
                (!done.not_changed.is_empty(), "not changed"),
                (went_over, "merged into the other"),
            ];
            turns.into_iter().filter(|(so, _)| *so).for_each(|(_, turn)| self.happens(turn));
            done.ignored.iter().for_each(|(_, reason)| self.happens(reason));
        }
        self.both("apply", found, expected)
    }

    fn import(&mut self, mut leads: Vec<Lead>) -> Result<Effect, String> {
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
        )?;
        Ok(Effect::Wrote)
    }

    pub(super) fn prepare(&self, name: &str) -> Result<Effect, String> {
        let built = self.index.prepare_order(name);
        same("prepare_order", built, self.twin.anyone_has(name))?;
        Ok(Effect::Asked)
    }

    /// Whether the order was kept depends on the questions before, which the twin does not follow;
    /// nor does it ask what the index publishes to drop one.
    pub(super) fn drop_order(&self, name: &str) -> Result<Effect, String> {
        let before = self.index.version();
        self.index.drop_order(name).map_err(told)?;
        Ok(if self.index.version() > before { Effect::Wrote } else { Effect::Asked })
    }

    pub(super) fn set_clock(&mut self, to: DateTime) -> Result<Effect, String> {
        self.index.clock().set(to);
        self.twin.set_clock(to.unix());
        same("the present", self.index.snapshot().now().unix(), self.twin.present())?;
        Ok(Effect::ClockMoved)
    }

    pub(super) fn tick(&mut self) -> Result<Effect, String> {
        let must_move = self.ears.would_hear(&self.twin);
        let (before, moved) = (self.index.version(), self.index.tick().map_err(told)?);
        same("tick: whether it published what it moved", self.index.version() > before, moved)?;
        if must_move && !moved {
            return Err("tick: nothing moved, though leads entered or left".to_owned());
        }
        // A tick that moves nobody leaves everything as it was, the present behind which time does
        // not go back too.
        Ok(if moved { Effect::Wrote } else { Effect::Asked })
    }
}
