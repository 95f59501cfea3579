//! From a key to a row, as part of the state: a hash map in shards that are copied on write.
//!
//! An entry is only the row; its key is read back from the block, so the map takes about ten
//! bytes a lead. It grows by linear hashing, splitting one shard at a time: no write ever pays for
//! rehashing the whole.

use hashbrown::HashTable;
use triomphe::Arc;

use crate::id::RowId;
use crate::table::{Table, unless_shared};

/// Mean number of rows in a shard before another shard is split: what the first write of a new key copies,
/// some 8 KiB. With fewer the heads of a million rows' shards no longer lie in the nearer caches, and to find a
/// row means to wait for memory once more.
const SHARD_ROWS: usize = 1024;

/// Rows by the hash of their key.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowMap {
    shards: Table<Arc<HashTable<u32>>>,
    len: usize,
}

impl RowMap {
    fn shard(&self, hash: u64) -> usize {
        // The upper bits choose the shard, the table inside uses the others.
        let hash = usize::try_from(hash >> 24).unwrap_or(usize::MAX);
        let count = self.shards.len();
        let round = count.next_power_of_two();
        let at = hash & (round - 1);
        if at < count { at } else { at & (round / 2 - 1) }
    }

    /// How many rows.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The row with this hash for which `is` holds.
    pub(crate) fn find(&self, hash: u64, mut is: impl FnMut(RowId) -> bool) -> Option<RowId> {
        if self.len == 0 {
            return None;
        }
        self.shards.get(self.shard(hash))?.find(hash, |&row| is(RowId(row))).map(|&row| RowId(row))
    }

    /// Adds a row that is not in the map. `hash_of` tells the hash of a row that is.
    pub(crate) fn insert(&mut self, hash: u64, row: RowId, hash_of: impl Fn(RowId) -> u64) {
        if self.len >= self.shards.len() * SHARD_ROWS {
            self.grow(&hash_of);
        }
        let at = self.shard(hash);
        let shard = Arc::make_mut(self.shards.get_mut(at).expect("grown to have a shard"));
        shard.insert_unique(hash, row.0, |&row| hash_of(RowId(row)));
        self.len += 1;
    }

    /// Adds a shard and moves into it what now belongs there: the other half of one older shard.
    fn grow(&mut self, hash_of: &impl Fn(RowId) -> u64) {
        let new = self.shards.len();
        self.shards.push(Arc::default());
        if new == 0 {
            return;
        }
        let old = new & ((new + 1).next_power_of_two() / 2 - 1);
        let rows = std::mem::take(self.shards.get_mut(old).expect("an older shard"));
        for &row in rows.iter() {
            let hash = hash_of(RowId(row));
            let at = self.shard(hash);
            let shard = Arc::make_mut(self.shards.get_mut(at).expect("a shard"));
            shard.insert_unique(hash, row, |&row| hash_of(RowId(row)));
        }
    }

    /// Takes a row out; whether it was there.
    pub(crate) fn remove(&mut self, hash: u64, row: RowId) -> bool {
        if self.len == 0 {
            return false;
        }
        let at = self.shard(hash);
        let Some(shard) = self.shards.get_mut(at) else { return false };
        let Ok(entry) = Arc::make_mut(shard).find_entry(hash, |&other| other == row.0) else { return false };
        entry.remove();
        self.len -= 1;
        if self.len == 0 {
            *self = Self::default();
        }
        true
    }

    /// Bytes on the heap, without those of the shards that `newer` holds too.
    pub(crate) fn heap_bytes(&self, newer: Option<&Self>) -> usize {
        let table = self.shards.heap_bytes(newer.map(|newer| &newer.shards));
        let shards = self.shards.unshared(newer.map(|newer| &newer.shards));
        let bytes = |shard: &HashTable<u32>| shard.allocation_size() + 48;
        table + shards.map(|(_, shard, newer)| unless_shared(shard, newer, bytes)).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::RowMap;
    use crate::id::RowId;

    #[test]
    fn rows_are_found_again_while_the_map_grows_and_shrinks() {
        let hash = |row: RowId| u64::from(row.0).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut map = RowMap::default();
        for row in (0..20_000).map(RowId) {
            map.insert(hash(row), row, hash);
            assert_eq!(map.find(hash(row), |found| found == row), Some(row));
        }
        assert!((0..20_000).map(RowId).all(|row| map.find(hash(row), |found| found == row) == Some(row)));
        let before = map.clone();
        for row in (0..20_000).map(RowId) {
            assert!(map.remove(hash(row), row));
            assert_eq!(map.find(hash(row), |found| found == row), None);
        }
        assert_eq!((map.len(), before.len()), (0, 20_000));
        assert!(before.find(hash(RowId(77)), |found| found == RowId(77)).is_some());
    }
}
