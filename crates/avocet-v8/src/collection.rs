//! Arrays, maps and sets. `None` means that JavaScript threw.

use crate::{
    Data, HandleScope, Local, Object, Value, ffi,
    local::{Handle, castable, handles},
    value::maybe,
};

handles! {
    /// An array.
    Array: Object, Value, Data;
    /// A `Map`.
    Map: Object, Value, Data;
    /// A `Set`.
    Set: Object, Value, Data;
    /// A list of V8's own, such as the requests of a module.
    FixedArray: Data;
}
castable! {
    Array by is_array;
    Map by is_map;
    Set by is_set;
}

impl Array {
    /// An array of that length, with holes.
    ///
    /// # Panics
    /// If the length is over 2^31 − 1.
    pub fn new<'s>(scope: &mut HandleScope<'s>, length: usize) -> Local<'s, Array> {
        let length = i32::try_from(length).expect("an array length below 2^31");
        scope.context_ptr();
        // SAFETY: the scope guarantees that the isolate is entered, the line
        // above that a context is.
        unsafe { scope.known(ffi::av8_array_new(scope.isolate_ptr(), length)) }
    }

    /// An array of these elements.
    pub fn new_with_elements<'s>(
        scope: &mut HandleScope<'s>,
        elements: &[Local<'_, Value>],
    ) -> Local<'s, Array> {
        scope.context_ptr();
        let (start, length) = (elements.as_ptr().cast(), elements.len());
        // SAFETY: as in `new`; V8 copies the elements.
        unsafe { scope.known(ffi::av8_array_of(scope.isolate_ptr(), start, length)) }
    }

    /// Length of the array.
    pub fn length(&self) -> u32 {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_array_length(self.raw()) }
    }
}

impl Map {
    /// An empty map.
    pub fn new<'s>(scope: &mut HandleScope<'s>) -> Local<'s, Map> {
        scope.context_ptr();
        // SAFETY: the scope guarantees that the isolate is entered, the line
        // above that a context is.
        unsafe { scope.known(ffi::av8_map_new(scope.isolate_ptr())) }
    }

    /// Number of entries.
    pub fn size(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_map_size(self.raw()) }
    }

    /// Removes all entries.
    pub fn clear(&self) {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_map_clear(self.raw()) }
    }

    /// `map.get(key)`.
    pub fn get<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        key: Local<'_, Value>,
    ) -> Option<Local<'s, Value>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_map_get(scope.context_ptr(), self.raw(), key.slot())) }
    }

    /// `map.set(key, value)`.
    pub fn set<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        key: Local<'_, Value>,
        value: Local<'_, Value>,
    ) -> Option<Local<'s, Map>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe {
            let context = scope.context_ptr();
            scope.local(ffi::av8_map_set(context, self.raw(), key.slot(), value.slot()))
        }
    }

    /// `map.has(key)`.
    pub fn has(&self, scope: &mut HandleScope<'_>, key: Local<'_, Value>) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe { ffi::av8_map_has(scope.context_ptr(), self.raw(), key.slot()) })
    }

    /// `map.delete(key)`.
    pub fn delete(&self, scope: &mut HandleScope<'_>, key: Local<'_, Value>) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe { ffi::av8_map_delete(scope.context_ptr(), self.raw(), key.slot()) })
    }

    /// Keys and values in turn.
    pub fn as_array<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Array> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_map_as_array(self.raw())) }
    }
}

impl Set {
    /// An empty set.
    pub fn new<'s>(scope: &mut HandleScope<'s>) -> Local<'s, Set> {
        scope.context_ptr();
        // SAFETY: the scope guarantees that the isolate is entered, the line
        // above that a context is.
        unsafe { scope.known(ffi::av8_set_new(scope.isolate_ptr())) }
    }

    /// Number of members.
    pub fn size(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_set_size(self.raw()) }
    }

    /// `set.add(key)`.
    pub fn add<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        key: Local<'_, Value>,
    ) -> Option<Local<'s, Set>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_set_add(scope.context_ptr(), self.raw(), key.slot())) }
    }

    /// `set.has(key)`.
    pub fn has(&self, scope: &mut HandleScope<'_>, key: Local<'_, Value>) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe { ffi::av8_set_has(scope.context_ptr(), self.raw(), key.slot()) })
    }

    /// `set.delete(key)`.
    pub fn delete(&self, scope: &mut HandleScope<'_>, key: Local<'_, Value>) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe { ffi::av8_set_delete(scope.context_ptr(), self.raw(), key.slot()) })
    }

    /// Members of the set.
    pub fn as_array<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Array> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_set_as_array(self.raw())) }
    }
}

impl FixedArray {
    /// Number of elements.
    pub fn length(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        usize::try_from(unsafe { ffi::av8_fixed_array_length(self.raw()) }).unwrap_or(0)
    }

    /// The element at `index`.
    pub fn get<'s>(&self, scope: &mut HandleScope<'s>, index: usize) -> Option<Local<'s, Data>> {
        if index >= self.length() {
            return None;
        }
        // SAFETY: the scope guarantees that the isolate is entered; the index
        // is within the list.
        unsafe {
            let context = scope.context_ptr();
            scope.local(ffi::av8_fixed_array_get(context, self.raw(), index as i32))
        }
    }
}
