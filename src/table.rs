//! A table that copies little when one entry changes: entries in nodes of 64, nodes in one list.
//!
//! A snapshot holds a table by one pointer. Changing an entry of a shared table copies its node
//! and the list of nodes, not the other entries: a block with thousands of properties and an
//! index with thousands of blocks pay for what they touch.

use triomphe::Arc;

const NODE: usize = 64;

/// Bytes of the counter that stands in front of whatever is shared.
pub(crate) const COUNT: usize = size_of::<usize>();

/// Bytes of a list that is shared, without its entries.
const NODE_BYTES: usize = COUNT + size_of::<Vec<()>>();

/// A piece and what a newer state has in its place, unless that is the same piece.
pub(crate) fn unshared<'p, T>(piece: &'p Arc<T>, newer: Option<&'p Arc<T>>) -> Option<(&'p T, Option<&'p T>)> {
    let shared = newer.is_some_and(|newer| Arc::ptr_eq(piece, newer));
    (!shared).then_some((&**piece, newer.map(|newer| &**newer)))
}

/// The bytes of a piece; none if a newer state has the same piece in its place.
pub(crate) fn unless_shared<T>(piece: &Arc<T>, newer: Option<&Arc<T>>, bytes: impl FnOnce(&T) -> usize) -> usize {
    unshared(piece, newer).map_or(0, |(piece, _)| bytes(piece))
}

/// Makes a pointer the same as a newer one. Often it is, and then nothing is counted.
pub(crate) fn share<T>(own: &mut Arc<T>, newer: &Arc<T>) {
    if !Arc::ptr_eq(own, newer) {
        own.clone_from(newer);
    }
}

/// Makes something shared the same as a newer one: by `follow` if nobody else has it.
pub(crate) fn follow_shared<T>(own: &mut Arc<T>, newer: &Arc<T>, follow: impl FnOnce(&mut T, &T)) {
    if !Arc::ptr_eq(own, newer) {
        match Arc::get_mut(own) {
            Some(own) => follow(own, newer),
            None => own.clone_from(newer),
        }
    }
}

/// Entries by number, copied on write.
#[derive(Debug, Clone)]
pub(crate) struct Table<T> {
    nodes: Arc<Vec<Arc<Vec<T>>>>,
    len: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { nodes: Arc::new(Vec::new()), len: 0 }
    }
}

impl<T: Clone> Table<T> {
    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The entry `at`, if there is one.
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.nodes.get(at / NODE)?.get(at % NODE)
    }

    /// The entry `at` for writing, if there is one.
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let node = Arc::make_mut(&mut self.nodes).get_mut(at / NODE)?;
        Arc::make_mut(node).get_mut(at % NODE)
    }

    /// Adds an entry at the end.
    pub(crate) fn push(&mut self, entry: T) {
        let nodes = Arc::make_mut(&mut self.nodes);
        if self.len.is_multiple_of(NODE) {
            nodes.push(Arc::new(Vec::with_capacity(4)));
        }
        if let Some(node) = nodes.last_mut() {
            Arc::make_mut(node).push(entry);
            self.len += 1;
        }
    }

    /// All entries in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.nodes.iter().flat_map(|node| node.iter())
    }

    /// The entries in nodes that `newer` does not hold: number, entry, and the entry that `newer` has under
    /// that number. O(nodes), and what they hold.
    pub(crate) fn unshared<'t>(
        &'t self,
        newer: Option<&'t Self>,
    ) -> impl Iterator<Item = (usize, &'t T, Option<&'t T>)> {
        let nodes = self.nodes.iter().enumerate().filter_map(move |(at, node)| {
            let (node, newer) = unshared(node, newer.and_then(|newer| newer.nodes.get(at)))?;
            Some((at * NODE, node, newer))
        });
        nodes.flat_map(|(first, node, newer)| {
            let entries = node.iter().enumerate();
            entries.map(move |(at, entry)| (first + at, entry, newer.and_then(|newer| newer.get(at))))
        })
    }

    /// Bytes of the table itself, without what its entries point to, and without the nodes that
    /// `newer` holds too.
    pub(crate) fn heap_bytes(&self, newer: Option<&Self>) -> usize {
        unless_shared(&self.nodes, newer.map(|newer| &newer.nodes), |nodes| {
            let own = nodes.capacity() * size_of::<usize>() + NODE_BYTES;
            let bytes = |node: &Vec<T>| node.capacity() * size_of::<T>() + NODE_BYTES;
            let others = |at: usize| newer.and_then(|newer| newer.nodes.get(at));
            own + nodes.iter().enumerate().map(|(at, node)| unless_shared(node, others(at), bytes)).sum::<usize>()
        })
    }
}

impl<T: Clone + Default> Table<T> {
    /// The entry `at` for writing; the table grows to hold it.
    pub(crate) fn entry(&mut self, at: usize) -> &mut T {
        while self.len <= at {
            self.push(T::default());
        }
        self.get_mut(at).expect("the table was just grown to hold the entry")
    }
}
