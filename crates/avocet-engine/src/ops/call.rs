//! The macros that make tables, and one call of an operation.

use avocet_v8::{Arguments, HandleScope, Local, ReturnValue, Value};

use super::arguments::FromJs;
use super::results::IntoJs;

/// Declares a table of operations: a constant slice of [`Op`](avocet_v8::Op)s.
///
/// The first line names the constant. Each other line is `name(argument, …) = path::to::function;`,
/// with doc comments above it. The arguments' names stand in error messages; their types are those
/// of the function's parameters.
///
/// A personality whose build script makes a snapshot keeps the lines in a file that calls a macro
/// of another name, which is `ops!` in the program and [`op_names!`](crate::op_names!) in the build
/// script: so the order of both is one.
#[macro_export]
macro_rules! ops {
    (
        $vis:vis const $table:ident;
        $($(#[$doc:meta])* $name:ident($($argument:ident),* $(,)?) = $function:path;)*
    ) => {
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

/// Declares the same table without its functions: a constant slice of
/// [placeholders](avocet_v8::Op::placeholder), for a build script that makes a snapshot.
#[macro_export]
macro_rules! op_names {
    (
        $vis:vis const $table:ident;
        $($(#[$doc:meta])* $name:ident($($argument:ident),* $(,)?) = $function:path;)*
    ) => {
        $vis const $table: &[$crate::v8::Op] =
            &[$($crate::v8::Op::placeholder(stringify!($name))),*];
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
        match T::from_arguments(scope, self.arguments, index) {
            Ok(read) => Some(read),
            Err(value) => {
                self.refuse(scope, argument, T::WANTED, value);
                None
            }
        }
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
