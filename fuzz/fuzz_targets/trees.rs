//! Random leads, writes and questions: the engine against its naive twin.
#![no_main]

#[path = "../targets/trees.rs"]
mod trees;

libfuzzer_sys::fuzz_target!(|data: &[u8]| trees::run(data));
