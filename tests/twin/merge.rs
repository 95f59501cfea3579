//! Two leads become one.

use lead_index::{DateTime, Lead, Value};

use super::Beat;
use super::admit::{NUMBER_MAX, event_part};
use super::draft::LIST_ITEMS;

/// A lead, and its newest heartbeat.
type Whole = (Lead, Option<Beat>);

/// The survivor with what it takes over from the loser, and what there was no room for.
pub(super) fn merged(survivor: Whole, loser: Whole) -> (Lead, Option<Beat>, Vec<(String, Value)>) {
    let ((mut lead, beat), (other, other_beat)) = (survivor, loser);
    let mut dropped: Vec<(String, Value)> = Vec::new();
    for (name, theirs) in other.props {
        let value = match lead.props.get(&name) {
            None => theirs,
            Some(ours) => both(&name, ours, &theirs, &mut dropped),
        };
        lead.props.insert(name, value);
    }
    let conversations = lead.conversations + other.conversations;
    lead.conversations = conversations.min(NUMBER_MAX);
    if conversations > NUMBER_MAX {
        dropped.push(("$conversations".into(), number(i128::from(conversations - NUMBER_MAX))));
    }
    lead.web_push |= other.web_push;
    let beat = match (beat, other_beat) {
        (Some(ours), Some(theirs)) if theirs.at > ours.at => Some(theirs),
        (ours, theirs) => ours.or(theirs),
    };
    (lead, beat, dropped)
}

/// The value of a property that both have.
fn both(name: &str, ours: &Value, theirs: &Value, dropped: &mut Vec<(String, Value)>) -> Value {
    match (name, event_part(name), ours, theirs) {
        ("$sessions", _, Value::Number(a), Value::Number(b))
        | (_, Some("count"), Value::Number(a), Value::Number(b)) => {
            let (sum, most) = (i128::from(*a) + i128::from(*b), i128::from(NUMBER_MAX));
            let kept = sum.clamp(-most, most);
            if kept != sum {
                dropped.push((name.to_owned(), number(sum - kept)));
            }
            number(kept)
        }
        ("$created", _, Value::DateTime(a), Value::DateTime(b))
        | (_, Some("first"), Value::DateTime(a), Value::DateTime(b)) => Value::DateTime(*a.min(b)),
        ("$last_seen", _, Value::DateTime(a), Value::DateTime(b))
        | (_, Some("last"), Value::DateTime(a), Value::DateTime(b)) => Value::DateTime(*a.max(b)),
        (_, _, Value::List(a), Value::List(b)) => {
            let mut items = a.clone();
            let mut lacking: Vec<&String> = Vec::new();
            for item in b {
                if !a.contains(item) && !lacking.contains(&item) {
                    lacking.push(item);
                }
            }
            for item in lacking {
                if items.len() < LIST_ITEMS {
                    items.push(item.clone());
                } else {
                    dropped.push((name.to_owned(), Value::String(item.clone())));
                }
            }
            Value::List(items)
        }
        _ => ours.clone(),
    }
}

fn number(n: i128) -> Value {
    Value::Number(i64::try_from(n).expect("sums of two numbers within 2^53"))
}

/// The date, if the value is one.
pub(super) fn date(value: Option<&Value>) -> Option<DateTime> {
    match value {
        Some(Value::DateTime(t)) => Some(*t),
        _ => None,
    }
}
