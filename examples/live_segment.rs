//! A segment that follows a stream of events and the clock, and tells who enters it and who leaves.
//!
//! ```sh
//! cargo run --release --example live_segment
//! ```
//!
//! The shop is made up and its clock is moved by hand, so every run prints the same. What the example
//! says of the index it asserts.

use std::collections::BTreeSet;
use std::error::Error;

use lead_index::{
    Age, Batch, Change, Clock, Cursor, DateTime, Filter, Heartbeat, JsonLines, LeadIndex, Listener, LiveEvent, Order,
    Query, Snapshot, Target, ValueRef,
};

/// What a visitor does.
enum Deed {
    Comes,
    SignsUp(&'static str),
    /// Puts something into the basket that costs so many cents.
    Adds(i64),
    Pays,
}

use Deed::{Adds, Comes, Pays, SignsUp};

/// The stream: minute after ten, visitor, deed.
const STREAM: &[(i64, u64, Deed)] = &[
    (0, 1, Comes),
    (1, 1, SignsUp("Ann")),
    (1, 1, Adds(4_500)),
    (2, 1, Adds(1_500)),
    (2, 2, Comes),
    (2, 2, Adds(9_000)),
    (4, 3, Comes),
    (4, 3, SignsUp("Cleo")),
    (4, 3, Adds(8_000)),
    (5, 2, SignsUp("Ben")),
    (6, 7, Comes),
    (6, 7, Adds(12_000)),
    (8, 3, Pays),
    (13, 4, Comes),
    (13, 4, SignsUp("Dora")),
    (13, 4, Adds(6_400)),
    (16, 1, Comes),
    (17, 5, Comes),
    (17, 5, SignsUp("Emil")),
    (17, 5, Adds(5_100)),
    (18, 6, Comes),
    (18, 6, SignsUp("Fay")),
    (18, 6, Adds(7_700)),
    (19, 3, Comes),
    (19, 3, Adds(15_000)),
];

fn main() -> Result<(), Box<dyn Error>> {
    let ten: DateTime = "2026-11-27T10:00:00".parse()?;
    let after = |seconds: i64| DateTime::from_unix(ten.unix() + seconds).expect("the same morning");
    let clock = Clock::fixed(ten);
    let index = LeadIndex::builder().clock(clock.clone()).build();

    // Who is about to buy? The index keeps the answer from now on, and tells how it changes.
    let filter = Filter::all([Filter::gt("basket_cents", 5_000), Filter::days_less("$last_seen", Age::minutes(10))]);
    let segment = index.keep_as("about to buy", filter.clone())?;
    let (listener, slow) = (segment.listen(100)?, segment.listen(2)?);
    println!("{:?}: a basket over 50.00, and seen in the last 10 minutes\n", segment.name()?);
    println!("{:<10}{:<38}{:<16}{:>5}", "time", "what happened", "in and out", "total");

    let mut members = BTreeSet::new();
    for second in 0..=20 * 60 {
        clock.set(after(second));
        let deeds = || STREAM.iter().filter(|(minute, ..)| minute * 60 == second);
        if deeds().next().is_some() {
            // All of a moment becomes visible as one.
            index.batch(|batch| deeds().try_for_each(|(_, id, deed)| write(batch, *id, deed)))?;
        } else {
            // Nothing is written: the clock alone may move somebody.
            index.tick()?;
        }
        let moves = hear(&listener, &index.snapshot(), &mut members);
        // The segment is at every second what its filter says, worked out afresh.
        assert_eq!(segment.total()?, index.count(&filter)?);
        assert_eq!(segment.query(&Query::new().sort_by("$id", Order::Asc))?.ids(), Vec::from_iter(members.clone()));
        if deeds().next().is_some() || !moves.is_empty() {
            let said: Vec<String> = deeds().map(|(_, id, deed)| say(*id, deed)).collect();
            let said = if said.is_empty() { "nothing but time".to_owned() } else { said.join(", ") };
            println!("{:<10}{said:<38}{moves:<16}{:>5}", &after(second).to_string()[11..], segment.total()?);
        }
    }
    // Visitor 7 has a full basket too, but is no lead: nobody knows who that is.
    assert_eq!(members, BTreeSet::from([1, 3, 4, 5, 6]));

    // Nobody waits for a slow listener: it is told how much it missed.
    let slow: Vec<LiveEvent> = std::iter::from_fn(|| slow.try_next()).collect();
    println!("\na listener with room for two hears {slow:?}");
    assert!(matches!(slow[..], [LiveEvent::Missed(9), LiveEvent::Entered { .. }, LiveEvent::Entered { id: 3, .. }]));

    // One point in time, page by page. Meanwhile Cleo pays and five minutes go by.
    let snapshot = index.snapshot();
    let query = Query::new().filter(Filter::segment(segment.id())).sort_by("basket_cents", Order::Desc).limit(2);
    let (mut page, mut ids) = (snapshot.query(&query)?, Vec::new());
    println!("\nthe fullest baskets, two a page:");
    loop {
        let leads: Vec<String> = page.leads().map(|lead| basket(&lead)).collect();
        println!("  {}", leads.join(", "));
        ids.extend(page.ids());
        let Some(cursor) = page.next_cursor() else { break };
        index.batch(|batch| write(batch, 3, &Pays))?;
        clock.set(after(25 * 60));
        // A cursor is text on its way to a client and back.
        let sent: Cursor = cursor.to_string().parse()?;
        page = snapshot.resume(&query, &sent)?;
    }
    assert_eq!(ids, [3, 6, 4, 1, 5]);
    assert_eq!(segment.query(&query)?.ids(), [6, 1], "now, without Cleo who paid and Dora who left");

    // All of it at once, each lead once, in the form in which leads are imported.
    let mut lines = Vec::new();
    for lead in snapshot.export(&Filter::segment(segment.id()), "basket_cents", Order::Desc)? {
        serde_json::to_writer(&mut lines, &lead)?;
        lines.push(b'\n');
    }
    let copy = LeadIndex::builder().clock(Clock::fixed(snapshot.now())).build();
    let report = copy.import(JsonLines::from_reader(std::io::Cursor::new(lines)))?;
    println!("\nexported {} leads of 10:20:00 and imported them elsewhere; here it is 10:25:00,", report.accepted);
    println!("and the segment has {} of {} leads", segment.total()?, index.lead_count());
    assert_eq!((report.accepted, copy.count(&filter)?, segment.total()?), (5, 5, 3));
    Ok(())
}

/// What a deed changes.
fn write(batch: &mut Batch<'_>, id: u64, deed: &Deed) -> Result<(), lead_index::Error> {
    let here = Change::heartbeat(Heartbeat::Online);
    let changes = match deed {
        Comes => vec![here, Change::Session],
        SignsUp(name) => vec![here, Change::set("$name", *name), Change::event("Signed up")],
        Adds(cents) => vec![here, Change::event("Product added"), Change::add("basket_cents", *cents)],
        Pays => {
            // A batch sees what it has written.
            let basket = batch.get(id).and_then(|lead| lead.props.get("basket_cents").cloned());
            let Some(lead_index::Value::Number(cents)) = basket else { return Ok(()) };
            let paid = [Change::event("Order paid"), Change::add("spent_cents", cents), Change::delete("basket_cents")];
            Vec::from_iter(std::iter::once(here).chain(paid))
        }
    };
    let done = batch.apply(Target::IdOrNew(id), changes)?;
    assert!(done.ignored.is_empty(), "{done:?}");
    Ok(())
}

/// Brings the members in line with what the listener tells, and says it.
fn hear(listener: &Listener, snapshot: &Snapshot, members: &mut BTreeSet<u64>) -> String {
    let mut said = Vec::new();
    while let Some(event) = listener.try_next() {
        let (sign, id) = match event {
            LiveEvent::Entered { id, .. } => ('+', id),
            LiveEvent::Left { id, .. } => ('-', id),
            other => panic!("the queue is long enough: {other:?}"),
        };
        // Whoever hears of a lead finds it.
        let name = snapshot.get(id).map(|lead| lead.get("$name").map(|name| name.to_string()));
        said.push(format!("{sign} {}", name.flatten().expect("a lead with a name")));
        assert!(if sign == '+' { members.insert(id) } else { members.remove(&id) }, "each move is told once");
    }
    said.join(" ")
}

fn say(id: u64, deed: &Deed) -> String {
    match deed {
        Comes => format!("{id} comes"),
        SignsUp(name) => format!("{id} is {name}"),
        Adds(cents) => format!("{id} adds {}.{:02}", cents / 100, cents % 100),
        Pays => format!("{id} pays"),
    }
}

fn basket(lead: &lead_index::LeadRef<'_>) -> String {
    match (lead.get("$name"), lead.get("basket_cents")) {
        (Some(name), Some(ValueRef::Number(cents))) => format!("{name} {}.{:02}", cents / 100, cents % 100),
        _ => lead.id().to_string(),
    }
}
