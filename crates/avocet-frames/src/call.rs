use std::fmt;

/// Names a call on one socket: the function that was loaded under the upper 32 bits, and the call
/// to it in the lower 32.
///
/// The supervisor chooses both. A worker finds the function without looking into the head. Call 0
/// is the function itself: load, unload and log lines that belong to no call carry it. Function 0
/// is the worker itself: hello, ping and shutdown carry it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(u64);

impl CallId {
    /// The worker itself: what concerns no function.
    pub const WORKER: Self = Self(0);

    /// Call number `call` of the function loaded as `function`.
    pub const fn new(function: u32, call: u32) -> Self {
        Self((function as u64) << 32 | call as u64)
    }

    /// From the number on the wire.
    pub const fn from_wire(value: u64) -> Self {
        Self(value)
    }

    /// The number on the wire.
    pub const fn to_wire(self) -> u64 {
        self.0
    }

    /// The function's number on this socket; 0 is the worker itself.
    pub const fn function(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The call's number; 0 is the function itself.
    pub const fn call(self) -> u32 {
        self.0 as u32
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.function(), self.call())
    }
}
