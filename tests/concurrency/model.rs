//! The compact model of the history checker: what is held at one version, and every answer to it.

use lead_index::{Age, Change, Filter, Heartbeat, Lead, Order, Presence, Query};

use crate::{NOW, after};

/// Ids 1 to this are used.
pub(crate) const IDS: usize = 30;

/// What one person holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) n: u8,
    pub(crate) side: bool,
    /// Seconds after `NOW`.
    pub(crate) seen: i32,
    /// Whether there is a mail address, which makes a lead.
    pub(crate) mail: bool,
}

/// What a successful call does to one id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Inserted or replaced.
    Put(u8, Held),
    Remove(u8),
    N(u8, u8),
    Side(u8, bool),
    Seen(u8, i32),
    Mail(u8, bool),
    /// Online, at so many seconds after `NOW`.
    Beat(u8, i32),
}

impl Held {
    pub(crate) fn lead(self, id: u8) -> Lead {
        let lead = Lead::new(u64::from(id)).with("n", i64::from(self.n)).with("side", self.side);
        let lead = lead.with("seen", after(i64::from(self.seen)));
        if self.mail { lead.with("$email", "a@example.com") } else { lead }
    }
}

impl Step {
    pub(crate) fn id(self) -> u8 {
        match self {
            Self::Put(id, _) | Self::Remove(id) | Self::N(id, _) | Self::Side(id, _) => id,
            Self::Seen(id, _) | Self::Mail(id, _) | Self::Beat(id, _) => id,
        }
    }

    /// The step as a change, if it is one.
    pub(crate) fn change(self) -> Option<Change> {
        Some(match self {
            Self::Put(..) | Self::Remove(_) => return None,
            Self::N(_, n) => Change::set("n", i64::from(n)),
            Self::Side(_, side) => Change::set("side", side),
            Self::Seen(_, seen) => Change::set("seen", after(i64::from(seen))),
            Self::Mail(_, true) => Change::set("$email", "b@example.com"),
            Self::Mail(_, false) => Change::Delete { key: "$email".into() },
            Self::Beat(_, at) => Change::Heartbeat { kind: Heartbeat::Online, at: Some(after(i64::from(at))) },
        })
    }
}

/// A live filter that writes alone move.
pub(crate) fn by_side() -> Filter {
    Filter::bool_true("side")
}

/// A live filter that the clock moves too.
pub(crate) fn by_age() -> Filter {
    Filter::all([Filter::days_less("seen", Age::minutes(1)), Filter::gt("n", 3)])
}

/// The page that readers ask for.
pub(crate) fn by_n(offset: u8) -> Query {
    Query::new().sort_by("n", Order::Desc).offset(u64::from(offset)).limit(PAGE as u64)
}

pub(crate) fn online() -> Filter {
    Filter::presence(Presence::Online)
}

/// Leads of a page, and of the one after it.
pub(crate) const PAGE: usize = 3;

/// What a reader asks one snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The snapshot's present, in seconds after `NOW`.
    pub(crate) now: i32,
    pub(crate) at_least: u8,
    pub(crate) offset: u8,
    pub(crate) id: u8,
}

/// What it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answers {
    pub(crate) everyone: u8,
    pub(crate) leads: u8,
    /// `n` at least so much.
    pub(crate) high: u8,
    pub(crate) by_side: u8,
    pub(crate) by_age: u8,
    /// Of both live filters, named in one filter.
    pub(crate) both: u8,
    pub(crate) online: u8,
    /// Two pages by `n`, the second through a cursor; 0 beyond the end.
    pub(crate) pages: [u8; 2 * PAGE],
    pub(crate) held: Option<Held>,
}

/// What is held at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Model {
    /// By id less 1.
    held: [Option<Held>; IDS],
    /// The newest heartbeat.
    beats: [Option<i32>; IDS],
}

impl Model {
    pub(crate) fn new() -> Self {
        Self { held: [None; IDS], beats: [None; IDS] }
    }

    /// Takes a step that the index took.
    pub(crate) fn take(&mut self, step: Step) {
        let at = usize::from(step.id() - 1);
        match step {
            Step::Put(_, held) => self.held[at] = Some(held),
            Step::Remove(_) => (self.held[at], self.beats[at]) = (None, None),
            Step::Beat(_, beat) => self.beats[at] = self.beats[at].max(Some(beat)),
            step => {
                let held = self.held[at].as_mut().expect("the index changed somebody who is held");
                match step {
                    Step::N(_, n) => held.n = n,
                    Step::Side(_, side) => held.side = side,
                    Step::Seen(_, seen) => held.seen = seen,
                    Step::Mail(_, mail) => held.mail = mail,
                    Step::Put(..) | Step::Remove(_) | Step::Beat(..) => {}
                }
            }
        }
    }

    fn leads(&self) -> impl Iterator<Item = (usize, Held)> {
        let held = self.held.iter().enumerate().filter_map(|(at, held)| Some((at, (*held)?)));
        held.filter(|(_, held)| held.mail)
    }

    /// The answers at this version.
    pub(crate) fn answers(&self, asked: Asked) -> Answers {
        let is_young = |held: &Held| asked.now - held.seen < 60 && held.n > 3;
        let count = |passes: &dyn Fn(usize, &Held) -> bool| self.leads().filter(|(at, held)| passes(*at, held)).count();
        let small = |count: usize| u8::try_from(count).expect("there are few ids");
        let mut sorted: Vec<(usize, Held)> = self.leads().collect();
        sorted.sort_by_key(|(at, held)| (u8::MAX - held.n, *at));
        let mut pages = [0; 2 * PAGE];
        for (place, (at, _)) in pages.iter_mut().zip(sorted.iter().skip(usize::from(asked.offset))) {
            *place = small(at + 1);
        }
        Answers {
            everyone: small(self.held.iter().flatten().count()),
            leads: small(sorted.len()),
            high: small(count(&|_, held| held.n >= asked.at_least)),
            by_side: small(count(&|_, held| held.side)),
            by_age: small(count(&|_, held| is_young(held))),
            both: small(count(&|_, held| held.side && is_young(held))),
            online: small(count(&|at, _| self.beats[at].is_some_and(|beat| asked.now - beat < 120))),
            pages,
            held: self.held[usize::from(asked.id - 1)],
        }
    }
}

/// Seconds after `NOW`.
pub(crate) fn seconds(time: lead_index::DateTime) -> i32 {
    i32::try_from(time.unix() - NOW).expect("a time near the start")
}
