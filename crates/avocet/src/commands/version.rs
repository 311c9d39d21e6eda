//! `avocet --version`.

use std::sync::LazyLock;

static SHORT: LazyLock<String> =
    LazyLock::new(|| format!("{} (V8 {})", env!("CARGO_PKG_VERSION"), avocet_v8::version()));

/// Version of the program and of the V8 that it runs on; V8 is not started for it.
pub(crate) fn short() -> &'static str {
    &SHORT
}
