//! Random leads.

use lead_index::{Lead, Value, ValueType};
use rand::RngExt;

use super::{Dice, values};

/// Names that leads have, with what mostly stands under each.
pub(crate) const NAMES: [&str; 17] = [
    "$name",
    "$email",
    "$phone",
    "$country",
    "$sessions",
    "$last_seen",
    "$created",
    "plan",
    "score",
    "tags",
    "vip",
    "mixed",
    "seen at",
    "rare",
    "$event_1_count",
    "$event_1_last",
    "$event_3_first",
];

/// How the ids and the rows of one index are spread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flavour {
    /// Ids of all 64 bits, instead of small ones that collide.
    spread_ids: bool,
    /// Of ten leads, how many have a given property.
    density: usize,
    /// Every lead has the same value of a property where it can.
    uniform: bool,
    /// Of ten values under a free name, how many are of another type than usual.
    stray: usize,
}

impl Flavour {
    /// Any flavour.
    pub(crate) fn any(dice: &mut Dice) -> Self {
        Self {
            spread_ids: dice.one_in(3),
            density: *dice.pick(&[2, 5, 7, 9, 10]),
            uniform: dice.one_in(10),
            stray: *dice.pick(&[0, 1, 1, 4]),
        }
    }

    /// An id, 1 to 2^64-1. About `room` different ones if narrow.
    pub(crate) fn id(self, dice: &mut Dice, room: usize) -> u64 {
        if !self.spread_ids {
            return 1 + dice.below(room.max(1)) as u64;
        }
        let low = dice.below(room.max(1)) as u64;
        match dice.below(4) {
            0 => u64::MAX - low,
            1 => 1 + low,
            2 => (1 << 63) + low - (room as u64) / 2,
            _ => (1 + low) << 40,
        }
    }

    /// A lead with an id of [`Flavour::id`].
    pub(crate) fn lead(self, dice: &mut Dice, room: usize) -> Lead {
        let id = self.id(dice, room);
        self.lead_of(dice, id, room)
    }

    /// A lead with this id.
    pub(crate) fn lead_of(self, dice: &mut Dice, id: u64, room: usize) -> Lead {
        let mut lead = Lead::new(id);
        if dice.one_in(4) {
            lead.user_id = Some(user_id(dice, room));
        }
        if dice.one_in(3) {
            lead.conversations = *dice.pick(&[0, 1, 1, 2, 7, 1 << 53]);
        }
        lead.web_push = dice.one_in(6);
        for name in NAMES {
            let density = if name == "rare" || name.starts_with("$event") { 1 } else { self.density };
            if dice.below(10) < density {
                let value = self.value(dice, name);
                lead.props.insert(name.to_owned(), value);
            }
        }
        if dice.one_in(40) {
            lead.props.insert(format!("own {}", dice.below(60)), Value::Number(1));
        }
        lead
    }

    /// A value for the name: legal, and now and then one that is converted or left out.
    pub(crate) fn value(self, dice: &mut Dice, name: &str) -> Value {
        let fixed = name.starts_with('$');
        if dice.one_in(60) {
            return if dice.one_in(2) || fixed {
                Value::String(String::new())
            } else {
                Value::List(vec![String::new()])
            };
        }
        let usual = usual_type(dice, name);
        if self.uniform && name != "mixed" {
            return uniform(usual);
        }
        match name {
            "$phone" if dice.one_in(2) => Value::Number(i64::from(dice.random::<u8>())),
            "$country" => Value::from(*dice.pick(&["Germany", "germany", "Россия", "РОССИЯ", "Greece", "k"])),
            "$sessions" if dice.one_in(9) => Value::String(dice.below(9).to_string()),
            "plan" => Value::from(*dice.pick(&["pro", "Pro", "basic", "PRO", "free"])),
            "rare" => Value::from(i64::from(dice.random::<u8>() % 3)),
            _ if !fixed && dice.below(10) < self.stray => {
                let other = *dice.pick(&ValueType::ALL);
                values::value(dice, other)
            }
            _ => values::value(dice, usual),
        }
    }
}

/// One of some User IDs per lead.
pub(crate) fn user_id(dice: &mut Dice, room: usize) -> String {
    format!("{}{}", dice.pick(&["u", "U", "Ж"]), dice.below(4 * room.max(1)))
}

/// The type that mostly stands under the name.
fn usual_type(dice: &mut Dice, name: &str) -> ValueType {
    match name {
        "$name" | "$email" | "$phone" | "$country" | "plan" => ValueType::String,
        "$last_seen" | "$created" | "seen at" | "$event_1_last" | "$event_3_first" => ValueType::DateTime,
        "tags" => ValueType::List,
        "vip" => ValueType::Boolean,
        "mixed" => *dice.pick(&ValueType::ALL),
        _ => ValueType::Number,
    }
}

fn uniform(of: ValueType) -> Value {
    match of {
        ValueType::Number => Value::Number(7),
        ValueType::DateTime => Value::from("2026-09-16T14:13:20"),
        ValueType::String => Value::from("Maks"),
        ValueType::Boolean => Value::Boolean(true),
        ValueType::List => Value::from(["a", "Σ", "a"]),
    }
}
