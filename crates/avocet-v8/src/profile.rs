//! CPU profiles.

use std::{
    ffi::{CStr, c_char},
    fmt::Write,
    mem::ManuallyDrop,
    mem::MaybeUninit,
    string::String as StdString,
};

use crate::{
    HandleScope,
    ffi::{self, CpuProfileNode},
};

/// A CPU profile that is being taken, kept in the isolate.
struct Running {
    isolate: *mut ffi::Isolate,
    profiler: *mut ffi::CpuProfiler,
}

// SAFETY: the profiler belongs to the isolate in whose slots it lives, and is
// only touched in a scope of it or when it goes away.
unsafe impl Send for Running {}

impl Drop for Running {
    fn drop(&mut self) {
        // SAFETY: only the isolate drops its slots with this in them: before
        // it is disposed of, while nobody has entered it.
        unsafe { ffi::av8_profiler_abandon(self.isolate, self.profiler) };
    }
}

impl HandleScope<'_> {
    /// Starts to take a CPU profile, with a sample each `interval` of
    /// microseconds. False if one is being taken already.
    pub fn start_cpu_profile(&mut self, interval: u32) -> bool {
        if self.slot::<Running>().is_some() {
            return false;
        }
        let isolate = self.isolate_ptr();
        let interval = i32::try_from(interval).unwrap_or(i32::MAX);
        // SAFETY: this scope guarantees that the isolate is entered.
        let profiler = unsafe { ffi::av8_profiler_start(isolate, interval) };
        self.set_slot(Running { isolate, profiler });
        true
    }

    /// Ends the CPU profile and returns it as JSON, as `.cpuprofile` files for
    /// Chrome DevTools have it. `None` if none is being taken.
    pub fn stop_cpu_profile(&mut self) -> Option<StdString> {
        let running = ManuallyDrop::new(self.take_slot::<Running>()?);
        let mut guard = HandleScope::new(self);
        let scope = guard.scope();
        // SAFETY: the profiler was started in this isolate and is deleted
        // here, once; the profile is read before it is deleted.
        unsafe {
            let profile = ffi::av8_profiler_stop(scope.isolate_ptr(), running.profiler);
            let json = (!profile.is_null()).then(|| {
                let json = write_profile(profile);
                ffi::av8_profile_delete(profile);
                json
            });
            ffi::av8_profiler_delete(running.profiler);
            json
        }
    }
}

/// # Safety
/// `profile` exists.
unsafe fn write_profile(profile: *const ffi::CpuProfile) -> StdString {
    let (mut start, mut end, mut samples) = (0, 0, 0);
    let mut json = StdString::from("{\"nodes\":[");
    // SAFETY: the caller promises that the profile exists, and with it its
    // nodes and samples.
    unsafe {
        ffi::av8_profile_times(profile, &mut start, &mut end, &mut samples);
        write_nodes(&mut json, ffi::av8_profile_root(profile));
    }
    let (mut ids, mut deltas) = (StdString::new(), StdString::new());
    let mut before = start;
    for index in 0..samples {
        let (mut node, mut time) = (0, 0);
        // SAFETY: the index is below the number of samples.
        unsafe { ffi::av8_profile_sample(profile, index, &mut node, &mut time) };
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(ids, "{comma}{node}");
        let _ = write!(deltas, "{comma}{}", time - before);
        before = time;
    }
    let _ = write!(
        json,
        "],\"startTime\":{start},\"endTime\":{end},\"samples\":[{ids}],\"timeDeltas\":[{deltas}]}}"
    );
    json
}

/// Without recursion: a profile is as deep as the profiled stack.
///
/// # Safety
/// `root` and the nodes below it exist.
unsafe fn write_nodes(json: &mut StdString, root: *const CpuProfileNode) {
    let mut pending = vec![root];
    let mut first = true;
    while let Some(node) = pending.pop() {
        if !first {
            json.push(',');
        }
        first = false;
        // SAFETY: the caller promises that the nodes exist.
        let (read, children) = unsafe { read_node(node) };
        // SAFETY: V8 gives NUL-terminated strings that live with the profile.
        unsafe { write_node(json, &read) };
        json.push_str(",\"children\":[");
        for (index, child) in children.iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            // SAFETY: the caller promises that the nodes exist.
            let _ = write!(json, "{}", unsafe { read_node(*child) }.0.id);
        }
        json.push_str("]}");
        pending.extend(children.into_iter().rev());
    }
}

/// # Safety
/// `node` exists.
unsafe fn read_node(node: *const CpuProfileNode) -> (ffi::ProfileNode, Vec<*const CpuProfileNode>) {
    let mut read = MaybeUninit::uninit();
    // SAFETY: the caller promises that the node exists; the shim fills in the
    // whole struct, and the indices are below the number of children.
    unsafe {
        ffi::av8_profile_node_read(node, read.as_mut_ptr());
        let read = read.assume_init();
        let children =
            (0..read.children).map(|index| ffi::av8_profile_node_child(node, index)).collect();
        (read, children)
    }
}

/// # Safety
/// The node's strings exist.
unsafe fn write_node(json: &mut StdString, node: &ffi::ProfileNode) {
    let _ = write!(json, "{{\"id\":{},\"hitCount\":{}", node.id, node.hits);
    json.push_str(",\"callFrame\":{\"functionName\":");
    // SAFETY: the caller promises it.
    unsafe { write_string(json, node.function) };
    let _ = write!(json, ",\"scriptId\":\"{}\",\"url\":", node.script_id);
    // SAFETY: the caller promises it.
    unsafe { write_string(json, node.url) };
    // V8 counts from 1, the format from 0.
    let (line, column) = (node.line - 1, node.column - 1);
    let _ = write!(json, ",\"lineNumber\":{line},\"columnNumber\":{column}}}");
}

/// # Safety
/// `text` is null or NUL-terminated.
unsafe fn write_string(json: &mut StdString, text: *const c_char) {
    json.push('"');
    if !text.is_null() {
        // SAFETY: the caller promises it.
        for character in unsafe { CStr::from_ptr(text) }.to_string_lossy().chars() {
            match character {
                '"' => json.push_str("\\\""),
                '\\' => json.push_str("\\\\"),
                control if control < ' ' => {
                    let _ = write!(json, "\\u{:04x}", control as u32);
                }
                other => json.push(other),
            }
        }
    }
    json.push('"');
}
