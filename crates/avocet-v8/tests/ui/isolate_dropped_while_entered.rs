use avocet_v8::{Isolate, IsolateOptions, enter, undefined};

fn main() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    enter!(let scope = &mut isolate);
    drop(isolate);
    undefined(scope);
}
