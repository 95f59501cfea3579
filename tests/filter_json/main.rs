//! The JSON dialect of filters: a table of texts, the hostile inputs by name, and random texts.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like the tests")]

mod hostile;
mod random;
mod table;

use std::collections::HashMap;

use lead_index::{Error, Filter};
use serde_json::value::RawValue;

type Case = HashMap<String, Box<RawValue>>;

#[derive(serde::Deserialize)]
struct Table {
    legal: Vec<Case>,
    illegal: Vec<Case>,
}

fn table() -> Table {
    serde_json::from_str(include_str!("../data/filters.json")).unwrap()
}

/// What a case is about, and the text it gives: as it stands (`json`) or inside a string (`text`).
fn given(case: &Case) -> (String, String) {
    let why = serde_json::from_str(case["why"].get()).unwrap();
    let text = match case.get("text") {
        Some(text) => serde_json::from_str(text.get()).unwrap(),
        None => case["json"].get().to_owned(),
    };
    (why, text)
}

fn refused(json: impl AsRef<[u8]>) -> Error {
    Filter::from_json(json).expect_err("this text must be refused")
}

/// The smallest condition.
const LEAF: &str = r#"{"type":"known","property_name":"a"}"#;
