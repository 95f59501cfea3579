//! Random changes over names, values, events and leads that collide.

use lead_index::{Change, DateTime, Event, Heartbeat, Lead, Target, Value, ValueType};
use rand::RngExt;

use super::super::twin::ops::{Call, End, Op};
use super::filters::any_filter;
use super::leads::{Flavour, NAMES, user_id};
use super::values::{EDGE, TEXTS};
use super::{Dice, Sample, values};

/// Names of events, two that differ in case alone.
const EVENTS: [&str; 4] = ["Order paid", "order paid", "Opened", "ж"];
/// Numbers of events, two of which collide with names that leads have and with the first names.
const EVENT_IDS: [u64; 6] = [1, 2, 3, 3, 18, u64::MAX];

/// What the changes of one run are drawn from.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) flavour: Flavour,
    pub(crate) sample: &'a Sample,
    pub(crate) room: usize,
}

/// A call of [`Op::Apply`].
pub(crate) fn apply(dice: &mut Dice, from: Source<'_>) -> Op {
    Op::Apply(target(dice, from), changes(dice, from))
}

/// A batch of a few calls, which mostly ends well.
pub(crate) fn batch(dice: &mut Dice, from: Source<'_>) -> Op {
    let calls = (0..dice.below(7)).map(|_| call(dice, from)).collect();
    Op::Batch(calls, *dice.pick(&[End::Ok, End::Ok, End::Ok, End::Err, End::Panic]))
}

fn call(dice: &mut Dice, from: Source<'_>) -> Call {
    let Source { flavour, sample, room } = from;
    match dice.below(16) {
        0 | 1 => Call::Insert(flavour.lead(dice, room)),
        2 | 3 => Call::Upsert(flavour.lead(dice, room)),
        4 => Call::Remove(some_id(dice, from)),
        5 => Call::Get(some_id(dice, from)),
        6 => Call::GetByUserId(some_user_id(dice, from)),
        7 => Call::Outside(any_filter(dice, sample)),
        8 | 9 => apply_each(dice, from),
        _ => Call::Apply(target(dice, from), changes(dice, from)),
    }
}

/// More writes than are looked at together, now and then; mostly fewer.
fn apply_each(dice: &mut Dice, from: Source<'_>) -> Call {
    let count = if dice.one_in(8) { 20 } else { dice.below(5) };
    let writes = (0..count).map(|_| (target(dice, from), changes(dice, from))).collect();
    Call::ApplyEach(writes, dice.one_in(8).then(|| dice.below(6)))
}

/// A heartbeat for a lead.
pub(crate) fn beat(dice: &mut Dice, from: Source<'_>) -> Op {
    let change = Change::Heartbeat { kind: kind(dice), at: at(dice, from.sample) };
    Op::Apply(Target::Id(some_id(dice, from)), vec![change])
}

/// Mostly a lead that is there.
fn target(dice: &mut Dice, from: Source<'_>) -> Target {
    match dice.below(20) {
        0..12 => Target::Id(some_id(dice, from)),
        12..14 => Target::IdOrNew(from.flavour.id(dice, from.room)),
        14 | 15 => Target::UserId(some_user_id(dice, from)),
        16..19 => Target::UserIdOrNew(some_user_id(dice, from)),
        _ => match dice.below(5) {
            0 => Target::Id(0),
            1 => Target::IdOrNew(0),
            2 => Target::UserId(String::new()),
            3 => Target::UserIdOrNew(String::new()),
            _ => Target::UserIdOrNew("u".repeat(256)),
        },
    }
}

/// Mostly the id of somebody.
fn some_id(dice: &mut Dice, from: Source<'_>) -> u64 {
    match from.sample.row(dice) {
        Some(row) if !dice.one_in(10) => row.lead.id,
        _ => from.flavour.id(dice, from.room),
    }
}

/// Mostly the User ID of somebody.
fn some_user_id(dice: &mut Dice, from: Source<'_>) -> String {
    let held = (0..3).find_map(|_| from.sample.row(dice).and_then(|row| row.lead.user_id.clone()));
    held.filter(|_| !dice.one_in(3)).unwrap_or_else(|| user_id(dice, from.room))
}

/// The changes of one call.
pub(crate) fn changes(dice: &mut Dice, from: Source<'_>) -> Vec<Change> {
    let count = *dice.pick(&[0, 1, 1, 1, 2, 2, 3, 4, 6, 10]);
    // Several changes of one name show what each leaves to the next.
    let usual = key(dice);
    (0..count).map(|_| change(dice, from, &usual)).collect()
}

fn change(dice: &mut Dice, from: Source<'_>, usual: &str) -> Change {
    let key = if dice.one_in(2) { usual.to_owned() } else { key(dice) };
    match dice.below(40) {
        0..6 => Change::Set { value: value(dice, from.flavour, &key), key },
        6..9 => Change::SetOnce { value: value(dice, from.flavour, &key), key },
        9..13 => Change::Add { key, by: by(dice) },
        13..15 => Change::Delete { key },
        15..17 => Change::Append { item: item(dice), key: list_key(dice, key) },
        17..19 => Change::Union { item: item(dice), key: list_key(dice, key) },
        19..22 => Change::Exclude { item: item(dice), key: list_key(dice, key) },
        22..26 => Change::Event { event: event(dice), at: at(dice, from.sample) },
        26 | 27 => Change::Session,
        28 => Change::Seen { at: at(dice, from.sample) },
        29 => Change::Conversations(*dice.pick(&[0, 0, 1, 2, EDGE.unsigned_abs(), EDGE.unsigned_abs() + 1, u64::MAX])),
        30 => Change::WebPush(dice.random()),
        31 | 32 => Change::UserId(new_user_id(dice, from)),
        33..36 => Change::Heartbeat { kind: kind(dice), at: at(dice, from.sample) },
        36..39 => Change::Merge { other: some_id(dice, from) },
        _ => Change::Remove,
    }
}

/// A property's name: mostly one that leads have, of every fixed type, and some that cannot be written.
fn key(dice: &mut Dice) -> String {
    match dice.below(24) {
        0 => (*dice.pick(&["$id", "$user_id", "$conversations", "$web_push", "$presence"])).to_owned(),
        1 => dice.pick(&[String::new(), "n".repeat(256), "n".repeat(255)]).clone(),
        2 => format!("own {}", dice.below(60)),
        3 | 4 => format!("$event_{}_{}", dice.pick(&EVENT_IDS), dice.pick(&["first", "last", "count", "times"])),
        5 => (*dice.pick(&["$last_contacted", "$system", "$event_x_count", "$event_007_count"])).to_owned(),
        _ => (*dice.pick(&NAMES)).to_owned(),
    }
}

/// A name that is likely to hold a list.
fn list_key(dice: &mut Dice, key: String) -> String {
    if dice.one_in(3) { key } else { (*dice.pick(&["tags", "tags", "mixed", "new list"])).to_owned() }
}

fn value(dice: &mut Dice, flavour: Flavour, key: &str) -> Value {
    match dice.below(8) {
        0 => values::odd(dice),
        1 => {
            let of = *dice.pick(&ValueType::ALL);
            values::value(dice, of)
        }
        _ => flavour.value(dice, key),
    }
}

fn by(dice: &mut Dice) -> i64 {
    match dice.below(10) {
        0 => 0,
        1 => *dice.pick(&[EDGE, -EDGE, EDGE + 1, i64::MAX, i64::MIN]),
        _ => dice.random_range(-3..6),
    }
}

/// An item: few different ones, in several cases, so that lists have them or fill up.
fn item(dice: &mut Dice) -> String {
    match dice.below(16) {
        0 => String::new(),
        1 => "i".repeat(if dice.one_in(2) { 255 } else { 256 }),
        2 => dice.below(40).to_string(),
        3 => "2026-09-21".to_owned(),
        _ => (*dice.pick(&TEXTS[..8])).to_owned(),
    }
}

fn event(dice: &mut Dice) -> Event {
    match dice.below(16) {
        0 => Event::Name(String::new()),
        1 => Event::Name("e".repeat(if dice.one_in(2) { 255 } else { 256 })),
        2 => Event::Id(0),
        3..7 => Event::Id(*dice.pick(&EVENT_IDS)),
        _ => Event::Name((*dice.pick(&EVENTS)).to_owned()),
    }
}

fn new_user_id(dice: &mut Dice, from: Source<'_>) -> Option<String> {
    match dice.below(10) {
        0..3 => None,
        3 => Some(String::new()),
        4 => Some("u".repeat(if dice.one_in(2) { 255 } else { 256 })),
        5 => Some(some_user_id(dice, from)),
        _ => Some(user_id(dice, 4 * from.room)),
    }
}

fn kind(dice: &mut Dice) -> Heartbeat {
    if dice.one_in(2) { Heartbeat::Online } else { Heartbeat::Idle }
}

/// A time: mostly the present, or on either side of two minutes ago.
pub(crate) fn at(dice: &mut Dice, sample: &Sample) -> Option<DateTime> {
    let seconds = match dice.below(12) {
        0..5 => return None,
        5 => return Some(*dice.pick(&[DateTime::MIN, DateTime::MAX])),
        6 => return Some(values::date(dice)),
        7 | 8 => dice.random_range(-122..-117),
        9 => dice.random_range(0..150),
        _ => dice.random_range(-150..1),
    };
    DateTime::from_unix(sample.now + seconds)
}

/// A heartbeat on one side or the other of two minutes ago.
pub(crate) fn recent_beat(dice: &mut Dice, sample: &Sample, lead: &Lead) -> Op {
    let ago = *dice.pick(&[0, 1, 60, 118, 119, 120, 121, 500]);
    let at = DateTime::from_unix(sample.now - ago);
    Op::Apply(Target::Id(lead.id), vec![Change::Heartbeat { kind: kind(dice), at }])
}
