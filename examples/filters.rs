//! The JSON dialect of filters: in, out, its faults, and how a query was answered.
//!
//! ```sh
//! cargo run --release --example filters
//! ```

use std::error::Error;

use lead_index::{Age, Filter, Lead, LeadIndex, Order, Query};

fn main() -> Result<(), Box<dyn Error>> {
    let index = LeadIndex::new();
    for lead in people() {
        index.insert(lead)?;
    }

    // A filter may come as text, in the dialect of the Web API...
    let read = Filter::from_json(
        r#"{"type": "and", "filters": [
            {"type": "str_eq", "property_name": "plan", "value": {"value": "PRO"}},
            {"type": "not", "filters": [{"type": "gt", "property_name": "$sessions", "value": {"value": "5"}}]}]}"#,
    )?;
    // ...or from the constructors. It is the same tree.
    let built = Filter::all([Filter::str_eq("plan", "PRO"), Filter::not(Filter::gt("$sessions", 5))]);
    assert_eq!(read, built);

    // It goes out in one spelling, whatever spelling came in.
    println!("as text:\n  {}\n", read.to_json());

    // Strings are compared in any case. Boris lacks `$sessions`, so "more than 5" does not hold for
    // him, so its `not` does.
    let query = Query::new().filter(read).sort_by("$name", Order::Asc);
    println!("found:");
    for lead in index.query(&query)?.leads() {
        println!("  {} {}", lead.id(), lead.get("$name").map_or_else(String::new, |name| name.to_string()));
    }

    // The same filter tells of a lead that is in no index.
    let newcomer = Lead::new(99).with("$name", "Zoe").with("plan", "pro").with("$sessions", 1);
    println!("  and Zoe, were she in it: {}\n", built.matches(&newcomer));

    // A filter that is not legal is refused with every fault, each with its place.
    let faulty = r#"[{"type": "gt", "property_name": "$sessions", "value": {"value": 1.5}},
                     {"type": "str_contain", "property_name": "$email", "value": {"value": "@"}},
                     {"type": "known"}]"#;
    let error = Filter::from_json(faulty).err().ok_or("the filter has faults")?;
    println!("refused:");
    for problem in error.problems() {
        println!("  {:<22} {:<16} {}", problem.code, problem.pointer, problem.message);
    }

    // How was it answered? The plan, what each step was expected to touch and did touch, the time.
    let recent = Filter::any([Filter::days_less("$last_seen", Age::days(7)), Filter::str_starts("$name", "b")]);
    let query = Query::new().filter(Filter::all([built, recent])).sort_by("$sessions", Order::Desc);
    println!("\nexplained:\n{}", index.explain(&query)?);
    Ok(())
}

fn people() -> Vec<Lead> {
    vec![
        Lead::new(1).with("$name", "Ann").with("plan", "pro").with("$sessions", 3).with("$last_seen", "2026-09-01"),
        Lead::new(2).with("$name", "boris").with("plan", "Pro"),
        Lead::new(3).with("$name", "Clara").with("plan", "pro").with("$sessions", 9).with("$last_seen", "2026-09-20"),
        Lead::new(4).with("$name", "Дарья").with("plan", "free").with("$sessions", 1),
    ]
}
