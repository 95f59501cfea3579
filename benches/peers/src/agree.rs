//! Peers that were given the same writes hold the same.

use crate::peer::{Outcome, Peer};
use lead_index::DateTime;
use lead_index::sample;
use std::collections::BTreeSet;

/// The nine classes have the same total and first page everywhere, and as many people are held.
pub(crate) fn on_answers(peers: &mut [Box<dyn Peer>], count: u64, now: DateTime) -> Outcome<()> {
    for class in sample::query_classes(count) {
        all_equal(peers, class.id, |peer| peer.answer(&class, now))?;
    }
    all_equal(peers, "people held", |peer| peer.len())
}

/// These people are known alike everywhere.
pub(crate) fn on_people(peers: &mut [Box<dyn Peer>], ids: &BTreeSet<u64>, now: DateTime) -> Outcome<()> {
    for &id in ids {
        all_equal(peers, &format!("lead {id}"), |peer| peer.person(id, now))?;
    }
    Ok(())
}

/// Asks every peer the same; an error that shows both where one differs from the first.
fn all_equal<T: PartialEq + std::fmt::Debug>(
    peers: &mut [Box<dyn Peer>],
    what: &str,
    ask: impl Fn(&mut dyn Peer) -> Outcome<T>,
) -> Outcome<()> {
    let Some((first, others)) = peers.split_first_mut() else { return Ok(()) };
    let expected = ask(first.as_mut())?;
    for other in others {
        let found = ask(other.as_mut())?;
        if found != expected {
            let (first, other) = (first.name(), other.name());
            return Err(format!("{what}: {first} has {expected:?}, {other} has {found:?}").into());
        }
    }
    Ok(())
}
