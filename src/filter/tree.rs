//! The filter as callers build it: a tree of groups over tests of one property each.

use crate::datetime::DateTime;
use crate::error::Error;
use crate::limits;

/// Which leads to find.
///
/// Build one with the constructors, or read the JSON dialect with [`Filter::from_json`].
///
/// # Three states, one rule
///
/// A property of a lead is unknown, has a value of the test's type, or has a value of another
/// type. A *positive* test (`gt`, `str_eq`, `bool_true`, `days_less`, `list_contains`, ...) is true
/// only in the second case. The *negative* tests (`neq`, `str_neq`, `str_not_contains`, `not_in`,
/// `list_not_contains`, and [`not`](Filter::not) of anything) are the exact complement of the positive ones, so
/// a lead that lacks the property matches. `..._or_unknown` adds the leads that lack the property,
/// not those with a value of another type.
///
/// ```
/// use lead_index::{Filter, Lead};
/// let filter = Filter::all([Filter::gt("$sessions", 5), Filter::str_eq("$country", "germany")]);
/// assert!(filter.matches(&Lead::new(1).with("$sessions", 6).with("$country", "Germany")));
/// assert!(!filter.matches(&Lead::new(2).with("$sessions", 6)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Filter {
    /// Every one of the filters holds; of none: everybody.
    All(Vec<Filter>),
    /// At least one of the filters holds; of none: nobody.
    Any(Vec<Filter>),
    /// The filter does not hold.
    Not(Box<Filter>),
    /// A test of one property.
    Property {
        /// The property's name; a name that nobody has is legal.
        name: String,
        /// The test.
        test: Test,
    },
    /// The lead is a member of the live filter with this number: see
    /// [`LeadIndex::keep`](crate::LeadIndex::keep). Outside of an index nobody is.
    Segment(u64),
}

/// A test of one property. The positive tests are false on an unknown property and on a value of
/// another type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Test {
    /// The property has a value, of any type.
    Known,
    /// The property has no value.
    Unknown,
    /// The number is greater.
    Gt(Integer),
    /// The number is greater or equal.
    Gte(Integer),
    /// The number is less.
    Lt(Integer),
    /// The number is less or equal.
    Lte(Integer),
    /// The number is greater, or the property is unknown.
    GtOrUnknown(Integer),
    /// The number is less, or the property is unknown.
    LtOrUnknown(Integer),
    /// The number lies between the two, both included; nothing if they are turned round.
    Range(Integer, Integer),
    /// The number equals.
    Eq(Integer),
    /// Complement of [`Eq`](Test::Eq).
    Neq(Integer),
    /// The value equals one of them; of none: nobody.
    In(Values),
    /// Complement of [`In`](Test::In).
    NotIn(Values),
    /// The string equals, in any case; `""` matches nobody.
    StrEq(String),
    /// Complement of [`StrEq`](Test::StrEq).
    StrNeq(String),
    /// The string contains the text (1 to 255 characters), in any case.
    StrContains(String),
    /// Complement of [`StrContains`](Test::StrContains).
    StrNotContains(String),
    /// The string starts with the text (1 to 255 characters), in any case.
    StrStarts(String),
    /// The string ends with the text (1 to 255 characters), in any case.
    StrEnds(String),
    /// The boolean is true.
    BoolTrue,
    /// The boolean is false.
    BoolFalse,
    /// The date is more than this long ago.
    DaysMore(Age),
    /// The date is less than this long ago; a future date is.
    DaysLess(Age),
    /// The date is more than this long ago, or the property is unknown.
    DaysMoreOrUnknown(Age),
    /// The date is less than this long ago, or the property is unknown.
    DaysLessOrUnknown(Age),
    /// The date is strictly before.
    DateBefore(DateTime),
    /// The date is strictly after.
    DateAfter(DateTime),
    /// The date lies between the two, both included; nothing if they are turned round.
    DateRange(DateTime, DateTime),
    /// The date falls in the current day of a zone this many minutes east of UTC (-1,440 to 1,440).
    Today {
        /// Minutes east of UTC.
        tz_offset_minutes: i32,
    },
    /// The list has the item, in any case.
    ListContains(String),
    /// Complement of [`ListContains`](Test::ListContains).
    ListNotContains(String),
    /// The list has at least one of the items; of none: nobody.
    ListContainsAny(Vec<String>),
    /// The list has every one of the items; of none: everybody with a list.
    ListContainsAll(Vec<String>),
}

/// The values of [`Test::In`]: all numbers or all strings.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Values {
    /// Numbers, compared exactly.
    Numbers(Vec<Integer>),
    /// Strings, compared in any case.
    Strings(Vec<String>),
}

/// An integer of a filter, -2^63 to 2^64-1, compared exactly with stored numbers and ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Integer(i128);

impl Integer {
    /// The integer, or `None` outside -2^63 to 2^64-1. O(1).
    #[must_use]
    pub fn new(value: i128) -> Option<Self> {
        (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value).then_some(Self(value))
    }

    /// The plain number. O(1).
    #[must_use]
    pub fn get(self) -> i128 {
        self.0
    }
}

macro_rules! integer_from {
    ($($t:ty),*) => {$(
        impl From<$t> for Integer {
            fn from(value: $t) -> Self {
                Self(i128::from(value))
            }
        }
    )*};
}
integer_from!(u8, u16, u32, u64, i8, i16, i32, i64);

impl std::fmt::Display for Integer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A length of elapsed time: a count of units of fixed length. There is no calendar in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Age {
    count: u64,
    unit: Unit,
}

/// The unit of an [`Age`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Unit {
    /// 60 seconds.
    Minutes,
    /// 3,600 seconds.
    Hours,
    /// 86,400 seconds.
    #[default]
    Days,
    /// 604,800 seconds.
    Weeks,
}

impl Unit {
    /// Length in seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        match self {
            Self::Minutes => 60,
            Self::Hours => 3_600,
            Self::Days => 86_400,
            Self::Weeks => 604_800,
        }
    }

    /// The name in the JSON dialect.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
            Self::Weeks => "weeks",
        }
    }
}

impl Age {
    /// `count` units, 0 to 2^53; `None` above.
    #[must_use]
    pub fn new(count: u64, unit: Unit) -> Option<Self> {
        (count <= limits::NUMBER_MAX.unsigned_abs()).then_some(Self { count, unit })
    }

    /// How many units.
    #[must_use]
    pub fn count(self) -> u64 {
        self.count
    }

    /// Which unit.
    #[must_use]
    pub fn unit(self) -> Unit {
        self.unit
    }

    /// The length in seconds; wide enough not to overflow.
    #[must_use]
    pub fn seconds(self) -> i128 {
        i128::from(self.count) * i128::from(self.unit.seconds())
    }

    /// `count` minutes; above 2^53 it is cut to 2^53.
    #[must_use]
    pub fn minutes(count: u64) -> Self {
        Self::saturating(count, Unit::Minutes)
    }

    /// `count` hours; above 2^53 it is cut to 2^53.
    #[must_use]
    pub fn hours(count: u64) -> Self {
        Self::saturating(count, Unit::Hours)
    }

    /// `count` days; above 2^53 it is cut to 2^53.
    #[must_use]
    pub fn days(count: u64) -> Self {
        Self::saturating(count, Unit::Days)
    }

    /// `count` weeks; above 2^53 it is cut to 2^53.
    #[must_use]
    pub fn weeks(count: u64) -> Self {
        Self::saturating(count, Unit::Weeks)
    }

    fn saturating(count: u64, unit: Unit) -> Self {
        Self { count: count.min(limits::NUMBER_MAX.unsigned_abs()), unit }
    }
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty),*) => $test:expr;)*) => {
        impl Filter {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name(name: impl Into<String>, $($arg: $ty),*) -> Self {
                Self::Property { name: name.into(), test: $test }
            }
        )*}
    };
}

constructors! {
    /// The property has a value, of any type.
    known() => Test::Known;
    /// The property has no value.
    unknown() => Test::Unknown;
    /// The number is greater.
    gt(value: impl Into<Integer>) => Test::Gt(value.into());
    /// The number is greater or equal.
    gte(value: impl Into<Integer>) => Test::Gte(value.into());
    /// The number is less.
    lt(value: impl Into<Integer>) => Test::Lt(value.into());
    /// The number is less or equal.
    lte(value: impl Into<Integer>) => Test::Lte(value.into());
    /// The number is greater, or the property is unknown.
    gt_or_unknown(value: impl Into<Integer>) => Test::GtOrUnknown(value.into());
    /// The number is less, or the property is unknown.
    lt_or_unknown(value: impl Into<Integer>) => Test::LtOrUnknown(value.into());
    /// The number lies between the two, both included.
    range(low: impl Into<Integer>, high: impl Into<Integer>) => Test::Range(low.into(), high.into());
    /// The number equals.
    eq(value: impl Into<Integer>) => Test::Eq(value.into());
    /// The number differs, or there is none.
    neq(value: impl Into<Integer>) => Test::Neq(value.into());
    /// The number equals one of them.
    in_numbers(values: impl IntoIterator<Item = impl Into<Integer>>) =>
        Test::In(Values::Numbers(values.into_iter().map(Into::into).collect()));
    /// The string equals one of them, in any case.
    in_strings(values: impl IntoIterator<Item = impl Into<String>>) =>
        Test::In(Values::Strings(values.into_iter().map(Into::into).collect()));
    /// Complement of [`in_numbers`](Filter::in_numbers).
    not_in_numbers(values: impl IntoIterator<Item = impl Into<Integer>>) =>
        Test::NotIn(Values::Numbers(values.into_iter().map(Into::into).collect()));
    /// Complement of [`in_strings`](Filter::in_strings).
    not_in_strings(values: impl IntoIterator<Item = impl Into<String>>) =>
        Test::NotIn(Values::Strings(values.into_iter().map(Into::into).collect()));
    /// The string equals, in any case.
    str_eq(text: impl Into<String>) => Test::StrEq(text.into());
    /// Complement of [`str_eq`](Filter::str_eq).
    str_neq(text: impl Into<String>) => Test::StrNeq(text.into());
    /// The string contains the text, in any case.
    str_contains(text: impl Into<String>) => Test::StrContains(text.into());
    /// Complement of [`str_contains`](Filter::str_contains).
    str_not_contains(text: impl Into<String>) => Test::StrNotContains(text.into());
    /// The string starts with the text, in any case.
    str_starts(text: impl Into<String>) => Test::StrStarts(text.into());
    /// The string ends with the text, in any case.
    str_ends(text: impl Into<String>) => Test::StrEnds(text.into());
    /// The boolean is true.
    bool_true() => Test::BoolTrue;
    /// The boolean is false.
    bool_false() => Test::BoolFalse;
    /// The date is more than this long ago.
    days_more(age: Age) => Test::DaysMore(age);
    /// The date is less than this long ago; a future date is.
    days_less(age: Age) => Test::DaysLess(age);
    /// The date is more than this long ago, or the property is unknown.
    days_more_or_unknown(age: Age) => Test::DaysMoreOrUnknown(age);
    /// The date is less than this long ago, or the property is unknown.
    days_less_or_unknown(age: Age) => Test::DaysLessOrUnknown(age);
    /// The date is strictly before.
    date_before(date: DateTime) => Test::DateBefore(date);
    /// The date is strictly after.
    date_after(date: DateTime) => Test::DateAfter(date);
    /// The date lies between the two, both included.
    date_range(from: DateTime, to: DateTime) => Test::DateRange(from, to);
    /// The date falls in the current day of a zone this many minutes east of UTC.
    today(tz_offset_minutes: i32) => Test::Today { tz_offset_minutes };
    /// The list has the item, in any case.
    list_contains(item: impl Into<String>) => Test::ListContains(item.into());
    /// Complement of [`list_contains`](Filter::list_contains).
    list_not_contains(item: impl Into<String>) => Test::ListNotContains(item.into());
    /// The list has at least one of the items.
    list_contains_any(items: impl IntoIterator<Item = impl Into<String>>) =>
        Test::ListContainsAny(items.into_iter().map(Into::into).collect());
    /// The list has every one of the items.
    list_contains_all(items: impl IntoIterator<Item = impl Into<String>>) =>
        Test::ListContainsAll(items.into_iter().map(Into::into).collect());
}

impl Filter {
    /// The lead is a member of the live filter with this number.
    #[must_use]
    pub fn segment(id: u64) -> Self {
        Self::Segment(id)
    }

    /// The person is online, idle or offline at the query's present.
    #[must_use]
    pub fn presence(presence: crate::lead::Presence) -> Self {
        Self::str_eq(crate::property::PRESENCE, presence.as_str())
    }

    /// Every one of the filters holds; of none: everybody.
    #[must_use]
    pub fn all(filters: impl IntoIterator<Item = Filter>) -> Self {
        Self::All(filters.into_iter().collect())
    }

    /// At least one of the filters holds; of none: nobody.
    #[must_use]
    pub fn any(filters: impl IntoIterator<Item = Filter>) -> Self {
        Self::Any(filters.into_iter().collect())
    }

    /// The filter does not hold: its exact complement.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a constructor like its neighbours, not an operator")]
    pub fn not(filter: Filter) -> Self {
        Self::Not(Box::new(filter))
    }

    /// Checks the bounds of the contract on depth, conditions, lists and texts. Every way into
    /// the engine calls it; it does not recurse, so no tree is too deep for it.
    ///
    /// # Errors
    ///
    /// A validation error that names the first bound that is broken.
    pub fn validate(&self) -> Result<(), Error> {
        const EVERYBODY: &Filter = &Filter::All(Vec::new());
        self.validate_with(&|_| Some(EVERYBODY))
    }

    /// As [`validate`](Filter::validate), with every segment in its place: the conditions of its filter
    /// count. Segments are counted apart, so that those without a condition end too: twice as many as
    /// conditions, which groups of two or more cannot outgrow. One that stands alone is free, so whatever
    /// was kept can be asked for.
    pub(crate) fn validate_with<'s>(&'s self, segments: &dyn Fn(u64) -> Option<&'s Filter>) -> Result<(), Error> {
        let (mut conditions, mut opened) = (0, 0);
        let mut stack = vec![(self, 1)];
        while let Some((filter, depth)) = stack.pop() {
            let children: &[Filter] = match filter {
                Self::All(children) | Self::Any(children) => children,
                Self::Not(child) => std::slice::from_ref(child),
                Self::Property { .. } | Self::Segment(_) => {
                    match filter {
                        Self::Segment(_) => opened += usize::from(!std::ptr::eq(filter, self)),
                        _ => conditions += 1,
                    }
                    if conditions.max(opened.div_ceil(2)) > limits::FILTER_CONDITIONS {
                        return Err(Error::invalid(
                            "too_many_conditions",
                            format!(
                                "a filter has at most {} conditions, those of its segments among them; split it",
                                limits::FILTER_CONDITIONS
                            ),
                        ));
                    }
                    match filter {
                        Self::Property { name, test } => {
                            check_property_name(name)?;
                            test.validate()?;
                        }
                        Self::Segment(id) => stack.push((segments(*id).ok_or_else(|| unknown_segment(*id))?, depth)),
                        _ => {}
                    }
                    continue;
                }
            };
            if depth > limits::FILTER_DEPTH {
                return Err(Error::invalid(
                    "filter_too_deep",
                    format!("groups nest at most {} deep; flatten the filter", limits::FILTER_DEPTH),
                ));
            }
            stack.extend(children.iter().map(|child| (child, depth + 1)));
        }
        Ok(())
    }
}

/// A `segment` test names a live filter that is not kept.
pub(crate) fn unknown_segment(id: u64) -> Error {
    Error::invalid("unknown_segment", format!("no live filter with the number {id} is kept; see which ones are"))
}

/// Checks a property's name in a filter or as a sort key: 1 to 255 characters.
pub(crate) fn check_property_name(name: &str) -> Result<(), Error> {
    if name.is_empty() {
        return Err(Error::invalid("empty_name", "a property's name has 1 to 255 characters; this one is empty"));
    }
    if name.len() > limits::NAME_CHARS && name.chars().count() > limits::NAME_CHARS {
        return Err(Error::invalid(
            "name_too_long",
            format!(
                "a property's name has at most {} characters, this one {}",
                limits::NAME_CHARS,
                name.chars().count()
            ),
        ));
    }
    Ok(())
}

impl Test {
    /// Checks the bounds on texts, lists and offsets.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        match self {
            Self::StrContains(text) | Self::StrNotContains(text) | Self::StrStarts(text) | Self::StrEnds(text) => {
                if text.is_empty() {
                    return Err(Error::invalid("empty_string", "this test needs a text of 1 to 255 characters"));
                }
                check_text(text)
            }
            Self::StrEq(text) | Self::StrNeq(text) | Self::ListContains(text) | Self::ListNotContains(text) => {
                check_text(text)
            }
            Self::In(Values::Strings(items))
            | Self::NotIn(Values::Strings(items))
            | Self::ListContainsAny(items)
            | Self::ListContainsAll(items) => {
                check_list(items.len())?;
                items.iter().try_for_each(|item| check_text(item))
            }
            Self::In(Values::Numbers(items)) | Self::NotIn(Values::Numbers(items)) => check_list(items.len()),
            Self::Today { tz_offset_minutes } if !(-1_440..=1_440).contains(tz_offset_minutes) => Err(Error::invalid(
                "number_out_of_range",
                format!("tz_offset_minutes lies between -1440 and 1440, not {tz_offset_minutes}"),
            )),
            _ => Ok(()),
        }
    }
}

/// Checks a text of a filter: at most 255 characters.
pub(crate) fn check_text(text: &str) -> Result<(), Error> {
    if text.len() > limits::STRING_CHARS && text.chars().count() > limits::STRING_CHARS {
        return Err(Error::invalid(
            "string_too_long",
            format!(
                "a text in a filter has at most {} characters, this one {}",
                limits::STRING_CHARS,
                text.chars().count()
            ),
        ));
    }
    Ok(())
}

/// Checks the length of a list of a filter.
pub(crate) fn check_list(len: usize) -> Result<(), Error> {
    if len > limits::FILTER_LIST {
        return Err(Error::invalid(
            "list_too_long",
            format!("a list in a filter has at most {} values, this one {len}", limits::FILTER_LIST),
        ));
    }
    Ok(())
}

/// Dropping must not recurse: a caller may have nested `not` a million times.
impl Drop for Filter {
    fn drop(&mut self) {
        let mut pending = Vec::new();
        take_children(self, &mut pending);
        while let Some(mut filter) = pending.pop() {
            take_children(&mut filter, &mut pending);
        }
    }
}

fn take_children(filter: &mut Filter, into: &mut Vec<Filter>) {
    match filter {
        Filter::All(children) | Filter::Any(children) => into.append(children),
        Filter::Not(child) => {
            if !matches!(**child, Filter::Property { .. } | Filter::Segment(_)) {
                into.push(std::mem::replace(&mut **child, Filter::All(Vec::new())));
            }
        }
        Filter::Property { .. } | Filter::Segment(_) => {}
    }
}
