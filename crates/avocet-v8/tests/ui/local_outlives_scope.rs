use avocet_v8::{HandleScope, Integer, handle_scope};

fn outlive(scope: &mut HandleScope<'_>) {
    let escaped = {
        handle_scope!(let scope = scope);
        Integer::new(scope, 1)
    };
    escaped.value();
}

fn main() {}
