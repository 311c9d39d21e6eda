use std::sync::Arc;

use avocet_v8::{ArrayBuffer, HandleScope};

fn lend(scope: &mut HandleScope<'_>, bytes: Arc<[u8]>) {
    ArrayBuffer::from_bytes(scope, bytes);
}

fn main() {}
