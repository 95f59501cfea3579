use super::{SEED, known_email, leads, now, query_classes, write_json_lines};
use crate::lead::{Lead, LeadCriteria};
use crate::value::Value;
use std::collections::HashSet;

const COUNT: u64 = 50_000;

fn sample() -> Vec<Lead> {
    leads(COUNT, SEED).collect()
}

/// Share of the sample for which `test` holds, in percent.
fn share(sample: &[Lead], test: impl Fn(&Lead) -> bool) -> f64 {
    sample.iter().filter(|lead| test(lead)).count() as f64 * 100.0 / sample.len() as f64
}

fn number(lead: &Lead, name: &str) -> Option<i64> {
    match lead.props.get(name) {
        Some(Value::Number(n)) => Some(*n),
        _ => None,
    }
}

fn is(lead: &Lead, name: &str, value: &str) -> bool {
    lead.props.get(name) == Some(&Value::from(value))
}

#[test]
fn the_proportions_hold() {
    let sample = sample();
    let known = |name: &'static str| share(&sample, |lead| lead.props.contains_key(name));
    let expected = [
        ("name", known("$name"), 60.0),
        ("email", known("$email"), 35.0),
        ("phone", known("$phone"), 15.0),
        ("user_id", share(&sample, |lead| lead.user_id.is_some()), 30.0),
        ("conversations", share(&sample, |lead| lead.conversations > 0), 8.0),
        ("plan", known("plan"), 50.0),
        ("free", share(&sample, |lead| is(lead, "plan", "free")), 35.0),
        ("pro", share(&sample, |lead| is(lead, "plan", "pro")), 5.0),
        ("subscribed", known("subscribed"), 40.0),
        ("true", share(&sample, |lead| lead.props.get("subscribed") == Some(&Value::Boolean(true))), 20.0),
        ("event", known("$event_18_count"), 5.0),
        ("event last", known("$event_18_last"), 5.0),
        ("ltv", known("ltv"), 30.0),
        ("tags", known("tags"), 40.0),
        ("country", known("$country"), 100.0),
        ("one session", share(&sample, |lead| number(lead, "$sessions") == Some(1)), 48.8),
        ("country-003", share(&sample, |lead| is(lead, "$country", "country-003")), 4.63),
        ("leads", share(&sample, |lead| LeadCriteria::all().matches(lead)), 85.8),
    ];
    for (what, found, expected) in expected {
        assert!((found - expected).abs() < 1.0, "{what}: {found} %, expected {expected} %");
    }
    let gmail = share(
        &sample,
        |lead| matches!(lead.props.get("$email"), Some(Value::String(email)) if email.ends_with("@gmail.com")),
    );
    assert!((gmail - 15.75).abs() < 1.0, "{gmail}");
}

#[test]
fn values_lie_where_they_should() {
    let sample = sample();
    let mut names = HashSet::new();
    for (lead, i) in sample.iter().zip(0..) {
        assert_eq!(lead.id, 7 * i + 3);
        let (Value::DateTime(created), Value::DateTime(seen)) = (&lead.props["$created"], &lead.props["$last_seen"])
        else {
            panic!("dates");
        };
        assert!(created <= seen && *seen <= now());
        assert!(number(lead, "$sessions").is_some_and(|n| (1..=5_000).contains(&n)));
        assert!(!matches!(lead.props.get("tags"), Some(Value::List(tags)) if tags.is_empty()));
        names.extend(lead.props.get("$name").map(ToString::to_string));
    }
    let firsts: HashSet<&str> = names.iter().filter_map(|name| name.split(' ').next()).collect();
    let lasts: HashSet<&str> = names.iter().filter_map(|name| name.split(' ').nth(1)).collect();
    assert_eq!((firsts.len(), lasts.len()), (144, 100));
}

#[test]
fn the_classes_match_about_what_they_should() {
    let sample = sample();
    let expected = [85.8, 0.84, 1.6, 0.135, 0.002, 6.5, 85.8, 4.3, 44.6];
    for (class, expected) in query_classes(COUNT).iter().zip(expected) {
        let found = share(&sample, |lead| LeadCriteria::all().matches(lead) && answers(class.id, lead));
        assert!((found - expected).abs() < 0.2 + expected * 0.02, "{}: {found} %, expected {expected} %", class.id);
    }
    assert_eq!(query_classes(COUNT)[6].query.offset, COUNT / 4);
}

/// Each class once more, said in plain code.
fn answers(class: &str, lead: &Lead) -> bool {
    let email = match lead.props.get("$email") {
        Some(Value::String(email)) => email.as_str(),
        _ => "",
    };
    let tagged = matches!(lead.props.get("tags"), Some(Value::List(tags)) if tags.iter().any(|t| t == "tag-003"));
    let week = matches!(lead.props["$last_seen"], Value::DateTime(t) if t.unix() > now().unix() - 7 * 86_400);
    match class {
        "q2" => is(lead, "$country", "country-003") && number(lead, "$sessions") > Some(5),
        "q3" => week,
        "q4" => email.contains("77@gmail"),
        "q5" => email == known_email(COUNT),
        "q6" => (is(lead, "plan", "pro") || tagged) && !lead.props.contains_key("$phone"),
        "q8" => lead.props.contains_key("$event_18_count"),
        "q9" => !is(lead, "plan", "free") && lead.props.get("subscribed") != Some(&Value::Boolean(true)),
        _ => true,
    }
}

#[test]
fn a_lead_depends_on_seed_and_number_alone() {
    assert!(leads(100, 7).eq(leads(200, 7).take(100)));
    assert!(leads(100, 7).ne(leads(100, 8)));
}

/// Figures of different days compare only while the sample stays as it is.
#[test]
fn the_sample_is_the_same_everywhere_and_for_ever() {
    let lead = leads(2, SEED).nth(1).unwrap();
    assert_eq!(
        serde_json::to_string(&lead).unwrap(),
        concat!(
            r#"{"id":10,"conversations":0,"web_push":false,"props":{"$city":"city-0774","$country":"country-000","#,
            r#""$created":"2023-12-05T10:22:11","$email":"u1@corp.example","$last_seen":"2024-03-13T16:00:11","#,
            r#""$sessions":1,"ltv":3721,"subscribed":true}}"#,
        )
    );
}

#[test]
fn what_is_written_reads_back() {
    let (mut out, mut reports) = (Vec::new(), Vec::new());
    write_json_lines(&mut out, 25_000, SEED, |written| reports.push(written)).unwrap();
    assert_eq!(reports, [10_000, 20_000, 25_000]);
    let read = String::from_utf8(out).unwrap();
    let read: Vec<Lead> = read.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(read.into_iter().eq(leads(25_000, SEED)));
}
