//! The overlay of a draft: each property that a call touches, once, in the order of first touch.
//!
//! The reserved names have slots like any other: they are written in other ways, but mentioned,
//! compared and merged in the same one.

use std::ops::{Index, IndexMut};

use hashbrown::HashTable;
use smallvec::SmallVec;

use crate::block::column::dict::hash_text;
use crate::datetime::DateTime;
use crate::id::PropId;
use crate::registry::Registry;
use crate::value::{Value, ValueRef};

/// Up to so many slots are found by going through them, more by hash: nearly every call is short,
/// and one of thousands of changes must not compare each name with every other.
const FEW: usize = 16;

/// What a slot says of its property.
#[derive(Debug)]
pub(super) enum Now {
    /// It is as the state has it.
    Stored,
    /// It is unknown.
    Gone,
    /// It has this value.
    Value(Value),
}

/// What the state has, as far as a slot remembers: a number is kept where it was read once, because
/// the state lies far from the processor and the slot does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Was {
    /// Nobody has asked.
    Unread,
    /// No value.
    Unknown,
    Number(i64),
    DateTime(DateTime),
    /// A value of another type.
    Other,
}

impl Was {
    /// What is remembered of a stored value.
    pub(super) fn of(stored: Option<ValueRef<'_>>) -> Self {
        match stored {
            None => Self::Unknown,
            Some(ValueRef::Number(n)) => Self::Number(n),
            Some(ValueRef::DateTime(t)) => Self::DateTime(t),
            Some(_) => Self::Other,
        }
    }

    /// The stored value; `read` fetches what is not remembered.
    pub(super) fn value<'v>(self, read: impl FnOnce() -> Option<ValueRef<'v>>) -> Option<ValueRef<'v>> {
        match self {
            Self::Unread | Self::Other => read(),
            Self::Unknown => None,
            Self::Number(n) => Some(ValueRef::Number(n)),
            Self::DateTime(t) => Some(ValueRef::DateTime(t)),
        }
    }
}

/// A property as a change names it.
#[derive(Debug)]
pub(super) enum Named {
    /// The index knows it.
    Known(PropId),
    /// It does not, so far.
    New(String),
}

impl Named {
    /// The property with this name.
    pub(super) fn new(name: impl AsRef<str> + Into<String>, props: &Registry) -> Self {
        props.find(name.as_ref()).map_or_else(|| Self::New(name.into()), Self::Known)
    }
}

/// One property of a draft.
#[derive(Debug)]
pub(super) struct Slot {
    /// Its number; `None` while the index does not know the name.
    pub(super) prop: Option<PropId>,
    /// Its name, while it has no number.
    pub(super) new_name: String,
    pub(super) was: Was,
    pub(super) now: Now,
    /// Whether a change named it.
    mentioned: bool,
    /// Whether one of those that named it was not ignored.
    pub(super) taken: bool,
    /// Whether its value differs from the state's; known once the draft is finished.
    pub(super) differs: bool,
}

impl Slot {
    fn new(named: Named) -> Self {
        let (prop, new_name) = match named {
            Named::Known(prop) => (Some(prop), String::new()),
            Named::New(name) => (None, name),
        };
        Self { prop, new_name, was: Was::Unread, now: Now::Stored, mentioned: false, taken: false, differs: false }
    }

    /// Whether it is the slot of this property.
    fn is(&self, named: &Named) -> bool {
        match named {
            Named::Known(prop) => self.prop == Some(*prop),
            Named::New(name) => self.prop.is_none() && self.new_name == *name,
        }
    }

    /// The property's name.
    pub(super) fn name<'n>(&'n self, props: &'n Registry) -> &'n str {
        self.prop.map_or(&self.new_name, |prop| props.name(prop))
    }

    fn hash(&self) -> u64 {
        self.prop.map_or_else(|| hash_text(&self.new_name), hash_prop)
    }
}

/// Numbers follow each other: spread over all bits, as a hash table wants them.
fn hash_prop(prop: PropId) -> u64 {
    u64::from(prop.0).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// The slots of a draft, by number and by name.
#[derive(Debug, Default)]
pub(super) struct Slots {
    list: SmallVec<[Slot; 4]>,
    /// All slots by property, if there are more than a few.
    by_hash: HashTable<usize>,
    /// Slots in the order in which changes first named them.
    mentions: SmallVec<[usize; 6]>,
}

impl Slots {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Forgets all slots.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.by_hash.clear();
        self.mentions.clear();
    }

    /// The slot of a property.
    pub(super) fn find(&self, named: &Named) -> Option<usize> {
        if self.list.len() <= FEW {
            return self.list.iter().position(|slot| slot.is(named));
        }
        let hash = match named {
            Named::Known(prop) => hash_prop(*prop),
            Named::New(name) => hash_text(name),
        };
        self.by_hash.find(hash, |&at| self.list[at].is(named)).copied()
    }

    /// The slot of a property, new if it has none.
    pub(super) fn find_or_add(&mut self, named: Named) -> usize {
        if let Some(at) = self.find(&named) {
            return at;
        }
        let at = self.list.len();
        self.list.push(Slot::new(named));
        if at >= FEW {
            let Self { list, by_hash, .. } = self;
            let from = if at == FEW { 0 } else { at };
            for at in from..=at {
                by_hash.insert_unique(list[at].hash(), at, |&at| list[at].hash());
            }
        }
        at
    }

    /// Notes that a change names the slot.
    pub(super) fn mention(&mut self, at: usize) {
        let slot = &mut self.list[at];
        if !slot.mentioned {
            slot.mentioned = true;
            self.mentions.push(at);
        }
    }

    /// All slots.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Slot> {
        self.list.iter()
    }

    /// All slots, for writing.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.list.iter_mut()
    }

    /// The slots that changes named and were not ignored for, in order of first mention.
    pub(super) fn taken(&self) -> impl Iterator<Item = &Slot> {
        self.mentions.iter().map(|&at| &self.list[at]).filter(|slot| slot.taken)
    }
}

impl Index<usize> for Slots {
    type Output = Slot;

    fn index(&self, at: usize) -> &Slot {
        &self.list[at]
    }
}

impl IndexMut<usize> for Slots {
    fn index_mut(&mut self, at: usize) -> &mut Slot {
        &mut self.list[at]
    }
}
