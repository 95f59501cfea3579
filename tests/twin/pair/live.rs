//! Live filters.

use lead_index::{Filter, Force, LiveFilter, Order};

use super::super::live::LEADS;
use super::super::{Ask, Twin};
use super::{Effect, Pair, both, same, told};

/// Leads of the page that is compared after every step.
const PAGE: u64 = 6;

impl Pair {
    pub(super) fn keep(&mut self, name: &str, filter: &Filter) -> Result<Effect, String> {
        let kept =
            if name.is_empty() { self.index.keep(filter.clone()) } else { self.index.keep_as(name, filter.clone()) };
        let expected = self.twin.keep(name, filter);
        let kept_one = self.both("keep", kept.map(|live| live.id()), expected)?;
        Ok(if kept_one { Effect::Wrote } else { Effect::Refused })
    }

    pub(super) fn drop_live(&mut self, id: u64) -> Result<Effect, String> {
        let handle = self.index.live(id);
        if id == LEADS {
            return match self.index.drop_live(id) {
                Ok(()) => Err("the lead criteria were dropped".to_owned()),
                Err(_) => Ok(Effect::Refused),
            };
        }
        let (found, expected) = (self.index.drop_live(id), self.twin.drop_live(id));
        if !self.both("drop_live", found, expected)? {
            return Ok(Effect::Refused);
        }
        let handle = handle.ok_or("live: a filter that is kept was not found")?;
        is_gone(&handle)?;
        Ok(Effect::Wrote)
    }

    /// Every live filter says at once what a fresh evaluation says, and no other one is there.
    pub(super) fn live_filters_are_fresh(&self) -> Result<(), String> {
        let expected: Vec<u64> = self.twin.live().map(|(id, _)| id).collect();
        let found: Vec<u64> = self.index.live_filters().iter().map(LiveFilter::id).filter(|id| *id != LEADS).collect();
        same("numbers of live filters", found, expected)?;
        is_fresh(&self.index.lead_filter(), &self.twin)?;
        for (id, _) in self.twin.live() {
            is_fresh(&self.live_handle(id)?, &self.twin)?;
        }
        Ok(())
    }

    fn live_handle(&self, id: u64) -> Result<LiveFilter, String> {
        let handle = if id == LEADS { Some(self.index.lead_filter()) } else { self.index.live(id) };
        handle.ok_or_else(|| format!("live filter {id} is not found"))
    }

    /// A question to a live filter, and everything else that it tells.
    pub(super) fn live(&self, id: u64, ask: &Ask) -> Result<Effect, String> {
        if !self.twin.is_live(id) {
            same("live: whether it is kept", self.index.live(id).is_some(), false)?;
            return Ok(Effect::Asked);
        }
        let handle = self.live_handle(id)?;
        let both_hold = Ask { filter: Filter::all([Filter::segment(id), ask.filter.clone()]), ..ask.clone() };
        let found = handle.query(&ask.query(Force::default())).map(|page| (page.total(), page.ids()));
        both("page of a live filter", found, self.twin.legal(&ask.filter).map(|()| self.twin.answer(&both_hold)))?;
        for row in self.twin.rows() {
            let found = handle.contains(row.lead.id).map_err(told)?;
            let holds = self.twin.at(self.twin.present()).holds(&Filter::Segment(id), row);
            let expected = row.is_lead && holds;
            same(&format!("live filter {id} contains {}", row.lead.id), found, expected)?;
        }
        same("live filter contains an unknown id", handle.contains(u64::MAX / 3).map_err(told)?, false)?;
        if let Some((_, kept)) = self.twin.live().find(|(known, _)| *known == id) {
            same("name of a live filter", handle.name().map_err(told)?, kept.name.clone())?;
            same("filter of a live filter", handle.filter().map_err(told)?, kept.filter.clone())?;
        }
        Ok(Effect::Asked)
    }
}

/// Total and first page, newest visit first.
fn is_fresh(live: &LiveFilter, twin: &Twin) -> Result<(), String> {
    let id = live.id();
    let first =
        Ask { sort: "$last_seen".to_owned(), order: Order::Desc, limit: PAGE, ..Ask::everything(Filter::all([])) };
    let expected = twin.answer(&Ask { filter: Filter::segment(id), ..first.clone() });
    same(&format!("total of live filter {id}"), live.total().map_err(told)?, expected.0)?;
    let page = live.query(&first.query(Force::default())).map_err(told)?;
    same(&format!("total and page of live filter {id}"), (page.total(), page.ids()), expected)
}

/// Nothing can be asked of a live filter that was dropped.
fn is_gone(live: &LiveFilter) -> Result<(), String> {
    let unknown = || Err(vec!["unknown_segment"]);
    both("total of a dropped filter", live.total(), unknown())?;
    both("contains of a dropped filter", live.contains(1), Err(vec!["unknown_segment"]))?;
    both("name of a dropped filter", live.name(), Err(vec!["unknown_segment"]))?;
    both("filter of a dropped filter", live.filter(), Err(vec!["unknown_segment"]))?;
    let query = lead_index::Query::new();
    both("page of a dropped filter", live.query(&query).map(|page| page.total()), unknown())?;
    both("listening to a dropped filter", live.listen(1).map(|_| ()), Err(vec!["unknown_segment"]))?;
    Ok(())
}
