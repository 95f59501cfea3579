//! Walking a whole list from one point in time, while writes arrive.

use lead_index::{Cursor, Error, Export, Force, Lead, Order, Page, Snapshot};

use super::super::ops::Way;
use super::super::{Ask, Twin};
use super::{Effect, Pair, both, same, told};

/// A list under way, and all that it must hand out.
pub(super) struct Walk {
    ask: Ask,
    expected: Vec<Lead>,
    /// How many of them were handed out.
    at: usize,
    place: Place,
}

enum Place {
    /// The snapshot that is paged, and where the next page begins.
    Pages(Snapshot, Cursor),
    Export(Box<Export>),
}

impl Walk {
    /// The leads that come next, at most `most`.
    fn next(&self, most: u64) -> &[Lead] {
        let rest = &self.expected[self.at..];
        &rest[..rest.len().min(usize::try_from(most).unwrap_or(usize::MAX))]
    }
}

/// The part of the question that an export can ask: everything, of leads, at the snapshot's time.
fn exported(ask: &Ask) -> Ask {
    Ask { offset: 0, limit: u64::MAX, at: None, universe: lead_index::Universe::Leads, ..ask.clone() }
}

impl Pair {
    pub(super) fn open(&mut self, which: Option<usize>, ask: &Ask, way: Way) -> Result<Effect, String> {
        match way {
            Way::Pages => self.open_pages(which, ask),
            Way::Export => self.open_export(which, ask),
        }
    }

    fn open_export(&mut self, which: Option<usize>, ask: &Ask) -> Result<Effect, String> {
        let ask = exported(ask);
        let kept = which.and_then(|which| self.kept_at(which));
        let (found, twin) = match kept {
            Some((snapshot, twin)) => (snapshot.export(&ask.filter, &ask.sort, ask.order), twin),
            None => (self.index.export(&ask.filter, &ask.sort, ask.order), &self.twin),
        };
        let (total, ids) = twin.answer(&ask);
        let told = found.as_ref().map(Export::total).map_err(Clone::clone);
        both("total of an export", told, twin.legal(&ask.filter).map(|()| total))?;
        let Ok(export) = found else { return Ok(Effect::Refused) };
        same("the present of an export", export.snapshot().now().unix(), twin.present())?;
        let expected = leads(twin, &ids);
        self.walks.push(Walk { ask, expected, at: 0, place: Place::Export(Box::new(export)) });
        Ok(Effect::Asked)
    }

    /// The first page, with the question's offset and limit.
    fn open_pages(&mut self, which: Option<usize>, ask: &Ask) -> Result<Effect, String> {
        let ask = Ask { limit: ask.limit.max(1), ..ask.clone() };
        let (snapshot, twin) = match which.and_then(|which| self.kept_at(which)) {
            Some((snapshot, twin)) => (snapshot.clone(), twin),
            None => (self.index.snapshot(), &self.twin),
        };
        let (total, ids) = twin.answer(&Ask { limit: u64::MAX, ..ask.clone() });
        let found = snapshot.query(&ask.query(Force::default()));
        let seen = found.as_ref().map(Page::total).map_err(Clone::clone);
        both("total of a first page", seen, twin.legal(&ask.filter).map(|()| total))?;
        let Ok(page) = found else { return Ok(Effect::Refused) };
        let expected = leads(twin, &ids);
        let first = usize::try_from(ask.limit).unwrap_or(usize::MAX).min(ids.len());
        same("ids of a first page", page.ids(), ids[..first].to_vec())?;
        let cursor = next_cursor(&page, &ask, total, first, expected.len())?;
        if let Some(cursor) = cursor {
            self.walks.push(Walk { ask, expected, at: first, place: Place::Pages(snapshot, cursor) });
        }
        Ok(Effect::Asked)
    }

    /// Walks on; a list at its end is forgotten.
    pub(super) fn go(&mut self, which: usize, most: u64) -> Result<Effect, String> {
        if self.walks.is_empty() {
            return Ok(Effect::Asked);
        }
        let which = which % self.walks.len();
        let newest = self.index.snapshot();
        let walk = &mut self.walks[which];
        let wanted = walk.next(most.max(1)).to_vec();
        let is_over = match &mut walk.place {
            Place::Export(export) => {
                same("leads left of an export", export.len(), walk.expected.len() - walk.at)?;
                same("leads of an export", pulled(export, wanted.len()), wanted.clone())?;
                let is_over = walk.at + wanted.len() == walk.expected.len();
                if is_over {
                    same("the end of an export", export.next(), None)?;
                }
                is_over
            }
            Place::Pages(snapshot, cursor) => {
                is_refused_elsewhere(snapshot, &newest, cursor, &walk.ask)?;
                let ask = Ask { limit: most.max(1), ..walk.ask.clone() };
                let page = snapshot.resume(&ask.query(Force::default()), cursor).map_err(told)?;
                let found: Vec<Lead> = page.leads().map(lead_index::LeadRef::into_owned).collect();
                same("leads of a resumed page", found, wanted.clone())?;
                let total = cursor.total();
                match next_cursor(&page, &walk.ask, total, walk.at + wanted.len(), walk.expected.len())? {
                    Some(next) => *cursor = next,
                    None => {
                        self.walks.swap_remove(which);
                        return Ok(Effect::Asked);
                    }
                }
                false
            }
        };
        self.walks[which].at += wanted.len();
        if is_over {
            self.walks.swap_remove(which);
        }
        Ok(Effect::Asked)
    }
}

/// The next leads of an export, read in place and copied out by turns.
fn pulled(export: &mut Export, count: usize) -> Vec<Lead> {
    let next = |turn: usize| {
        if turn.is_multiple_of(2) { export.next() } else { export.next_ref().map(lead_index::LeadRef::into_owned) }
    };
    (0..count).map_while(next).collect()
}

/// The cursor after a page, which has come to place `at` of `len`: there is one unless that is the
/// end, it knows where it stands, and it survives being written and read.
fn next_cursor(page: &Page, ask: &Ask, total: u64, at: usize, len: usize) -> Result<Option<Cursor>, String> {
    same("total of a page", page.total(), total)?;
    let Some(cursor) = page.next_cursor() else {
        same("whether there is a next page", false, at < len)?;
        return Ok(None);
    };
    same("whether there is a next page", true, at < len)?;
    let rank = ask.offset.saturating_add(at as u64);
    same("rank and total of a cursor", (cursor.rank(), cursor.total()), (rank, total))?;
    let text = cursor.to_string();
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    same("whether the text of a cursor is plain", plain, true)?;
    same("a cursor that was written and read", text.parse::<Cursor>().map_err(told)?, cursor)?;
    Ok(Some(cursor))
}

/// A cursor is good for its own question and its own snapshot alone.
fn is_refused_elsewhere(snapshot: &Snapshot, newest: &Snapshot, cursor: &Cursor, ask: &Ask) -> Result<(), String> {
    let ids = |page: Result<Page, Error>| page.map(|page| page.ids());
    let turned = Ask { order: if ask.order == Order::Asc { Order::Desc } else { Order::Asc }, ..ask.clone() };
    let other_order = snapshot.resume(&turned.query(Force::default()), cursor);
    both("a cursor of another order", ids(other_order), Err(vec!["cursor_mismatch"]))?;
    if newest.version() != snapshot.version() {
        let other_snapshot = newest.resume(&ask.query(Force::default()), cursor);
        // The filter may name a segment that the newest snapshot does not know.
        let codes = vec!["invalid_cursor", "unknown_segment"];
        both("a cursor of another snapshot", ids(other_snapshot), Err(codes))?;
    }
    Ok(())
}

fn leads(twin: &Twin, ids: &[u64]) -> Vec<Lead> {
    ids.iter().filter_map(|id| twin.get(*id).cloned()).collect()
}
