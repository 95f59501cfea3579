//! What a row holds, and how values are ordered.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use lead_index::{Lead, Order, Value};

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
    fn of(value: &Value) -> Self {
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
    fn compare(&self, other: &Self) -> Ordering {
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

/// A lead as it is kept, with all that can be asked about it by name.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) lead: Lead,
    pub(crate) is_lead: bool,
    held: BTreeMap<String, Held>,
}

impl Row {
    /// A row of an admitted lead.
    pub(crate) fn new(lead: Lead) -> Self {
        let mut held: BTreeMap<String, Held> = lead.props.iter().map(|(k, v)| (k.clone(), Held::of(v))).collect();
        held.insert("$id".into(), Held::Number(i128::from(lead.id)));
        held.insert("$conversations".into(), Held::Number(i128::from(lead.conversations)));
        held.insert("$web_push".into(), Held::Flag(lead.web_push));
        held.insert("$presence".into(), Held::Text(Text::new("offline")));
        if let Some(user_id) = &lead.user_id {
            held.insert("$user_id".into(), Held::Text(Text::new(user_id)));
        }
        let contact = ["$name", "$email", "$phone", "$user_id"].iter().any(|name| held.contains_key(*name));
        let is_lead = contact || lead.conversations > 0 || lead.web_push;
        Self { lead, is_lead, held }
    }

    /// The value under a name, reserved ones included.
    pub(crate) fn get(&self, name: &str) -> Option<&Held> {
        self.held.get(name)
    }
}

/// Which of two rows comes first: the one that has the property, then by value in the asked
/// direction, then by ascending id whatever the direction.
pub(crate) fn rank(a: &Row, b: &Row, property: &str, order: Order) -> Ordering {
    let by_value = match (a.get(property), b.get(property)) {
        (None, None) => Ordering::Equal,
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (Some(x), Some(y)) if order == Order::Asc => x.compare(y),
        (Some(x), Some(y)) => y.compare(x),
    };
    by_value.then(a.lead.id.cmp(&b.lead.id))
}
