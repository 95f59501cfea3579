//! The index itself, with six orders and nine live filters kept.

use crate::common::{self, LiveClass};
use crate::load::{self, Write};
use crate::peer::{Answer, Outcome, Peer, Person};
use lead_index::sample::QueryClass;
use lead_index::{DateTime, LeadIndex, ValueRef};

pub(crate) struct Engine {
    index: LeadIndex,
    classes: Vec<LiveClass>,
}

impl Engine {
    /// The first `count` leads of the sample.
    pub(crate) fn new(count: u64) -> Self {
        let index = common::build_ordered(count);
        let classes = common::keep_classes(&index, count);
        Self { index, classes }
    }
}

impl Peer for Engine {
    fn name(&self) -> String {
        "lead-index".to_owned()
    }

    fn write(&mut self, writes: &[Write], now: DateTime) -> Outcome<()> {
        self.index.clock().set(now);
        load::publish_all(&self.index, writes);
        Ok(())
    }

    /// From the live filter, which must agree with the filter evaluated anew.
    fn answer(&mut self, class: &QueryClass, now: DateTime) -> Outcome<Answer> {
        self.index.clock().set(now);
        let kept = self.classes.iter().find(|kept| kept.class.id == class.id).ok_or("the class is not kept")?;
        let (live, cold) = (kept.page(0), kept.cold_page(&self.index, 0));
        let [live, cold] = [live, cold].map(|page| Answer { total: page.total(), ids: page.ids() });
        if live != cold {
            return Err(format!("{}: live {live:?}, evaluated anew {cold:?}", class.id).into());
        }
        Ok(live)
    }

    fn person(&mut self, id: u64, now: DateTime) -> Outcome<Option<Person>> {
        self.index.clock().set(now);
        let snapshot = self.index.snapshot();
        let Some(lead) = snapshot.get(id) else { return Ok(None) };
        let number = |name: &str| match lead.get(name) {
            Some(ValueRef::Number(number)) => Some(number),
            Some(ValueRef::DateTime(time)) => Some(time.unix()),
            _ => None,
        };
        let text = |name: &str| match lead.get(name) {
            Some(ValueRef::String(text)) => Some(text.to_owned()),
            _ => None,
        };
        Ok(Some(Person {
            created: number("$created"),
            last_seen: number("$last_seen"),
            sessions: number("$sessions"),
            country: text("$country"),
            plan: text("plan"),
            event_first: number("$event_18_first"),
            event_last: number("$event_18_last"),
            event_count: number("$event_18_count"),
            presence: lead.presence(),
        }))
    }

    fn len(&mut self) -> Outcome<u64> {
        Ok(self.index.len())
    }
}
