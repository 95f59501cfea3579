//! What a row holds, and how values are ordered.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use lead_index::{Heartbeat, Lead, Order, Presence, Value};

use super::fold::{canon, folded};

/// A text with its two folded forms.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) raw: String,
    pub(crate) canon: String,
    folded: String,
}

impl Text {
    fn new(raw: &str) -> Self {
        Self { raw: raw.to_owned(), canon: canon(raw), folded: folded(raw) }
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.folded.as_bytes().cmp(other.folded.as_bytes()).then(self.raw.as_bytes().cmp(other.raw.as_bytes()))
    }
}

/// A value, of a property or of a reserved name.
#[derive(Debug, Clone)]
pub(crate) enum Held {
    Number(i128),
    Date(i64),
    Text(Text),
    Flag(bool),
    List(Vec<Text>),
}

impl Held {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Number(n) => Self::Number(i128::from(*n)),
            Value::DateTime(t) => Self::Date(t.unix()),
            Value::String(s) => Self::Text(Text::new(s)),
            Value::Boolean(b) => Self::Flag(*b),
            Value::List(items) => Self::List(items.iter().map(|item| Text::new(item)).collect()),
            other => panic!("a type of value the twin has not learned: {other:?}"),
        }
    }

    fn type_rank(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Date(_) => 1,
            Self::Text(_) => 2,
            Self::Flag(_) => 3,
            Self::List(_) => 4,
        }
    }

    /// Smallest first: by type, then by the rule of the type.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.compare(b),
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (Self::List(a), Self::List(b)) => {
                let mut order = a.len().cmp(&b.len());
                for (x, y) in a.iter().zip(b) {
                    order = order.then_with(|| x.compare(y));
                }
                order
            }
            _ => self.type_rank().cmp(&other.type_rank()),
        }
    }
}

/// Seconds after a heartbeat from which on the person is offline.
const OFFLINE_AFTER: i64 = 120;

/// The newest sign of life of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Beat {
    pub(crate) kind: Heartbeat,
    /// In Unix seconds.
    pub(crate) at: i64,
}

impl Beat {
    /// What the person is at `now`; a beat of the future is fresh.
    pub(crate) fn presence(self, now: i64) -> Presence {
        match self.kind {
            _ if now - self.at >= OFFLINE_AFTER => Presence::Offline,
            Heartbeat::Online => Presence::Online,
            Heartbeat::Idle => Presence::Idle,
        }
    }
}

/// A lead as it is kept, with all that can be asked about it by name.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) lead: Lead,
    pub(crate) beat: Option<Beat>,
    pub(crate) is_lead: bool,
    held: BTreeMap<String, Held>,
}

impl Row {
    /// A row of an admitted lead.
    pub(crate) fn new(lead: Lead, beat: Option<Beat>) -> Self {
        let mut held: BTreeMap<String, Held> = lead.props.iter().map(|(k, v)| (k.clone(), Held::of(v))).collect();
        held.insert("$id".into(), Held::Number(i128::from(lead.id)));
        held.insert("$conversations".into(), Held::Number(i128::from(lead.conversations)));
        held.insert("$web_push".into(), Held::Flag(lead.web_push));
        if let Some(user_id) = &lead.user_id {
            held.insert("$user_id".into(), Held::Text(Text::new(user_id)));
        }
        let contact = ["$name", "$email", "$phone", "$user_id"].iter().any(|name| held.contains_key(*name));
        let is_lead = contact || lead.conversations > 0 || lead.web_push;
        Self { lead, beat, is_lead, held }
    }

    /// Whether the person is there at `now`.
    pub(crate) fn presence(&self, now: i64) -> Presence {
        self.beat.map_or(Presence::Offline, |beat| beat.presence(now))
    }

    /// The value under a name, reserved ones included. Presence depends on the moment.
    pub(crate) fn get(&self, name: &str, now: i64) -> Option<&Held> {
        if name == "$presence" { Some(held_presence(self.presence(now))) } else { self.held.get(name) }
    }
}

fn held_presence(presence: Presence) -> &'static Held {
    static TEXTS: LazyLock<[Held; 3]> =
        LazyLock::new(|| ["online", "idle", "offline"].map(|t| Held::Text(Text::new(t))));
    match presence {
        Presence::Online => &TEXTS[0],
        Presence::Idle => &TEXTS[1],
        _ => &TEXTS[2],
    }
}

/// Which of two rows comes first, by what they hold under the property of the sort: the one that has
/// it, then by value in the asked direction, then by ascending id whatever the direction.
pub(crate) fn rank(a: (Option<&Held>, u64), b: (Option<&Held>, u64), order: Order) -> Ordering {
    let by_value = match (a.0, b.0) {
        (None, None) => Ordering::Equal,
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (Some(x), Some(y)) if order == Order::Asc => x.compare(y),
        (Some(x), Some(y)) => y.compare(x),
    };
    by_value.then(a.1.cmp(&b.1))
}
