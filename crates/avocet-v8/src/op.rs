//! Operations: the Rust functions that JavaScript can call.

use std::marker::PhantomData;

use crate::{
    HandleScope, Local, Object, Value,
    ffi::{self, Ref},
};

/// Signature of an operation or another Rust function called by JavaScript.
///
/// A panic in it becomes a JavaScript `Error`.
pub type FunctionCallback = for<'a, 's> fn(
    scope: &'a mut HandleScope<'s>,
    arguments: &'a Arguments<'s>,
    result: ReturnValue<'s>,
);

/// A Rust function with a name, for [`IsolateOptions::ops`](crate::IsolateOptions).
///
/// JavaScript functions over operations know only their index in that table,
/// so that a snapshot that holds them does not depend on the program that
/// made it: any isolate whose table has the same order gives them a meaning.
#[derive(Clone, Copy)]
pub struct Op {
    /// The name that JavaScript sees, as in `function.name`.
    pub name: &'static str,
    /// Rust function that is called.
    pub call: FunctionCallback,
}

impl Op {
    /// An operation.
    pub const fn new(name: &'static str, call: FunctionCallback) -> Op {
        Op { name, call }
    }

    /// The place of an operation in the table of a program that only makes a
    /// snapshot; calling it throws.
    pub const fn placeholder(name: &'static str) -> Op {
        Op {
            name,
            call: |scope, _, _| {
                let text = "this operation cannot be called while a snapshot is made";
                crate::Error::throw(scope, text);
            },
        }
    }
}

/// The arguments of a call from JavaScript.
pub struct Arguments<'s> {
    info: *const ffi::CallInfo,
    values: Ref,
    length: u32,
    isolate: *mut ffi::Isolate,
    _scope: PhantomData<&'s ()>,
}

impl<'s> Arguments<'s> {
    /// # Safety
    /// `info` and the `length` slots from `values` are those of a call that
    /// goes on for `'s`.
    pub(crate) unsafe fn new(
        scope: &HandleScope<'s>,
        info: *const ffi::CallInfo,
        values: Ref,
        length: i32,
    ) -> Self {
        Arguments {
            info,
            values,
            length: u32::try_from(length).unwrap_or(0),
            isolate: scope.isolate_ptr(),
            _scope: PhantomData,
        }
    }

    /// Number of operations.
    pub fn len(&self) -> usize {
        self.length as usize
    }

    /// Number of operations, as an `i32`.
    pub fn length(&self) -> i32 {
        self.length as i32
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The argument at `index`; `undefined` if there is none.
    #[inline]
    pub fn get(&self, index: usize) -> Local<'s, Value> {
        if index >= self.length as usize {
            return self.undefined();
        }
        let raw = self.values.cast::<usize>().wrapping_add(index).cast();
        // SAFETY: V8 keeps the arguments in consecutive slots during the call.
        unsafe { Local::from_raw_unchecked(raw) }
    }

    #[cold]
    fn undefined(&self) -> Local<'s, Value> {
        // SAFETY: the isolate is entered during the call, and V8 keeps
        // `undefined` in a slot of its own.
        unsafe { Local::from_raw_unchecked(ffi::av8_undefined(self.isolate)) }
    }

    /// The argument at `index`, if it is an integer of 32 bits.
    #[inline]
    pub fn i32(&self, index: usize) -> Option<i32> {
        self.get(index).as_i32()
    }

    /// The argument at `index`, if it is a number.
    #[inline]
    pub fn f64(&self, index: usize) -> Option<f64> {
        self.get(index).as_f64()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Local<'s, Value>> + '_ {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Value of `this` in the call.
    pub fn this(&self) -> Local<'s, Object> {
        // SAFETY: `info` is that of the running call.
        unsafe { Local::from_raw_unchecked(ffi::av8_info_this(self.info)) }
    }

    /// `new.target`: `undefined` in a plain call.
    pub fn new_target(&self) -> Local<'s, Value> {
        // SAFETY: `info` is that of the running call.
        unsafe { Local::from_raw_unchecked(ffi::av8_info_new_target(self.info)) }
    }

    /// Whether it was called with `new`.
    pub fn is_construct_call(&self) -> bool {
        // SAFETY: `info` is that of the running call.
        unsafe { ffi::av8_info_is_construct(self.info) }
    }
}

/// Result slot of a function that JavaScript calls; `undefined` where none is put into it.
pub struct ReturnValue<'s> {
    info: *const ffi::CallInfo,
    _scope: PhantomData<&'s ()>,
}

macro_rules! setters {
    ($($(#[$meta:meta])* $name:ident => $shim:ident($($value:ident: $type:ty)?);)*) => {$(
        $(#[$meta])*
        #[inline]
        pub fn $name(&self, $($value: $type)?) {
            // SAFETY: `info` is that of the running call.
            unsafe { ffi::$shim(self.info, $($value)?) }
        }
    )*};
}

impl ReturnValue<'_> {
    /// # Safety
    /// `info` is that of a call that goes on for the lifetime.
    pub(crate) unsafe fn new(info: *const ffi::CallInfo) -> Self {
        ReturnValue { info, _scope: PhantomData }
    }

    /// Any value.
    #[inline]
    pub fn set(&self, value: Local<'_, Value>) {
        // SAFETY: `info` is that of the running call; V8 copies the value.
        unsafe { ffi::av8_return(self.info, value.slot()) }
    }

    setters! {
        /// `null`.
        set_null => av8_return_null();
        /// A boolean.
        set_bool => av8_return_bool(value: bool);
        /// An integer.
        set_int32 => av8_return_int32(value: i32);
        /// An integer.
        set_uint32 => av8_return_uint32(value: u32);
        /// A number.
        set_double => av8_return_double(value: f64);
        /// The empty string.
        set_empty_string => av8_return_empty_string();
    }
}
