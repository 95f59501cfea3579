//! Which properties keep a sort order, under a memory budget.
//!
//! The first sort on a property gathers and selects; it marks the property as wanted, and a thread
//! builds the order aside, block by block, into the slots of the published snapshot. From then on
//! writers keep it. When all orders together outgrow the budget, the least recently used is dropped.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use smallvec::SmallVec;

use crate::id::PropId;
use crate::sync::Mutex;

/// Which properties keep an order, and when each was last used.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    kept: Mutex<HashMap<PropId, u64>>,
    uses: AtomicU64,
    /// Whether a thread is building orders aside.
    building: AtomicBool,
}

impl Orders {
    fn tick(&self) -> u64 {
        self.uses.fetch_add(1, Ordering::Relaxed)
    }

    /// Notes that an order is wanted from now on.
    pub(crate) fn keep(&self, prop: PropId) {
        let now = self.tick();
        self.kept.lock().insert(prop, now);
    }

    /// The same, and takes the right to build aside; `false` if another thread has it.
    pub(crate) fn want(&self, prop: PropId) -> bool {
        self.keep(prop);
        self.start_building()
    }

    /// Notes a use, where the order is kept. Skipped when another thread is at it: a use more or
    /// less does not matter, waiting would.
    pub(crate) fn touch(&self, prop: PropId) {
        let now = self.tick();
        if let Some(mut kept) = self.kept.try_lock()
            && let Some(last) = kept.get_mut(&prop)
        {
            *last = now;
        }
    }

    /// No longer keeps an order; whether it did.
    pub(crate) fn forget(&self, prop: PropId) -> bool {
        self.kept.lock().remove(&prop).is_some()
    }

    /// The properties that keep an order, least recently used first.
    pub(crate) fn by_use(&self) -> Vec<PropId> {
        let mut kept: Vec<(u64, PropId)> = self.kept.lock().iter().map(|(prop, last)| (*last, *prop)).collect();
        kept.sort_unstable();
        kept.into_iter().map(|(_, prop)| prop).collect()
    }

    /// The properties that keep an order, in no order.
    pub(crate) fn kept(&self) -> SmallVec<[PropId; 16]> {
        self.kept.lock().keys().copied().collect()
    }

    /// Takes the right to build aside; `false` if another thread has it.
    pub(crate) fn start_building(&self) -> bool {
        !self.building.swap(true, Ordering::AcqRel)
    }

    /// Gives the right back.
    pub(crate) fn stop_building(&self) {
        self.building.store(false, Ordering::Release);
    }
}
