use avocet_v8::{Function, HandleScope, Local, undefined};

fn call(scope: &mut HandleScope<'_>, function: Local<'_, Function>) {
    let count = scope.slot::<u32>();
    let this = undefined(scope).into();
    function.call(scope, this, &[]);
    println!("{count:?}");
}

fn main() {}
