//! The overlay of a draft: each property that a call touches, once, in the order of first touch.
//!
//! The reserved names have slots like any other: they are written in other ways, but mentioned,
//! compared and merged in the same one.

use std::borrow::Cow;
use std::ops::{Index, IndexMut};

use hashbrown::HashTable;
use smallvec::SmallVec;

use crate::block::column::dict::hash_text;
use crate::id::PropId;
use crate::value::Value;

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

/// One property of a draft.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) name: Cow<'static, str>,
    /// Its number; `None` while the index does not know the name.
    pub(super) prop: Option<PropId>,
    pub(super) now: Now,
    /// Whether a change named it.
    mentioned: bool,
    /// Whether one of those that named it was not ignored.
    pub(super) taken: bool,
    /// Whether its value differs from the state's; known once the draft is finished.
    pub(super) differs: bool,
}

/// The slots of a draft, by number and by name.
#[derive(Debug, Default)]
pub(super) struct Slots {
    list: SmallVec<[Slot; 4]>,
    /// All slots by name, if there are more than a few.
    by_name: HashTable<usize>,
    /// Slots in the order in which changes first named them.
    mentions: SmallVec<[usize; 4]>,
}

impl Slots {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The slot of a name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        if self.list.len() <= FEW {
            return self.list.iter().position(|slot| slot.name == name);
        }
        self.by_name.find(hash_text(name), |&at| self.list[at].name == name).copied()
    }

    /// Adds the slot of a name that has none.
    pub(super) fn add(&mut self, name: Cow<'static, str>, prop: Option<PropId>) -> usize {
        let at = self.list.len();
        self.list.push(Slot { name, prop, now: Now::Stored, mentioned: false, taken: false, differs: false });
        if at >= FEW {
            let Self { list, by_name, .. } = self;
            let from = if at == FEW { 0 } else { at };
            for at in from..=at {
                by_name.insert_unique(hash_text(&list[at].name), at, |&at| hash_text(&list[at].name));
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

    /// The names that changes named and were not ignored for, in order of first mention: those whose
    /// values differ, and the others.
    pub(super) fn into_names(mut self) -> (Vec<String>, Vec<String>) {
        let (mut affected, mut not_changed) = (Vec::with_capacity(self.mentions.len()), Vec::new());
        for at in self.mentions {
            let slot = &mut self.list[at];
            if slot.taken {
                let list = if slot.differs { &mut affected } else { &mut not_changed };
                list.push(std::mem::take(&mut slot.name).into_owned());
            }
        }
        (affected, not_changed)
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
