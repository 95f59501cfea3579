//! The property names of a batch, each held once, and which of them the present line has used.

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashSet, HashTable};
use std::hash::BuildHasher;

/// Names by number and numbers by name.
#[derive(Debug, Default)]
pub(super) struct Names {
    list: Vec<String>,
    /// Indices into `list`, by the hash of the name.
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// For each name, the pass that used it last.
    used: Vec<u64>,
    /// Names of the present line whose value is absent: not in `list` on their account.
    absent: HashSet<Box<str>>,
    /// Counts the readings of lines; each begins with no name used.
    pass: u64,
    /// `list.len()` when the pass began.
    mark: usize,
}

impl Names {
    /// Begins to read a line.
    pub(super) fn begin(&mut self) {
        self.pass += 1;
        self.mark = self.list.len();
        self.absent.clear();
    }

    /// Forgets the names that the present line brought.
    pub(super) fn undo(&mut self) {
        for index in self.mark..self.list.len() {
            let hash = self.hasher.hash_one(self.list[index].as_str());
            if let Ok(entry) = self.table.find_entry(hash, |&i| i as usize == index) {
                entry.remove();
            }
        }
        self.list.truncate(self.mark);
        self.used.truncate(self.mark);
    }

    /// The number of a name, if the batch has it.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        self.table.find(hash, |&i| self.list[i as usize] == name).copied()
    }

    /// Whether the present line has had the name before; `known` is what [`Names::find`] said.
    pub(super) fn is_used(&self, name: &str, known: Option<u32>) -> bool {
        known.is_some_and(|i| self.used[i as usize] == self.pass)
            || (!self.absent.is_empty() && self.absent.contains(name))
    }

    /// Marks the name as used by the present line, without a value.
    pub(super) fn use_absent(&mut self, name: &str) {
        self.absent.insert(name.into());
    }

    /// Marks the name as used by the present line; its number. `known` is what [`Names::find`]
    /// said.
    pub(super) fn use_value(&mut self, name: &str, known: Option<u32>) -> u32 {
        let index = known.unwrap_or_else(|| self.add(name));
        self.used[index as usize] = self.pass;
        index
    }

    fn add(&mut self, name: &str) -> u32 {
        let index = u32::try_from(self.list.len()).expect("a batch of lines holds fewer names than bytes");
        let hash = self.hasher.hash_one(name);
        let (list, hasher) = (&self.list, &self.hasher);
        let same = |&i: &u32| list[i as usize] == name;
        if let Entry::Vacant(entry) = self.table.entry(hash, same, |&i| hasher.hash_one(list[i as usize].as_str())) {
            entry.insert(index);
        }
        self.list.push(name.to_owned());
        self.used.push(0);
        index
    }

    /// The names, by number.
    pub(super) fn into_list(self) -> Vec<String> {
        self.list
    }
}
