//! Calls of functions: what each has, whoever asks for it.

pub(crate) mod head;
pub(crate) mod log;
pub(crate) mod span;
pub(crate) mod trace;
