//! Names of events and their numbers.

use std::collections::HashMap;
use std::sync::Arc;

/// Event names by number and numbers by name. A name gets its number when it first happens.
#[derive(Debug, Clone, Default)]
pub(crate) struct Events {
    by_name: HashMap<Arc<str>, u64>,
    by_id: HashMap<u64, Arc<str>>,
    /// No number below is free.
    next: u64,
}

impl Events {
    /// The number of a name, if it ever happened.
    pub(crate) fn find(&self, name: &str) -> Option<u64> {
        self.by_name.get(name).copied()
    }

    /// The least number from `from` on that has no name and is not `taken` by properties either.
    pub(crate) fn free_id(&self, from: u64, taken: impl Fn(u64) -> bool) -> u64 {
        (self.next.max(from)..).find(|id| !self.by_id.contains_key(id) && !taken(*id)).unwrap_or(u64::MAX)
    }

    /// Gives a name its number, which must be free.
    pub(crate) fn add(&mut self, name: &str, id: u64) {
        let name: Arc<str> = name.into();
        self.by_name.insert(name.clone(), id);
        self.by_id.insert(id, name);
        self.next = id + 1;
    }

    /// How many names there are.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Every number and name, by number.
    pub(crate) fn list(&self) -> Vec<(u64, String)> {
        let mut list: Vec<(u64, String)> = self.by_id.iter().map(|(id, name)| (*id, name.to_string())).collect();
        list.sort_unstable();
        list
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        let names: usize = self.by_name.keys().map(|name| name.len() + 16).sum();
        names + (self.by_name.capacity() + self.by_id.capacity()) * 25
    }
}
