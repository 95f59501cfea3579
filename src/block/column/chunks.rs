//! Pieces of a column in groups: a write copies the pointers of one group and of the groups, not of
//! all pieces, and settling looks at the pieces that were written to.

use std::sync::Arc;

/// Pieces in a group. A full block has 64 chunks, so 8 groups of 8: the fewest pointers to copy.
const GROUP: usize = 8;

type Group<T> = [Option<Arc<T>>; GROUP];

/// A piece for each run of rows, at most 64; `None` where no row has a value.
#[derive(Debug, Clone)]
pub(crate) struct Chunks<T> {
    groups: Box<[Arc<Group<T>>]>,
    /// A bit for each piece that was written to since they were last asked for.
    written: u64,
}

impl<T> Chunks<T> {
    /// Room for `count` pieces.
    pub(crate) fn new(count: usize) -> Self {
        debug_assert!(count <= 64, "a bit for each piece");
        let group = || Arc::new([const { None }; GROUP]);
        Self { groups: std::iter::repeat_with(group).take(count.div_ceil(GROUP)).collect(), written: 0 }
    }

    /// The piece `at`.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<&Arc<T>> {
        self.groups[at / GROUP][at % GROUP].as_ref()
    }

    /// The piece `at`, for writing.
    pub(crate) fn slot(&mut self, at: usize) -> &mut Option<Arc<T>> {
        self.written |= 1 << at;
        &mut Arc::make_mut(&mut self.groups[at / GROUP])[at % GROUP]
    }

    /// All pieces in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Option<&Arc<T>>> {
        self.groups.iter().flat_map(|group| group.iter().map(Option::as_ref))
    }

    /// All pieces in order, for writing.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Option<Arc<T>>> {
        self.groups.iter_mut().flat_map(|group| Arc::make_mut(group).iter_mut())
    }

    /// Calls `f` with each piece that was written to since the last time.
    pub(crate) fn for_each_written(&mut self, mut f: impl FnMut(&mut Option<Arc<T>>)) {
        let mut left = std::mem::take(&mut self.written);
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            f(&mut Arc::make_mut(&mut self.groups[at / GROUP])[at % GROUP]);
            left &= left - 1;
        }
    }

    /// Bytes of the pointers, without those of the groups that `newer` holds too.
    pub(crate) fn heap_bytes(&self, newer: Option<&Self>) -> usize {
        let shared = |at: usize| {
            newer.and_then(|newer| newer.groups.get(at)).is_some_and(|other| Arc::ptr_eq(other, &self.groups[at]))
        };
        let own = (0..self.groups.len()).filter(|&at| !shared(at)).count();
        self.groups.len() * size_of::<usize>() + own * (GROUP * size_of::<usize>() + 16)
    }
}
