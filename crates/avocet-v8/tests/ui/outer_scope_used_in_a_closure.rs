use avocet_v8::{Function, HandleScope, undefined};

fn smuggle(scope: &mut HandleScope<'_>) {
    let name = undefined(scope);
    Function::new(scope, move |_, _, result| result.set(name.into()));
}

fn main() {}
