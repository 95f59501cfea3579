//! The table of leads and its indexes.

use crate::peer::Outcome;
use lead_index::{Lead, LeadCriteria, Value};
use rusqlite::{Connection, params};

pub(super) const TABLE: &str = "CREATE TABLE leads (
    id INTEGER PRIMARY KEY,
    is_lead INTEGER NOT NULL,
    user_id TEXT,
    conversations INTEGER NOT NULL DEFAULT 0,
    name TEXT,
    name_small TEXT,
    email TEXT,
    phone TEXT,
    created INTEGER,
    last_seen INTEGER,
    sessions INTEGER,
    country TEXT,
    city TEXT,
    plan TEXT,
    subscribed INTEGER,
    event_18_first INTEGER,
    event_18_last INTEGER,
    event_18_count INTEGER,
    ltv INTEGER,
    tags TEXT,
    online_at INTEGER
)";

/// Made after the rows, as anybody would who loads a table.
pub(super) const INDEXES: &str = "
    CREATE INDEX by_user_id ON leads (user_id);
    CREATE INDEX by_name ON leads (name_small);
    CREATE INDEX by_email ON leads (email);
    CREATE INDEX by_phone ON leads (phone);
    CREATE INDEX by_created ON leads (created);
    CREATE INDEX by_last_seen ON leads (last_seen);
    CREATE INDEX by_sessions ON leads (sessions);
    CREATE INDEX by_country ON leads (country);
    CREATE INDEX by_plan ON leads (plan);
    CREATE INDEX by_event_18_count ON leads (event_18_count);
    CREATE INDEX by_ltv ON leads (ltv);";

const INSERT: &str = "INSERT INTO leads (id, is_lead, user_id, conversations, name, name_small, email, phone, created,
    last_seen, sessions, country, city, plan, subscribed, event_18_first, event_18_last, event_18_count, ltv, tags)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)";

/// Puts every lead into the table.
pub(super) fn fill(connection: &mut Connection, leads: impl Iterator<Item = Lead>) -> Outcome<()> {
    let criteria = LeadCriteria::all();
    let transaction = connection.transaction()?;
    let mut insert = transaction.prepare(INSERT)?;
    for lead in leads {
        let text = |name: &str| match lead.props.get(name) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        };
        let number = |name: &str| match lead.props.get(name) {
            Some(Value::Number(number)) => Some(*number),
            Some(Value::DateTime(time)) => Some(time.unix()),
            Some(Value::Boolean(value)) => Some(i64::from(*value)),
            _ => None,
        };
        insert.execute(params![
            lead.id.cast_signed(),
            criteria.matches(&lead),
            lead.user_id,
            lead.conversations.cast_signed(),
            text("$name"),
            text("$name").map(str::to_lowercase),
            text("$email"),
            text("$phone"),
            number("$created"),
            number("$last_seen"),
            number("$sessions"),
            text("$country"),
            text("$city"),
            text("plan"),
            number("subscribed"),
            number("$event_18_first"),
            number("$event_18_last"),
            number("$event_18_count"),
            number("ltv"),
            tags(&lead),
        ])?;
    }
    drop(insert);
    Ok(transaction.commit()?)
}

/// All tags as one text, `|` before and behind each.
fn tags(lead: &Lead) -> Option<String> {
    match lead.props.get("tags") {
        Some(Value::List(tags)) => Some(format!("|{}|", tags.join("|"))),
        _ => None,
    }
}
