//! Data of an object out of JavaScript's sight: internal fields and private properties.

use crate::{HandleScope, Local, Object, Private, Value, ffi, local::Handle, value::maybe};

impl Object {
    /// Number of internal fields, as its template gave it.
    pub fn internal_field_count(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        usize::try_from(unsafe { ffi::av8_object_field_count(self.raw()) }).unwrap_or(0)
    }

    /// The value in an internal field; `None` if there is no such field.
    pub fn get_internal_field<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        index: usize,
    ) -> Option<Local<'s, Value>> {
        if index >= self.internal_field_count() {
            return None;
        }
        // SAFETY: the field exists.
        unsafe { scope.local(ffi::av8_object_field(self.raw(), index as i32)) }
    }

    /// Sets an internal field; false if there is no such field.
    pub fn set_internal_field(&self, index: usize, value: Local<'_, Value>) -> bool {
        let exists = index < self.internal_field_count();
        if exists {
            // SAFETY: the field exists.
            unsafe { ffi::av8_object_set_field(self.raw(), index as i32, value.slot()) };
        }
        exists
    }

    /// Whether it has a private property.
    pub fn has_private(
        &self,
        scope: &mut HandleScope<'_>,
        key: Local<'_, Private>,
    ) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe { ffi::av8_object_has_private(scope.context_ptr(), self.raw(), key.slot()) })
    }

    /// The value of a private property; `undefined` if there is none.
    pub fn get_private<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        key: Local<'_, Private>,
    ) -> Option<Local<'s, Value>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe {
            scope.local(ffi::av8_object_get_private(scope.context_ptr(), self.raw(), key.slot()))
        }
    }

    /// Sets a private property.
    pub fn set_private(
        &self,
        scope: &mut HandleScope<'_>,
        key: Local<'_, Private>,
        value: Local<'_, Value>,
    ) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe {
            ffi::av8_object_set_private(scope.context_ptr(), self.raw(), key.slot(), value.slot())
        })
    }

    /// Removes a private property.
    pub fn delete_private(
        &self,
        scope: &mut HandleScope<'_>,
        key: Local<'_, Private>,
    ) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe {
            ffi::av8_object_delete_private(scope.context_ptr(), self.raw(), key.slot())
        })
    }
}
