//! A filter bound to one block: what each test can do there, and what it would cost.
//!
//! Every test can *estimate* its rows, *enumerate* them into a bit set, and *check* one row. The
//! costs below are in nanoseconds on one ordinary core; only their ratios matter, and they only
//! choose between ways that give the same answer.

use std::ops::Range;

use smallvec::SmallVec;

use crate::block::Block;
use crate::block::bitmap::Rows;
use crate::block::bits;
use crate::block::column::Column;
use crate::block::column::list::Lists;
use crate::block::column::number::Numbers;
use crate::block::column::text::Texts;
use crate::block::live::LiveRows;
use crate::filter::canonical::{KeySet, Leaf, Node, Pred, TextPred};
use crate::id::PropId;
use crate::registry::Registry;

/// A canonical filter with property numbers instead of names; names that nobody ever had are
/// constants by now.
#[derive(Debug)]
pub(crate) enum Plan {
    Const(bool),
    And(Vec<Plan>),
    Or(Vec<Plan>),
    Leaf {
        /// Running number of the test, for traces.
        number: usize,
        prop: PropId,
        leaf: Leaf,
    },
    /// Membership in the live filter of a slot, or the exact complement.
    Member {
        /// Running number of the test, for traces.
        number: usize,
        slot: usize,
        negated: bool,
    },
}

impl Plan {
    /// Resolves names. The tests are numbered from `next`.
    pub(crate) fn resolve(node: Node, props: &Registry, next: &mut usize) -> Self {
        match node {
            Node::Const(value) => Self::Const(value),
            Node::And(parts) => {
                let parts: Vec<Self> = parts.into_iter().map(|part| Self::resolve(part, props, next)).collect();
                if parts.iter().any(|part| matches!(part, Self::Const(false))) {
                    return Self::Const(false);
                }
                Self::And(parts)
            }
            Node::Or(parts) => {
                let parts: Vec<Self> = parts.into_iter().map(|part| Self::resolve(part, props, next)).collect();
                if parts.iter().any(|part| matches!(part, Self::Const(true))) {
                    return Self::Const(true);
                }
                Self::Or(parts)
            }
            Node::Member(slot, negated) => {
                *next += 1;
                Self::Member { number: *next - 1, slot, negated }
            }
            Node::Leaf(leaf) => match props.find(&leaf.name) {
                None => Self::Const(leaf.negated),
                Some(prop) => {
                    *next += 1;
                    Self::Leaf { number: *next - 1, prop, leaf }
                }
            },
        }
    }

    /// The bounds that the filter sets on a property, if every match lies within one range of its
    /// numbers (or datetimes): the sort order of that property need not be read outside of them.
    pub(crate) fn bounds(&self, sorted: PropId) -> Option<(i64, i64)> {
        let of = |plan: &Self| match plan {
            Self::Leaf {
                prop,
                leaf:
                    Leaf { pred: Pred::Number(KeySet::Range(l, h)) | Pred::DateTime(KeySet::Range(l, h)), negated, .. },
                ..
            } if *prop == sorted && !negated => Some((*l, *h)),
            _ => None,
        };
        match self {
            Self::And(parts) => parts.iter().find_map(of),
            other => of(other),
        }
    }

    /// Binds the plan to a block.
    pub(crate) fn bind<'a>(&'a self, block: &'a Block) -> Bound<'a> {
        match self {
            Self::Const(true) => Bound::All,
            Self::Const(false) => Bound::Nothing,
            Self::Leaf { number, prop, leaf } => bind_leaf(*number, block.column(*prop), leaf, block),
            Self::Member { number, slot, negated } => bind_member(*number, block.live(*slot), *negated, block),
            Self::And(parts) => {
                let mut bound = Vec::with_capacity(parts.len());
                for part in parts {
                    match part.bind(block) {
                        Bound::Nothing => return Bound::Nothing,
                        Bound::All => {}
                        part => bound.push(part),
                    }
                }
                bound.sort_by_key(Bound::rows);
                single(bound, Bound::All, Bound::And)
            }
            Self::Or(parts) => {
                let mut bound = Vec::with_capacity(parts.len());
                for part in parts {
                    match part.bind(block) {
                        Bound::All => return Bound::All,
                        Bound::Nothing => {}
                        part => bound.push(part),
                    }
                }
                single(bound, Bound::Nothing, Bound::Or)
            }
        }
    }
}

fn single<'a>(mut parts: Vec<Bound<'a>>, empty: Bound<'a>, many: fn(Vec<Bound<'a>>) -> Bound<'a>) -> Bound<'a> {
    match parts.len() {
        0 => empty,
        1 => parts.pop().unwrap_or(empty),
        _ => many(parts),
    }
}

/// A filter in one block.
#[derive(Debug)]
pub(crate) enum Bound<'a> {
    /// No row of the block.
    Nothing,
    /// Every row of the universe.
    All,
    /// Ordered by estimate, fewest rows first.
    And(Vec<Bound<'a>>),
    Or(Vec<Bound<'a>>),
    Leaf(BoundLeaf<'a>),
}

/// A test in one block.
#[derive(Debug)]
pub(crate) struct BoundLeaf<'a> {
    pub(crate) number: usize,
    pub(crate) negated: bool,
    test: BoundTest<'a>,
    /// About how many rows of the block pass, the complement taken into account.
    rows: usize,
    /// About what enumerating costs.
    pub(crate) fill_cost: usize,
    /// About what checking a row costs.
    pub(crate) check_cost: usize,
}

type CodeRanges = SmallVec<[Range<u32>; 2]>;

#[derive(Debug)]
enum BoundTest<'a> {
    Known(&'a Column),
    /// With the ranks of a range in the sort order, where there is one.
    Numbers(&'a Numbers, &'a KeySet, Option<Range<usize>>),
    /// Texts found in the dictionary.
    Codes(&'a Texts, CodeRanges, &'a TextPred),
    /// Texts to be looked for.
    Search(&'a Texts, &'a TextPred),
    Rows(&'a Rows),
    Items(&'a Lists, CodeRanges, &'a [String]),
    AnyList(&'a Lists),
    Member(&'a LiveRows),
}

/// About what touching a bit set of words costs, for a full block.
const WORDS_COST: usize = 300;

fn bind_leaf<'a>(number: usize, column: Option<&'a Column>, leaf: &'a Leaf, block: &Block) -> Bound<'a> {
    let nothing = if leaf.negated { Bound::All } else { Bound::Nothing };
    let Some(column) = column else { return nothing };
    let (test, rows, fill_cost, check_cost) = match &leaf.pred {
        Pred::Known => {
            let rows = column.len();
            if rows == block.everyone().len() {
                return if leaf.negated { Bound::Nothing } else { Bound::All };
            }
            (BoundTest::Known(column), rows, WORDS_COST * 2, 12)
        }
        Pred::Number(set) => match column.numbers.as_deref().and_then(|part| bind_keys(part, set)) {
            Some(bound) => bound,
            None => return nothing,
        },
        Pred::DateTime(set) => match column.datetimes.as_deref().and_then(|part| bind_keys(part, set)) {
            Some(bound) => bound,
            None => return nothing,
        },
        Pred::Text(text) => match column.texts.as_deref().and_then(|part| bind_text(part, text)) {
            Some(bound) => bound,
            None => return nothing,
        },
        Pred::Boolean(value) => match column.booleans.as_deref().map(|part| part.rows(*value)) {
            Some(rows) if !rows.is_empty() => (BoundTest::Rows(rows), rows.len(), WORDS_COST, 4),
            _ => return nothing,
        },
        Pred::ListAny(items) => match column.lists.as_deref().and_then(|part| bind_items(part, items)) {
            Some(bound) => bound,
            None => return nothing,
        },
        Pred::List => match column.lists.as_deref() {
            Some(lists) => (BoundTest::AnyList(lists), lists.len(), WORDS_COST + lists.len(), 15),
            None => return nothing,
        },
    };
    let rows = if leaf.negated { block.everyone().len().saturating_sub(rows) } else { rows };
    Bound::Leaf(BoundLeaf { number, negated: leaf.negated, test, rows, fill_cost, check_cost })
}

fn bind_member<'a>(number: usize, live: Option<&'a LiveRows>, negated: bool, block: &Block) -> Bound<'a> {
    let everyone = block.everyone().len();
    match live {
        Some(live) if live.len() == everyone => {
            if negated {
                Bound::Nothing
            } else {
                Bound::All
            }
        }
        Some(live) if live.len() > 0 => {
            let rows = if negated { everyone - live.len() } else { live.len() };
            let test = BoundTest::Member(live);
            Bound::Leaf(BoundLeaf { number, negated, test, rows, fill_cost: WORDS_COST, check_cost: 4 })
        }
        _ if negated => Bound::All,
        _ => Bound::Nothing,
    }
}

type Costed<'a> = (BoundTest<'a>, usize, usize, usize);

fn bind_keys<'a>(part: &'a Numbers, set: &'a KeySet) -> Option<Costed<'a>> {
    let (min, max) = part.ints.bounds()?;
    let (low, high, each) = match set {
        KeySet::Range(low, high) => (*low, *high, 1),
        KeySet::OneOf(keys) => (*keys.first()?, *keys.last()?, keys.len()),
    };
    if low > max || high < min {
        return None;
    }
    let len = part.ints.len();
    let ranks = if matches!(set, KeySet::Range(..)) { part.ranks(low, high) } else { None };
    let (rows, fill) = match set {
        KeySet::Range(..) => {
            let rows = part.estimate(low, high, ranks.as_ref());
            let scan = WORDS_COST + len / 2;
            (rows, if ranks.is_some() { (WORDS_COST * 4 + rows).min(scan) } else { scan })
        }
        KeySet::OneOf(_) => (len.min(each.saturating_mul(len / 64 + 1)), WORDS_COST + len * 8),
    };
    let check = if matches!(set, KeySet::Range(..)) { 3 } else { 10 };
    Some((BoundTest::Numbers(part, set, ranks), rows, fill, check))
}

fn bind_text<'a>(part: &'a Texts, text: &'a TextPred) -> Option<Costed<'a>> {
    let mut codes = CodeRanges::new();
    match text {
        TextPred::OneOf(texts) => {
            let ranges = texts.iter().map(|text| part.codes_equal(text)).filter(|range| !range.is_empty());
            codes.extend(ranges);
        }
        TextPred::Starts(prefix) => codes.extend(Some(part.codes_starting(prefix)).filter(|range| !range.is_empty())),
        TextPred::Contains(_) | TextPred::Ends(_) => {
            let rows = part.rows.len() / 8;
            let cost = WORDS_COST + part.codes.frozen.search_bytes() / 4 + rows;
            return Some((BoundTest::Search(part, text), rows, cost, 60));
        }
    }
    let rows = part.estimate(&codes);
    if rows == 0 {
        return None;
    }
    let fill = if part.words(&codes).is_some() { WORDS_COST } else { WORDS_COST * 2 + rows };
    let check = if codes.len() == 1 { 3 } else { 8 };
    Some((BoundTest::Codes(part, codes, text), rows, fill, check))
}

fn bind_items<'a>(part: &'a Lists, items: &'a [String]) -> Option<Costed<'a>> {
    let ranges = items.iter().map(|item| part.codes_equal(item)).filter(|range| !range.is_empty());
    let codes: CodeRanges = ranges.collect();
    let rows = part.estimate(&codes);
    if rows == 0 {
        return None;
    }
    let fill = if part.words(&codes).is_some() { WORDS_COST } else { WORDS_COST * 2 + rows };
    Some((BoundTest::Items(part, codes, items), rows, fill, 20))
}

impl Bound<'_> {
    /// About how many rows pass, at most.
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::All => usize::MAX,
            Self::And(parts) => parts.iter().map(Self::rows).min().unwrap_or(usize::MAX),
            Self::Or(parts) => parts.iter().map(Self::rows).fold(0, usize::saturating_add),
            Self::Leaf(leaf) => leaf.rows,
        }
    }

    /// About what enumerating costs.
    pub(crate) fn fill_cost(&self) -> usize {
        match self {
            Self::Nothing | Self::All => 0,
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().map(Self::fill_cost).fold(WORDS_COST, usize::saturating_add)
            }
            Self::Leaf(leaf) => leaf.fill_cost + WORDS_COST,
        }
    }

    /// About what checking one row costs.
    pub(crate) fn check_cost(&self) -> usize {
        match self {
            Self::Nothing | Self::All => 0,
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::check_cost).fold(0, usize::saturating_add),
            Self::Leaf(leaf) => leaf.check_cost,
        }
    }

    /// Whether a row of the universe passes.
    pub(crate) fn check(&self, row: u16) -> bool {
        match self {
            Self::Nothing => false,
            Self::All => true,
            Self::And(parts) => parts.iter().all(|part| part.check(row)),
            Self::Or(parts) => parts.iter().any(|part| part.check(row)),
            Self::Leaf(leaf) => leaf.passes(row) != leaf.negated,
        }
    }
}

impl BoundLeaf<'_> {
    /// About how many rows of the block pass, the complement taken into account.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the positive test holds for a row, read from the column.
    pub(crate) fn passes(&self, row: u16) -> bool {
        match &self.test {
            BoundTest::Known(column) => column.knows(row),
            BoundTest::Numbers(part, set, _) => part.ints.get(row).is_some_and(|key| set.has(key)),
            BoundTest::Codes(part, codes, text) => part.code(row).is_some_and(|code| {
                if (code as usize) < part.codes.frozen.len() {
                    in_ranges(codes, code)
                } else {
                    text.has(part.codes.folded(code))
                }
            }),
            BoundTest::Search(part, text) => part.code(row).is_some_and(|code| text.has(part.codes.folded(code))),
            BoundTest::Rows(rows) => rows.contains(row),
            BoundTest::Items(part, _, items) => part.has_any(row, items),
            BoundTest::AnyList(part) => part.get(row).is_some(),
            BoundTest::Member(live) => live.contains(row),
        }
    }

    /// Keeps in `rows` those that pass, complement taken into account, reading the column only for
    /// rows that are in the set; returns how many are left.
    pub(crate) fn retain(&self, rows: &mut [u64]) -> usize {
        let (ints, low, high) = match &self.test {
            BoundTest::Numbers(part, KeySet::Range(low, high), _) => (&part.ints, *low, *high),
            BoundTest::Codes(part, codes, _) if codes.len() == 1 && part.codes.tail_len() == 0 => {
                (&part.rows, i64::from(codes[0].start), i64::from(codes[0].end) - 1)
            }
            _ => return bits::retain(rows, |row| self.passes(row) != self.negated),
        };
        ints.retain_range(low, high, self.negated, rows);
        bits::count(rows)
    }

    /// The rows of the positive test as words that exist already, or enumerated into `scratch`.
    pub(crate) fn words<'s>(&'s self, scratch: &'s mut [u64]) -> &'s [u64] {
        let ready = match &self.test {
            BoundTest::Rows(rows) => rows.as_words(),
            BoundTest::Member(live) if live.others().is_empty() => live.leads().as_words(),
            BoundTest::Codes(part, codes, _) => part.words(codes),
            BoundTest::Items(part, codes, _) => part.words(codes),
            _ => None,
        };
        if let Some(words) = ready {
            return words;
        }
        scratch.fill(0);
        match &self.test {
            BoundTest::Known(column) => column.known_into(scratch),
            BoundTest::Numbers(part, KeySet::Range(low, high), ranks) => {
                part.range_into(*low, *high, ranks.as_ref(), scratch);
            }
            BoundTest::Numbers(part, set @ KeySet::OneOf(_), _) => part.ints.for_each(|row, key| {
                if set.has(key) {
                    bits::set(scratch, row);
                }
            }),
            BoundTest::Codes(part, codes, text) => part.codes_into(codes, |folded| text.has(folded), scratch),
            BoundTest::Search(part, TextPred::Contains(needle)) => part.containing_into(needle, scratch),
            BoundTest::Search(part, text) => part.passing_into(|folded| text.has(folded), scratch),
            BoundTest::Rows(rows) => rows.or_into(scratch),
            BoundTest::Items(part, codes, items) => {
                part.codes_into(codes, |row| part.has_any(row, items), scratch);
            }
            BoundTest::AnyList(part) => part.known_into(scratch),
            BoundTest::Member(live) => {
                live.leads().or_into(scratch);
                live.others().or_into(scratch);
            }
        }
        scratch
    }
}

/// Whether a code lies in one of the ranges, which ascend.
fn in_ranges(codes: &[Range<u32>], code: u32) -> bool {
    match codes {
        [range] => range.contains(&code),
        _ => {
            let at = codes.partition_point(|range| range.end <= code);
            codes.get(at).is_some_and(|range| range.contains(&code))
        }
    }
}
