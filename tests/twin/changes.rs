//! The twin's changes: they run in order on a draft of the lead; if none of them fails, the draft is
//! written and what differs is told.

use std::collections::BTreeSet;

use lead_index::{Applied, Change, Lead, Target, Value};

use super::admit::is_long;
use super::draft::{Draft, Fault};
use super::{Beat, Twin};

/// What became of a call, in a form that both sides can fill in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Done {
    pub(crate) id: u64,
    pub(crate) created: bool,
    pub(crate) affected: Vec<String>,
    pub(crate) not_changed: Vec<String>,
    /// Which change, and why.
    pub(crate) ignored: Vec<(usize, &'static str)>,
    /// Number and count.
    pub(crate) events: Vec<(u64, i64)>,
    pub(crate) dropped: Vec<(String, Value)>,
}

impl From<Applied> for Done {
    fn from(applied: Applied) -> Self {
        Self {
            id: applied.id,
            created: applied.created,
            affected: applied.affected.into_iter().map(String::from).collect(),
            not_changed: applied.not_changed.into_iter().map(String::from).collect(),
            ignored: applied.ignored.iter().map(|ignored| (ignored.at, ignored.reason.code())).collect(),
            events: applied.events.iter().map(|event| (event.event, event.count)).collect(),
            dropped: applied.dropped.into_iter().map(|dropped| (dropped.property, dropped.value)).collect(),
        }
    }
}

/// What a call writes.
pub(super) struct Outcome {
    /// The lead as it is after the call, unless it is removed.
    pub(super) put: Option<(Lead, Option<Beat>)>,
    /// Who is gone after it.
    pub(super) removed: BTreeSet<u64>,
    /// The id that the call gave out, even if the lead did not live to its end.
    pub(super) created: Option<u64>,
    /// Events that are named for the first time.
    pub(super) events: Vec<(String, u64)>,
}

impl Twin {
    /// Applies changes to a lead. An error changes nothing.
    pub(crate) fn apply(&mut self, target: &Target, changes: &[Change]) -> Result<Done, Vec<&'static str>> {
        let mut draft = self.draft(target)?;
        for (at, change) in changes.iter().enumerate() {
            draft.run(at, change)?;
        }
        let (done, outcome) = draft.finish();
        self.write(outcome);
        Ok(done)
    }

    fn write(&mut self, outcome: Outcome) {
        for id in outcome.removed {
            // One that was created in the same call is not there yet.
            let _ = self.remove(id);
        }
        if let Some((lead, beat)) = outcome.put {
            self.put_row(lead, beat);
        }
        self.highest = self.highest.max(outcome.created.unwrap_or(0));
        self.events.extend(outcome.events);
    }

    /// The lead to work on: the one that the target names, or a new one.
    fn draft(&self, target: &Target) -> Result<Draft<'_>, Vec<&'static str>> {
        match target {
            Target::Id(0) => Err(vec!["unknown_lead", "invalid_id"]),
            Target::IdOrNew(0) => Err(vec!["invalid_id"]),
            Target::Id(id) => self.rows.get(id).map(|row| Draft::of(self, row)).ok_or(vec!["unknown_lead"]),
            Target::IdOrNew(id) => match self.rows.get(id) {
                Some(row) => Ok(Draft::of(self, row)),
                None => Ok(Draft::new(self, *id, None)),
            },
            Target::UserId(user_id) => self.holder(user_id).map(|row| Draft::of(self, row)).ok_or(vec!["unknown_lead"]),
            Target::UserIdOrNew(user_id) if user_id.is_empty() => Err(vec!["empty_value"]),
            Target::UserIdOrNew(user_id) if is_long(user_id) => Err(vec!["too_long"]),
            Target::UserIdOrNew(user_id) => match (self.holder(user_id), self.highest.checked_add(1)) {
                (Some(row), _) => Ok(Draft::of(self, row)),
                (None, Some(id)) => Ok(Draft::new(self, id, Some(user_id.clone()))),
                (None, None) => Err(vec!["index_full"]),
            },
        }
    }

    fn holder(&self, user_id: &str) -> Option<&super::Row> {
        self.user_ids.get(user_id).and_then(|id| self.rows.get(id)).map(|row| &**row)
    }

    /// Whether a lead that is not in `gone` and is not `asking` holds the User ID.
    pub(super) fn is_taken(&self, user_id: &str, asking: u64, gone: &BTreeSet<u64>) -> bool {
        self.user_ids.get(user_id).is_some_and(|holder| *holder != asking && !gone.contains(holder))
    }

    /// The number of an event name, counting those of `fresh` as given.
    pub(super) fn event_number(&self, name: &str, fresh: &[(String, u64)]) -> u64 {
        let named = fresh.iter().find(|(known, _)| known == name).map(|(_, id)| *id);
        named.or_else(|| self.events.get(name).copied()).unwrap_or_else(|| self.free_number(fresh))
    }

    /// The least number that no event and no property ever had.
    fn free_number(&self, fresh: &[(String, u64)]) -> u64 {
        let is_named = |id: u64| self.events.values().chain(fresh.iter().map(|(_, id)| id)).any(|known| *known == id);
        let is_property =
            |id: u64| ["first", "last", "count"].iter().any(|part| self.names.contains(&format!("$event_{id}_{part}")));
        (1..).find(|id| !is_named(*id) && !is_property(*id)).unwrap_or(u64::MAX)
    }
}

impl From<&'static str> for Fault {
    fn from(reason: &'static str) -> Self {
        Self::Ignored(reason)
    }
}
