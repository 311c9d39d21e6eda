use avocet_v8::{HandleScope, Integer};

fn both(parent: &mut HandleScope<'_>) {
    let mut first = HandleScope::new(parent);
    let mut second = HandleScope::new(parent);
    Integer::new(first.scope(), 1);
    Integer::new(second.scope(), 2);
}

fn main() {}
