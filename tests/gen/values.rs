//! Random values, and text in random case.

use lead_index::{DateTime, Value, ValueType};
use rand::RngExt;

use super::super::twin::{NOW, same_in_any_case};
use super::Dice;

/// The largest number.
pub(crate) const EDGE: i64 = 1 << 53;

/// Texts that differ only in case, overlap in part, or fold in uncommon ways: the final sigma,
/// the sharp s, the Kelvin sign, the dotted I, letters beyond 16 bits, long text.
pub(crate) const TEXTS: [&str; 32] = [
    "a",
    "A",
    "ab",
    "aB",
    "abc",
    "maks",
    "Maks",
    "maksim",
    "ΣΊΣΥΦΟΣ",
    "Σίσυφος",
    "σς",
    "ς",
    "Σ",
    "groß",
    "GROẞ",
    "gross",
    "k",
    "K",
    "\u{212a}",
    "İstanbul",
    "istanbul",
    "ISTANBUL",
    "ıi",
    "Иван",
    "ИВАН",
    "иван",
    "Ёлкин",
    "ёлкин",
    "\u{10400}z",
    "\u{10428}Z",
    " a",
    "a\u{0}b",
];

/// Numbers at the edges and in the middle, few enough to tie.
pub(crate) fn number(dice: &mut Dice) -> i64 {
    if dice.one_in(8) {
        return *dice.pick(&[-EDGE, EDGE, EDGE - 1, 1 - EDGE, i64::from(i32::MAX), i64::from(u32::MAX) + 1, 1 << 40]);
    }
    let width = *dice.pick(&[3, 10, 50, 400]);
    dice.random_range(-2..width)
}

/// Dates around the present, on the borders of ages and days, and at both ends of time.
pub(crate) fn date(dice: &mut Dice) -> DateTime {
    let (hour, day) = (3_600, 86_400);
    let unix = match dice.below(12) {
        0 => *dice.pick(&[DateTime::MIN.unix(), DateTime::MAX.unix(), 0, -1]),
        1 => NOW + dice.random_range(-2..3),
        2 | 3 => NOW - day * dice.random_range(-2_i64..12) + dice.random_range(-1..2),
        4 => NOW - hour * dice.random_range(-30_i64..60) + dice.random_range(-1..2),
        5 | 6 => (NOW / day) * day + hour * dice.random_range(-26_i64..27) + dice.random_range(-1..1),
        7 | 8 => NOW - day * 7 * dice.random_range(0_i64..60),
        _ => NOW - dice.random_range(0..40 * day),
    };
    DateTime::from_unix(unix).expect("the ends of time are not left")
}

/// A text of 1 to 255 characters.
pub(crate) fn text(dice: &mut Dice) -> String {
    match dice.below(20) {
        0 => format!("{}{}", dice.pick(&TEXTS), dice.pick(&TEXTS)),
        1 => format!("{} {}", dice.pick(&TEXTS), dice.below(30)),
        2 => dice.pick(&["ß", "x", "\u{10400}"]).repeat(255),
        3 => dice.below(40).to_string(),
        _ => (*dice.pick(&TEXTS)).to_owned(),
    }
}

/// A list of 1 to 30 items, short ones mostly, with repeats.
pub(crate) fn list(dice: &mut Dice) -> Vec<String> {
    let len = if dice.one_in(20) { 30 } else { 1 + dice.below(4) };
    (0..len).map(|_| (*dice.pick(&TEXTS[..20])).to_owned()).collect()
}

/// A value that some property or other refuses, or takes only after converting it.
pub(crate) fn odd(dice: &mut Dice) -> Value {
    match dice.below(12) {
        0 => Value::from(""),
        1 => Value::List(Vec::new()),
        2 => Value::List(vec![String::new(), "a".to_owned(), String::new()]),
        3 => Value::String("x".repeat(256)),
        4 => Value::List((0..31).map(|i| i.to_string()).collect()),
        5 => Value::List(vec!["a".to_owned(), "ж".repeat(256)]),
        6 => Value::Number(*dice.pick(&[EDGE + 1, -EDGE - 1, i64::MAX, i64::MIN])),
        7 => Value::from(*dice.pick(&["-0", "007", "9007199254740993", "99999999999999999999", "1.5", "-"])),
        8 => Value::from(*dice.pick(&["2026-09-21", "2026-09-21T14:13:20", "2026-09-21T14:13:20Z", "2026-02-30"])),
        9 => Value::from(*dice.pick(&["true", "False"])),
        10 => Value::List((0..30).map(|i| format!("{i}")).collect()),
        _ => Value::Number(i64::from(dice.random::<u8>())),
    }
}

/// A value of the type.
pub(crate) fn value(dice: &mut Dice, of: ValueType) -> Value {
    match of {
        ValueType::Number => Value::Number(number(dice)),
        ValueType::DateTime => Value::DateTime(date(dice)),
        ValueType::String => Value::String(text(dice)),
        ValueType::Boolean => Value::Boolean(dice.random()),
        ValueType::List => Value::List(list(dice)),
    }
}

/// The same text with letters turned to other cases where that is one character that folds to
/// the same: the capital of ı is I, which does not.
pub(crate) fn recase(dice: &mut Dice, text: &str) -> String {
    if dice.one_in(3) {
        return text.to_owned();
    }
    let single = |mut mapped: Box<dyn Iterator<Item = char>>, c: char| match (mapped.next(), mapped.next()) {
        (Some(only), None) if same_in_any_case(only, c) => only,
        _ => c,
    };
    text.chars()
        .map(|c| match (dice.below(3), c) {
            (0, 'σ' | 'Σ') => 'ς',
            (0, 'k' | 'K') => '\u{212a}',
            (0, 'ß') => 'ẞ',
            (0, _) => c,
            (1, _) => single(Box::new(c.to_uppercase()), c),
            _ => single(Box::new(c.to_lowercase()), c),
        })
        .collect()
}
