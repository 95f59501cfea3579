//! Checks JSON text in one pass.
//!
//! It does not recurse, and its memory is bounded by the text whatever its nesting: it keeps the
//! keys of the open objects and nothing else.

use super::text::{Json, decode, hex};
use crate::error::Problem;
use crate::limits;

/// Most duplicate keys reported of one object, and the longest key shown in a pointer.
const DUPLICATES_SHOWN: usize = 16;
const KEY_BYTES_SHOWN: usize = 255;

/// Checks that `text` is one JSON value (`None`: only white space), nested no deeper than
/// [`limits::JSON_DEPTH`]. Keys that stand twice in one object, at any level, are passed to
/// `duplicate` as a pointer. O(n log n) time, O(keys of the open objects) memory, no recursion.
pub(crate) fn check(text: &str, duplicate: impl FnMut(String)) -> Result<Option<Json<'_>>, Problem> {
    let mut scanner = Scanner { text, at: 0, frames: Vec::new(), keys: Vec::new(), duplicate };
    scanner.space();
    if scanner.at == text.len() {
        return Ok(None);
    }
    let start = scanner.at;
    scanner.value()?;
    let end = scanner.at;
    scanner.space();
    if scanner.at < text.len() {
        let message = format!("the JSON ends before byte {end}; remove what follows, {}", scanner.found());
        return Err(Problem::at_offset("trailing_characters", scanner.at, message));
    }
    Ok(Some(Json(&text[start..end])))
}

/// An open bracket of the text.
struct Frame {
    object: bool,
    /// Where the keys of this object begin in `Scanner::keys`.
    first_key: usize,
    /// Number of the current item of an array.
    index: usize,
}

struct Scanner<'a, F> {
    text: &'a str,
    at: usize,
    frames: Vec<Frame>,
    /// The raw keys of all open objects, outermost first.
    keys: Vec<&'a str>,
    duplicate: F,
}

impl<F: FnMut(String)> Scanner<'_, F> {
    fn value(&mut self) -> Result<(), Problem> {
        loop {
            let ended = match self.peek() {
                Some(bracket @ (b'{' | b'[')) => self.open(bracket == b'{')?,
                _ => {
                    self.scalar()?;
                    true
                }
            };
            if ended && self.leave()? {
                return Ok(());
            }
        }
    }

    /// Steps into an object or array; true if it is empty and so already left.
    fn open(&mut self, object: bool) -> Result<bool, Problem> {
        if self.frames.len() == limits::JSON_DEPTH {
            let message = format!(
                "brackets nest at most {} deep in a filter, which holds {} groups; flatten the filter",
                limits::JSON_DEPTH,
                limits::FILTER_DEPTH
            );
            return Err(Problem::at_offset("filter_too_deep", self.at, message));
        }
        self.at += 1;
        self.space();
        if self.peek() == Some(if object { b'}' } else { b']' }) {
            self.at += 1;
            return Ok(true);
        }
        self.frames.push(Frame { object, first_key: self.keys.len(), index: 0 });
        if object {
            self.key()?;
        }
        Ok(false)
    }

    /// After a value: to the next one inside the open brackets; true once none is open.
    fn leave(&mut self) -> Result<bool, Problem> {
        loop {
            let Some(frame) = self.frames.last_mut() else { return Ok(true) };
            let object = frame.object;
            self.space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.space();
                    if object {
                        self.key()?;
                    } else if let Some(frame) = self.frames.last_mut() {
                        frame.index += 1;
                    }
                    return Ok(false);
                }
                Some(b'}') if object => self.close_object(),
                Some(b']') if !object => {
                    self.frames.pop();
                }
                _ => return Err(self.expected(if object { "a comma or `}`" } else { "a comma or `]`" })),
            }
            self.at += 1;
        }
    }

    fn key(&mut self) -> Result<(), Problem> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a key in double quotes"));
        }
        let start = self.at + 1;
        self.string()?;
        self.keys.push(&self.text[start..self.at - 1]);
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.expected("a colon after the key"));
        }
        self.at += 1;
        self.space();
        Ok(())
    }

    fn close_object(&mut self) {
        let first_key = self.frames.last().map_or(0, |frame| frame.first_key);
        let keys = &mut self.keys[first_key..];
        keys.sort_unstable_by(|a, b| decode(a).cmp(&decode(b)));
        let mut twice: Vec<_> = keys
            .windows(2)
            .map(|pair| (decode(pair[0]), decode(pair[1])))
            .filter(|(a, b)| a == b)
            .map(|(a, _)| a)
            .take(DUPLICATES_SHOWN)
            .collect();
        twice.dedup();
        for key in twice {
            let pointer = self.pointer(&key);
            (self.duplicate)(pointer);
        }
        self.keys.truncate(first_key);
        self.frames.pop();
    }

    /// The place of `key` in the innermost object.
    fn pointer(&self, key: &str) -> String {
        let mut pointer = String::new();
        for pair in self.frames.windows(2) {
            if pair[0].object {
                push_step(&mut pointer, &decode(self.keys[pair[1].first_key - 1]));
            } else {
                push_step(&mut pointer, &pair[0].index.to_string());
            }
        }
        push_step(&mut pointer, key);
        pointer
    }

    fn scalar(&mut self) -> Result<(), Problem> {
        match self.peek() {
            Some(b'"') => return self.string(),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => {
                let rest = &self.text[self.at..];
                let literal = ["true", "false", "null"].into_iter().find(|literal| rest.starts_with(literal));
                self.at += literal.ok_or_else(|| self.expected("a JSON value"))?.len();
            }
        }
        match self.peek() {
            Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'+' | b'-' | b'_') => {
                Err(self.expected("the end of the number or word"))
            }
            _ => Ok(()),
        }
    }

    fn number(&mut self) -> Result<(), Problem> {
        self.skip(|b| b == b'-', 1);
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.skip(|b| b == b'.', 1) {
            self.digits()?;
        }
        if self.skip(|b| matches!(b, b'e' | b'E'), 1) {
            self.skip(|b| matches!(b, b'+' | b'-'), 1);
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Problem> {
        if self.skip(|b| b.is_ascii_digit(), usize::MAX) { Ok(()) } else { Err(self.expected("a digit")) }
    }

    fn string(&mut self) -> Result<(), Problem> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(0..=0x1f) => return Err(self.expected("no control character inside a string (escape it)")),
                Some(_) => self.at += 1,
                None => return Err(self.expected(&format!("the closing quote of the string begun at byte {start}"))),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Problem> {
        let rest = &self.text.as_bytes()[self.at..];
        let len = match rest.get(1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Some(2),
            Some(b'u') => match (hex(rest, 2), rest.get(6..8).and_then(|next| (next == b"\\u").then(|| hex(rest, 8))?))
            {
                (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => Some(12),
                (Some(0xd800..=0xdfff), _) | (None, _) => None,
                (Some(_), _) => Some(6),
            },
            _ => None,
        };
        self.at += len.ok_or_else(|| self.expected("a whole escape (a surrogate needs its other half)"))?;
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Moves over at most `most` bytes that `wanted` takes; whether there was one.
    fn skip(&mut self, wanted: impl Fn(u8) -> bool, most: usize) -> bool {
        let start = self.at;
        while self.at - start < most && self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
        self.at > start
    }

    fn space(&mut self) {
        self.skip(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'), usize::MAX);
    }

    fn expected(&self, what: &str) -> Problem {
        let message = format!("this is not JSON: expected {what}, found {}", self.found());
        Problem::at_offset("invalid_json", self.at, message)
    }

    /// What stands here, for a message.
    fn found(&self) -> String {
        match self.text[self.at..].chars().next() {
            None => "the end of the text".to_owned(),
            Some('\u{feff}') => "a byte order mark (remove it)".to_owned(),
            Some(c) => format!("{c:?}"),
        }
    }
}

/// Appends one step to a JSON pointer. A very long key is cut, so that a list of faults stays small.
fn push_step(pointer: &mut String, key: &str) {
    let shown = key.floor_char_boundary(KEY_BYTES_SHOWN);
    pointer.push('/');
    for c in key[..shown].chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
    if shown < key.len() {
        pointer.push('…');
    }
}
