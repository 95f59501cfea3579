//! What may happen to a lead: one closed enum, the same for the library, the Web API and the tests.

use crate::datetime::DateTime;
use crate::lead::Heartbeat;
use crate::name::Name;
use crate::property::Reason;
use crate::value::Value;

/// One change of one lead. Changes of a call run in order, each on what the one before it left.
///
/// A change that breaks a rule of values is *ignored* with a [`Reason`] and the others go on; see
/// [`Applied`]. A change that cannot be carried out at all (an unknown lead to merge, a User ID that
/// another lead holds) is an error, and nothing of its call is kept.
///
/// Where a time is `None`, it is the index's present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Sets a property, whatever it held (`update_or_create`).
    Set {
        /// The property.
        key: String,
        /// Its new value.
        value: Value,
    },
    /// Sets a property only if it is unknown (`set_once`).
    SetOnce {
        /// The property.
        key: String,
        /// Its value, if it had none.
        value: Value,
    },
    /// Adds to a number; an unknown property starts from 0 (`add`).
    Add {
        /// The property.
        key: String,
        /// What is added; may be negative.
        by: i64,
    },
    /// Takes a property away (`delete`).
    Delete {
        /// The property.
        key: String,
    },
    /// Adds an item at the end of a list; an unknown property becomes a list (`append`).
    Append {
        /// The property.
        key: String,
        /// The item.
        item: String,
    },
    /// Adds an item to a list unless it is there, compared byte by byte (`union`).
    Union {
        /// The property.
        key: String,
        /// The item.
        item: String,
    },
    /// Takes all occurrences of an item out of a list, compared byte by byte (`exclude`). A list
    /// that is left empty is deleted.
    Exclude {
        /// The property.
        key: String,
        /// The item.
        item: String,
    },
    /// The person did something: moves `_first` and `_last` of the event outwards, raises its
    /// `_count` by one, and moves `$last_seen` forward.
    Event {
        /// What was done.
        event: Event,
        /// When.
        at: Option<DateTime>,
    },
    /// A visit began: adds 1 to `$sessions`.
    Session,
    /// The person was seen: moves `$last_seen` forward, never back.
    Seen {
        /// When.
        at: Option<DateTime>,
    },
    /// Sets how many conversations took place, 0 to 2^53; 0 withdraws them.
    Conversations(u64),
    /// Sets or withdraws the web-push subscription.
    WebPush(bool),
    /// Sets the User ID, or takes it away.
    UserId(Option<String>),
    /// A sign of life: the person counts as online (or idle) for two minutes, and `$last_seen`
    /// moves forward. One that is older than the newest known changes nothing else.
    Heartbeat {
        /// What the sign says.
        kind: Heartbeat,
        /// When.
        at: Option<DateTime>,
    },
    /// Merges another lead into this one and removes it. If only the other has a User ID, the other
    /// survives instead, and the changes after this one go on with it.
    Merge {
        /// The other lead's id.
        other: u64,
    },
    /// Removes the lead and everything that is known of it.
    Remove,
}

/// Which event: by name, or by its number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Event {
    /// By name, 1 to 255 characters; a name that is new to the index is given a number.
    Name(String),
    /// By number, from 1: the `18` of `$event_18_count`.
    Id(u64),
}

impl From<&str> for Event {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<String> for Event {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl From<u64> for Event {
    fn from(id: u64) -> Self {
        Self::Id(id)
    }
}

/// Whom changes are for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// The lead with this id; `unknown_lead` if there is none.
    Id(u64),
    /// The lead with this id, created if there is none.
    IdOrNew(u64),
    /// The lead with this User ID; `unknown_lead` if there is none.
    UserId(String),
    /// The lead with this User ID; if there is none it is created under the highest id + 1.
    UserIdOrNew(String),
}

impl From<u64> for Target {
    fn from(id: u64) -> Self {
        Self::Id(id)
    }
}

/// What became of a call's changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Applied {
    /// The lead's id: of the survivor after a merge, of the removed after a removal.
    pub id: u64,
    /// Whether the lead was created; not of a survivor that was there before its merge.
    pub created: bool,
    /// Names whose value differs after the run, in order of first mention.
    pub affected: Vec<Name>,
    /// Names that were set or moved and hold the same value as before, in order of first mention.
    pub not_changed: Vec<Name>,
    /// Changes that broke a rule, in order.
    pub ignored: Vec<Ignored>,
    /// The event's number and count after each [`Change::Event`] that was taken, in order.
    pub events: Vec<EventCount>,
    /// What a merge could not keep: items beyond the length of a list, and what a sum is over its bound.
    pub dropped: Vec<Dropped>,
}

impl Applied {
    /// Forgets everything, and keeps the room of the lists.
    pub(crate) fn clear(&mut self) {
        let Self { id, created, affected, not_changed, ignored, events, dropped } = self;
        (*id, *created) = (0, false);
        affected.clear();
        not_changed.clear();
        ignored.clear();
        events.clear();
        dropped.clear();
    }
}

/// A change that was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ignored {
    /// Which change, from 0.
    pub at: usize,
    /// Why.
    pub reason: Reason,
}

/// How often an event happened to a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventCount {
    /// The event's number.
    pub event: u64,
    /// How often; negative only where somebody has set it so.
    pub count: i64,
}

/// Something that a merge had no room for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// The property.
    pub property: String,
    /// The list item; or, of a sum, how much it is over its bound.
    pub value: Value,
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty),*) => $change:expr;)*) => {
        impl Change {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name($($arg: $ty),*) -> Self {
                $change
            }
        )*}
    };
}

constructors! {
    /// [`Change::Set`].
    set(key: impl Into<String>, value: impl Into<Value>) => Self::Set { key: key.into(), value: value.into() };
    /// [`Change::SetOnce`].
    set_once(key: impl Into<String>, value: impl Into<Value>) => Self::SetOnce { key: key.into(), value: value.into() };
    /// [`Change::Add`].
    add(key: impl Into<String>, by: i64) => Self::Add { key: key.into(), by };
    /// [`Change::Delete`].
    delete(key: impl Into<String>) => Self::Delete { key: key.into() };
    /// [`Change::Append`].
    append(key: impl Into<String>, item: impl Into<String>) => Self::Append { key: key.into(), item: item.into() };
    /// [`Change::Union`].
    union(key: impl Into<String>, item: impl Into<String>) => Self::Union { key: key.into(), item: item.into() };
    /// [`Change::Exclude`].
    exclude(key: impl Into<String>, item: impl Into<String>) => Self::Exclude { key: key.into(), item: item.into() };
    /// [`Change::Event`] at the present.
    event(event: impl Into<Event>) => Self::Event { event: event.into(), at: None };
    /// [`Change::Event`] at a given time.
    event_at(event: impl Into<Event>, at: DateTime) => Self::Event { event: event.into(), at: Some(at) };
    /// [`Change::Heartbeat`] at the present.
    heartbeat(kind: Heartbeat) => Self::Heartbeat { kind, at: None };
    /// [`Change::UserId`].
    user_id(user_id: impl Into<String>) => Self::UserId(Some(user_id.into()));
    /// [`Change::Merge`].
    merge(other: u64) => Self::Merge { other };
}
