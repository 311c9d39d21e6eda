use avocet_v8::{HandleScope, Integer, TryCatch};

fn both(scope: &mut HandleScope<'_>) {
    let block = TryCatch::new(scope);
    Integer::new(scope, 1);
    block.has_caught();
}

fn main() {}
