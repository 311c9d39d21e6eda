//! Random numbers, memory, exit, and looks at values that JavaScript itself cannot take.

use avocet_v8::{
    Array, ArrayBuffer, ArrayBufferView, HandleScope, Local, Promise, PromiseState, Proxy, Value,
};
use rustix::rand::GetRandomFlags;

use super::results::OpError;
use crate::state::State;

/// As in the Web Crypto API: `getRandomValues` refuses more.
const MAX_RANDOM: usize = 65_536;

pub(super) fn random_fill<'s>(
    scope: &mut HandleScope<'s>,
    view: Local<'s, ArrayBufferView>,
) -> Result<(), OpError> {
    let length = view.byte_length();
    if length > MAX_RANDOM {
        return Err(OpError::range(format!("at most {MAX_RANDOM} bytes at once, not {length}")));
    }
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match rustix::rand::getrandom(&mut bytes[filled..], GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(OpError::new(format!("no random bytes: {error}"))),
        }
    }
    let offset = view.byte_offset();
    let buffer = view.buffer(scope).try_cast::<ArrayBuffer>();
    let buffer = buffer.ok_or_else(|| OpError::type_error("view must not show shared memory"))?;
    buffer.write(offset, &bytes);
    Ok(())
}

/// `[rss, heapTotal, heapUsed, external, arrayBuffers]`, bytes.
pub(super) fn memory_usage(scope: &mut HandleScope<'_>) -> [f64; 5] {
    let statistics = scope.heap_statistics();
    let bytes = [
        resident_bytes().unwrap_or(0),
        statistics.total_heap_size,
        statistics.used_heap_size,
        statistics.external_memory,
        scope.array_buffer_bytes(),
    ];
    bytes.map(|bytes| bytes as f64)
}

/// Resident memory of the process, where the system reports it.
fn resident_bytes() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size())
}

pub(super) fn exit(scope: &mut HandleScope<'_>, code: f64) {
    let activity = crate::activity::current(scope);
    State::of(scope).embedder.exit(code as i32, activity);
    scope.terminate_execution();
}

/// `[0]`, `[1, value]` or `[2, reason]`.
pub(super) fn promise_state<'s>(
    scope: &mut HandleScope<'s>,
    promise: Local<'s, Promise>,
) -> Local<'s, Array> {
    let state = match promise.state() {
        PromiseState::Pending => 0,
        PromiseState::Fulfilled => 1,
        PromiseState::Rejected => 2,
    };
    let mut items: Vec<Local<'s, Value>> = vec![avocet_v8::Integer::new(scope, state).into()];
    if state > 0 {
        items.push(promise.result(scope));
    }
    Array::new_with_elements(scope, &items)
}

/// Undefined: not a proxy; null: revoked.
pub(super) fn proxy_target<'s>(
    scope: &mut HandleScope<'s>,
    value: Local<'s, Value>,
) -> Local<'s, Value> {
    match value.try_cast::<Proxy>() {
        Some(proxy) => proxy.get_target(scope),
        None => avocet_v8::undefined(scope).into(),
    }
}
