//! The deterministic data set of the benchmarks and its nine query classes.
//!
//! Anybody who runs the benchmarks gets the same leads: each depends only on the seed and its own
//! number, drawn from a generator with a fixed algorithm (xoshiro256++), so a sample of 1,000
//! leads is the beginning of a sample of a million with the same seed.
//!
//! | property | how |
//! |---|---|
//! | `$id` | 7 i + 3 |
//! | `$name` | 60 % known: one of 144 forms of first names and one of 100 forms of last names, Latin and Cyrillic |
//! | `$email` | 35 % known, unique: `u{i}@` and one of six domains, 45 % of them `gmail.com` |
//! | `$phone`, User ID | 15 % and 30 % known, unique |
//! | `$created` | uniform over the three years before [`now`] |
//! | `$last_seen` | `$created` + (now - `$created`) x Beta(0.6, 1.2) |
//! | `$sessions` | Zipf 1.7, at most 5,000 |
//! | conversations | 8 % have 1 to 8 |
//! | `$country`, `$city` | 200 and 5,000 values, Zipf 1.1, `country-000` the most common |
//! | `plan` | 50 % known: free 70 %, start 18 %, pro 10 %, enterprise 2 % |
//! | `subscribed` | 40 % known, half of them true |
//! | `$event_18_count`, `$event_18_last` | 5 % known |
//! | `ltv` | 30 % known, lognormal(4, 1.5) x 100 |
//! | `tags` | half draw 0 to 4 of 200 (Zipf 1.1, repeats dropped), so 60 % have none |
//!
//! About 86 % are leads.
//!
//! ```
//! use lead_index::sample;
//! let first: Vec<u64> = sample::leads(3, sample::SEED).map(|lead| lead.id).collect();
//! assert_eq!(first, [3, 10, 17]);
//! ```

mod names;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Beta, Distribution, LogNormal, Zipf};

use crate::datetime::DateTime;
use crate::filter::{Age, Filter};
use crate::lead::Lead;
use crate::query::{Order, Query};
use crate::value::Value;
use names::{FIRST_NAMES, LAST_NAMES};

/// The seed that [`query_classes`] asks about and the benchmarks use.
pub const SEED: u64 = 18;

const NOW: i64 = 1_790_000_000;
const THREE_YEARS: i64 = 3 * 365 * 86_400;
/// How many leads are written between two reports of progress.
const REPORT: u64 = 10_000;

/// Domains and their share in percent.
const DOMAINS: [(&str, u32); 6] =
    [("gmail.com", 45), ("mail.ru", 20), ("yandex.ru", 15), ("outlook.com", 10), ("corp.example", 7), ("proton.me", 3)];
/// Plans and their share in percent.
const PLANS: [(&str, u32); 4] = [("free", 70), ("start", 18), ("pro", 10), ("enterprise", 2)];

/// The present of the sample: 2026-09-21T14:13:20.
#[must_use]
pub fn now() -> DateTime {
    time(NOW)
}

/// The first `count` leads of the sample with this seed. O(1) a lead.
///
/// Each lead depends only on `seed` and its number, so a shorter sample is a prefix of a longer
/// one.
pub fn leads(count: u64, seed: u64) -> impl Iterator<Item = Lead> {
    let sampler = Sampler::new(seed);
    (0..count).map(move |i| sampler.lead(i))
}

/// Writes the first `count` leads in the form of an import, a line each. `progress` is told how
/// many are written, now and then and at the end. O(count), in constant memory.
///
/// # Errors
///
/// What `out` reports.
pub fn write_json_lines(mut out: impl Write, count: u64, seed: u64, mut progress: impl FnMut(u64)) -> io::Result<()> {
    for (lead, written) in leads(count, seed).zip(1..) {
        serde_json::to_writer(&mut out, &lead)?;
        out.write_all(b"\n")?;
        if written % REPORT == 0 && written < count {
            progress(written);
        }
    }
    out.flush()?;
    progress(count);
    Ok(())
}

/// One of the questions that the benchmarks ask.
#[derive(Debug, Clone)]
pub struct QueryClass {
    /// Short name, `q1` to `q9`.
    pub id: &'static str,
    /// What it stands for.
    pub title: &'static str,
    /// Who is asked for: what a live filter of the class keeps.
    pub filter: Filter,
    /// The property that the list is sorted by.
    pub sort_prop: &'static str,
    /// The direction of the list.
    pub sort_order: Order,
    /// The question, at [`now`]: a page of 20.
    pub query: Query,
}

/// The nine query classes over `count` leads of the sample with [`SEED`], in order.
///
/// Two of them depend on the sample: q5 asks for an email in its middle, q7 for an offset of a
/// quarter of it.
#[must_use]
pub fn query_classes(count: u64) -> Vec<QueryClass> {
    let everyone = || Filter::all([]);
    let country = Filter::all([Filter::str_eq("$country", "country-003"), Filter::gt("$sessions", 5)]);
    let pro_or_tagged = Filter::any([Filter::str_eq("plan", "pro"), Filter::list_contains("tags", "tag-003")]);
    let no_phone = Filter::all([pro_or_tagged, Filter::unknown("$phone")]);
    let not_free = Filter::all([Filter::str_neq("plan", "free"), Filter::not(Filter::bool_true("subscribed"))]);
    let last_week = Filter::days_less("$last_seen", Age::days(7));
    let point = Filter::str_eq("$email", known_email(count));
    let class = |id, title, filter: Filter, sort_prop, sort_order| QueryClass {
        id,
        title,
        filter: filter.clone(),
        sort_prop,
        sort_order,
        query: Query::new().filter(filter).sort_by(sort_prop, sort_order).at(now()),
    };
    let mut classes = vec![
        class("q1", "default", everyone(), "$last_seen", Order::Desc),
        class("q2", "and", country, "$last_seen", Order::Desc),
        class("q3", "range", last_week, "$sessions", Order::Desc),
        class("q4", "contains", Filter::str_contains("$email", "77@gmail"), "$created", Order::Desc),
        class("q5", "point", point, "$last_seen", Order::Desc),
        class("q6", "or-not", no_phone, "$name", Order::Asc),
        class("q7", "deep", everyone(), "$last_seen", Order::Desc),
        class("q8", "sparse", Filter::known("$event_18_count"), "$event_18_count", Order::Desc),
        class("q9", "negation", not_free, "ltv", Order::Desc),
    ];
    let deep = &mut classes[6].query;
    *deep = deep.clone().offset(count / 4);
    classes
}

/// The first email from the middle of the sample on, or else the first of all.
fn known_email(count: u64) -> String {
    let sampler = Sampler::new(SEED);
    let email = |i| match sampler.lead(i).props.remove("$email") {
        Some(Value::String(email)) => Some(email),
        _ => None,
    };
    (count / 2..count).chain(0..count / 2).find_map(email).unwrap_or_else(|| "nobody@example.com".to_owned())
}

/// The distributions, made once.
struct Sampler {
    seed: u64,
    activity: Beta<f64>,
    sessions: Zipf<f64>,
    of_200: Zipf<f64>,
    of_5_000: Zipf<f64>,
    value: LogNormal<f64>,
}

impl Sampler {
    fn new(seed: u64) -> Self {
        const LEGAL: &str = "the parameters are legal constants";
        Self {
            seed,
            activity: Beta::new(0.6, 1.2).expect(LEGAL),
            sessions: Zipf::new(5_000.0, 1.7).expect(LEGAL),
            of_200: Zipf::new(200.0, 1.1).expect(LEGAL),
            of_5_000: Zipf::new(5_000.0, 1.1).expect(LEGAL),
            value: LogNormal::new(4.0, 1.5).expect(LEGAL),
        }
    }

    fn lead(&self, i: u64) -> Lead {
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(scramble(self.seed ^ scramble(i)));
        let mut lead = Lead::new(7 * i + 3);
        contacts(&mut lead, i, rng);
        self.activity(&mut lead, rng);
        self.custom(&mut lead, rng);
        lead
    }

    /// Dates, sessions, conversations, places and the event.
    fn activity(&self, lead: &mut Lead, rng: &mut impl Rng) {
        let created = NOW - rng.random_range(0..THREE_YEARS);
        let last_seen = created + whole((NOW - created) as f64 * self.activity.sample(rng));
        set(lead, "$created", Value::DateTime(time(created)));
        set(lead, "$last_seen", Value::DateTime(time(last_seen)));
        set(lead, "$sessions", Value::Number(whole(self.sessions.sample(rng))));
        set(lead, "$country", text(format!("country-{:03}", rank(self.of_200, rng))));
        set(lead, "$city", text(format!("city-{:04}", rank(self.of_5_000, rng))));
        if rng.random_bool(0.08) {
            lead.conversations = rng.random_range(1..=8);
        }
        if rng.random_bool(0.05) {
            set(lead, "$event_18_count", Value::Number(rng.random_range(1..=50)));
            set(lead, "$event_18_last", Value::DateTime(time(rng.random_range(created..=last_seen))));
        }
    }

    fn custom(&self, lead: &mut Lead, rng: &mut impl Rng) {
        if rng.random_bool(0.5) {
            set(lead, "plan", text(pick(&PLANS, rng)));
        }
        if rng.random_bool(0.4) {
            set(lead, "subscribed", Value::Boolean(rng.random_bool(0.5)));
        }
        if rng.random_bool(0.3) {
            set(lead, "ltv", Value::Number(whole(self.value.sample(rng) * 100.0)));
        }
        if rng.random_bool(0.5) {
            let mut tags: Vec<String> = Vec::new();
            for _ in 0..rng.random_range(0..=4) {
                let tag = format!("tag-{:03}", rank(self.of_200, rng));
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
            if !tags.is_empty() {
                set(lead, "tags", Value::List(tags));
            }
        }
    }
}

/// Name, email, phone and User ID.
fn contacts(lead: &mut Lead, i: u64, rng: &mut impl Rng) {
    if rng.random_bool(0.6) {
        let first = form(FIRST_NAMES[rng.random_range(0..FIRST_NAMES.len())], rng.random_range(0..3));
        let last = form(LAST_NAMES[rng.random_range(0..LAST_NAMES.len())], rng.random_range(0..2));
        set(lead, "$name", text(format!("{first} {last}")));
    }
    if rng.random_bool(0.35) {
        set(lead, "$email", text(format!("u{i}@{}", pick(&DOMAINS, rng))));
    }
    if rng.random_bool(0.15) {
        set(lead, "$phone", text(format!("+7{:010}", 9_000_000_000 + i)));
    }
    if rng.random_bool(0.30) {
        lead.user_id = Some((50_000 + i).to_string());
    }
}

fn set(lead: &mut Lead, name: &str, value: Value) {
    lead.props.insert(name.to_owned(), value);
}

fn text(text: impl Into<String>) -> Value {
    Value::String(text.into())
}

/// A name as people write it: with a capital, in capitals, in small letters.
fn form(name: &str, which: u32) -> String {
    match which {
        0 => name.to_owned(),
        1 => name.to_uppercase(),
        _ => name.to_lowercase(),
    }
}

/// One of `choices`, each as often as its percentage says.
fn pick(choices: &[(&'static str, u32)], rng: &mut impl Rng) -> &'static str {
    let mut left = rng.random_range(0..100);
    for &(choice, share) in choices {
        if left < share {
            return choice;
        }
        left -= share;
    }
    unreachable!("the shares add up to 100")
}

/// Rank from 0, the most common first.
fn rank(zipf: Zipf<f64>, rng: &mut impl Rng) -> i64 {
    whole(zipf.sample(rng)) - 1
}

#[expect(clippy::cast_possible_truncation, reason = "far below 2^53; an outlier saturates")]
fn whole(value: f64) -> i64 {
    value as i64
}

fn time(seconds: i64) -> DateTime {
    DateTime::from_unix(seconds).expect("within three years of the sample's present")
}

/// Spreads a number over 64 bits, one to one: neighbours get unrelated generators.
fn scramble(n: u64) -> u64 {
    let n = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    n ^ (n >> 31)
}
