//! Safe binding to the system's V8.
//!
//! V8 comes as a shared library from the distribution; `shim/` gives it a C
//! ABI, and this crate makes that safe. It is not a complete binding: it has
//! what running functions and scripts needs.
//!
//! # The model
//!
//! An [`Isolate`] is an instance of V8. It may move between threads, and one
//! thread at a time [enters](enter!) it. Entering gives a [`HandleScope`]: the
//! proof that V8 may be used, which nearly every operation takes as its first
//! argument, and the owner of the values that the operation returns.
//!
//! A value is a [`Local<'s, T>`](Local), a copyable pointer that lives as long
//! as its scope `'s`. To keep a value longer, make a [`Global`], which can be
//! opened again in any later scope. Types form V8's hierarchy by `Deref` (a
//! [`Function`] is an [`Object`] is a [`Value`]); `into()` goes up,
//! [`try_cast`](Local::try_cast) and `try_into()` go down.
//!
//! JavaScript runs in a [`Context`], which a [`ContextScope`] enters. Where it
//! can throw, a method returns `Option`; `None` means that it did, and a
//! [`TryCatch`] around it says what. Without one the exception goes to the
//! JavaScript that called the Rust code.
//!
//! ```
//! use avocet_v8::{
//!     Context, ContextScope, Function, Isolate, IsolateOptions, Script, String, TryCatch, enter,
//!     handle_scope,
//! };
//!
//! let mut isolate = Isolate::new(IsolateOptions::default());
//! enter!(let scope = &mut isolate);
//! let context = Context::new(scope);
//! let scope = &mut ContextScope::new(scope, context);
//!
//! // A function for JavaScript, from Rust.
//! let add = Function::new(scope, |_, arguments, result| {
//!     let sum = arguments.i32(0).unwrap_or(0) + arguments.i32(1).unwrap_or(0);
//!     result.set_int32(sum);
//! })
//! .unwrap();
//! context.global(scope).set_named(scope, "add", add.into());
//!
//! // A child scope: what is made in it is freed with it.
//! handle_scope!(let scope = scope);
//! let source = String::new(scope, "add(40, 2)").unwrap();
//! let script = Script::compile(scope, source, None).unwrap();
//! assert_eq!(script.run(scope).unwrap().as_i32(), Some(42));
//!
//! // Exceptions.
//! let scope = &mut TryCatch::new(scope);
//! let source = String::new(scope, "let answer;\n  nothing.here").unwrap();
//! let script = Script::compile(scope, source, None).unwrap();
//! assert!(script.run(scope).is_none());
//! let message = scope.message().unwrap();
//! assert_eq!(message.get_line_number(scope), Some(2));
//! ```
//!
//! # What there is
//!
//! | for | see |
//! |---|---|
//! | starting V8 | [`initialize`], [`take_flags`], [`version`] |
//! | isolates | [`Isolate`], [`IsolateOptions`], [`IsolateHandle`] (other threads: termination, interrupts), slots: [`HandleScope::set_slot`], [`HandleScope::slot`] |
//! | scopes | [`enter!`], [`handle_scope!`], [`escapable_handle_scope!`], [`ContextScope`], [`TryCatch`] |
//! | operations | [`Op`], [`IsolateOptions::ops`], [`Function::for_op`], [`Arguments`], [`ReturnValue`] |
//! | other functions | [`Function::new`], [`FunctionTemplate`], [`ObjectTemplate`] |
//! | strings | [`String`]: [`new`](String::new), [`intern`](String::intern), [`new_external`](String::new_external), [`write_utf8_into`](String::write_utf8_into) |
//! | bytes | [`ArrayBuffer`]: [`copy_of`](ArrayBuffer::copy_of), [`from_bytes`](ArrayBuffer::from_bytes), [`take`](ArrayBuffer::take); [`Uint8Array`] and other views; [`Value::read_bytes_into`] |
//! | promises | [`Promise`], [`PromiseResolver`], [`HandleScope::perform_microtask_checkpoint`] |
//! | errors | [`Error`], [`Message`], [`StackTrace`], [`HandleScope::throw_type_error`] |
//! | source text | [`Script`], [`Function::compile`], [`Module`], [`CodeCache`] |
//! | snapshots | [`SnapshotCreator`], [`Snapshot`] |
//! | native addons | [`HandleScope::load_addon`], [`IsolateOptions::native_addons`], [`ADDON_HEADER`], [`include_folder`] |
//! | JSON, cloning | [`json`], [`HandleScope::serialize`] |
//! | observation | [`HandleScope::heap_statistics`], [`HandleScope::write_heap_snapshot`], [`HandleScope::start_cpu_profile`], [`Value::kind`] |
//!
//! # Rules that hold
//!
//! - Misuse that could be undefined behaviour does not compile (a handle that
//!   outlives its scope, a scope used while a child of it is open, an isolate
//!   in two threads) or panics (a [`Global`] of another isolate, a second
//!   isolate entered by a thread, an operation that is not in the table).
//! - A panic in a Rust function that JavaScript calls becomes a JavaScript
//!   `Error`.
//! - Microtasks run only when they are asked to.
//! - A fatal error in V8 prints a sentence and ends the process.

mod addon;
mod buffer;
mod callback;
mod checksum;
mod clone;
mod closure;
mod code_cache;
mod collection;
mod context;
mod exception;
mod ffi;
mod function;
mod global;
mod heap;
mod hidden;
mod isolate;
pub mod json;
mod local;
mod module;
mod object;
mod op;
mod platform;
mod primitive;
mod profile;
mod promise;
mod scope;
mod script;
mod snapshot;
mod special;
mod string;
mod template;
mod value;
mod view;

pub use {
    addon::{ADDON_HEADER, ADDON_HEADERS_2009, AddonError, Header},
    buffer::{ArrayBuffer, BackingStore, SharedArrayBuffer, SharedStore},
    code_cache::{CodeCache, Compiled},
    collection::{Array, FixedArray, Map, Set},
    context::Context,
    exception::{Error, ErrorKind, Frame, Message, Position, StackFrame, StackTrace},
    function::{Function, FunctionOptions},
    global::Global,
    heap::{HeapStatistics, MemoryPressure},
    isolate::{
        DynamicImport, DynamicImportFn, ImportMetaFn, Isolate, IsolateHandle, IsolateOptions,
        NearHeapLimitFn, PromiseRejectFn,
    },
    local::{CastError, Handle, Local, ValueType},
    module::{Module, ModuleRequest, ModuleStatus, Request},
    object::{KeyOptions, Object, PropertyAttribute},
    op::{Arguments, FunctionCallback, Op, ReturnValue},
    platform::{include_folder, initialize, library_file, take_flags, unmap_blocks_from, version},
    primitive::{
        BigInt, Boolean, Integer, Name, Number, Primitive, Private, Symbol, WellKnownSymbol, null,
        undefined,
    },
    promise::{Promise, PromiseRejectEvent, PromiseRejectMessage, PromiseResolver, PromiseState},
    scope::{
        ContextScope, Entered, EscapableGuard, EscapableHandleScope, HandleGuard, HandleScope,
        TryCatch,
    },
    script::{Script, ScriptOrigin, Source},
    snapshot::{FunctionCodeHandling, Snapshot, SnapshotCreator, SnapshotError},
    special::{Date, External, Proxy, RegExp},
    string::String,
    template::{FunctionTemplate, ObjectTemplate, Template},
    value::{Data, Value, ValueKind},
    view::{
        ArrayBufferView, BigInt64Array, BigUint64Array, DataView, Float32Array, Float64Array,
        Int8Array, Int16Array, Int32Array, TypedArray, Uint8Array, Uint8ClampedArray, Uint16Array,
        Uint32Array,
    },
};
