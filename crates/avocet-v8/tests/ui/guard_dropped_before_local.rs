use avocet_v8::{HandleScope, Integer};

fn outlive(scope: &mut HandleScope<'_>) {
    let mut guard = HandleScope::new(scope);
    let local = Integer::new(guard.scope(), 1);
    drop(guard);
    local.value();
}

fn main() {}
