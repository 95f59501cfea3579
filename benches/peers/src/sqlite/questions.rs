//! The nine classes in SQL.
//!
//! The texts of the sample that these compare are in small letters, so none has to be folded here;
//! only names are sorted in any case.

use crate::peer::Outcome;
use lead_index::sample::QueryClass;
use lead_index::{DateTime, Filter, Order, Test};
use rusqlite::types::Value;

const WEEK: i64 = 7 * 86_400;

/// A class in SQL.
pub(super) struct Question {
    condition: &'static str,
    order: String,
    pub(super) values: Vec<Value>,
}

impl Question {
    pub(super) fn new(class: &QueryClass, now: DateTime) -> Outcome<Self> {
        let (condition, values): (_, Vec<Value>) = match class.id {
            "q1" | "q7" => ("true", vec![]),
            "q2" => ("country = 'country-003' AND sessions > 5", vec![]),
            "q3" => ("last_seen > ?1", vec![(now.unix() - WEEK).into()]),
            "q4" => ("instr(email, '77@gmail') > 0", vec![]),
            "q5" => ("email = ?1", vec![sought_email(class)?.into()]),
            "q6" => ("(plan = 'pro' OR instr(tags, '|tag-003|') > 0) AND phone IS NULL", vec![]),
            "q8" => ("event_18_count IS NOT NULL", vec![]),
            "q9" => ("plan IS NOT 'free' AND subscribed IS NOT 1", vec![]),
            other => return Err(format!("no such class: {other}").into()),
        };
        let direction = match class.sort_order {
            Order::Asc => "ASC",
            Order::Desc => "DESC",
        };
        let order = match class.sort_prop {
            "$name" => format!("name_small {direction} NULLS LAST, name {direction}, id"),
            other => format!("{} {direction} NULLS LAST, id", other.trim_start_matches('$')),
        };
        Ok(Self { condition, order, values })
    }

    pub(super) fn total(&self) -> String {
        format!("SELECT count(*) FROM leads WHERE is_lead AND {}", self.condition)
    }

    pub(super) fn page(&self) -> String {
        let Self { condition, order, .. } = self;
        format!("SELECT id FROM leads WHERE is_lead AND {condition} ORDER BY {order} LIMIT 20")
    }
}

/// The email that the point query asks for.
fn sought_email(class: &QueryClass) -> Outcome<String> {
    match &class.filter {
        Filter::Property { test: Test::StrEq(email), .. } => Ok(email.clone()),
        other => Err(format!("the point query asks for something else: {other:?}").into()),
    }
}
