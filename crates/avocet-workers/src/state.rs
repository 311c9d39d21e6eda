//! States of functions and workers, as their owners report them.

use std::sync::Arc;
use std::time::Duration;

/// Presence of a function in its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Not loaded: the next call loads it.
    Asleep,
    /// Being loaded; calls are already on their way behind it.
    Loading,
    /// Loaded.
    Awake,
}

/// State of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionState {
    /// Whether it is in its worker.
    pub phase: Phase,
    /// Calls that are not answered yet.
    pub in_flight: u32,
    /// The process of its worker (of the first, where it has several), where there is one.
    pub pid: Option<u32>,
    /// Instances that are loaded or being loaded.
    pub instances: u32,
}

/// A function is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// Time that the worker took to load it; zero where it was awake already.
    pub took: Duration,
    /// The worker's process.
    pub pid: u32,
}

/// A worker as it was last heard of.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerStats {
    /// Namespace of its functions, or name of the instance.
    pub namespace: Arc<str>,
    /// Process of the worker; absent where none runs now.
    pub pid: Option<u32>,
    /// Engine that runs the functions in it.
    pub engine: String,
    /// Functions registered in the worker.
    pub functions: usize,
    /// Functions that are awake.
    pub awake: usize,
    /// Calls that are not answered yet.
    pub in_flight: usize,
    /// Bytes of JavaScript heap in use, by the last pong.
    pub heap_bytes: u64,
    /// Workers that died unasked since the namespace exists.
    pub deaths: u64,
}
