//! Integers as offsets from a base, as narrow as their spread allows.
//!
//! The base lies so far below the least of them that as many values fit below as above: most of what is
//! written later fits, and is one offset that changes. What does not fit is packed anew at once, in the
//! next width that holds all.

/// What an offset from a base is stored as.
pub(super) trait Offset: Copy + Default + Ord {
    /// The largest offset.
    const MAX: u64;

    /// An offset of at most [`Offset::MAX`]; of a larger one anything.
    fn narrow(offset: u64) -> Self;

    /// The offset as a number.
    fn wide(self) -> u64;
}

/// All integers are the base.
impl Offset for () {
    const MAX: u64 = 0;

    fn narrow(_: u64) -> Self {}

    fn wide(self) -> u64 {
        0
    }
}

/// Offsets of a number of bits.
macro_rules! offset {
    ($($width:ty)*) => {
        $(impl Offset for $width {
            const MAX: u64 = <$width>::MAX as u64;

            #[expect(clippy::allow_attributes, reason = "not every width is cut")]
            #[allow(clippy::cast_possible_truncation, reason = "offsets fit, or do not matter")]
            #[inline]
            fn narrow(offset: u64) -> Self {
                offset as Self
            }

            #[inline]
            fn wide(self) -> u64 {
                u64::from(self)
            }
        })*
    };
}

offset!(u8 u16 u32 u64);

/// The base for integers between `min` and `max`: with the same room below and above.
pub(super) fn base<T: Offset>(min: i64, max: i64) -> i64 {
    min.saturating_sub_unsigned(T::MAX.saturating_sub(spread(min, max)) / 2)
}

/// How far apart `min` and `max` are; no number for `max` below `min`.
pub(super) fn spread(min: i64, max: i64) -> u64 {
    max.wrapping_sub(min).cast_unsigned()
}

/// The offset of `value` from `base`, if it fits the width.
#[inline]
pub(super) fn offset<T: Offset>(value: i64, base: i64) -> Option<T> {
    (value >= base && spread(base, value) <= T::MAX).then(|| T::narrow(spread(base, value)))
}

/// The integer at an offset.
#[inline]
pub(super) fn plus<T: Offset>(base: i64, offset: T) -> i64 {
    base.wrapping_add(offset.wide().cast_signed())
}

/// The offsets between which the integers `low..=high` lie; `None` if no offset does.
pub(super) fn bounds<T: Offset>(low: i64, high: i64, base: i64) -> Option<(T, T)> {
    if high < base {
        return None;
    }
    let low = if low < base { T::narrow(0) } else { offset(low, base)? };
    Some((low, T::narrow(spread(base, high).min(T::MAX))))
}

/// The least and the largest of some integers; `(i64::MAX, i64::MIN)` of none.
pub(super) fn ends(values: impl Iterator<Item = i64>) -> (i64, i64) {
    values.fold((i64::MAX, i64::MIN), |(min, max), value| (min.min(value), max.max(value)))
}

/// A list of integers.
#[derive(Debug, Clone)]
pub(super) enum Packed {
    /// All are the same.
    Same(i64, u16),
    /// Offsets of 8 bits.
    U8(i64, Vec<u8>),
    /// Offsets of 16 bits.
    U16(i64, Vec<u16>),
    /// Offsets of 32 bits.
    U32(i64, Vec<u32>),
    /// Offsets of 64 bits.
    U64(i64, Vec<u64>),
}

/// Evaluates an expression for whatever width the offsets of a list have.
macro_rules! each_width {
    ($packed:expr, $same:pat => $one:expr, ($base:ident, $offsets:ident) => $many:expr) => {
        match $packed {
            $same => $one,
            Packed::U8($base, $offsets) => $many,
            Packed::U16($base, $offsets) => $many,
            Packed::U32($base, $offsets) => $many,
            Packed::U64($base, $offsets) => $many,
        }
    };
}

impl Packed {
    /// No integers.
    pub(super) fn new() -> Self {
        Self::Same(0, 0)
    }

    /// The integer `at`.
    #[inline]
    pub(super) fn get(&self, at: usize) -> i64 {
        each_width!(self, Self::Same(value, _) => *value, (base, offsets) => plus(*base, offsets[at]))
    }

    /// How many integers.
    fn len(&self) -> usize {
        each_width!(self, Self::Same(_, len) => usize::from(*len), (_base, offsets) => offsets.len())
    }

    /// All integers in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = i64> {
        (0..self.len()).map(|at| self.get(at))
    }

    /// Replaces the integer `at`.
    pub(super) fn set(&mut self, at: usize, value: i64) {
        fn set<T: Offset>(base: i64, offsets: &mut [T], at: usize, value: i64) -> bool {
            offset(value, base).map(|offset| offsets[at] = offset).is_some()
        }
        let fits = each_width!(
            self,
            Self::Same(same, _) => *same == value,
            (base, offsets) => set(*base, offsets, at, value)
        );
        if !fits {
            let mut all: Vec<i64> = self.iter().collect();
            all[at] = value;
            *self = Self::pack(&all);
        }
    }

    /// Puts an integer in before that `at`.
    pub(super) fn insert(&mut self, at: usize, value: i64) {
        fn insert<T: Offset>(base: i64, offsets: &mut Vec<T>, at: usize, value: i64) -> bool {
            let Some(offset) = offset(value, base) else { return false };
            reserve(offsets);
            offsets.insert(at, offset);
            true
        }
        let fits = each_width!(
            self,
            Self::Same(same, len) => {
                let fits = (*len == 0 || *same == value) && *len < u16::MAX;
                if fits {
                    (*same, *len) = (value, *len + 1);
                }
                fits
            },
            (base, offsets) => insert(*base, offsets, at, value)
        );
        if !fits {
            let mut all: Vec<i64> = self.iter().collect();
            all.insert(at, value);
            *self = Self::pack(&all);
        }
    }

    /// Takes the integer `at` out and returns it.
    pub(super) fn remove(&mut self, at: usize) -> i64 {
        each_width!(
            self,
            Self::Same(value, len) => {
                *len -= 1;
                *value
            },
            (base, offsets) => plus(*base, take_out(offsets, at))
        )
    }

    /// The narrowest form of `values`.
    pub(super) fn pack(values: &[i64]) -> Self {
        fn packed<T: Offset>(of: impl Fn(i64, Vec<T>) -> Packed, values: &[i64], (min, max): (i64, i64)) -> Packed {
            let base = base::<T>(min, max);
            of(base, values.iter().map(|&value| T::narrow(spread(base, value))).collect())
        }
        let ends = ends(values.iter().copied());
        if values.is_empty() {
            return Self::new();
        }
        match (spread(ends.0, ends.1), u16::try_from(values.len())) {
            (0, Ok(len)) => Self::Same(ends.0, len),
            (0..=0xFF, _) => packed(Self::U8, values, ends),
            (0x100..=0xFFFF, _) => packed(Self::U16, values, ends),
            (0x1_0000..=0xFFFF_FFFF, _) => packed(Self::U32, values, ends),
            _ => packed(Self::U64, values, ends),
        }
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        fn bytes<T>(offsets: &Vec<T>) -> usize {
            offsets.capacity() * size_of::<T>()
        }
        each_width!(self, Self::Same(..) => 0, (_base, offsets) => bytes(offsets))
    }
}

/// Takes an entry out and leaves nothing of any behind the end.
fn take_out<T: Offset>(list: &mut Vec<T>, at: usize) -> T {
    let taken = list[at];
    list.copy_within(at + 1.., at);
    if let Some(last) = list.last_mut() {
        *last = T::narrow(0);
    }
    list.pop();
    taken
}

/// Makes room for one more, and for some that may follow: lists are copied when they are written to, so
/// to double them each time would be waste.
pub(super) fn reserve<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 8).max(4));
    }
}
