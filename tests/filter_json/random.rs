//! Random filters, random bytes, and the grammar against an independent reader.

use lead_index::{Age, DateTime, Filter};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{given, table};

fn random_text(rng: &mut StdRng) -> String {
    const POOL: [char; 16] =
        ['a', 'Z', '"', '\\', '/', '\0', '\u{1f}', '\u{7f}', '\n', 'é', 'ß', '\u{2028}', '😀', '{', ']', ','];
    let length = if rng.random_range(0..50) == 0 { 255 } else { rng.random_range(1..8) };
    (0..length).map(|_| POOL[rng.random_range(0..POOL.len())]).collect()
}

fn random_condition(rng: &mut StdRng) -> Filter {
    let name = random_text(rng);
    let low = [0, 1, -1, i64::MIN, i64::MAX, 1 << 53][rng.random_range(0..6)];
    let high: u64 = rng.random();
    let date =
        |rng: &mut StdRng| DateTime::from_unix(rng.random_range(DateTime::MIN.unix()..=DateTime::MAX.unix())).unwrap();
    let texts: Vec<String> = (0..rng.random_range(1..5)).map(|_| random_text(rng)).collect();
    match rng.random_range(0..17) {
        16 => Filter::segment(high),
        0 => Filter::known(name),
        1 => Filter::gt(name, low),
        2 => Filter::lt_or_unknown(name, high),
        3 => Filter::range(name, low, high),
        4 => Filter::neq(name, high),
        5 => Filter::in_numbers(name, [low, 5, low]),
        6 => Filter::not_in_strings(name, texts),
        7 => Filter::str_eq(name, random_text(rng)),
        8 => Filter::str_not_contains(name, random_text(rng)),
        9 => Filter::bool_false(name),
        10 => Filter::days_less_or_unknown(name, Age::hours(high >> 11)),
        11 => Filter::date_range(name, date(rng), date(rng)),
        12 => Filter::today(name, rng.random_range(-1_440..=1_440)),
        13 => Filter::list_not_contains(name, random_text(rng)),
        14 => Filter::list_contains_any(name, texts),
        _ => Filter::list_contains_all(name, texts),
    }
}

/// A random filter; an `any` has at least one member, since the dialect has no name for nobody.
fn random_filter(rng: &mut StdRng, depth: usize) -> Filter {
    let children = |rng: &mut StdRng, least: usize| {
        let count = rng.random_range(least..4);
        (0..count).map(|_| random_filter(rng, depth - 1)).collect::<Vec<_>>()
    };
    match rng.random_range(0..5) {
        0 if depth > 0 => Filter::all(children(rng, 0)),
        1 if depth > 0 => Filter::any(children(rng, 1)),
        2 if depth > 0 => Filter::not(random_filter(rng, depth - 1)),
        _ => random_condition(rng),
    }
}

#[test]
fn random_filters_come_back_equal() {
    let mut rng = StdRng::seed_from_u64(1);
    for _ in 0..20_000 {
        let filter = random_filter(&mut rng, 5);
        let json = filter.to_json();
        assert_eq!(Filter::from_json(&json).unwrap_or_else(|error| panic!("{error}: {json}")), filter, "{json}");
        assert_eq!(serde_json::to_string(&filter).unwrap(), json);
        assert_eq!(serde_json::from_str::<Filter>(&json).unwrap(), filter, "{json}");
    }
}

/// Changes, doubles, removes or inserts a few bytes.
fn mutate(rng: &mut StdRng, bytes: &mut Vec<u8>, pool: &[u8]) {
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..=bytes.len());
        let byte = pool[rng.random_range(0..pool.len())];
        match rng.random_range(0..4) {
            0 => bytes.insert(at, byte),
            _ if at == bytes.len() => bytes.push(byte),
            1 => bytes[at] = byte,
            2 => _ = bytes.remove(at),
            _ => {
                let end = (at + rng.random_range(1..16)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
}

#[test]
fn random_changes_of_bytes_never_panic_and_what_is_read_comes_back() {
    let mut rng = StdRng::seed_from_u64(2);
    let every_byte: Vec<u8> = (0..=255).collect();
    let table = table();
    let texts: Vec<String> = table.legal.iter().chain(&table.illegal).map(|case| given(case).1).collect();
    for round in 0..100_000 {
        let mut bytes = texts[round % texts.len()].clone().into_bytes();
        mutate(&mut rng, &mut bytes, &every_byte);
        if let Ok(filter) = Filter::from_json(&bytes) {
            assert_eq!(Filter::from_json(filter.to_json()).unwrap(), filter);
        }
    }
}

/// The grammar is compared with an independent reader. Escapes by `u` are left out: that reader
/// does not look at surrogates in what it ignores.
#[test]
fn what_is_json_is_what_serde_json_says() {
    let mut rng = StdRng::seed_from_u64(3);
    let table = table();
    let texts: Vec<String> = table.legal.iter().chain(&table.illegal).map(|case| given(case).1).collect();
    let mut valid = 0;
    for round in 0..200_000 {
        let mut bytes = texts[round % texts.len()].clone().into_bytes();
        mutate(&mut rng, &mut bytes, b"{}[]\",:-+.eE0123456789 \\\ntn/");
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if text.contains("\\u") || text.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
            continue;
        }
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        let ours = match Filter::from_json(&text) {
            Ok(_) => true,
            // A text inside a string is not the reader's concern here.
            Err(_) if text.trim_start().starts_with('"') => continue,
            Err(error) => !error.problems().iter().any(|problem| {
                problem.pointer.is_empty() && matches!(problem.code, "invalid_json" | "trailing_characters")
            }),
        };
        assert_eq!(ours, theirs, "{text}");
        valid += usize::from(ours);
    }
    assert!(valid > 10_000, "only {valid} texts were JSON");
}
