//! Reads groups and conditions of the JSON dialect; what a condition's value holds is read in
//! `values`.

use std::fmt::Display;

use super::check::check;
use super::text::{Json, Sort};
use super::types::{Shape, nearest, shape};
use crate::error::{Error, ErrorKind, Problem};
use crate::filter::tree::{Filter, check_property_name};
use crate::limits;

/// Most faults one error lists; reading stops there.
const FAULTS: usize = 100;
/// Most characters of a found text that a message repeats.
const SHOWN: usize = 40;

/// Reads a whole filter; `known` tells which segments there are.
pub(super) fn read(json: &[u8], known: &dyn Fn(u64) -> bool) -> Result<Filter, Error> {
    if json.len() > limits::FILTER_BYTES {
        return Err(Error::invalid(
            "filter_too_large",
            format!("a filter has at most {} bytes of JSON, this one {}; split it", limits::FILTER_BYTES, json.len()),
        ));
    }
    let text = std::str::from_utf8(json).map_err(|error| {
        let message = "the filter is not UTF-8 here; send it as UTF-8";
        let problem = Problem::at_offset("invalid_utf8", error.valid_up_to(), message);
        Error::from_problems(ErrorKind::Validation, vec![problem])
    })?;
    let mut reader = Reader { pointer: String::new(), problems: Vec::new(), conditions: 0, known };
    match reader.whole(text, true) {
        Some(filter) if reader.problems.is_empty() => Ok(filter),
        _ => Err(Error::from_problems(ErrorKind::Validation, reader.problems)),
    }
}

/// One reading. Its methods return `None` where they have listed a fault; what stands beside the
/// fault is read on, so that one answer names them all.
pub(super) struct Reader<'k> {
    pointer: String,
    problems: Vec<Problem>,
    conditions: usize,
    /// Whether there is a segment of this number.
    pub(super) known: &'k dyn Fn(u64) -> bool,
}

impl Reader<'_> {
    fn whole(&mut self, text: &str, may_be_encoded: bool) -> Option<Filter> {
        let everybody = Filter::All(Vec::new());
        let Some(json) = self.checked(text)? else { return Some(everybody) };
        match json.sort() {
            Sort::Null => Some(everybody),
            Sort::Object if json.items().next().is_none() => Some(everybody),
            Sort::Object => self.filter(json, 1),
            Sort::Array => self.children(json, 1).map(Filter::All),
            Sort::String if may_be_encoded => self.whole(&json.text()?, false),
            _ => self.fault(
                "expected_object",
                format!("a filter is an object with a `type`, or an array of them, not {}", found(json)),
            ),
        }
    }

    /// Checks the JSON of a text: the argument itself, or a string that holds JSON.
    pub(super) fn checked<'a>(&mut self, text: &'a str) -> Option<Option<Json<'a>>> {
        let Self { pointer, problems, .. } = self;
        let duplicate = |place: String| {
            if problems.len() < FAULTS {
                let message = "this key stands twice in its object; keep one of the two";
                problems.push(Problem::new("duplicate_key", format!("{pointer}{place}"), message));
            }
        };
        match check(text, duplicate) {
            Ok(json) => Some(json),
            Err(problem) => {
                let pointer = self.pointer.clone();
                self.problems.push(Problem { pointer, ..problem });
                None
            }
        }
    }

    /// One group or condition; `depth` is its level if it is a group.
    fn filter(&mut self, json: Json<'_>, depth: usize) -> Option<Filter> {
        if json.sort() != Sort::Object {
            return self.fault("expected_object", format!("a filter is an object with a `type`, not {}", found(json)));
        }
        let [kind, filters, name, value] = json.pick(["type", "filters", "property_name", "value"]);
        let Some(kind) = kind else {
            return self.fault("missing_type", "a filter needs a `type`, such as \"and\" or \"str_eq\"");
        };
        let shape = self.within("type", |reader| reader.shape(kind))?;
        match shape {
            Shape::And => self.group(filters, depth).map(Filter::All),
            // An empty `filters` means everybody for `or` too.
            Shape::Or => self
                .group(filters, depth)
                .map(|children| if children.is_empty() { Filter::All(children) } else { Filter::Any(children) }),
            Shape::Not => self.not(filters, depth),
            _ => self.condition(shape, name, value),
        }
    }

    fn shape(&mut self, kind: Json<'_>) -> Option<Shape> {
        let Some(text) = kind.text() else {
            return self.fault("type_mismatch", format!("`type` is a string, not {}", found(kind)));
        };
        shape(&text).or_else(|| {
            self.fault(
                "unknown_type",
                format!("there is no filter type {}; did you mean {:?}?", found(kind), nearest(&text)),
            )
        })
    }

    fn group(&mut self, filters: Option<Json<'_>>, depth: usize) -> Option<Vec<Filter>> {
        let Some(filters) = filters else {
            return self
                .fault("missing_filters", "a group needs `filters`, an array of filters (an empty one will do)");
        };
        self.within("filters", |reader| match filters.sort() {
            Sort::Array => reader.children(filters, depth),
            _ => reader.fault("expected_array", format!("`filters` is an array of filters, not {}", found(filters))),
        })
    }

    fn not(&mut self, filters: Option<Json<'_>>, depth: usize) -> Option<Filter> {
        let mut children = self.group(filters, depth)?;
        match (children.pop(), children.len()) {
            (Some(child), 0) => Some(Filter::not(child)),
            (last, rest) => {
                let given = rest + usize::from(last.is_some());
                self.within("filters", |reader| {
                    reader.fault(
                        "not_needs_one",
                        format!("a `not` has exactly one filter, this one {given}; put several into one `and` or `or`"),
                    )
                })
            }
        }
    }

    /// The filters of a group at level `depth`. Reading stops at too many conditions or faults.
    fn children(&mut self, filters: Json<'_>, depth: usize) -> Option<Vec<Filter>> {
        if depth > limits::FILTER_DEPTH {
            return self.fault(
                "filter_too_deep",
                format!("groups nest at most {} deep, here it is {depth}; flatten the filter", limits::FILTER_DEPTH),
            );
        }
        let mut children = Vec::new();
        let mut whole = true;
        for (i, child) in filters.items().enumerate() {
            match self.within(i, |reader| reader.filter(child, depth + 1)) {
                Some(child) => children.push(child),
                None => whole = false,
            }
            if self.is_full() || self.conditions > limits::FILTER_CONDITIONS {
                return None;
            }
        }
        whole.then_some(children)
    }

    fn condition(&mut self, shape: Shape, name: Option<Json<'_>>, value: Option<Json<'_>>) -> Option<Filter> {
        self.conditions += 1;
        if self.conditions > limits::FILTER_CONDITIONS {
            return self.fault(
                "too_many_conditions",
                format!("a filter has at most {} conditions, this one is beyond; split it", limits::FILTER_CONDITIONS),
            );
        }
        // These two are about the person, not about a property.
        match shape {
            Shape::Segment => return self.segment(value).map(Filter::segment),
            Shape::Presence => return self.presence(value).map(Filter::presence),
            _ => {}
        }
        let name = match name {
            Some(name) => self.within("property_name", |reader| reader.name(name)),
            None => self.fault("missing_property_name", "a condition needs a `property_name`, such as \"$email\""),
        };
        let test = self.test(shape, value);
        Some(Filter::Property { name: name?, test: test? })
    }

    fn name(&mut self, name: Json<'_>) -> Option<String> {
        let Some(text) = name.text() else {
            return self.fault("type_mismatch", format!("`property_name` is a string, not {}", found(name)));
        };
        self.accept(check_property_name(&text))?;
        Some(text.into_owned())
    }

    /// Whether enough faults are listed.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() >= FAULTS
    }

    /// Runs `read` with the pointer one step further.
    pub(super) fn within<T>(&mut self, step: impl Display, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&step.to_string());
        let result = read(self);
        self.pointer.truncate(length);
        result
    }

    /// Lists a fault at the current place.
    pub(super) fn fault<T>(&mut self, code: &'static str, message: impl Into<String>) -> Option<T> {
        self.problems.push(Problem::new(code, self.pointer.clone(), message));
        None
    }

    /// Lists a broken bound at the current place.
    pub(super) fn accept(&mut self, result: Result<(), Error>) -> Option<()> {
        match result {
            Ok(()) => Some(()),
            Err(error) => {
                let faults = error.problems().iter();
                self.problems.extend(faults.map(|found| Problem { pointer: self.pointer.clone(), ..found.clone() }));
                None
            }
        }
    }
}

/// A found value for a message, cut where it is long.
pub(super) fn found(json: Json<'_>) -> String {
    match json.sort() {
        Sort::Object => "an object".to_owned(),
        Sort::Array => "an array".to_owned(),
        _ => {
            let raw = json.raw();
            match raw.char_indices().nth(SHOWN) {
                Some((end, _)) => format!("{}... ({} bytes)", &raw[..end], raw.len()),
                None => raw.to_owned(),
            }
        }
    }
}
