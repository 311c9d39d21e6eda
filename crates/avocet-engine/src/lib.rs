//! One isolate: what scripts and functions on V8 have in common.
//!
//! # What is here
//!
//! | module | what |
//! |---|---|
//! | [`realm`] | an isolate with its context, from a snapshot or from source |
//! | [`boot`] | the JavaScript side: its files, and the snapshot that holds them evaluated |
//! | [`mod@ops`] | the operations table: what JavaScript calls in Rust, with typed arguments |
//! | [`run`] | entering JavaScript piece by piece: microtasks, unhandled rejections, uncaught errors |
//! | [`timers`] | due times |
//! | [`resolve`] | which file a `require` or an `import` means |
//! | [`report`], [`error`] | errors with file, line, column, the source line and a caret |
//! | [`activity`] | whose code is running, carried through `await` and timers |
//! | [`embedder`] | the program around a realm: output, exit, clock |
//!
//! # Pieces of work
//!
//! JavaScript is entered for one piece of work at a time: a call, a timer, a completion. A piece
//! ends with [`run::after`]: the microtasks run until none is left, then promises that were
//! rejected and still have no handler are reported. What a piece throws is reported as uncaught
//! and ends nothing else.
//!
//! # Modules
//!
//! CommonJS lives in JavaScript (`js/modules.js`) and asks for reading and compiling; ES modules
//! live here. A file is an ES module by its extension, by the nearest `package.json`, or because
//! it compiles only as one. Either kind can load the other.
//!
//! # Limits
//!
//! [`limits`] bounds the heap. Time is the embedder's: it terminates execution through
//! [`Realm::handle`](realm::Realm::handle), as the monitor of `avocet-sandbox` does.
//!
//! # What is not here
//!
//! No event loop, no async runtime and no I/O: operations for files, sockets and processes belong
//! to a personality, which brings its own table ([`ops!`]), its own files and the loop that enters
//! JavaScript. No jail: this is inside the process.

pub use avocet_v8 as v8;

pub mod activity;
pub mod boot;
pub mod embedder;
pub mod error;
pub mod limits;
mod modules;
pub mod ops;
pub mod realm;
pub mod report;
pub mod resolve;
pub mod run;
mod state;
pub mod timers;
