//! One binary that runs functions and evented scripts on V8.
fn main() {}
