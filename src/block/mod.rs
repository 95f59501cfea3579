//! A block: a fixed number of rows and everything that is known about them.
//!
//! Blocks are what makes one idea serve many needs: a filter runs block by block in scratch sets
//! that fit the L1 cache; a published block never changes, so a snapshot is a pointer and a write
//! copies only the pieces of a block it touches.

pub(crate) mod bitmap;
pub(crate) mod bits;
pub(crate) mod column;
pub(crate) mod double;
pub(crate) mod live;
pub(crate) mod noted;
pub(crate) mod order;
pub(crate) mod version;

use triomphe::Arc;

use crate::block::bitmap::Rows;
use crate::block::column::Column;
use crate::block::double::Double;
use crate::block::live::LiveRows;
use crate::block::order::Ties;
use crate::block::version::Written;
use crate::datetime::DateTime;
use crate::id::{PropId, key_to_id};
use crate::lead::{Heartbeat, LastHeartbeat};
use crate::limits::Shape;
use crate::table::{Table, unless_shared, unshared};
use crate::value::{Value, ValueRef};

/// The rows of one block.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    shape: Shape,
    /// Rows that hold somebody.
    everyone: Arc<Rows>,
    /// The rows of each live filter, by slot; slot 0 is the lead criterion.
    live: Vec<LiveRows>,
    columns: Table<Option<Arc<Column>>>,
    /// Rows below this number were used at some time.
    used: usize,
    /// Whether ascending rows have ascending ids, so that rows order equals by themselves.
    ascending: bool,
    /// The highest id so far, while `ascending`.
    last_id: u64,
    /// Columns written to since the block was settled.
    open: Vec<PropId>,
    /// Whether a lead was removed since then: nothing of it may stay.
    forget: bool,
    /// What was written to this version.
    written: Written,
    /// Whether it was not noted what was written: the block was emptied, or is too small for it.
    anew: bool,
    /// Whether its last row was used for the first time.
    filled: bool,
}

impl Block {
    pub(crate) fn new(shape: Shape) -> Self {
        Self {
            shape,
            everyone: Arc::default(),
            live: vec![LiveRows::default()],
            columns: Table::default(),
            used: 0,
            ascending: true,
            last_id: 0,
            open: Vec::new(),
            forget: false,
            written: Written::default(),
            anew: true,
            filled: false,
        }
    }

    /// The geometry.
    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Rows that hold somebody.
    pub(crate) fn everyone(&self) -> &Rows {
        &self.everyone
    }

    /// Rows whose holder is a lead.
    pub(crate) fn leads(&self) -> &Rows {
        self.live[0].leads()
    }

    /// The same, to keep while the block changes.
    pub(crate) fn leads_shared(&self) -> Arc<Rows> {
        self.live[0].leads().clone()
    }

    /// The rows of the live filter in a slot.
    pub(crate) fn live(&self, slot: usize) -> Option<&LiveRows> {
        self.live.get(slot)
    }

    /// The rows of the live filter in a slot, for writing.
    pub(crate) fn live_mut(&mut self, slot: usize) -> &mut LiveRows {
        if self.live.len() <= slot {
            self.live.resize_with(slot + 1, LiveRows::default);
        }
        &mut self.live[slot]
    }

    /// The columns that are not those of `newer`, each with the one that it has instead.
    pub(crate) fn unshared_columns<'b>(
        &'b self,
        newer: Option<&'b Self>,
    ) -> impl Iterator<Item = (PropId, &'b Column, Option<&'b Column>)> {
        self.columns.unshared(newer.map(|newer| &newer.columns)).filter_map(|(at, column, newer)| {
            let (column, newer) = unshared(column.as_ref()?, newer.and_then(Option::as_ref))?;
            Some((PropId(u32::try_from(at).ok()?), column, newer))
        })
    }

    /// The values of a property, if any row has one.
    pub(crate) fn column(&self, prop: PropId) -> Option<&Column> {
        self.columns.get(prop.index())?.as_deref()
    }

    /// All columns, with their properties.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (PropId, &Column)> {
        (0u32..).map(PropId).zip(self.columns.iter()).filter_map(|(prop, column)| Some((prop, column.as_deref()?)))
    }

    /// The id of the lead in `row`; 0 for an empty row.
    pub(crate) fn id(&self, row: u16) -> u64 {
        let ids = self.column(PropId::ID).and_then(|column| column.numbers.as_ref());
        ids.and_then(|ids| ids.ints.get(row)).map_or(0, key_to_id)
    }

    /// The value of a property.
    pub(crate) fn value(&self, prop: PropId, row: u16) -> Option<ValueRef<'_>> {
        self.column(prop)?.get(row)
    }

    /// The newest heartbeat of the lead in `row`. The column of `$presence` holds when it came: as a
    /// number if it said online, as a datetime if it said idle. What the lead *is* follows from that
    /// and the clock.
    pub(crate) fn heartbeat(&self, row: u16) -> Option<LastHeartbeat> {
        match self.value(PropId::PRESENCE, row)? {
            ValueRef::Number(at) => Some(LastHeartbeat { kind: Heartbeat::Online, at: DateTime::from_unix(at)? }),
            ValueRef::DateTime(at) => Some(LastHeartbeat { kind: Heartbeat::Idle, at }),
            _ => None,
        }
    }

    /// Sets the newest heartbeat of the lead in `row`.
    pub(crate) fn set_heartbeat(&mut self, row: u16, heartbeat: LastHeartbeat) -> bool {
        let value = match heartbeat.kind {
            Heartbeat::Online => Value::Number(heartbeat.at.unix()),
            Heartbeat::Idle => Value::DateTime(heartbeat.at),
        };
        self.set(PropId::PRESENCE, row, &value)
    }

    /// Whether ascending rows have ascending ids.
    pub(crate) fn ascending(&self) -> bool {
        self.ascending
    }

    /// How equal values are told apart.
    pub(crate) fn ties(&self) -> Ties<'_> {
        if self.ascending {
            return Ties::Ascending;
        }
        match self.column(PropId::ID).and_then(|column| column.numbers.as_ref()) {
            Some(ids) => Ties::Ids(&ids.ints),
            None => Ties::Ascending,
        }
    }

    /// How many rows are free.
    pub(crate) fn free(&self) -> usize {
        self.shape.rows() - self.everyone.len()
    }

    /// Takes a free row for `id`; `None` if the block is full.
    pub(crate) fn take_row(&mut self, id: u64) -> Option<u16> {
        let row = if self.used < self.shape.rows() {
            self.used += 1;
            self.filled |= self.used == self.shape.rows();
            self.used - 1
        } else {
            let row = self.first_hole()?;
            self.ascending = false;
            row
        };
        self.ascending &= id > self.last_id;
        self.last_id = id;
        let row = u16::try_from(row).ok()?;
        Arc::make_mut(&mut self.everyone).insert(row, self.shape);
        let shape = self.shape;
        self.write(PropId::ID, |column| column.set_key(row, crate::id::id_to_key(id), shape));
        Some(row)
    }

    fn first_hole(&self) -> Option<usize> {
        let mut scratch = vec![0; self.shape.words()];
        let words = self.everyone.words(&mut scratch);
        let at = words.iter().position(|&word| word != u64::MAX)?;
        Some(at * 64 + words[at].trailing_ones() as usize)
    }

    /// Frees `row`; every value of it must have been cleared.
    pub(crate) fn free_row(&mut self, row: u16) {
        let shape = self.shape;
        self.write(PropId::ID, |column| column.remove(row, shape));
        Arc::make_mut(&mut self.everyone).remove(row, shape);
        self.forget = true;
        if self.everyone.is_empty() {
            *self = Self::new(shape);
        }
    }

    /// Takes `row` out of every live filter; calls `left` with the slots of those that listed it as a lead.
    pub(crate) fn depart(&mut self, row: u16, mut left: impl FnMut(usize)) {
        let shape = self.shape;
        for (slot, rows) in self.live.iter_mut().enumerate() {
            if rows.set(row, false, false, shape).is_some() {
                left(slot);
            }
        }
    }

    /// Writes to a column, and notes that it is open if that changed it.
    fn write<T>(&mut self, prop: PropId, change: impl FnOnce(&mut Column) -> T) -> T {
        let column = Arc::make_mut(self.columns.entry(prop.index()).get_or_insert_default());
        let was_open = column.is_open();
        let done = change(column);
        if !was_open && column.is_open() {
            self.open.push(prop);
        }
        done
    }

    /// Sets a value; whether anything changed.
    pub(crate) fn set(&mut self, prop: PropId, row: u16, value: &Value) -> bool {
        let shape = self.shape;
        self.write(prop, |column| column.set(row, value, shape))
    }

    /// Takes a value away; whether there was one.
    pub(crate) fn clear(&mut self, prop: PropId, row: u16) -> bool {
        if !self.column(prop).is_some_and(|column| column.knows(row)) {
            return false;
        }
        let shape = self.shape;
        self.write(prop, |column| column.remove(row, shape))
    }

    /// About how many rows were written to since the block was settled.
    pub(crate) fn written_rows(&self) -> usize {
        self.open.iter().filter_map(|&prop| self.column(prop)).map(Column::written_rows).max().unwrap_or(0)
    }

    /// Whether anything was written since the block was settled.
    pub(crate) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Makes the block fit to be published, and notes what was written to it. `ordered`: which
    /// properties keep their sort orders.
    pub(crate) fn settle(&mut self, ordered: impl Fn(PropId) -> bool) {
        // Ids first: the other columns' ties are read from them.
        let mut open = std::mem::take(&mut self.open);
        let forget = std::mem::take(&mut self.forget);
        open.sort_unstable();
        open.dedup();
        // A lead that is gone may have had texts in columns where it had none any more.
        let lingering = if forget { self.lingering() } else { Vec::new() };
        open.extend(lingering);
        let mut columns = Vec::with_capacity(open.len());
        for &prop in &open {
            let Some(mut column) = self.columns.entry(prop.index()).take() else { continue };
            let ids = (prop == PropId::ID).then(|| column.numbers.clone()).flatten();
            let ties = match &ids {
                Some(ids) if !self.ascending => Ties::Ids(&ids.ints),
                Some(_) => Ties::Ascending,
                None => self.ties(),
            };
            let ordered = ordered(prop) && !(prop == PropId::ID && self.ascending);
            let rows = Arc::make_mut(&mut column).settle(ties, ordered, forget, self.shape);
            columns.push((prop, Some(rows)));
            if column.len() > 0 {
                *self.columns.entry(prop.index()) = Some(column);
            }
        }
        self.written = Written { columns, forget };
    }

    /// Columns that were not written to and in which texts may lie that no row has.
    fn lingering(&self) -> Vec<PropId> {
        let may = self.columns().filter(|(_, column)| !column.is_open() && column.may_linger());
        may.map(|(prop, _)| prop).collect()
    }

    /// Builds the missing sort orders of a property.
    pub(crate) fn build_orders(&self, prop: PropId) {
        if let Some(column) = self.column(prop)
            && !(prop == PropId::ID && self.ascending)
        {
            column.build_orders(self.ties());
        }
    }

    /// Forgets the sort orders of a property.
    pub(crate) fn forget_orders(&mut self, prop: PropId) {
        if self.column(prop).is_some()
            && let Some(column) = self.columns.entry(prop.index())
        {
            Arc::make_mut(column).forget_orders();
            self.open.push(prop);
        }
    }

    /// Bytes of the block itself and its two universes, without what `newer` holds too.
    pub(crate) fn own_bytes(&self, newer: Option<&Self>) -> usize {
        let everyone = unless_shared(&self.everyone, newer.map(|newer| &newer.everyone), Rows::shared_bytes);
        let live = self.live.capacity() * size_of::<LiveRows>();
        let leads = self.live[0].heap_bytes(newer.and_then(|newer| newer.live(0)));
        let columns = self.columns.heap_bytes(newer.map(|newer| &newer.columns));
        everyone + live + leads + columns + self.written.heap_bytes() + size_of::<Self>() + Double::<Self>::BYTES
    }

    /// Checks every invariant of the block.
    pub(crate) fn validate(&self) -> Result<(), String> {
        if self.is_open() {
            return Err("a published block is open".to_owned());
        }
        self.everyone.validate(self.shape)?;
        for rows in &self.live {
            rows.leads().validate(self.shape)?;
            rows.others().validate(self.shape)?;
        }
        let ids = self.column(PropId::ID).map_or(0, Column::len);
        if ids != self.everyone.len() {
            return Err(format!("{} rows are held, {ids} have an id", self.everyone.len()));
        }
        let (mut last, mut ascending, mut held) = (0, true, true);
        self.everyone.for_each(|row| {
            let id = self.id(row);
            ascending &= id > last;
            last = id;
        });
        for rows in &self.live {
            rows.leads().for_each(|row| held &= self.everyone.contains(row) && self.leads().contains(row));
            rows.others().for_each(|row| held &= self.everyone.contains(row) && !self.leads().contains(row));
        }
        if !held || (self.ascending && !ascending) {
            return Err("live filters or the order of ids are wrong".to_owned());
        }
        for (prop, column) in self.columns() {
            column.validate(self.ties(), self.shape).map_err(|fault| format!("property {}: {fault}", prop.0))?;
            let mut words = vec![0; self.shape.words()];
            column.known_into(&mut words);
            bits::for_each(&words, |row| held &= self.everyone.contains(row));
        }
        if held { Ok(()) } else { Err("an empty row has a value".to_owned()) }
    }
}
