//! Which rows hold an integer, and which: presence and values of one part of a column.
//!
//! A part with few values is one small piece; a larger one is a table of chunks of 1,024 rows
//! (at full block size), so that a write copies one chunk and not the column. Each chunk decides
//! for itself: sorted row/value pairs while it is sparse, a bit per row and a value per row once it
//! is dense; and it keeps bounds of its values, so that a range skips chunks.

use std::sync::Arc;

use crate::block::bits;
use crate::block::column::chunks::Chunks;
use crate::block::column::packed::Packed;
use crate::limits::Shape;
use crate::table::unless_shared;

/// Integers by row.
#[derive(Debug, Clone)]
pub(crate) struct Ints {
    shape: Shape,
    len: usize,
    /// Bounds of the values: never too narrow, exact after [`Ints::tighten`].
    bounds: (i64, i64),
    store: Store,
}

/// The bounds of no value.
const NO_BOUNDS: (i64, i64) = (i64::MAX, i64::MIN);

#[derive(Debug, Clone)]
enum Store {
    /// One piece over the whole block.
    Few(Chunk),
    /// A chunk per run of rows; `None` where no row has a value.
    Chunks(Chunks<Chunk>),
}

/// The integers of a run of rows; rows are counted from the run's start.
#[derive(Debug, Clone)]
struct Chunk {
    /// Bounds of the values: never too narrow, exact after [`Chunk::settle`].
    min: i64,
    max: i64,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    /// Sorted rows, and the value of each.
    Pairs(Vec<u16>, Packed),
    /// A bit for each row that has a value, their number, and a value for every row (of rows
    /// without one it means nothing).
    Dense(Box<[u64]>, usize, Packed),
}

impl Chunk {
    fn new() -> Self {
        Self { min: i64::MAX, max: i64::MIN, form: Form::Pairs(Vec::new(), Packed::Wide(Vec::new())) }
    }

    fn len(&self) -> usize {
        match &self.form {
            Form::Pairs(rows, _) => rows.len(),
            Form::Dense(_, len, _) => *len,
        }
    }

    #[inline]
    fn get(&self, row: u16) -> Option<i64> {
        match &self.form {
            Form::Pairs(rows, values) => rows.binary_search(&row).ok().map(|at| values.get(at)),
            Form::Dense(known, _, values) => bits::test(known, row).then(|| values.get(usize::from(row))),
        }
    }

    /// Sets a value; whether the row had none.
    fn set(&mut self, row: u16, value: i64) -> bool {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        match &mut self.form {
            Form::Pairs(rows, values) => match rows.binary_search(&row) {
                Ok(at) => {
                    values.set(at, value);
                    false
                }
                Err(at) => {
                    rows.insert(at, row);
                    values.wide().insert(at, value);
                    true
                }
            },
            Form::Dense(known, len, values) => {
                let new = !bits::test(known, row);
                bits::set(known, row);
                *len += usize::from(new);
                values.set(usize::from(row), value);
                new
            }
        }
    }

    fn remove(&mut self, row: u16) -> Option<i64> {
        match &mut self.form {
            Form::Pairs(rows, values) => {
                let at = rows.binary_search(&row).ok()?;
                rows.remove(at);
                Some(values.wide().remove(at))
            }
            Form::Dense(known, len, values) => {
                if !bits::test(known, row) {
                    return None;
                }
                bits::clear(known, row);
                *len -= 1;
                let removed = values.get(usize::from(row));
                // What was removed is not to be found in memory either.
                values.set(usize::from(row), self.min);
                Some(removed)
            }
        }
    }

    fn for_each(&self, mut f: impl FnMut(u16, i64)) {
        match &self.form {
            Form::Pairs(rows, values) => rows.iter().enumerate().for_each(|(at, &row)| f(row, values.get(at))),
            Form::Dense(known, _, values) => bits::for_each(known, |row| f(row, values.get(usize::from(row)))),
        }
    }

    /// Turns pairs into the dense form over `rows` rows.
    fn densify(&mut self, rows: usize) {
        if let Form::Pairs(..) = self.form {
            let mut known = vec![0; rows / 64].into_boxed_slice();
            let mut values = vec![self.min; rows];
            self.for_each(|row, value| {
                bits::set(&mut known, row);
                values[usize::from(row)] = value;
            });
            self.form = Form::Dense(known, self.len(), Packed::Wide(values));
        }
    }

    /// Chooses the form by density, packs the values and makes the bounds exact.
    fn settle(&mut self, dense_from: usize) {
        let (mut min, mut max) = (i64::MAX, i64::MIN);
        self.for_each(|_, value| {
            min = min.min(value);
            max = max.max(value);
        });
        (self.min, self.max) = (min, max);
        let len = self.len();
        match &mut self.form {
            Form::Pairs(rows, values) => {
                rows.shrink_to_fit();
                *values = Packed::pack(values.wide());
            }
            Form::Dense(known, _, values) if len >= dense_from / 2 => {
                let wide = values.wide();
                for (at, value) in wide.iter_mut().enumerate() {
                    if known[at / 64] >> (at % 64) & 1 == 0 {
                        *value = min;
                    }
                }
                *values = Packed::pack(wide);
            }
            Form::Dense(..) => {
                let (mut rows, mut values) = (Vec::with_capacity(len), Vec::with_capacity(len));
                self.for_each(|row, value| {
                    rows.push(row);
                    values.push(value);
                });
                self.form = Form::Pairs(rows, Packed::pack(&values));
            }
        }
    }

    fn is_wide(&self) -> bool {
        match &self.form {
            Form::Pairs(_, values) | Form::Dense(_, _, values) => values.is_wide(),
        }
    }

    /// Whether a dense chunk has lost so many values that pairs are smaller.
    fn is_thin(&self, dense_from: usize) -> bool {
        matches!(self.form, Form::Dense(..)) && self.len() < dense_from / 2
    }

    fn heap_bytes(&self) -> usize {
        match &self.form {
            Form::Pairs(rows, values) => rows.capacity() * 2 + values.heap_bytes(),
            Form::Dense(known, _, values) => known.len() * 8 + values.heap_bytes(),
        }
    }
}

impl Ints {
    pub(crate) fn new(shape: Shape) -> Self {
        Self { shape, len: 0, bounds: NO_BOUNDS, store: Store::Few(Chunk::new()) }
    }

    /// How many rows have a value.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn place(&self, row: u16) -> (usize, u16) {
        let shift = self.shape.chunk_shift();
        (usize::from(row) >> shift, row & low_mask(self.shape))
    }

    /// The value of `row`.
    #[inline]
    pub(crate) fn get(&self, row: u16) -> Option<i64> {
        match &self.store {
            Store::Few(chunk) => chunk.get(row),
            Store::Chunks(chunks) => {
                let (chunk, row) = self.place(row);
                chunks.get(chunk)?.get(row)
            }
        }
    }

    /// Sets the value of `row`.
    pub(crate) fn set(&mut self, row: u16, value: i64) {
        let (at, in_chunk) = self.place(row);
        let (dense_from, chunk_rows) = (dense_from(self.shape), self.shape.chunk_rows());
        self.bounds = (self.bounds.0.min(value), self.bounds.1.max(value));
        match &mut self.store {
            Store::Few(chunk) => {
                self.len += usize::from(chunk.set(row, value));
                if chunk.len() > self.shape.few().max(8) {
                    self.split();
                }
            }
            Store::Chunks(chunks) => {
                let chunk = Arc::make_mut(chunks.slot(at).get_or_insert_with(|| Arc::new(Chunk::new())));
                self.len += usize::from(chunk.set(in_chunk, value));
                if chunk.len() > dense_from {
                    chunk.densify(chunk_rows);
                }
            }
        }
    }

    /// From one piece to a table of chunks.
    fn split(&mut self) {
        let count = self.shape.rows() / self.shape.chunk_rows();
        let whole = std::mem::replace(&mut self.store, Store::Chunks(Chunks::new(count)));
        self.len = 0;
        if let Store::Few(chunk) = whole {
            chunk.for_each(|row, value| self.set(row, value));
        }
    }

    /// Takes the value of `row` away and returns it.
    pub(crate) fn remove(&mut self, row: u16) -> Option<i64> {
        let (at, in_chunk) = self.place(row);
        let removed = match &mut self.store {
            Store::Few(chunk) => chunk.remove(row),
            Store::Chunks(chunks) => {
                chunks.get(at)?.get(in_chunk)?;
                let slot = chunks.slot(at);
                let chunk = Arc::make_mut(slot.as_mut()?);
                let removed = chunk.remove(in_chunk);
                if chunk.len() == 0 {
                    *slot = None;
                }
                removed
            }
        };
        self.len -= usize::from(removed.is_some());
        removed
    }

    /// Calls `f` with each row that has a value, in ascending order, and the value.
    pub(crate) fn for_each(&self, mut f: impl FnMut(u16, i64)) {
        match &self.store {
            Store::Few(chunk) => chunk.for_each(f),
            Store::Chunks(chunks) => {
                for (base, chunk) in (0..=u16::MAX).step_by(self.shape.chunk_rows()).zip(chunks.iter()) {
                    if let Some(chunk) = chunk {
                        chunk.for_each(|row, value| f(base + row, value));
                    }
                }
            }
        }
    }

    /// Adds the rows that have a value to `words`.
    pub(crate) fn known_into(&self, words: &mut [u64]) {
        match &self.store {
            Store::Few(chunk) => chunk.for_each(|row, _| bits::set(words, row)),
            Store::Chunks(chunks) => {
                for (chunk, words) in chunks.iter().zip(words.chunks_mut(self.shape.chunk_rows() / 64)) {
                    match chunk.map(|chunk| &chunk.form) {
                        Some(Form::Dense(known, _, _)) => bits::or(words, known),
                        Some(Form::Pairs(rows, _)) => bits::set_all(words, rows),
                        None => {}
                    }
                }
            }
        }
    }

    /// Adds the rows whose value lies within `low..=high` to `words`.
    pub(crate) fn range_into(&self, low: i64, high: i64, words: &mut [u64]) {
        match &self.store {
            Store::Few(chunk) => chunk.for_each(|row, value| {
                if (low..=high).contains(&value) {
                    bits::set(words, row);
                }
            }),
            Store::Chunks(chunks) => {
                let width = self.shape.chunk_rows() / 64;
                let mut scratch = vec![0; width];
                for (chunk, words) in chunks.iter().zip(words.chunks_mut(width)) {
                    let Some(chunk) = chunk.filter(|chunk| chunk.min <= high && chunk.max >= low) else {
                        continue;
                    };
                    match &chunk.form {
                        Form::Dense(known, _, _) if low <= chunk.min && chunk.max <= high => bits::or(words, known),
                        Form::Dense(known, _, values) => {
                            values.range_words(low, high, &mut scratch);
                            bits::and(&mut scratch, known);
                            bits::or(words, &scratch);
                        }
                        Form::Pairs(..) => chunk.for_each(|row, value| {
                            if (low..=high).contains(&value) {
                                bits::set(words, row);
                            }
                        }),
                    }
                }
            }
        }
    }

    /// Keeps in `words` the rows whose value lies within `low..=high`; or, `negated`, the others, those
    /// without a value among them. Reads values only of rows that are in `words`.
    pub(crate) fn retain_range(&self, low: i64, high: i64, negated: bool, words: &mut [u64]) {
        let keep = |word: &mut u64, passing: u64| *word &= if negated { !passing } else { passing };
        match &self.store {
            Store::Few(chunk) => {
                let mut passing = vec![0; words.len()];
                chunk.for_each(|row, value| {
                    if (low..=high).contains(&value) {
                        bits::set(&mut passing, row);
                    }
                });
                words.iter_mut().zip(passing).for_each(|(word, passing)| keep(word, passing));
            }
            Store::Chunks(chunks) => {
                for (chunk, words) in chunks.iter().zip(words.chunks_mut(self.shape.chunk_rows() / 64)) {
                    if words.iter().all(|word| *word == 0) {
                        continue;
                    }
                    match chunk.filter(|chunk| chunk.min <= high && chunk.max >= low).map(|c| &c.form) {
                        None => words.iter_mut().for_each(|word| keep(word, 0)),
                        Some(Form::Dense(known, _, values)) => {
                            for (at, (word, known)) in words.iter_mut().zip(known).enumerate() {
                                keep(word, values.pick(at * 64, *word & known, low, high));
                            }
                        }
                        Some(Form::Pairs(rows, values)) => {
                            let mut passing = [0; 16];
                            for (at, &row) in rows.iter().enumerate() {
                                if bits::test(words, row) && (low..=high).contains(&values.get(at)) {
                                    bits::set(&mut passing, row);
                                }
                            }
                            words.iter_mut().zip(passing).for_each(|(word, passing)| keep(word, passing));
                        }
                    }
                }
            }
        }
    }

    /// How many rows have a value within `low..=high`, assuming values spread evenly in a chunk.
    pub(crate) fn estimate(&self, low: i64, high: i64) -> usize {
        let of = |chunk: &Chunk| {
            if low <= chunk.min && chunk.max <= high {
                return chunk.len();
            }
            if chunk.min > high || chunk.max < low {
                return 0;
            }
            let span = i128::from(chunk.max) - i128::from(chunk.min) + 1;
            let part = i128::from(high.min(chunk.max)) - i128::from(low.max(chunk.min)) + 1;
            usize::try_from((chunk.len() as i128 * part / span).max(1)).unwrap_or(0)
        };
        match &self.store {
            Store::Few(chunk) => of(chunk),
            Store::Chunks(chunks) => chunks.iter().flatten().map(|chunk| of(chunk)).sum(),
        }
    }

    /// Bounds of the values: never too narrow. `None` if no row has one.
    #[inline]
    pub(crate) fn bounds(&self) -> Option<(i64, i64)> {
        (self.len > 0).then_some(self.bounds)
    }

    fn exact_bounds(&self) -> (i64, i64) {
        let join = |(min, max): (i64, i64), chunk: &Chunk| (min.min(chunk.min), max.max(chunk.max));
        match &self.store {
            Store::Few(chunk) => join(NO_BOUNDS, chunk),
            Store::Chunks(chunks) => chunks.iter().flatten().fold(NO_BOUNDS, |bounds, chunk| join(bounds, chunk)),
        }
    }

    /// The least value above `bound`.
    pub(crate) fn next_above(&self, bound: i64) -> Option<i64> {
        let mut least: Option<i64> = None;
        let mut look = |chunk: &Chunk| {
            if chunk.max <= bound || least.is_some_and(|least| least <= chunk.min) {
                return;
            }
            chunk.for_each(|_, value| {
                if value > bound && least.is_none_or(|least| value < least) {
                    least = Some(value);
                }
            });
        };
        match &self.store {
            Store::Few(chunk) => look(chunk),
            Store::Chunks(chunks) => chunks.iter().flatten().for_each(|chunk| look(chunk)),
        }
        least
    }

    /// Replaces every value by `f` of it.
    pub(crate) fn map(&mut self, f: impl Fn(i64) -> i64) {
        let dense_from = dense_from(self.shape);
        let change = |chunk: &mut Chunk| {
            match &mut chunk.form {
                Form::Pairs(_, values) => values.wide().iter_mut().for_each(|value| *value = f(*value)),
                Form::Dense(known, _, values) => {
                    let wide = values.wide();
                    bits::for_each(known, |row| wide[usize::from(row)] = f(wide[usize::from(row)]));
                }
            }
            chunk.settle(dense_from);
        };
        match &mut self.store {
            Store::Few(chunk) => change(chunk),
            Store::Chunks(chunks) => chunks.iter_mut().flatten().for_each(|chunk| change(Arc::make_mut(chunk))),
        }
        self.bounds = self.exact_bounds();
    }

    /// Packs what was written since the last time.
    pub(crate) fn settle(&mut self) {
        let dense_from = dense_from(self.shape);
        match &mut self.store {
            Store::Few(chunk) => {
                if chunk.is_wide() {
                    chunk.settle(dense_from);
                }
            }
            Store::Chunks(chunks) => {
                chunks.for_each_written(|chunk| {
                    if let Some(chunk) = chunk.as_mut().filter(|c| c.is_wide() || c.is_thin(dense_from)) {
                        Arc::make_mut(chunk).settle(dense_from);
                    }
                });
                if self.len < self.shape.few() / 2 {
                    let mut small = Chunk::new();
                    self.for_each(|row, value| {
                        small.set(row, value);
                    });
                    small.settle(dense_from);
                    self.store = Store::Few(small);
                }
            }
        }
    }

    /// Makes the bounds exact: they only widen as values come and go.
    pub(crate) fn tighten(&mut self) {
        self.bounds = self.exact_bounds();
    }

    /// Bytes on the heap, without those of the chunks that `newer` holds too.
    pub(crate) fn heap_bytes(&self, newer: Option<&Self>) -> usize {
        let chunks = match &self.store {
            Store::Few(chunk) => return chunk.heap_bytes(),
            Store::Chunks(chunks) => chunks,
        };
        let newer = match newer.map(|newer| &newer.store) {
            Some(Store::Chunks(newer)) => Some(newer),
            _ => None,
        };
        let bytes = |(at, chunk): (usize, Option<&Arc<Chunk>>)| {
            let newer = newer.and_then(|newer| newer.get(at));
            let bytes = |chunk: &Chunk| chunk.heap_bytes() + size_of::<Chunk>() + 16;
            chunk.map_or(0, |chunk| unless_shared(chunk, newer, bytes))
        };
        chunks.heap_bytes(newer) + chunks.iter().enumerate().map(bytes).sum::<usize>()
    }

    /// Checks what the forms promise.
    pub(crate) fn validate(&self) -> Result<(), String> {
        let (mut seen, mut last, mut sorted) = (0, None, true);
        self.for_each(|row, value| {
            sorted &= last.is_none_or(|last| last < row) && self.get(row) == Some(value);
            last = Some(row);
            seen += 1;
        });
        let bounds = self.bounds();
        self.for_each(|_, value| sorted &= bounds.is_some_and(|(min, max)| min <= value && value <= max));
        if sorted && seen == self.len { Ok(()) } else { Err(format!("{seen} values found, {} counted", self.len)) }
    }
}

/// Values from which a chunk is dense: at 16 bits a row and 8 to 32 a value, pairs take less below.
fn dense_from(shape: Shape) -> usize {
    shape.chunk_rows() / 8
}

#[expect(clippy::cast_possible_truncation, reason = "a chunk has at most 1,024 rows")]
fn low_mask(shape: Shape) -> u16 {
    (shape.chunk_rows() - 1) as u16
}

#[cfg(test)]
mod tests {
    use super::Ints;
    use crate::block::bits;
    use crate::limits::Shape;
    use std::collections::BTreeMap;

    #[test]
    fn every_form_answers_like_a_map() {
        for rows in [64, 256, 4_096] {
            let shape = Shape::new(rows).unwrap();
            let (mut ints, mut model) = (Ints::new(shape), BTreeMap::new());
            let mut state = 11u64;
            for step in 0..20_000usize {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let row = (state >> 40) as u16 % rows as u16;
                let value = match state >> 62 {
                    0 => i64::from(row % 7),
                    1 => (state >> 30) as i64 & 0xFFFF,
                    2 => (state as i64) >> 20,
                    _ => -5,
                };
                if (step / 2_000) % 2 == 0 || state >> 61 == 3 {
                    ints.set(row, value);
                    model.insert(row, value);
                } else {
                    assert_eq!(ints.remove(row), model.remove(&row));
                }
                if step % 97 == 0 {
                    ints.settle();
                }
                if step % 211 == 0 {
                    ints.validate().unwrap();
                    let mut listed = Vec::new();
                    ints.for_each(|row, value| listed.push((row, value)));
                    assert!(listed.iter().copied().eq(model.iter().map(|(&r, &v)| (r, v))));
                    let (low, high) = (value.min(3), value.max(3));
                    let mut words = vec![0; shape.words()];
                    ints.range_into(low, high, &mut words);
                    let expected = model.values().filter(|v| (low..=high).contains(*v)).count();
                    assert_eq!(bits::count(&words), expected);
                }
            }
        }
    }
}
