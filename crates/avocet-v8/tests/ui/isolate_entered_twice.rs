use avocet_v8::{Isolate, IsolateOptions};

fn main() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    let first = isolate.enter();
    let second = isolate.enter();
    drop((first, second));
}
