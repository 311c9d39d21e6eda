//! The embedded stores, from outside.

mod common;
mod conformance;
mod delivery;
mod events;
mod folder;
mod full;
mod kill;
mod logs;
mod registry;
mod services;
