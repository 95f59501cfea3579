//! From a change to the piece that carries it out.

use crate::error::Error;
use crate::id::PropId;
use crate::ingest::change::Change;
use crate::ingest::draft::Draft;
use crate::ingest::slots::Named;
use crate::ingest::{happen, merge, ops};
use crate::value::Value;

/// Carries out the change that is number `at` of its call.
pub(super) fn carry_out(draft: &mut Draft<'_>, at: usize, change: Change) -> Result<(), Error> {
    draft.require()?;
    let outcome = match change {
        Change::Set { key, value } => ops::set(draft, key, value),
        Change::SetOnce { key, value } => ops::set_once(draft, key, value),
        Change::Add { key, by } => ops::add(draft, key, by),
        Change::Delete { key } => ops::delete(draft, key),
        Change::Append { key, item } => ops::append(draft, key, item),
        Change::Union { key, item } => ops::union(draft, key, item),
        Change::Exclude { key, item } => ops::exclude(draft, key, item),
        Change::Event { event, at } => happen::event(draft, event, at),
        Change::Session => happen::session(draft),
        Change::Seen { at } => {
            happen::seen(draft, at);
            Ok(())
        }
        Change::Conversations(count) => happen::conversations(draft, count),
        Change::WebPush(subscribed) => {
            let at = draft.mention(Named::Known(PropId::WEB_PUSH));
            draft.set(at, Value::Boolean(subscribed));
            Ok(())
        }
        Change::UserId(user_id) => happen::user_id(draft, user_id)?,
        Change::Heartbeat { kind, at } => {
            happen::heartbeat(draft, kind, at);
            Ok(())
        }
        Change::Merge { other } => {
            merge::merge(draft, other)?;
            Ok(())
        }
        Change::Remove => {
            draft.remove();
            Ok(())
        }
    };
    if let Err(reason) = outcome {
        draft.ignore(at, reason);
    }
    Ok(())
}
