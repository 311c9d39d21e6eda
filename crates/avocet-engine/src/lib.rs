//! An isolate with an event loop: operations, timers, console, modules, snapshots, exceptions with source positions.
