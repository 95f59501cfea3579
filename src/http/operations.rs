//! The argument `operations`: a list of changes of properties, as JSON.
//!
//! What is wrong with the list itself is a fault of the argument. What is wrong with one operation
//! is the reason why it alone is ignored.

use std::borrow::Cow;

use super::failure::Faults;
use crate::error::Problem;
use crate::filter::json::{Inexact, Json, Sort, check, whole_number};
use crate::property::{self, Reason};
use crate::{Change, Value, limits};

/// Most operations of one request.
const OPERATIONS: usize = 250;
/// Most faults that one answer lists; reading stops there.
const FAULTS: usize = 100;

/// One element of the list: what was asked for, not yet whether it can be done.
#[derive(Clone)]
pub(super) struct Operation<'t> {
    pub(super) op: Cow<'t, str>,
    pub(super) key: Cow<'t, str>,
    /// `None` where it is absent or `null`.
    value: Option<Json<'t>>,
}

/// Reads the list, and notes every fault of its form with its place.
pub(super) fn read<'t>(text: &'t str, faults: &mut Faults) -> Vec<Operation<'t>> {
    let mut found = Vec::new();
    let operations = read_list(text, &mut found);
    for problem in &found {
        faults.add_problem("operations", problem);
    }
    operations
}

fn read_list<'t>(text: &'t str, faults: &mut Vec<Problem>) -> Vec<Operation<'t>> {
    let checked = check(text, |place| {
        if faults.len() < FAULTS {
            faults.push(Problem::new(
                "duplicate_key",
                place,
                "this key stands twice in its object; keep one of the two",
            ));
        }
    });
    let list = match checked {
        Ok(Some(json)) if json.sort() == Sort::Array => json,
        Ok(_) => {
            faults.push(Problem::new("expected_array", "", "operations is an array of objects with op, key and value"));
            return Vec::new();
        }
        Err(problem) => {
            faults.push(unreadable(problem));
            return Vec::new();
        }
    };
    let count = list.items().count();
    if count > OPERATIONS {
        let message = format!("a request has at most {OPERATIONS} operations, this one {count}; send several");
        faults.push(Problem::new("too_many_operations", "", message));
        return Vec::new();
    }
    let mut operations = Vec::with_capacity(count);
    for (i, json) in list.items().enumerate() {
        if faults.len() >= FAULTS {
            break;
        }
        operations.extend(read_one(i, json, faults));
    }
    operations
}

/// The check counts brackets for filters and says so.
fn unreadable(problem: Problem) -> Problem {
    match problem.code {
        "filter_too_deep" => {
            let message = format!("brackets nest at most {} deep; no value of a property nests", limits::JSON_DEPTH);
            Problem { code: "too_deep", message, ..problem }
        }
        _ => problem,
    }
}

fn read_one<'t>(i: usize, json: Json<'t>, faults: &mut Vec<Problem>) -> Option<Operation<'t>> {
    if json.sort() != Sort::Object {
        let message = "an operation is an object with op, key and value";
        faults.push(Problem::new("expected_object", format!("/{i}"), message));
        return None;
    }
    let [op, key, value] = json.pick(["op", "key", "value"]);
    let mut text = |name, missing, json: Option<Json<'t>>| match json.map(Json::text) {
        Some(Some(text)) => Some(text),
        Some(None) => {
            faults.push(Problem::new("type_mismatch", format!("/{i}/{name}"), format!("`{name}` is a string")));
            None
        }
        None => {
            faults.push(Problem::new(missing, format!("/{i}"), format!("an operation needs `{name}`, a string")));
            None
        }
    };
    let op = text("op", "missing_op", op);
    let key = text("key", "missing_key", key);
    Some(Operation { op: op?, key: key?, value })
}

impl<'t> Operation<'t> {
    /// The value; `None` where it is absent or `null`.
    pub(super) fn sent_value(&self) -> Option<Json<'t>> {
        self.value
    }

    /// The change that is asked for. With `parse_types`, text of a custom property that reads as a whole
    /// number or a boolean becomes one.
    ///
    /// # Errors
    ///
    /// Why there is no such change: the name of the operation, then the property's, then the value.
    pub(super) fn change(&self, parse_types: bool) -> Result<Change, Reason> {
        let make = kind(&self.op).ok_or(Reason::UnknownOp)?;
        property::check_name(&self.key)?;
        let key = self.key.clone().into_owned();
        Ok(match make {
            Kind::Set(make) => make(key, self.value(parse_types && !self.key.starts_with('$'))?),
            Kind::Add => Change::add(key, self.by()?),
            Kind::Delete => Change::delete(key),
            Kind::Item(make) => make(key, self.item()?),
        })
    }

    /// What a property is set to. Bounds are looked at where it is written.
    fn value(&self, parse_types: bool) -> Result<Value, Reason> {
        let json = self.value.ok_or(Reason::EmptyValue)?;
        match json.sort() {
            Sort::Null => Err(Reason::EmptyValue),
            Sort::Object => Err(Reason::WrongType),
            Sort::Bool => Ok(Value::Boolean(json.raw() == "true")),
            Sort::Number => number(json.raw()).map(Value::Number),
            Sort::String => {
                let text = json.text().unwrap_or_default();
                let typed = if parse_types { typed(&text) } else { None };
                Ok(typed.unwrap_or_else(|| Value::from_text(text)))
            }
            Sort::Array => {
                let items = json.items().map(|item| item.text().map(Cow::into_owned));
                items.collect::<Option<_>>().map(Value::List).ok_or(Reason::WrongType)
            }
        }
    }

    /// What is added to a number.
    fn by(&self) -> Result<i64, Reason> {
        let json = self.needed()?;
        match json.sort() {
            Sort::Number => number(json.raw()),
            Sort::String => {
                let text = json.text().unwrap_or_default();
                let digits = text.strip_prefix('-').unwrap_or(&text);
                if digits.bytes().all(|b| b.is_ascii_digit()) && !digits.is_empty() {
                    // Of digits alone, parsing fails on overflow and on nothing else.
                    text.parse().map_err(|_| Reason::OutOfRange)
                } else {
                    Err(Reason::WrongType)
                }
            }
            _ => Err(Reason::WrongType),
        }
    }

    /// The item of a list.
    fn item(&self) -> Result<String, Reason> {
        self.needed()?.text().map(Cow::into_owned).ok_or(Reason::WrongType)
    }

    /// A value that is not empty.
    fn needed(&self) -> Result<Json<'t>, Reason> {
        self.value.filter(|json| !is_empty(*json)).ok_or(Reason::EmptyValue)
    }
}

/// What an operation does, given what it needs.
enum Kind {
    Set(fn(String, Value) -> Change),
    Add,
    Delete,
    Item(fn(String, String) -> Change),
}

fn kind(op: &str) -> Option<Kind> {
    Some(match op {
        "update_or_create" => Kind::Set(Change::set),
        "set_once" => Kind::Set(Change::set_once),
        "add" => Kind::Add,
        "delete" => Kind::Delete,
        "append" => Kind::Item(Change::append),
        "union" => Kind::Item(Change::union),
        "exclude" => Kind::Item(Change::exclude),
        _ => return None,
    })
}

/// `null`, an empty text, a list of nothing but empty texts.
fn is_empty(json: Json<'_>) -> bool {
    match json.sort() {
        Sort::Null => true,
        Sort::String => json.raw() == r#""""#,
        Sort::Array => json.items().all(|item| item.raw() == r#""""#),
        _ => false,
    }
}

/// A whole number, in whatever spelling: `5`, `5.0`, `1e3`.
fn number(text: &str) -> Result<i64, Reason> {
    match whole_number(text) {
        Ok(number) => i64::try_from(number.get()).map_err(|_| Reason::OutOfRange),
        Err(Inexact::Fraction) => Err(Reason::Fraction),
        Err(Inexact::TooLarge) => Err(Reason::OutOfRange),
    }
}

/// Text that reads as a boolean or as a number that can be kept, and would read back as the same text.
fn typed(text: &str) -> Option<Value> {
    if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        return Some(Value::Boolean(text.len() == "true".len()));
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.len() > 1 && digits.starts_with('0');
    if digits.is_empty() || leading_zero || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    (number.unsigned_abs() <= limits::NUMBER_MAX.unsigned_abs()).then_some(Value::Number(number))
}

#[cfg(test)]
mod tests {
    use super::{read_list, typed};
    use crate::property::Reason;
    use crate::{Change, Value};

    fn change(json: &str, parse_types: bool) -> Result<Change, Reason> {
        let text = format!("[{json}]");
        let mut faults = Vec::new();
        let operations = read_list(&text, &mut faults);
        assert!(faults.is_empty(), "{json}: {faults:?}");
        operations[0].change(parse_types)
    }

    fn of(op: &str, value: &str) -> Result<Change, Reason> {
        change(&format!(r#"{{"op":"{op}","key":"k","value":{value}}}"#), true)
    }

    #[test]
    fn an_operation_becomes_its_change() {
        assert_eq!(of("update_or_create", "5"), Ok(Change::set("k", 5)));
        assert_eq!(of("set_once", r#""x""#), Ok(Change::set_once("k", "x")));
        assert_eq!(of("add", "-5"), Ok(Change::add("k", -5)));
        assert_eq!(of("add", r#""007""#), Ok(Change::add("k", 7)));
        assert_eq!(of("delete", "{}"), Ok(Change::delete("k")));
        assert_eq!(of("append", r#""a\u0062""#), Ok(Change::append("k", "ab")));
        assert_eq!(of("union", r#""1""#), Ok(Change::union("k", "1")));
        assert_eq!(of("exclude", r#""x""#), Ok(Change::exclude("k", "x")));
        assert_eq!(change(r#"{"op":"delete","key":"k"}"#, true), Ok(Change::delete("k")));
    }

    #[test]
    fn a_value_is_read_as_it_is_on_import() {
        for (json, value) in [
            ("5.0", Value::Number(5)),
            ("1e3", Value::Number(1_000)),
            ("-9007199254740993", Value::Number(-9_007_199_254_740_993)),
            ("true", Value::Boolean(true)),
            (r#""2026-01-31""#, Value::from_text("2026-01-31")),
            (r#"["a","","2026-01-31"]"#, Value::List(vec!["a".into(), String::new(), "2026-01-31".into()])),
            ("[]", Value::List(vec![])),
            (r#""""#, Value::String(String::new())),
        ] {
            assert_eq!(of("update_or_create", json), Ok(Change::set("k", value)), "{json}");
        }
    }

    #[test]
    fn what_cannot_be_a_change_has_one_reason() {
        for (op, json, reason) in [
            ("update_or_create", "null", Reason::EmptyValue),
            ("update_or_create", "1.5", Reason::Fraction),
            ("update_or_create", "9223372036854775808", Reason::OutOfRange),
            ("update_or_create", "1e99", Reason::OutOfRange),
            ("update_or_create", "{}", Reason::WrongType),
            ("update_or_create", r#"["a",1]"#, Reason::WrongType),
            ("update_or_create", r#"[["a"]]"#, Reason::WrongType),
            ("set_once", "null", Reason::EmptyValue),
            ("add", "null", Reason::EmptyValue),
            ("add", r#""""#, Reason::EmptyValue),
            ("add", r#""1.0""#, Reason::WrongType),
            ("add", r#""-""#, Reason::WrongType),
            ("add", r#""99999999999999999999""#, Reason::OutOfRange),
            ("add", "0.1", Reason::Fraction),
            ("add", "true", Reason::WrongType),
            ("add", r#"["1"]"#, Reason::WrongType),
            ("append", "1", Reason::WrongType),
            ("append", "true", Reason::WrongType),
            ("append", r#""""#, Reason::EmptyValue),
            ("append", "[]", Reason::EmptyValue),
            ("union", r#"["a"]"#, Reason::WrongType),
            ("exclude", "{}", Reason::WrongType),
            ("exclude", r#"["",""]"#, Reason::EmptyValue),
            ("unset", "1", Reason::UnknownOp),
            ("DELETE", "1", Reason::UnknownOp),
        ] {
            assert_eq!(of(op, json), Err(reason), "{op} {json}");
        }
        let key = |key: &str| change(&format!(r#"{{"op":"add","key":"{key}","value":0.5}}"#), true);
        assert_eq!(key("$id"), Err(Reason::Reserved));
        assert_eq!(key(""), Err(Reason::BadName));
        assert_eq!(key(&"k".repeat(256)), Err(Reason::BadName));
        assert_eq!(change(r#"{"op":"add","key":"k"}"#, true), Err(Reason::EmptyValue));
        assert_eq!(change(r#"{"op":"what","key":"$id"}"#, true), Err(Reason::UnknownOp));
    }

    #[test]
    fn text_of_custom_properties_gets_its_type() {
        let set = |key: &str, parse_types| {
            change(&format!(r#"{{"op":"update_or_create","key":"{key}","value":"12"}}"#), parse_types)
        };
        assert_eq!(set("k", true), Ok(Change::set("k", 12)));
        assert_eq!(set("k", false), Ok(Change::set("k", "12")));
        assert_eq!(set("$k", true), Ok(Change::set("$k", "12")));
        for (text, value) in [
            ("0", Value::Number(0)),
            ("-7", Value::Number(-7)),
            ("9007199254740992", Value::Number(1 << 53)),
            ("TRUE", Value::Boolean(true)),
            ("False", Value::Boolean(false)),
        ] {
            assert_eq!(typed(text), Some(value), "{text}");
        }
        for text in
            ["", "-", "007", "-01", "+1", "1.0", "1e3", " 1", "9007199254740993", "-99999999999999999999", "yes"]
        {
            assert_eq!(typed(text), None, "{text}");
        }
    }

    #[test]
    fn faults_of_the_list_have_codes_and_places() {
        let faults = |text: &str| {
            let mut faults = Vec::new();
            read_list(text, &mut faults);
            faults.into_iter().map(|fault| (fault.code, fault.pointer)).collect::<Vec<_>>()
        };
        let one = |code, place: &str| vec![(code, place.to_owned())];
        assert_eq!(faults("[]"), []);
        assert_eq!(faults(""), one("expected_array", ""));
        assert_eq!(faults("{}"), one("expected_array", ""));
        assert_eq!(faults("[{]"), one("invalid_json", ""));
        assert_eq!(faults("[] x"), one("trailing_characters", ""));
        assert_eq!(faults(&"[".repeat(1_000_000)), one("too_deep", ""));
        assert_eq!(faults("[5]"), one("expected_object", "/0"));
        assert_eq!(faults(r#"[{"op":"add"}]"#), one("missing_key", "/0"));
        assert_eq!(
            faults(r#"[{"op":1,"key":"k"},{"key":null}]"#),
            [("type_mismatch", "/0/op".to_owned()), ("missing_op", "/1".to_owned()), ("missing_key", "/1".to_owned()),]
        );
        assert_eq!(faults(r#"[{"op":"add","key":"k","key":"k"}]"#), one("duplicate_key", "/0/key"));
        let many = |count| format!("[{}]", vec![r#"{"op":"delete","key":"k"}"#; count].join(","));
        assert_eq!(faults(&many(250)), []);
        assert_eq!(faults(&many(251)), one("too_many_operations", ""));
        assert_eq!(faults(&format!("[{}]", vec![r#"{"a":1,"a":1}"#; 250].join(","))).len(), 100);
        assert_eq!(faults(&format!("[{}]", vec!["1"; 250].join(","))).len(), 100);
    }
}
