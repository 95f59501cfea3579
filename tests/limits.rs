//! Hostile and extreme input to the library: each gets a clear error or the true answer, and
//! nothing is stored or allocated by a number that a caller chose.

mod limits {
    pub(crate) mod leads;
    pub(crate) mod memory;
    pub(crate) mod queries;
    pub(crate) mod sparse;
}

use lead_index::{Clock, DateTime, Error, Lead, LeadIndex, Limits, Page, Query, Snapshot};

/// Shared by threads, and sent to them, without a wrapper.
const _: () = {
    const fn shared<T: Send + Sync + 'static>() {}
    const fn cloned<T: Clone>() {}
    shared::<LeadIndex>();
    shared::<Snapshot>();
    shared::<Error>();
    shared::<Query>();
    shared::<Page>();
    cloned::<LeadIndex>();
    cloned::<Snapshot>();
    cloned::<Error>();
};

/// An index whose clock stands, with small blocks and the given bounds.
fn index_with(limits: Limits) -> LeadIndex {
    let now = DateTime::from_unix(1_790_000_000).expect("a date of this century");
    LeadIndex::builder().block_rows(64).clock(Clock::fixed(now)).limits(limits).build()
}

/// An index with small blocks and the default bounds.
fn index() -> LeadIndex {
    index_with(Limits::default())
}

/// Leads 1 to `count` with a name and a few properties that repeat.
fn filled(count: u64) -> LeadIndex {
    let index = index();
    for id in 1..=count {
        index.insert(lead(id)).expect("a legal lead");
    }
    index
}

fn lead(id: u64) -> Lead {
    Lead::new(id)
        .with("$name", format!("lead {id}"))
        .with("$sessions", i64::try_from(id % 17).expect("below 17"))
        .with("plan", if id.is_multiple_of(3) { "pro" } else { "free" })
}

/// The code of the error that must come.
fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.expect_err("this must be refused").code()
}

/// Every copy of an index is the same index.
#[test]
fn a_clone_of_an_index_sees_what_the_first_one_wrote() {
    let index = index();
    let clone = index.clone();
    index.insert(lead(1)).unwrap();
    assert_eq!(clone.len(), 1);
    std::thread::scope(|scope| {
        scope.spawn(|| clone.insert(lead(2)).unwrap());
    });
    assert_eq!(index.len(), 2);
}
