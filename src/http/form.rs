//! Form encoding, read strictly.
//!
//! A lenient reader turns a broken escape into other text and answers another question than the
//! one that was asked. This one refuses it, and says where.

use std::borrow::Cow;
use std::fmt;

/// Where and why a form cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken {
    /// Byte offset of the name or value.
    offset: usize,
    why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Escape,
    Utf8,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.why {
            Why::Escape => {
                write!(f, "in the text at byte {} a % is not followed by two hexadecimal digits", self.offset)
            }
            Why::Utf8 => write!(f, "the text at byte {} is not UTF-8 once its escapes are read", self.offset),
        }
    }
}

/// Calls `each` with every name and value, decoded, in their order. Empty parts (`a=1&&b=2`) are
/// skipped; a part without `=` has an empty value. O(bytes), and what needs no decoding is borrowed.
pub(super) fn pairs<'a>(form: &'a [u8], mut each: impl FnMut(Cow<'a, str>, Cow<'a, str>)) -> Result<(), Broken> {
    let mut offset = 0;
    for part in form.split(|&b| b == b'&') {
        if !part.is_empty() {
            let (name, value) = match part.iter().position(|&b| b == b'=') {
                Some(at) => (&part[..at], &part[at + 1..]),
                None => (part, &part[part.len()..]),
            };
            let name_len = name.len();
            let name = decode(name).map_err(|why| Broken { offset, why })?;
            let value = decode(value).map_err(|why| Broken { offset: offset + name_len + 1, why })?;
            each(name, value);
        }
        offset += part.len() + 1;
    }
    Ok(())
}

fn decode(text: &[u8]) -> Result<Cow<'_, str>, Why> {
    if !text.iter().any(|b| matches!(b, b'%' | b'+')) {
        return std::str::from_utf8(text).map(Cow::Borrowed).map_err(|_| Why::Utf8);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b'+' => decoded.push(b' '),
            b'%' => {
                let [high, low, tail @ ..] = tail else { return Err(Why::Escape) };
                decoded.push(hex(*high)? << 4 | hex(*low)?);
                rest = tail;
            }
            &plain => decoded.push(plain),
        }
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| Why::Utf8)
}

fn hex(digit: u8) -> Result<u8, Why> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(Why::Escape),
    }
}

#[cfg(test)]
mod tests {
    use super::{Broken, Why, pairs};

    fn read(form: &[u8]) -> Result<Vec<(String, String)>, Broken> {
        let mut read = Vec::new();
        pairs(form, |name, value| read.push((name.into_owned(), value.into_owned())))?;
        Ok(read)
    }

    #[test]
    fn names_and_values_are_decoded() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(read(b""), Ok(vec![]));
        assert_eq!(read(b"&&"), Ok(vec![]));
        assert_eq!(read(b"a=1&b&=2&c=x=y"), Ok(vec![pair("a", "1"), pair("b", ""), pair("", "2"), pair("c", "x=y")]));
        assert_eq!(read(b"%24n=a+b%2Bc%26"), Ok(vec![pair("$n", "a b+c&")]));
        assert_eq!(read("q=Жук".as_bytes()), Ok(vec![pair("q", "Жук")]));
        assert_eq!(read(b"q=%D0%96%d1%83"), Ok(vec![pair("q", "Жу")]));
    }

    #[test]
    fn a_broken_escape_is_refused_with_its_place() {
        for form in [&b"ok=1&a=%zz"[..], b"ok=1&a=%", b"ok=1&a=%4", b"ok=1&a=%4g"] {
            assert_eq!(read(form), Err(Broken { offset: 7, why: Why::Escape }));
        }
        assert_eq!(read(b"%x=1"), Err(Broken { offset: 0, why: Why::Escape }));
    }

    #[test]
    fn text_that_is_not_utf8_is_refused() {
        for form in [&b"a=\xff"[..], b"a=%FF", b"a=%C0%AF", b"a=%E0%80%AF", b"a=%ED%A0%80", b"a=%D0"] {
            assert_eq!(read(form), Err(Broken { offset: 2, why: Why::Utf8 }));
        }
    }
}
