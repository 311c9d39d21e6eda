//! The JavaScript side of a personality: its files, evaluated in a fresh context, now or at
//! compile time for a snapshot.

pub(crate) mod evaluate;
pub(crate) mod script;

pub use evaluate::{evaluate, snapshot, take_hooks};
pub use script::{BootScript, read_folder};
