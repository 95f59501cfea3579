//! Property names and their numbers.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::id::PropId;
use crate::property;

/// Names by number and numbers by name. A name gets a number when it is first written, never by
/// being asked for.
#[derive(Debug, Clone)]
pub(crate) struct Registry {
    names: Vec<Arc<str>>,
    by_name: HashMap<Arc<str>, PropId>,
}

impl Default for Registry {
    fn default() -> Self {
        let mut registry = Self { names: Vec::new(), by_name: HashMap::new() };
        // In the order of the constants of `PropId`, then what else the lead criteria read.
        for name in [
            property::ID,
            property::USER_ID,
            property::CONVERSATIONS,
            property::WEB_PUSH,
            property::PRESENCE,
            "$name",
            "$email",
            "$phone",
        ] {
            registry.add(name);
        }
        registry
    }
}

impl Registry {
    /// The number of a name, if it was ever written.
    pub(crate) fn find(&self, name: &str) -> Option<PropId> {
        self.by_name.get(name).copied()
    }

    /// The name of a number.
    pub(crate) fn name(&self, prop: PropId) -> &str {
        self.names.get(prop.index()).map_or("", |name| name)
    }

    fn add(&mut self, name: &str) -> PropId {
        let prop = PropId(u32::try_from(self.names.len()).expect("names are bounded far below 2^32"));
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.by_name.insert(name, prop);
        prop
    }

    /// The number of a name, new if need be. Whether there is [room](Self::room_for) for a new one
    /// was asked before.
    pub(crate) fn number(this: &mut Arc<Self>, name: &str) -> PropId {
        match this.find(name) {
            Some(prop) => prop,
            None => Arc::make_mut(this).add(name),
        }
    }

    /// Whether `new` more names may get numbers.
    pub(crate) fn room_for(&self, new: usize, limit: usize) -> Result<(), Error> {
        if new == 0 || self.names.len() + new <= limit { Ok(()) } else { Err(too_many(limit)) }
    }

    /// Whether each of `names`, no two of which are equal, has a number or may get one.
    pub(crate) fn room_for_names<'n>(
        &self,
        names: impl ExactSizeIterator<Item = &'n str>,
        limit: usize,
    ) -> Result<(), Error> {
        if self.names.len() + names.len() <= limit {
            return Ok(());
        }
        self.room_for(names.filter(|name| self.find(name).is_none()).count(), limit)
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        let names: usize = self.names.iter().map(|name| name.len() + 16).sum();
        names + self.names.capacity() * 16 + self.by_name.capacity() * 25
    }
}

/// The error of a write that brings more names than the index may hold.
pub(crate) fn too_many(limit: usize) -> Error {
    Error::new(
        ErrorKind::Full,
        "too_many_properties",
        format!(
            "the index holds {limit} property names, its limit; remove data that stands in names or raise the limit"
        ),
    )
}
