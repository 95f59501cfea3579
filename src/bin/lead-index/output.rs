//! Text for people: numbers, times, and values that are safe to show.

use std::io::{self, BufWriter, StdoutLock};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use lead_index::{LeadRef, property};

/// Columns that everything written for people fits into.
pub(crate) const WIDTH: usize = 100;

/// Stdout, buffered; whoever takes it flushes it.
pub(crate) fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}

/// A progress bar on stderr; hidden where stderr is no terminal.
pub(crate) fn progress(length: u64, what: &str, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style.progress_chars("=> ")).with_message(what.to_owned())
}

/// A bar that counts leads.
pub(crate) fn lead_progress(count: u64, what: &str) -> ProgressBar {
    progress(count, what, "{msg} [{bar:40}] {human_pos} of {human_len} leads, {eta} left")
}

/// `1234567` as `1,234,567`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `245 leads`, `1 lead`.
pub(crate) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A time in the unit that suits it.
pub(crate) fn took(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds >= 1.0 {
        format!("{seconds:.2} s")
    } else if seconds >= 0.01 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{:.3} ms", seconds * 1e3)
    }
}

/// A property's text, `None` if unknown. An id may be larger than a number value can be.
pub(crate) fn property_text(lead: &LeadRef<'_>, name: &str) -> Option<String> {
    match name {
        property::ID => Some(lead.id().to_string()),
        property::PRESENCE => Some(lead.presence().as_str().to_owned()),
        _ => lead.get(name).map(|value| value.to_string()),
    }
}

/// Text as it may be shown on a terminal: values come from outside, and a control character in
/// one could move the cursor or rewrite what was shown before.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::{count, printable, took};
    use std::time::Duration;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(["0", "999", "1,000", "12,345,678"], [0, 999, 1_000, 12_345_678].map(count)[..]);
    }

    #[test]
    fn times_have_a_fitting_unit() {
        assert_eq!(took(Duration::from_nanos(42_400)), "0.042 ms");
        assert_eq!(took(Duration::from_micros(12_340)), "12.3 ms");
        assert_eq!(took(Duration::from_millis(2_500)), "2.50 s");
    }

    #[test]
    fn control_characters_are_not_shown() {
        assert_eq!(printable("a\u{1b}[2Jb\n"), "a\u{fffd}[2Jb\u{fffd}");
    }
}
