//! Double buffering: how a piece that is written to in every batch is written to without being copied.
//!
//! A published piece never changes, so what is written goes to another one. Of a piece that was written to
//! before there are two: the one that is published, and the one before it, which lacks a few writes and
//! which, once no snapshot holds it, nobody will ever read again. These writes are made to it, too, and
//! it is the next one. As a rule nothing is allocated, nothing is freed, and of thousands of values a few
//! are touched. If a snapshot does hold it, or there is none, the piece is copied as a whole.

use smallvec::SmallVec;
use triomphe::Arc;

use crate::sync::Mutex;
use crate::table::COUNT;

/// Integers of rows that can be brought up to date.
pub(super) trait Follow: Clone {
    /// Sets the integer of a row; whether it had none.
    fn set(&mut self, row: u16, value: i64) -> bool;

    /// Takes everything over from a newer version.
    fn follow(&mut self, newer: &Self);

    /// Takes over what does not follow from the integers of the rows, which are the same already.
    fn follow_beside(&mut self, newer: &Self);
}

/// So many writes are noted to be made again; of more, everything is taken over.
const NOTED: usize = 32;

/// A shared value, copied on write, with its former version at hand.
#[derive(Debug)]
pub(super) struct Double<T>(Arc<Version<T>>);

/// The pointer's count and what stands in front of the value are read together.
#[derive(Debug)]
#[repr(C)]
struct Version<T> {
    /// The version that this one was made after, for the writer to take.
    former: Mutex<Option<Arc<Version<T>>>>,
    /// The writes since then, in order: what the former lacks. If there are more than [`NOTED`], they are
    /// not all.
    writes: SmallVec<[(u16, i64); 4]>,
    value: T,
}

impl<T> Clone for Double<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> std::ops::Deref for Double<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T> Version<T> {
    fn new(value: T) -> Self {
        Self { former: Mutex::new(None), writes: SmallVec::new(), value }
    }

    fn bytes(&self, of: impl Fn(&T) -> usize) -> usize {
        let writes = if self.writes.spilled() { self.writes.capacity() * size_of::<(u16, i64)>() } else { 0 };
        of(&self.value) + writes + size_of::<Self>() + COUNT
    }
}

impl<T> Double<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Arc::new(Version::new(value)))
    }

    /// Whether a newer one holds this version: as its own, or as the former one.
    pub(super) fn is_held_by(&self, newer: &Self) -> bool {
        let is_own = |version| Arc::ptr_eq(&self.0, version);
        is_own(&newer.0) || newer.0.former.lock().as_ref().is_some_and(is_own)
    }

    /// Reads what a write begins with: the count, and whatever `read` reads of the value.
    pub(super) fn touch(&self, read: impl Fn(&T) -> i64) -> i64 {
        read(&self.0.value) ^ i64::from(self.0.is_unique())
    }

    /// Frees the former version; the next write copies the whole value.
    pub(super) fn release(&self) {
        drop(self.0.former.lock().take());
    }

    /// Bytes of the version and of the former one.
    pub(super) fn heap_bytes(&self, of: impl Fn(&T) -> usize) -> usize {
        self.0.bytes(&of) + self.0.former.lock().as_ref().map_or(0, |former| former.bytes(&of))
    }
}

impl<T: Follow> Double<T> {
    /// Sets the integer of a row; whether it had none.
    pub(super) fn set(&mut self, row: u16, value: i64) -> bool {
        let version = self.open();
        if version.former.get_mut().is_some() && version.writes.len() <= NOTED {
            version.writes.push((row, value));
        }
        version.value.set(row, value)
    }

    /// The value, to write to what does not follow from the integers of the rows.
    pub(super) fn write_beside(&mut self) -> &mut T {
        &mut self.open().value
    }

    /// The value, to write anything. Nothing of what it was stays at hand.
    pub(super) fn write_anew(&mut self) -> &mut T {
        if !self.0.is_unique() {
            self.0 = Arc::new(Version::new(self.0.value.clone()));
        }
        let version = unique(&mut self.0);
        *version.former.get_mut() = None;
        version.writes = SmallVec::new();
        &mut version.value
    }

    /// A version that nobody else has.
    fn open(&mut self) -> &mut Version<T> {
        if !self.0.is_unique() {
            let next = self.take_former().unwrap_or_else(|| Arc::new(Version::new(self.0.value.clone())));
            let current = std::mem::replace(&mut self.0, next);
            *unique(&mut self.0).former.get_mut() = Some(current);
        }
        unique(&mut self.0)
    }

    /// The former version, brought up to date, unless a snapshot holds it.
    fn take_former(&self) -> Option<Arc<Version<T>>> {
        let mut former = self.0.former.lock().take()?;
        let version = Arc::get_mut(&mut former)?;
        let writes = &self.0.writes;
        if writes.len() > NOTED {
            version.value.follow(&self.0.value);
        } else {
            for &(row, value) in writes {
                version.value.set(row, value);
            }
            version.value.follow_beside(&self.0.value);
        }
        version.writes.clear();
        Some(former)
    }
}

/// What a pointer that nobody else has points to.
fn unique<T>(pointer: &mut Arc<T>) -> &mut T {
    Arc::get_mut(pointer).expect("nobody else has the pointer")
}
