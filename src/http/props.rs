//! `/users/{id}/props`: changes of a person's properties, in order and published as one.

use std::collections::HashMap;

use super::answer::Answer;
use super::args::boolean;
use super::call::Call;
use super::failure::{Failure, Faults};
use super::json::{IgnoredJson, props_json};
use super::operations::{self, Operation};
use super::whom::Whom;
use crate::property::Reason;
use crate::{Applied, Change, Name};

/// Runs the operations. One that breaks a rule is listed as ignored, and the others go on.
pub(super) fn props(call: &Call<'_>) -> Result<Answer, Failure> {
    let mut faults = Faults::default();
    let whom = Whom::read(call, &mut faults);
    let operations = match call.arguments.operations.as_deref() {
        Some(text) => operations::read(text, &mut faults),
        None => {
            faults.add_missing("operations");
            Vec::new()
        }
    };
    faults.into_result()?;
    let parse_types = boolean(call.arguments.parse_custom_props_type.as_deref(), true);
    let plan = Plan::new(&operations, parse_types);
    let done = whom.apply(call, "operations", plan.changes)?;
    let mut ignored = plan.ignored;
    ignored.extend(done.ignored.iter().map(|ignored| (plan.of_change[ignored.at], ignored.reason)));
    ignored.sort_unstable_by_key(|(at, _)| *at);
    let ignored: Vec<IgnoredJson<'_>> = ignored
        .into_iter()
        .map(|(at, reason)| IgnoredJson { operation: &operations[at], reason: reason.code() })
        .collect();
    let (affected, not_changed) = in_order_of_mention(done, &operations);
    Ok(Answer::Json(props_json(&affected, &not_changed, &ignored)))
}

/// The operations, parted into what the index is asked for and what it need not be asked.
struct Plan {
    changes: Vec<Change>,
    /// Which operation each change comes from.
    of_change: Vec<usize>,
    ignored: Vec<(usize, Reason)>,
}

impl Plan {
    fn new(operations: &[Operation<'_>], parse_types: bool) -> Self {
        let mut plan = Self { changes: Vec::new(), of_change: Vec::new(), ignored: Vec::new() };
        for (at, operation) in operations.iter().enumerate() {
            match operation.change(parse_types) {
                Ok(change) => {
                    plan.changes.push(change);
                    plan.of_change.push(at);
                }
                Err(reason) => plan.ignored.push((at, reason)),
            }
        }
        plan
    }
}

/// The names that changed and those that did not. The index knows the order in which its changes
/// mention them; here an operation that it was not asked for mentions its name too. What the index
/// names of itself when it creates a person stays in front.
fn in_order_of_mention(done: Applied, operations: &[Operation<'_>]) -> (Vec<Name>, Vec<Name>) {
    let mut mentions: HashMap<&str, usize> = HashMap::new();
    if done.created {
        mentions.extend([("$created", 0), ("$user_id", 0)]);
    }
    for (at, operation) in operations.iter().enumerate() {
        mentions.entry(&operation.key).or_insert(at + 1);
    }
    let sorted = |mut names: Vec<Name>| {
        names.sort_by_key(|name| mentions.get(name.as_str()).copied());
        names
    };
    (sorted(done.affected), sorted(done.not_changed))
}
