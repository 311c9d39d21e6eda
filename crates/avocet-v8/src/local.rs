//! Handles that live as long as the scope that made them.

use std::{fmt, marker::PhantomData, ops::Deref, ptr::NonNull};

use crate::{
    Global, HandleScope, Value,
    ffi::{self, Ref},
};

mod sealed {
    pub trait Sealed {}
}
pub(crate) use sealed::Sealed;

/// A type that JavaScript values and V8's own objects have in Rust.
///
/// Implemented by this crate's types only. Such a type is never owned: it is
/// seen through a [`Local`] or, between scopes, kept by a [`Global`].
pub trait Handle: Sealed + Sized + 'static {
    #[doc(hidden)]
    fn raw(&self) -> Ref {
        std::ptr::from_ref(self).cast()
    }
}

/// A [`Handle`] that is a JavaScript value, so that a [`Value`] can be cast to
/// it after a check.
pub trait ValueType: Handle {
    /// The type's name in messages.
    const NAME: &'static str;
    /// Whether the value is of this type.
    fn matches(value: &Value) -> bool;
}

/// A reference to a value that is valid while the [`HandleScope`] `'s` is open.
///
/// It is a copyable pointer; methods of `T` and of its parent types (a
/// [`Function`](crate::Function) is an [`Object`](crate::Object) is a
/// [`Value`]) are called on it directly. `into()` converts to a parent type,
/// [`try_cast`](Local::try_cast) and `try_into()` to a more special one.
#[repr(transparent)]
pub struct Local<'s, T> {
    slot: NonNull<T>,
    _scope: PhantomData<&'s T>,
}

impl<T> Copy for Local<'_, T> {}
impl<T> Clone for Local<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<'s, T: Handle> Local<'s, T> {
    /// Opens a [`Global`] in this scope.
    ///
    /// # Panics
    /// If the global belongs to another isolate.
    pub fn new(scope: &mut HandleScope<'s>, global: &Global<T>) -> Local<'s, T> {
        global.open(scope)
    }

    /// # Safety
    /// `raw` is null or a slot of a `T` that stays valid for `'s`.
    pub(crate) unsafe fn from_raw(raw: Ref) -> Option<Self> {
        let slot = NonNull::new(raw.cast_mut().cast())?;
        Some(Local { slot, _scope: PhantomData })
    }

    /// # Safety
    /// As [`from_raw`](Self::from_raw), and `raw` is not null.
    pub(crate) unsafe fn from_raw_unchecked(raw: Ref) -> Self {
        debug_assert!(!raw.is_null());
        Local {
            // SAFETY: the caller promises that it is not null.
            slot: unsafe { NonNull::new_unchecked(raw.cast_mut().cast()) },
            _scope: PhantomData,
        }
    }

    pub(crate) fn slot(self) -> Ref {
        self.slot.as_ptr().cast_const().cast()
    }

    /// # Safety
    /// The value is a `U`.
    pub(crate) unsafe fn reinterpret<U: Handle>(self) -> Local<'s, U> {
        // SAFETY: same slot, same scope; the caller promises the type.
        unsafe { Local::from_raw_unchecked(self.slot()) }
    }
}

impl<'s, T: Handle> Local<'s, T>
where
    Local<'s, T>: Into<Local<'s, Value>>,
{
    /// The same value as a more special type, or `None` if it is not one.
    pub fn try_cast<U: ValueType>(self) -> Option<Local<'s, U>> {
        let value: Local<'s, Value> = self.into();
        // SAFETY: the type has been checked.
        U::matches(&value).then(|| unsafe { value.reinterpret() })
    }

    /// The same value as a more special type.
    ///
    /// # Panics
    /// If the value is of another type.
    #[track_caller]
    pub fn cast<U: ValueType>(self) -> Local<'s, U> {
        match self.try_cast() {
            Some(local) => local,
            None => panic!("the value is not a {}", U::NAME),
        }
    }
}

impl<T> Deref for Local<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the slot is valid while the scope is open, and `T` is a
        // zero-sized stand-in for what V8 keeps there.
        unsafe { self.slot.as_ref() }
    }
}

impl<T> AsRef<T> for Local<'_, T> {
    fn as_ref(&self) -> &T {
        self
    }
}

/// Identity: the same object, or the same primitive stored in the same way.
/// For JavaScript's `===` use [`Value::strict_equals`].
impl<'a, T: Handle, U: Handle> PartialEq<Local<'a, U>> for Local<'_, T> {
    fn eq(&self, other: &Local<'a, U>) -> bool {
        // SAFETY: both slots are valid while their scopes are open.
        unsafe { ffi::av8_same_slot(self.slot(), other.slot()) }
    }
}
impl<T: Handle> Eq for Local<'_, T> {}

impl<T> fmt::Debug for Local<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = std::any::type_name::<T>();
        let short = name.rsplit("::").next().unwrap_or(name);
        write!(f, "Local<{short}>")
    }
}

/// A value is not of the wanted type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value is not a {expected}")]
pub struct CastError {
    /// The name of the wanted type.
    pub expected: &'static str,
}

/// Declares handle types: `Name: Parent, Grandparent…`.
macro_rules! handles {
    ($($(#[$meta:meta])* $name:ident : $parent:ident $(, $above:ident)* ;)*) => {$(
        $(#[$meta])*
        #[repr(C)]
        pub struct $name {
            _opaque: [u8; 0],
            _not_send: std::marker::PhantomData<*mut ()>,
        }
        impl crate::local::Sealed for $name {}
        impl crate::Handle for $name {}
        impl std::ops::Deref for $name {
            type Target = $parent;
            fn deref(&self) -> &$parent {
                // SAFETY: both are zero-sized stand-ins for the same slot, and
                // V8's type is derived from the parent's.
                unsafe { &*std::ptr::from_ref(self).cast() }
            }
        }
        crate::local::upcast!($name => $parent $(, $above)*);
    )*};
}
macro_rules! upcast {
    ($name:ident => $($above:ident),*) => {$(
        impl<'s> From<crate::Local<'s, $name>> for crate::Local<'s, $above> {
            fn from(local: crate::Local<'s, $name>) -> Self {
                // SAFETY: V8's type is derived from the target's.
                unsafe { local.reinterpret() }
            }
        }
    )*};
}
/// Declares which types a [`Value`] can be cast to, and the check.
macro_rules! castable {
    ($($name:ident by $check:ident;)*) => {$(
        impl crate::ValueType for $name {
            const NAME: &'static str = stringify!($name);
            fn matches(value: &crate::Value) -> bool {
                value.$check()
            }
        }
        impl<'s> TryFrom<crate::Local<'s, crate::Value>> for crate::Local<'s, $name> {
            type Error = crate::CastError;
            fn try_from(value: crate::Local<'s, crate::Value>) -> Result<Self, crate::CastError> {
                value.try_cast().ok_or(crate::CastError { expected: stringify!($name) })
            }
        }
    )*};
}
pub(crate) use {castable, handles, upcast};
