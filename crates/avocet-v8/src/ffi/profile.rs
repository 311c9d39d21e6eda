//! Declarations of `shim/profile.cc`.

use std::ffi::{c_int, c_void};

use super::{CpuProfile, CpuProfileNode, CpuProfiler, Isolate, ProfileNode, Ref, WriteChunk};

unsafe extern "C" {
    pub(crate) fn av8_heap_snapshot(isolate: *mut Isolate, write: WriteChunk, owner: *mut c_void);
    pub(crate) fn av8_profiler_start(isolate: *mut Isolate, interval_us: c_int)
    -> *mut CpuProfiler;
    pub(crate) fn av8_profiler_stop(
        isolate: *mut Isolate,
        profiler: *mut CpuProfiler,
    ) -> *mut CpuProfile;
    pub(crate) fn av8_profiler_abandon(isolate: *mut Isolate, profiler: *mut CpuProfiler);
    pub(crate) fn av8_profiler_delete(profiler: *mut CpuProfiler);
    pub(crate) fn av8_profile_delete(profile: *mut CpuProfile);
    pub(crate) fn av8_profile_root(profile: *const CpuProfile) -> *const CpuProfileNode;
    pub(crate) fn av8_profile_times(
        profile: *const CpuProfile,
        start: *mut i64,
        end: *mut i64,
        samples: *mut c_int,
    );
    pub(crate) fn av8_profile_sample(
        profile: *const CpuProfile,
        index: c_int,
        node: *mut u32,
        time: *mut i64,
    );
    pub(crate) fn av8_profile_node_read(node: *const CpuProfileNode, result: *mut ProfileNode);
    pub(crate) fn av8_profile_node_child(
        node: *const CpuProfileNode,
        index: c_int,
    ) -> *const CpuProfileNode;
    pub(crate) fn av8_clone_write(
        isolate: *mut Isolate,
        context: Ref,
        value: Ref,
        length: *mut usize,
    ) -> *mut u8;
    pub(crate) fn av8_clone_free(bytes: *mut u8);
    pub(crate) fn av8_clone_read(
        isolate: *mut Isolate,
        context: Ref,
        bytes: *const u8,
        length: usize,
    ) -> Ref;
}
