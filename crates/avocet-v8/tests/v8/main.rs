//! The binding, used as any program would.

mod addons;
mod buffers;
mod common;
mod errors;
mod fatal;
mod functions;
mod isolates;
mod modules;
mod promises;
mod scripts;
mod snapshots;
mod strings;
mod values;
