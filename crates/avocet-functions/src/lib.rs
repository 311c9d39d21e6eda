//! The function model, free of I/O.
//!
//! Everything here is a pure function over data: nothing reads a file, a socket or a clock, so all
//! of it is tested as data. The rules that the gateway, the registry and the command line share have
//! their one place here:
//!
//! - [`model`]: what is deployed (functions, subscriptions, ConfigMaps, …) and its limits;
//! - [`project`]: which functions a folder without YAML holds.

pub mod model;
pub mod project;
