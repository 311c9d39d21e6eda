//! The function model, free of I/O.
//!
//! Everything here is a pure function over data: nothing reads a file, a socket or a clock, so all
//! of it is tested as data. The rules that the gateway, the registry and the command line share have
//! their one place here:
//!
//! - [`model`]: what is deployed (functions, subscriptions, ConfigMaps, …) and its limits;
//! - [`manifest`]: reads it from YAML and JSON files, with a [`Diagnostic`] for all that is wrong;
//! - [`project`]: which functions a folder without YAML holds;
//! - [`request`]: routes, body kinds and limits, CORS;
//! - [`response`]: the return table, from what a guest answered to a response;
//! - [`cloudevents`]: CloudEvents 1.0, binary, structured and batched;
//! - [`event`]: what a status means for an event's delivery;
//! - [`filters`]: which events a subscription takes;
//! - [`schedule`]: the times of a cron expression.

pub mod cloudevents;
mod diagnostic;
pub mod event;
pub mod filters;
pub mod manifest;
pub mod model;
pub mod project;
pub mod request;
pub mod response;
pub mod schedule;

pub use diagnostic::{Diagnostic, Place, Severity};
