//! What removals leave behind, and what `compact` gives back.

use lead_index::{Change, Filter, Lead, LeadIndex, Order, Query};

fn lead(id: u64) -> Lead {
    Lead::new(id)
        .with_user_id(format!("user-{id}"))
        .with("$name", format!("Name {}", id % 7))
        .with("$sessions", i64::try_from(id % 13).expect("below 13"))
        .with("tags", ["a", "b"])
}

#[test]
fn compacting_sparse_blocks_changes_no_answer_and_frees_memory() {
    let index = LeadIndex::builder().block_rows(64).build();
    for id in 1..=2_000 {
        index.insert(lead(id)).unwrap();
    }
    for id in (1..=2_000).filter(|id| id % 9 != 0) {
        index.remove(id).unwrap();
    }
    let before = index.memory().total();
    let queries = ["$sessions", "$name", "tags", "$id", "nobody has it"]
        .map(|sort| Query::new().filter(Filter::known("$name")).sort_by(sort, Order::Desc).limit(500));
    let answers = queries.clone().map(|query| index.ids(&query).unwrap());
    let snapshot = index.snapshot();
    assert!(index.compact().unwrap() >= 20, "31 blocks are a ninth full");
    index.validate().unwrap();
    assert_eq!(queries.clone().map(|query| index.ids(&query).unwrap()), answers);
    assert_eq!(queries.map(|query| snapshot.ids(&query).unwrap()), answers);
    assert!(index.memory().total() < before / 2, "{} of {before} bytes", index.memory().total());
    assert_eq!(index.get_by_user_id("user-1998"), Some(lead(1998)));
    assert_eq!(index.compact().unwrap(), 0, "nothing is left to do");
}

#[test]
fn compacting_frees_what_writes_left_at_hand_for_the_next() {
    let index = LeadIndex::new();
    for id in 1..=20_000 {
        index.insert(lead(id)).unwrap();
    }
    index.compact().unwrap();
    let compact = index.memory().total();
    for round in 0..3 {
        let changes = |id: u64| [Change::set("$sessions", 20 + round + i64::try_from(id % 50).unwrap())];
        for ids in (1..=20_000).collect::<Vec<u64>>().chunks(1_000) {
            index.batch(|batch| ids.iter().try_for_each(|&id| batch.apply(id, changes(id)).map(|_| ()))).unwrap();
        }
    }
    let written = index.memory().total();
    assert!(written > compact, "{written} bytes hold a second version of what was written to, {compact} do not");
    let held = index.snapshot();
    assert_eq!(index.compact().unwrap(), 0);
    drop(held);
    index.compact().unwrap();
    index.validate().unwrap();
    let freed = index.memory().total();
    assert!(freed < written && freed < compact + compact / 10, "{compact} before, {written} then, {freed} now");
    let total = index.query(&Query::new().filter(Filter::gt("$sessions", 21)).limit(0)).unwrap().total();
    assert_eq!(total, 20_000);
}

#[test]
fn a_flat_or_of_4096_conditions_runs_prints_and_drops_on_a_small_stack() {
    let work = || {
        let conditions: Vec<String> = (0..4_096)
            .map(|n| format!(r#"{{"type":"gt","property_name":"p{}","value":{{"value":{n}}}}}"#, n % 50))
            .collect();
        let json = format!(r#"{{"type":"or","filters":[{}]}}"#, conditions.join(","));
        let filter = Filter::from_json(&json).unwrap();
        let index = LeadIndex::new();
        index.insert(lead(5).with("p7", 8)).unwrap();
        let query = Query::new().filter(filter.clone());
        assert_eq!(index.ids(&query).unwrap(), [5]);
        assert!(index.explain(&query).unwrap().to_string().contains("any of"));
        assert_eq!(Filter::from_json(filter.to_json()).unwrap(), filter);
        assert!(!format!("{filter:?}").is_empty());
    };
    std::thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap().join().unwrap();
}

#[test]
fn explain_says_that_nobody_has_a_property() {
    let index = LeadIndex::new();
    index.insert(lead(1)).unwrap();
    let query = Query::new().filter(Filter::known("$emial")).sort_by("$sesions", Order::Asc);
    let explained = index.explain(&query).unwrap().to_string();
    assert!(explained.contains("nobody has the property"), "{explained}");
    assert!(explained.contains("nobody has it: by id"), "{explained}");
}
