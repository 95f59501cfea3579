//! A lead, and what makes a visitor one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::datetime::DateTime;
use crate::value::Value;

/// A lead (or any visitor), owned: what is written, and what [`LeadRef::into_owned`] copies out.
///
/// The serde form is one line of an import file: `{"id":3568,"user_id":"54784","conversations":2,
/// "web_push":false,"props":{...}}`, all but `id` optional.
///
/// ```
/// use lead_index::Lead;
/// let lead = Lead::new(7).with("$email", "ann@example.com").with("plan", "pro").with("$sessions", 3);
/// assert_eq!(lead.props.len(), 3);
/// ```
///
/// [`LeadRef::into_owned`]: crate::LeadRef::into_owned
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Lead {
    /// The id, 1 to 2^64-1.
    pub id: u64,
    /// The User ID given by the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// How many conversations took place, up to 2^53.
    #[serde(default)]
    pub conversations: u64,
    /// Whether a web-push subscription exists.
    #[serde(default)]
    pub web_push: bool,
    /// System (`$...`), event and custom properties, by name.
    #[serde(default)]
    pub props: BTreeMap<String, Value>,
}

impl Lead {
    /// A visitor of whom only the id is known.
    #[must_use]
    pub fn new(id: u64) -> Self {
        Self { id, user_id: None, conversations: 0, web_push: false, props: BTreeMap::new() }
    }

    /// Sets a property. Bounds are checked when the lead is written to an index.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.props.insert(name.into(), value.into());
        self
    }

    /// Sets the User ID.
    #[must_use]
    pub fn with_user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Sets how many conversations took place.
    #[must_use]
    pub fn with_conversations(mut self, count: u64) -> Self {
        self.conversations = count;
        self
    }

    /// Sets whether a web-push subscription exists.
    #[must_use]
    pub fn with_web_push(mut self, subscribed: bool) -> Self {
        self.web_push = subscribed;
        self
    }
}

/// Which facts make a visitor a lead; one that holds is enough. Default: all six.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LeadCriteria {
    /// `$name` is known.
    pub name: bool,
    /// `$email` is known.
    pub email: bool,
    /// `$phone` is known.
    pub phone: bool,
    /// A User ID is known.
    pub user_id: bool,
    /// At least one conversation took place.
    pub conversation: bool,
    /// A web-push subscription exists.
    pub web_push: bool,
}

impl LeadCriteria {
    /// All six reasons.
    #[must_use]
    pub const fn all() -> Self {
        Self { name: true, email: true, phone: true, user_id: true, conversation: true, web_push: true }
    }

    /// No reason: nobody is a lead. Switch single reasons on from here.
    ///
    /// ```
    /// use lead_index::LeadCriteria;
    /// let mut contacts = LeadCriteria::none();
    /// contacts.email = true;
    /// contacts.phone = true;
    /// ```
    #[must_use]
    pub const fn none() -> Self {
        Self { name: false, email: false, phone: false, user_id: false, conversation: false, web_push: false }
    }

    /// Whether `lead` is a lead by these criteria.
    #[must_use]
    pub fn matches(&self, lead: &Lead) -> bool {
        (self.name && lead.props.contains_key("$name"))
            || (self.email && lead.props.contains_key("$email"))
            || (self.phone && lead.props.contains_key("$phone"))
            || (self.user_id && lead.user_id.is_some())
            || (self.conversation && lead.conversations > 0)
            || (self.web_push && lead.web_push)
    }
}

impl Default for LeadCriteria {
    fn default() -> Self {
        Self::all()
    }
}

/// Whether a person is on the site now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Presence {
    /// Active in the last two minutes.
    Online,
    /// A page is open, without activity.
    Idle,
    /// No heartbeat for two minutes.
    Offline,
}

impl Presence {
    /// The text form: `online`, `idle` or `offline`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Idle => "idle",
            Self::Offline => "offline",
        }
    }
}

/// Seconds after a heartbeat for which the person counts as online or idle: two missed beats of one a minute.
pub(crate) const HEARTBEAT_SECONDS: i64 = 120;

/// What a heartbeat says of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Heartbeat {
    /// Active.
    Online,
    /// A page is open, without activity.
    Idle,
}

impl Heartbeat {
    /// What the person counts as while the heartbeat is fresh.
    #[must_use]
    pub fn presence(self) -> Presence {
        match self {
            Self::Online => Presence::Online,
            Self::Idle => Presence::Idle,
        }
    }
}

/// The newest heartbeat of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastHeartbeat {
    pub(crate) kind: Heartbeat,
    pub(crate) at: DateTime,
}

impl LastHeartbeat {
    /// What the lead is at `now`.
    pub(crate) fn presence(self, now: DateTime) -> Presence {
        if now.unix() - self.at.unix() < HEARTBEAT_SECONDS { self.kind.presence() } else { Presence::Offline }
    }
}
