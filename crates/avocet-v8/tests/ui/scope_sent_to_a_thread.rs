use avocet_v8::{HandleScope, undefined};

fn send(scope: &mut HandleScope<'_>) {
    std::thread::scope(|threads| {
        threads.spawn(move || {
            undefined(scope);
        });
    });
}

fn main() {}
