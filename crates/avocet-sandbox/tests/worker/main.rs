//! A worker process as its supervisor sees it: frames in, frames out.
//!
//! What these do not test: the supervisor, HTTP, and how fast anything is.

mod answers;
mod failures;
mod lifecycle;
mod load;
mod messages;
mod services;
mod support;
