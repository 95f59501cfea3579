//! Steps that only ask, of the newest state or of a kept snapshot.

use lead_index::{
    Error, Explanation, Filter, Force, Lead, LeadIndex, LeadRef, MemoryReport, Page, Presence, PropertyInfo, Query,
    Snapshot, Universe, Value,
};

use super::super::live::LEADS;
use super::super::ops::Op;
use super::super::{Ask, RESERVED, Twin};
use super::{Effect, both, same};

/// Leads of a page that are copied out and compared whole.
const COPIED: usize = 20;
/// Most leads that one page may hold.
const PAGE_LIMIT: u64 = 10_000;

/// Who is asked.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Newest(&'a LeadIndex),
    Kept(&'a Snapshot),
}

/// Both answer to the same names.
macro_rules! ask_either {
    ($(fn $name:ident(&self $(, $arg:ident: $ty:ty)*) -> $answer:ty;)*) => {
        impl Source<'_> {$(
            fn $name(&self, $($arg: $ty),*) -> $answer {
                match self {
                    Self::Newest(index) => index.$name($($arg),*),
                    Self::Kept(snapshot) => snapshot.$name($($arg),*),
                }
            }
        )*}
    };
}

ask_either! {
    fn query(&self, query: &Query) -> Result<Page, Error>;
    fn ids(&self, query: &Query) -> Result<Vec<u64>, Error>;
    fn count(&self, filter: &Filter) -> Result<u64, Error>;
    fn explain(&self, query: &Query) -> Result<Explanation, Error>;
    fn active(&self, offset: u64, limit: u64) -> Result<Page, Error>;
    fn parse_filter(&self, json: String) -> Result<Filter, Error>;
    fn len(&self) -> u64;
    fn is_empty(&self) -> bool;
    fn lead_count(&self) -> u64;
    fn memory(&self) -> MemoryReport;
    fn properties(&self) -> Vec<PropertyInfo>;
    fn top_values(&self, property: &str, n: usize) -> Vec<(Value, u64)>;
    fn version(&self) -> u64;
}

/// Asks both sides the same.
pub(super) fn read(source: Source<'_>, twin: &Twin, op: &Op) -> Result<Effect, String> {
    match op {
        Op::Ask(ask, forces) => {
            asked(source, twin, ask, forces)?;
        }
        Op::Ids(ask) => {
            let expected = twin.legal(&ask.filter).map(|()| twin.answer(ask).1);
            both("ids", source.ids(&ask.query(Force::default())), expected)?;
        }
        Op::Count(filter) => {
            both("count", source.count(filter), twin.count(filter))?;
        }
        Op::Explain(ask) => {
            let explained = source.explain(&ask.query(Force::default()));
            let expected = twin.legal(&ask.filter).map(|()| twin.answer(ask).0);
            both("explain: total", explained.map(|explanation| explanation.total()), expected)?;
        }
        Op::Get(id) => get(source, twin, *id)?,
        Op::Active(offset, limit) => active(source, twin, *offset, *limit)?,
        Op::Parse(filter) => {
            let counted = source.parse_filter(filter.to_json()).and_then(|read| source.count(&read));
            both("a filter that was written and read: count", counted, twin.count(filter))?;
        }
        Op::Facts(name) => facts(source, twin, name)?,
        other => unreachable!("not a question: {other:?}"),
    }
    Ok(Effect::Asked)
}

/// A lead with its presence.
type Seen = (Lead, Presence);

fn seen(lead: LeadRef<'_>) -> Seen {
    (lead.into_owned(), lead.presence())
}

/// A lead read in place says the same as its copy.
fn in_place(lead: LeadRef<'_>) -> Result<(), String> {
    let (copy, presence) = seen(lead);
    let parts = (lead.id(), lead.user_id(), lead.conversations(), lead.web_push());
    same("parts of a lead", parts, (copy.id, copy.user_id.as_deref(), copy.conversations, copy.web_push))?;
    let props: Vec<(&str, Value)> = lead.props().map(|(name, value)| (name, value.into_owned())).collect();
    let copied = copy.props.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    same("properties of a lead", props, copied)?;
    let shown = lead.get("$presence").map(lead_index::ValueRef::into_owned);
    same("presence by name", shown, Some(Value::from(presence.as_str())))?;
    same("id by name", lead.get("$id").is_some(), false)?;
    for (name, value) in &copy.props {
        let found = lead.get(name).map(lead_index::ValueRef::into_owned);
        same("property by name", found, Some(value.clone()))?;
        let one = lead.select([name.as_str(), "$presence", "nobody has it"]);
        same("lead with one property", one.props.get(name), Some(value))?;
        same("lead with one property: how many", one.props.len(), 1)?;
    }
    Ok(())
}

/// Asks for a page under each way of working; the total, unless the question was refused.
pub(super) fn asked(source: Source<'_>, twin: &Twin, ask: &Ask, forces: &[Force]) -> Result<Option<u64>, String> {
    let expected = twin.legal(&ask.filter).map(|()| twin.answer(ask));
    for (turn, force) in forces.iter().enumerate() {
        let found = source.query(&ask.query(*force));
        // How the ids were found has no part in what the leads are: once is enough.
        let page = found.as_ref().ok().filter(|_| turn == 0);
        if let Some(first) = page.and_then(|page| page.leads().next()) {
            in_place(first)?;
        }
        let copied: Option<Vec<Seen>> = page.map(|page| page.leads().take(COPIED).map(seen).collect());
        let what = format!("answer under {force:?}");
        both(&what, found.map(|page| (page.total(), page.ids())), expected.clone())?;
        if let (Some(copied), Ok((_, ids))) = (copied, &expected) {
            same(
                "leads copied out of a page",
                copied,
                expected_of(twin, &ids[..ids.len().min(COPIED)], twin.moment(ask)),
            )?;
        }
    }
    Ok(expected.ok().map(|(total, _)| total))
}

fn expected_of(twin: &Twin, ids: &[u64], now: i64) -> Vec<Seen> {
    ids.iter().filter_map(|id| twin.seen(*id, now)).map(|(lead, presence)| (lead.clone(), presence)).collect()
}

fn get(source: Source<'_>, twin: &Twin, id: u64) -> Result<(), String> {
    let expected = twin.get(id).cloned();
    let user_id = twin.get(id).and_then(|lead| lead.user_id.clone());
    match source {
        Source::Newest(index) => {
            same("get", index.get(id), expected.clone())?;
            if let Some(user_id) = user_id {
                same("get_by_user_id", index.get_by_user_id(&user_id), expected)?;
            }
        }
        Source::Kept(snapshot) => {
            let expected = twin.seen(id, twin.present()).map(|(lead, presence)| (lead.clone(), presence));
            same("get of a snapshot", snapshot.get(id).map(seen), expected.clone())?;
            if let Some(user_id) = user_id {
                same("get_by_user_id of a snapshot", snapshot.get_by_user_id(&user_id).map(seen), expected)?;
            }
        }
    }
    Ok(())
}

fn active(source: Source<'_>, twin: &Twin, offset: u64, limit: u64) -> Result<(), String> {
    let (now, all) = (twin.present(), twin.active(twin.present()));
    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(all.len());
    let to = from.saturating_add(usize::try_from(limit).unwrap_or(usize::MAX)).min(all.len());
    let answer = (all.len() as u64, expected_of(twin, &all[from..to], now));
    let expected = if limit > PAGE_LIMIT { Err(vec!["limit_too_large"]) } else { Ok(answer) };
    let found = source.active(offset, limit);
    both("active", found.map(|page| (page.total(), page.leads().map(seen).collect())), expected)?;
    Ok(())
}

/// Sizes of the whole.
pub(super) fn sizes(source: Source<'_>, twin: &Twin) -> Result<(), String> {
    let (everyone, leads) = (twin.size(Universe::Everyone) as u64, twin.size(Universe::Leads) as u64);
    same("len", source.len(), everyone)?;
    same("is_empty", source.is_empty(), everyone == 0)?;
    same("lead_count", source.lead_count(), leads)
}

fn facts(source: Source<'_>, twin: &Twin, name: &str) -> Result<(), String> {
    sizes(source, twin)?;
    let properties = source.properties().into_iter().map(|info| (info.name, info.types, info.distinct)).collect();
    same("properties", properties, twin.properties())?;
    if !RESERVED.contains(&name) {
        for n in [3, usize::MAX] {
            same("top_values", source.top_values(name, n), twin.top_values(name, n))?;
        }
    }
    let report = source.memory();
    let parts: u64 = report.properties.iter().map(lead_index::PropertyMemory::total).sum();
    same("memory: the whole is not less than its parts", report.total() >= parts, true)?;
    match source {
        Source::Newest(index) => {
            same("events", index.events(), twin.events())?;
            same("version", index.snapshot().version(), source.version())
        }
        Source::Kept(snapshot) => {
            same("the present of a snapshot", snapshot.now().unix(), twin.present())?;
            let unknown = twin.last_live() + 1;
            both("live total of a snapshot", snapshot.live_total(unknown), Err(vec!["unknown_segment"]))?;
            for id in std::iter::once(LEADS).chain(twin.live().map(|(id, _)| id)) {
                let leads = twin.matching(&Filter::Segment(id), Universe::Leads, twin.present()).len() as u64;
                both("live total of a snapshot", snapshot.live_total(id), Ok(leads))?;
            }
            let pinned = snapshot.pinned_bytes();
            same("pinned_bytes: not more than there is", pinned <= source.memory().total(), true)
        }
    }
}
