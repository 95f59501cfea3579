//! Integers of one chunk, as narrow as their spread allows.

/// A list of integers stored as offsets from a base.
///
/// `Wide` is also the form of a chunk that is being written: [`Packed::set`] widens to it when a
/// value does not fit, [`Packed::pack`] narrows again before the chunk is published.
#[derive(Debug, Clone)]
pub(crate) enum Packed {
    /// All are the same.
    Same(i64, u16),
    /// Offsets of 8 bits.
    U8(i64, Vec<u8>),
    /// Offsets of 16 bits.
    U16(i64, Vec<u16>),
    /// Offsets of 32 bits.
    U32(i64, Vec<u32>),
    /// The integers themselves.
    Wide(Vec<i64>),
}

/// `v - base` where `v >= base`: never overflows as an unsigned number.
fn offset(v: i64, base: i64) -> Option<u64> {
    (v >= base).then(|| v.wrapping_sub(base).cast_unsigned())
}

fn plus(base: i64, offset: u64) -> i64 {
    base.wrapping_add(offset.cast_signed())
}

impl Packed {
    /// The integer `at`.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> i64 {
        match self {
            Self::Same(value, _) => *value,
            Self::U8(base, v) => plus(*base, u64::from(v[at])),
            Self::U16(base, v) => plus(*base, u64::from(v[at])),
            Self::U32(base, v) => plus(*base, u64::from(v[at])),
            Self::Wide(v) => v[at],
        }
    }

    /// How many integers.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Same(_, len) => usize::from(*len),
            Self::U8(_, v) => v.len(),
            Self::U16(_, v) => v.len(),
            Self::U32(_, v) => v.len(),
            Self::Wide(v) => v.len(),
        }
    }

    /// Replaces the integer `at`, widening if it does not fit.
    pub(crate) fn set(&mut self, at: usize, value: i64) {
        let fits = match self {
            Self::Same(same, _) => *same == value,
            Self::U8(base, v) => offset(value, *base).and_then(|o| u8::try_from(o).ok()).map(|o| v[at] = o).is_some(),
            Self::U16(base, v) => offset(value, *base).and_then(|o| u16::try_from(o).ok()).map(|o| v[at] = o).is_some(),
            Self::U32(base, v) => offset(value, *base).and_then(|o| u32::try_from(o).ok()).map(|o| v[at] = o).is_some(),
            Self::Wide(v) => {
                v[at] = value;
                true
            }
        };
        if !fits {
            self.wide()[at] = value;
        }
    }

    /// The plain integers, for writing.
    pub(crate) fn wide(&mut self) -> &mut Vec<i64> {
        if !matches!(self, Self::Wide(_)) {
            *self = Self::Wide((0..self.len()).map(|at| self.get(at)).collect());
        }
        match self {
            Self::Wide(v) => v,
            _ => unreachable!("widened above"),
        }
    }

    /// The narrowest form of `values`.
    pub(crate) fn pack(values: &[i64]) -> Self {
        let (Some(&min), Some(&max)) = (values.iter().min(), values.iter().max()) else {
            return Self::Wide(Vec::new());
        };
        let each = |v: &i64| offset(*v, min).unwrap_or(0);
        match (offset(max, min).unwrap_or(u64::MAX), u16::try_from(values.len())) {
            (0, Ok(len)) => Self::Same(min, len),
            (0..=0xFF, _) => Self::U8(min, values.iter().map(|v| each(v).to_le_bytes()[0]).collect()),
            (0x100..=0xFFFF, _) => {
                Self::U16(min, values.iter().map(|v| u16::try_from(each(v)).unwrap_or(u16::MAX)).collect())
            }
            (0x1_0000..=0xFFFF_FFFF, _) => {
                Self::U32(min, values.iter().map(|v| u32::try_from(each(v)).unwrap_or(u32::MAX)).collect())
            }
            _ => Self::Wide(values.to_vec()),
        }
    }

    /// Whether the chunk is in the form for writing.
    pub(crate) fn is_wide(&self) -> bool {
        matches!(self, Self::Wide(_))
    }

    /// Writes a bit for each integer within `low..=high`, 64 to a word.
    pub(crate) fn range_words(&self, low: i64, high: i64, out: &mut [u64]) {
        /// 64 comparisons become a byte each (which vectorises), then 8 bytes become 8 bits by one
        /// multiplication that moves byte `i`'s lowest bit to bit `56 + i`.
        fn narrow<T: Copy>(values: &[T], out: &mut [u64], within: impl Fn(T) -> bool) {
            for (values, word) in values.chunks(64).zip(out) {
                let mut flags = [0u8; 64];
                for (flag, &value) in flags.iter_mut().zip(values) {
                    *flag = u8::from(within(value));
                }
                *word = 0;
                for (i, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
                    let moved = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
                    *word |= moved << (8 * i);
                }
            }
        }
        /// The bounds as offsets of the chunk's width; `None` if no offset lies between them.
        fn bounds<T: TryFrom<u64>>(low: i64, high: i64, base: i64, max: T) -> Option<(T, T)> {
            let high = T::try_from(offset(high, base)?).unwrap_or(max);
            let low = T::try_from(offset(low, base).unwrap_or(0)).ok()?;
            Some((low, high))
        }
        match self {
            Self::Same(value, _) => out.fill(if (low..=high).contains(value) { !0 } else { 0 }),
            Self::U8(base, v) => match bounds(low, high, *base, u8::MAX) {
                Some((low, high)) => narrow(v, out, |v| (v >= low) & (v <= high)),
                None => out.fill(0),
            },
            Self::U16(base, v) => match bounds(low, high, *base, u16::MAX) {
                Some((low, high)) => narrow(v, out, |v| (v >= low) & (v <= high)),
                None => out.fill(0),
            },
            Self::U32(base, v) => match bounds(low, high, *base, u32::MAX) {
                Some((low, high)) => narrow(v, out, |v| (v >= low) & (v <= high)),
                None => out.fill(0),
            },
            Self::Wide(v) => narrow(v, out, |v| (v >= low) & (v <= high)),
        }
    }

    /// Of the candidates, a bit each for the 64 integers from `from` on, those within `low..=high`.
    pub(crate) fn pick(&self, from: usize, candidates: u64, low: i64, high: i64) -> u64 {
        fn picked(candidates: u64, passes: impl Fn(usize) -> bool) -> u64 {
            // Without a branch on the outcome: about half of them would be guessed wrong.
            let (mut left, mut out) = (candidates, 0);
            while left != 0 {
                let at = left.trailing_zeros();
                out |= u64::from(passes(at as usize)) << at;
                left &= left - 1;
            }
            out
        }
        let within = |value: i64| (low..=high).contains(&value);
        match self {
            Self::Same(value, _) => {
                if within(*value) {
                    candidates
                } else {
                    0
                }
            }
            Self::U8(base, v) => picked(candidates, |at| within(plus(*base, u64::from(v[from + at])))),
            Self::U16(base, v) => picked(candidates, |at| within(plus(*base, u64::from(v[from + at])))),
            Self::U32(base, v) => picked(candidates, |at| within(plus(*base, u64::from(v[from + at])))),
            Self::Wide(v) => picked(candidates, |at| within(v[from + at])),
        }
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Same(..) => 0,
            Self::U8(_, v) => v.capacity(),
            Self::U16(_, v) => v.capacity() * 2,
            Self::U32(_, v) => v.capacity() * 4,
            Self::Wide(v) => v.capacity() * 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Packed;

    #[test]
    fn every_width_reads_back_and_answers_ranges() {
        for spread in [0i64, 1, 255, 256, 65_535, 65_536, u32::MAX as i64, u32::MAX as i64 + 1, i64::MAX] {
            for base in [0, -1, i64::MIN, 1 << 40] {
                let values: Vec<i64> = (0..128i64)
                    .map(|i| base.saturating_add(if i % 3 == 0 { spread } else { spread / 128 * i }))
                    .collect();
                let mut packed = Packed::pack(&values);
                assert!(values.iter().enumerate().all(|(i, &v)| packed.get(i) == v));
                for (low, high) in [
                    (i64::MIN, i64::MAX),
                    (values[0], values[0]),
                    (values[5], values[100]),
                    (1, 0),
                    (i64::MIN, values[7]),
                ] {
                    let mut words = [0; 2];
                    packed.range_words(low, high, &mut words);
                    for (i, v) in values.iter().enumerate() {
                        assert_eq!(
                            words[i / 64] >> (i % 64) & 1 == 1,
                            (low..=high).contains(v),
                            "{spread} {base} {i} {low} {high}"
                        );
                    }
                }
                packed.set(3, i64::MIN);
                packed.set(4, i64::MAX);
                assert_eq!((packed.get(3), packed.get(4), packed.get(5)), (i64::MIN, i64::MAX, values[5]));
            }
        }
    }
}
