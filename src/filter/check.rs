//! One row against a plan, read from the columns: what a live filter does for each lead that changed.
//!
//! Binding a plan to a block weighs ways to find many rows; for one row it would cost more than the
//! answer.

use crate::block::Block;
use crate::block::column::Column;
use crate::filter::canonical::{Leaf, Pred};
use crate::filter::plan::Plan;

impl Plan {
    /// Whether a row that holds somebody passes.
    pub(crate) fn check(&self, block: &Block, row: u16) -> bool {
        match self {
            Self::Const(value) => *value,
            Self::And(parts) => parts.iter().all(|part| part.check(block, row)),
            Self::Or(parts) => parts.iter().any(|part| part.check(block, row)),
            Self::Leaf { prop, leaf, .. } => {
                block.column(*prop).is_some_and(|column| passes(leaf, column, row)) != leaf.negated
            }
            Self::Member { slot, negated, .. } => block.live(*slot).is_some_and(|live| live.contains(row)) != *negated,
        }
    }
}

/// Whether the positive test holds.
fn passes(leaf: &Leaf, column: &Column, row: u16) -> bool {
    match &leaf.pred {
        Pred::Known => column.knows(row),
        Pred::Number(set) => {
            column.numbers.as_ref().and_then(|part| part.ints.get(row)).is_some_and(|key| set.has(key))
        }
        Pred::DateTime(set) => {
            column.datetimes.as_ref().and_then(|part| part.ints.get(row)).is_some_and(|key| set.has(key))
        }
        Pred::Text(text) => column
            .texts
            .as_ref()
            .and_then(|part| Some(part.codes.folded(part.code(row)?)))
            .is_some_and(|folded| text.has(folded)),
        Pred::Boolean(value) => column.booleans.as_ref().and_then(|part| part.get(row)) == Some(*value),
        Pred::ListAny(items) => column
            .lists
            .as_ref()
            .and_then(|part| Some((part, part.get(row)?)))
            .is_some_and(|(part, codes)| codes.iter().any(|&code| is_one_of(items, part.codes.folded(code)))),
        Pred::List => column.lists.as_ref().is_some_and(|part| part.get(row).is_some()),
    }
}

fn is_one_of(items: &[String], folded: &str) -> bool {
    items.binary_search_by(|item| item.as_str().cmp(folded)).is_ok()
}
