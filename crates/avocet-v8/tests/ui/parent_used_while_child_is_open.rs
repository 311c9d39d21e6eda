use avocet_v8::{HandleScope, Integer};

fn both(parent: &mut HandleScope<'_>) {
    let mut guard = HandleScope::new(parent);
    let child = guard.scope();
    Integer::new(parent, 1);
    Integer::new(child, 2);
}

fn main() {}
