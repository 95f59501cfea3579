//! Takes checked JSON text apart, without recursion and without building a tree: a value is its own
//! piece of the text, so a number keeps every digit and a key nobody asks for costs no memory.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// The code of four hexadecimal digits.
pub(super) fn hex(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.iter().try_fold(0, |code, b| Some(code << 4 | char::from(*b).to_digit(16)?))
}

/// The text of a checked string, given what stands between its quotes.
pub(super) fn decode(raw: &str) -> Cow<'_, str> {
    if memchr(b'\\', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        let (c, len) = unescape(&rest.as_bytes()[at..]);
        text.push_str(&rest[..at]);
        text.push(c);
        rest = &rest[at + len..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character of a checked escape, and the escape's length.
fn unescape(escape: &[u8]) -> (char, usize) {
    match escape[1] {
        b'b' => ('\u{8}', 2),
        b'f' => ('\u{c}', 2),
        b'n' => ('\n', 2),
        b'r' => ('\r', 2),
        b't' => ('\t', 2),
        b'u' => {
            let code = hex(escape, 2).expect("the escape was checked");
            if let Some(c) = char::from_u32(code) {
                return (c, 6);
            }
            let low = hex(escape, 8).expect("the escape was checked");
            let c = char::from_u32(0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00));
            (c.expect("the pair was checked"), 12)
        }
        same => (char::from(same), 2),
    }
}

/// A value of a checked text.
#[derive(Clone, Copy)]
pub(crate) struct Json<'a>(pub(super) &'a str);

/// The sort of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
}

impl<'a> Json<'a> {
    /// The text of the value, as it was written.
    pub(crate) fn raw(self) -> &'a str {
        self.0
    }

    pub(crate) fn sort(self) -> Sort {
        match self.0.as_bytes()[0] {
            b'{' => Sort::Object,
            b'[' => Sort::Array,
            b'"' => Sort::String,
            b't' | b'f' => Sort::Bool,
            b'n' => Sort::Null,
            _ => Sort::Number,
        }
    }

    /// The decoded text of a string.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        (self.sort() == Sort::String).then(|| decode(&self.0[1..self.0.len() - 1]))
    }

    /// The values of an array in order; of an object: key, value, key, value.
    pub(crate) fn items(self) -> Items<'a> {
        match self.sort() {
            Sort::Object | Sort::Array => Items(&self.0[1..self.0.len() - 1]),
            _ => Items(""),
        }
    }

    /// The members with these keys; `null` counts as absent. One pass, nothing else is kept.
    pub(crate) fn pick<const N: usize>(self, names: [&str; N]) -> [Option<Json<'a>>; N] {
        let mut found = [None; N];
        let mut items = self.items();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            let key = key.text().expect("an object's keys are strings");
            if let Some(at) = names.iter().position(|name| *name == key)
                && value.sort() != Sort::Null
            {
                found[at] = Some(value);
            }
        }
        found
    }
}

pub(crate) struct Items<'a>(&'a str);

impl<'a> Iterator for Items<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        let rest = self.0.trim_start_matches([' ', '\t', '\n', '\r', ',', ':']);
        let (value, rest) = rest.split_at(value_end(rest.as_bytes()));
        self.0 = rest;
        (!value.is_empty()).then_some(Json(value))
    }
}

/// Length of the value at the start of a checked text.
fn value_end(bytes: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(b) = bytes.get(at) {
        match b {
            b'"' => at = string_end(bytes, at),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth -= 1;
                at += 1;
            }
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => return at,
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

/// Where the string that begins at `start` ends.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = memchr2(b'"', b'\\', &bytes[at..]) {
        if bytes[at + found] == b'"' {
            return at + found + 1;
        }
        at += found + 2;
    }
    bytes.len()
}
