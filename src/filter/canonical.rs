//! The canonical form of a filter: and/or over positive tests that carry their negation.
//!
//! `not` is pushed down to the tests (where it is the exact complement, not the opposite
//! comparison), relative dates become absolute, texts are folded, groups are flattened, constants
//! folded, and equality tests of one property under one `or` become one test against a list.

use memchr::memmem::Finder;

use crate::datetime::DateTime;
use crate::filter::tree::{Filter, Integer, Test, Values};
use crate::fold::fold;
use crate::id::id_to_key;
use crate::lead::{HEARTBEAT_SECONDS, Heartbeat, Lead, Presence};
use crate::property;
use crate::value::ValueRef;

/// A canonical filter.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Const(bool),
    And(Vec<Node>),
    Or(Vec<Node>),
    Leaf(Leaf),
    /// Membership in the live filter of this slot, or the exact complement.
    Member(usize, bool),
}

/// What a `segment` test stands for at one point in time.
pub(crate) enum Segment<'s> {
    /// The rows that the live filter of this slot holds.
    Rows(usize),
    /// The filter itself: its rows are of another time.
    Filter(&'s Filter),
    /// Nobody keeps such a filter.
    Unknown,
}

/// Outside of an index there are no segments.
pub(crate) fn no_segments<'s>(_: u64) -> Segment<'s> {
    Segment::Unknown
}

/// One test of one property.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    pub(crate) name: String,
    pub(crate) pred: Pred,
    /// Whether the exact complement is meant.
    pub(crate) negated: bool,
}

/// A positive test: false on an unknown property and on a value of another type.
#[derive(Debug, Clone)]
pub(crate) enum Pred {
    /// Any value.
    Known,
    /// A number whose key is in the set.
    Number(KeySet),
    /// A datetime whose second is in the set.
    DateTime(KeySet),
    /// A string.
    Text(TextPred),
    /// A boolean.
    Boolean(bool),
    /// A list with at least one of the items (folded, sorted).
    ListAny(Vec<String>),
    /// Any list.
    List,
}

/// A set of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeySet {
    /// Both included; `low <= high`.
    Range(i64, i64),
    /// Sorted, without repeats.
    OneOf(Vec<i64>),
}

/// A test of a string's folded form.
#[derive(Debug, Clone)]
pub(crate) enum TextPred {
    /// Sorted, without repeats.
    OneOf(Vec<String>),
    Contains(Box<Finder<'static>>),
    Starts(String),
    Ends(String),
}

impl KeySet {
    /// Whether the key is in the set.
    #[inline]
    pub(crate) fn has(&self, key: i64) -> bool {
        match self {
            Self::Range(low, high) => (*low..=*high).contains(&key),
            Self::OneOf(keys) => keys.binary_search(&key).is_ok(),
        }
    }
}

impl TextPred {
    /// Whether a folded text passes.
    pub(crate) fn has(&self, folded: &str) -> bool {
        match self {
            Self::OneOf(texts) => texts.binary_search_by(|text| text.as_str().cmp(folded)).is_ok(),
            Self::Contains(needle) => needle.find(folded.as_bytes()).is_some(),
            Self::Starts(prefix) => folded.starts_with(prefix.as_str()),
            Self::Ends(suffix) => folded.ends_with(suffix.as_str()),
        }
    }
}

/// The canonical form of `filter` at `now`. `segments` says what its segments stand for; no filter
/// is a segment of itself, so this ends.
pub(crate) fn canonical<'s>(filter: &Filter, now: DateTime, segments: &impl Fn(u64) -> Segment<'s>) -> Node {
    node(filter, At { now, segments }, false)
}

/// The present, and what segments stand for then.
struct At<'a, S> {
    now: DateTime,
    segments: &'a S,
}

impl<S> Clone for At<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for At<'_, S> {}

fn node<'s, S: Fn(u64) -> Segment<'s>>(filter: &Filter, at: At<'_, S>, negated: bool) -> Node {
    match filter {
        Filter::Not(inner) => node(inner, at, !negated),
        Filter::Property { name, test } => leaf(name, test, at.now, negated),
        Filter::Segment(id) => match (at.segments)(*id) {
            Segment::Rows(slot) => Node::Member(slot, negated),
            Segment::Filter(filter) => node(filter, at, negated),
            Segment::Unknown => Node::Const(negated),
        },
        // De Morgan: a negated `all` is an `any` of negated parts.
        Filter::All(parts) => group(parts.iter().map(|part| node(part, at, negated)), !negated),
        Filter::Any(parts) => group(parts.iter().map(|part| node(part, at, negated)), negated),
    }
}

/// An `and` (or an `or`) over parts, flattened and with constants folded.
fn group(parts: impl Iterator<Item = Node>, and: bool) -> Node {
    let mut flat = Vec::new();
    for part in parts {
        match (part, and) {
            // The neutral element falls away, the dominant one decides.
            (Node::Const(value), _) if value == and => {}
            (Node::Const(value), _) => return Node::Const(value),
            (Node::And(inner), true) | (Node::Or(inner), false) => flat.extend(inner),
            (part, _) => flat.push(part),
        }
    }
    let mut flat = merge_equalities(flat, and);
    match flat.len() {
        0 => Node::Const(and),
        1 => flat.pop().unwrap_or(Node::Const(and)),
        _ if and => Node::And(flat),
        _ => Node::Or(flat),
    }
}

/// `a = 1 or a = 2 or ...` is one test against a list, and so is `a != 1 and a != 2 and ...`.
fn merge_equalities(parts: Vec<Node>, and: bool) -> Vec<Node> {
    let mut merged: Vec<Node> = Vec::with_capacity(parts.len());
    let mut lists: std::collections::HashMap<(String, bool), usize> = std::collections::HashMap::new();
    for part in parts {
        let key = match &part {
            Node::Leaf(Leaf { name, pred: Pred::Text(TextPred::OneOf(_)), negated }) if *negated == and => {
                (name.clone(), true)
            }
            Node::Leaf(Leaf { name, pred: Pred::Number(set), negated }) if *negated == and && is_list(set) => {
                (name.clone(), false)
            }
            _ => {
                merged.push(part);
                continue;
            }
        };
        match lists.entry(key) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(merged.len());
                merged.push(part);
            }
            std::collections::hash_map::Entry::Occupied(entry) => absorb(&mut merged[*entry.get()], part),
        }
    }
    for node in &mut merged {
        match node {
            Node::Leaf(Leaf { pred: Pred::Text(TextPred::OneOf(texts)), .. }) => tidy(texts),
            Node::Leaf(Leaf { pred: Pred::Number(KeySet::OneOf(keys)), .. }) => tidy(keys),
            _ => {}
        }
    }
    merged
}

fn is_list(set: &KeySet) -> bool {
    matches!(set, KeySet::OneOf(_)) || matches!(set, KeySet::Range(low, high) if low == high)
}

fn keys_of(set: &KeySet) -> Vec<i64> {
    match set {
        KeySet::Range(low, _) => vec![*low],
        KeySet::OneOf(keys) => keys.clone(),
    }
}

fn absorb(into: &mut Node, part: Node) {
    let (Node::Leaf(into), Node::Leaf(part)) = (into, part) else { return };
    match (&mut into.pred, part.pred) {
        (Pred::Text(TextPred::OneOf(texts)), Pred::Text(TextPred::OneOf(more))) => texts.extend(more),
        (Pred::Number(set), Pred::Number(more)) => {
            let mut keys = match std::mem::replace(set, KeySet::OneOf(Vec::new())) {
                KeySet::OneOf(keys) => keys,
                point @ KeySet::Range(..) => keys_of(&point),
            };
            keys.extend(keys_of(&more));
            *set = KeySet::OneOf(keys);
        }
        _ => {}
    }
}

fn tidy<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}

fn leaf(name: &str, test: &Test, now: DateTime, negated: bool) -> Node {
    let is_id = name == property::ID;
    let numbers = |low: i128, high: i128| keys(is_id, low, high).map(Pred::Number);
    let (min, max) = (i128::MIN / 2, i128::MAX / 2);
    let dates = |low: i128, high: i128| clamp(low, high, |v| v).map(Pred::DateTime);
    let date = now;
    let now = i128::from(now.unix());
    let (pred, complement, or_unknown) = match test {
        Test::Known => (Some(Pred::Known), false, false),
        Test::Unknown => (Some(Pred::Known), true, false),
        Test::Gt(v) => (numbers(v.get() + 1, max), false, false),
        Test::Gte(v) => (numbers(v.get(), max), false, false),
        Test::Lt(v) => (numbers(min, v.get() - 1), false, false),
        Test::Lte(v) => (numbers(min, v.get()), false, false),
        Test::GtOrUnknown(v) => (numbers(v.get() + 1, max), false, true),
        Test::LtOrUnknown(v) => (numbers(min, v.get() - 1), false, true),
        Test::Range(low, high) => (numbers(low.get(), high.get()), false, false),
        Test::Eq(v) => (numbers(v.get(), v.get()), false, false),
        Test::Neq(v) => (numbers(v.get(), v.get()), true, false),
        Test::In(values) => (one_of(is_id, values), false, false),
        Test::NotIn(values) => (one_of(is_id, values), true, false),
        Test::StrEq(text) => (text_one_of([text]), false, false),
        Test::StrNeq(text) => (text_one_of([text]), true, false),
        Test::StrContains(text) => (contains(text), false, false),
        Test::StrNotContains(text) => (contains(text), true, false),
        Test::StrStarts(text) => (Some(Pred::Text(TextPred::Starts(fold(text).into_owned()))), false, false),
        Test::StrEnds(text) => (Some(Pred::Text(TextPred::Ends(fold(text).into_owned()))), false, false),
        Test::BoolTrue => (Some(Pred::Boolean(true)), false, false),
        Test::BoolFalse => (Some(Pred::Boolean(false)), false, false),
        // age > S: date < now - S; age < S: date > now - S.
        Test::DaysMore(age) => (dates(min, now - age.seconds() - 1), false, false),
        Test::DaysLess(age) => (dates(now - age.seconds() + 1, max), false, false),
        Test::DaysMoreOrUnknown(age) => (dates(min, now - age.seconds() - 1), false, true),
        Test::DaysLessOrUnknown(age) => (dates(now - age.seconds() + 1, max), false, true),
        Test::DateBefore(date) => (dates(min, i128::from(date.unix()) - 1), false, false),
        Test::DateAfter(date) => (dates(i128::from(date.unix()) + 1, max), false, false),
        Test::DateRange(from, to) => (dates(from.unix().into(), to.unix().into()), false, false),
        Test::Today { tz_offset_minutes } => {
            let offset = i128::from(*tz_offset_minutes) * 60;
            let start = (now + offset).div_euclid(86_400) * 86_400 - offset;
            (dates(start, start + 86_399), false, false)
        }
        Test::ListContains(item) => (list_any([item]), false, false),
        Test::ListNotContains(item) => (list_any([item]), true, false),
        Test::ListContainsAny(items) => (list_any(items), false, false),
        Test::ListContainsAll(items) => {
            let has_each = items.iter().map(|item| one(name, list_any([item]), date, negated));
            return group(std::iter::once(one(name, Some(Pred::List), date, negated)).chain(has_each), !negated);
        }
    };
    let node = one(name, pred, date, complement != negated);
    if or_unknown {
        return group([node, one(name, Some(Pred::Known), date, !negated)].into_iter(), negated);
    }
    node
}

/// One test at `now`; `None` is a test that no value passes.
fn one(name: &str, pred: Option<Pred>, now: DateTime, negated: bool) -> Node {
    let Some(pred) = pred else { return Node::Const(negated) };
    if name == property::PRESENCE {
        return presence(&pred, now, negated);
    }
    Node::Leaf(Leaf { name: name.to_owned(), pred, negated })
}

/// A test of `$presence` as tests of the newest heartbeat, which its column holds: a number where it
/// said online, a datetime where it said idle.
fn presence(pred: &Pred, now: DateTime, negated: bool) -> Node {
    let passes = |presence: Presence| match pred {
        Pred::Known => true,
        Pred::Text(text) => text.has(presence.as_str()),
        _ => false,
    };
    // Whoever is offline has no fresh heartbeat of either kind: then the kinds that do not pass are
    // named, and the whole is turned round.
    let turned = passes(Presence::Offline);
    let named = [Heartbeat::Online, Heartbeat::Idle].into_iter().filter(|kind| passes(kind.presence()) != turned);
    let negated = negated != turned;
    let fresh = named.map(|kind| {
        let pred = match kind {
            Heartbeat::Online => Pred::Number(fresh_heartbeats(now)),
            Heartbeat::Idle => Pred::DateTime(fresh_heartbeats(now)),
        };
        Node::Leaf(Leaf { name: property::PRESENCE.to_owned(), pred, negated })
    });
    group(fresh, negated)
}

/// The seconds of heartbeats that are fresh at `now`; one from the future is.
pub(crate) fn fresh_heartbeats(now: DateTime) -> KeySet {
    KeySet::Range(now.unix() - HEARTBEAT_SECONDS + 1, i64::MAX)
}

/// The keys of the integers `low..=high`; ids have keys of their own.
fn keys(is_id: bool, low: i128, high: i128) -> Option<KeySet> {
    if !is_id {
        return clamp(low, high, |v| v);
    }
    let (low, high) = (low.max(0), high.min(i128::from(u64::MAX)));
    let (low, high) = (u64::try_from(low).ok()?, u64::try_from(high).ok()?);
    (low <= high).then(|| KeySet::Range(id_to_key(low), id_to_key(high)))
}

fn clamp(low: i128, high: i128, map: impl Fn(i128) -> i128) -> Option<KeySet> {
    let (low, high) = (map(low).max(i64::MIN.into()), map(high).min(i64::MAX.into()));
    let (low, high) = (i64::try_from(low).ok()?, i64::try_from(high).ok()?);
    (low <= high).then_some(KeySet::Range(low, high))
}

fn one_of(is_id: bool, values: &Values) -> Option<Pred> {
    match values {
        Values::Strings(texts) => text_one_of(texts),
        Values::Numbers(numbers) => {
            let key = |v: &Integer| match keys(is_id, v.get(), v.get()) {
                Some(KeySet::Range(key, _)) => Some(key),
                _ => None,
            };
            let mut keys: Vec<i64> = numbers.iter().filter_map(key).collect();
            tidy(&mut keys);
            (!keys.is_empty()).then_some(Pred::Number(KeySet::OneOf(keys)))
        }
    }
}

fn folded_list<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Option<Vec<String>> {
    // No stored text is empty, so an empty one equals nothing.
    let texts = texts.into_iter().filter(|text| !text.as_ref().is_empty());
    let mut folded: Vec<String> = texts.map(|text| fold(text.as_ref()).into_owned()).collect();
    tidy(&mut folded);
    (!folded.is_empty()).then_some(folded)
}

fn text_one_of<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Option<Pred> {
    folded_list(texts).map(|texts| Pred::Text(TextPred::OneOf(texts)))
}

fn list_any<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> Option<Pred> {
    folded_list(items).map(Pred::ListAny)
}

fn contains(text: &str) -> Option<Pred> {
    Some(Pred::Text(TextPred::Contains(Box::new(Finder::new(fold(text).as_bytes()).into_owned()))))
}

impl Filter {
    /// Whether the filter holds for a lead, with relative dates as of the system's clock. Cost: one
    /// look at each tested property.
    #[must_use]
    pub fn matches(&self, lead: &Lead) -> bool {
        self.matches_at(lead, crate::Clock::system().now())
    }

    /// Whether the filter holds for a lead at `now`. Cost: one look at each tested property.
    #[must_use]
    pub fn matches_at(&self, lead: &Lead, now: DateTime) -> bool {
        self.validate().is_ok() && holds(&canonical(self, now, &no_segments), lead)
    }
}

fn holds(node: &Node, lead: &Lead) -> bool {
    match node {
        Node::Const(value) => *value,
        Node::And(parts) => parts.iter().all(|part| holds(part, lead)),
        Node::Or(parts) => parts.iter().any(|part| holds(part, lead)),
        Node::Leaf(leaf) => passes(leaf, lead) != leaf.negated,
        Node::Member(_, negated) => *negated,
    }
}

fn passes(leaf: &Leaf, lead: &Lead) -> bool {
    let value = match leaf.name.as_str() {
        property::ID => {
            return match &leaf.pred {
                Pred::Known => true,
                Pred::Number(set) => set.has(id_to_key(lead.id)),
                _ => false,
            };
        }
        property::USER_ID => lead.user_id.as_deref().map(ValueRef::String),
        property::CONVERSATIONS => i64::try_from(lead.conversations).ok().map(ValueRef::Number),
        property::WEB_PUSH => Some(ValueRef::Boolean(lead.web_push)),
        name => lead.props.get(name).map(crate::Value::as_ref),
    };
    match (&leaf.pred, value) {
        (_, None) => false,
        (Pred::Known, Some(_)) | (Pred::List, Some(ValueRef::List(_))) => true,
        (Pred::Number(set), Some(ValueRef::Number(n))) => set.has(n),
        (Pred::DateTime(set), Some(ValueRef::DateTime(t))) => set.has(t.unix()),
        (Pred::Text(text), Some(ValueRef::String(s))) => text.has(&fold(s)),
        (Pred::Boolean(want), Some(ValueRef::Boolean(b))) => *want == b,
        (Pred::ListAny(items), Some(ValueRef::List(list))) => {
            list.iter().any(|item| items.binary_search_by(|text| text.as_str().cmp(&fold(item))).is_ok())
        }
        _ => false,
    }
}
