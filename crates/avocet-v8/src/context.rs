//! Contexts: global objects and their built-ins.

use crate::{
    Data, HandleScope, Local, Object, ObjectTemplate, String, Value, ffi,
    local::{Handle, handles},
};

handles! {
    /// A global object with its own set of built-ins. JavaScript runs in the
    /// context of the innermost [`ContextScope`](crate::ContextScope).
    Context: Data;
}

/// V8 keeps field 0 for its debugger.
const FIRST_FIELD: u32 = 1;

impl Context {
    /// A new context: a copy of the snapshot's default context if the isolate
    /// was made from one.
    pub fn new<'s>(scope: &mut HandleScope<'s>) -> Local<'s, Context> {
        // SAFETY: the scope guarantees that the isolate is entered.
        let raw = unsafe { ffi::av8_context_new(scope.isolate_ptr(), std::ptr::null()) };
        // SAFETY: a handle of this scope, checked not to be empty.
        unsafe { scope.local(raw) }.expect("V8 makes a context unless memory is exhausted")
    }

    /// A new context whose global object is made from a template.
    pub fn with_global<'s>(
        scope: &mut HandleScope<'s>,
        global: Local<'_, ObjectTemplate>,
    ) -> Local<'s, Context> {
        // SAFETY: the scope guarantees that the isolate is entered.
        let raw = unsafe { ffi::av8_context_new(scope.isolate_ptr(), global.slot()) };
        // SAFETY: a handle of this scope, checked not to be empty.
        unsafe { scope.local(raw) }.expect("V8 makes a context unless memory is exhausted")
    }

    /// A copy of the snapshot's additional context `index`; `None` if there is
    /// none such.
    pub fn from_snapshot<'s>(
        scope: &mut HandleScope<'s>,
        index: usize,
    ) -> Option<Local<'s, Context>> {
        scope.state()._snapshot.as_ref()?;
        // SAFETY: the scope guarantees that the isolate is entered; it was
        // made from a snapshot of ours.
        unsafe { scope.local(ffi::av8_context_from_snapshot(scope.isolate_ptr(), index)) }
    }

    /// `globalThis`.
    pub fn global<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Object> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_context_global(self.raw())) }
    }

    /// Whether `eval` and `new Function` work; they do at first.
    pub fn allow_code_generation_from_strings(&self, allow: bool) {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_context_allow_codegen(self.raw(), allow) }
    }

    /// Whether `eval` and `new Function` work.
    pub fn is_code_generation_from_strings_allowed(&self) -> bool {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_context_codegen_allowed(self.raw()) }
    }

    /// Message of the `EvalError` where they do not.
    pub fn set_error_message_for_code_generation_from_strings(&self, message: Local<'_, String>) {
        // SAFETY: both handles are valid while their scopes are open.
        unsafe { ffi::av8_context_codegen_message(self.raw(), message.slot()) }
    }

    /// Keeps a value with the context, at a small index of the caller's choice.
    ///
    /// # Panics
    /// If the index is over 255.
    pub fn set_embedder_data(&self, index: u8, value: Local<'_, Value>) {
        let field = u32::from(index) + FIRST_FIELD;
        // SAFETY: V8 grows the list of fields as needed.
        unsafe { ffi::av8_context_set_data(self.raw(), field as i32, value.slot()) }
    }

    /// The value kept at `index`.
    pub fn embedder_data<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        index: u8,
    ) -> Option<Local<'s, Value>> {
        let field = u32::from(index) + FIRST_FIELD;
        // SAFETY: reads a field that exists.
        unsafe {
            if field >= ffi::av8_context_data_count(self.raw()) {
                return None;
            }
            scope.local(ffi::av8_context_data(self.raw(), field as i32))
        }
    }

    /// Lets this context's code use objects of `other` as its own.
    pub fn share_security_token(&self, other: Local<'_, Context>) {
        // SAFETY: both handles are valid while their scopes are open.
        unsafe { ffi::av8_context_share_token(self.raw(), other.slot()) }
    }

    /// Sets a value that V8 carries along: what is awaited or reacted to from
    /// now on finds it again as [`continuation_data`](Self::continuation_data).
    ///
    /// # Panics
    /// If it is an integer of 32 bits, which some versions of V8 cannot keep
    /// there.
    #[track_caller]
    pub fn set_continuation_data(&self, value: Local<'_, Value>) {
        assert!(!value.is_int32(), "continuation data must not be a small integer");
        // SAFETY: both handles are valid while their scopes are open; only
        // small integers are not heap objects.
        unsafe { ffi::av8_context_set_continuation_data(self.raw(), value.slot()) }
    }

    /// The value that was set where the running code began; `undefined` if
    /// there was none.
    pub fn continuation_data<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Value> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_context_continuation_data(self.raw())) }
    }

    /// V8's object with additional built-ins, such as an empty `console`.
    pub fn extras_binding_object<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Object> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_context_extras(self.raw())) }
    }
}
