//! Callbacks of the shim: the way from V8 back into Rust.
//!
//! Nothing here unwinds into C++: a panic in a function that JavaScript called
//! becomes a JavaScript `Error`; in a callback that cannot throw it ends the
//! process.

use std::{
    any::Any,
    ffi::{c_int, c_void},
    panic::{AssertUnwindSafe, catch_unwind},
    process::abort,
    ptr::null,
};

use crate::{
    Arguments, DynamicImport, DynamicImportFn, Error, HandleScope, IsolateHandle, Local, Promise,
    PromiseRejectMessage, PromiseResolver, ReturnValue, TryCatch,
    ffi::{CallInfo, Ref},
    isolate::State,
    promise,
};

/// # Safety
/// `state` is what the shim got at the isolate's creation, and V8 calls on the
/// thread that has entered the isolate.
unsafe fn state<'a>(state: *mut c_void) -> &'a State {
    // SAFETY: the state outlives the isolate.
    unsafe { &*state.cast::<State>() }
}

fn describe(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

fn check_depth(state: &State, before: u32) {
    if state.depth.get() != before {
        eprintln!("avocet-v8: a callback leaked a scope (mem::forget?); the process stops");
        abort();
    }
}

/// Runs a callback that may throw; `fallback` if it panics.
fn throwing<R>(
    state: &State,
    fallback: R,
    callback: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>) -> R,
) -> R {
    let depth = state.depth.get();
    // SAFETY: V8 calls on the thread that has entered the isolate, with a
    // handle scope of its own that lasts until this returns.
    let mut scope = unsafe { HandleScope::from_state(state) };
    let result = catch_unwind(AssertUnwindSafe(|| callback(&mut scope)));
    check_depth(state, depth);
    result.unwrap_or_else(|panic| {
        let text = format!("internal error: {}", describe(&*panic));
        Error::throw(&mut scope, &text);
        fallback
    })
}

/// Runs a callback that V8 does not expect to throw.
fn silent(state: &State, callback: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>)) {
    let depth = state.depth.get();
    // SAFETY: as in `throwing`.
    let mut scope = unsafe { HandleScope::from_state(state) };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| callback(&mut scope))) {
        eprintln!(
            "avocet-v8: a callback panicked where V8 cannot take an exception ({}); the process stops",
            describe(&*panic)
        );
        abort();
    }
    check_depth(state, depth);
}

/// # Safety
/// `info` and the `length` slots from `values` are those of a call that goes
/// on for `'s`.
unsafe fn call_of<'s>(
    scope: &HandleScope<'s>,
    info: *const CallInfo,
    values: Ref,
    length: c_int,
) -> (Arguments<'s>, ReturnValue<'s>) {
    // SAFETY: the caller's promise.
    unsafe { (Arguments::new(scope, info, values, length), ReturnValue::new(info)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn av8r_op(
    data: *mut c_void,
    index: u32,
    info: *const CallInfo,
    values: Ref,
    length: c_int,
) {
    // SAFETY: the shim passes what it was given.
    let state = unsafe { state(data) };
    throwing(state, (), |scope| match state.ops.get(index as usize) {
        Some(op) => {
            // SAFETY: the shim passes the running call.
            let (arguments, result) = unsafe { call_of(scope, info, values, length) };
            (op.call)(scope, &arguments, result);
        }
        None => Error::throw(
            scope,
            &format!("operation {index} is not in this isolate's table of {}", state.ops.len()),
        ),
    });
}

#[unsafe(no_mangle)]
unsafe extern "C" fn av8r_closure(
    data: *mut c_void,
    index: u32,
    info: *const CallInfo,
    values: Ref,
    length: c_int,
) {
    // SAFETY: the shim passes what it was given.
    let state = unsafe { state(data) };
    throwing(state, (), |scope| {
        let closure = state.closures.borrow().get(index);
        match closure {
            Some(closure) => {
                // SAFETY: the shim passes the running call.
                let (arguments, result) = unsafe { call_of(scope, info, values, length) };
                closure(scope, &arguments, result);
            }
            None => Error::throw(scope, "the Rust function behind this function is gone"),
        }
    });
}

#[unsafe(no_mangle)]
unsafe extern "C" fn av8r_closure_dropped(data: *mut c_void, index: u32) {
    // SAFETY: the shim passes what it was given. V8 collects garbage now, so
    // the closure is only set aside.
    unsafe { state(data) }.closures.borrow_mut().on_collected(index);
}

#[unsafe(no_mangle)]
unsafe extern "C" fn av8r_promise_rejected(
    data: *mut c_void,
    promise: Ref,
    event: c_int,
    value: Ref,
) {
    // SAFETY: the shim passes what it was given.
    let state = unsafe { state(data) };
    let Some(hook) = state.hooks.promise_reject else {
        return;
    };
    let Some(event) = promise::reject_event(event) else {
        return;
    };
    silent(state, |scope| {
        // SAFETY: V8 passes a promise, and no value for a late handler.
        let message = unsafe {
            PromiseRejectMessage { promise: scope.known(promise), event, value: scope.local(value) }
        };
        hook(scope, message);
    });
}

#[unsafe(no_mangle)]
unsafe extern "C" fn av8r_import_dynamically(
    data: *mut c_void,
    context: Ref,
    referrer: Ref,
    specifier: Ref,
    attributes: Ref,
) -> Ref {
    // SAFETY: the shim passes what it was given.
    let state = unsafe { state(data) };
    throwing(state, null(), |scope| {
        scope.set_context(context);
        // SAFETY: V8 passes values of these types.
        let request = unsafe {
            DynamicImport {
                referrer: scope.known(referrer),
                specifier: scope.known(specifier),
                attributes: scope.known(attributes),
            }
        };
        import(scope, state.hooks.dynamic_import, request).map_or(null(), Local::slot)
    })
}

/// V8 wants a promise that is rejected, not an exception.
fn import<'s>(
    scope: &mut HandleScope<'s>,
    hook: Option<DynamicImportFn>,
    request: DynamicImport<'s>,
) -> Option<Local<'s, Promise>> {
    let scope = &mut TryCatch::new(scope);
    let answer = match hook {
        Some(hook) => hook(scope, request),
        None => {
            scope.throw_error("import() is not available here");
            None
        }
    };
    if answer.is_some() || !scope.can_continue() {
        return answer;
    }
    let exception = scope.exception()?;
    scope.reset();
    let resolver = PromiseResolver::new(scope)?;
    resolver.reject(scope, exception)?;
    Some(resolver.get_promise(scope))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn av8r_import_meta(data: *mut c_void, context: Ref, module: Ref, meta: Ref) {
    // SAFETY: the shim passes what it was given.
    let state = unsafe { state(data) };
    let Some(hook) = state.hooks.import_meta else {
        return;
    };
    silent(state, |scope| {
        scope.set_context(context);
        // SAFETY: V8 passes values of these types.
        let (module, meta) = unsafe { (scope.known(module), scope.known(meta)) };
        hook(scope, module, meta);
    });
}

#[unsafe(no_mangle)]
unsafe extern "C" fn av8r_resolve_module(
    data: *mut c_void,
    context: Ref,
    specifier: Ref,
    attributes: Ref,
    referrer: Ref,
) -> Ref {
    // SAFETY: the shim passes what it was given.
    let state = unsafe { state(data) };
    throwing(state, null(), |scope| {
        scope.set_context(context);
        // SAFETY: V8 passes values of these types.
        let (specifier, attributes, referrer) =
            unsafe { (scope.known(specifier), scope.known(attributes), scope.known(referrer)) };
        crate::module::resolve(scope, specifier, attributes, referrer).map_or(null(), Local::slot)
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn av8r_evaluate_synthetic(data: *mut c_void, context: Ref, module: Ref) -> Ref {
    // SAFETY: the shim passes what it was given.
    let state = unsafe { state(data) };
    throwing(state, null(), |scope| {
        scope.set_context(context);
        // SAFETY: V8 passes a module.
        let module = unsafe { scope.known(module) };
        crate::module::evaluate_synthetic(scope, module).map_or(null(), Local::slot)
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn av8r_near_heap_limit(
    data: *mut c_void,
    current: usize,
    initial: usize,
) -> usize {
    // SAFETY: the shim passes what it was given.
    let state = unsafe { state(data) };
    let handle = IsolateHandle::new(state.shared.clone());
    let ask = || {
        let mut callback = state.near_heap_limit.try_borrow_mut().ok()?;
        callback.as_mut().map(|callback| callback(&handle, current, initial))
    };
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(limit) => limit.unwrap_or(current),
        Err(_) => current,
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn av8r_interrupt(data: *mut c_void) {
    // SAFETY: the shim passes what it was given.
    let state = unsafe { state(data) };
    while let Some(interrupt) = state.shared.pop_interrupt() {
        silent(state, |scope| {
            let mut guard = HandleScope::new(scope);
            interrupt(guard.scope());
        });
    }
}
