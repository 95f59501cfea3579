//! Bytes by part.

use std::fmt;

use crate::block::Block;
use crate::block::column::ColumnBytes;
use crate::block::double::Double;
use crate::id::PropId;
use crate::registry::Registry;
use crate::state::State;
use crate::state::events::Events;
use crate::table::unless_shared;

/// Bytes that a state holds, by part. Its `Display` is a table.
///
/// Bytes are those of the structures as allocated, without the allocator's own overhead; what
/// several snapshots share is counted in each.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryReport {
    /// Each property that somebody has, reserved ones among them, largest first.
    pub properties: Vec<PropertyMemory>,
    /// The rows held and the lead criteria's bitmap, and the tables of blocks and columns.
    pub blocks: u64,
    /// Each live filter, by number: the rows it holds. The lead criterion is in `blocks`.
    pub live_filters: Vec<LiveMemory>,
    /// From id and User ID to the row.
    pub row_maps: u64,
    /// Names of properties and events.
    pub names: u64,
}

/// Bytes of one live filter.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveMemory {
    /// The live filter's number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The sets of rows that satisfy it.
    pub rows: u64,
}

/// Bytes of one property.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PropertyMemory {
    /// The property's name.
    pub name: String,
    /// Values by row.
    pub values: u64,
    /// Texts.
    pub dictionary: u64,
    /// Bit sets and lists of rows by value.
    pub bitmaps: u64,
    /// Rows in sort order.
    pub orders: u64,
}

impl PropertyMemory {
    /// All bytes of the property.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.values + self.dictionary + self.bitmaps + self.orders
    }
}

impl MemoryReport {
    /// All bytes.
    #[must_use]
    pub fn total(&self) -> u64 {
        let live: u64 = self.live_filters.iter().map(|live| live.rows).sum();
        self.blocks + live + self.row_maps + self.names + self.properties.iter().map(PropertyMemory::total).sum::<u64>()
    }

    /// Bytes of a state, without what `newer` holds too.
    pub(crate) fn of(state: &State, newer: Option<&State>) -> Self {
        let mut sums = vec![ColumnBytes::default(); state.props.len()];
        let mut blocks = state.blocks.heap_bytes(newer.map(|newer| &newer.blocks));
        let mut add = |block: &Block, newer: Option<&Block>| {
            blocks += block.own_bytes(newer);
            for (prop, column, newer) in block.unshared_columns(newer) {
                let (sum, bytes) = (&mut sums[prop.index()], column.memory(newer));
                sum.values += bytes.values;
                sum.dictionary += bytes.dictionary;
                sum.bitmaps += bytes.bitmaps;
                sum.orders += bytes.orders;
                blocks += size_of_val(column);
            }
        };
        for (block, newer) in unshared_blocks(state, newer) {
            add(block, newer);
        }
        if newer.is_none() {
            for block in state.blocks.iter() {
                block.of_former(|former| add(former, Some(block)));
            }
        }
        let named = (0u32..).map(PropId).zip(sums).filter(|(_, sum)| *sum != ColumnBytes::default());
        let mut properties: Vec<PropertyMemory> = named
            .map(|(prop, sum)| PropertyMemory {
                name: state.props.name(prop).to_owned(),
                values: sum.values as u64,
                dictionary: sum.dictionary as u64,
                bitmaps: sum.bitmaps as u64,
                orders: sum.orders as u64,
            })
            .collect();
        properties.sort_by(|a, b| b.total().cmp(&a.total()).then_with(|| a.name.cmp(&b.name)));
        Self {
            properties,
            blocks: blocks as u64,
            live_filters: live_filters(state, newer),
            row_maps: row_maps(state, newer) as u64,
            names: names(state, newer) as u64,
        }
    }
}

/// The blocks that are not those of a newer state, each with the one that it has instead. Blocks never
/// change places, and so it is with all that they are made of.
fn unshared_blocks<'s>(
    state: &'s State,
    newer: Option<&'s State>,
) -> impl Iterator<Item = (&'s Block, Option<&'s Block>)> {
    let blocks = state.blocks.unshared(newer.map(|newer| &newer.blocks));
    blocks.filter_map(|(_, block, newer)| block.unshared(newer))
}

fn row_maps(state: &State, newer: Option<&State>) -> usize {
    let ids = state.ids.heap_bytes(newer.map(|newer| &newer.ids));
    ids + state.user_ids.heap_bytes(newer.map(|newer| &newer.user_ids))
}

fn names(state: &State, newer: Option<&State>) -> usize {
    let props = unless_shared(&state.props, newer.map(|newer| &newer.props), Registry::heap_bytes);
    props + unless_shared(&state.events, newer.map(|newer| &newer.events), Events::heap_bytes)
}

fn live_filters(state: &State, newer: Option<&State>) -> Vec<LiveMemory> {
    let rows = |slot| {
        let of = |block: &Block, newer: Option<&Block>| {
            block.live(slot).map_or(0, |rows| rows.heap_bytes(newer.and_then(|newer| newer.live(slot))))
        };
        let own = unshared_blocks(state, newer).map(|(block, newer)| of(block, newer)).sum::<usize>();
        let former = |block: &Double<Block>| block.of_former(|former| of(former, Some(block)));
        own + if newer.is_none() { state.blocks.iter().filter_map(former).sum() } else { 0 }
    };
    let others = state.kept.iter().filter(|(slot, _)| *slot != 0);
    let mut live: Vec<LiveMemory> = others
        .map(|(slot, kept)| LiveMemory { id: kept.id, name: kept.name.to_string(), rows: rows(slot) as u64 })
        .collect();
    live.sort_unstable_by_key(|live| live.id);
    live
}

impl fmt::Display for MemoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kib = |bytes: u64| format!("{:.1}", bytes as f64 / 1024.0);
        let name_width = self.properties.iter().map(|p| p.name.chars().count()).max().unwrap_or(0).clamp(24, 40);
        writeln!(
            f,
            "{:name_width$} {:>11} {:>11} {:>11} {:>11} {:>11}",
            "KiB", "values", "dictionary", "bitmaps", "orders", "all"
        )?;
        for p in &self.properties {
            writeln!(
                f,
                "{:name_width$} {:>11} {:>11} {:>11} {:>11} {:>11}",
                p.name.chars().take(name_width).collect::<String>(),
                kib(p.values),
                kib(p.dictionary),
                kib(p.bitmaps),
                kib(p.orders),
                kib(p.total())
            )?;
        }
        for live in &self.live_filters {
            let name: String = format!("live filter {} {}", live.id, live.name).chars().take(name_width).collect();
            writeln!(f, "{name:name_width$} {:>59}", kib(live.rows))?;
        }
        let rest =
            [("blocks, lead criteria", self.blocks), ("id and User ID to row", self.row_maps), ("names", self.names)];
        for (name, bytes) in rest {
            writeln!(f, "{name:name_width$} {:>59}", kib(bytes))?;
        }
        write!(f, "{:name_width$} {:>59}", "in all", kib(self.total()))
    }
}
