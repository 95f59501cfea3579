//! What each change does, exactly: the result, what is ignored and why, and what an error leaves.

mod changes {
    pub(crate) mod batches;
    pub(crate) mod churn;
    pub(crate) mod creation;
    pub(crate) mod events;
    pub(crate) mod heartbeats;
    pub(crate) mod lists;
    pub(crate) mod merging;
    pub(crate) mod operations;
    pub(crate) mod people;
    pub(crate) mod refusals;
}

use lead_index::{Applied, Change, Clock, DateTime, Error, Lead, LeadIndex, Limits, Value};

/// 2^53, the bound of numbers.
const MAX: i64 = 1 << 53;

/// The present of the tests: 2026-09-21T14:13:20.
const NOW: &str = "2026-09-21T14:13:20";

fn time(text: &str) -> DateTime {
    text.parse().expect("a date")
}

/// `NOW` and some seconds.
fn after(seconds: i64) -> DateTime {
    DateTime::from_unix(time(NOW).unix() + seconds).expect("a date of this century")
}

/// An index whose clock stands, with small blocks and the given bounds.
fn index_with(change: impl FnOnce(&mut Limits)) -> LeadIndex {
    let mut limits = Limits::default();
    change(&mut limits);
    LeadIndex::builder().block_rows(64).clock(Clock::fixed(time(NOW))).limits(limits).build()
}

/// An index with these leads.
fn index_of(leads: impl IntoIterator<Item = Lead>) -> LeadIndex {
    let index = index_with(|_| {});
    for lead in leads {
        index.insert(lead).expect("a legal lead");
    }
    index
}

/// Applies changes that must succeed to lead 1, and checks the structures.
fn apply(index: &LeadIndex, changes: impl IntoIterator<Item = Change>) -> Applied {
    let done = index.apply(1, changes).expect("changes that can be carried out");
    index.validate().expect("sound structures");
    done
}

/// The value of a property of a lead.
fn value(index: &LeadIndex, id: u64, property: &str) -> Option<Value> {
    index.get(id).expect("a lead that is held").props.remove(property)
}

/// The code of the error that must come.
fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.expect_err("this must be refused").code()
}

/// Each ignored change: its number and the reason's code.
fn ignored(done: &Applied) -> Vec<(usize, &'static str)> {
    done.ignored.iter().map(|ignored| (ignored.at, ignored.reason.code())).collect()
}

/// A text of so many characters of two bytes.
fn long(characters: usize) -> String {
    "ж".repeat(characters)
}

/// `item 0`, `item 1`, ...
fn items(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("item {n}")).collect()
}

/// What must become of the only change of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Affected,
    NotChanged,
    Ignored(&'static str),
}

/// One row of a table of operations on the property `key`.
struct Case {
    what: &'static str,
    key: String,
    before: Option<Value>,
    change: Change,
    outcome: Outcome,
    after: Option<Value>,
}

impl Case {
    /// A case about a property with the key of the change.
    fn new(
        what: &'static str,
        before: Option<Value>,
        change: Change,
        outcome: Outcome,
        after: Option<impl Into<Value>>,
    ) -> Self {
        let key = match &change {
            Change::Set { key, .. }
            | Change::SetOnce { key, .. }
            | Change::Add { key, .. }
            | Change::Delete { key }
            | Change::Append { key, .. }
            | Change::Union { key, .. }
            | Change::Exclude { key, .. } => key.clone(),
            other => panic!("{other:?} is no operation on a property"),
        };
        Self { what, key, before, change, outcome, after: after.map(Into::into) }
    }

    /// An ignored change leaves what was there.
    fn ignored(what: &'static str, before: Option<Value>, change: Change, reason: &'static str) -> Self {
        let after = before.clone();
        Self::new(what, before, change, Outcome::Ignored(reason), after)
    }

    /// Nothing is changed by a change that is not ignored.
    fn kept(what: &'static str, before: Option<Value>, change: Change) -> Self {
        let after = before.clone();
        Self::new(what, before, change, Outcome::NotChanged, after)
    }

    fn check(self) {
        let Self { what, key, before, change, outcome, after } = self;
        let mut lead = Lead::new(1).with("other", 7);
        lead.props.extend(before.map(|before| (key.clone(), before)));
        let index = index_of([lead]);
        let done = apply(&index, [change]);
        let found = match (&done.affected[..], &done.not_changed[..], &ignored(&done)[..]) {
            ([name], [], []) if *name == key => Outcome::Affected,
            ([], [name], []) if *name == key => Outcome::NotChanged,
            ([], [], [(0, reason)]) => Outcome::Ignored(reason),
            _ => panic!("{what}: {done:?}"),
        };
        assert_eq!(found, outcome, "{what}");
        assert_eq!(value(&index, 1, &key), after, "{what}");
        assert_eq!(value(&index, 1, "other"), Some(Value::Number(7)), "{what}: another property");
        assert_eq!((done.id, done.created), (1, false), "{what}");
        assert!(done.events.is_empty() && done.dropped.is_empty(), "{what}: {done:?}");
    }
}

/// Checks every row of a table.
fn check(cases: impl IntoIterator<Item = Case>) {
    cases.into_iter().for_each(Case::check);
}
