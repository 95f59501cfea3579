//! From a line to a lead, or to the one reason why not.
//!
//! The text is read straight into the lead, without a tree in between. A fault found on the way is
//! remembered in the [`Context`]; the parser's own error then only serves to stop it. A number
//! written as a double (`5.0`, `1e3`) or too large for one stops the first reading, and the line
//! is read again with numbers kept as digits: rare lines pay for exactness, the others do not.

use super::Reject;
use super::cut::Raw;
use super::json::{Json, ReadJson, ReadKey};
use super::names::Names;
use crate::datetime::DateTime;
use crate::ingest::{ParsedBatch, ParsedLead};
use crate::limits;
use crate::property::{self, Reason};
use crate::value::Value;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::error::Category;
use std::fmt;

/// Why a line is not taken.
#[derive(Debug)]
struct Fault {
    code: &'static str,
    message: String,
}

impl Fault {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A value that does not fit; `what` names its place.
    fn value(what: impl fmt::Display, reason: Reason) -> Self {
        Self::new(reason.code(), format!("{what}: {}", sentence(reason)))
    }
}

/// Parses every line of a batch.
pub(super) fn parse_batch(raw: &Raw, line_bytes: usize) -> ParsedBatch {
    let mut batch = ParsedBatch { bytes_read: raw.bytes_read, ..ParsedBatch::default() };
    let mut names = Names::default();
    let mut take = |line: u64, outcome: Result<ParsedLead, Fault>| {
        batch.lines += 1;
        match outcome {
            Ok(lead) => batch.leads.push(ParsedLead { line, ..lead }),
            Err(Fault { code, message }) => batch.rejects.push(Reject { line, code, message }),
        }
    };
    if raw.too_long {
        take(raw.first_line, Err(too_long(line_bytes)));
    }
    let mut rest = raw.bytes.as_slice();
    let mut number = raw.first_line;
    let mut props_hint = 0;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        rest = rest.get(end + 1..).unwrap_or_default();
        if line.len() > line_bytes {
            take(number, Err(too_long(line_bytes)));
        } else if !line.trim_ascii().is_empty() {
            let outcome = read_line(line, &mut names, props_hint);
            props_hint = outcome.as_ref().map_or(props_hint, |lead| lead.props.len());
            take(number, outcome);
        }
        number += 1;
    }
    batch.names = names.into_list();
    batch
}

fn too_long(line_bytes: usize) -> Fault {
    Fault::new("line_too_long", format!("a line holds at most {line_bytes} bytes"))
}

fn read_line(line: &[u8], names: &mut Names, props_hint: usize) -> Result<ParsedLead, Fault> {
    let text = std::str::from_utf8(line).map_err(|error| {
        Fault::new("invalid_utf8", format!("the line is not UTF-8 from byte {} on", error.valid_up_to() + 1))
    })?;
    let unclear = match attempt(text, Context::new(names, false, props_hint)) {
        Ok(lead) => return Ok(lead),
        Err(Miss::Final(fault)) => return Err(fault),
        Err(Miss::Unclear(fault)) => fault,
    };
    match attempt(text, Context::new(names, true, props_hint)) {
        Ok(lead) => Ok(lead),
        // Where both readings found the text broken, the first one has the better place.
        Err(Miss::Unclear(second)) => Err(unclear.or(second).unwrap_or_else(|| broken("the line is not JSON"))),
        Err(Miss::Final(fault)) => Err(fault),
    }
}

/// Why a reading came to no lead.
enum Miss {
    Final(Fault),
    /// The text is not JSON, or a number needs an exact reading (no fault yet).
    Unclear(Option<Fault>),
}

/// What a reading of a line carries along.
struct Context<'n> {
    names: &'n mut Names,
    exact: bool,
    props_hint: usize,
    /// The fault that stopped the reading.
    fault: Option<Fault>,
    /// A number that the quick reading cannot tell exactly stopped it.
    inexact: bool,
}

impl<'n> Context<'n> {
    fn new(names: &'n mut Names, exact: bool, props_hint: usize) -> Self {
        names.begin();
        Self { names, exact, props_hint, fault: None, inexact: false }
    }

    /// Remembers the fault; the error returned only stops the parser.
    fn stop<E: Error>(&mut self, fault: Fault) -> E {
        self.fault = Some(fault);
        E::custom("")
    }

    /// The value of the key that was just read.
    fn value<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<Json<'de>, A::Error> {
        match map.next_value_seed(ReadJson { exact: self.exact })? {
            Json::Inexact => {
                self.inexact = true;
                Err(A::Error::custom(""))
            }
            Json::Broken(message) => Err(self.stop(broken(&message))),
            json => Ok(json),
        }
    }

    /// What the parser's error stands for.
    fn miss(self, error: &serde_json::Error) -> Miss {
        self.names.undo();
        if let Some(fault) = self.fault {
            return Miss::Final(fault);
        }
        if self.inexact {
            return Miss::Unclear(None);
        }
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = error.to_string();
        let message = message.strip_suffix(&place).unwrap_or(&message);
        if error.classify() == Category::Data {
            return Miss::Final(Fault::new("wrong_type", message));
        }
        Miss::Unclear(Some(broken(&format!("column {}: {message}", error.column()))))
    }
}

fn broken(message: &str) -> Fault {
    Fault::new("invalid_json", message)
}

fn attempt(text: &str, mut context: Context<'_>) -> Result<ParsedLead, Miss> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let lead = LineReader(&mut context).deserialize(&mut parser);
    lead.and_then(|lead| parser.end().map(|()| lead)).map_err(|error| context.miss(&error))
}

/// Reads the object of a line.
struct LineReader<'c, 'n>(&'c mut Context<'n>);

impl<'de> DeserializeSeed<'de> for LineReader<'_, '_> {
    type Value = ParsedLead;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<ParsedLead, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for LineReader<'_, '_> {
    type Value = ParsedLead;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ParsedLead, A::Error> {
        let context = self.0;
        let mut lead =
            ParsedLead { line: 0, id: 0, user_id: None, conversations: 0, web_push: false, props: Vec::new() };
        let mut seen = [false; Field::COUNT];
        while let Some(key) = map.next_key_seed(ReadKey)? {
            let Some(field) = Field::named(&key) else {
                return Err(context.stop(Fault::new("unknown_key", format!("no such key: {}", shown(&key)))));
            };
            if std::mem::replace(&mut seen[field as usize], true) {
                return Err(context.stop(duplicate(&key)));
            }
            if let Field::Props = field {
                lead.props = map.next_value_seed(PropsReader(context))?;
            } else {
                let json = context.value(&mut map)?;
                set(&mut lead, field, json).map_err(|fault| context.stop(fault))?;
            }
        }
        if lead.id == 0 {
            return Err(context.stop(Fault::new("missing_id", "a lead needs an id, 1 to 2^64-1")));
        }
        Ok(lead)
    }
}

fn duplicate(key: &str) -> Fault {
    Fault::new("duplicate_key", format!("the key {} stands twice in one object", shown(key)))
}

/// A key as a message shows it: quoted, and cut where it is long.
fn shown(key: &str) -> String {
    const CHARS: usize = 80;
    match key.char_indices().nth(CHARS) {
        Some((at, _)) => format!("{:?}...", &key[..at]),
        None => format!("{key:?}"),
    }
}

/// The keys of a line.
#[derive(Debug, Clone, Copy)]
enum Field {
    Id,
    UserId,
    Conversations,
    WebPush,
    Props,
}

impl Field {
    const COUNT: usize = 5;

    fn named(key: &str) -> Option<Self> {
        Some(match key {
            "id" => Self::Id,
            "user_id" => Self::UserId,
            "conversations" => Self::Conversations,
            "web_push" => Self::WebPush,
            "props" => Self::Props,
            _ => return None,
        })
    }
}

fn set(lead: &mut ParsedLead, field: Field, json: Json<'_>) -> Result<(), Fault> {
    if json == Json::Null {
        return Ok(());
    }
    match field {
        Field::Id => lead.id = read_id(&json)?,
        Field::UserId => lead.user_id = read_user_id(json).map_err(|reason| Fault::value("user_id", reason))?,
        Field::Conversations => {
            lead.conversations = read_conversations(&json).map_err(|reason| Fault::value("conversations", reason))?;
        }
        Field::WebPush => match json {
            Json::Boolean(subscribed) => lead.web_push = subscribed,
            _ => return Err(Fault::value("web_push", Reason::WrongType)),
        },
        Field::Props => {}
    }
    Ok(())
}

fn read_id(json: &Json<'_>) -> Result<u64, Fault> {
    let invalid = || Fault::new("invalid_id", "an id lies between 1 and 2^64-1");
    match *json {
        Json::Integer(id) => u64::try_from(id).ok().filter(|&id| id > 0).ok_or_else(invalid),
        Json::BadNumber(Reason::OutOfRange) => Err(invalid()),
        Json::BadNumber(reason) => Err(Fault::value("id", reason)),
        _ => Err(Fault::value("id", Reason::WrongType)),
    }
}

fn read_user_id(json: Json<'_>) -> Result<Option<String>, Reason> {
    match json {
        Json::Text(text) if text.is_empty() => Ok(None),
        Json::Text(text) if text.len() > limits::STRING_CHARS && text.chars().count() > limits::STRING_CHARS => {
            Err(Reason::TooLong)
        }
        Json::Text(text) => Ok(Some(text.into_owned())),
        Json::Integer(n) if (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&n) => Ok(Some(n.to_string())),
        Json::Integer(_) => Err(Reason::OutOfRange),
        Json::BadNumber(reason) => Err(reason),
        _ => Err(Reason::WrongType),
    }
}

fn read_conversations(json: &Json<'_>) -> Result<u64, Reason> {
    match *json {
        Json::Integer(n) => {
            u64::try_from(n).ok().filter(|&count| count <= limits::NUMBER_MAX.unsigned_abs()).ok_or(Reason::OutOfRange)
        }
        Json::BadNumber(reason) => Err(reason),
        _ => Err(Reason::WrongType),
    }
}

/// Reads the object of properties.
struct PropsReader<'c, 'n>(&'c mut Context<'n>);

impl<'de> DeserializeSeed<'de> for PropsReader<'_, '_> {
    type Value = Vec<(u32, Value)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PropsReader<'_, '_> {
    type Value = Vec<(u32, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of properties")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let context = self.0;
        let mut props = Vec::with_capacity(context.props_hint);
        while let Some(name) = map.next_key_seed(ReadKey)? {
            let known = context.names.find(&name);
            if context.names.is_used(&name, known) {
                return Err(context.stop(duplicate(&name)));
            }
            let json = context.value(&mut map)?;
            let fault = |reason| Fault::value(format_args!("property {}", shown(&name)), reason);
            // A name that the batch has was checked when it came in.
            if known.is_none() {
                property::check_name(&name).map_err(|reason| context.stop(fault(reason)))?;
            }
            match admit(&name, json).map_err(|reason| context.stop(fault(reason)))? {
                Some(value) => props.push((context.names.use_value(&name, known), value)),
                None => context.names.use_absent(&name),
            }
        }
        Ok(props)
    }
}

/// The value as it is kept; `None` where it counts as absent.
fn admit(name: &str, json: Json<'_>) -> Result<Option<Value>, Reason> {
    let value = match json {
        Json::Null => return Ok(None),
        Json::Boolean(value) => Value::Boolean(value),
        Json::Integer(n) => Value::Number(i64::try_from(n).map_err(|_| Reason::OutOfRange)?),
        Json::Text(text) => DateTime::parse(&text).map_or_else(|| Value::String(text.into_owned()), Value::DateTime),
        Json::Strings(items) => Value::List(items),
        Json::BadNumber(reason) => return Err(reason),
        Json::Inexact | Json::Other | Json::Broken(_) => return Err(Reason::WrongType),
    };
    match property::admit(name, value) {
        Ok(value) => Ok(Some(value)),
        Err(Reason::EmptyValue) => Ok(None),
        Err(reason) => Err(reason),
    }
}

fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::EmptyValue => "an empty string or list is not a value",
        Reason::WrongType => "the value has a type that does not fit here",
        Reason::Fraction => "numbers are integers; this one has a fraction",
        Reason::OutOfRange => "the number is out of range; numbers lie between -2^53 and 2^53",
        Reason::TooLong => "a string holds at most 255 characters",
        Reason::ListFull => "a list holds at most 30 items",
        Reason::UnknownOp => "there is no such operation",
        Reason::Reserved => "the name is reserved; it is set by a key of its own or computed",
        Reason::BadName => "a property's name has 1 to 255 characters",
    }
}
