//! Versions of a block: what was written to one, and how the one before is brought up to date.

use crate::block::bitmap::Rows;
use crate::block::column::Column;
use crate::block::double::Follow;
use crate::block::live::LiveRows;
use crate::block::noted::union_within;
use crate::block::{Block, bits};
use crate::id::PropId;
use crate::limits::Shape;
use crate::table::follow_shared;

/// What was written to a block between two publications.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    /// The rows of each column in order, freed ones among them; `None`: perhaps all.
    pub(super) columns: Vec<(PropId, Option<Vec<u16>>)>,
    /// Whether a lead was removed: nothing of it may stay.
    pub(super) forget: bool,
}

impl Written {
    /// The rows that were written to in some columns, freed ones left out.
    pub(crate) fn rows(&self, is_one: impl Fn(PropId) -> bool, block: &Block) -> Rows {
        let lists = self.columns.iter().filter(|(prop, _)| is_one(*prop));
        let lists = lists.map(|(_, rows)| rows.as_deref().unwrap_or_default());
        union_within(lists, self.forget.then_some(block.everyone()), block.shape)
    }

    /// Lets go of long lists: what follows then is the whole column.
    fn shorten(&mut self, shape: Shape) {
        for (_, rows) in &mut self.columns {
            if rows.as_ref().is_some_and(|rows| rows.len() > shape.rows() / 16) {
                *rows = None;
            }
        }
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        let bytes = |(_, rows): &(PropId, Option<Vec<u16>>)| rows.as_ref().map_or(0, |rows| rows.capacity() * 2);
        let lists: usize = self.columns.iter().map(bytes).sum();
        lists + self.columns.capacity() * size_of::<(PropId, Option<Vec<u16>>)>()
    }
}

impl Block {
    /// Hands out what was written, as a whole; afterwards what no former version needs is let go of.
    pub(crate) fn with_written<R>(&mut self, f: impl FnOnce(&mut Self, &Written) -> R) -> R {
        let mut written = std::mem::take(&mut self.written);
        let done = f(self, &written);
        if self.keeps_former() {
            written.shorten(self.shape);
        } else {
            // Nobody will ask for the rows.
            (written.columns, self.anew) = (Vec::new(), true);
        }
        self.written = written;
        done
    }

    /// Whether leads were removed in this version, of whom something may lie in the one before.
    pub(crate) fn is_to_forget(&self) -> bool {
        self.written.forget || self.anew
    }

    /// Whether its former version is worth its memory. That of a block of a few rows is not; nor is that of one whose
    /// last row was used just now: as a rule it was written to again and again as it was filled, and is left alone.
    pub(crate) fn keeps_former(&self) -> bool {
        !self.filled && self.used > self.shape.few()
    }

    /// Checks that it holds whom and what another version holds.
    pub(crate) fn agrees(&self, other: &Self) -> Result<(), String> {
        let list = |rows: &Rows| {
            let mut words = vec![0; self.shape.words()];
            rows.or_into(&mut words);
            words
        };
        let everyone = list(&self.everyone);
        let mut same = everyone == list(&other.everyone)
            && (self.used, self.ascending, self.live.len()) == (other.used, other.ascending, other.live.len());
        for (own, other) in self.live.iter().zip(&other.live) {
            same &= list(own.leads()) == list(other.leads())
                && list(own.others()) == list(other.others())
                && own.due == other.due;
        }
        for (prop, _) in self.columns().chain(other.columns()) {
            bits::for_each(&everyone, |row| same &= self.value(prop, row) == other.value(prop, row));
            same &= self.column(prop).map(Column::counts) == other.column(prop).map(Column::counts);
            same &= self.column(prop).zip(other.column(prop)).is_none_or(|(own, other)| own.shares_orders(other));
        }
        if same { Ok(()) } else { Err("two versions of a block differ that must not".to_owned()) }
    }
}

impl Follow for Block {
    fn begin(&mut self) {
        self.written = Written::default();
        (self.anew, self.filled) = (false, false);
        self.live.iter_mut().for_each(LiveRows::begin);
    }

    fn follow(&mut self, newer: &Self) {
        if newer.anew {
            self.clone_from(newer);
            return;
        }
        let (shape, forget) = (self.shape, newer.written.forget);
        for (prop, rows) in &newer.written.columns {
            let rows = rows.as_deref();
            let theirs = newer.columns.get(prop.index()).and_then(Option::as_ref);
            let own = self.columns.entry(prop.index());
            match (own.as_mut(), theirs) {
                (Some(own), Some(theirs)) => {
                    follow_shared(own, theirs, |own, theirs| own.follow(theirs, rows, forget, shape));
                }
                _ => *own = theirs.cloned(),
            }
            if *prop == PropId::ID {
                Rows::follow_shared(&mut self.everyone, &newer.everyone, rows, shape);
            }
        }
        self.live.resize_with(newer.live.len(), LiveRows::default);
        self.live.iter_mut().zip(&newer.live).for_each(|(own, newer)| own.follow(newer, shape));
        (self.used, self.ascending, self.last_id) = (newer.used, newer.ascending, newer.last_id);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::block::Block;
    use crate::block::double::Double;
    use crate::id::PropId;
    use crate::limits::Shape;
    use crate::value::{Value, ValueRef};

    /// What rows have, by row and property; and which are members of a live filter.
    #[derive(Default, Clone)]
    struct Model {
        ids: BTreeMap<u16, u64>,
        values: BTreeMap<(u16, PropId), Value>,
        members: BTreeMap<u16, bool>,
    }

    fn check(block: &Block, model: &Model) {
        block.validate().unwrap();
        assert_eq!(block.everyone().len(), model.ids.len());
        assert!(model.ids.iter().all(|(&row, &id)| block.id(row) == id));
        let known: usize =
            block.columns().filter(|(prop, _)| *prop != PropId::ID).map(|(_, column)| column.len()).sum();
        assert_eq!(known, model.values.len());
        let has = |(&(row, prop), value): (&(u16, PropId), &Value)| block.value(prop, row) == Some(value.as_ref());
        assert!(model.values.iter().all(has));
        let live = block.live(1).map_or(0, |live| live.len());
        assert_eq!(live, model.members.len());
        assert!(model.members.keys().all(|&row| block.live(1).is_some_and(|live| live.contains(row))));
    }

    struct Dice(u64);

    impl Dice {
        fn below(&mut self, below: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % below
        }

        fn value(&mut self) -> Value {
            match self.below(6) {
                0 => Value::Number(self.below(1 << 40) as i64),
                1 => Value::Number(self.below(9) as i64),
                2 => Value::Boolean(self.below(2) == 0),
                3 => Value::String(format!("Text {}", self.below(400))),
                4 => Value::List(vec![format!("item {}", self.below(20)), "Other".to_owned()]),
                _ => Value::DateTime(crate::DateTime::from_unix(self.below(1 << 30) as i64).unwrap()),
            }
        }
    }

    fn prop(number: u64) -> PropId {
        PropId(20 + number as u32)
    }

    /// One batch.
    fn write(block: &mut Block, model: &mut Model, dice: &mut Dice, next_id: &mut u64) {
        let shape = block.shape();
        let many = [3, 10, 200][dice.below(3) as usize];
        for _ in 0..dice.below(many) {
            let rows: Vec<u16> = model.ids.keys().copied().collect();
            let any = |dice: &mut Dice| rows.get(dice.below(rows.len().max(1) as u64) as usize).copied();
            match (dice.below(20), any(dice)) {
                (0..4, _) => {
                    *next_id += 1 + dice.below(3);
                    if let Some(row) = block.take_row(*next_id) {
                        model.ids.insert(row, *next_id);
                    }
                }
                // A row, or at times all of them, so that the block begins anew.
                (4, Some(row)) => {
                    let all = dice.below(300) == 0;
                    for row in rows.into_iter().filter(|&other| all || other == row) {
                        block.depart(row, |_| ());
                        model.members.remove(&row);
                        for number in 0..5 {
                            block.clear(prop(number), row);
                            model.values.remove(&(row, prop(number)));
                        }
                        block.free_row(row);
                        model.ids.remove(&row);
                    }
                }
                (5..7, Some(row)) => {
                    let prop = prop(dice.below(5));
                    assert_eq!(block.clear(prop, row), model.values.remove(&(row, prop)).is_some());
                }
                (7, _) => block.forget_orders(prop(dice.below(5))),
                (8, Some(row)) => {
                    let (member, lead) = (dice.below(2) == 0, false);
                    block.live_mut(1).set(row, member, lead, shape);
                    block.live_mut(1).due = dice.below(9) as i64;
                    if member {
                        model.members.insert(row, lead)
                    } else {
                        model.members.remove(&row)
                    };
                }
                (_, Some(row)) => {
                    // One property has numbers alone, so that its order is often made anew.
                    let number = dice.below(5);
                    let value = if number == 0 { Value::Number(dice.below(99) as i64) } else { dice.value() };
                    block.set(prop(number), row, &value);
                    model.values.insert((row, prop(number)), value);
                }
                _ => {}
            }
        }
        block.settle(|prop| prop.0 % 2 == 0);
        block.with_written(|_, _| ());
    }

    #[test]
    fn versions_by_turns_are_what_was_written_whoever_holds_one() {
        for (rows, batches) in [(64, 3_000), (4_096, 500), (65_536, 150)] {
            let mut published = Double::new(Block::new(Shape::new(rows).unwrap()));
            let (mut model, mut dice, mut next_id) = (Model::default(), Dice(rows as u64), 0);
            let mut held: Vec<(Double<Block>, Model)> = Vec::new();
            for _ in 0..batches {
                let (mut next, mut written) = (published.clone(), model.clone());
                write(next.open(), &mut written, &mut dice, &mut next_id);
                if dice.below(20) == 0 {
                    // A batch that is given up.
                    continue;
                }
                let former = std::mem::replace(&mut published, next);
                match dice.below(10) {
                    0 => held.push((former, model)),
                    1 => published.release(),
                    _ => drop(former),
                }
                model = written;
                check(&published, &model);
                if published.is_to_forget() || dice.below(4) == 0 {
                    published.bring_up();
                    published.of_former(|former| check(former, &model));
                    published.of_former(|former| former.agrees(&published)).unwrap_or(Ok(())).unwrap();
                }
                if held.len() > 3 {
                    let (block, model) = held.remove(dice.below(held.len() as u64) as usize);
                    check(&block, &model);
                }
            }
        }
    }

    #[test]
    fn what_was_removed_is_in_no_version() {
        let shape = Shape::new(65_536).unwrap();
        let mut published = Double::new(Block::new(shape));
        let batch = |published: &mut Double<Block>, write: &dyn Fn(&mut Block)| {
            let mut next = published.clone();
            write(next.open());
            next.open().settle(|_| true);
            next.open().with_written(|_, _| ());
            *published = next;
        };
        batch(&mut published, &|block| {
            for id in 1..=5_000 {
                let row = block.take_row(id).unwrap();
                block.set(prop(0), row, &Value::Number(id as i64 * 1_000));
                block.set(prop(1), row, &Value::String(format!("text of {id}")));
            }
        });
        for row in [7, 8, 9] {
            batch(&mut published, &|block| {
                block.set(prop(0), row, &Value::Number(-1));
            });
            let of_former = published.of_former(|former| former.value(prop(0), row) == Some(ValueRef::Number(-1)));
            assert_eq!(of_former, Some(false), "a former version is held, and lacks what was written");
            batch(&mut published, &|block| {
                block.clear(prop(0), row);
                block.clear(prop(1), row);
                block.free_row(row);
            });
            assert!(published.is_to_forget());
            published.bring_up();
            let text = format!("text of {}", row + 1);
            let left = |former: &Block| {
                let texts = former.column(prop(1)).and_then(|column| column.texts.as_ref()).unwrap();
                let mut found = former.value(prop(0), row).is_some();
                (0..texts.codes.len() as u32).for_each(|code| found |= texts.codes.written(code) == text);
                found
            };
            assert_eq!(published.of_former(left), Some(false));
            assert!(!left(&published));
        }
    }
}
