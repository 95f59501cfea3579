//! What is there: properties, values, events, and who is on the site.

use std::collections::BTreeMap;

use lead_index::{Heartbeat, Presence, Value, ValueType};

use super::Twin;
use super::held::{Beat, Held};

/// A property: its name, how many hold a value of each type, how many different values.
pub(crate) type Property = (String, Vec<(ValueType, u64)>, u64);

impl Twin {
    /// Every property that somebody has, by name.
    pub(crate) fn properties(&self) -> Vec<Property> {
        let mut found: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for (name, value) in self.rows().flat_map(|row| &row.lead.props) {
            found.entry(name).or_default().push(value);
        }
        let count =
            |values: &[&Value], of: ValueType| values.iter().filter(|value| type_of(value) == of).count() as u64;
        found
            .into_iter()
            .map(|(name, values)| {
                let counts = ValueType::ALL.into_iter().map(|of| (of, count(&values, of)));
                (name.to_owned(), counts.filter(|(_, n)| *n > 0).collect(), by_frequency(&values).len() as u64)
            })
            .collect()
    }

    /// The most frequent values of a property among everyone, equals in the order of values.
    pub(crate) fn top_values(&self, name: &str, n: usize) -> Vec<(Value, u64)> {
        let values: Vec<&Value> = self.rows().filter_map(|row| row.lead.props.get(name)).collect();
        let mut counted = by_frequency(&values);
        counted.truncate(n);
        counted
    }

    /// Names of events and their numbers, by number.
    pub(crate) fn events(&self) -> Vec<(u64, String)> {
        let mut events: Vec<(u64, String)> = self.events.iter().map(|(name, id)| (*id, name.clone())).collect();
        events.sort();
        events
    }

    /// The leads that are online at `now`, then those that are idle, the newest heartbeat first,
    /// equals by id.
    pub(crate) fn active(&self, now: i64) -> Vec<u64> {
        let of = |kind: Heartbeat| {
            let fresh = move |beat: &Beat| beat.kind == kind && beat.presence(now) != Presence::Offline;
            let leads = self.rows().filter(|row| row.is_lead);
            let mut found: Vec<(i64, u64)> =
                leads.filter_map(|row| row.beat.filter(fresh).map(|beat| (beat.at, row.lead.id))).collect();
            found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            found.into_iter().map(|(_, id)| id)
        };
        of(Heartbeat::Online).chain(of(Heartbeat::Idle)).collect()
    }
}

fn by_frequency(values: &[&Value]) -> Vec<(Value, u64)> {
    let mut counts: BTreeMap<String, (Value, u64)> = BTreeMap::new();
    for &value in values {
        counts.entry(format!("{value:?}")).or_insert_with(|| (value.clone(), 0)).1 += 1;
    }
    let mut counted: Vec<(Value, u64)> = counts.into_values().collect();
    counted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| Held::of(&a.0).compare(&Held::of(&b.0))));
    counted
}

fn type_of(value: &Value) -> ValueType {
    match value {
        Value::Number(_) => ValueType::Number,
        Value::DateTime(_) => ValueType::DateTime,
        Value::String(_) => ValueType::String,
        Value::Boolean(_) => ValueType::Boolean,
        Value::List(_) => ValueType::List,
        other => panic!("a type of value the twin has not learned: {other:?}"),
    }
}
