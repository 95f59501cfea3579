//! Cursors that are not followed.

use lead_index::{Clock, Cursor, DateTime, Filter, Lead, LeadIndex, Order, Query, Snapshot, Universe};
use rand::RngExt;

use super::generate::Dice;
use super::twin::{NOW, now};

/// A hundred leads, whose clock can be moved.
fn index() -> (LeadIndex, Clock) {
    let clock = Clock::fixed(now());
    let index = LeadIndex::builder().block_rows(64).clock(clock.clone()).build();
    for id in 1..=100_u64 {
        let seen = DateTime::from_unix(NOW - id.cast_signed()).expect("a date of this century");
        let lead = Lead::new(id).with("$name", format!("lead {}", id % 7)).with("$last_seen", seen);
        index.insert(lead).expect("a lead without fault");
    }
    (index, clock)
}

fn query() -> Query {
    Query::new().filter(Filter::str_contains("$name", "lead")).sort_by("$name", Order::Desc).limit(10)
}

fn cursor(snapshot: &Snapshot) -> Cursor {
    let page = snapshot.query(&query()).expect("a legal question");
    page.next_cursor().expect("more than a page")
}

/// The code with which the text is refused: by reading it, or by following it.
fn refused(snapshot: &Snapshot, text: &str) -> &'static str {
    match text.parse::<Cursor>() {
        Err(error) => error.code(),
        Ok(read) => match snapshot.resume(&query(), &read) {
            Err(error) => error.code(),
            Ok(page) => panic!("{text:?} was followed to {page:?}"),
        },
    }
}

#[test]
fn the_text_of_a_cursor_can_stand_in_an_address() {
    let (index, _) = index();
    let text = cursor(&index.snapshot()).to_string();
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'), "{text}");
    assert_eq!(text.len(), 77);
}

#[test]
fn a_cursor_with_one_bit_flipped_is_refused() {
    let (index, _) = index();
    let snapshot = index.snapshot();
    let text = cursor(&snapshot).to_string();
    let (mut read, mut unread) = (0, 0);
    for bit in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(flipped) = String::from_utf8(bytes) else { continue };
        assert_eq!(refused(&snapshot, &flipped), "invalid_cursor", "bit {bit}: {flipped}");
        match flipped.parse::<Cursor>() {
            Ok(_) => read += 1,
            Err(_) => unread += 1,
        }
    }
    assert!(read > 100 && unread > 20, "{read} could be read, {unread} could not");
}

/// The same for the bits that the text stands for: whatever one changes, the tag does not fit.
#[test]
fn a_cursor_with_one_digit_changed_is_refused() {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (index, _) = index();
    let snapshot = index.snapshot();
    let text = cursor(&snapshot).to_string();
    for at in 0..text.len() {
        for digit in DIGITS.chars().filter(|digit| !text[at..].starts_with(*digit)) {
            let changed = format!("{}{digit}{}", &text[..at], &text[at + 1..]);
            assert_eq!(refused(&snapshot, &changed), "invalid_cursor", "{changed}");
        }
    }
    assert!(snapshot.resume(&query(), &text.parse().unwrap()).is_ok(), "the unchanged one is followed");
}

#[test]
fn texts_that_are_cut_joined_or_made_up_are_refused() {
    let (index, _) = index();
    let snapshot = index.snapshot();
    let text = cursor(&snapshot).to_string();
    for end in 0..text.len() {
        assert_eq!(refused(&snapshot, &text[..end]), "invalid_cursor");
        assert_eq!(refused(&snapshot, &text[end + 1..]), "invalid_cursor");
    }
    let padded = [format!("{text}A"), format!("{text}="), format!(" {text}"), format!("{text}\n"), text.repeat(2)];
    let turned = [text.to_lowercase(), text.to_uppercase(), text.chars().rev().collect()];
    for made in padded.into_iter().chain(turned) {
        assert_eq!(refused(&snapshot, &made), "invalid_cursor", "{made:?}");
    }
    let mut dice = Dice::seeded(1);
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..*dice.pick(&[0, 1, 11, 76, 77, 77, 77, 78, 300])).map(|_| dice.random()).collect();
        assert_eq!(refused(&snapshot, &String::from_utf8_lossy(&bytes)), "invalid_cursor");
        let digits: String =
            (0..77).map(|at| if at % 11 == 10 { 'B' } else { *dice.pick(&['a', 'B', '0', '_', '-']) }).collect();
        assert!(digits.parse::<Cursor>().is_ok(), "{digits} has the form of a cursor");
        assert_eq!(refused(&snapshot, &digits), "invalid_cursor");
    }
}

#[test]
fn a_cursor_of_another_index_is_refused() {
    let ((one, _), (other, _)) = (index(), index());
    let sent = cursor(&one.snapshot());
    assert_eq!(one.version(), other.version());
    assert_eq!(other.snapshot().resume(&query(), &sent).unwrap_err().code(), "invalid_cursor");
    assert!(one.snapshot().resume(&query(), &sent).is_ok());
}

#[test]
fn a_cursor_of_another_publication_is_refused_and_its_own_snapshot_goes_on() {
    let (index, _) = index();
    let before = index.snapshot();
    let sent = cursor(&before);
    index.upsert(Lead::new(1).with("$name", "lead 1")).unwrap();
    let after = index.snapshot();
    assert_eq!(after.resume(&query(), &sent).unwrap_err().code(), "invalid_cursor");
    assert_eq!(before.resume(&query(), &cursor(&after)).unwrap_err().code(), "invalid_cursor");
    assert_eq!(before.resume(&query(), &sent).unwrap().ids(), before.query(&query().offset(10)).unwrap().ids());
}

#[test]
fn a_cursor_of_another_question_is_a_mismatch() {
    let (index, _) = index();
    let snapshot = index.snapshot();
    let sent = cursor(&snapshot);
    let others = [
        query().filter(Filter::all([])),
        query().filter(Filter::str_contains("$name", "LEAD")),
        query().filter(Filter::all([Filter::str_contains("$name", "lead")])),
        query().sort_by("$name", Order::Asc),
        query().sort_by("$email", Order::Desc),
        query().universe(Universe::Everyone),
        query().at(now()),
        query().at(DateTime::MIN),
    ];
    for other in others {
        let error = snapshot.resume(&other, &sent).unwrap_err();
        assert_eq!((error.code(), error.kind()), ("cursor_mismatch", lead_index::ErrorKind::Validation), "{other:?}");
        let own = snapshot.query(&other).unwrap().next_cursor().expect("more than a page");
        assert!(snapshot.resume(&other, &own).is_ok(), "{other:?} goes on with its own");
        assert_eq!(snapshot.resume(&query(), &own).unwrap_err().code(), "cursor_mismatch", "{other:?}");
    }
    let alike = query().limit(3).offset(50).deadline(std::time::Duration::from_secs(60));
    assert_eq!(
        snapshot.resume(&alike, &sent).unwrap().ids(),
        snapshot.query(&query().offset(10).limit(3)).unwrap().ids()
    );
}

/// A question as of the clock goes on as of its first page, wherever the clock stands by then.
#[test]
fn a_resumed_page_is_as_of_its_first_page() {
    let (index, clock) = index();
    let age =
        Filter::from_json(r#"{"type":"daysless","property_name":"$last_seen","value":{"value":1,"unit":"minutes"}}"#);
    let query = Query::new().filter(age.unwrap()).sort_by("$id", Order::Asc).limit(40);
    let first = index.query(&query).unwrap();
    assert_eq!((first.total(), first.ids()), (59, (1..=40).collect::<Vec<u64>>()));
    clock.set(DateTime::from_unix(NOW + 30).unwrap());
    let later = index.snapshot();
    assert_eq!(later.query(&query).unwrap().total(), 29);
    let second = later.resume(&query, &first.next_cursor().unwrap()).unwrap();
    assert_eq!((second.total(), second.ids(), second.next_cursor()), (59, (41..=59).collect::<Vec<u64>>(), None));
    let asked = query.clone().at(DateTime::from_unix(NOW - 10).unwrap());
    let cursor = later.query(&asked).unwrap().next_cursor().unwrap();
    assert_eq!(cursor.total(), 69);
    assert_eq!(later.resume(&asked, &cursor).unwrap().ids(), (41..=69).collect::<Vec<u64>>());
}
