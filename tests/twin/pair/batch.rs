//! Many calls as one.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use lead_index::{Batch, Change, Error, Lead, LeadIndex, Target};

use super::super::Twin;
use super::super::changes::Done;
use super::super::ops::{Call, End};
use super::{Effect, Pair, both, same};

/// What the closure of a batch panics with, on purpose.
const ON_PURPOSE: &str = "a batch of a test panics on purpose";

impl Pair {
    pub(super) fn batch(&mut self, calls: &[Call], end: End) -> Result<Effect, String> {
        let mut inside = self.twin.clone();
        inside.published();
        let mut fault = None;
        let run = || {
            self.index.batch(|batch| {
                for call in calls {
                    if let Err(found) = made(&self.index, &self.twin, batch, &mut inside, call) {
                        fault = Some(format!("{found}\nof {call:?} in a batch"));
                        return Err(Error::aborted("a call differs"));
                    }
                }
                match end {
                    End::Ok => Ok(calls.len()),
                    End::Err => Err(Error::aborted("on purpose")),
                    End::Panic => resume_unwind(Box::new(ON_PURPOSE)),
                }
            })
        };
        let ended = catch_unwind(AssertUnwindSafe(run));
        if let Some(fault) = fault {
            return Err(fault);
        }
        match (ended, end) {
            (Ok(found), End::Ok | End::Err) => {
                let expected = if end == End::Ok { Ok(calls.len()) } else { Err(vec!["aborted"]) };
                self.both("batch", found, expected)?;
            }
            (Err(panic), End::Panic) if panic.downcast_ref() == Some(&ON_PURPOSE) => {}
            (Err(panic), _) => resume_unwind(panic),
            (Ok(found), End::Panic) => return Err(format!("a batch that panics returned {found:?}")),
        }
        if end != End::Ok {
            return Ok(Effect::Refused);
        }
        self.twin = inside;
        Ok(Effect::Wrote)
    }
}

/// Makes a call in the batch and on the twin of its inside. `outside` is what everybody else sees.
fn made(
    index: &LeadIndex,
    outside: &Twin,
    batch: &mut Batch<'_>,
    inside: &mut Twin,
    call: &Call,
) -> Result<(), String> {
    match call {
        Call::Apply(target, changes) => {
            let found = batch.apply(target.clone(), changes.clone()).map(Done::from);
            both("apply", found, inside.apply(target, changes))?;
        }
        Call::ApplyEach(writes, enough) => applied_each(batch, inside, writes, *enough)?,
        Call::Insert(lead) => {
            both("insert", batch.insert(lead.clone()), inside.insert(lead))?;
        }
        Call::Upsert(lead) => {
            both("upsert", batch.upsert(lead.clone()), inside.upsert(lead))?;
        }
        Call::Remove(id) => {
            both("remove", batch.remove(*id), inside.remove(*id))?;
        }
        Call::Get(id) => same("get", batch.get(*id), inside.get(*id).cloned())?,
        Call::GetByUserId(user_id) => {
            same("get_by_user_id", batch.get_by_user_id(user_id), inside.get_by_user_id(user_id).cloned())?;
        }
        Call::Outside(filter) => {
            both("count from inside", index.count(filter), outside.count(filter))?;
            let refused = || Err(vec!["recursive_write"]);
            both("insert from inside", index.insert(Lead::new(1)), refused())?;
            both("tick from inside", index.tick(), Err(vec!["recursive_write"]))?;
        }
    }
    Ok(())
}

/// Makes many writes, and hears of each in its turn.
fn applied_each(
    batch: &mut Batch<'_>,
    inside: &mut Twin,
    writes: &[(Target, Vec<Change>)],
    enough: Option<usize>,
) -> Result<(), String> {
    let (mut heard, mut fault) = (0, None);
    let found = batch.apply_each(writes.iter().cloned(), |found| {
        let (target, changes) = &writes[heard];
        fault =
            fault.take().or(both("apply_each", found.cloned().map(Done::from), inside.apply(target, changes)).err());
        heard += 1;
        if enough == Some(heard) || fault.is_some() { Err(Error::aborted("enough")) } else { Ok(()) }
    });
    if let Some(fault) = fault {
        return Err(fault);
    }
    let stops = enough.filter(|enough| (1..=writes.len()).contains(enough));
    same("writes heard of", heard, stops.unwrap_or(writes.len()))?;
    both("the end of apply_each", found, if stops.is_some() { Err(vec!["aborted"]) } else { Ok(()) })?;
    Ok(())
}
