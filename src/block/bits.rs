//! Plain bit sets over the rows of one block, as slices of 64-bit words.
//!
//! A block's bit set is 8 KiB at full size, so a filter's scratch sets stay in the L1 cache and
//! the loops below run at memory speed; they are written for the compiler to vectorise.

/// Whether `row` is in the set.
pub(crate) fn test(words: &[u64], row: u16) -> bool {
    words[usize::from(row >> 6)] >> (row & 63) & 1 != 0
}

/// Adds `row`.
pub(crate) fn set(words: &mut [u64], row: u16) {
    words[usize::from(row >> 6)] |= 1 << (row & 63);
}

/// Takes `row` out.
pub(crate) fn clear(words: &mut [u64], row: u16) {
    words[usize::from(row >> 6)] &= !(1 << (row & 63));
}

/// Adds every row of `rows`.
pub(crate) fn set_all(words: &mut [u64], rows: &[u16]) {
    for &row in rows {
        set(words, row);
    }
}

/// `words &= other`.
pub(crate) fn and(words: &mut [u64], other: &[u64]) {
    for (word, other) in words.iter_mut().zip(other) {
        *word &= other;
    }
}

/// `words &= !other`.
pub(crate) fn and_not(words: &mut [u64], other: &[u64]) {
    for (word, other) in words.iter_mut().zip(other) {
        *word &= !other;
    }
}

/// `words |= other`.
pub(crate) fn or(words: &mut [u64], other: &[u64]) {
    for (word, other) in words.iter_mut().zip(other) {
        *word |= other;
    }
}

/// How many rows are in the set.
pub(crate) fn count(words: &[u64]) -> usize {
    words.iter().map(|word| word.count_ones() as usize).sum()
}

/// How many rows are in both sets.
pub(crate) fn count_and(a: &[u64], b: &[u64]) -> usize {
    a.iter().zip(b).map(|(a, b)| (a & b).count_ones() as usize).sum()
}

/// Calls `f` with each row in ascending order.
pub(crate) fn for_each(words: &[u64], mut f: impl FnMut(u16)) {
    for (at, &word) in words.iter().enumerate() {
        let (base, mut word) = (first_row(at), word);
        while word != 0 {
            f(base | low_bit(word));
            word &= word - 1;
        }
    }
}

/// Keeps the rows for which `keep` holds; returns how many are left.
pub(crate) fn retain(words: &mut [u64], mut keep: impl FnMut(u16) -> bool) -> usize {
    let mut left = 0;
    for (at, slot) in words.iter_mut().enumerate() {
        let (base, mut word) = (first_row(at), *slot);
        while word != 0 {
            if keep(base | low_bit(word)) {
                left += 1;
            } else {
                *slot &= !(word & word.wrapping_neg());
            }
            word &= word - 1;
        }
    }
    left
}

/// The first row of the set at or after `from`.
pub(crate) fn next(words: &[u64], from: u32) -> Option<u16> {
    let mut at = (from >> 6) as usize;
    let mut word = *words.get(at)? & (u64::MAX << (from & 63));
    while word == 0 {
        at += 1;
        word = *words.get(at)?;
    }
    u16::try_from(at * 64).ok().map(|base| base | low_bit(word))
}

/// The row of a word's lowest bit.
#[expect(clippy::cast_possible_truncation, reason = "a block has at most 1,024 words")]
fn first_row(word: usize) -> u16 {
    (word * 64) as u16
}

#[expect(clippy::cast_possible_truncation, reason = "a bit's number is below 64")]
fn low_bit(word: u64) -> u16 {
    word.trailing_zeros() as u16
}

/// How many rows of `range` are in the set.
pub(crate) fn count_range(words: &[u64], range: std::ops::Range<usize>) -> usize {
    if range.is_empty() {
        return 0;
    }
    let (first, last) = (range.start / 64, (range.end - 1) / 64);
    let head = u64::MAX << (range.start % 64);
    let tail = u64::MAX >> (63 - (range.end - 1) % 64);
    if first == last {
        return (words[first] & head & tail).count_ones() as usize;
    }
    let ends = (words[first] & head).count_ones() + (words[last] & tail).count_ones();
    ends as usize + count(&words[first + 1..last])
}

/// The last row of the set below `end`.
pub(crate) fn last_before(words: &[u64], end: usize) -> Option<usize> {
    let mut at = end.checked_sub(1)? / 64;
    let mut word = words[at] & (u64::MAX >> (63 - (end - 1) % 64));
    while word == 0 {
        at = at.checked_sub(1)?;
        word = words[at];
    }
    Some(at * 64 + 63 - word.leading_zeros() as usize)
}
