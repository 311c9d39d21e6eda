//! Options of an isolate.

use std::string::String as StdString;

use crate::{
    FixedArray, HandleScope, IsolateHandle, Local, Module, Object, Op, Promise,
    PromiseRejectMessage, Snapshot, String, Value,
};

/// Asked when the heap comes near its limit: `(isolate, current limit,
/// initial limit)` in bytes. It returns the new limit; one that is not above
/// the current limit ends the process. The usual answer is to ask for
/// termination and to grant some more for the unwinding. It runs inside
/// garbage collection, on the thread that has entered the isolate.
pub type NearHeapLimitFn = Box<dyn FnMut(&IsolateHandle, usize, usize) -> usize + Send>;

/// Callback for promises that are rejected without a handler, and for handlers that
/// come later.
pub type PromiseRejectFn =
    for<'a, 's> fn(scope: &'a mut HandleScope<'s>, message: PromiseRejectMessage<'s>);

/// Answers a dynamic `import()`. `None` means that it threw.
pub type DynamicImportFn = for<'a, 's> fn(
    scope: &'a mut HandleScope<'s>,
    request: DynamicImport<'s>,
) -> Option<Local<'s, Promise>>;

/// Fills in `import.meta` of a module when it is first used.
pub type ImportMetaFn = for<'a, 's> fn(
    scope: &'a mut HandleScope<'s>,
    module: Local<'s, Module>,
    meta: Local<'s, Object>,
);

/// A dynamic `import()` in a script or module.
#[derive(Clone, Copy, Debug)]
pub struct DynamicImport<'s> {
    /// The name of the script or module that imports.
    pub referrer: Local<'s, Value>,
    /// Specifier of the import.
    pub specifier: Local<'s, String>,
    pub(crate) attributes: Local<'s, FixedArray>,
}

impl DynamicImport<'_> {
    /// Import attributes, such as `("type", "json")`.
    pub fn attributes(&self, scope: &mut HandleScope<'_>) -> Vec<(StdString, StdString)> {
        // Key and value of each.
        self.attributes.read_attributes(scope, 2)
    }
}

/// Options of a new [`Isolate`](crate::Isolate).
pub struct IsolateOptions {
    /// The operations that JavaScript can call; see
    /// [`Function::for_op`](crate::Function::for_op).
    pub ops: &'static [Op],
    /// Start from this snapshot instead of from V8's own.
    pub snapshot: Option<Snapshot>,
    /// Size of the JavaScript heap at the start, in bytes; 0: V8's default.
    pub initial_heap: usize,
    /// Limit of the JavaScript heap in bytes; 0: V8's default, which depends
    /// on the machine. V8 adds its young generation to it.
    pub heap_limit: usize,
    /// Asked when the heap comes near its limit.
    pub near_heap_limit: Option<NearHeapLimitFn>,
    /// Limit of all array buffers together that V8 allocates for this isolate,
    /// in bytes. Over it JavaScript gets a `RangeError`.
    pub array_buffer_limit: usize,
    /// Callback for unhandled promise rejections.
    pub promise_reject: Option<PromiseRejectFn>,
    /// Answers dynamic imports; without it they are rejected.
    pub dynamic_import: Option<DynamicImportFn>,
    /// Fills in `import.meta`.
    pub import_meta: Option<ImportMetaFn>,
    /// Whether `Atomics.wait` may block the thread.
    pub allow_atomics_wait: bool,
    /// Frames that the [`Message`](crate::Message) of an uncaught exception
    /// keeps; 0: none.
    pub stack_frames: u16,
    /// Whether [`HandleScope::load_addon`] works: the caller trusts whatever code asks for it with
    /// the whole process. Never set it for code of others. Without effect for snapshots.
    pub native_addons: bool,
}

impl Default for IsolateOptions {
    fn default() -> Self {
        IsolateOptions {
            ops: &[],
            snapshot: None,
            initial_heap: 0,
            heap_limit: 0,
            near_heap_limit: None,
            array_buffer_limit: usize::MAX,
            promise_reject: None,
            dynamic_import: None,
            import_meta: None,
            allow_atomics_wait: false,
            stack_frames: 10,
            native_addons: false,
        }
    }
}

pub(crate) struct Hooks {
    pub(crate) promise_reject: Option<PromiseRejectFn>,
    pub(crate) dynamic_import: Option<DynamicImportFn>,
    pub(crate) import_meta: Option<ImportMetaFn>,
}
