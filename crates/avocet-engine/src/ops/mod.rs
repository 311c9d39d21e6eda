//! The operations table: what JavaScript calls in Rust, with typed arguments.
//!
//! An operation is an ordinary function whose first parameter is the scope and whose others
//! implement [`FromJs`]; what it returns implements [`IntoJs`]. A table is written once, with
//! [`ops!`](crate::ops!), and gives both the functions and the names under which JavaScript sees
//! them. An argument of the wrong type never reaches the function: JavaScript gets a `TypeError`
//! that names the operation and the argument.
//!
//! ```
//! use avocet_engine::ops::OpError;
//! use avocet_engine::v8::HandleScope;
//!
//! fn divide(_: &mut HandleScope<'_>, dividend: u32, divisor: u32) -> Result<u32, OpError> {
//!     dividend.checked_div(divisor).ok_or_else(|| OpError::range("divisor must not be 0"))
//! }
//!
//! avocet_engine::ops! {
//!     const TABLE;
//!     divide(dividend, divisor) = divide;
//! }
//! assert_eq!(TABLE[0].name, "divide");
//! ```

mod arguments;
mod console;
mod hash;
mod modules;
mod results;
mod system;
mod text;
mod timing;
mod urls;

use avocet_v8::{Arguments, HandleScope, Local, Op, ReturnValue, Value};

pub use arguments::{Blob, Bytes, FromJs};
pub use results::{IntoJs, OpError, OpErrorKind};

/// Declares a table of operations: a constant slice of [`Op`]s.
///
/// The first line names the constant. Each other line is `name(argument, …) = path::to::function;`. The arguments' names stand in error
/// messages; their types are those of the function's parameters.
#[macro_export]
macro_rules! ops {
    ($vis:vis const $table:ident; $($name:ident($($argument:ident),*) = $function:path;)*) => {
        /// The operations, in the order of their indices.
        $vis const $table: &[$crate::v8::Op] = &[$(
            $crate::v8::Op::new(stringify!($name), {
                fn call<'s>(
                    scope: &mut $crate::v8::HandleScope<'s>,
                    arguments: &$crate::v8::Arguments<'s>,
                    result: $crate::v8::ReturnValue<'s>,
                ) {
                    let call = $crate::ops::Call::new(stringify!($name), arguments);
                    $crate::op_body!(call, scope, result, $function, 0usize; $($argument),*;);
                }
                call
            })
        ),*];
    };
}

/// Reads the arguments one by one; part of [`ops!`].
#[doc(hidden)]
#[macro_export]
macro_rules! op_body {
    ($call:ident, $scope:ident, $result:ident, $function:path, $index:expr;
     $argument:ident $(, $more:ident)*; $($read:ident),*) => {
        let Some($argument) = $call.argument($scope, $index, stringify!($argument)) else { return };
        $crate::op_body!($call, $scope, $result, $function, $index + 1;
            $($more),*; $($read,)* $argument);
    };
    ($call:ident, $scope:ident, $result:ident, $function:path, $index:expr;
     ; $($read:ident),*) => {
        let answer = $function($scope, $($read),*);
        $call.finish($scope, answer, $result);
    };
}

/// One call of an operation; part of [`ops!`].
#[doc(hidden)]
pub struct Call<'a, 's> {
    name: &'static str,
    arguments: &'a Arguments<'s>,
}

impl<'a, 's> Call<'a, 's> {
    pub fn new(name: &'static str, arguments: &'a Arguments<'s>) -> Self {
        Self { name, arguments }
    }

    #[inline]
    pub fn argument<T: FromJs<'s>>(
        &self,
        scope: &mut HandleScope<'s>,
        index: usize,
        argument: &str,
    ) -> Option<T> {
        let value = self.arguments.get(index);
        let read = T::from_js(scope, value);
        if read.is_none() {
            self.refuse(scope, argument, T::WANTED, value);
        }
        read
    }

    #[cold]
    fn refuse(
        &self,
        scope: &mut HandleScope<'s>,
        argument: &str,
        wanted: &str,
        value: Local<'s, Value>,
    ) {
        let given = value.type_of(scope).to_rust_string_lossy(scope);
        let text = format!("{}: {argument} must be {wanted}, not {given}", self.name);
        scope.throw_type_error(&text);
    }

    #[inline]
    pub fn finish<T: IntoJs<'s>>(
        &self,
        scope: &mut HandleScope<'s>,
        answer: T,
        result: ReturnValue<'s>,
    ) {
        if let Err(error) = answer.into_js(scope, &result) {
            error.throw(scope, self.name);
        }
    }
}

mod table {
    use super::{console, hash, modules, system, text, timing, urls};

    crate::ops! {
        pub(super) const TABLE;
        print(level, text) = console::print;
        error_report(error) = console::error_report;
        timer_start(id, ms, repeat) = timing::timer_start;
        timer_stop(id) = timing::timer_stop;
        now() = timing::now;
        random_fill(view) = system::random_fill;
        memory_usage() = system::memory_usage;
        exit(code) = system::exit;
        promise_state(promise) = system::promise_state;
        proxy_target(value) = system::proxy_target;
        digest(algorithm, view) = hash::digest;
        utf8_encode(text) = text::utf8_encode;
        utf8_decode(view, fatal) = text::utf8_decode;
        latin1_decode(view) = text::latin1_decode;
        url_parse(input, base) = urls::url_parse;
        url_set(href, part, value) = urls::url_set;
        part_load(name) = modules::part_load;
        module_resolve(request, from) = modules::module_resolve;
        module_kind(path) = modules::module_kind;
        module_read(path) = modules::module_read;
        module_compile(path, source) = modules::module_compile;
        module_require(path) = modules::module_require;
        module_import(path) = modules::module_import;
    }
}

/// The engine's own operations; a personality's follow them in its table.
pub const ENGINE: &[Op] = table::TABLE;
