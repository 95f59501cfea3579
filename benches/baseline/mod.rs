//! What a good engineer writes in an afternoon: plain columns, a scan, a selection of the page.
//!
//! Case-insensitive columns hold their text in small letters beforehand, so that the scan compares
//! plain bytes. Every answer is exact and ordered as the engine's: value, then id, missing last.

use lead_index::{Lead, LeadCriteria, Value};
use std::cmp::Reverse;

const LIMIT: usize = 20;
const WEEK: i64 = 7 * 86_400;

/// A page and its total.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) total: u64,
    pub(crate) ids: Vec<u64>,
}

/// The sample in columns, a row a lead, in ascending order of id.
#[derive(Default)]
pub(crate) struct Baseline {
    now: i64,
    id: Vec<u64>,
    is_lead: Vec<bool>,
    name: Vec<Option<Box<str>>>,
    name_lower: Vec<Option<Box<str>>>,
    email_lower: Vec<Option<Box<str>>>,
    phone: Vec<Option<Box<str>>>,
    created: Vec<Option<i64>>,
    last_seen: Vec<Option<i64>>,
    sessions: Vec<Option<i64>>,
    country_lower: Vec<Option<Box<str>>>,
    plan_lower: Vec<Option<Box<str>>>,
    subscribed: Vec<Option<bool>>,
    event_count: Vec<Option<i64>>,
    ltv: Vec<Option<i64>>,
    tags_lower: Vec<Vec<String>>,
}

impl Baseline {
    /// Fills the columns.
    pub(crate) fn new(leads: impl Iterator<Item = Lead>, now: i64) -> Self {
        let mut columns = Self { now, ..Self::default() };
        for lead in leads {
            columns.push(&lead);
        }
        columns
    }

    fn push(&mut self, lead: &Lead) {
        let text = |name: &str| match lead.props.get(name) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        };
        let lower = |name: &str| text(name).map(|text| text.to_lowercase().into());
        let number = |name: &str| match lead.props.get(name) {
            Some(Value::Number(n)) => Some(*n),
            Some(Value::DateTime(t)) => Some(t.unix()),
            _ => None,
        };
        self.id.push(lead.id);
        self.is_lead.push(LeadCriteria::all().matches(lead));
        self.name.push(text("$name").map(Into::into));
        self.name_lower.push(lower("$name"));
        self.email_lower.push(lower("$email"));
        self.phone.push(text("$phone").map(Into::into));
        self.created.push(number("$created"));
        self.last_seen.push(number("$last_seen"));
        self.sessions.push(number("$sessions"));
        self.country_lower.push(lower("$country"));
        self.plan_lower.push(lower("plan"));
        self.subscribed.push(match lead.props.get("subscribed") {
            Some(Value::Boolean(value)) => Some(*value),
            _ => None,
        });
        self.event_count.push(number("$event_18_count"));
        self.ltv.push(number("ltv"));
        self.tags_lower.push(match lead.props.get("tags") {
            Some(Value::List(tags)) => tags.iter().map(|tag| tag.to_lowercase()).collect(),
            _ => Vec::new(),
        });
    }

    /// Answers one of the nine classes; `email` is what q5 asks for.
    pub(crate) fn answer(&self, class: &str, email: &str) -> Answer {
        match class {
            "q1" => self.numbers(&self.scan(|_| true), &self.last_seen, 0),
            "q2" => {
                let rows = self.scan(|row| {
                    self.country_lower[row].as_deref() == Some("country-003") && self.sessions[row] > Some(5)
                });
                self.numbers(&rows, &self.last_seen, 0)
            }
            "q3" => {
                let since = self.now - WEEK;
                self.numbers(&self.scan(|row| self.last_seen[row] > Some(since)), &self.sessions, 0)
            }
            "q4" => {
                let rows = self.scan(|row| self.email_lower[row].as_ref().is_some_and(|e| e.contains("77@gmail")));
                self.numbers(&rows, &self.created, 0)
            }
            "q5" => self.numbers(&self.scan(|row| self.email_lower[row].as_deref() == Some(email)), &self.last_seen, 0),
            "q6" => {
                let rows = self.scan(|row| {
                    let tagged = || self.tags_lower[row].iter().any(|tag| tag == "tag-003");
                    self.phone[row].is_none() && (self.plan_lower[row].as_deref() == Some("pro") || tagged())
                });
                self.names(&rows)
            }
            "q7" => self.numbers(&self.scan(|_| true), &self.last_seen, self.id.len() / 4),
            "q8" => self.numbers(&self.scan(|row| self.event_count[row].is_some()), &self.event_count, 0),
            "q9" => {
                let rows = self
                    .scan(|row| self.plan_lower[row].as_deref() != Some("free") && self.subscribed[row] != Some(true));
                self.numbers(&rows, &self.ltv, 0)
            }
            other => panic!("no such class: {other}"),
        }
    }

    /// The rows of the leads for whom `test` holds.
    fn scan(&self, test: impl Fn(usize) -> bool) -> Vec<u32> {
        let rows = 0..u32::try_from(self.id.len()).expect("rows fit 32 bits");
        rows.filter(|&row| self.is_lead[row as usize] && test(row as usize)).collect()
    }

    /// The page by a column of numbers, largest first.
    fn numbers(&self, rows: &[u32], column: &[Option<i64>], offset: usize) -> Answer {
        self.page(rows, offset, |row| (column[row].is_none(), Reverse(column[row]), self.id[row]))
    }

    /// The page by name, in any case and then by bytes, smallest first.
    fn names(&self, rows: &[u32]) -> Answer {
        self.page(rows, 0, |row| (self.name[row].is_none(), &self.name_lower[row], &self.name[row], self.id[row]))
    }

    /// Selects and sorts no more than the page.
    fn page<K: Ord>(&self, rows: &[u32], offset: usize, key: impl Fn(usize) -> K) -> Answer {
        let total = rows.len() as u64;
        let mut rows = rows.to_vec();
        let by_key = |a: &u32, b: &u32| key(*a as usize).cmp(&key(*b as usize));
        let end = offset + LIMIT;
        if end < rows.len() {
            rows.select_nth_unstable_by(end, by_key);
            rows.truncate(end);
        }
        if offset > 0 && offset < rows.len() {
            rows.select_nth_unstable_by(offset, by_key);
        }
        rows.drain(..offset.min(rows.len()));
        rows.sort_unstable_by(by_key);
        Answer { total, ids: rows.iter().map(|&row| self.id[row as usize]).collect() }
    }
}
