//! Any bytes as a filter.
#![no_main]

#[path = "../targets/filter_json.rs"]
mod filter_json;

libfuzzer_sys::fuzz_target!(|data: &[u8]| filter_json::run(data));
