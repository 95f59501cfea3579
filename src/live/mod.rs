//! Filters kept live: they hold their rows and their count as writes arrive and the clock moves.
//!
//! The rows are part of the blocks and the counts part of the state, so every snapshot has those of
//! its own point in time. Before a state is published, each live filter looks at the rows that were
//! written to ([`follow`]) and at those that the clock may have moved: a test of ages turns for a date
//! at one known second, so a block knows the first second at which it has to be looked at again.
//!
//! The lead criterion is the live filter in slot 0. The others keep the leads among their members
//! apart, so that a list of leads is theirs as it stands.

pub(crate) mod compiled;
pub(crate) mod follow;
pub(crate) mod listen;

use crate::error::{Error, ErrorKind};
use crate::filter::Filter;
use crate::id::PropId;
use crate::lead::LeadCriteria;
use crate::limits;
use crate::live::compiled::Compiled;
use crate::property;
use crate::state::State;

/// The lead criteria as a filter.
pub(crate) fn criterion(criteria: LeadCriteria) -> Filter {
    let reasons = [
        (criteria.name, Filter::known("$name")),
        (criteria.email, Filter::known("$email")),
        (criteria.phone, Filter::known("$phone")),
        (criteria.user_id, Filter::known(property::USER_ID)),
        (criteria.conversation, Filter::gt(property::CONVERSATIONS, 0)),
        (criteria.web_push, Filter::bool_true(property::WEB_PUSH)),
    ];
    Filter::any(reasons.into_iter().filter(|(counts, _)| *counts).map(|(_, reason)| reason))
}

/// Keeps a filter from the state on; its number. Its rows are found when the state is published.
pub(crate) fn keep(state: &mut State, name: String, filter: Filter) -> Result<u64, Error> {
    if name.chars().count() > limits::NAME_CHARS {
        return Err(Error::invalid(
            "name_too_long",
            format!("the name of a live filter has at most {} characters; shorten it", limits::NAME_CHARS),
        ));
    }
    state.kept.check(&filter)?;
    if state.kept.iter().count() > state.limits.live_filters {
        return Err(Error::new(
            ErrorKind::Full,
            "too_many_segments",
            format!(
                "the index keeps {} live filters, its limit; drop some or raise the limit",
                state.limits.live_filters
            ),
        ));
    }
    Ok(state.kept.add(name.into(), filter))
}

/// Keeps a filter no longer.
pub(crate) fn forget(state: &mut State, id: u64) -> Result<(), Error> {
    let (slot, _) = state.kept.require(id)?;
    if slot == 0 {
        return Err(Error::new(ErrorKind::Segment, "segment_in_use", "the lead criterion is always kept"));
    }
    if let Some((_, user)) = state.kept.iter().find(|(_, kept)| names_segment(&kept.filter, id)) {
        return Err(Error::new(
            ErrorKind::Segment,
            "segment_in_use",
            format!("live filter {} names live filter {id}; drop that one first", user.id),
        ));
    }
    state.kept.remove(slot);
    Ok(())
}

fn names_segment(filter: &Filter, id: u64) -> bool {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().any(|part| names_segment(part, id)),
        Filter::Not(part) => names_segment(part, id),
        Filter::Segment(named) => *named == id,
        Filter::Property { .. } => false,
    }
}

/// The properties whose dates the clock has to find for a live filter.
pub(crate) fn moving_props(state: &State, id: u64) -> Vec<PropId> {
    let compiled = state.kept.find(id).and_then(|(slot, _)| Compiled::new(state, slot));
    let mut props: Vec<PropId> = compiled.iter().flat_map(|compiled| &compiled.moving).map(|m| m.prop).collect();
    props.sort_unstable();
    props.dedup();
    props
}
