//! A table of leads, filters and sorts with the ids that must come, run against the engine under
//! every way of working, and against the naive twin: the twin is the meaning of every other test,
//! so it is tested by hand first.

mod twin;

use lead_index::{Filter, Lead, LeadIndex, Order, Universe};
use serde::Deserialize;
use twin::ops::{Op, every_force};
use twin::pair::Pair;
use twin::{Ask, Twin};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    now: String,
    leads: Vec<Lead>,
    filters: Vec<FilterCase>,
    sorts: Vec<SortCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterCase {
    what: String,
    filter: serde_json::Value,
    #[serde(default)]
    universe: Universe,
    ids: Vec<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SortCase {
    what: String,
    sort_prop: String,
    sort_order: Order,
    #[serde(default)]
    universe: Universe,
    #[serde(default)]
    offset: u64,
    limit: Option<u64>,
    total: u64,
    ids: Vec<u64>,
}

fn table() -> Table {
    let table: Table = serde_json::from_str(include_str!("data/cases.json")).expect("the table is well formed");
    assert_eq!(table.now, twin::now().to_string(), "the table is written for the clock of the tests");
    table
}

impl FilterCase {
    fn ask(&self, filter: Filter) -> Ask {
        Ask { universe: self.universe, ..Ask::everything(filter) }
    }
}

impl SortCase {
    fn ask(&self) -> Ask {
        Ask {
            sort: self.sort_prop.clone(),
            order: self.sort_order,
            universe: self.universe,
            offset: self.offset,
            limit: self.limit.unwrap_or(10_000),
            ..Ask::everything(Filter::all([]))
        }
    }
}

fn twin_of(leads: &[Lead]) -> Twin {
    let mut twin = Twin::default();
    for lead in leads {
        twin.insert(lead).expect("the leads of the table are legal");
    }
    twin
}

fn index_of(leads: &[Lead]) -> LeadIndex {
    let mut pair = Pair::new(64);
    for lead in leads {
        pair.apply(&Op::Insert(lead.clone())).expect("the leads of the table are legal");
    }
    pair.index
}

#[test]
fn the_table_is_large_enough_to_mean_something() {
    let table = table();
    assert!(table.filters.len() >= 120, "{} filters", table.filters.len());
    assert!(table.sorts.len() >= 20, "{} sorts", table.sorts.len());
    let mut names: Vec<&str> = table.filters.iter().map(|case| case.what.as_str()).collect();
    names.sort_unstable();
    for pair in names.windows(2) {
        assert_ne!(pair[0], pair[1], "two cases of one name");
    }
}

#[test]
fn the_twin_finds_what_the_table_says() {
    let table = table();
    let twin = twin_of(&table.leads);
    let mut wrong = Vec::new();
    for case in &table.filters {
        let (total, ids) = twin.answer(&case.ask(twin::dialect::read(&case.filter)));
        assert_eq!(total, ids.len() as u64);
        if ids != case.ids {
            wrong.push(format!("{}: found {ids:?}, expected {:?}", case.what, case.ids));
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_twin_sorts_and_pages_as_the_table_says() {
    let table = table();
    let twin = twin_of(&table.leads);
    for case in &table.sorts {
        assert_eq!(twin.answer(&case.ask()), (case.total, case.ids.clone()), "{}", case.what);
    }
}

#[test]
fn the_engine_finds_what_the_table_says_under_every_way_of_working() {
    let table = table();
    let index = index_of(&table.leads);
    for case in &table.filters {
        let filter = Filter::from_json(case.filter.to_string()).expect("the filters of the table are legal");
        for force in every_force() {
            let page = index.query(&case.ask(filter.clone()).query(force)).expect("a legal question");
            let found = (page.total(), page.ids());
            assert_eq!(found, (case.ids.len() as u64, case.ids.clone()), "{} under {force:?}", case.what);
        }
        if case.universe == Universe::Leads {
            assert_eq!(index.count(&filter).unwrap(), case.ids.len() as u64, "{}", case.what);
        }
    }
}

#[test]
fn the_engine_sorts_and_pages_as_the_table_says_under_every_way_of_working() {
    let table = table();
    let index = index_of(&table.leads);
    for prepared in [false, true] {
        for case in &table.sorts {
            if prepared {
                index.prepare_order(&case.sort_prop);
            }
            for force in every_force() {
                let page = index.query(&case.ask().query(force)).expect("a legal question");
                assert_eq!((page.total(), page.ids()), (case.total, case.ids.clone()), "{} {force:?}", case.what);
            }
        }
    }
}

#[test]
fn the_library_and_the_table_read_the_dialect_alike() {
    for case in &table().filters {
        let read = Filter::from_json(case.filter.to_string()).expect("the filters of the table are legal");
        let again = Filter::from_json(read.to_json()).expect("what the library writes it also reads");
        let twin = twin_of(&table().leads);
        let find = |filter: &Filter| twin.answer(&case.ask(filter.clone()));
        assert_eq!(find(&read), find(&twin::dialect::read(&case.filter)), "{}", case.what);
        assert_eq!(find(&again), find(&read), "{}: written and read again", case.what);
    }
}
