//! The points in time that cursors of clients go on from.
//!
//! A page with a cursor comes from the same snapshot as the page before. Snapshots hold on to
//! memory, and clients go away without a word; so there are only so many, and each lasts only as
//! long as somebody asks for pages of it.

use std::time::{Duration, Instant};

use crate::sync::Mutex;
use crate::{Cursor, Snapshot};

/// Most points in time held for clients, unless [`App::cursors`](super::App::cursors) says otherwise.
pub(super) const CURSORS: usize = 64;
/// How long one is held after it was last asked, unless [`App::cursors`](super::App::cursors) says
/// otherwise: a client that pages by hand reads a page in the meantime.
pub(super) const CURSOR_UNUSED: Duration = Duration::from_secs(120);

/// The snapshots held for clients that page with a cursor.
pub(super) struct Cursors {
    most: usize,
    unused: Duration,
    held: Mutex<Vec<Held>>,
}

/// A snapshot, for every client that started at its publication: a cursor knows its moment itself.
struct Held {
    snapshot: Snapshot,
    used: Instant,
    /// Clients that started and have not come to the end, as far as can be told: one that asks
    /// for the last page twice ends twice. It only decides who gives way.
    open: usize,
}

/// Why there is no snapshot for a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// It is no cursor, or none of ours.
    Invalid,
    /// Its point in time is not held any more.
    Expired,
}

impl Lost {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid_cursor",
            Self::Expired => "cursor_expired",
        }
    }

    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Invalid => "this is no cursor of an answer's next_cursor; start again with an empty one",
            Self::Expired => "the point in time of this cursor is not kept any more; start again with an empty one",
        }
    }
}

impl Cursors {
    pub(super) fn new(most: usize, unused: Duration) -> Self {
        Self { most, unused, held: Mutex::new(Vec::new()) }
    }

    /// Reads a cursor of the index that `newest` is of, and finds the snapshot that it goes on from.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(super) fn find(&self, text: &str, newest: &Snapshot) -> Result<(Cursor, Snapshot), Lost> {
        let cursor: Cursor = text.parse().map_err(|_| Lost::Invalid)?;
        // Before anything is looked for: a made-up cursor is not told what is held.
        if !cursor.is_of(newest.shared.number) {
            return Err(Lost::Invalid);
        }
        let snapshot = self.find_at(cursor.version, Instant::now()).ok_or(Lost::Expired)?;
        Ok((cursor, snapshot))
    }

    /// Holds a snapshot for a client that starts; whether there was room.
    pub(super) fn start(&self, snapshot: &Snapshot) -> bool {
        self.start_at(snapshot, Instant::now())
    }

    /// Notes that a client has come to the end: unless others go on from the snapshot, it gives way when
    /// room is needed.
    pub(super) fn finish(&self, snapshot: &Snapshot) {
        if let Some(held) = of_version(&mut self.held.lock(), snapshot.version()) {
            held.open = held.open.saturating_sub(1);
        }
    }

    fn find_at(&self, version: u64, at: Instant) -> Option<Snapshot> {
        let mut held = self.held.lock();
        let expired = self.sweep(&mut held, at);
        let snapshot = of_version(&mut held, version).map(|held| {
            held.used = at;
            held.snapshot.clone()
        });
        // To free what only an old snapshot still holds may take a while: not under the lock.
        drop(held);
        drop(expired);
        snapshot
    }

    fn start_at(&self, snapshot: &Snapshot, at: Instant) -> bool {
        let mut held = self.held.lock();
        let mut gone = self.sweep(&mut held, at);
        if let Some(same) = of_version(&mut held, snapshot.version()) {
            same.used = at;
            same.open += 1;
        } else {
            if held.len() >= self.most {
                let finished = (0..held.len()).filter(|&i| held[i].open == 0).min_by_key(|&i| held[i].used);
                gone.extend(finished.map(|i| held.swap_remove(i)));
            }
            if held.len() >= self.most {
                return false;
            }
            held.push(Held { snapshot: snapshot.clone(), used: at, open: 1 });
        }
        drop(held);
        drop(gone);
        true
    }

    /// Takes out what nobody has asked for long enough.
    fn sweep(&self, held: &mut Vec<Held>, at: Instant) -> Vec<Held> {
        held.extract_if(.., |held| at.saturating_duration_since(held.used) >= self.unused).collect()
    }
}

fn of_version(held: &mut [Held], version: u64) -> Option<&mut Held> {
    held.iter_mut().find(|held| held.snapshot.version() == version)
}

#[cfg(test)]
mod tests {
    use super::Cursors;
    use crate::{Lead, LeadIndex, Snapshot};
    use std::time::{Duration, Instant};

    const UNUSED: Duration = Duration::from_secs(120);

    /// Snapshots of different points in time.
    fn snapshots<const N: usize>() -> [Snapshot; N] {
        let index = LeadIndex::new();
        std::array::from_fn(|i| {
            index.insert(Lead::new(i as u64 + 1)).expect("a new lead");
            index.snapshot()
        })
    }

    fn is_held(cursors: &Cursors, snapshot: &Snapshot, at: Instant) -> bool {
        let found = cursors.find_at(snapshot.version(), at);
        assert!(found.as_ref().is_none_or(|found| found.version() == snapshot.version()));
        found.is_some()
    }

    #[test]
    fn a_snapshot_expires_when_it_is_not_used() {
        let cursors = Cursors::new(4, UNUSED);
        let [first, second] = snapshots();
        let start = Instant::now();
        assert!(cursors.start_at(&first, start));
        let later = start + UNUSED - Duration::from_nanos(1);
        assert!(cursors.start_at(&second, start));
        assert!(is_held(&cursors, &first, later));
        // The use counts: from there it lasts as long again.
        assert!(!is_held(&cursors, &second, start + UNUSED));
        assert!(is_held(&cursors, &first, start + UNUSED));
        assert!(!is_held(&cursors, &first, start + UNUSED * 2));
        assert!(cursors.held.lock().is_empty());
    }

    #[test]
    fn there_are_only_so_many_and_finished_ones_give_way_first() {
        let cursors = Cursors::new(2, UNUSED);
        let [first, second, third, fourth] = snapshots();
        let start = Instant::now();
        assert!(cursors.start_at(&first, start) && cursors.start_at(&second, start));
        assert!(!cursors.start_at(&third, start));
        // Of equal points in time there is one, however many start there.
        assert!(cursors.start_at(&second, start));
        cursors.finish(&second);
        assert!(!cursors.start_at(&third, start));
        cursors.finish(&second);
        assert!(is_held(&cursors, &second, start), "until room is needed, its last page may be asked for again");
        assert!(cursors.start_at(&third, start));
        assert!(is_held(&cursors, &first, start) && !is_held(&cursors, &second, start));
        // And expired ones make room by themselves.
        assert!(!cursors.start_at(&fourth, start));
        assert!(cursors.start_at(&fourth, start + UNUSED));
        assert!(!is_held(&cursors, &first, start + UNUSED));
    }

    #[test]
    fn no_room_at_all_is_legal() {
        let cursors = Cursors::new(0, UNUSED);
        let [only] = snapshots();
        assert!(!cursors.start_at(&only, Instant::now()));
        cursors.finish(&only);
    }
}
