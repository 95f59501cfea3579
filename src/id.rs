//! Newtypes for the numbers that travel inside the engine; the only width casts live here.

/// A lead's place: block number and row inside the block, as one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RowId(pub(crate) u32);

impl RowId {
    /// The row `row` of block `block` where blocks hold `1 << shift` rows.
    #[expect(clippy::cast_possible_truncation, reason = "blocks are only opened while rows fit 32 bits")]
    pub(crate) fn new(block: usize, row: u16, shift: u32) -> Self {
        Self(((block as u32) << shift) | u32::from(row))
    }

    /// Number of the block.
    pub(crate) fn block(self, shift: u32) -> usize {
        (self.0 >> shift) as usize
    }

    /// Row inside the block.
    #[expect(clippy::cast_possible_truncation, reason = "masked to at most 16 bits")]
    pub(crate) fn row(self, shift: u32) -> u16 {
        (self.0 & ((1 << shift) - 1)) as u16
    }
}

/// A property's number in the registry of its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PropId(pub(crate) u32);

impl PropId {
    /// `$id`.
    pub(crate) const ID: Self = Self(0);
    /// `$user_id`.
    pub(crate) const USER_ID: Self = Self(1);
    /// `$conversations`.
    pub(crate) const CONVERSATIONS: Self = Self(2);
    /// `$web_push`.
    pub(crate) const WEB_PUSH: Self = Self(3);
    /// `$presence`: computed from the newest heartbeat, which is what its column holds.
    pub(crate) const PRESENCE: Self = Self(4);

    /// Whether the property stands beside `props` in a lead instead of in it.
    pub(crate) fn is_own(self) -> bool {
        self <= Self::PRESENCE
    }

    /// As an index into a table of columns.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Maps a lead's id onto the signed keys that number columns hold, keeping the order.
pub(crate) fn id_to_key(id: u64) -> i64 {
    (id ^ (1 << 63)).cast_signed()
}

/// The inverse of [`id_to_key`].
pub(crate) fn key_to_id(key: i64) -> u64 {
    key.cast_unsigned() ^ (1 << 63)
}
