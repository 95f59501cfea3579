//! Texts by code: one long string and where each text ends.
//!
//! Every text is kept in its folded form, which search and order use, and once more as it was
//! written where that differs.

use std::cmp::Ordering;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use hashbrown::HashTable;
use memchr::memmem::Finder;

use crate::fold::fold;
use crate::table::unless_shared;
use crate::value::Texts;

/// Texts end to end.
#[derive(Debug, Clone, Default)]
struct Arena {
    text: String,
    ends: Vec<u32>,
}

impl Arena {
    fn get(&self, at: usize) -> &str {
        let from = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.text[from..self.ends[at] as usize]
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        // A block's texts: at most 65,536 rows x 31 texts x 1,020 bytes, which fits 32 bits.
        self.ends.push(u32::try_from(self.text.len()).expect("the texts of one block take less than 4 GiB"));
    }

    fn heap_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4
    }
}

/// Texts by code, each with its folded form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dict {
    folded: Arena,
    /// As written; empty where that is the folded form (no text is empty). Has as many entries as
    /// `folded`, or none at all while every text is its own folded form.
    written: Arena,
}

impl Dict {
    /// How many texts.
    pub(crate) fn len(&self) -> usize {
        self.folded.ends.len()
    }

    /// The folded form.
    pub(crate) fn folded(&self, code: usize) -> &str {
        self.folded.get(code)
    }

    /// As written.
    pub(crate) fn written(&self, code: usize) -> &str {
        match self.written.ends.get(code) {
            None => self.folded.get(code),
            Some(_) => match self.written.get(code) {
                "" => self.folded.get(code),
                text => text,
            },
        }
    }

    /// Adds a text in both forms; its code is the former length.
    pub(crate) fn push(&mut self, folded: &str, written: &str) {
        if folded != written && self.written.ends.is_empty() {
            self.written.ends = vec![0; self.len()];
        }
        let keep_written = folded != written;
        if keep_written || !self.written.ends.is_empty() {
            self.written.push(if keep_written { written } else { "" });
        }
        self.folded.push(folded);
    }

    /// The order of strings: folded form, then as written.
    pub(crate) fn cmp(&self, code: usize, folded: &str, written: &str) -> Ordering {
        let by_fold = self.folded(code).as_bytes().cmp(folded.as_bytes());
        by_fold.then_with(|| self.written(code).as_bytes().cmp(written.as_bytes()))
    }

    /// The first code of a sorted dictionary for which `before` does not hold.
    pub(crate) fn partition(&self, mut before: impl FnMut(usize) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if before(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The codes of a sorted dictionary whose folded form is `folded`: texts that differ in case
    /// stand side by side.
    pub(crate) fn equal(&self, folded: &str) -> std::ops::Range<usize> {
        let from = self.partition(|code| self.folded(code).as_bytes() < folded.as_bytes());
        let mut to = from;
        while to < self.len() && self.folded(to) == folded {
            to += 1;
        }
        from..to
    }

    /// The codes of a sorted dictionary whose folded form starts with `prefix`.
    pub(crate) fn starting(&self, prefix: &str) -> std::ops::Range<usize> {
        let from = self.partition(|code| self.folded(code).as_bytes() < prefix.as_bytes());
        let to = self.partition(|code| {
            let text = self.folded(code).as_bytes();
            &text[..text.len().min(prefix.len())] <= prefix.as_bytes()
        });
        from..to
    }

    /// Calls `f` with the code of each text whose folded form contains the needle, ascending. One
    /// search over the whole arena, not one a text.
    pub(crate) fn containing(&self, needle: &Finder<'_>, mut f: impl FnMut(usize)) {
        let (text, len) = (self.folded.text.as_bytes(), needle.needle().len());
        let (mut at, mut code) = (0, 0);
        while let Some(hit) = needle.find(&text[at..]) {
            let hit = at + hit;
            while self.folded.ends[code] as usize <= hit {
                code += 1;
            }
            let end = self.folded.ends[code] as usize;
            if hit + len <= end {
                f(code);
                at = end;
            } else {
                // The hit runs over into the next text.
                at = hit + 1;
            }
        }
    }

    /// Bytes that a search over all texts reads.
    pub(crate) fn search_bytes(&self) -> usize {
        self.folded.text.len()
    }

    /// Gives back what was reserved and not used.
    pub(crate) fn shrink(&mut self) {
        for arena in [&mut self.folded, &mut self.written] {
            arena.text.shrink_to_fit();
            arena.ends.shrink_to_fit();
        }
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.folded.heap_bytes() + self.written.heap_bytes()
    }
}

/// Texts come from outside: hashing is keyed, so that nobody can prepare collisions.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The keyed hash of a text from outside.
pub(crate) fn hash_text(text: &str) -> u64 {
    HASHER.hash_one(text)
}

/// The texts of one part of a column: a sorted, frozen dictionary, and the texts that came since.
///
/// A code below `frozen.len()` is of the frozen dictionary and orders like its text; a later one
/// is of the tail.
#[derive(Debug, Clone, Default)]
pub(crate) struct Codes {
    pub(crate) frozen: triomphe::Arc<Dict>,
    tail: Dict,
    tail_codes: HashTable<u32>,
    /// The first and the last text of the tail, in order.
    tail_ends: Option<(u32, u32)>,
    /// How often codes were numbered anew.
    numbering: u64,
}

impl Codes {
    /// How many texts came since the dictionary was frozen.
    pub(crate) fn tail_len(&self) -> usize {
        self.tail.len()
    }

    /// How many codes there are.
    pub(crate) fn len(&self) -> usize {
        self.frozen.len() + self.tail.len()
    }

    fn at(&self, code: u32) -> (&Dict, usize) {
        let code = code as usize;
        let frozen = self.frozen.len();
        if code < frozen { (&self.frozen, code) } else { (&self.tail, code - frozen) }
    }

    /// The folded form of a code's text.
    pub(crate) fn folded(&self, code: u32) -> &str {
        let (dict, at) = self.at(code);
        dict.folded(at)
    }

    /// A code's text as written.
    pub(crate) fn written(&self, code: u32) -> &str {
        let (dict, at) = self.at(code);
        dict.written(at)
    }

    /// The order of two codes' texts.
    pub(crate) fn cmp(&self, a: u32, b: u32) -> Ordering {
        let frozen = self.frozen.len();
        if (a as usize) < frozen && (b as usize) < frozen {
            return a.cmp(&b);
        }
        let by_fold = self.folded(a).as_bytes().cmp(self.folded(b).as_bytes());
        by_fold.then_with(|| self.written(a).as_bytes().cmp(self.written(b).as_bytes()))
    }

    /// Codes between whose texts every text lies, both included.
    pub(crate) fn ends(&self) -> Option<(u32, u32)> {
        let frozen = (self.frozen.len() > 0).then(|| (0, as_code(self.frozen.len() - 1)));
        match (frozen, self.tail_ends) {
            (Some((a, b)), Some((c, d))) => {
                let first = if self.cmp(c, a).is_lt() { c } else { a };
                Some((first, if self.cmp(d, b).is_gt() { d } else { b }))
            }
            (frozen, tail) => frozen.or(tail),
        }
    }

    /// The code of `text`; a new one of the tail if it has none.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let folded = fold(text);
        let code = self.frozen.partition(|code| self.frozen.cmp(code, &folded, text).is_lt());
        if code < self.frozen.len() && self.frozen.written(code) == text {
            return as_code(code);
        }
        let Self { frozen, tail, tail_codes, .. } = self;
        let hash = hash_text(text);
        if let Some(&at) = tail_codes.find(hash, |&at| tail.written(at as usize) == text) {
            return as_code(frozen.len() + at as usize);
        }
        let at = as_code(tail.len());
        tail.push(&folded, text);
        tail_codes.insert_unique(hash, at, |&at| hash_text(tail.written(at as usize)));
        let code = as_code(frozen.len() + at as usize);
        self.widen(code);
        code
    }

    /// Drops the texts of the tail for whose codes `live` does not hold. Returns the new code of each
    /// old one (dead ones: anything).
    pub(crate) fn sweep(&mut self, live: impl Fn(u32) -> bool) -> Vec<u32> {
        let frozen = self.frozen.len();
        let mut renumbered: Vec<u32> = (0..self.len()).map(as_code).collect();
        let (mut tail, mut tail_codes) = (Dict::default(), HashTable::new());
        for at in 0..self.tail.len() {
            if live(as_code(frozen + at)) {
                let (written, new) = (self.tail.written(at), as_code(tail.len()));
                renumbered[frozen + at] = as_code(frozen + tail.len());
                tail.push(self.tail.folded(at), written);
                tail_codes.insert_unique(hash_text(written), new, |&at| hash_text(tail.written(at as usize)));
            }
        }
        (self.tail, self.tail_codes, self.tail_ends) = (tail, tail_codes, None);
        self.numbering += 1;
        (frozen..self.len()).map(as_code).for_each(|code| self.widen(code));
        renumbered
    }

    /// Brings the ends of the tail in line with one of its codes.
    fn widen(&mut self, code: u32) {
        let (first, last) = self.tail_ends.unwrap_or((code, code));
        let first = if self.cmp(code, first).is_lt() { code } else { first };
        let last = if self.cmp(code, last).is_gt() { code } else { last };
        self.tail_ends = Some((first, last));
    }

    /// Freezes the texts of the codes for which `live` holds into a new sorted dictionary without a
    /// tail. Returns the new code of each old one (dead ones: anything).
    pub(crate) fn freeze(&mut self, live: impl Fn(u32) -> bool) -> Vec<u32> {
        let frozen = self.frozen.len();
        let mut late: Vec<(u64, u32)> = (frozen..self.len())
            .map(as_code)
            .filter(|&code| live(code))
            .map(|code| (prefix(self.folded(code)), code))
            .collect();
        late.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| self.cmp(a.1, b.1)));
        let mut late = late.into_iter().map(|(_, code)| code).peekable();
        let mut early = (0..frozen).map(as_code).filter(|&code| live(code)).peekable();
        let (mut dict, mut renumbered) = (Dict::default(), vec![0; self.len()]);
        loop {
            let next = match (early.peek(), late.peek()) {
                (Some(&a), Some(&b)) if self.cmp(a, b).is_lt() => early.next(),
                (Some(_), None) => early.next(),
                _ => late.next(),
            };
            let Some(code) = next else { break };
            renumbered[code as usize] = as_code(dict.len());
            dict.push(self.folded(code), self.written(code));
        }
        dict.shrink();
        let numbering = self.numbering + 1;
        *self = Self { frozen: triomphe::Arc::new(dict), numbering, ..Self::default() };
        renumbered
    }

    /// Makes the codes the same as newer ones; whether the codes that both have are of the same texts.
    /// `forget`: nothing may stay of texts that are gone.
    pub(crate) fn follow(&mut self, newer: &Self, forget: bool) -> bool {
        let is_same = self.numbering == newer.numbering;
        if !is_same || forget {
            self.clone_from(newer);
            return is_same;
        }
        // Within a numbering the tail only grows.
        for at in self.tail.len()..newer.tail.len() {
            self.tail.push(newer.tail.folded(at), newer.tail.written(at));
            let Self { tail, tail_codes, .. } = self;
            let hash = |&at: &u32| hash_text(tail.written(at as usize));
            let at = as_code(at);
            tail_codes.insert_unique(hash(&at), at, hash);
        }
        self.tail_ends = newer.tail_ends;
        true
    }

    /// Bytes on the heap, without those of the frozen dictionary if `newer` holds it too.
    pub(crate) fn heap_bytes(&self, newer: Option<&Self>) -> usize {
        let frozen = unless_shared(&self.frozen, newer.map(|newer| &newer.frozen), Dict::heap_bytes);
        frozen + self.tail.heap_bytes() + self.tail_codes.allocation_size()
    }

    /// Checks that the frozen texts are sorted, each once, in their folded forms.
    pub(crate) fn validate(&self) -> Result<(), String> {
        let sorted = (1..self.frozen.len())
            .all(|code| self.frozen.cmp(code - 1, self.frozen.folded(code), self.frozen.written(code)).is_lt());
        let folded = (0..self.len()).map(as_code).all(|code| fold(self.written(code)) == self.folded(code));
        let inside = self.ends().is_none_or(|(first, last)| {
            (0..self.len()).map(as_code).all(|code| self.cmp(first, code).is_le() && self.cmp(code, last).is_le())
        });
        if sorted && folded && inside { Ok(()) } else { Err("a dictionary is out of order".to_owned()) }
    }
}

impl Texts for Codes {
    fn text(&self, code: u32) -> &str {
        self.written(code)
    }
}

/// The first eight bytes as a number that orders like them.
fn prefix(text: &str) -> u64 {
    let mut first = [0; 8];
    let len = text.len().min(8);
    first[..len].copy_from_slice(&text.as_bytes()[..len]);
    u64::from_be_bytes(first)
}

/// A code from a count of texts.
pub(crate) fn as_code(at: usize) -> u32 {
    u32::try_from(at).expect("a block has fewer than 2^32 texts")
}
