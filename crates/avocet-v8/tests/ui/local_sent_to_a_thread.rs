use avocet_v8::{Local, Value};

fn send(value: Local<'_, Value>) {
    std::thread::scope(|threads| {
        threads.spawn(move || value.is_string());
    });
}

fn main() {}
