//! The binding, used as any program would.

mod buffers;
mod common;
mod functions;
mod strings;
mod values;
