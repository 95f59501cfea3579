//! Hearing who enters and who leaves.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::live::follow::Moved;
use crate::state::State;
use crate::sync::{Condvar, Mutex};

/// Something that happened to a live filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LiveEvent {
    /// A lead satisfies the filter now.
    Entered {
        /// The lead's id.
        id: u64,
        /// Number of the publication that brought it in.
        version: u64,
    },
    /// A lead does not satisfy the filter any more, or is gone.
    Left {
        /// The lead's id.
        id: u64,
        /// Number of the publication that took it out.
        version: u64,
    },
    /// The listener was too slow: this many events stood here and were dropped. Count afresh from
    /// [`LiveFilter::total`](crate::LiveFilter::total) or the page.
    Missed(u64),
}

/// Hears who enters a live filter and who leaves it, each once and in order.
///
/// Events wait in a queue of bounded length. Nobody ever waits for a listener: when the queue is
/// full its oldest event makes room, and the listener is told how many it missed. Dropping the
/// listener ends it.
#[derive(Debug)]
pub struct Listener {
    queue: Arc<Queue>,
}

/// The queue between the writers and one listener.
#[derive(Debug)]
struct Queue {
    /// The live filter's number.
    filter: u64,
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Debug)]
struct Waiting {
    events: VecDeque<LiveEvent>,
    capacity: usize,
    missed: u64,
    /// The live filter or the index was dropped: nothing comes any more.
    ended: bool,
}

impl Queue {
    /// A queue for `capacity` events (at least 1) of a live filter.
    fn new(filter: u64, capacity: usize) -> Self {
        let waiting = Waiting { events: VecDeque::new(), capacity: capacity.max(1), missed: 0, ended: false };
        Self { filter, waiting: Mutex::new(waiting), arrived: Condvar::new() }
    }

    /// Adds events at the end; the oldest make room.
    fn push(&self, events: impl Iterator<Item = LiveEvent>) {
        let mut waiting = self.waiting.lock();
        for event in events {
            if waiting.events.len() == waiting.capacity {
                waiting.events.pop_front();
                waiting.missed += 1;
            }
            waiting.events.push_back(event);
        }
        let any = !waiting.events.is_empty();
        drop(waiting);
        if !any {
            return;
        }
        self.arrived.notify_all();
    }

    /// Says that nothing comes any more.
    fn end(&self) {
        self.waiting.lock().ended = true;
        self.arrived.notify_all();
    }
}

/// Everybody who listens.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    queues: Mutex<Vec<Weak<Queue>>>,
}

impl Listeners {
    /// A listener to the live filter with this number.
    pub(crate) fn add(&self, filter: u64, capacity: usize) -> Listener {
        let queue = Arc::new(Queue::new(filter, capacity));
        let mut queues = self.queues.lock();
        // Those that ended are let go here too: perhaps nobody ever writes.
        if queues.len() == queues.capacity() {
            queues.retain(|queue| queue.strong_count() > 0);
        }
        queues.push(Arc::downgrade(&queue));
        drop(queues);
        Listener { queue }
    }

    /// The numbers of the live filters that somebody listens to.
    pub(crate) fn heard(&self) -> Vec<u64> {
        let mut queues = self.queues.lock();
        queues.retain(|queue| queue.strong_count() > 0);
        queues.iter().filter_map(|queue| Some(queue.upgrade()?.filter)).collect()
    }

    /// Tells each listener what happened to its filter in the publication of `state`. Called by one
    /// writer at a time, after the publication, so that who hears of a lead finds it.
    pub(crate) fn tell(&self, state: &State, moved: &[Moved]) {
        let queues: Vec<Arc<Queue>> = self.queues.lock().iter().filter_map(Weak::upgrade).collect();
        for queue in queues {
            match state.kept.find(queue.filter) {
                None => queue.end(),
                Some((slot, _)) => queue.push(moved.iter().filter(|moved| moved.slot == slot).map(|moved| {
                    let (id, version) = (moved.id, state.version);
                    if moved.entered { LiveEvent::Entered { id, version } } else { LiveEvent::Left { id, version } }
                })),
            }
        }
    }
}

/// With the last handle of an index its listeners end: nobody is left who could tell them anything.
impl Drop for Listeners {
    fn drop(&mut self) {
        self.queues.get_mut().iter().filter_map(Weak::upgrade).for_each(|queue| queue.end());
    }
}

impl Listener {
    /// The next event, if one waits. O(1).
    #[must_use]
    pub fn try_next(&self) -> Option<LiveEvent> {
        next(&mut self.queue.waiting.lock())
    }

    /// The next event; waits for one up to `time`. `None` when the time is over, or at once when
    /// the live filter or the last handle of the index was dropped and every event is read.
    #[must_use]
    pub fn wait(&self, time: Duration) -> Option<LiveEvent> {
        let until = Instant::now().checked_add(time);
        let mut waiting = self.queue.waiting.lock();
        loop {
            if let Some(event) = next(&mut waiting) {
                return Some(event);
            }
            if waiting.ended {
                return None;
            }
            match until {
                None => self.queue.arrived.wait(&mut waiting),
                Some(until) if self.queue.arrived.wait_until(&mut waiting, until).timed_out() => {
                    return next(&mut waiting);
                }
                Some(_) => {}
            }
        }
    }

    /// How many events wait. O(1).
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.waiting.lock().events.len()
    }

    /// Whether the live filter or the index was dropped, so that nothing comes any more. O(1).
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.queue.waiting.lock().ended
    }
}

fn next(waiting: &mut Waiting) -> Option<LiveEvent> {
    match std::mem::take(&mut waiting.missed) {
        0 => waiting.events.pop_front(),
        missed => Some(LiveEvent::Missed(missed)),
    }
}
