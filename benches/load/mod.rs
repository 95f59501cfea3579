//! Writes as a service makes them: the same in every run, and said without the engine's words, so
//! that a peer can make the same.
//!
//! Time goes on with the writes, a second each 1,000 of them, and all writes of a batch happen in
//! the second in which it begins. Only the numbers of the sample's leads matter here, not what is
//! known of them.

use lead_index::sample::{self, SEED};
use lead_index::{Change, DateTime, Heartbeat, LeadIndex, Target};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use smallvec::{SmallVec, smallvec};

/// The event that the sample's leads have.
pub(crate) const EVENT: u64 = 18;
/// Where those who come for the first time come from.
pub(crate) const COUNTRY: &str = "country-007";

/// One write of one lead, published as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    /// Event 18 happens: its first and last time, its count, and `$last_seen`.
    Event { id: u64, at: DateTime },
    /// `plan` becomes known, or unknown.
    Plan { id: u64, plan: Option<&'static str> },
    /// A visit: `$sessions` and `$last_seen`.
    Session { id: u64, at: DateTime },
    /// A heartbeat: presence and `$last_seen`.
    Alive { id: u64, at: DateTime },
    /// A visit of somebody who may be new: creation, `$sessions`, `$last_seen` and `$country`.
    Visitor { id: u64, at: DateTime },
}

impl Write {
    /// Whose write it is.
    pub(crate) fn id(self) -> u64 {
        match self {
            Self::Event { id, .. }
            | Self::Plan { id, .. }
            | Self::Session { id, .. }
            | Self::Alive { id, .. }
            | Self::Visitor { id, .. } => id,
        }
    }

    /// The write as the engine is told of it.
    pub(crate) fn changes(self) -> (Target, SmallVec<[Change; 3]>) {
        match self {
            Self::Event { id, at } => (id.into(), smallvec![Change::event_at(EVENT, at)]),
            Self::Plan { id, plan: Some(plan) } => (id.into(), smallvec![Change::set("plan", plan)]),
            Self::Plan { id, plan: None } => (id.into(), smallvec![Change::delete("plan")]),
            Self::Session { id, at } => (id.into(), smallvec![Change::Session, Change::Seen { at: Some(at) }]),
            Self::Alive { id, at } => {
                (id.into(), smallvec![Change::Heartbeat { kind: Heartbeat::Online, at: Some(at) }])
            }
            Self::Visitor { id, at } => {
                let seen = Change::Seen { at: Some(at) };
                (Target::IdOrNew(id), smallvec![Change::Session, seen, Change::set("$country", COUNTRY)])
            }
        }
    }

    /// Makes the write alone and publishes it.
    pub(crate) fn publish(self, index: &LeadIndex) {
        let (target, changes) = self.changes();
        index.apply(target, changes).expect("the write is legal");
    }
}

/// Makes all writes and publishes them as one.
pub(crate) fn publish_all(index: &LeadIndex, writes: &[Write]) {
    let made = index.batch(|batch| {
        let writes = writes.iter().map(|write| write.changes());
        batch.apply_each(writes, |applied| applied.map(|_| ()))
    });
    made.expect("the writes are legal");
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// [`Write::Event`].
    Event,
    /// [`Write::Plan`], known.
    Property,
    /// [`Write::Session`].
    Session,
    /// What a service with a chat on its pages writes: of 100 writes 55 heartbeats, 20 events,
    /// 15 visits, 9 plans (every other one taken away), and 1 visit of somebody who may be new.
    Mix,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Event, Self::Property, Self::Session, Self::Mix];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Property => "property",
            Self::Session => "session",
            Self::Mix => "mix",
        }
    }
}

/// Whose writes they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    /// Anybody's, all equally likely.
    Uniform,
    /// 80 % fall on 1 % of the leads, all of these equally likely, and 20 % on anybody. The 1 % are
    /// every hundredth lead, so every block and every chunk of values has its share of them.
    Skewed,
    /// One lead of twenty, every twentieth: however long it goes on, the other leads stay as they
    /// are, and with them the totals of the classes, nearly.
    Few,
}

impl Spread {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Skewed => "80 % on 1 %",
            Self::Few => "one of twenty",
        }
    }
}

/// An endless run of writes.
pub(crate) struct Writes {
    rng: Xoshiro256PlusPlus,
    kind: Kind,
    spread: Spread,
    /// Leads of the sample in the index.
    count: u64,
    made: u64,
}

impl Writes {
    pub(crate) fn new(count: u64, kind: Kind, spread: Spread) -> Self {
        Self { rng: Xoshiro256PlusPlus::seed_from_u64(SEED), kind, spread, count, made: 0 }
    }

    /// The second in which the next batch happens.
    pub(crate) fn now(&self) -> DateTime {
        let passed = i64::try_from(self.made / 1_000).expect("no run lasts that long");
        DateTime::from_unix(sample::now().unix() + passed).expect("no run lasts that long")
    }

    /// The next `size` writes, all in the second [`now`](Self::now).
    pub(crate) fn batch(&mut self, size: usize) -> Vec<Write> {
        let at = self.now();
        self.made += size as u64;
        (0..size).map(|_| self.one(at)).collect()
    }

    /// Other writes from here on, while time goes on.
    pub(crate) fn turn_to(&mut self, kind: Kind, spread: Spread) {
        (self.kind, self.spread) = (kind, spread);
    }

    fn one(&mut self, at: DateTime) -> Write {
        let id = self.id();
        match self.kind {
            Kind::Event => Write::Event { id, at },
            Kind::Property => Write::Plan { id, plan: Some(self.plan()) },
            Kind::Session => Write::Session { id, at },
            Kind::Mix => match self.rng.random_range(0..100) {
                0..55 => Write::Alive { id, at },
                55..75 => Write::Event { id, at },
                75..90 => Write::Session { id, at },
                90..99 => {
                    let known = self.rng.random_bool(0.5);
                    Write::Plan { id, plan: known.then(|| self.plan()) }
                }
                _ => Write::Visitor { id: self.visitor(), at },
            },
        }
    }

    /// Somebody of the sample.
    fn id(&mut self) -> u64 {
        let one_of =
            |rng: &mut Xoshiro256PlusPlus, step: u64, count: u64| rng.random_range(0..count.div_ceil(step)) * step;
        let step = match self.spread {
            Spread::Uniform => 1,
            Spread::Skewed if self.rng.random_bool(0.8) => 100,
            Spread::Skewed => 1,
            Spread::Few => 20,
        };
        id_of(one_of(&mut self.rng, step, self.count))
    }

    /// One of a hundredth as many more as the sample has leads: the index does not grow beyond them.
    fn visitor(&mut self) -> u64 {
        id_of(self.count + self.rng.random_range(0..self.count.div_ceil(100)))
    }

    /// A plan, each as often as in the sample.
    fn plan(&mut self) -> &'static str {
        match self.rng.random_range(0..100) {
            0..70 => "free",
            70..88 => "start",
            88..98 => "pro",
            _ => "enterprise",
        }
    }
}

/// The id of a row of the sample.
fn id_of(row: u64) -> u64 {
    7 * row + 3
}
