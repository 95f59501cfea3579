//! Imports a file of leads, asks a few questions, and turns all pages of an answer.
//!
//! ```sh
//! cargo run --release --example import_and_page
//! cargo run --release --example import_and_page -- my-leads.jsonl.gz
//! ```
//!
//! Without a path it reads the customers of a music shop that the tests use: 23,570 people, of
//! whom those who came back a second time are leads.

use std::error::Error;

use lead_index::{Clock, DateTime, Filter, JsonLines, LeadIndex, Order, Query, ValueRef};

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/cdnow-leads.jsonl.gz");

/// Leads of one page.
const PAGE: u64 = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| SHOP.to_owned());

    // The shop's last purchase was on the last day of June 1998: that is this example's "now".
    let now: DateTime = "1998-07-01".parse()?;
    let index = LeadIndex::builder().clock(Clock::fixed(now)).build();

    // Lines that cannot be taken whole are reported; the others load. All become visible at once.
    let report = index.import(JsonLines::open(&path)?)?;
    println!("{path}");
    println!("{} lines taken, {} not", report.accepted, report.rejected);
    for reject in report.rejects.iter().take(3) {
        println!("  line {}: {} [{}]", reject.line, reject.message, reject.code);
    }
    println!("{} people, {} of them leads\n", index.len(), index.lead_count());

    // How many? Counting needs no order and makes no page.
    let regulars = Filter::gt("$sessions", 5);
    println!("{} leads came more than 5 times", index.count(&regulars)?);

    // Who? The regulars who were not seen for 90 days, those who spent most first.
    let lost = Filter::all([regulars, Filter::days_more("$last_seen", lead_index::Age::days(90))]);
    let query = Query::new().filter(lost).sort_by("spent_cents", Order::Desc);
    let page = index.query(&query.clone().limit(5))?;
    println!("{} of them were not seen for 90 days; the best customers among these:", page.total());
    for lead in page.leads() {
        println!(
            "{:>10}  {:>10}  last seen {}",
            lead.id(),
            money(lead.get("spent_cents")),
            date(lead.get("$last_seen"))
        );
    }

    // All of them, page by page. One snapshot answers every page, so whatever is written
    // meanwhile, each lead comes exactly once.
    let snapshot = index.snapshot();
    index.remove(page.ids().first().copied().ok_or("nobody was found")?)?;

    let (mut pages, mut ids) = (0, Vec::new());
    loop {
        let page = snapshot.query(&query.clone().offset(pages * PAGE).limit(PAGE))?;
        if page.leads().len() == 0 {
            break;
        }
        ids.extend(page.ids());
        pages += 1;
    }
    println!("\n{} ids on {pages} pages of the snapshot; the index has moved on:", ids.len());
    println!("{} are left there, at version {}", index.count(&Filter::all([]))?, index.version());
    assert_eq!(ids.len() as u64, page.total());
    Ok(())
}

fn money(cents: Option<ValueRef<'_>>) -> String {
    match cents {
        Some(ValueRef::Number(cents)) => format!("{}.{:02}", cents / 100, cents % 100),
        _ => "unknown".to_owned(),
    }
}

fn date(value: Option<ValueRef<'_>>) -> String {
    value.map_or_else(|| "never".to_owned(), |value| value.to_string())
}
