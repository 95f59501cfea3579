//! How a query was answered, for people.

use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::filter::canonical::{KeySet, Leaf, Pred, TextPred};
use crate::filter::eval::LeafTrace;
use crate::filter::plan::Plan;
use crate::query::Query;
use crate::query::run::{Answer, Trace};

/// How a query was answered: the plan, what each step was estimated to touch and did touch, and
/// the time it took. Its `Display` is a page of text.
#[derive(Debug, Clone)]
pub struct Explanation {
    total: u64,
    time: Duration,
    text: String,
}

impl Explanation {
    /// How many leads match, before paging.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The engine's own time for the query.
    #[must_use]
    pub fn time(&self) -> Duration {
        self.time
    }

    pub(crate) fn new(query: &Query, answer: &Answer, trace: &Trace) -> Self {
        let time = trace.plan_time + trace.match_time + trace.cut_time;
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = write_page(&mut text, query, answer, trace, time);
        Self { total: answer.total, time, text }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn write_page(out: &mut String, query: &Query, answer: &Answer, trace: &Trace, time: Duration) -> fmt::Result {
    writeln!(out, "total {} of {} in {}", answer.total, trace.universe, micros(time))?;
    writeln!(out, "filter  {} (planned in {})", micros(trace.match_time), micros(trace.plan_time))?;
    write_plan(out, &trace.plan, &trace.tests, 1)?;
    let order = if query.sort_order == crate::Order::Asc { "asc" } else { "desc" };
    let unknown = if answer.sorted.is_none() { " (nobody has it: by id)" } else { "" };
    writeln!(
        out,
        "sort    {} by {:?} {order}{unknown}, offset {}, limit {}",
        micros(trace.cut_time),
        query.sort_prop,
        query.offset,
        query.limit
    )?;
    for step in &trace.phases {
        writeln!(out, "  {}: {}, {} rows looked at", step.phase, step.way, step.rows)?;
    }
    if answer.wanted.is_some() {
        writeln!(out, "  no order of this property yet: it is being built, or ask for it with prepare_order")?;
    }
    Ok(())
}

fn write_plan(out: &mut String, plan: &Plan, tests: &[LeafTrace], depth: usize) -> fmt::Result {
    let indent = "  ".repeat(depth);
    match plan {
        Plan::Const(true) => writeln!(out, "{indent}everybody"),
        Plan::Const(false) => {
            writeln!(out, "{indent}nobody (the test can hold for no one, or nobody has the property)")
        }
        Plan::And(parts) | Plan::Or(parts) => {
            writeln!(out, "{indent}{}", if matches!(plan, Plan::And(_)) { "all of" } else { "any of" })?;
            parts.iter().try_for_each(|part| write_plan(out, part, tests, depth + 1))
        }
        Plan::Leaf { number, leaf, .. } => write_test(out, &indent, &describe(leaf), tests, *number),
        Plan::Member { number, negated, .. } => {
            let name = if *negated { "not a member of a live filter" } else { "member of a live filter" };
            write_test(out, &indent, name, tests, *number)
        }
    }
}

fn write_test(out: &mut String, indent: &str, name: &str, tests: &[LeafTrace], number: usize) -> fmt::Result {
    let trace = tests.get(number).copied().unwrap_or_default();
    writeln!(
        out,
        "{indent}{name}: about {} rows, enumerated in {} blocks, {} rows checked, {}",
        trace.estimate,
        trace.enumerated_blocks,
        trace.checked_rows,
        micros(trace.time)
    )
}

fn describe(leaf: &Leaf) -> String {
    let mut text = String::new();
    if leaf.negated {
        text.push_str("not ");
    }
    let _ = match &leaf.pred {
        Pred::Known => write!(text, "{:?} known", leaf.name),
        Pred::Number(set) => write!(text, "{:?} number {}", leaf.name, keys(set)),
        Pred::DateTime(set) => write!(text, "{:?} datetime {}", leaf.name, keys(set)),
        Pred::Text(TextPred::OneOf(texts)) => write!(text, "{:?} is {}", leaf.name, list(texts)),
        Pred::Text(TextPred::Contains(needle)) => {
            write!(text, "{:?} contains {:?}", leaf.name, String::from_utf8_lossy(needle.needle()))
        }
        Pred::Text(TextPred::Starts(prefix)) => write!(text, "{:?} starts with {prefix:?}", leaf.name),
        Pred::Text(TextPred::Ends(suffix)) => write!(text, "{:?} ends with {suffix:?}", leaf.name),
        Pred::Boolean(value) => write!(text, "{:?} is {value}", leaf.name),
        Pred::ListAny(items) => write!(text, "{:?} has {}", leaf.name, list(items)),
        Pred::List => write!(text, "{:?} is a list", leaf.name),
    };
    text
}

fn keys(set: &KeySet) -> String {
    match set {
        KeySet::Range(low, high) if low == high => format!("= {low}"),
        KeySet::Range(i64::MIN, high) => format!("<= {high}"),
        KeySet::Range(low, i64::MAX) => format!(">= {low}"),
        KeySet::Range(low, high) => format!("{low}..={high}"),
        KeySet::OneOf(keys) => format!("one of {} values", keys.len()),
    }
}

fn list(texts: &[String]) -> String {
    match texts {
        [text] => format!("{text:?}"),
        texts => format!("one of {} texts", texts.len()),
    }
}

fn micros(time: Duration) -> String {
    format!("{:.1} us", time.as_secs_f64() * 1e6)
}
