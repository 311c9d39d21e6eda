use avocet_v8::{HandleScope, Integer, Local, escapable_handle_scope};

fn make<'s>(scope: &mut HandleScope<'s>) -> Local<'s, Integer> {
    escapable_handle_scope!(let scope = scope);
    Integer::new(scope, 1)
}

fn main() {}
