use avocet_v8::Object;

fn make() -> Object {
    Object {}
}

fn main() {}
