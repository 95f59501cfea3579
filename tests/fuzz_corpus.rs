//! Replays the corpora of the fuzz targets with the stable compiler.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like the tests")]

#[path = "../fuzz/targets/filter_json.rs"]
mod filter_json;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} holds no seeds");
    for file in files {
        println!("{}", file.display());
        run(&std::fs::read(&file).unwrap());
    }
}

#[test]
fn every_seed_of_filter_json_passes() {
    replay("filter_json", filter_json::run);
}
