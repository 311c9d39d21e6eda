//! Structured clone: values as bytes, between isolates of the same V8.

use crate::{HandleScope, Local, Value, ffi};

impl HandleScope<'_> {
    /// Writes a value with all that it refers to, cycles included. `None` if
    /// something in it cannot be cloned, such as a function (an error was
    /// thrown).
    pub fn serialize(&mut self, value: Local<'_, Value>) -> Option<Vec<u8>> {
        let mut length = 0;
        // SAFETY: this scope guarantees that the isolate is entered; the bytes
        // are copied, then freed.
        unsafe {
            let (isolate, context) = (self.isolate_ptr(), self.context_ptr());
            let data = ffi::av8_clone_write(isolate, context, value.slot(), &mut length);
            if data.is_null() {
                return None;
            }
            let bytes = std::slice::from_raw_parts(data, length).to_vec();
            ffi::av8_clone_free(data);
            Some(bytes)
        }
    }
}

impl<'s> HandleScope<'s> {
    /// Reads what [`serialize`](Self::serialize) wrote. `None` if the bytes
    /// are something else (an error was thrown).
    pub fn deserialize(&mut self, bytes: &[u8]) -> Option<Local<'s, Value>> {
        // SAFETY: this scope guarantees that the isolate is entered; V8 checks
        // what it reads.
        let value = unsafe {
            let (isolate, context) = (self.isolate_ptr(), self.context_ptr());
            self.local(ffi::av8_clone_read(isolate, context, bytes.as_ptr(), bytes.len()))
        };
        if value.is_none() {
            self.throw_error("the bytes are not a serialized value");
        }
        value
    }
}
