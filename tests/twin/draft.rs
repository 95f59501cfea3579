//! A lead under change.

use std::collections::BTreeSet;

use lead_index::{Change, DateTime, Event, Lead, Value};

use super::admit::{Fixed, NUMBER_MAX, admit_name, admit_value, fixed, is_long};
use super::changes::{Done, Outcome};
use super::{Beat, Row, Twin, merge};

/// Items that a list may have.
pub(super) const LIST_ITEMS: usize = 30;

/// Why a change was not carried out.
pub(super) enum Fault {
    /// It breaks a rule of values; the others go on.
    Ignored(&'static str),
    /// It cannot be carried out; nothing of the call is kept.
    Fails(&'static str),
}

/// A lead as the changes so far have left it.
pub(super) struct Draft<'t> {
    twin: &'t Twin,
    lead: Lead,
    beat: Option<Beat>,
    /// The same lead before the call; an empty one if there was none.
    before: (Lead, Option<Beat>),
    created: Option<u64>,
    is_gone: bool,
    removed: BTreeSet<u64>,
    /// Names in order of first mention, and whether a change that was carried out mentions them.
    mentions: Vec<(String, bool)>,
    new_events: Vec<(String, u64)>,
    done: Done,
}

impl<'t> Draft<'t> {
    /// Of a lead that is there.
    pub(super) fn of(twin: &'t Twin, row: &Row) -> Self {
        Self {
            twin,
            lead: row.lead.clone(),
            beat: row.beat,
            before: (row.lead.clone(), row.beat),
            created: None,
            is_gone: false,
            removed: BTreeSet::new(),
            mentions: Vec::new(),
            new_events: Vec::new(),
            done: Done::default(),
        }
    }

    /// Of a lead that the call creates.
    pub(super) fn new(twin: &'t Twin, id: u64, user_id: Option<String>) -> Self {
        let mut draft = Self::of(twin, &Row::new(Lead::new(id), None));
        draft.created = Some(id);
        draft.lead.props.insert("$created".into(), Value::DateTime(draft.present()));
        draft.mention(vec!["$created".into()], true);
        if user_id.is_some() {
            draft.lead.user_id = user_id;
            draft.mention(vec!["$user_id".into()], true);
        }
        draft
    }

    fn present(&self) -> DateTime {
        DateTime::from_unix(self.twin.present()).expect("clocks of tests stand within dates")
    }

    fn mention(&mut self, names: Vec<String>, carried_out: bool) {
        for name in names {
            match self.mentions.iter_mut().find(|(known, _)| *known == name) {
                Some((_, so)) => *so |= carried_out,
                None => self.mentions.push((name, carried_out)),
            }
        }
    }

    /// Runs the change that stands at place `at` of the call.
    pub(super) fn run(&mut self, at: usize, change: &Change) -> Result<(), Vec<&'static str>> {
        if self.is_gone {
            return Err(vec!["unknown_lead"]);
        }
        let names = self.names(change);
        let result = self.change(change);
        self.mention(names, result.is_ok());
        match result {
            Ok(()) => Ok(()),
            Err(Fault::Ignored(reason)) => {
                self.done.ignored.push((at, reason));
                Ok(())
            }
            Err(Fault::Fails(code)) => Err(vec![code]),
        }
    }

    /// The names that a change mentions.
    fn names(&self, change: &Change) -> Vec<String> {
        let names: &[&str] = match change {
            Change::Set { key, .. }
            | Change::SetOnce { key, .. }
            | Change::Add { key, .. }
            | Change::Delete { key }
            | Change::Append { key, .. }
            | Change::Union { key, .. }
            | Change::Exclude { key, .. } => &[key.as_str()],
            Change::Event { event, .. } => {
                let Ok(id) = self.event_id(event) else { return Vec::new() };
                let parts = ["first", "last", "count"].map(|part| format!("$event_{id}_{part}"));
                return parts.into_iter().chain(["$last_seen".to_owned()]).collect();
            }
            Change::Session => &["$sessions"],
            Change::Seen { .. } => &["$last_seen"],
            Change::Conversations(_) => &["$conversations"],
            Change::WebPush(_) => &["$web_push"],
            Change::UserId(_) => &["$user_id"],
            Change::Heartbeat { .. } => &["$presence", "$last_seen"],
            Change::Merge { .. } | Change::Remove => &[],
        };
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn change(&mut self, change: &Change) -> Result<(), Fault> {
        match change {
            Change::Set { key, value } => self.set(key, value, true),
            Change::SetOnce { key, value } => self.set(key, value, false),
            Change::Add { key, by } => self.add(key, *by),
            Change::Delete { key } => {
                admit_name(key)?;
                self.lead.props.remove(key);
                Ok(())
            }
            Change::Append { key, item } => self.lengthen(key, item, false),
            Change::Union { key, item } => self.lengthen(key, item, true),
            Change::Exclude { key, item } => self.exclude(key, item),
            Change::Event { event, at } => self.event(event, at.unwrap_or(self.present())),
            Change::Session => {
                let sessions = self.one_more("$sessions")?;
                self.lead.props.insert("$sessions".into(), Value::Number(sessions));
                Ok(())
            }
            Change::Seen { at } => {
                self.latest("$last_seen", at.unwrap_or(self.present()));
                Ok(())
            }
            Change::Conversations(n) if *n > NUMBER_MAX => Err(Fault::Ignored("out_of_range")),
            Change::Conversations(n) => {
                self.lead.conversations = *n;
                Ok(())
            }
            Change::WebPush(on) => {
                self.lead.web_push = *on;
                Ok(())
            }
            Change::UserId(user_id) => self.user_id(user_id.as_deref()),
            Change::Heartbeat { kind, at } => {
                let at = at.unwrap_or(self.present());
                if self.beat.is_none_or(|beat| at.unix() >= beat.at) {
                    self.beat = Some(Beat { kind: *kind, at: at.unix() });
                }
                self.latest("$last_seen", at);
                Ok(())
            }
            Change::Merge { other } => self.merge(*other),
            Change::Remove => {
                self.is_gone = true;
                Ok(())
            }
        }
    }

    fn set(&mut self, key: &str, value: &Value, even_if_known: bool) -> Result<(), Fault> {
        admit_name(key)?;
        let value = admit_value(key, value)?.ok_or(Fault::Ignored("empty_value"))?;
        if even_if_known || !self.lead.props.contains_key(key) {
            self.lead.props.insert(key.to_owned(), value);
        }
        Ok(())
    }

    fn add(&mut self, key: &str, by: i64) -> Result<(), Fault> {
        admit_name(key)?;
        if by.unsigned_abs() > NUMBER_MAX {
            return Err(Fault::Ignored("out_of_range"));
        }
        let old = match (fixed(key), self.lead.props.get(key)) {
            (Fixed::Number | Fixed::Free, None) => 0,
            (Fixed::Number | Fixed::Free, Some(Value::Number(old))) => *old,
            _ => return Err(Fault::Ignored("wrong_type")),
        };
        let sum = old + by;
        if sum.unsigned_abs() > NUMBER_MAX {
            return Err(Fault::Ignored("out_of_range"));
        }
        self.lead.props.insert(key.to_owned(), Value::Number(sum));
        Ok(())
    }

    /// The items of the list under the name, none if it is unknown.
    fn items(&self, key: &str, item: &str) -> Result<Vec<String>, Fault> {
        admit_name(key)?;
        if item.is_empty() {
            return Err(Fault::Ignored("empty_value"));
        }
        if is_long(item) {
            return Err(Fault::Ignored("too_long"));
        }
        match (fixed(key), self.lead.props.get(key)) {
            (Fixed::Free, None) => Ok(Vec::new()),
            (Fixed::Free, Some(Value::List(items))) => Ok(items.clone()),
            _ => Err(Fault::Ignored("wrong_type")),
        }
    }

    fn lengthen(&mut self, key: &str, item: &str, unless_there: bool) -> Result<(), Fault> {
        let mut items = self.items(key, item)?;
        if unless_there && items.iter().any(|known| known == item) {
            return Ok(());
        }
        if items.len() >= LIST_ITEMS {
            return Err(Fault::Ignored("list_full"));
        }
        items.push(item.to_owned());
        self.lead.props.insert(key.to_owned(), Value::List(items));
        Ok(())
    }

    fn exclude(&mut self, key: &str, item: &str) -> Result<(), Fault> {
        let mut items = self.items(key, item)?;
        items.retain(|known| known != item);
        if items.is_empty() {
            self.lead.props.remove(key);
        } else {
            self.lead.props.insert(key.to_owned(), Value::List(items));
        }
        Ok(())
    }

    fn event_id(&self, event: &Event) -> Result<u64, Fault> {
        match event {
            Event::Name(name) if name.is_empty() || is_long(name) => Err(Fault::Ignored("bad_name")),
            Event::Id(0) => Err(Fault::Ignored("bad_name")),
            Event::Name(name) => Ok(self.twin.event_number(name, &self.new_events)),
            Event::Id(id) => Ok(*id),
        }
    }

    fn event(&mut self, event: &Event, at: DateTime) -> Result<(), Fault> {
        let id = self.event_id(event)?;
        let name = |part: &str| format!("$event_{id}_{part}");
        let count = self.one_more(&name("count"))?;
        self.lead.props.insert(name("count"), Value::Number(count));
        self.earliest(&name("first"), at);
        self.latest(&name("last"), at);
        self.latest("$last_seen", at);
        self.done.events.push((id, count));
        if let Event::Name(name) = event
            && !self.twin.events.contains_key(name)
            && !self.new_events.iter().any(|(known, _)| known == name)
        {
            self.new_events.push((name.clone(), id));
        }
        Ok(())
    }

    /// The number under the name and one more.
    fn one_more(&self, name: &str) -> Result<i64, Fault> {
        match self.lead.props.get(name) {
            Some(Value::Number(n)) if n.unsigned_abs() >= NUMBER_MAX && *n > 0 => Err(Fault::Ignored("out_of_range")),
            Some(Value::Number(n)) => Ok(n + 1),
            _ => Ok(1),
        }
    }

    fn earliest(&mut self, name: &str, at: DateTime) {
        let at = merge::date(self.lead.props.get(name)).map_or(at, |old| old.min(at));
        self.lead.props.insert(name.to_owned(), Value::DateTime(at));
    }

    fn latest(&mut self, name: &str, at: DateTime) {
        let at = merge::date(self.lead.props.get(name)).map_or(at, |old| old.max(at));
        self.lead.props.insert(name.to_owned(), Value::DateTime(at));
    }

    fn user_id(&mut self, user_id: Option<&str>) -> Result<(), Fault> {
        match user_id {
            Some("") => return Err(Fault::Ignored("empty_value")),
            Some(text) if is_long(text) => return Err(Fault::Ignored("too_long")),
            Some(text) if self.twin.is_taken(text, self.lead.id, &self.removed) => {
                return Err(Fault::Fails("user_id_taken"));
            }
            _ => self.lead.user_id = user_id.map(str::to_owned),
        }
        Ok(())
    }

    /// Merges another lead with this one; the draft goes on as the one that survives.
    fn merge(&mut self, other: u64) -> Result<(), Fault> {
        if other == self.lead.id {
            return Err(Fault::Fails("merge_with_itself"));
        }
        let Some(row) = self.twin.rows.get(&other).filter(|_| !self.removed.contains(&other)) else {
            return Err(Fault::Fails("unknown_lead"));
        };
        let (mine, theirs) = ((self.lead.clone(), self.beat), (row.lead.clone(), row.beat));
        let other_survives = mine.0.user_id.is_none() && theirs.0.user_id.is_some();
        if other_survives {
            self.before = theirs.clone();
        }
        let (survivor, loser) = if other_survives { (theirs, mine) } else { (mine, theirs) };
        self.removed.insert(loser.0.id);
        let (lead, beat, dropped) = merge::merged(survivor, loser);
        (self.lead, self.beat) = (lead, beat);
        self.done.dropped.extend(dropped);
        Ok(())
    }

    /// What the call tells, and what it writes.
    pub(super) fn finish(mut self) -> (Done, Outcome) {
        self.done.id = self.lead.id;
        self.done.created = self.created == Some(self.lead.id);
        let (before, after) = (&self.before, if self.is_gone { None } else { Some((&self.lead, self.beat)) });
        for (name, _) in self.mentions.iter().filter(|(_, carried_out)| *carried_out) {
            let value_after = after.map_or_else(|| none(name), |(lead, beat)| shown(name, lead, beat));
            let differs = shown(name, &before.0, before.1) != value_after;
            if differs { &mut self.done.affected } else { &mut self.done.not_changed }.push(name.clone());
        }
        if self.is_gone {
            self.removed.insert(self.lead.id);
        }
        self.done.dropped.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
        let put = (!self.is_gone).then_some((self.lead, self.beat));
        let outcome = Outcome { put, removed: self.removed, created: self.created, events: self.new_events };
        (self.done, outcome)
    }
}

/// What a lead has under a name, in words that can be compared.
fn shown(name: &str, lead: &Lead, beat: Option<Beat>) -> String {
    match name {
        "$user_id" => format!("{:?}", lead.user_id),
        "$conversations" => lead.conversations.to_string(),
        "$web_push" => lead.web_push.to_string(),
        "$presence" => format!("{beat:?}"),
        property => format!("{:?}", lead.props.get(property)),
    }
}

/// What nobody has under a name: the same as a lead of whom nothing is known.
fn none(name: &str) -> String {
    shown(name, &Lead::new(1), None)
}
