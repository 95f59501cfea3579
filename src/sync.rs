//! The one switch between the real locks and a schedule tester's.

pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard, RwLock};
