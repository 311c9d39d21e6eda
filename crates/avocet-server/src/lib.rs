//! Gateway, admin API and the life of a deployed function.
//!
//! [`Server::bind`] takes two addresses, [`Server::start`] restores what is deployed in the stores
//! that it is given and answers: the gateway callers of functions, the admin API whoever operates
//! the platform.
//!
//! ```text
//!  callers ──► net ──► gateway ─┐
//!     whoever calls by name ──────┴─► calls ──► avocet-workers ──► worker processes
//!                         │             │
//!                         └─► routes ◄──┘
//!                               ▲ swapped by
//! operators ─► net ──► admin ─► life ──► avocet-backplane (registry, logs)
//! ```
//!
//! What holds at any time:
//! - a request finds its function in an immutable table, without a lock; deploys swap the table;
//! - the table follows the registry, whoever changes that: a change is stored first, then it is read
//!   back and is what runs;
//! - a call is an invocation, whoever asks for it: named, counted, logged and traced in one place;
//! - a refused deploy changes nothing: code is loaded beside what runs before it is stored;
//! - a replaced revision finishes its calls, then it is forgotten;
//! - no response is made outside of `avocet-functions`' return table, but for the platform's own
//!   paths and refusals.
//!
//! What this crate is not: it knows no YAML, no return table, no frames and no SQL; those are
//! `avocet-functions`', `avocet-workers`' and `avocet-embedded`'s. It does not choose its stores.

mod admin;
mod calls;
mod delivery;
mod exposition;
mod gateway;
mod host;
mod life;
mod log_lines;
mod log_sink;
mod metrics;
mod neighbours;
mod net;
mod options;
mod outbound;
mod results;
mod routes;
mod schedules;
mod server;
mod services;
mod single;
mod subjects;
mod traces;

pub use admin::Logs;
pub use avocet_api as api;
pub use avocet_runtimes::{
    Environment, InstallOptions, Interpreter, Interpreters, Machine, Mounting, RuntimesOptions,
    v8_launch, v8_visible,
};
pub use calls::observer::{CallObserver, CallReport, CalledFunction, Start};
pub use options::{ArrivalOptions, GatewayOptions, ServerOptions};
pub use schedules::Clock;
pub use server::{RunningServer, Server, ServerError};
pub use single::{FilesError, RunningSingle, Single, SingleError, SingleOptions};
pub use traces::CollectorError;
