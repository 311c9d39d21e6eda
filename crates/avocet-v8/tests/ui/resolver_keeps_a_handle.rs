use avocet_v8::{HandleScope, Local, Module, String};

fn keep(scope: &mut HandleScope<'_>, module: Local<'_, Module>) {
    let mut kept: Option<Local<'_, String>> = None;
    module.instantiate_module(scope, |_, specifier, _, _| {
        kept = Some(specifier);
        None
    });
    println!("{kept:?}");
}

fn main() {}
