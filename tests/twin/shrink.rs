//! Makes a failing run small: fewer steps, smaller filters, leads with fewer properties.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lead_index::Filter;

use super::ops::{Call, Op};
use super::pair::Pair;

/// Replays allowed while shrinking.
const TRIES: usize = 12_000;

struct Shrinker {
    block_rows: usize,
    tries: usize,
    fault: String,
}

/// The smallest failing run that greedy cutting finds, ready to print with its fault.
pub(crate) fn shrink(block_rows: usize, mut ops: Vec<Op>, fault: String) -> String {
    let mut shrinker = Shrinker { block_rows, tries: TRIES, fault };
    if shrinker.fails(&ops) {
        shrinker.open_imports(&mut ops);
        shrinker.drop_steps(&mut ops);
        shrinker.simplify_filters(&mut ops);
        shrinker.drop_properties(&mut ops);
        shrinker.drop_steps(&mut ops);
    }
    let steps: Vec<String> = ops.iter().map(|op| format!("  {op:?}")).collect();
    format!("{}\nblocks of {block_rows} rows, {} steps:\n{}", shrinker.fault, steps.len(), steps.join("\n"))
}

impl Shrinker {
    fn fails(&mut self, ops: &[Op]) -> bool {
        if self.tries == 0 {
            return false;
        }
        self.tries -= 1;
        match catch_unwind(AssertUnwindSafe(|| Pair::replay(self.block_rows, ops))) {
            Ok(Ok(())) => false,
            Ok(Err(fault)) => {
                self.fault = fault;
                true
            }
            Err(_) => {
                "a panic".clone_into(&mut self.fault);
                true
            }
        }
    }

    /// Turns imports into single writes, which can then be dropped one by one.
    fn open_imports(&mut self, ops: &mut Vec<Op>) {
        let opened: Vec<Op> = ops
            .iter()
            .flat_map(|op| match op {
                Op::Import(leads) => leads.iter().cloned().map(Op::Upsert).collect(),
                other => vec![other.clone()],
            })
            .collect();
        if self.fails(&opened) {
            *ops = opened;
        }
    }

    /// Turns the calls of a batch into steps of their own, one batch at a time.
    fn open_batches(&mut self, ops: &mut Vec<Op>) {
        let mut at = 0;
        while at < ops.len() {
            if let Op::Batch(calls, _) = &ops[at] {
                let opened: Vec<Op> = calls.iter().filter_map(alone).collect();
                let tried = [&ops[..at], &opened, &ops[at + 1..]].concat();
                if self.fails(&tried) {
                    *ops = tried;
                    continue;
                }
            }
            at += 1;
        }
    }

    /// Cuts runs of steps, long ones first.
    fn drop_steps(&mut self, ops: &mut Vec<Op>) {
        let mut size = ops.len() / 2;
        while size > 0 {
            let mut at = 0;
            while at < ops.len() {
                let mut fewer = ops.clone();
                fewer.drain(at..(at + size).min(ops.len()));
                if self.fails(&fewer) {
                    *ops = fewer;
                } else {
                    at += size;
                }
            }
            size /= 2;
        }
    }

    /// Takes calls out of batches and changes out of calls, one by one.
    fn drop_parts(&mut self, ops: &mut [Op]) {
        for at in 0..ops.len() {
            let mut part = 0;
            while let Some(smaller) = without_part(&ops[at], part) {
                let mut tried = ops.to_vec();
                tried[at] = smaller;
                if self.fails(&tried) {
                    ops.clone_from_slice(&tried);
                } else {
                    part += 1;
                }
            }
        }
    }

    fn simplify_filters(&mut self, ops: &mut [Op]) {
        for at in 0..ops.len() {
            while let Some(filter) = filter_of(&mut ops[at]).map(|filter| filter.clone()) {
                let smaller = simpler(&filter).into_iter().find(|candidate| {
                    let mut tried = ops.to_vec();
                    set_filter(&mut tried[at], candidate);
                    self.fails(&tried)
                });
                match smaller {
                    Some(filter) => set_filter(&mut ops[at], &filter),
                    None => break,
                }
            }
        }
    }

    fn drop_properties(&mut self, ops: &mut [Op]) {
        for at in 0..ops.len() {
            let names: Vec<String> = match &ops[at] {
                Op::Insert(lead) | Op::Upsert(lead) => lead.props.keys().cloned().collect(),
                _ => continue,
            };
            for name in names {
                let mut tried = ops.to_vec();
                if let Op::Insert(lead) | Op::Upsert(lead) = &mut tried[at] {
                    lead.props.remove(&name);
                }
                if self.fails(&tried) {
                    ops.clone_from_slice(&tried);
                }
            }
        }
    }
}

/// A call of a batch as a step of its own.
fn alone(call: &Call) -> Option<Op> {
    Some(match call {
        Call::Apply(target, changes) => Op::Apply(target.clone(), changes.clone()),
        Call::Insert(lead) => Op::Insert(lead.clone()),
        Call::Upsert(lead) => Op::Upsert(lead.clone()),
        Call::Remove(id) => Op::Remove(*id),
        Call::ApplyEach(..) | Call::Get(_) | Call::GetByUserId(_) | Call::Outside(_) => return None,
    })
}

/// The step without its part of this number: a call, or a change or a write of a call.
fn without_part(op: &Op, mut part: usize) -> Option<Op> {
    match op {
        Op::Apply(target, changes) => Some(Op::Apply(target.clone(), without(changes, part)?)),
        Op::Batch(calls, end) if part < calls.len() => Some(Op::Batch(without(calls, part)?, *end)),
        Op::Batch(calls, end) => {
            part -= calls.len();
            for (at, call) in calls.iter().enumerate() {
                let (parts, fewer) = match call {
                    Call::Apply(target, changes) => {
                        (changes.len(), without(changes, part).map(|fewer| Call::Apply(target.clone(), fewer)))
                    }
                    Call::ApplyEach(writes, enough) => {
                        (writes.len(), without(writes, part).map(|fewer| Call::ApplyEach(fewer, *enough)))
                    }
                    _ => continue,
                };
                if let Some(fewer) = fewer {
                    let mut calls = calls.clone();
                    calls[at] = fewer;
                    return Some(Op::Batch(calls, *end));
                }
                part -= parts;
            }
            None
        }
        _ => None,
    }
}

fn without<T: Clone>(items: &[T], at: usize) -> Option<Vec<T>> {
    let mut fewer = items.to_vec();
    (at < items.len()).then(|| fewer.remove(at)).map(|_| fewer)
}

fn filter_of(op: &mut Op) -> Option<&mut Filter> {
    match op {
        Op::Ask(ask, _) | Op::Ids(ask) | Op::Explain(ask) | Op::Live(_, ask) | Op::Open(_, ask, _) => {
            Some(&mut ask.filter)
        }
        Op::Count(filter) | Op::Keep(_, filter) | Op::Parse(filter) => Some(filter),
        Op::OnSnapshot(_, op) => filter_of(op),
        _ => None,
    }
}

fn set_filter(op: &mut Op, to: &Filter) {
    if let Some(filter) = filter_of(op) {
        *filter = to.clone();
    }
}

/// Filters one step smaller: a part alone, a group without a part, a part made smaller.
fn simpler(filter: &Filter) -> Vec<Filter> {
    let (children, is_all): (&[Filter], bool) = match filter {
        Filter::All(children) => (children, true),
        Filter::Any(children) => (children, false),
        Filter::Not(child) => {
            let inside = simpler(child).into_iter().map(Filter::not);
            return std::iter::once((**child).clone()).chain(inside).collect();
        }
        _ => return Vec::new(),
    };
    let group = |parts: Vec<Filter>| if is_all { Filter::All(parts) } else { Filter::Any(parts) };
    let mut smaller: Vec<Filter> = children.to_vec();
    for at in 0..children.len() {
        let mut without = children.to_vec();
        without.remove(at);
        smaller.push(group(without));
        for part in simpler(&children[at]) {
            let mut with = children.to_vec();
            with[at] = part;
            smaller.push(group(with));
        }
    }
    smaller
}
