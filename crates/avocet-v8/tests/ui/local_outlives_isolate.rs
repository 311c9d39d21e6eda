use avocet_v8::{Isolate, IsolateOptions, enter, undefined};

fn main() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    let escaped = {
        enter!(let scope = &mut isolate);
        undefined(scope)
    };
    escaped.is_undefined();
}
