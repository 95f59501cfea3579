//! The command `lead-index`.
fn main() {}
