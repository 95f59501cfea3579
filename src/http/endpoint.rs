//! The methods of the Web API: where each stands, with which verbs, and which scope it needs.

use axum::http::Method;

use super::app::Scope;
use super::failure::Failure;

/// The version of the Web API: they differ in the smallest page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

impl Version {
    /// The smallest and the largest page.
    pub(super) fn limits(self) -> (u64, u64) {
        match self {
            Self::V1 => (0, 50),
            Self::V2 => (1, 50),
        }
    }
}

/// A method of the Web API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// The total and a page of leads.
    Users(Version),
    /// All leads that match, as lines.
    Export,
    /// Who is online, then who is idle.
    Active(Version),
    /// The saved filters, and saving one.
    Segments,
    /// Dropping a saved filter.
    Segment,
    /// One person.
    User,
    /// Changing properties.
    Props,
    /// Something the person did.
    Events,
    /// A sign of life.
    SetPresence,
}

impl Endpoint {
    /// Every method of a version and its path, the prefix and a last slash left out.
    pub(super) fn all(version: Version) -> [(&'static str, Self); 9] {
        [
            ("/apps/{app}/users", Self::Users(version)),
            ("/apps/{app}/users/export", Self::Export),
            ("/apps/{app}/activeusers", Self::Active(version)),
            ("/apps/{app}/segments", Self::Segments),
            ("/apps/{app}/segments/{id}", Self::Segment),
            ("/users/{id}", Self::User),
            ("/users/{id}/props", Self::Props),
            ("/users/{id}/events", Self::Events),
            ("/users/{id}/setpresence", Self::SetPresence),
        ]
    }

    /// As the header `Allow` lists them.
    fn verbs(self) -> &'static str {
        match self {
            Self::Users(_) | Self::Segments => "GET, POST, HEAD",
            Self::Export | Self::Active(_) | Self::User => "GET, HEAD",
            Self::Segment => "DELETE",
            Self::Props | Self::Events | Self::SetPresence => "POST",
        }
    }

    /// # Errors
    ///
    /// `MethodNotAllowed` if the method is not called with this verb.
    pub(super) fn check_verb(self, verb: &Method) -> Result<(), Failure> {
        let verbs = self.verbs();
        let known = verbs.split(", ").any(|known| known == verb.as_str());
        if known { Ok(()) } else { Err(Failure::WrongVerb(verbs)) }
    }

    /// What a token must be allowed to do, given a verb of the method.
    pub(super) fn scope(self, verb: &Method) -> Scope {
        match self {
            Self::Segments if verb == Method::POST => Scope::UserWrite,
            Self::Users(_) | Self::Export | Self::Active(_) | Self::Segments => Scope::UsersList,
            Self::User => Scope::UserRead,
            Self::Segment | Self::Props | Self::Events | Self::SetPresence => Scope::UserWrite,
        }
    }
}
