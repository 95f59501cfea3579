//! One property's values in one block: up to five typed parts, because a property has no declared
//! type and different leads may hold different types under one name.

pub(crate) mod boolean;
pub(crate) mod dense;
pub(crate) mod dict;
mod group;
pub(crate) mod ints;
pub(crate) mod list;
pub(crate) mod number;
mod packed;
mod pairs;
pub(crate) mod text;

use triomphe::Arc;

use crate::block::column::boolean::Booleans;
use crate::block::column::dense::Cell;
use crate::block::column::list::Lists;
use crate::block::column::number::Numbers;
use crate::block::column::text::Texts;
use crate::block::noted::Noted;
use crate::block::order::Ties;
use crate::datetime::DateTime;
use crate::limits::Shape;
use crate::table::{follow_shared, unshared};
use crate::value::{ListRef, Value, ValueRef};

/// The values of one property in one block. A row has a value in at most one part.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column {
    pub(crate) numbers: Option<Arc<Numbers>>,
    pub(crate) datetimes: Option<Arc<Numbers>>,
    pub(crate) texts: Option<Arc<Texts>>,
    pub(crate) booleans: Option<Arc<Booleans>>,
    pub(crate) lists: Option<Arc<Lists>>,
    /// Rows written to since it was settled.
    written: Noted,
}

impl Column {
    /// The value of `row`.
    pub(crate) fn get(&self, row: u16) -> Option<ValueRef<'_>> {
        if let Some(value) = self.numbers.as_ref().and_then(|part| part.ints.get(row)) {
            return Some(ValueRef::Number(value));
        }
        if let Some(value) = self.datetimes.as_ref().and_then(|part| part.ints.get(row)) {
            return DateTime::from_unix(value).map(ValueRef::DateTime);
        }
        if let Some(text) = self.texts.as_ref().and_then(|part| part.get(row)) {
            return Some(ValueRef::String(text));
        }
        if let Some(value) = self.booleans.as_ref().and_then(|part| part.get(row)) {
            return Some(ValueRef::Boolean(value));
        }
        let lists = self.lists.as_ref()?;
        lists.get(row).map(|codes| ValueRef::List(ListRef::coded(codes, &lists.codes)))
    }

    /// Calls `found` with where [`get`](Column::get) would look for the value of `row`, of what lies far apart.
    #[inline]
    pub(crate) fn cells<'c>(&'c self, row: u16, mut found: impl FnMut(Cell<'c>)) {
        if let Some(cell) = self.numbers.as_ref().and_then(|part| part.ints.cell(row)) {
            found(cell);
        }
        if let Some(cell) = self.datetimes.as_ref().and_then(|part| part.ints.cell(row)) {
            found(cell);
        }
        if let Some(cell) = self.texts.as_ref().and_then(|part| part.rows.cell(row)) {
            found(cell);
        }
    }

    /// Whether `row` has a value.
    pub(crate) fn knows(&self, row: u16) -> bool {
        self.numbers.as_ref().is_some_and(|part| part.ints.get(row).is_some())
            || self.datetimes.as_ref().is_some_and(|part| part.ints.get(row).is_some())
            || self.texts.as_ref().is_some_and(|part| part.rows.get(row).is_some())
            || self.booleans.as_ref().is_some_and(|part| part.get(row).is_some())
            || self.lists.as_ref().is_some_and(|part| part.get(row).is_some())
    }

    /// How many rows have a value of each type, in the order of types.
    pub(crate) fn counts(&self) -> [usize; 5] {
        [
            self.numbers.as_ref().map_or(0, |part| part.ints.len()),
            self.datetimes.as_ref().map_or(0, |part| part.ints.len()),
            self.texts.as_ref().map_or(0, |part| part.rows.len()),
            self.booleans.as_ref().map_or(0, |part| part.len()),
            self.lists.as_ref().map_or(0, |part| part.len()),
        ]
    }

    /// How many rows have a value.
    pub(crate) fn len(&self) -> usize {
        self.counts().iter().sum()
    }

    /// Adds the rows that have a value to `words`.
    pub(crate) fn known_into(&self, words: &mut [u64]) {
        if let Some(part) = &self.numbers {
            part.ints.known_into(words);
        }
        if let Some(part) = &self.datetimes {
            part.ints.known_into(words);
        }
        if let Some(part) = &self.texts {
            part.rows.known_into(words);
        }
        if let Some(part) = &self.booleans {
            part.known_into(words);
        }
        if let Some(part) = &self.lists {
            part.known_into(words);
        }
    }

    /// Sets the value of `row`; whether anything changed.
    pub(crate) fn set(&mut self, row: u16, value: &Value, shape: Shape) -> bool {
        let cleared = self.clear_other_types(row, value, shape);
        let changed = match value {
            Value::Number(n) => writable(&mut self.numbers, || Numbers::new(shape)).set(row, *n),
            Value::DateTime(t) => writable(&mut self.datetimes, || Numbers::new(shape)).set(row, t.unix()),
            Value::String(text) => writable(&mut self.texts, || Texts::new(shape)).set(row, text),
            Value::Boolean(b) => writable(&mut self.booleans, Booleans::default).set(row, *b, shape),
            Value::List(items) => writable(&mut self.lists, || Lists::new(shape)).set(row, items),
        };
        self.note(row, cleared || changed, shape)
    }

    /// Notes the row if it was changed, and says whether it was.
    fn note(&mut self, row: u16, changed: bool, shape: Shape) -> bool {
        if changed {
            self.written.add(row, shape);
        }
        changed
    }

    /// Whether it was written to since it was settled.
    pub(crate) fn is_open(&self) -> bool {
        !self.written.is_empty()
    }

    /// About how many rows were written to since it was settled: not fewer than it were.
    pub(crate) fn written_rows(&self) -> usize {
        self.written.len()
    }

    /// Sets the number of `row` (for `$id`, whose keys are wider than a number's range).
    pub(crate) fn set_key(&mut self, row: u16, key: i64, shape: Shape) {
        let changed = writable(&mut self.numbers, || Numbers::new(shape)).set(row, key);
        self.note(row, changed, shape);
    }

    fn clear_other_types(&mut self, row: u16, value: &Value, shape: Shape) -> bool {
        let mut cleared = false;
        if !matches!(value, Value::Number(_)) && self.numbers.as_ref().is_some_and(|p| p.ints.get(row).is_some()) {
            cleared |= writable(&mut self.numbers, || Numbers::new(shape)).remove(row);
        }
        if !matches!(value, Value::DateTime(_)) && self.datetimes.as_ref().is_some_and(|p| p.ints.get(row).is_some()) {
            cleared |= writable(&mut self.datetimes, || Numbers::new(shape)).remove(row);
        }
        if !matches!(value, Value::String(_)) && self.texts.as_ref().is_some_and(|p| p.rows.get(row).is_some()) {
            cleared |= writable(&mut self.texts, || Texts::new(shape)).remove(row);
        }
        if !matches!(value, Value::Boolean(_)) && self.booleans.as_ref().is_some_and(|p| p.get(row).is_some()) {
            cleared |= writable(&mut self.booleans, Booleans::default).remove(row, shape);
        }
        if !matches!(value, Value::List(_)) && self.lists.as_ref().is_some_and(|p| p.get(row).is_some()) {
            cleared |= writable(&mut self.lists, || Lists::new(shape)).remove(row);
        }
        cleared
    }

    /// Takes the value of `row` away; whether there was one.
    pub(crate) fn remove(&mut self, row: u16, shape: Shape) -> bool {
        let removed = self.take_out(row, shape);
        self.note(row, removed, shape)
    }

    fn take_out(&mut self, row: u16, shape: Shape) -> bool {
        if let Some(part) = self.numbers.as_mut().filter(|part| part.ints.get(row).is_some()) {
            return Arc::make_mut(part).remove(row);
        }
        if let Some(part) = self.datetimes.as_mut().filter(|part| part.ints.get(row).is_some()) {
            return Arc::make_mut(part).remove(row);
        }
        if let Some(part) = self.texts.as_mut().filter(|part| part.rows.get(row).is_some()) {
            return Arc::make_mut(part).remove(row);
        }
        if let Some(part) = self.booleans.as_mut().filter(|part| part.get(row).is_some()) {
            return Arc::make_mut(part).remove(row, shape);
        }
        self.lists.as_mut().filter(|part| part.get(row).is_some()).is_some_and(|part| Arc::make_mut(part).remove(row))
    }

    /// Makes the column fit to be published: indexes frozen anew where they have
    /// drifted, empty parts gone. `ordered`: whether sort orders are to be kept; `forget`: nothing may
    /// stay of values that no row has any more. Returns the rows that were written to, in order.
    pub(crate) fn settle(&mut self, ties: Ties<'_>, ordered: bool, forget: bool, shape: Shape) -> Vec<u16> {
        let rows = std::mem::take(&mut self.written).into_sorted(shape);
        let written = &rows[..];
        settle_part(&mut self.numbers, |part| part.ints.len(), |part| part.settle(written, ties, ordered, forget));
        settle_part(&mut self.datetimes, |part| part.ints.len(), |part| part.settle(written, ties, ordered, forget));
        settle_part(&mut self.texts, |part| part.rows.len(), |part| part.settle(written, ties, forget));
        settle_part(&mut self.booleans, Booleans::len, |_| ());
        settle_part(&mut self.lists, Lists::len, |part| part.settle(written, ties, ordered, forget));
        rows
    }

    /// Whether texts may lie in the column that no row has: some changed since its dictionaries were frozen.
    pub(crate) fn may_linger(&self) -> bool {
        self.texts.as_ref().is_some_and(|part| part.has_moved())
            || self.lists.as_ref().is_some_and(|part| part.has_moved())
    }

    /// Builds the sort orders that are missing.
    pub(crate) fn build_orders(&self, ties: Ties<'_>) {
        for part in [&self.numbers, &self.datetimes].into_iter().flatten() {
            part.build(ties);
        }
        if let Some(part) = &self.lists {
            part.build(ties);
        }
    }

    /// Whether it shares its sort orders, or the places for them, with another version of the column.
    pub(crate) fn shares_orders(&self, other: &Self) -> bool {
        let numbers = [(&self.numbers, &other.numbers), (&self.datetimes, &other.datetimes)];
        let mut of_numbers = numbers.into_iter().filter_map(|(own, other)| own.as_ref().zip(other.as_ref()));
        of_numbers.all(|(own, other)| own.shares_order(other))
            && self.texts.as_ref().zip(other.texts.as_ref()).is_none_or(|(own, other)| own.shares_order(other))
            && self.lists.as_ref().zip(other.lists.as_ref()).is_none_or(|(own, other)| own.shares_order(other))
    }

    /// Forgets the sort orders that can be built again on demand.
    pub(crate) fn forget_orders(&mut self) {
        for part in [&mut self.numbers, &mut self.datetimes].into_iter().flatten() {
            Arc::make_mut(part).forget_order();
        }
        if let Some(part) = &mut self.lists {
            Arc::make_mut(part).forget_order();
        }
    }

    /// Makes the column, in which the `written` rows (or perhaps all) lack what was written to `newer`, the same
    /// as that. `forget`: nothing may stay of values that no row has any more.
    pub(crate) fn follow(&mut self, newer: &Self, written: Option<&[u16]>, forget: bool, shape: Shape) {
        follow_part(&mut self.numbers, &newer.numbers, |own, newer| own.follow(newer, written, forget));
        follow_part(&mut self.datetimes, &newer.datetimes, |own, newer| own.follow(newer, written, forget));
        follow_part(&mut self.texts, &newer.texts, |own, newer| own.follow(newer, written, forget));
        follow_part(&mut self.booleans, &newer.booleans, |own, newer| own.follow(newer, written, shape));
        follow_part(&mut self.lists, &newer.lists, |own, newer| own.follow(newer, forget));
    }

    /// Bytes of the sort orders that can be forgotten and built again. The order of texts is none of
    /// them: it is at the same time the list of rows of each text.
    pub(crate) fn order_bytes(&self) -> usize {
        let numbers = [&self.numbers, &self.datetimes].into_iter().flatten().map(|part| part.heap_bytes(None).1);
        numbers.sum::<usize>() + self.lists.as_ref().map_or(0, |part| part.heap_bytes(None)[4])
    }

    /// Bytes of each kind, without what `newer` holds too.
    pub(crate) fn memory(&self, newer: Option<&Self>) -> ColumnBytes {
        let mut bytes = ColumnBytes::default();
        let numbers = unshared_part(self, newer, |column| column.numbers.as_ref());
        let datetimes = unshared_part(self, newer, |column| column.datetimes.as_ref());
        for (part, newer) in [numbers, datetimes].into_iter().flatten() {
            let (values, order) = part.heap_bytes(newer);
            bytes.values += values + size_of::<Numbers>();
            bytes.orders += order;
        }
        if let Some((part, newer)) = unshared_part(self, newer, |column| column.texts.as_ref()) {
            let [values, dictionary, lists, sets] = part.heap_bytes(newer);
            bytes.values += values + size_of::<Texts>();
            bytes.dictionary += dictionary;
            bytes.orders += lists;
            bytes.bitmaps += sets;
        }
        if let Some((part, _)) = unshared_part(self, newer, |column| column.booleans.as_ref()) {
            bytes.bitmaps += part.heap_bytes() + size_of::<Booleans>();
        }
        if let Some((part, newer)) = unshared_part(self, newer, |column| column.lists.as_ref()) {
            let [values, dictionary, lists, sets, order] = part.heap_bytes(newer);
            bytes.values += values + size_of::<Lists>();
            bytes.dictionary += dictionary;
            bytes.bitmaps += sets + lists;
            bytes.orders += order;
        }
        bytes
    }

    /// Checks every part, and that no row is in two.
    pub(crate) fn validate(&self, ties: Ties<'_>, shape: Shape) -> Result<(), String> {
        for part in [&self.numbers, &self.datetimes].into_iter().flatten() {
            part.validate(ties)?;
        }
        if let Some(part) = &self.texts {
            part.validate(ties)?;
        }
        if let Some(part) = &self.booleans {
            part.validate(shape)?;
        }
        if let Some(part) = &self.lists {
            part.validate(ties)?;
        }
        let mut words = vec![0; shape.words()];
        self.known_into(&mut words);
        if crate::block::bits::count(&words) != self.len() {
            return Err("a row has values of two types".to_owned());
        }
        Ok(())
    }
}

/// Bytes of a column by what they hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ColumnBytes {
    pub(crate) values: usize,
    pub(crate) dictionary: usize,
    pub(crate) bitmaps: usize,
    pub(crate) orders: usize,
}

/// A part of a column, and of a newer one, unless they are the same.
fn unshared_part<'c, T>(
    column: &'c Column,
    newer: Option<&'c Column>,
    of: impl Fn(&'c Column) -> Option<&'c Arc<T>>,
) -> Option<(&'c T, Option<&'c T>)> {
    unshared(of(column)?, newer.and_then(of))
}

fn writable<T: Clone>(part: &mut Option<Arc<T>>, new: impl FnOnce() -> T) -> &mut T {
    Arc::make_mut(part.get_or_insert_with(|| Arc::new(new())))
}

/// Makes a part the same as a newer one: by `follow` if nobody else has it.
fn follow_part<T>(own: &mut Option<Arc<T>>, newer: &Option<Arc<T>>, follow: impl FnOnce(&mut T, &T)) {
    match (own.as_mut(), newer) {
        (Some(own), Some(newer)) => follow_shared(own, newer, follow),
        _ => own.clone_from(newer),
    }
}

fn settle_part<T: Clone>(part: &mut Option<Arc<T>>, len: impl Fn(&T) -> usize, settle: impl FnOnce(&mut T)) {
    let Some(inner) = part else { return };
    if len(inner) == 0 {
        *part = None;
    } else {
        settle(Arc::make_mut(inner));
    }
}
