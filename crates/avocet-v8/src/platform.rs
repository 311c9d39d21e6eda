//! Starting V8 in this process.

use std::{ffi::CStr, sync::Once};

use crate::ffi;

static START: Once = Once::new();

/// Threads of V8's own (garbage collection, compilation).
const WORKER_THREADS: i32 = 1;

/// Starts V8 with command-line flags such as `--single-threaded-gc
/// --stack-size=900`. Only the first call in a process has an effect;
/// [`Isolate::new`](crate::Isolate::new) calls it without flags.
pub fn initialize(flags: &str) {
    START.call_once(|| {
        // SAFETY: `Once` makes this the only call in the process; the flags
        // are read during the call.
        unsafe { ffi::av8_initialize(flags.as_ptr().cast(), flags.len(), WORKER_THREADS) }
    });
}

/// The version of the V8 library that is loaded, such as `10.2.154.26`.
pub fn version() -> &'static str {
    // SAFETY: V8 returns a static NUL-terminated string.
    let version = unsafe { CStr::from_ptr(ffi::av8_version()) };
    version.to_str().unwrap_or("unknown")
}
