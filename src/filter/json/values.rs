//! Reads what a condition's `value` holds.

use super::read::{Reader, found};
use super::text::{Json, Sort};
use super::types::Shape;
use crate::datetime::DateTime;
use crate::filter::tree::{Age, Integer, Test, Unit, Values, check_list, check_text};
use crate::lead::Presence;
use crate::limits;

impl Reader<'_> {
    /// The test of a condition of this shape.
    pub(super) fn test(&mut self, shape: Shape, value: Option<Json<'_>>) -> Option<Test> {
        match shape {
            Shape::Nothing(make) => self.bare(value, |_, _| Some(make())),
            Shape::Today => self.bare(value, Self::today),
            Shape::Number(make) => self
                .held(value, r#"{"value":5}"#, |reader, value| reader.member(value, "value", Self::integer).map(make)),
            Shape::Numbers(make) => self.held(value, r#"{"value1":2,"value2":5}"#, |reader, value| {
                let low = reader.member(value, "value1", Self::integer);
                let high = reader.member(value, "value2", Self::integer);
                Some(make(low?, high?))
            }),
            Shape::Text(make) => self.held(value, r#"{"value":"text"}"#, |reader, value| {
                reader.member(value, "value", |reader, json| reader.text_test(json, make))
            }),
            Shape::Age(make) => self.held(value, r#"{"value":5,"unit":"days"}"#, |reader, value| {
                let count = reader.member(value, "value", Self::count);
                let unit = reader.unit(value);
                Age::new(count?, unit?).map(make)
            }),
            Shape::Date(make) => self.held(value, r#"{"value":"2026-01-31"}"#, |reader, value| {
                reader.member(value, "value", Self::date).map(make)
            }),
            Shape::Dates(make) => {
                self.held(value, r#"{"value1":"2026-01-01","value2":"2026-01-31"}"#, |reader, value| {
                    let from = reader.member(value, "value1", Self::date);
                    let to = reader.member(value, "value2", Self::date);
                    Some(make(from?, to?))
                })
            }
            Shape::Values(make) => self.held(value, r#"{"values":["a","b"]}"#, |reader, value| {
                reader.member(value, "values", Self::values).map(make)
            }),
            Shape::Texts(make) => self.held(value, r#"{"values":["a","b"]}"#, |reader, value| {
                reader.member(value, "values", |reader, json| reader.list(json, Self::text)).map(make)
            }),
            Shape::And | Shape::Or | Shape::Not | Shape::Segment | Shape::Presence => None,
        }
    }

    /// The number of a segment that there is.
    pub(super) fn segment(&mut self, value: Option<Json<'_>>) -> Option<u64> {
        self.held(value, r#"{"value":1}"#, |reader, value| {
            reader.member(value, "value", |reader, json| {
                let Ok(id) = u64::try_from(reader.integer(json)?.get()) else {
                    let message = format!("the id of a segment is not negative, {} is", found(json));
                    return reader.fault("number_out_of_range", message);
                };
                if (reader.known)(id) {
                    return Some(id);
                }
                reader.fault("unknown_segment", format!("there is no segment with the id {id}"))
            })
        })
    }

    pub(super) fn presence(&mut self, value: Option<Json<'_>>) -> Option<Presence> {
        self.held(value, r#"{"value":"online"}"#, |reader, value| {
            reader.member(value, "value", |reader, json| {
                let Some(text) = json.text() else {
                    return reader.fault("type_mismatch", format!("a presence is a string, not {}", found(json)));
                };
                let all = [Presence::Online, Presence::Idle, Presence::Offline];
                all.into_iter().find(|presence| presence.as_str() == text).or_else(|| {
                    let message = format!("a presence is online, idle or offline, not {}", found(json));
                    reader.fault("unknown_presence", message)
                })
            })
        })
    }

    /// A value object that must be there: as an object, or as a string that holds one.
    fn held<T>(
        &mut self,
        value: Option<Json<'_>>,
        example: &str,
        read: impl FnOnce(&mut Self, Json<'_>) -> Option<T>,
    ) -> Option<T> {
        let Some(value) = value else {
            return self.fault("missing_value", format!("this type needs a `value`, such as {example}"));
        };
        self.within("value", |reader| {
            let text = value.text();
            let object = match &text {
                Some(text) if text.trim_start().starts_with('{') => reader.checked(text)??,
                _ => value,
            };
            if object.sort() == Sort::Object {
                return read(reader, object);
            }
            let message = format!("`value` of this type is an object such as {example}, not {}", found(value));
            reader.fault("type_mismatch", message)
        })
    }

    /// A value that may be absent, or stand in any of the empty shapes that callers send.
    fn bare<T>(
        &mut self,
        value: Option<Json<'_>>,
        read: impl FnOnce(&mut Self, Option<Json<'_>>) -> Option<T>,
    ) -> Option<T> {
        let Some(value) = value else { return read(self, None) };
        self.within("value", |reader| {
            let text = value.text();
            let held = match &text {
                Some(text) if text.trim_start().starts_with(['{', '[']) => reader.checked(text)?,
                Some(text) if matches!(text.trim(), "" | "true" | "false" | "null") => None,
                _ => Some(value),
            };
            match held.map(|held| (held.sort(), held)) {
                None | Some((Sort::Bool, _)) => read(reader, None),
                Some((Sort::Object, held)) => read(reader, Some(held)),
                Some((Sort::Array, held)) if held.items().next().is_none() => read(reader, None),
                _ => reader.fault(
                    "type_mismatch",
                    format!("this type needs no value: leave it out or send {{}}, not {}", found(value)),
                ),
            }
        })
    }

    /// A member of the value object that must be there.
    fn member<T>(
        &mut self,
        object: Json<'_>,
        name: &str,
        read: impl FnOnce(&mut Self, Json<'_>) -> Option<T>,
    ) -> Option<T> {
        match object.pick([name]) {
            [Some(json)] => self.within(name, |reader| read(reader, json)),
            [None] => self.fault("missing_value", format!("the value of this type needs `{name}`")),
        }
    }

    /// A whole number: a JSON number, or text of digits.
    fn integer(&mut self, json: Json<'_>) -> Option<Integer> {
        let text = json.text();
        let number = match &text {
            Some(text) if is_digits(text) => text,
            _ if json.sort() == Sort::Number => json.raw(),
            _ => {
                return self
                    .fault("type_mismatch", format!("this is a whole number, as 5 or \"5\", not {}", found(json)));
            }
        };
        match whole_number(number) {
            Ok(integer) => Some(integer),
            Err(Inexact::Fraction) => self.fault(
                "fraction_not_allowed",
                format!("numbers are whole here, {} has a fraction; round it", found(json)),
            ),
            Err(Inexact::TooLarge) => self.fault(
                "number_out_of_range",
                format!("a number lies between {} and {}, not {}", i64::MIN, u64::MAX, found(json)),
            ),
        }
    }

    /// How many units an age has.
    fn count(&mut self, json: Json<'_>) -> Option<u64> {
        let count = self.integer(json)?.get();
        if count < 0 {
            return self.fault("negative_not_allowed", format!("a number of units is 0 or more, not {count}"));
        }
        if count > i128::from(limits::NUMBER_MAX) {
            let message = format!("a number of units is at most {}, not {count}", limits::NUMBER_MAX);
            return self.fault("number_out_of_range", message);
        }
        u64::try_from(count).ok()
    }

    fn unit(&mut self, value: Json<'_>) -> Option<Unit> {
        let [Some(json)] = value.pick(["unit"]) else { return Some(Unit::default()) };
        self.within("unit", |reader| {
            let Some(text) = json.text() else {
                return reader.fault("type_mismatch", format!("`unit` is a string, not {}", found(json)));
            };
            let unit =
                [Unit::Minutes, Unit::Hours, Unit::Days, Unit::Weeks].into_iter().find(|unit| unit.as_str() == text);
            unit.or_else(|| {
                let message = format!("`unit` is minutes, hours, days (if absent) or weeks, not {}", found(json));
                reader.fault("unknown_unit", message)
            })
        })
    }

    fn date(&mut self, json: Json<'_>) -> Option<DateTime> {
        let Some(text) = json.text() else {
            return self.fault("type_mismatch", format!("this is a date such as \"2026-01-31\", not {}", found(json)));
        };
        match text.parse::<DateTime>() {
            Ok(date) => Some(date),
            Err(error) => self.accept(Err(error)).and(None),
        }
    }

    fn today(&mut self, value: Option<Json<'_>>) -> Option<Test> {
        let [offset] = value.map_or([None], |value| value.pick(["tz_offset_minutes"]));
        let Some(json) = offset else { return Some(Test::Today { tz_offset_minutes: 0 }) };
        self.within("tz_offset_minutes", |reader| {
            let minutes = reader.integer(json)?.get();
            // What does not fit is out of the test's own range too, whose message then tells.
            let cut = minutes.clamp(i128::from(i32::MIN), i128::from(i32::MAX));
            let test = Test::Today { tz_offset_minutes: i32::try_from(cut).unwrap_or_default() };
            reader.accept(test.validate())?;
            Some(test)
        })
    }

    fn text_test(&mut self, json: Json<'_>, make: fn(String) -> Test) -> Option<Test> {
        let test = make(self.string(json)?);
        self.accept(test.validate())?;
        Some(test)
    }

    /// A string; a number is taken as its text.
    fn string(&mut self, json: Json<'_>) -> Option<String> {
        match json.text() {
            Some(text) => Some(text.into_owned()),
            None if json.sort() == Sort::Number => Some(json.raw().to_owned()),
            None => self.fault("type_mismatch", format!("this is a string, not {}", found(json))),
        }
    }

    fn text(&mut self, json: Json<'_>) -> Option<String> {
        let text = self.string(json)?;
        self.accept(check_text(&text))?;
        Some(text)
    }

    /// The values of `in`: the first one decides between numbers and strings.
    fn values(&mut self, json: Json<'_>) -> Option<Values> {
        match json.items().next().map(Json::sort) {
            Some(Sort::String) => self
                .list(json, |reader, item| match item.sort() {
                    Sort::String => reader.text(item),
                    _ => {
                        reader.fault("type_mismatch", format!("this list began with a string, {} is none", found(item)))
                    }
                })
                .map(Values::Strings),
            _ => self
                .list(json, |reader, item| match item.sort() {
                    Sort::Number => reader.integer(item),
                    _ => reader.fault(
                        "type_mismatch",
                        format!("a list holds only numbers or only strings, {} does not fit", found(item)),
                    ),
                })
                .map(Values::Numbers),
        }
    }

    /// A list. Its length is checked before anything of it is kept.
    fn list<T>(&mut self, json: Json<'_>, mut item: impl FnMut(&mut Self, Json<'_>) -> Option<T>) -> Option<Vec<T>> {
        if json.sort() != Sort::Array {
            return self.fault("expected_array", format!("this is an array, not {}", found(json)));
        }
        let count = json.items().count();
        self.accept(check_list(count))?;
        let mut items = Vec::with_capacity(count);
        for (i, each) in json.items().enumerate() {
            match self.within(i, |reader| item(reader, each)) {
                Some(read) => items.push(read),
                None if self.is_full() => return None,
                None => {}
            }
        }
        (items.len() == count).then_some(items)
    }
}

fn is_digits(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Why a number is no [`Integer`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Inexact {
    /// It has a fraction.
    Fraction,
    /// It lies outside -2^63 to 2^64-1.
    TooLarge,
}

/// The exact whole number that a checked JSON number (or a text of digits) spells, such as
/// `5`, `5.0`, `1e3` or `1200e-2`. Never by way of a float.
pub(crate) fn whole_number(number: &str) -> Result<Integer, Inexact> {
    let (negative, number) = number.strip_prefix('-').map_or((false, number), |rest| (true, rest));
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Ok(Integer::from(0_u8));
    }
    // The number is `significant` with this many zeros after it.
    let zeros = power(exponent) - fraction.len() as i64 + (digits.len() - significant.len()) as i64;
    let zeros = u32::try_from(zeros.min(i64::from(u32::MAX))).map_err(|_| Inexact::Fraction)?;
    // 2^64 has 20 digits.
    if significant.len() > 20 || zeros > 20 {
        return Err(Inexact::TooLarge);
    }
    let value = significant.parse::<i128>().ok().and_then(|value| value.checked_mul(10_i128.pow(zeros)));
    let value = value.map(|value| if negative { -value } else { value });
    value.and_then(Integer::new).ok_or(Inexact::TooLarge)
}

/// The value of an exponent, cut far outside of what any text of this length could undo.
fn power(exponent: &str) -> i64 {
    let digits = exponent.trim_start_matches(['+', '-']);
    let power = digits.bytes().fold(0_i64, |power, digit| (power * 10 + i64::from(digit - b'0')).min(1 << 40));
    if exponent.starts_with('-') { -power } else { power }
}

#[cfg(test)]
mod tests {
    use super::{Inexact, whole_number};

    #[test]
    fn numbers_are_read_exactly_from_any_spelling() {
        for (spelling, value) in [
            ("5", 5_i128),
            ("-0", 0),
            ("-0.0e99999999999999999999", 0),
            ("5.0", 5),
            ("1e3", 1000),
            ("1.0e2", 100),
            ("1.5E+1", 15),
            ("1200e-2", 12),
            ("-12.50e1", -125),
            ("007", 7),
            ("9007199254740993", 9_007_199_254_740_993),
            ("18446744073709551615", 18_446_744_073_709_551_615),
            ("1844674407370955161.5e1", 18_446_744_073_709_551_615),
            ("-9223372036854775808", -9_223_372_036_854_775_808),
            ("0.00000000000000000000000000000000000000000001e44", 1),
        ] {
            assert_eq!(whole_number(spelling).unwrap().get(), value, "{spelling}");
        }
    }

    #[test]
    fn fractions_and_numbers_out_of_range_are_told_apart() {
        for spelling in ["1.5", "1e-1", "1e-400", "0.1", "123456789012345678901234567890.5"] {
            assert_eq!(whole_number(spelling), Err(Inexact::Fraction), "{spelling}");
        }
        for spelling in ["1e400", "1e99999999999999999999", "18446744073709551616", "-9223372036854775809", "1e20"] {
            assert_eq!(whole_number(spelling), Err(Inexact::TooLarge), "{spelling}");
        }
    }
}
