//! The heap: its size, its contents, and when to tidy up.

use std::{
    ffi::{c_char, c_void},
    io::{self, Write},
};

use crate::{HandleScope, ffi};

/// Sizes of an isolate's heap, in bytes where they are sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "named as in V8's own documentation")]
pub struct HeapStatistics {
    pub total_heap_size: usize,
    pub total_heap_size_executable: usize,
    pub total_physical_size: usize,
    pub total_available_size: usize,
    pub used_heap_size: usize,
    pub heap_size_limit: usize,
    pub malloced_memory: usize,
    pub external_memory: usize,
    pub peak_malloced_memory: usize,
    pub number_of_native_contexts: usize,
    pub number_of_detached_contexts: usize,
    pub total_global_handles_size: usize,
    pub used_global_handles_size: usize,
}

/// Shortage of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum MemoryPressure {
    /// Not at all.
    None,
    /// V8 collects garbage more eagerly.
    Moderate,
    /// V8 collects all it can, now.
    Critical,
}

struct Sink<'w> {
    writer: &'w mut dyn Write,
    result: io::Result<()>,
}

unsafe extern "C" fn write_chunk(owner: *mut c_void, data: *const c_char, length: usize) -> bool {
    // SAFETY: `write_heap_snapshot` passes its sink, and V8 a chunk of text.
    let (sink, chunk) = unsafe {
        let sink = &mut *owner.cast::<Sink<'_>>();
        (sink, std::slice::from_raw_parts(data.cast::<u8>(), length))
    };
    let write = std::panic::AssertUnwindSafe(|| sink.writer.write_all(chunk));
    sink.result = std::panic::catch_unwind(write)
        .unwrap_or_else(|_| Err(io::Error::other("the writer panicked")));
    sink.result.is_ok()
}

impl HandleScope<'_> {
    /// The sizes of the heap.
    pub fn heap_statistics(&mut self) -> HeapStatistics {
        let mut fields = [0; 13];
        // SAFETY: this scope guarantees that the isolate is entered; the shim
        // writes thirteen numbers.
        unsafe { ffi::av8_heap_statistics(self.isolate_ptr(), fields.as_mut_ptr()) };
        HeapStatistics {
            total_heap_size: fields[0],
            total_heap_size_executable: fields[1],
            total_physical_size: fields[2],
            total_available_size: fields[3],
            used_heap_size: fields[4],
            heap_size_limit: fields[5],
            malloced_memory: fields[6],
            external_memory: fields[7],
            peak_malloced_memory: fields[8],
            number_of_native_contexts: fields[9],
            number_of_detached_contexts: fields[10],
            total_global_handles_size: fields[11],
            used_global_handles_size: fields[12],
        }
    }

    /// Collects all garbage now; it takes long.
    pub fn low_memory_notification(&mut self) {
        // SAFETY: this scope guarantees that the isolate is entered.
        unsafe { ffi::av8_low_memory(self.isolate_ptr()) };
        self.state().release_dropped();
    }

    /// Says how short memory is.
    pub fn memory_pressure_notification(&mut self, level: MemoryPressure) {
        // SAFETY: this scope guarantees that the isolate is entered.
        unsafe { ffi::av8_memory_pressure(self.isolate_ptr(), level as i32) };
    }

    /// Says how much memory outside the heap is kept alive by values in it, as
    /// a change in bytes: V8 then collects garbage earlier.
    pub fn adjust_amount_of_external_allocated_memory(&mut self, change: i64) {
        // SAFETY: this scope guarantees that the isolate is entered.
        unsafe { ffi::av8_adjust_external_memory(self.isolate_ptr(), change) };
    }

    /// Bytes in array buffers that V8 has allocated for this isolate.
    pub fn array_buffer_bytes(&self) -> usize {
        // SAFETY: this scope guarantees that the isolate is alive.
        unsafe { ffi::av8_isolate_buffer_bytes(self.isolate_ptr()) }
    }

    /// Runs one task that V8 has queued for the thread of this isolate, such
    /// as a finalizer; false if there is none. They do not run by themselves.
    pub fn pump_message_loop(&mut self) -> bool {
        // SAFETY: this scope guarantees that the isolate is entered.
        unsafe { ffi::av8_pump(self.isolate_ptr()) }
    }

    /// Whether V8's own threads work for this isolate (such as compiling
    /// WebAssembly), so that more tasks may come.
    pub fn has_pending_background_tasks(&mut self) -> bool {
        // SAFETY: this scope guarantees that the isolate is entered.
        unsafe { ffi::av8_has_background_tasks(self.isolate_ptr()) }
    }

    /// Writes everything on the heap as a `.heapsnapshot` for Chrome DevTools.
    pub fn write_heap_snapshot(&mut self, writer: &mut dyn Write) -> io::Result<()> {
        let mut sink = Sink { writer, result: Ok(()) };
        let owner = std::ptr::from_mut(&mut sink).cast();
        // SAFETY: this scope guarantees that the isolate is entered; the sink
        // outlives the call.
        unsafe { ffi::av8_heap_snapshot(self.isolate_ptr(), write_chunk, owner) };
        sink.result
    }
}
