use avocet_v8::{HandleScope, Integer};

fn both(parent: &mut HandleScope<'_>) {
    let mut guard = HandleScope::new(parent);
    let first = guard.scope();
    let second = guard.scope();
    Integer::new(first, 1);
    Integer::new(second, 2);
}

fn main() {}
