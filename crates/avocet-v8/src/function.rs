//! Functions, and making them from Rust.

use std::rc::Rc;

use crate::{
    Arguments, Data, HandleScope, Local, Object, ReturnValue, String, Value,
    closure::Closure,
    ffi,
    local::{Handle, castable, handles},
    object::{argument_count, call},
};

handles! {
    /// A function.
    Function: Object, Value, Data;
}
castable! {
    Function by is_function;
}

/// Properties of a function made from Rust, as JavaScript sees them.
#[derive(Clone, Copy, Debug, Default)]
pub struct FunctionOptions<'a> {
    /// The function's `name`.
    pub name: &'a str,
    /// The function's `length`.
    pub length: u16,
    /// Whether `new` works on it.
    pub constructible: bool,
}

/// Callee of a trampoline.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) is_op: bool,
    pub(crate) index: u32,
}

impl Target {
    /// # Panics
    /// If the isolate has no such operation.
    #[track_caller]
    pub(crate) fn op(scope: &HandleScope<'_>, index: usize) -> Target {
        let count = scope.state().ops.len();
        assert!(index < count, "operation {index} is not in this isolate's table of {count}");
        Target { is_op: true, index: index as u32 }
    }

    /// # Panics
    /// If the isolate makes a snapshot.
    #[track_caller]
    pub(crate) fn closure<F>(scope: &HandleScope<'_>, callback: F) -> Target
    where
        F: for<'a, 's> Fn(&'a mut HandleScope<'s>, &'a Arguments<'s>, ReturnValue<'s>)
            + Send
            + 'static,
    {
        let state = scope.state();
        assert!(!state.for_snapshot, "a snapshot cannot hold Rust closures: use Function::for_op");
        let closure: Rc<Closure> = Rc::new(callback);
        Target { is_op: false, index: state.closures.borrow_mut().insert(closure) }
    }
}

impl Function {
    /// A function over a Rust function or closure, which is dropped after the
    /// function has been collected. The name is empty.
    ///
    /// # Panics
    /// If the isolate makes a snapshot: it cannot hold closures.
    pub fn new<'s, F>(scope: &mut HandleScope<'s>, callback: F) -> Option<Local<'s, Function>>
    where
        F: for<'a, 'b> Fn(&'a mut HandleScope<'b>, &'a Arguments<'b>, ReturnValue<'b>)
            + Send
            + 'static,
    {
        Function::with_options(scope, FunctionOptions::default(), callback)
    }

    /// As [`new`](Self::new), with a name and more.
    pub fn with_options<'s, F>(
        scope: &mut HandleScope<'s>,
        options: FunctionOptions<'_>,
        callback: F,
    ) -> Option<Local<'s, Function>>
    where
        F: for<'a, 'b> Fn(&'a mut HandleScope<'b>, &'a Arguments<'b>, ReturnValue<'b>)
            + Send
            + 'static,
    {
        let target = Target::closure(scope, callback);
        let function = Function::make(scope, target, options)?;
        // SAFETY: the scope guarantees that the isolate is entered.
        let watch = unsafe { ffi::av8_watch(scope.isolate_ptr(), function.slot(), target.index) };
        scope.state().closures.borrow_mut().watched(target.index, watch);
        Some(function)
    }

    /// A function over operation `index` of the isolate's table, with its
    /// name. It can be part of a snapshot.
    ///
    /// # Panics
    /// If the isolate has no such operation.
    #[track_caller]
    pub fn for_op<'s>(scope: &mut HandleScope<'s>, index: usize) -> Option<Local<'s, Function>> {
        let target = Target::op(scope, index);
        let options = FunctionOptions { name: scope.state().ops[index].name, ..Default::default() };
        Function::make(scope, target, options)
    }

    fn make<'s>(
        scope: &mut HandleScope<'s>,
        target: Target,
        options: FunctionOptions<'_>,
    ) -> Option<Local<'s, Function>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        let function: Local<'s, Function> = unsafe {
            scope.local(ffi::av8_function_new(
                scope.context_ptr(),
                target.is_op,
                target.index,
                options.length.into(),
                options.constructible,
            ))
        }?;
        if !options.name.is_empty() {
            let name = String::new_internalized(scope, options.name)?;
            function.set_name(name);
        }
        Some(function)
    }

    /// Calls it. `None` means that it threw.
    #[inline]
    pub fn call<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        receiver: Local<'_, Value>,
        arguments: &[Local<'_, Value>],
    ) -> Option<Local<'s, Value>> {
        // SAFETY: this is a function.
        unsafe { call(ffi::av8_function_call, scope, self.raw(), receiver, arguments) }
    }

    /// `new function(…)`. `None` means that it threw.
    pub fn new_instance<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        arguments: &[Local<'_, Value>],
    ) -> Option<Local<'s, Object>> {
        // SAFETY: the scope guarantees that the isolate is entered; the array
        // of arguments has the length that V8 is told.
        unsafe {
            scope.local(ffi::av8_function_construct(
                scope.context_ptr(),
                self.raw(),
                argument_count(arguments),
                arguments.as_ptr().cast(),
            ))
        }
    }

    /// Name of the function as it was written.
    pub fn get_name<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Value> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_function_name(self.raw())) }
    }

    /// Name of the function for people: also a computed `name`, or one found from where it was
    /// assigned.
    pub fn get_debug_name<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Value> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_function_debug_name(self.raw())) }
    }

    /// Gives it a name.
    pub fn set_name(&self, name: Local<'_, String>) {
        // SAFETY: both handles are valid while their scopes are open.
        unsafe { ffi::av8_function_set_name(self.raw(), name.slot()) }
    }

    /// Source of the function, as `Function.prototype.toString` gives it.
    pub fn get_source<'s>(&self, scope: &mut HandleScope<'s>) -> Option<Local<'s, String>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_function_source(scope.context_ptr(), self.raw())) }
    }

    /// Line and column, both from 0, where it is written; `None` for native
    /// functions.
    pub fn get_position(&self) -> Option<(u32, u32)> {
        let mut fields = [0; 3];
        // SAFETY: the handle is valid while its scope is open; the shim writes
        // three numbers.
        unsafe { ffi::av8_function_position(self.raw(), fields.as_mut_ptr()) };
        Some((u32::try_from(fields[0]).ok()?, u32::try_from(fields[1]).ok()?))
    }

    /// The name of the script that it is written in.
    pub fn get_script_name<'s>(&self, scope: &mut HandleScope<'s>) -> Option<Local<'s, Value>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_function_script_name(self.raw())) }
    }
}
