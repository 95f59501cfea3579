//! What a query answers.

use crate::lead::{Lead, Presence};
use crate::value::ValueRef;

/// A page of leads and the exact total, from one point in time.
#[derive(Debug, Clone)]
pub struct Page {}

impl Page {
    /// How many leads match, before paging. O(1).
    #[must_use]
    pub fn total(&self) -> u64 {
        todo!()
    }

    /// The leads of the page, in order. O(1) a lead.
    pub fn leads(&self) -> impl ExactSizeIterator<Item = LeadRef<'_>> {
        std::iter::empty()
    }

    /// The ids of the page, in order.
    #[must_use]
    pub fn ids(&self) -> Vec<u64> {
        todo!()
    }
}

/// A lead, borrowed from a page or a snapshot.
#[derive(Clone, Copy)]
pub struct LeadRef<'a> {
    _p: std::marker::PhantomData<&'a ()>,
}

impl<'a> LeadRef<'a> {
    /// The id. O(1).
    #[must_use]
    pub fn id(&self) -> u64 {
        todo!()
    }

    /// The User ID, if set. O(1).
    #[must_use]
    pub fn user_id(&self) -> Option<&'a str> {
        todo!()
    }

    /// How many conversations took place. O(1).
    #[must_use]
    pub fn conversations(&self) -> u64 {
        todo!()
    }

    /// Whether a web-push subscription exists. O(1).
    #[must_use]
    pub fn web_push(&self) -> bool {
        todo!()
    }

    /// Whether the person is on the site now. O(1).
    #[must_use]
    pub fn presence(&self) -> Presence {
        todo!()
    }

    /// The value of a property, `None` if unknown. Reserved names are answered too. O(1).
    #[must_use]
    pub fn get(&self, property: &str) -> Option<ValueRef<'a>> {
        let _ = property;
        todo!()
    }

    /// All known properties but the reserved ones, by the bytes of their names.
    pub fn props(&self) -> impl Iterator<Item = (&'a str, ValueRef<'a>)> + use<'a> {
        std::iter::empty()
    }

    /// Copies the lead with only the named properties.
    #[must_use]
    pub fn select<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Lead {
        let _ = names.into_iter().count();
        todo!()
    }

    /// Copies the whole lead out of the index.
    #[must_use]
    pub fn into_owned(self) -> Lead {
        todo!()
    }
}
