//! What a router serves: one app, its index, and who may ask.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::cursors::{CURSOR_UNUSED, CURSORS, Cursors};
use crate::LeadIndex;

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// Query and export the leads, list the segments: `users-list`.
    UsersList,
    /// Read one person: `user-read`.
    UserRead,
    /// Change a person, save and drop segments: `user-write`.
    UserWrite,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::UsersList, Self::UserRead, Self::UserWrite];

    /// The name: `users-list`, `user-read` or `user-write`. O(1).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UsersList => "users-list",
            Self::UserRead => "user-read",
            Self::UserWrite => "user-write",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownScope(String);

impl fmt::Display for UnknownScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no scope `{}`; the scopes are", self.0)?;
        for (i, scope) in Scope::ALL.into_iter().enumerate() {
            write!(f, "{} {scope}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownScope {}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(name: &str) -> Result<Self, UnknownScope> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name).ok_or_else(|| UnknownScope(name.to_owned()))
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scopes(u8);

impl Scopes {
    pub(super) fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }
}

/// One app: its number, its index, and the tokens that may ask.
///
/// Nobody may ask anything until a [`token`](App::token) is added.
#[derive(Clone)]
pub struct App {
    pub(super) id: u64,
    pub(super) index: LeadIndex,
    /// The standard map: its seeded hash gives nothing away to a caller who guesses tokens.
    tokens: HashMap<String, Scopes>,
    /// What the cursors of clients go on from; clones share it.
    pub(super) cursors: Arc<Cursors>,
}

impl App {
    /// The app with number `id`, answering from `index`. O(1): the index is shared, not copied.
    #[must_use]
    pub fn new(id: u64, index: LeadIndex) -> Self {
        Self { id, index, tokens: HashMap::new(), cursors: Arc::new(Cursors::new(CURSORS, CURSOR_UNUSED)) }
    }

    /// Bounds for clients that page with a cursor. Each holds the app to one point in time, and to the
    /// memory of it: of at most `most` points in time (default: 64), each until nobody has asked
    /// for a page of it during `unused` (default: 120 s). Points in time of clients that have come to
    /// their end give way to new ones before that; a client that finds no room is told
    /// `too_many_cursors`, one that comes too late `cursor_expired`. O(1).
    #[must_use]
    pub fn cursors(mut self, most: usize, unused: Duration) -> Self {
        self.cursors = Arc::new(Cursors::new(most, unused));
        self
    }

    /// Lets whoever presents `secret` do what `scopes` allow. A secret named again gains the new
    /// scopes. An empty secret is never accepted from a request.
    #[must_use]
    pub fn token(mut self, secret: impl Into<String>, scopes: impl IntoIterator<Item = Scope>) -> Self {
        let known = self.tokens.entry(secret.into()).or_default();
        for scope in scopes {
            known.0 |= scope.bit();
        }
        self
    }

    /// What `secret` may do; `None` if nobody was given it.
    pub(super) fn scopes(&self, secret: &str) -> Option<Scopes> {
        self.tokens.get(secret).copied()
    }
}

/// Without the secrets.
impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("id", &self.id).field("tokens", &self.tokens.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn a_scope_reads_back_from_its_name() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
        let unknown = "users".parse::<Scope>().expect_err("no such scope");
        assert_eq!(unknown.to_string(), "there is no scope `users`; the scopes are users-list, user-read, user-write");
    }
}
