//! Double buffering: how what is written to in every batch is written to without being copied.
//!
//! A published version never changes, so what is written goes to another one. Of what was written to before
//! there are two versions: the one that is published, and the one before it, which lacks what the last batch
//! wrote and which, once no snapshot holds it, nobody will ever read again. That is written to it, too, and
//! it becomes the next one. As a rule nothing is allocated, nothing is freed, and of thousands of values a
//! few are touched. If a snapshot does hold it, or there is none, the next one is a copy, which shares its
//! parts with the published one until they are written to.

use triomphe::Arc;

use crate::sync::Mutex;
use crate::table::{COUNT, unshared};

/// What there are versions of.
pub(crate) trait Follow: Clone {
    /// Makes this version, which lacks what `newer` notes as written, the same as that.
    fn follow(&mut self, newer: &Self);

    /// Forgets what is noted as written: the next version begins.
    fn begin(&mut self);
}

/// A shared value, copied on write, with its former version at hand.
#[derive(Debug)]
pub(crate) struct Double<T>(Arc<Version<T>>);

#[derive(Debug)]
struct Version<T> {
    /// The version that this one was made after, for the writer to take.
    former: Mutex<Former<T>>,
    value: T,
}

#[derive(Debug, Default)]
enum Former<T> {
    #[default]
    None,
    /// It lacks what was written since.
    Behind(Arc<Version<T>>),
    /// It was brought up to date.
    Level(Arc<Version<T>>),
}

impl<T> Former<T> {
    fn version(&self) -> Option<&Arc<Version<T>>> {
        match self {
            Self::None => None,
            Self::Behind(version) | Self::Level(version) => Some(version),
        }
    }

    fn is(&self, version: &Arc<Version<T>>) -> bool {
        self.version().is_some_and(|own| Arc::ptr_eq(own, version))
    }
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
    fn new(value: T) -> Arc<Self> {
        Arc::new(Self { former: Mutex::new(Former::None), value })
    }
}

impl<T> Double<T> {
    /// Bytes of a version besides its value.
    pub(crate) const BYTES: usize = size_of::<Version<T>>() - size_of::<T>() + COUNT;

    pub(crate) fn new(value: T) -> Self {
        Self(Version::new(value))
    }

    /// The value, and the one of a newer version, unless that is the same version or has this one at hand.
    pub(crate) fn unshared<'d>(&'d self, newer: Option<&'d Self>) -> Option<(&'d T, Option<&'d T>)> {
        if newer.is_some_and(|newer| newer.0.former.lock().is(&self.0)) {
            return None;
        }
        let (own, newer) = unshared(&self.0, newer.map(|newer| &newer.0))?;
        Some((&own.value, newer.map(|newer| &newer.value)))
    }

    /// Frees the former version; the next one will be a copy.
    pub(crate) fn release(&self) {
        drop(std::mem::take(&mut *self.0.former.lock()));
    }

    /// What `of` says of the former version, if there is one.
    pub(crate) fn of_former<R>(&self, of: impl FnOnce(&T) -> R) -> Option<R> {
        self.0.former.lock().version().map(|former| of(&former.value))
    }
}

impl<T: Follow> Double<T> {
    /// The value, to write to: a version that nobody else has.
    pub(crate) fn open(&mut self) -> &mut T {
        if !self.0.is_unique() {
            let next = self.next();
            let current = std::mem::replace(&mut self.0, next);
            *unique(&mut self.0).former.get_mut() = Former::Behind(current);
        }
        &mut unique(&mut self.0).value
    }

    /// The version to write to next.
    fn next(&self) -> Arc<Version<T>> {
        let former = std::mem::take(&mut *self.0.former.lock());
        let mut next = self.level(former).unwrap_or_else(|| Version::new(self.0.value.clone()));
        unique(&mut next).value.begin();
        next
    }

    /// Brings the former version up to date, so that nothing is at hand that the published one does not
    /// have; lets go of it if a snapshot holds it.
    pub(crate) fn bring_up(&self) {
        let mut former = self.0.former.lock();
        let level = self.level(std::mem::take(&mut *former));
        *former = level.map_or(Former::None, Former::Level);
    }

    /// What `check` says of the former version, brought up to date, if there is one. It is taken away meanwhile:
    /// a writer that wanted it does not wait, but makes a copy.
    pub(crate) fn check_former<R>(&self, check: impl FnOnce(&T) -> R) -> Option<R> {
        let former = std::mem::take(&mut *self.0.former.lock());
        let level = self.level(former)?;
        let said = check(&level.value);
        *self.0.former.lock() = Former::Level(level);
        Some(said)
    }

    /// The former version, brought up to date, unless a snapshot holds it.
    fn level(&self, former: Former<T>) -> Option<Arc<Version<T>>> {
        match former {
            Former::None => None,
            Former::Behind(version) | Former::Level(version) if !version.is_unique() => None,
            Former::Behind(mut version) => {
                let behind = unique(&mut version);
                // A check may have given it one back that nobody will ask for any more.
                *behind.former.get_mut() = Former::None;
                behind.value.follow(&self.0.value);
                Some(version)
            }
            Former::Level(version) => Some(version),
        }
    }
}

/// What a pointer that nobody else has points to.
fn unique<T>(pointer: &mut Arc<T>) -> &mut T {
    Arc::get_mut(pointer).expect("nobody else has the pointer")
}
