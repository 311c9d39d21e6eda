//! Array buffers over V8's or Rust's memory.
//!
//! JavaScript can write to a buffer at any time, so Rust only copies in and
//! out, unless the memory has been taken away from JavaScript.

use std::{
    ffi::c_void,
    fmt,
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

use crate::{
    Data, HandleScope, Local, Object, Value, ffi,
    local::{Handle, castable, handles},
};

handles! {
    /// Bytes that JavaScript can write to.
    ArrayBuffer: Object, Value, Data;
    /// Bytes that several isolates can write to.
    SharedArrayBuffer: Object, Value, Data;
}
castable! {
    ArrayBuffer by is_array_buffer;
    SharedArrayBuffer by is_shared_array_buffer;
}

unsafe extern "C" fn free_boxed<T>(owner: *mut c_void) {
    // SAFETY: made by `Box::into_raw` in `lend`; called once.
    drop(unsafe { Box::from_raw(owner.cast::<T>()) });
}

/// Puts `owner` in a box and borrows its bytes until `free_boxed` is called.
fn lend<T: AsMut<[u8]>>(owner: T) -> (*mut c_void, usize, ffi::Free, *mut c_void) {
    let owner = Box::into_raw(Box::new(owner));
    // SAFETY: just made; until it is freed nobody moves or touches it, so the
    // exclusive borrow of its bytes can last that long.
    let bytes = unsafe { &mut *owner }.as_mut();
    (bytes.as_mut_ptr().cast(), bytes.len(), free_boxed::<T>, owner.cast())
}

/// Memory for an array buffer, not yet or no more reachable from JavaScript:
/// a plain slice of bytes that can go to another thread.
pub struct BackingStore {
    store: NonNull<ffi::BackingStore>,
}

// SAFETY: V8's backing store may be used and freed on any thread, and this
// type is the only owner.
unsafe impl Send for BackingStore {}
// SAFETY: shared use only reads the bytes.
unsafe impl Sync for BackingStore {}

impl BackingStore {
    /// Over Rust's memory, without copying it. The owner is dropped when
    /// nobody needs the bytes any more, on any thread.
    pub fn from_bytes<T: AsMut<[u8]> + Send + 'static>(owner: T) -> BackingStore {
        crate::initialize("");
        let (data, length, free, owner) = lend(owner);
        // SAFETY: the memory is `owner`'s, which the shim frees once.
        let store = unsafe { ffi::av8_store_from_rust(data, length, free, owner, false) };
        BackingStore { store: NonNull::new(store).expect("a new backing store") }
    }

    fn pointer(&self) -> *mut u8 {
        // SAFETY: the store is alive.
        unsafe { ffi::av8_store_data(self.store.as_ptr()) }.cast()
    }

    fn length(&self) -> usize {
        // SAFETY: the store is alive.
        unsafe { ffi::av8_store_length(self.store.as_ptr()) }
    }
}

impl Deref for BackingStore {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match NonNull::new(self.pointer()) {
            // SAFETY: this is the only owner of that many initialized bytes.
            Some(data) => unsafe { std::slice::from_raw_parts(data.as_ptr(), self.length()) },
            None => &[],
        }
    }
}
impl DerefMut for BackingStore {
    fn deref_mut(&mut self) -> &mut [u8] {
        match NonNull::new(self.pointer()) {
            // SAFETY: this is the only owner of that many initialized bytes.
            Some(data) => unsafe { std::slice::from_raw_parts_mut(data.as_ptr(), self.length()) },
            None => &mut [],
        }
    }
}
impl Drop for BackingStore {
    fn drop(&mut self) {
        // SAFETY: the shared pointer was boxed by the shim for this value.
        unsafe { ffi::av8_store_delete(self.store.as_ptr()) };
    }
}
impl fmt::Debug for BackingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackingStore({} bytes)", self.length())
    }
}

impl ArrayBuffer {
    /// Zeroed bytes. `None` if that is over the isolate's limit or the
    /// machine's memory (a `RangeError` was thrown).
    pub fn new<'s>(scope: &mut HandleScope<'s>, length: usize) -> Option<Local<'s, ArrayBuffer>> {
        scope.context_ptr();
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_buffer_new(scope.isolate_ptr(), length)) }
    }

    /// A copy of `bytes`. `None` as in [`new`](Self::new).
    pub fn copy_of<'s>(
        scope: &mut HandleScope<'s>,
        bytes: &[u8],
    ) -> Option<Local<'s, ArrayBuffer>> {
        scope.context_ptr();
        let (data, length) = (bytes.as_ptr().cast(), bytes.len());
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_buffer_copy_of(scope.isolate_ptr(), data, length)) }
    }

    /// Over Rust's memory, without copying it; it does not count against the
    /// isolate's limit. The owner (such as a `Vec<u8>`) is dropped after the
    /// buffer has been collected, on any thread.
    pub fn from_bytes<'s, T>(scope: &mut HandleScope<'s>, owner: T) -> Local<'s, ArrayBuffer>
    where
        T: AsMut<[u8]> + Send + 'static,
    {
        scope.context_ptr();
        let (data, length, free, owner) = lend(owner);
        // SAFETY: the scope guarantees that the isolate is entered; the memory
        // is `owner`'s, which the shim frees once.
        unsafe {
            let isolate = scope.isolate_ptr();
            scope.known(ffi::av8_buffer_over_rust(isolate, data, length, free, owner))
        }
    }

    /// Over memory that was made or taken before.
    pub fn with_backing_store<'s>(
        scope: &mut HandleScope<'s>,
        store: BackingStore,
    ) -> Local<'s, ArrayBuffer> {
        scope.context_ptr();
        // SAFETY: the scope guarantees that the isolate is entered; V8 takes a
        // share of the store, ours ends with this call.
        unsafe {
            scope.known(ffi::av8_buffer_from_store(scope.isolate_ptr(), store.store.as_ptr()))
        }
    }

    /// Length in bytes; 0 once detached.
    pub fn byte_length(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_buffer_length(self.raw()) }
    }

    /// Copies bytes from `offset` on; returns how many there were.
    pub fn read(&self, offset: usize, to: &mut [u8]) -> usize {
        // SAFETY: the shim copies within the buffer and `to`. No JavaScript of
        // this isolate runs meanwhile.
        unsafe { ffi::av8_buffer_read(self.raw(), offset, to.as_mut_ptr(), to.len()) }
    }

    /// Copies bytes to `offset`; returns how many there was room for.
    pub fn write(&self, offset: usize, from: &[u8]) -> usize {
        // SAFETY: the shim copies within the buffer and `from`. No JavaScript
        // of this isolate runs meanwhile.
        unsafe { ffi::av8_buffer_write(self.raw(), offset, from.as_ptr(), from.len()) }
    }

    /// Appends all bytes to `to`.
    pub fn read_into(&self, to: &mut Vec<u8>) {
        let length = self.byte_length();
        to.reserve(length);
        // SAFETY: there is room for `length` bytes after the end, of which the
        // shim says how many it has written.
        unsafe {
            let end = to.as_mut_ptr().add(to.len());
            let read = ffi::av8_buffer_read(self.raw(), 0, end, length);
            to.set_len(to.len() + read);
        }
    }

    /// A copy of all bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.read_into(&mut bytes);
        bytes
    }

    /// Whether it can be detached.
    pub fn is_detachable(&self) -> bool {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_buffer_is_detachable(self.raw()) }
    }

    /// Whether it has been detached.
    pub fn was_detached(&self) -> bool {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_buffer_was_detached(self.raw()) }
    }

    /// Takes its bytes away: it has none afterwards. False if it cannot be
    /// detached.
    pub fn detach(&self, scope: &mut HandleScope<'_>) -> bool {
        scope.context_ptr();
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { ffi::av8_buffer_detach(self.raw()) }
    }

    /// Detaches it and gives its memory to Rust without copying. `None` if it
    /// cannot be detached or something else uses the memory.
    pub fn take(&self, scope: &mut HandleScope<'_>) -> Option<BackingStore> {
        if !self.is_detachable() || self.was_detached() {
            return None;
        }
        if self.byte_length() == 0 {
            // V8 has no memory for it that could be given away.
            return self.detach(scope).then(|| BackingStore::from_bytes(Vec::new()));
        }
        // SAFETY: the handle is valid while its scope is open.
        let store = NonNull::new(unsafe { ffi::av8_buffer_store(self.raw()) })?;
        let store = BackingStore { store };
        // SAFETY: the store is alive.
        let uses = || unsafe { ffi::av8_store_uses(store.store.as_ptr()) };
        // V8 has one share and `store` is the other. Should anything else have
        // one, taking the memory would not be exclusive.
        (uses() == 2 && self.detach(scope) && uses() == 1).then_some(store)
    }
}

/// Memory of a [`SharedArrayBuffer`], which other isolates can share.
pub struct SharedStore {
    store: NonNull<ffi::BackingStore>,
}

// SAFETY: V8's backing store counts its owners atomically; Rust has no access
// to the bytes, and JavaScript's memory model allows races on them.
unsafe impl Send for SharedStore {}
// SAFETY: as above.
unsafe impl Sync for SharedStore {}

impl Clone for SharedStore {
    fn clone(&self) -> Self {
        // SAFETY: the store is alive; the shim makes another share.
        let store = unsafe { ffi::av8_store_clone(self.store.as_ptr()) };
        SharedStore { store: NonNull::new(store).expect("another share") }
    }
}
impl Drop for SharedStore {
    fn drop(&mut self) {
        // SAFETY: the shared pointer was boxed by the shim for this value.
        unsafe { ffi::av8_store_delete(self.store.as_ptr()) };
    }
}
impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedStore")
    }
}

impl SharedStore {
    /// Over Rust's memory, without copying it.
    pub fn from_bytes<T: AsMut<[u8]> + Send + 'static>(owner: T) -> SharedStore {
        crate::initialize("");
        let (data, length, free, owner) = lend(owner);
        // SAFETY: the memory is `owner`'s, which the shim frees once.
        let store = unsafe { ffi::av8_store_from_rust(data, length, free, owner, true) };
        SharedStore { store: NonNull::new(store).expect("a new backing store") }
    }
}

impl SharedArrayBuffer {
    /// Over shared memory.
    pub fn with_backing_store<'s>(
        scope: &mut HandleScope<'s>,
        store: &SharedStore,
    ) -> Local<'s, SharedArrayBuffer> {
        scope.context_ptr();
        let store = store.store.as_ptr();
        // SAFETY: the scope guarantees that the isolate is entered; V8 takes a
        // share of its own.
        unsafe { scope.known(ffi::av8_shared_buffer_from_store(scope.isolate_ptr(), store)) }
    }

    /// Memory of the buffer, for other isolates.
    pub fn backing_store(&self) -> SharedStore {
        // SAFETY: the handle is valid while its scope is open.
        let store = unsafe { ffi::av8_shared_buffer_store(self.raw()) };
        SharedStore { store: NonNull::new(store).expect("a shared buffer has a store") }
    }

    /// Length in bytes.
    pub fn byte_length(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_shared_buffer_length(self.raw()) }
    }
}
