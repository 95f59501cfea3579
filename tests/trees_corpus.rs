//! Replays the saved inputs of the fuzz target `trees`, so that what fuzzing once found, and what
//! it starts from, is tested on every run without the fuzzer.

#[path = "../fuzz/targets/trees.rs"]
mod target;

use std::path::Path;

/// The inputs in the repository, by name.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/trees");
    let mut inputs: Vec<(String, Vec<u8>)> = std::fs::read_dir(&folder)
        .expect("the corpus is in the repository")
        .map(|entry| {
            let path = entry.expect("a readable folder").path();
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("a readable file"))
        })
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn every_saved_input_agrees_with_the_twin() {
    let inputs = corpus();
    assert!(inputs.len() >= 20, "{} inputs: the corpus has gone", inputs.len());
    for (name, input) in inputs {
        println!("{name}: {} bytes", input.len());
        target::run(&input);
    }
}

#[test]
fn the_shortest_inputs_agree_with_the_twin() {
    target::run(&[]);
    for byte in [0, 1, 0x7f, 0x80, 0xff] {
        for len in [1, 4, 64, 600] {
            target::run(&vec![byte; len]);
        }
    }
}
