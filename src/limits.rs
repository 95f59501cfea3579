//! Every bound and every tuning constant, each with its reason.
//!
//! Bounds protect the process from its callers and are part of the contract; tuning constants
//! only move time and memory. The tuning constants that decide when a representation changes
//! depend on the block size (`Shape`), so an index with tiny blocks (as the tests build) takes
//! every path that a large one takes.

/// Deepest nesting of a filter: groups and `not`, counting decoded levels.
pub const FILTER_DEPTH: usize = 32;
/// Most conditions in one filter, in all its groups together.
pub const FILTER_CONDITIONS: usize = 4_096;
/// Most values in one list of a filter (`in`, `not_in`, `lcontains_any`, `lcontains_all`).
pub const FILTER_LIST: usize = 65_536;
/// Most bytes of JSON in one filter: 1 MiB.
pub const FILTER_BYTES: usize = 1 << 20;
/// Deepest nesting of raw JSON brackets in a filter. A group takes two levels (its object and its
/// array), a value two more; anything deeper cannot be a legal filter and is refused unread.
pub const JSON_DEPTH: usize = 2 * FILTER_DEPTH + 8;

/// Most characters (Unicode scalar values) in a string value, a list item or a filter's text.
pub const STRING_CHARS: usize = 255;
/// Most characters in a property's name.
pub const NAME_CHARS: usize = 255;
/// Most items in a list value.
pub const LIST_ITEMS: usize = 30;
/// Numbers lie between `-NUMBER_MAX` and `NUMBER_MAX`, both included: 2^53, what a JSON reader
/// that uses doubles keeps exact.
pub const NUMBER_MAX: i64 = 1 << 53;
/// Most leads that one page of the library may hold. A page is held in memory; whoever wants
/// more asks again with an offset.
pub const PAGE_LIMIT: u64 = 10_000;
/// Most different property names in one index. Far above real use; it stops a caller who writes
/// data into names from filling the registry.
pub const PROPERTIES: usize = 1 << 16;
/// Most live filters in one index unless its [`Limits`] say otherwise: each write looks at those that
/// read what it changed, and each has its rows in every block.
pub const LIVE_FILTERS: usize = 1_024;
/// Longest line of an import file, in bytes: 1 MiB.
pub const IMPORT_LINE: usize = 1 << 20;
/// Rejected import lines that are kept with their reason; all are counted.
pub const IMPORT_REJECTS_KEPT: usize = 1_000;

/// Rows of a block unless the builder says otherwise: a row number inside a block fits 16 bits
/// and a bit set over a block is 8 KiB, which stays in the L1 cache while a filter runs.
pub const BLOCK_ROWS: usize = 1 << 16;

/// Most rows in a piece of integers. Pieces are of fixed size, in blocks with fewer rows too.
pub(crate) const PIECE_ROWS: usize = 256;
/// Most pieces in a group.
pub(crate) const GROUP_PIECES: usize = 16;

/// The bounds a caller may lower (or raise, where memory allows it) for one index.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Most leads in the index. Default: no more than 32-bit rows can number (a little under 2^32,
    /// since the last block is not opened).
    pub leads: u64,
    /// Most leads in one page. Default: [`PAGE_LIMIT`].
    pub page: u64,
    /// Most property names. Default: [`PROPERTIES`].
    pub properties: usize,
    /// Most live filters kept at once. Default: 1,024.
    pub live_filters: usize,
    /// Bytes that sort orders built on demand may take in all; beyond it the least recently used
    /// order is dropped. Default: 1 GiB.
    pub order_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            leads: u64::from(u32::MAX),
            page: PAGE_LIMIT,
            properties: PROPERTIES,
            live_filters: LIVE_FILTERS,
            order_bytes: 1 << 30,
        }
    }
}

/// What follows from the number of rows in a block: the one place where tuning constants scale,
/// so that tests with 64-row blocks reach every representation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    block_shift: u32,
}

impl Shape {
    /// Smallest and largest accepted number of rows in a block.
    pub(crate) const ROWS: std::ops::RangeInclusive<usize> = 64..=BLOCK_ROWS;

    /// The shape for blocks of `rows` rows, a power of two within [`Shape::ROWS`].
    pub(crate) fn new(rows: usize) -> Option<Self> {
        (rows.is_power_of_two() && Self::ROWS.contains(&rows)).then(|| Self { block_shift: rows.trailing_zeros() })
    }

    /// log2 of the rows in a block.
    pub(crate) fn block_shift(self) -> u32 {
        self.block_shift
    }

    /// Rows in a block.
    pub(crate) fn rows(self) -> usize {
        1 << self.block_shift
    }

    /// 64-bit words of a bit set over a block.
    pub(crate) fn words(self) -> usize {
        self.rows() / 64
    }

    /// log2 of the rows in a piece of integers: 256 at full size, so that bounds let a
    /// scan skip many of them, and values that do not fit are packed anew a KiB at a time.
    #[inline]
    pub(crate) fn piece_shift(self) -> u32 {
        self.block_shift.saturating_sub(4).clamp(6, PIECE_ROWS.trailing_zeros())
    }

    /// Rows in a piece of integers.
    #[inline]
    pub(crate) fn piece_rows(self) -> usize {
        1 << self.piece_shift()
    }

    /// log2 of the rows in a group of pieces: 4,096 at full size, so 16 groups of 16 pieces. A group that
    /// a snapshot shares is copied when it is written to, as a whole, some 16 KiB.
    #[inline]
    pub(crate) fn group_shift(self) -> u32 {
        let most = self.piece_shift() + GROUP_PIECES.trailing_zeros();
        (self.block_shift - 1).clamp(self.piece_shift(), most)
    }

    /// Rows in a group of pieces.
    #[inline]
    pub(crate) fn group_rows(self) -> usize {
        1 << self.group_shift()
    }

    /// Values from which a group is dense. At 16 bits a row and 8 to 32 a value, pairs take less up to twice as
    /// many; but half of them move for a row that is put in, and from here on that is what a write takes longest for.
    pub(crate) fn dense_from(self) -> usize {
        self.group_rows() / 16
    }

    /// log2 of the rows in a chunk of lists: 1,024 rows at full size, so that a block's table of chunks
    /// has 64 entries.
    pub(crate) fn chunk_shift(self) -> u32 {
        self.block_shift.saturating_sub(6).max(6)
    }

    /// Rows in a chunk of lists.
    pub(crate) fn chunk_rows(self) -> usize {
        1 << self.chunk_shift()
    }

    /// A part with at most this many values is one small piece instead of a table of chunks:
    /// thousands of sparse properties cost what their values cost.
    pub(crate) fn few(self) -> usize {
        self.rows() / 256
    }

    /// A frozen index is made anew once this many rows have changed under it. Every lookup tests
    /// these rows one by one, so the number bounds what writes cost the readers; and the rebuild, one
    /// pass over the block, is shared by as many writes.
    pub(crate) fn moved(self) -> usize {
        (self.rows() / 128).max(4)
    }

    /// Leads that an export cuts at a time, for each block of the index. A cut begins with a seek in every
    /// block, and with sorting the rows that moved since its order was frozen: as long as a few hundred
    /// steps at full size, so it is made after as many.
    pub(crate) fn export_run(self) -> usize {
        (self.rows() / 256).max(4)
    }

    /// Rows at which plain words beat every compressed form: a bit set costs one bit a row of the
    /// block, a list 16 bits an entry, and words combine at memory speed.
    pub(crate) fn words_from(self) -> usize {
        self.rows() / 64
    }
}
