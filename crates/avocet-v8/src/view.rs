//! Views of array buffers.

use crate::{
    ArrayBuffer, Data, HandleScope, Local, Object, Value, ffi,
    local::{Handle, castable, handles},
};

handles! {
    /// A typed array or a `DataView`.
    ArrayBufferView: Object, Value, Data;
    /// A typed array.
    TypedArray: ArrayBufferView, Object, Value, Data;
    /// A `DataView`.
    DataView: ArrayBufferView, Object, Value, Data;
}
castable! {
    ArrayBufferView by is_array_buffer_view;
    TypedArray by is_typed_array;
    DataView by is_data_view;
}

impl ArrayBufferView {
    /// Number of bytes that the view shows.
    pub fn byte_length(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_view_length(self.raw()) }
    }

    /// Offset in its buffer, in bytes.
    pub fn byte_offset(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_view_offset(self.raw()) }
    }

    /// Buffer of the view; it can be a [`SharedArrayBuffer`](crate::SharedArrayBuffer).
    pub fn buffer<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Value> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_view_buffer(self.raw())) }
    }

    /// Copies its first bytes; returns how many there were.
    pub fn copy_contents(&self, to: &mut [u8]) -> usize {
        // SAFETY: V8 copies at most `to.len()` bytes.
        unsafe { ffi::av8_view_read(self.raw(), to.as_mut_ptr(), to.len()) }
    }

    /// Appends its bytes to `to`.
    pub fn read_into(&self, to: &mut Vec<u8>) {
        let length = self.byte_length();
        to.reserve(length);
        // SAFETY: there is room for `length` bytes after the end, of which V8
        // says how many it has written.
        unsafe {
            let end = to.as_mut_ptr().add(to.len());
            let read = ffi::av8_view_read(self.raw(), end, length);
            to.set_len(to.len() + read);
        }
    }
}

impl TypedArray {
    /// Number of elements.
    pub fn length(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_typed_array_length(self.raw()) }
    }
}

impl Value {
    /// Appends the bytes of an `ArrayBuffer`, typed array or `DataView` to
    /// `to`; false if it is none of them.
    pub fn read_bytes_into(&self, to: &mut Vec<u8>) -> bool {
        // SAFETY: this is a handle to a value that is valid while it is seen.
        let value: Local<'_, Value> = unsafe { Local::from_raw_unchecked(self.raw()) };
        if let Some(view) = value.try_cast::<ArrayBufferView>() {
            view.read_into(to);
            true
        } else if let Some(buffer) = value.try_cast::<ArrayBuffer>() {
            buffer.read_into(to);
            true
        } else {
            false
        }
    }
}

/// Throws if `length` elements from `offset` on are not within the buffer.
fn check(
    scope: &mut HandleScope<'_>,
    buffer: Local<'_, ArrayBuffer>,
    offset: usize,
    length: usize,
    element: usize,
) -> Option<()> {
    let end = length.checked_mul(element).and_then(|bytes| bytes.checked_add(offset));
    if offset.is_multiple_of(element) && end.is_some_and(|end| end <= buffer.byte_length()) {
        return Some(());
    }
    scope.throw_range_error("the view is not within its buffer");
    None
}

macro_rules! typed_arrays {
    ($($kind:literal $name:ident by $check:ident, $bytes:literal: $words:literal;)*) => {
        handles! {
            $(#[doc = $words] $name: TypedArray, ArrayBufferView, Object, Value, Data;)*
        }
        castable! { $($name by $check;)* }
        $(impl $name {
            /// `length` elements of `buffer` from byte `offset` on. `None` if
            /// they are not within it (a `RangeError` was thrown).
            pub fn new<'s>(
                scope: &mut HandleScope<'s>,
                buffer: Local<'_, ArrayBuffer>,
                offset: usize,
                length: usize,
            ) -> Option<Local<'s, $name>> {
                check(scope, buffer, offset, length, $bytes)?;
                // SAFETY: the scope guarantees that the isolate is entered; the
                // view is within the buffer and aligned.
                unsafe {
                    scope.local(ffi::av8_typed_array_new($kind, buffer.slot(), offset, length))
                }
            }
        })*
    };
}

// The numbers are those of av8_typed_array_new in shim/buffer.cc.
typed_arrays! {
    0 Uint8Array by is_uint8_array, 1: "Bytes.";
    1 Uint8ClampedArray by is_uint8_clamped_array, 1: "Bytes that saturate.";
    2 Int8Array by is_int8_array, 1: "Signed bytes.";
    3 Uint16Array by is_uint16_array, 2: "Unsigned integers of 16 bits.";
    4 Int16Array by is_int16_array, 2: "Integers of 16 bits.";
    5 Uint32Array by is_uint32_array, 4: "Unsigned integers of 32 bits.";
    6 Int32Array by is_int32_array, 4: "Integers of 32 bits.";
    7 Float32Array by is_float32_array, 4: "Numbers of 32 bits.";
    8 Float64Array by is_float64_array, 8: "Numbers of 64 bits.";
    9 BigInt64Array by is_big_int64_array, 8: "Bigints of 64 bits.";
    10 BigUint64Array by is_big_uint64_array, 8: "Unsigned bigints of 64 bits.";
}

impl DataView {
    /// `length` bytes of `buffer` from `offset` on. `None` if they are not
    /// within it (a `RangeError` was thrown).
    pub fn new<'s>(
        scope: &mut HandleScope<'s>,
        buffer: Local<'_, ArrayBuffer>,
        offset: usize,
        length: usize,
    ) -> Option<Local<'s, DataView>> {
        const DATA_VIEW: i32 = 11;
        check(scope, buffer, offset, length, 1)?;
        // SAFETY: the scope guarantees that the isolate is entered; the view
        // is within the buffer.
        unsafe { scope.local(ffi::av8_typed_array_new(DATA_VIEW, buffer.slot(), offset, length)) }
    }
}
