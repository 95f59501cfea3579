//! Numbers read from their digits, where a double would round.

use crate::property::Reason;

/// Most digits of an integer that any place of a line accepts: those of 2^64-1.
const DIGITS: usize = 20;

/// The integer that a JSON number stands for: `5.0` and `1e3` are integers, `0.5` is a fraction.
/// Exact however many digits there are; an integer of more than 20 digits is out of range.
/// `text` is a legal JSON number.
pub(super) fn integer(text: &str) -> Result<i128, Reason> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let joined = format!("{whole}{fraction}");
    let significant = joined.trim_end_matches('0');
    let digits = significant.trim_start_matches('0');
    if digits.is_empty() {
        return Ok(0);
    }
    // How many zeros follow the significant digits, or how many of these stand after the point.
    let zeros = signed_length(joined.len() - significant.len()) - signed_length(fraction.len());
    let scale = read_exponent(exponent).saturating_add(zeros);
    if scale < 0 {
        return Err(Reason::Fraction);
    }
    if scale.saturating_add(signed_length(digits.len())) > signed_length(DIGITS) {
        return Err(Reason::OutOfRange);
    }
    let zeros = std::iter::repeat_n(b'0', usize::try_from(scale).unwrap_or(0));
    let value = digits.bytes().chain(zeros).fold(0, |value, digit| value * 10 + i128::from(digit - b'0'));
    Ok(if negative { -value } else { value })
}

fn signed_length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// An exponent too long for 64 bits is as good as the largest.
fn read_exponent(text: &str) -> i64 {
    let text = text.strip_prefix('+').unwrap_or(text);
    let bound = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    text.parse().unwrap_or(bound)
}

#[cfg(test)]
mod tests {
    use super::integer;
    use crate::property::Reason;

    #[test]
    fn numbers_are_read_without_rounding() {
        for (text, expected) in [
            ("5.0", 5),
            ("1e3", 1_000),
            ("-1.50e+1", -15),
            ("120E-1", 12),
            ("0.000e99999999999999999999", 0),
            ("-0", 0),
            ("9007199254740993.0", 9_007_199_254_740_993),
            ("18446744073709551615.0", 18_446_744_073_709_551_615),
            ("0.0000000000000000000000000000007e31", 7),
        ] {
            assert_eq!(integer(text), Ok(expected), "{text}");
        }
        for text in ["0.5", "9007199254740992.5", "0.99999999999999999999", "1e-99999999999999999999", "15e-1"] {
            assert_eq!(integer(text), Err(Reason::Fraction), "{text}");
        }
        for text in ["1e400", "1e99999999999999999999", "123456789012345678901", "-1e20"] {
            assert_eq!(integer(text), Err(Reason::OutOfRange), "{text}");
        }
    }
}
