use avocet_v8::{Isolate, IsolateOptions};

fn main() {
    let isolate = Isolate::new(IsolateOptions::default());
    std::thread::scope(|threads| {
        threads.spawn(|| isolate.slot::<u32>());
    });
}
