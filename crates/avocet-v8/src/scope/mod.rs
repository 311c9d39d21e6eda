//! Scopes: who may touch an isolate, and how long handles live.
//!
//! A scope that owns handles is made in two steps: a guard that holds V8's
//! scope, and a `scope()` that borrows the guard. Handles carry the lifetime
//! of that borrow, so none survives the guard. The macros [`enter!`](crate::enter),
//! [`handle_scope!`](crate::handle_scope) and
//! [`escapable_handle_scope!`](crate::escapable_handle_scope) write both lines.

mod context;
mod entered;
mod escapable;
mod handle;
mod storage;
mod try_catch;

pub use {
    context::ContextScope,
    entered::Entered,
    escapable::{EscapableGuard, EscapableHandleScope},
    handle::{HandleGuard, HandleScope},
    try_catch::TryCatch,
};

/// Enters an isolate and opens its root scope:
/// `enter!(let scope = &mut isolate);`.
#[macro_export]
macro_rules! enter {
    (let $scope:ident = $isolate:expr) => {
        let mut guard = $crate::Isolate::enter($isolate);
        let $scope = guard.scope();
    };
}

/// Opens a scope of handles inside another scope:
/// `handle_scope!(let scope = scope);`.
#[macro_export]
macro_rules! handle_scope {
    (let $scope:ident = $parent:expr) => {
        let mut guard = $crate::HandleScope::new($parent);
        let $scope = guard.scope();
    };
}

/// Opens a scope of handles of which one can be returned to the parent:
/// `escapable_handle_scope!(let scope = parent);` … `scope.escape(value)`.
#[macro_export]
macro_rules! escapable_handle_scope {
    (let $scope:ident = $parent:expr) => {
        let mut guard = $crate::EscapableHandleScope::new($parent);
        let $scope = guard.scope();
    };
}
