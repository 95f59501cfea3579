//! The twin's writes. A refused write changes nothing and tells every fault it has: which of
//! several an index names first is not part of the rules.

use std::collections::BTreeSet;
use std::sync::Arc;

use lead_index::Lead;

use super::admit::admit;
use super::{Beat, Row, Twin};

/// What an import does: the lines that go in, and what the report must say.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    pub(crate) accepted: u64,
    pub(crate) replaced: u64,
    pub(crate) rejected: u64,
}

impl Twin {
    /// Adds a lead whose id is free.
    pub(crate) fn insert(&mut self, lead: &Lead) -> Result<(), Vec<&'static str>> {
        let kept = admit(lead).map_err(|code| vec![code])?;
        let mut faults = Vec::new();
        if self.rows.contains_key(&kept.id) {
            faults.push("lead_exists");
        }
        if self.holds_another(&kept) {
            faults.push("user_id_taken");
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        self.put(kept);
        Ok(())
    }

    /// Adds a lead or replaces the whole of the one with its id; true if replaced.
    pub(crate) fn upsert(&mut self, lead: &Lead) -> Result<bool, Vec<&'static str>> {
        let kept = admit(lead).map_err(|code| vec![code])?;
        if self.holds_another(&kept) {
            return Err(vec!["user_id_taken"]);
        }
        Ok(self.put(kept))
    }

    /// Removes a lead and returns it.
    pub(crate) fn remove(&mut self, id: u64) -> Result<Lead, Vec<&'static str>> {
        let Some(row) = self.rows.remove(&id) else {
            return Err(if id == 0 { vec!["unknown_lead", "invalid_id"] } else { vec!["unknown_lead"] });
        };
        if let Some(user_id) = &row.lead.user_id {
            self.user_ids.remove(user_id);
        }
        Ok(row.lead.clone())
    }

    /// Imports the lines in their order. A line is dropped from `lines` where the rules leave
    /// open what becomes of it: its id came before, on a line that was rejected.
    pub(crate) fn import(&mut self, lines: &mut Vec<Lead>) -> Imported {
        let (mut report, mut seen, mut spoilt) = (Imported::default(), BTreeSet::new(), BTreeSet::new());
        lines.retain(|lead| {
            if spoilt.contains(&lead.id) {
                return false;
            }
            let outcome = if seen.contains(&lead.id) { Err(Vec::new()) } else { self.upsert(lead) };
            match outcome {
                Ok(replaced) => {
                    seen.insert(lead.id);
                    report.accepted += 1;
                    report.replaced += u64::from(replaced);
                }
                Err(_) => {
                    spoilt.insert(lead.id);
                    report.rejected += 1;
                }
            }
            true
        });
        report
    }

    fn holds_another(&self, lead: &Lead) -> bool {
        lead.user_id.as_ref().and_then(|text| self.user_ids.get(text)).is_some_and(|holder| *holder != lead.id)
    }

    /// Puts a whole lead in place of what stands under its id. The heartbeat is no part of it and stays.
    fn put(&mut self, lead: Lead) -> bool {
        let beat = self.rows.get(&lead.id).and_then(|row| row.beat);
        self.put_row(lead, beat)
    }

    /// Puts a lead and its heartbeat under its id; whether somebody stood there.
    pub(super) fn put_row(&mut self, lead: Lead, beat: Option<Beat>) -> bool {
        let replaced = self.remove(lead.id).is_ok();
        if let Some(user_id) = &lead.user_id {
            self.user_ids.insert(user_id.clone(), lead.id);
        }
        self.highest = self.highest.max(lead.id);
        self.names.extend(lead.props.keys().cloned());
        self.rows.insert(lead.id, Arc::new(Row::new(lead, beat)));
        replaced
    }
}
