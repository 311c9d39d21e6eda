use avocet_v8::{Local, Value};

fn swap(mut a: Local<'_, Value>, mut b: Local<'_, Value>) {
    std::mem::swap(&mut *a, &mut *b);
}

fn main() {}
