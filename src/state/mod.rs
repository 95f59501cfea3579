//! What the index knows at one point in time: the place where the way in and the way out meet.
//!
//! A published state never changes. A writer clones it (a few pointers), changes the clone, which
//! copies only the pieces that are touched, and publishes it whole.

pub(crate) mod events;
pub(crate) mod kept;
pub(crate) mod row_map;

use std::hash::BuildHasher;
use std::sync::LazyLock;
use std::thread::Builder;

use triomphe::Arc;

use crate::block::Block;
use crate::block::column::Column;
use crate::block::column::dict::hash_text;
use crate::block::double::Double;
use crate::datetime::DateTime;
use crate::filter::Filter;
use crate::id::{PropId, RowId};
use crate::limits::{Limits, Shape};
use crate::registry::Registry;
use crate::state::events::Events;
use crate::state::kept::KeptFilters;
use crate::state::row_map::RowMap;
use crate::sync::Mutex;
use crate::table::Table;
use crate::value::{Value, ValueRef};

/// Everything the index holds.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) shape: Shape,
    pub(crate) limits: Arc<Limits>,
    /// Publications so far.
    pub(crate) version: u64,
    /// The latest present that anything was written at: it never runs back.
    pub(crate) time: DateTime,
    pub(crate) blocks: Table<Double<Block>>,
    /// Blocks with a free row; the last is filled first.
    pub(crate) with_room: Arc<Vec<usize>>,
    pub(crate) ids: RowMap,
    pub(crate) user_ids: RowMap,
    pub(crate) props: Arc<Registry>,
    pub(crate) events: Arc<Events>,
    /// The highest id that was ever held.
    pub(crate) highest_id: u64,
    pub(crate) everyone: u64,
    /// The filters that are kept live, the lead criterion first.
    pub(crate) kept: KeptFilters,
    /// Leads that were removed since the state was settled: the slot of each live filter they satisfied.
    pub(crate) departed: Vec<(usize, u64)>,
    /// Blocks written to since the state was settled.
    pub(crate) open: Vec<usize>,
    /// Blocks whose former versions are cleaned or freed after the publication.
    to_clean: Vec<usize>,
}

static HASHER: LazyLock<hashbrown::DefaultHashBuilder> = LazyLock::new(Default::default);

/// The hash of a lead's id.
pub(crate) fn hash_id(id: u64) -> u64 {
    HASHER.hash_one(id)
}

impl State {
    pub(crate) fn new(shape: Shape, criterion: Filter, limits: Limits) -> Self {
        Self {
            shape,
            limits: Arc::new(limits),
            version: 0,
            time: DateTime::MIN,
            blocks: Table::default(),
            with_room: Arc::default(),
            ids: RowMap::default(),
            user_ids: RowMap::default(),
            props: Arc::default(),
            events: Arc::default(),
            highest_id: 0,
            everyone: 0,
            kept: KeptFilters::new(criterion),
            departed: Vec::new(),
            open: Vec::new(),
            to_clean: Vec::new(),
        }
    }

    /// The block and row of a place.
    pub(crate) fn at(&self, place: RowId) -> Option<(&Block, u16)> {
        let shift = self.shape.block_shift();
        Some((self.blocks.get(place.block(shift))?, place.row(shift)))
    }

    /// The id of the lead at a place; 0 if there is none.
    pub(crate) fn id(&self, place: RowId) -> u64 {
        self.at(place).map_or(0, |(block, row)| block.id(row))
    }

    /// The User ID of the lead at a place.
    pub(crate) fn user_id(&self, place: RowId) -> Option<&str> {
        let (block, row) = self.at(place)?;
        block.column(PropId::USER_ID)?.texts.as_ref()?.get(row)
    }

    /// The value of a property of the lead at a place.
    pub(crate) fn value(&self, place: RowId, prop: PropId) -> Option<ValueRef<'_>> {
        let (block, row) = self.at(place)?;
        block.value(prop, row)
    }

    /// Where the lead with this id is.
    pub(crate) fn find(&self, id: u64) -> Option<RowId> {
        self.ids.find(hash_id(id), |row| self.id(row) == id)
    }

    /// Where the lead with this User ID is.
    pub(crate) fn find_user_id(&self, user_id: &str) -> Option<RowId> {
        self.user_ids.find(hash_text(user_id), |row| self.user_id(row) == Some(user_id))
    }

    /// A block for writing.
    pub(crate) fn block_mut(&mut self, at: usize) -> &mut Block {
        let block = self.blocks.get_mut(at).expect("a place lies in a block").open();
        if !block.is_open() && self.open.last() != Some(&at) {
            self.open.push(at);
        }
        block
    }

    /// Opens the block of a place for writing, so that what is read before a write is what is written to.
    pub(crate) fn open_at(&mut self, place: RowId) {
        if let Some(block) = self.blocks.get_mut(place.block(self.shape.block_shift())) {
            block.open();
        }
    }

    /// Takes what was removed out of the former versions of blocks, and frees those that are not worth their memory.
    pub(crate) fn clean(&self) {
        for block in self.to_clean.iter().filter_map(|&at| self.blocks.get(at)) {
            if block.keeps_former() { block.bring_up() } else { block.release() }
        }
    }

    /// Frees what is held for the next write.
    pub(crate) fn release(&self) {
        self.blocks.iter().for_each(Double::release);
    }

    /// Makes the state fit to be published: every open block is settled and then handed to `follow`,
    /// on all cores where it is some ten thousand rows. Returns what `follow` said of each.
    pub(crate) fn settle<T: Send>(
        &mut self,
        ordered: &(impl Fn(PropId) -> bool + Sync),
        follow: &(impl Fn(&mut Block) -> T + Sync),
    ) -> Vec<(usize, T)> {
        let mut open = std::mem::take(&mut self.open);
        open.sort_unstable();
        open.dedup();
        let settle = |block: &mut Double<Block>| {
            let block = block.open();
            block.settle(ordered);
            follow(block)
        };
        let rows = |at: &usize| self.blocks.get(*at).map_or(0, |block| block.written_rows());
        if open.iter().map(rows).sum::<usize>() < ROWS_FOR_THREADS {
            let each = |&at: &usize| settle(self.blocks.get_mut(at).expect("an open block"));
            let said: Vec<T> = open.iter().map(each).collect();
            return self.settled(open, said);
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(open.len());
        let empty = Double::new(Block::new(self.shape));
        let mut taken: Vec<Double<Block>> = open
            .iter()
            .map(|&at| std::mem::replace(self.blocks.get_mut(at).expect("an open block"), empty.clone()))
            .collect();
        let shares: Vec<_> = taken.chunks_mut(open.len().div_ceil(threads)).map(Mutex::new).collect();
        let settle_share =
            &|share: &Mutex<&mut [Double<Block>]>| share.lock().iter_mut().map(settle).collect::<Vec<T>>();
        let said: Vec<T> = std::thread::scope(|scope| {
            let work = |share| (share, Builder::new().spawn_scoped(scope, move || settle_share(share)));
            let helpers: Vec<_> = shares.iter().skip(1).map(work).collect();
            let mut said = shares.first().map_or_else(Vec::new, settle_share);
            for (share, helper) in helpers {
                said.extend(match helper {
                    Ok(helper) => helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                    // No thread to be had: the work is done here.
                    Err(_) => settle_share(share),
                });
            }
            said
        });
        drop(shares);
        for (&at, block) in open.iter().zip(taken) {
            *self.blocks.get_mut(at).expect("an open block") = block;
        }
        self.settled(open, said)
    }

    fn settled<T>(&mut self, open: Vec<usize>, said: Vec<T>) -> Vec<(usize, T)> {
        let is_one =
            |at: &usize| self.blocks.get(*at).is_some_and(|block| block.is_to_forget() || !block.keeps_former());
        self.to_clean = open.iter().copied().filter(is_one).collect();
        open.into_iter().zip(said).collect()
    }

    /// How many of everyone are leads.
    pub(crate) fn leads(&self) -> u64 {
        self.kept.get(0).map_or(0, |kept| kept.total)
    }
}

/// With fewer written rows than this, other cores are left to the readers. A batch of a thousand is
/// settled in some two milliseconds, again and again; one of fifty thousand comes less often, and its
/// writer gains a tenth of its time.
const ROWS_FOR_THREADS: usize = 1 << 14;

/// Reading over all blocks.
impl State {
    /// Every value of a property and how many hold it.
    pub(crate) fn distinct_values(&self, prop: PropId) -> std::collections::HashMap<Value, u64> {
        let mut counts = std::collections::HashMap::new();
        let mut add = |value: Value, count: usize| *counts.entry(value).or_insert(0) += count as u64;
        for column in self.blocks.iter().filter_map(|block| block.column(prop)) {
            if let Some(part) = &column.numbers {
                part.ints.for_each(|_, n| add(Value::Number(n), 1));
            }
            if let Some(part) = &column.datetimes {
                part.ints.for_each(|_, t| add(Value::DateTime(DateTime::from_unix(t).unwrap_or(DateTime::MIN)), 1));
            }
            if let Some(part) = &column.texts {
                part.for_each_text(|text, count| add(Value::String(text.to_owned()), count));
            }
            if let Some(part) = &column.booleans {
                for value in [false, true].into_iter().filter(|&value| !part.rows(value).is_empty()) {
                    add(Value::Boolean(value), part.rows(value).len());
                }
            }
            if let Some(part) = &column.lists {
                part.for_each(|_, codes| {
                    add(Value::List(codes.iter().map(|&code| part.codes.written(code).to_owned()).collect()), 1);
                });
            }
        }
        counts
    }

    /// Bytes of the sort orders of a property that can be forgotten.
    pub(crate) fn order_bytes(&self, prop: PropId) -> usize {
        self.blocks.iter().filter_map(|block| block.column(prop)).map(Column::order_bytes).sum()
    }
}
