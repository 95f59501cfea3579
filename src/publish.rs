//! Publishing: the one place where threads share a state.
//!
//! The current state is one `Arc` behind a lock that is held for the pointer copy alone. A reader
//! clones it and then owns a snapshot; nothing that a writer does reaches it. A writer holds the
//! writers' mutex, clones the state (a few pointers), changes and settles the clone, and swaps the
//! `Arc`. If it fails or panics before the swap, the old state simply stays.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::Clock;
use crate::datetime::DateTime;
use crate::error::{Error, ErrorKind};
use crate::id::PropId;
use crate::live::follow::Follower;
use crate::live::listen::{Listener, Listeners};
use crate::orders::Orders;
use crate::state::State;
use crate::sync::{Mutex, MutexGuard, RwLock};

/// What all handles of one index share.
pub(crate) struct Shared {
    /// Of this index and no other of the process.
    pub(crate) number: u64,
    current: RwLock<Arc<State>>,
    writer: Writer,
    pub(crate) orders: Orders,
    pub(crate) listeners: Listeners,
    pub(crate) clock: Clock,
}

impl Shared {
    pub(crate) fn new(state: State, clock: Clock) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            current: RwLock::new(Arc::new(state)),
            writer: Writer::default(),
            orders: Orders::default(),
            listeners: Listeners::default(),
            clock,
        }
    }

    /// The published state.
    pub(crate) fn current(&self) -> Arc<State> {
        self.current.read().clone()
    }

    /// The present: of the clock, but never before anything that was written.
    pub(crate) fn now(&self, state: &State) -> DateTime {
        self.clock.now().max(state.time)
    }

    /// Runs `change` on a private copy of the state and publishes it if that succeeds. Writers wait
    /// for each other here and nowhere else.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut State) -> Result<T, Error>) -> Result<T, Error> {
        let mut turn = self.writer.lock()?;
        turn.desk.tidy();
        let old = self.current();
        let mut next = State::clone(&old);
        next.time = self.now(&old);
        let result = change(&mut next)?;
        self.publish(&mut turn, &old, next);
        drop(old);
        turn.desk.tidy();
        self.current().clean();
        Ok(result)
    }

    /// Publishes `next` only if the clock has moved somebody; whether it has.
    pub(crate) fn tick(&self) -> Result<bool, Error> {
        let mut turn = self.writer.lock()?;
        let old = self.current();
        let now = self.now(&old);
        turn.desk.tidy();
        let is_due = old.kept.iter().any(|(_, kept)| kept.due <= now.unix());
        if is_due {
            let mut next = State::clone(&old);
            next.time = now;
            self.publish(&mut turn, &old, next);
            drop(old);
            turn.desk.tidy();
        }
        Ok(is_due)
    }

    fn publish(&self, turn: &mut Turn<'_>, old: &State, mut next: State) {
        let kept = self.orders.kept();
        let heard = self.listeners.heard();
        next.version += 1;
        let moved = turn.desk.follower.follow(old, &mut next, &|prop| kept.contains(&prop), |id| heard.contains(&id));
        let next = Arc::new(next);
        let state = next.clone();
        // Freed after the lock is released: that may take a while.
        let former = std::mem::replace(&mut *self.current.write(), next);
        self.listeners.tell(&state, &moved);
        turn.desk.retired.push(former);
    }

    /// Begins to listen to a live filter: between two publications.
    pub(crate) fn listen(&self, id: u64, capacity: usize) -> Result<Listener, Error> {
        let _between = self.writer.lock()?;
        self.current().kept.require(id)?;
        Ok(self.listeners.add(id, capacity))
    }
}

/// The writers' mutex. It knows which thread has it, so that a writing call from inside another one
/// is an error instead of a thread that waits for itself.
#[derive(Default)]
struct Writer {
    turn: Mutex<Desk>,
    /// The thread that has the turn; 0 if none. Only the holder itself ever finds its own number here.
    holder: AtomicU64,
}

/// A turn at writing.
struct Turn<'w> {
    writer: &'w Writer,
    desk: MutexGuard<'w, Desk>,
}

/// What a writer works with.
#[derive(Default)]
struct Desk {
    follower: Follower,
    /// Former states that readers still had when they were replaced. To free the pieces of a large
    /// batch takes milliseconds, which no reader is to pay for: it never has the last pointer.
    retired: Vec<Arc<State>>,
}

impl Desk {
    /// Frees the former states that nobody reads any more.
    fn tidy(&mut self) {
        self.retired.retain(|state| Arc::strong_count(state) > 1);
    }
}

impl Writer {
    fn lock(&self) -> Result<Turn<'_>, Error> {
        let me = thread_number();
        if self.holder.load(Ordering::Relaxed) == me {
            return Err(Error::new(
                ErrorKind::RecursiveWrite,
                "recursive_write",
                "this thread is inside a batch of this index; write through the batch, or after it",
            ));
        }
        let guard = self.turn.lock();
        self.holder.store(me, Ordering::Relaxed);
        Ok(Turn { writer: self, desk: guard })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.writer.holder.store(0, Ordering::Relaxed);
    }
}

/// A number of this thread's own, from 1.
fn thread_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local! {
        static NUMBER: u64 = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    // A thread that is ending and writes from a destructor has no number any more.
    NUMBER.try_with(|number| *number).unwrap_or(u64::MAX)
}

/// Builds every kept order that is missing in the published state, then keeps to the budget.
pub(crate) fn build_aside(shared: &Arc<Shared>) {
    let mut done: Vec<PropId> = Vec::new();
    loop {
        let missing: Vec<PropId> = shared.orders.by_use().into_iter().filter(|prop| !done.contains(prop)).collect();
        for &prop in &missing {
            build_order(shared, prop);
            done.push(prop);
        }
        if missing.is_empty() {
            shared.orders.stop_building();
            // One that was wanted in between found the right taken.
            let late = shared.orders.by_use().iter().any(|prop| !done.contains(prop));
            if !late || !shared.orders.start_building() {
                return;
            }
        }
    }
}

/// Builds the order of a property in the published state and drops others if the budget asks for it.
pub(crate) fn build_order(shared: &Shared, prop: PropId) {
    let mut state = shared.current();
    for _ in 0..PASSES {
        for block in state.blocks.iter() {
            block.build_orders(prop);
        }
        let built = state.version;
        state = shared.current();
        if state.version == built {
            break;
        }
    }
    keep_to_budget(shared, &state);
}

/// A publication that was under way when the order was noted may leave it out of the blocks it wrote to. What comes
/// after it does not, so there is nothing left to build in most blocks of a second pass.
const PASSES: usize = 3;

fn keep_to_budget(shared: &Shared, state: &State) {
    let mut by_use: BTreeMap<usize, (PropId, usize)> = BTreeMap::new();
    let mut sum = 0;
    for (at, prop) in shared.orders.by_use().into_iter().enumerate() {
        let bytes = state.order_bytes(prop);
        sum += bytes;
        by_use.insert(at, (prop, bytes));
    }
    // The most recently used stays in any case.
    while sum > state.limits.order_bytes && by_use.len() > 1 {
        let Some((_, (prop, bytes))) = by_use.pop_first() else { break };
        // It runs on a thread of its own or in a caller that does not write, so it is its turn some time.
        if drop_order(shared, prop).is_err() {
            break;
        }
        sum -= bytes;
    }
}

/// Drops the order of a property; whether it was kept.
pub(crate) fn drop_order(shared: &Shared, prop: PropId) -> Result<bool, Error> {
    shared.write(|state| {
        let kept = shared.orders.forget(prop);
        for at in 0..state.blocks.len() {
            if state.blocks.get(at).is_some_and(|block| block.column(prop).is_some()) {
                state.block_mut(at).forget_orders(prop);
            }
        }
        Ok(kept)
    })
}
