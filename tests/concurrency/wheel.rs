//! An index whose content follows from its version: the answers to every question are known in
//! closed form, so a reader needs nothing from the writer to check them.

use lead_index::{Change, Filter, LeadIndex, LiveFilter, Order, Query};

use crate::{index_of, lead};

/// More than a block.
pub(crate) const LEADS: u64 = 90;

/// Write `w` stamps the lead `w % LEADS + 1` with `w`, and says whether the round is an odd one.
pub(crate) struct Wheel {
    pub(crate) index: LeadIndex,
    /// Those whose last stamp is of an odd round.
    pub(crate) odd: LiveFilter,
    /// The version of the first write.
    first: u64,
}

impl Wheel {
    /// A wheel that has gone round twice.
    pub(crate) fn new() -> Self {
        let index = index_of(LEADS);
        let odd = index.keep(Filter::bool_true("odd")).expect("a legal filter");
        let wheel = Self { first: index.version() + 1, index, odd };
        (0..2 * LEADS).for_each(|_| wheel.turn());
        wheel
    }

    /// The next write. Only one thread turns a wheel.
    pub(crate) fn turn(&self) {
        let write = self.index.version() + 1 - self.first;
        let changes = [
            Change::set("n", write.cast_signed()),
            Change::set("odd", write / LEADS % 2 == 1),
            Change::set("$name", format!("lead of write {write:09}")),
        ];
        self.index.apply(write % LEADS + 1, changes).expect("a lead of the wheel");
    }

    /// The write that made a version.
    pub(crate) fn write(&self, version: u64) -> u64 {
        version.checked_sub(self.first).expect("nobody asks for a version before the wheel")
    }

    /// Everyone, the last that was stamped first.
    pub(crate) fn newest(write: u64) -> impl Iterator<Item = u64> {
        (0..LEADS).map(move |back| (write - back) % LEADS + 1)
    }

    /// How many hold a stamp of an odd round.
    pub(crate) fn odds(write: u64) -> u64 {
        let stamped = write % LEADS + 1;
        if write / LEADS % 2 == 1 { stamped } else { LEADS - stamped }
    }

    /// Whether the lead holds a stamp of an odd round.
    pub(crate) fn is_odd(write: u64, id: u64) -> bool {
        let stamp = write - (write + LEADS - (id - 1)) % LEADS;
        stamp / LEADS % 2 == 1
    }

    /// The question for a page of all, the last that was stamped first.
    pub(crate) fn by_stamp(offset: u64, limit: u64) -> Query {
        Query::new().sort_by("n", Order::Desc).offset(offset).limit(limit)
    }
}

#[test]
fn the_wheel_says_what_a_look_at_each_lead_says() {
    let wheel = Wheel::new();
    for _ in 0..2 * LEADS {
        wheel.turn();
        let write = wheel.write(wheel.index.version());
        let held: Vec<(i64, bool)> = (1..=LEADS)
            .map(|id| {
                let props = wheel.index.get(id).expect("a lead of the wheel").props;
                match (&props["n"], &props["odd"]) {
                    (lead_index::Value::Number(n), lead_index::Value::Boolean(odd)) => (*n, *odd),
                    other => panic!("{other:?}"),
                }
            })
            .collect();
        let mut newest: Vec<u64> = (1..=LEADS).collect();
        newest.sort_by_key(|id| -held[usize::try_from(id - 1).expect("small")].0);
        assert_eq!(Wheel::newest(write).collect::<Vec<_>>(), newest);
        assert_eq!(Wheel::odds(write), held.iter().filter(|(_, odd)| *odd).count() as u64);
        assert!((1..=LEADS).zip(&held).all(|(id, (_, odd))| Wheel::is_odd(write, id) == *odd));
    }
    assert_eq!(wheel.index.get(1).map(|held| held.props["$email"].clone()), Some(lead(1).props["$email"].clone()));
}
