//! A lead as it stands in a state: read in place, copied out on request.

use crate::datetime::DateTime;
use crate::id::{PropId, RowId};
use crate::lead::{Lead, Presence};
use crate::property;
use crate::state::State;
use crate::value::ValueRef;

/// A lead, borrowed from a page or a snapshot.
#[derive(Clone, Copy)]
pub struct LeadRef<'a> {
    state: &'a State,
    place: RowId,
    now: DateTime,
}

impl<'a> LeadRef<'a> {
    pub(crate) fn new(state: &'a State, place: RowId, now: DateTime) -> Self {
        Self { state, place, now }
    }

    /// The id. O(1).
    #[must_use]
    pub fn id(&self) -> u64 {
        self.state.id(self.place)
    }

    /// The User ID, if set. O(1).
    #[must_use]
    pub fn user_id(&self) -> Option<&'a str> {
        self.state.user_id(self.place)
    }

    /// How many conversations took place. O(1).
    #[must_use]
    pub fn conversations(&self) -> u64 {
        match self.state.value(self.place, PropId::CONVERSATIONS) {
            Some(ValueRef::Number(count)) => count.unsigned_abs(),
            _ => 0,
        }
    }

    /// Whether a web-push subscription exists. O(1).
    #[must_use]
    pub fn web_push(&self) -> bool {
        self.state.value(self.place, PropId::WEB_PUSH) == Some(ValueRef::Boolean(true))
    }

    /// Whether the person is on the site, as of the page's or snapshot's present. O(1).
    #[must_use]
    pub fn presence(&self) -> Presence {
        let heartbeat = self.state.at(self.place).and_then(|(block, row)| block.heartbeat(row));
        heartbeat.map_or(Presence::Offline, |heartbeat| heartbeat.presence(self.now))
    }

    /// The value of a property, `None` if unknown. O(1).
    ///
    /// Reserved names are answered too, but for `$id`, whose range is wider than a number's: ask
    /// [`id`](LeadRef::id).
    #[must_use]
    pub fn get(&self, property: &str) -> Option<ValueRef<'a>> {
        match property {
            property::ID => None,
            property::PRESENCE => Some(ValueRef::String(self.presence().as_str())),
            name => self.state.value(self.place, self.state.props.find(name)?),
        }
    }

    /// All known properties but the reserved ones, by the bytes of their names. O(p log p) for the
    /// p properties of the lead, after a look at each property of its block.
    pub fn props(&self) -> impl Iterator<Item = (&'a str, ValueRef<'a>)> + use<'a> {
        let state = self.state;
        let mut props: Vec<(&'a str, ValueRef<'a>)> = Vec::new();
        if let Some((block, row)) = state.at(self.place) {
            let known = block.columns().filter(|(prop, _)| !prop.is_own());
            props.extend(known.filter_map(|(prop, column)| Some((state.props.name(prop), column.get(row)?))));
            props.sort_unstable_by_key(|(name, _)| *name);
        }
        props.into_iter()
    }

    /// Copies the lead with only the named properties. O(names).
    #[must_use]
    pub fn select<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Lead {
        let mut lead = self.bare();
        for name in names {
            if !property::is_reserved(name)
                && let Some(value) = self.get(name)
            {
                lead.props.insert(name.to_owned(), value.into_owned());
            }
        }
        lead
    }

    /// Copies the whole lead out of the index.
    #[must_use]
    pub fn into_owned(self) -> Lead {
        let mut lead = self.bare();
        lead.props = self.props().map(|(name, value)| (name.to_owned(), value.into_owned())).collect();
        lead
    }

    fn bare(&self) -> Lead {
        let mut lead = Lead::new(self.id());
        lead.user_id = self.user_id().map(str::to_owned);
        lead.conversations = self.conversations();
        lead.web_push = self.web_push();
        lead
    }
}

impl std::fmt::Debug for LeadRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.into_owned().fmt(f)
    }
}
