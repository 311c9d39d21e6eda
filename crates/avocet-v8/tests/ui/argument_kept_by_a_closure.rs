use std::cell::Cell;

use avocet_v8::{Function, HandleScope, Local, Value};

thread_local! {
    static KEPT: Cell<Option<Local<'static, Value>>> = const { Cell::new(None) };
}

fn keep(scope: &mut HandleScope<'_>) {
    Function::new(scope, |_, arguments, _| KEPT.set(Some(arguments.get(0))));
}

fn main() {}
