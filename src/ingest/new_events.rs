//! The events that a draft brings to the index.

use hashbrown::HashTable;

use crate::block::column::dict::hash_text;

/// Names of events that are new to the index, with their numbers, which ascend. Found by hash: a call of
/// thousands must not compare each name with every other.
#[derive(Debug, Default)]
pub(super) struct NewEvents {
    list: Vec<(String, u64)>,
    by_name: HashTable<usize>,
}

impl NewEvents {
    /// The number of a name, if the draft has it.
    pub(super) fn find(&self, name: &str) -> Option<u64> {
        if self.list.is_empty() {
            return None;
        }
        let at = self.by_name.find(hash_text(name), |&at| self.list[at].0 == name)?;
        Some(self.list[*at].1)
    }

    /// Adds a name that the draft does not have; the number is not below [`next`](NewEvents::next).
    pub(super) fn add(&mut self, name: String, id: u64) {
        let Self { list, by_name } = self;
        by_name.insert_unique(hash_text(&name), list.len(), |&at| hash_text(&list[at].0));
        list.push((name, id));
    }

    /// Forgets all names.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.by_name.clear();
    }

    /// No number below is free.
    pub(super) fn next(&self) -> u64 {
        self.list.last().map_or(1, |(_, id)| id + 1)
    }

    /// How many names there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is no name.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Every name and number, by number.
    pub(super) fn list(&self) -> &[(String, u64)] {
        &self.list
    }
}
