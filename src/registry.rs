//! Property names and their numbers.

use std::collections::HashMap;

use triomphe::Arc;

use crate::error::{Error, ErrorKind};
use crate::id::PropId;
use crate::name::Name;
use crate::property;

/// Names by number and numbers by name. A name gets a number when it is first written, never by
/// being asked for.
#[derive(Debug, Clone)]
pub(crate) struct Registry {
    names: Vec<Name>,
    by_name: HashMap<Name, PropId>,
    /// The same for the names that changes write without naming them.
    own: OwnNames,
}

/// The numbers of names that a change brings by itself: found without making the name up and hashing it.
#[derive(Debug, Clone, Default)]
struct OwnNames {
    created: Option<PropId>,
    last_seen: Option<PropId>,
    sessions: Option<PropId>,
    /// The parts of each event, by the event's number.
    events: HashMap<u64, [Option<PropId>; 3]>,
}

/// A name that a change brings by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnName {
    /// `$created`.
    Created,
    /// `$last_seen`.
    LastSeen,
    /// `$sessions`.
    Sessions,
}

impl OwnName {
    /// The name.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Created => "$created",
            Self::LastSeen => "$last_seen",
            Self::Sessions => "$sessions",
        }
    }
}

impl OwnNames {
    fn add(&mut self, name: &str, prop: PropId) {
        match name {
            "$created" => self.created = Some(prop),
            "$last_seen" => self.last_seen = Some(prop),
            "$sessions" => self.sessions = Some(prop),
            _ => {
                if let Some((id, part)) = property::event_name(name) {
                    self.events.entry(id).or_default()[part as usize] = Some(prop);
                }
            }
        }
    }
}

impl Default for Registry {
    fn default() -> Self {
        let mut registry = Self { names: Vec::new(), by_name: HashMap::new(), own: OwnNames::default() };
        // In the order of the constants of `PropId`, then what else the lead criteria read.
        for name in [
            property::ID,
            property::USER_ID,
            property::CONVERSATIONS,
            property::WEB_PUSH,
            property::PRESENCE,
            "$name",
            "$email",
            "$phone",
        ] {
            registry.add(name);
        }
        registry
    }
}

impl Registry {
    /// The number of a name, if it was ever written.
    pub(crate) fn find(&self, name: &str) -> Option<PropId> {
        self.by_name.get(name).copied()
    }

    /// The number of a name that changes bring, if it was ever written.
    pub(crate) fn find_own(&self, name: OwnName) -> Option<PropId> {
        match name {
            OwnName::Created => self.own.created,
            OwnName::LastSeen => self.own.last_seen,
            OwnName::Sessions => self.own.sessions,
        }
    }

    /// The numbers of the parts of an event, in the order of [`EventPart::ALL`](property::EventPart::ALL), of those that were
    /// ever written.
    pub(crate) fn find_event(&self, id: u64) -> [Option<PropId>; 3] {
        self.own.events.get(&id).copied().unwrap_or_default()
    }

    /// The name of a number.
    pub(crate) fn name(&self, prop: PropId) -> &str {
        self.names.get(prop.index()).map_or("", Name::as_str)
    }

    /// The name of a number, to keep.
    pub(crate) fn shared_name(&self, prop: PropId) -> Option<&Name> {
        self.names.get(prop.index())
    }

    fn add(&mut self, name: &str) -> PropId {
        let prop = PropId(u32::try_from(self.names.len()).expect("names are bounded far below 2^32"));
        self.own.add(name, prop);
        let name = Name::from(name);
        self.names.push(name.clone());
        self.by_name.insert(name, prop);
        prop
    }

    /// The number of a name, new if need be. Whether there is [room](Self::room_for) for a new one
    /// was asked before.
    pub(crate) fn number(this: &mut Arc<Self>, name: &str) -> PropId {
        match this.find(name) {
            Some(prop) => prop,
            None => Arc::make_mut(this).add(name),
        }
    }

    /// Whether `new` more names may get numbers.
    pub(crate) fn room_for(&self, new: usize, limit: usize) -> Result<(), Error> {
        if new == 0 || self.names.len() + new <= limit { Ok(()) } else { Err(too_many(limit)) }
    }

    /// Whether each of `names`, no two of which are equal, has a number or may get one.
    pub(crate) fn room_for_names<'n>(
        &self,
        names: impl ExactSizeIterator<Item = &'n str>,
        limit: usize,
    ) -> Result<(), Error> {
        if self.names.len() + names.len() <= limit {
            return Ok(());
        }
        self.room_for(names.filter(|name| self.find(name).is_none()).count(), limit)
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        let names: usize = self.names.iter().map(|name| name.len() + 16).sum();
        let events = self.own.events.capacity() * (size_of::<(u64, [Option<PropId>; 3])>() + 1);
        names + self.names.capacity() * size_of::<Name>() + self.by_name.capacity() * 25 + events
    }
}

/// The error of a write that brings more names than the index may hold.
pub(crate) fn too_many(limit: usize) -> Error {
    Error::new(
        ErrorKind::Full,
        "too_many_properties",
        format!(
            "the index holds {limit} property names, its limit; remove data that stands in names or raise the limit"
        ),
    )
}
