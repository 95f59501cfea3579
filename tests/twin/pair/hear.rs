//! Listeners, and what each must hear: who is a member after a publication and was not after the one
//! before, and the other way round.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use lead_index::{Listener, LiveEvent};

use super::super::Twin;
use super::super::live::LEADS;
use super::{Effect, Pair, same, told};

/// A queue at least this long is read empty after every publication.
pub(crate) const ATTENTIVE: usize = 1_000;

/// Something that a listener hears, in a form that both sides can fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Entered { id: u64, version: u64 },
    Left { id: u64, version: u64 },
    Missed(u64),
}

impl Heard {
    fn kind(self) -> &'static str {
        match self {
            Self::Entered { .. } => "entered",
            Self::Left { .. } => "left",
            Self::Missed(_) => "missed",
        }
    }
}

impl From<LiveEvent> for Heard {
    fn from(event: LiveEvent) -> Self {
        match event {
            LiveEvent::Entered { id, version } => Self::Entered { id, version },
            LiveEvent::Left { id, version } => Self::Left { id, version },
            LiveEvent::Missed(count) => Self::Missed(count),
            other => panic!("an event the twin has not learned: {other:?}"),
        }
    }
}

/// A listener and the queue it must have.
struct Ear {
    listener: Listener,
    filter: u64,
    capacity: usize,
    queue: VecDeque<Heard>,
    missed: u64,
    is_ended: bool,
}

/// All listeners, and who was a member of each live filter after the last publication.
#[derive(Default)]
pub(super) struct Ears {
    ears: Vec<Ear>,
    members: BTreeMap<u64, BTreeSet<u64>>,
    /// How often each kind of event was heard.
    pub(super) happened: BTreeMap<&'static str, u64>,
}

impl Ears {
    pub(super) fn len(&self) -> usize {
        self.ears.len()
    }

    /// Who is a member of each live filter at the twin's present.
    fn members(twin: &Twin) -> BTreeMap<u64, BTreeSet<u64>> {
        let ids = std::iter::once(LEADS).chain(twin.live().map(|(id, _)| id));
        ids.map(|id| (id, twin.members(id, twin.present()))).collect()
    }

    /// Whether a publication now would have a lead enter or leave.
    pub(super) fn would_hear(&self, twin: &Twin) -> bool {
        Self::members(twin).iter().any(|(id, after)| self.members.get(id).is_some_and(|before| before != after))
    }

    /// The twin as it stands was published as this version.
    pub(super) fn published(&mut self, twin: &Twin, version: u64) {
        let members = Self::members(twin);
        for ear in self.ears.iter_mut().filter(|ear| !ear.is_ended) {
            match (self.members.get(&ear.filter), members.get(&ear.filter)) {
                (Some(before), Some(after)) => ear.moved(before, after, version),
                _ => ear.is_ended = true,
            }
        }
        self.members = members;
    }

    /// Forgets who was a member, where nobody listens.
    pub(super) fn forget(&mut self) {
        self.members.clear();
    }

    /// Every queue has its length, and the long ones are read to the end.
    pub(super) fn listen_closely(&mut self) -> Result<(), String> {
        for ear in &mut self.ears {
            ear.looks_right()?;
            if ear.capacity >= ATTENTIVE {
                ear.hear(usize::MAX, &mut self.happened)?;
            }
        }
        Ok(())
    }

    pub(super) fn hear(&mut self, which: usize, most: usize) -> Result<(), String> {
        let many = self.ears.len();
        match self.ears.get_mut(which.checked_rem(many).unwrap_or(0)) {
            Some(ear) => ear.hear(most, &mut self.happened),
            None => Ok(()),
        }
    }

    /// Drops a listener, after reading it to its end.
    pub(super) fn deafen(&mut self, which: usize) -> Result<(), String> {
        self.hear(which, usize::MAX)?;
        if !self.ears.is_empty() {
            self.ears.swap_remove(which % self.ears.len());
        }
        Ok(())
    }
}

impl Ear {
    fn moved(&mut self, before: &BTreeSet<u64>, after: &BTreeSet<u64>, version: u64) {
        for &id in before.symmetric_difference(after) {
            if self.queue.len() == self.capacity {
                self.queue.pop_front();
                self.missed += 1;
            }
            let entered = after.contains(&id);
            self.queue.push_back(if entered { Heard::Entered { id, version } } else { Heard::Left { id, version } });
        }
    }

    fn looks_right(&self) -> Result<(), String> {
        same("events that wait", self.listener.waiting(), self.queue.len())?;
        same("is_ended", self.listener.is_ended(), self.is_ended)
    }

    /// Reads up to so many events by turns with and without waiting, and past the end if there are fewer.
    fn hear(&mut self, most: usize, happened: &mut BTreeMap<&'static str, u64>) -> Result<(), String> {
        for turn in 0..most {
            let expected = match std::mem::take(&mut self.missed) {
                0 => self.queue.pop_front(),
                missed => Some(Heard::Missed(missed)),
            };
            let event = if turn % 2 == 0 { self.listener.try_next() } else { self.listener.wait(Duration::ZERO) };
            let what = format!("event {turn} of a listener to live filter {}", self.filter);
            same(&what, event.map(Heard::from), expected)?;
            let Some(heard) = expected else { break };
            *happened.entry(heard.kind()).or_default() += 1;
        }
        self.looks_right()
    }
}

impl Pair {
    pub(super) fn listen(&mut self, id: u64, capacity: usize) -> Result<Effect, String> {
        let handle = if id == LEADS { Some(self.index.lead_filter()) } else { self.index.live(id) };
        same("live: whether it is kept", handle.is_some(), self.twin.is_live(id))?;
        if let Some(handle) = handle {
            let listener = handle.listen(capacity).map_err(told)?;
            self.ears.begin(&self.twin, Ear::new(listener, id, capacity));
        }
        Ok(Effect::Asked)
    }
}

impl Ears {
    /// A listener hears what differs from the last publication, also if the clock moved since.
    fn begin(&mut self, twin: &Twin, ear: Ear) {
        self.members.entry(ear.filter).or_insert_with(|| twin.members(ear.filter, twin.present()));
        self.ears.push(ear);
    }
}

impl Ear {
    fn new(listener: Listener, filter: u64, capacity: usize) -> Self {
        Self { listener, filter, capacity: capacity.max(1), queue: VecDeque::new(), missed: 0, is_ended: false }
    }
}
