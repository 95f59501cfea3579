//! Writing what an import has parsed: one lead after the other, in the order of the file.

use std::collections::HashMap;

use crate::block::bitmap::Rows;
use crate::error::Error;
use crate::id::{PropId, RowId};
use crate::ingest::admit::Put;
use crate::ingest::apply::{self, IfHeld};
use crate::ingest::jsonl::{ImportReport, Reject};
use crate::ingest::{ParsedBatch, ParsedLead};
use crate::limits::{self, Shape};
use crate::registry::Registry;
use crate::state::State;
use crate::value::Value;

/// An import under way.
#[derive(Default)]
pub(crate) struct Import {
    report: ImportReport,
    /// Rows that this import has written, by block: an id that comes again is rejected.
    taken: Vec<Rows>,
}

impl Import {
    /// Writes a batch; the batches come in the order of the file.
    pub(crate) fn take(&mut self, state: &mut State, batch: ParsedBatch) {
        for reject in batch.rejects {
            self.reject(reject);
        }
        let mut props: HashMap<u32, PropId> = HashMap::new();
        for lead in batch.leads {
            let line = lead.line;
            if let Err((code, message)) = self.take_lead(state, &batch.names, &mut props, lead) {
                self.reject(Reject { line, code, message });
            }
        }
    }

    fn take_lead(
        &mut self,
        state: &mut State,
        names: &[String],
        props: &mut HashMap<u32, PropId>,
        lead: ParsedLead,
    ) -> Result<(), (&'static str, String)> {
        let refuse = |error: Error| (error.code(), error.problems()[0].message.clone());
        if state.find(lead.id).is_some_and(|place| self.has_taken(place, state.shape)) {
            return Err(("duplicate_id", format!("id {} stands on an earlier line; the first one counts", lead.id)));
        }
        // Before its names are numbered: a refused line leaves nothing behind.
        let held = apply::may_put(state, lead.id, lead.user_id.as_deref(), IfHeld::Replace).map_err(refuse)?;
        let name = |prop: &(u32, Value)| names[prop.0 as usize].as_str();
        state.props.room_for_names(lead.props.iter().map(name), state.limits.properties).map_err(refuse)?;
        let mut numbered = Vec::with_capacity(lead.props.len());
        for (name, value) in lead.props {
            let number = || Registry::number(&mut state.props, &names[name as usize]);
            numbered.push((*props.entry(name).or_insert_with(number), value));
        }
        let put = Put {
            id: lead.id,
            user_id: lead.user_id,
            conversations: lead.conversations,
            web_push: lead.web_push,
            heartbeat: None,
            props: numbered,
        };
        let place = apply::put(state, held, &put);
        self.note_taken(place, state.shape);
        self.report.accepted += 1;
        self.report.replaced += u64::from(held.is_some());
        Ok(())
    }

    fn reject(&mut self, reject: Reject) {
        self.report.rejected += 1;
        // Parsed rejects and those of this stage interleave within a batch; keep a batch more than
        // is shown, so that sorting by line at the end keeps the first ones.
        if self.report.rejects.len() < 2 * limits::IMPORT_REJECTS_KEPT {
            self.report.rejects.push(reject);
        }
    }

    fn has_taken(&self, place: RowId, shape: Shape) -> bool {
        let shift = shape.block_shift();
        self.taken.get(place.block(shift)).is_some_and(|rows| rows.contains(place.row(shift)))
    }

    fn note_taken(&mut self, place: RowId, shape: Shape) {
        let block = place.block(shape.block_shift());
        if self.taken.len() <= block {
            self.taken.resize_with(block + 1, Rows::default);
        }
        self.taken[block].insert(place.row(shape.block_shift()), shape);
    }

    /// What became of the import.
    pub(crate) fn finish(mut self) -> ImportReport {
        self.report.rejects.sort_by_key(|reject| reject.line);
        self.report.rejects.truncate(limits::IMPORT_REJECTS_KEPT);
        self.report
    }
}
