//! What must not grow, and what must shrink again.

use lead_index::{Filter, Lead, Order, Query};

use crate::{filled, index, lead};

/// Different names and filters asked one after another.
const ASKED: usize = 1_000_000;

#[test]
fn a_million_different_names_and_filters_leave_the_memory_flat() {
    let index = filled(300);
    let ask = |n: usize| {
        let order = if n.is_multiple_of(2) { Order::Asc } else { Order::Desc };
        let query = Query::new()
            .sort_by(format!("nobody has {n}"), order)
            .filter(Filter::any([
                Filter::str_contains("$name", format!("d {n}")),
                Filter::eq("$sessions", n as u64),
                Filter::known(format!("nor {n}")),
            ]))
            .limit(5);
        let page = index.query(&query).expect("a legal question");
        index.count(&Filter::str_eq(format!("also not {n}"), "x")).expect("a legal filter");
        page.total()
    };
    // The structures that repeated questions build on demand stand before the measurement.
    for n in 0..1_000 {
        ask(n);
    }
    let (before, names) = (index.memory().total(), index.properties().len());
    let mut found = 0;
    for n in 1_000..1_000 + ASKED {
        found += ask(n);
    }
    assert_eq!(found, 0, "nothing of this is in the index");
    assert_eq!(index.properties().len(), names, "asking creates no property");
    let after = index.memory().total();
    assert!(after <= before + before / 10 + 65_536, "{before} bytes before, {after} after {ASKED} questions");
    index.validate().unwrap();
}

#[test]
fn removing_nearly_everybody_gives_the_memory_back() {
    let index = index();
    let empty = index.memory().total();
    for id in 1..=20_000 {
        index.insert(lead(id).with("own", format!("text of {id}"))).unwrap();
    }
    index.query(&Query::new().sort_by("own", Order::Asc)).unwrap();
    let full = index.memory().total();
    for id in 11..=20_000 {
        index.remove(id).unwrap();
    }
    index.validate().unwrap();
    let left = index.memory().total();
    assert!(full > 4 * (empty + 65_536), "{full} bytes for 20,000 leads is not worth the test");
    assert!(left < full / 2, "{full} bytes with 20,000 leads, {left} with 10");
    assert_eq!(index.ids(&Query::new().sort_by("$id", Order::Asc)).unwrap(), (1..=10).collect::<Vec<u64>>());
}

#[test]
fn writing_one_lead_again_and_again_leaves_the_memory_flat() {
    let index = filled(200);
    let rewrite = |n: u64| {
        index.upsert(lead(1 + n % 200).with("own", format!("version {n}"))).unwrap();
    };
    (0..5_000).for_each(rewrite);
    let before = index.memory().total();
    (5_000..25_000).for_each(rewrite);
    let after = index.memory().total();
    assert!(after <= before + before / 2 + 65_536, "{before} bytes after 5,000 writes, {after} after 25,000");
    index.validate().unwrap();
}

#[test]
fn three_thousand_sparse_properties_cost_what_their_values_cost() {
    let index = index();
    for id in 1..=600_u64 {
        let mut wide = Lead::new(id).with_conversations(1);
        for k in 0..5 {
            let own = (id - 1) * 5 + k;
            wide = wide.with(format!("own {own}"), i64::try_from(own).unwrap());
        }
        index.insert(wide).unwrap();
    }
    assert_eq!(index.properties().len(), 3_000);
    for own in [0_u64, 1, 1_499, 2_999] {
        let name = format!("own {own}");
        assert_eq!(index.count(&Filter::known(name.clone())).unwrap(), 1);
        assert_eq!(index.count(&Filter::eq(name.clone(), own)).unwrap(), 1);
        assert_eq!(index.ids(&Query::new().sort_by(name, Order::Desc).limit(1)).unwrap(), [own / 5 + 1]);
    }
    let per_value = index.memory().total() / 3_000;
    assert!(per_value < 4_096, "{per_value} bytes a value");
    index.validate().unwrap();
}

#[test]
fn a_lead_with_three_thousand_properties_is_kept_whole() {
    let index = filled(100);
    let wide = (0..3_000).fold(lead(101), |lead, n| lead.with(format!("own {n}"), n));
    index.insert(wide.clone()).unwrap();
    assert_eq!(index.get(101), Some(wide.clone()));
    assert_eq!(index.remove(101).unwrap(), wide);
    assert_eq!(index.count(&Filter::known("own 7")).unwrap(), 0);
    index.validate().unwrap();
}

#[test]
fn leads_of_one_hash_bucket_are_all_kept_apart() {
    // Ids and texts that agree in their low or high bits, as a weak hash would keep.
    let index = index();
    let ids: Vec<u64> = (1..=500_u64).flat_map(|n| [n << 32, n << 48, n.reverse_bits()]).collect();
    let mut expected = ids.clone();
    expected.sort_unstable();
    expected.dedup();
    for id in &expected {
        index.insert(Lead::new(*id).with_user_id(format!("{id:0>40}"))).unwrap();
    }
    assert_eq!(index.ids(&Query::new().sort_by("$id", Order::Asc).limit(10_000)).unwrap(), expected);
    for id in &expected {
        assert_eq!(index.get_by_user_id(&format!("{id:0>40}")).unwrap().id, *id);
    }
    index.validate().unwrap();
}

#[test]
fn nothing_of_a_removed_lead_stays_in_a_dictionary() {
    let index = index();
    let texts = |index: &lead_index::LeadIndex| -> u64 {
        let of = |name: &str| index.memory().properties.iter().find(|p| p.name == name).map_or(0, |p| p.dictionary);
        of("own") + of("list") + of("$email") + of("$user_id")
    };
    let person = |id: u64| {
        lead(id)
            .with("own", format!("text of {id}"))
            .with("list", [format!("item of {id}").as_str()])
            .with("$email", format!("{id}@example.com"))
            .with_user_id(format!("user {id}"))
    };
    for id in 1..=50 {
        index.insert(person(id)).unwrap();
    }
    index.insert(person(51)).unwrap();
    index.remove(51).unwrap();
    let before = texts(&index);
    let long = "x".repeat(250);
    let secret = person(52).with("own", long.as_str()).with("list", [long.as_str()]).with("$email", long.as_str());
    index.insert(secret.with_user_id(long.as_str())).unwrap();
    assert!(texts(&index) > before + 1_000, "the texts are kept while the lead is");
    index.remove(52).unwrap();
    assert_eq!(texts(&index), before);
    // What others have in common with the removed stays.
    index.insert(person(53).with("own", "text of 7")).unwrap();
    index.remove(53).unwrap();
    assert_eq!(index.count(&Filter::str_eq("own", "TEXT OF 7")).unwrap(), 1);
    index.validate().unwrap();
}
