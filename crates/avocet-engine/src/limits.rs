//! The limit of a heap.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use avocet_v8::NearHeapLimitFn;

/// Bytes that an isolate over its limit gets once more, to unwind in: a built-in function that is
/// in the middle of a large allocation finishes it first, and V8 ends the process where it cannot.
const UNWIND: usize = 64 << 20;

/// Lets the heap grow to `limit` bytes (which may change meanwhile), then calls `over`, which is
/// to terminate execution.
pub fn heap_limit(limit: Arc<AtomicUsize>, over: impl Fn() + Send + 'static) -> NearHeapLimitFn {
    Box::new(move |_, current, _| {
        let limit = limit.load(Ordering::Relaxed);
        if current < limit {
            return limit.min(current.saturating_mul(2));
        }
        over();
        current + UNWIND.max(limit)
    })
}
