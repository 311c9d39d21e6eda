//! The start-up snapshot of functions, made at compile time.

use std::sync::{Arc, LazyLock};

use avocet_engine::boot::{self, BootScript};
use avocet_engine::realm::{BootSource, Bootstrap};
use avocet_engine::v8::Snapshot;

use crate::guest;

static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sandbox.snapshot"));

/// The personality that every isolate starts from.
pub(crate) fn bootstrap() -> Bootstrap {
    static SHARED: LazyLock<Bootstrap> = LazyLock::new(make);
    SHARED.clone()
}

fn make() -> Bootstrap {
    let scripts: [BootScript; _] = include!(concat!(env!("OUT_DIR"), "/scripts.rs"));
    let scripts: Arc<[BootScript]> = scripts.into();
    let built = Snapshot::from_static(BYTES).ok().filter(Snapshot::is_compatible);
    // Another V8 than at compile time: its own snapshot, made now.
    let fitting = built.or_else(|| boot::snapshot(guest::table(), &scripts, None).ok());
    let source = fitting.map_or(BootSource::Scripts, BootSource::Snapshot);
    Bootstrap { ops: guest::table(), source, scripts }
}
