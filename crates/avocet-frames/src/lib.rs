//! The frames that the supervisor and its workers exchange over a socketpair.
//!
//! ```text
//! u32 length | u8 kind | u64 call | u32 head length | head (JSON) | body bytes
//! ```
//!
//! All integers are little-endian; `length` counts everything after itself. Heads are JSON, so
//! that a guest in any language decodes them with its fastest parser and a person can read them in
//! a debugger; bodies are raw bytes, never base64.
//!
//! This crate is free of I/O and of any choice of runtime: [`codec`] turns bytes into frames and
//! back, [`head`] holds the typed heads. Both ends of the socket use it, so a change here is a
//! change of the protocol: raise [`VERSION`] with it.

mod call;
pub mod codec;
pub mod head;
mod kind;
mod level;
mod services;
mod trace;

pub use call::CallId;
pub use codec::{Frame, FrameError, FrameRef};
pub use kind::Kind;
pub use trace::{SpanId, Trace, TraceId};

/// Version of the protocol, carried by the first frame in each direction ([`Kind::Hello`]).
pub const VERSION: u32 = 3;

/// Bytes of streamed body that either side may send for one call before the other has granted
/// more with a [`Kind::Credit`] frame.
pub const CREDIT_WINDOW: u32 = 256 * 1024;

/// Largest frame that a peer accepts, in bytes: room for the largest body limit that a function
/// can be given (100 MiB) and its head.
pub const MAX_FRAME: usize = 101 * 1024 * 1024;
