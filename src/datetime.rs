//! Points in time: whole seconds of UTC between the years 1 and 9999.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time: UTC, whole seconds, the years 0001 to 9999 of the proleptic Gregorian
/// calendar.
///
/// Its text form is `YYYY-MM-DDTHH:MM:SS`; `YYYY-MM-DD` is read as midnight. There is no zone
/// suffix, no fraction and no leap second.
///
/// ```
/// use lead_index::DateTime;
/// let t: DateTime = "2026-09-21T14:13:20".parse()?;
/// assert_eq!(t.unix(), 1_790_000_000);
/// assert_eq!(t.to_string(), "2026-09-21T14:13:20");
/// assert!("2026-02-30".parse::<DateTime>().is_err());
/// # Ok::<(), lead_index::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(i64);

const DAY: i64 = 86_400;

impl DateTime {
    /// 0001-01-01T00:00:00.
    pub const MIN: Self = Self(-62_135_596_800);
    /// 9999-12-31T23:59:59.
    pub const MAX: Self = Self(253_402_300_799);

    /// The point `seconds` after 1970-01-01T00:00:00, or `None` outside the years 1 to 9999. O(1).
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&seconds).then_some(Self(seconds))
    }

    /// Seconds since 1970-01-01T00:00:00, negative before it. O(1).
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0
    }

    /// Reads `YYYY-MM-DDTHH:MM:SS` or `YYYY-MM-DD`; `None` for anything else, calendar included. O(1).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 && bytes.len() != 19 {
            return None;
        }
        let (year, month, day) = (digits(bytes, 0, 4)?, digits(bytes, 5, 2)?, digits(bytes, 8, 2)?);
        if bytes[4] != b'-' || bytes[7] != b'-' || year == 0 || day == 0 || day > days_in_month(year, month)? {
            return None;
        }
        let mut seconds = days_from_civil(year, month, day) * DAY;
        if bytes.len() == 19 {
            let (hour, minute, second) = (digits(bytes, 11, 2)?, digits(bytes, 14, 2)?, digits(bytes, 17, 2)?);
            if bytes[10] != b'T' || bytes[13] != b':' || bytes[16] != b':' || hour > 23 || minute > 59 || second > 59 {
                return None;
            }
            seconds += hour * 3_600 + minute * 60 + second;
        }
        Some(Self(seconds))
    }
}

fn digits(bytes: &[u8], from: usize, count: usize) -> Option<i64> {
    bytes[from..from + count].iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
}

fn days_in_month(year: i64, month: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Days from 1970-01-01, counting years from March so that the leap day ends the year.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y - era * 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z - era * 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = civil_from_days(days);
        let (h, m, s) = (second / 3_600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}")
    }
}

impl FromStr for DateTime {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or_else(|| {
            crate::Error::invalid(
                "invalid_date",
                "expected YYYY-MM-DDTHH:MM:SS or YYYY-MM-DD: a real date of the years 0001 to 9999 without zone or fraction",
            )
        })
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::DateTime;

    #[test]
    fn every_day_of_the_calendar_reads_back() {
        let mut previous = DateTime::MIN.unix() - 86_400;
        for day in 0..3_652_059 {
            let t = DateTime::from_unix(DateTime::MIN.unix() + day * 86_400).unwrap();
            assert_eq!(DateTime::parse(&t.to_string()), Some(t));
            assert_eq!(t.unix(), previous + 86_400);
            previous = t.unix();
        }
        assert_eq!(DateTime::parse("9999-12-31T23:59:59"), Some(DateTime::MAX));
        assert_eq!(DateTime::parse("0001-01-01"), Some(DateTime::MIN));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "2026-02-30",
            "2025-02-29",
            "1900-02-29",
            "0000-01-01",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "2026-01-01T24:00:00",
            "2026-01-01T23:60:00",
            "2026-01-01T23:59:60",
            "2026-01-01T23:59:59Z",
            "2026-01-01T23:59:59.5",
            "2026-01-01 10:00:00",
            "2026-1-01",
            "+026-01-01",
            "",
            "20260101",
        ] {
            assert_eq!(DateTime::parse(text), None, "{text}");
        }
        assert!(DateTime::parse("2000-02-29").is_some());
    }
}
