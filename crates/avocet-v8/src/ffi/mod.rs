//! The C ABI of `shim/`: what safe Rust in this crate is built on.
//!
//! A handle crosses as the address of its slot ([`Ref`]); null is an empty
//! handle. Every function but those of process start and [`av8_terminate`]
//! wants the isolate entered by the calling thread and a handle scope open.

mod addon;
mod buffer;
mod function;
mod isolate;
mod object;
mod profile;
mod script;
mod snapshot;
mod string;
mod value;

use std::ffi::{c_char, c_int, c_void};

pub(crate) use addon::*;
pub(crate) use buffer::*;
pub(crate) use function::*;
pub(crate) use isolate::*;
pub(crate) use object::*;
pub(crate) use profile::*;
pub(crate) use script::*;
pub(crate) use snapshot::*;
pub(crate) use string::*;
pub(crate) use value::*;

/// The slot of a handle.
pub(crate) type Ref = *const c_void;
/// Frees what Rust lent to V8; called exactly once, on any thread.
pub(crate) type Free = unsafe extern "C" fn(owner: *mut c_void);
/// Receives a piece of a stream; false stops it.
pub(crate) type WriteChunk =
    unsafe extern "C" fn(owner: *mut c_void, data: *const c_char, length: usize) -> bool;

macro_rules! opaque {
    ($($name:ident)*) => {$(
        #[repr(C)]
        pub(crate) struct $name {
            _opaque: [u8; 0],
        }
    )*};
}
opaque!(Isolate TryCatch BackingStore CallInfo Watch CachedData CpuProfiler CpuProfile CpuProfileNode);

#[repr(C)]
pub(crate) struct IsolateParams {
    pub(crate) rust_state: *mut c_void,
    pub(crate) snapshot: *const c_char,
    pub(crate) snapshot_length: usize,
    pub(crate) initial_heap: usize,
    pub(crate) maximum_heap: usize,
    pub(crate) buffer_limit: usize,
    pub(crate) near_heap_limit: bool,
    pub(crate) atomics_wait: bool,
    pub(crate) for_snapshot: bool,
    pub(crate) stack_frames: c_int,
}

#[repr(C)]
pub(crate) struct Source {
    pub(crate) text: Ref,
    pub(crate) name: Ref,
    pub(crate) source_map: Ref,
    pub(crate) line: c_int,
    pub(crate) column: c_int,
    pub(crate) cache: *const u8,
    pub(crate) cache_length: usize,
    pub(crate) eager: bool,
    pub(crate) cache_rejected: bool,
}

#[repr(C)]
pub(crate) struct ProfileNode {
    pub(crate) function: *const c_char,
    pub(crate) url: *const c_char,
    pub(crate) id: u32,
    pub(crate) hits: u32,
    pub(crate) script_id: c_int,
    pub(crate) line: c_int,
    pub(crate) column: c_int,
    pub(crate) children: c_int,
}
