//! Objects and their properties.
//!
//! Where JavaScript can run (getters, setters, proxies), `None` means that it
//! threw.

use std::{ffi::c_int, ops::BitOr};

use crate::{
    Array, Context, Data, Function, HandleScope, Local, Name, String, Value,
    ffi::{self, Ref},
    local::{Handle, castable, handles},
    value::maybe,
};

handles! {
    /// An object of any kind.
    Object: Value, Data;
}
castable! {
    Object by is_object;
}

/// Attributes of a property; they combine with `|`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PropertyAttribute(pub(crate) i32);

impl PropertyAttribute {
    /// Writable, enumerable and configurable.
    pub const NONE: PropertyAttribute = PropertyAttribute(0);
    /// Not writable.
    pub const READ_ONLY: PropertyAttribute = PropertyAttribute(1);
    /// Not enumerable.
    pub const DONT_ENUM: PropertyAttribute = PropertyAttribute(2);
    /// Not configurable.
    pub const DONT_DELETE: PropertyAttribute = PropertyAttribute(4);
}

impl BitOr for PropertyAttribute {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        PropertyAttribute(self.0 | other.0)
    }
}

/// Selection of keys for [`Object::keys`].
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyOptions {
    /// Also those of the prototypes.
    pub prototypes: bool,
    /// Also those that are not enumerable.
    pub non_enumerable: bool,
    /// Also symbols.
    pub symbols: bool,
    /// Leave out indices.
    pub skip_indices: bool,
}

impl Object {
    /// `{}`.
    pub fn new<'s>(scope: &mut HandleScope<'s>) -> Local<'s, Object> {
        scope.context_ptr();
        // SAFETY: the scope guarantees that the isolate is entered, the line
        // above that a context is.
        unsafe { scope.known(ffi::av8_object_new(scope.isolate_ptr())) }
    }

    /// An object with a prototype (an object or `null`) and properties, made
    /// at once.
    ///
    /// # Panics
    /// If there are not as many names as values, or the prototype is neither.
    pub fn with_prototype_and_properties<'s>(
        scope: &mut HandleScope<'s>,
        prototype: Local<'_, Value>,
        names: &[Local<'_, Name>],
        values: &[Local<'_, Value>],
    ) -> Local<'s, Object> {
        assert_eq!(names.len(), values.len(), "as many names as values");
        assert!(prototype.is_null() || prototype.is_object(), "a prototype is an object or null");
        scope.context_ptr();
        // SAFETY: the scope guarantees that the isolate is entered; both
        // arrays have the length that V8 is told.
        unsafe {
            scope.known(ffi::av8_object_with(
                scope.isolate_ptr(),
                prototype.slot(),
                names.as_ptr().cast(),
                values.as_ptr().cast(),
                names.len(),
            ))
        }
    }

    /// `object[key]`.
    pub fn get<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        key: Local<'_, Value>,
    ) -> Option<Local<'s, Value>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_object_get(scope.context_ptr(), self.raw(), key.slot())) }
    }

    /// `object[index]`.
    pub fn get_index<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        index: u32,
    ) -> Option<Local<'s, Value>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_object_get_index(scope.context_ptr(), self.raw(), index)) }
    }

    /// `object["name"]`, for a name that is used often.
    pub fn get_named<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        name: &str,
    ) -> Option<Local<'s, Value>> {
        let key = String::new_internalized(scope, name)?;
        self.get(scope, key.into())
    }

    /// `object[key] = value`.
    pub fn set(
        &self,
        scope: &mut HandleScope<'_>,
        key: Local<'_, Value>,
        value: Local<'_, Value>,
    ) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe {
            ffi::av8_object_set(scope.context_ptr(), self.raw(), key.slot(), value.slot())
        })
    }

    /// `object[index] = value`.
    pub fn set_index(
        &self,
        scope: &mut HandleScope<'_>,
        index: u32,
        value: Local<'_, Value>,
    ) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe {
            ffi::av8_object_set_index(scope.context_ptr(), self.raw(), index, value.slot())
        })
    }

    /// `object["name"] = value`, for a name that is used often.
    pub fn set_named(
        &self,
        scope: &mut HandleScope<'_>,
        name: &str,
        value: Local<'_, Value>,
    ) -> Option<bool> {
        let mut guard = HandleScope::new(scope);
        let scope = guard.scope();
        let key = String::new_internalized(scope, name)?;
        self.set(scope, key.into(), value)
    }

    /// Makes an own property, without calling setters.
    pub fn create_data_property(
        &self,
        scope: &mut HandleScope<'_>,
        key: Local<'_, Name>,
        value: Local<'_, Value>,
    ) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe {
            ffi::av8_object_create_data(scope.context_ptr(), self.raw(), key.slot(), value.slot())
        })
    }

    /// Makes an own property with attributes.
    pub fn define_own_property(
        &self,
        scope: &mut HandleScope<'_>,
        key: Local<'_, Name>,
        value: Local<'_, Value>,
        attributes: PropertyAttribute,
    ) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe {
            let context = scope.context_ptr();
            ffi::av8_object_define(context, self.raw(), key.slot(), value.slot(), attributes.0)
        })
    }

    /// Makes an own property with a getter and perhaps a setter.
    pub fn define_accessor(
        &self,
        scope: &mut HandleScope<'_>,
        key: Local<'_, Name>,
        getter: Option<Local<'_, Function>>,
        setter: Option<Local<'_, Function>>,
        attributes: PropertyAttribute,
    ) -> Option<bool> {
        let slot = |function: Option<Local<'_, Function>>| {
            function.map_or(std::ptr::null(), |function| function.slot())
        };
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe {
            ffi::av8_object_define_accessor(
                scope.context_ptr(),
                self.raw(),
                key.slot(),
                slot(getter),
                slot(setter),
                attributes.0,
            )
        })
    }

    /// `key in object`.
    pub fn has(&self, scope: &mut HandleScope<'_>, key: Local<'_, Value>) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe { ffi::av8_object_has(scope.context_ptr(), self.raw(), key.slot()) })
    }

    /// `Object.hasOwn(object, key)`.
    pub fn has_own_property(
        &self,
        scope: &mut HandleScope<'_>,
        key: Local<'_, Name>,
    ) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe { ffi::av8_object_has_own(scope.context_ptr(), self.raw(), key.slot()) })
    }

    /// `delete object[key]`.
    pub fn delete(&self, scope: &mut HandleScope<'_>, key: Local<'_, Value>) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe { ffi::av8_object_delete(scope.context_ptr(), self.raw(), key.slot()) })
    }

    /// Keys of the object.
    pub fn keys<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        options: KeyOptions,
    ) -> Option<Local<'s, Array>> {
        const ONLY_ENUMERABLE: i32 = 2;
        const SKIP_SYMBOLS: i32 = 16;
        let enumerable = if options.non_enumerable { 0 } else { ONLY_ENUMERABLE };
        let symbols = if options.symbols { 0 } else { SKIP_SYMBOLS };
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe {
            scope.local(ffi::av8_object_keys(
                scope.context_ptr(),
                self.raw(),
                options.prototypes,
                enumerable | symbols,
                options.skip_indices,
                true,
            ))
        }
    }

    /// `Object.keys(object)`.
    pub fn get_own_property_names<'s>(
        &self,
        scope: &mut HandleScope<'s>,
    ) -> Option<Local<'s, Array>> {
        self.keys(scope, KeyOptions::default())
    }

    /// `Object.getOwnPropertyDescriptor(object, key)`.
    pub fn get_own_property_descriptor<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        key: Local<'_, Name>,
    ) -> Option<Local<'s, Value>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe {
            let context = scope.context_ptr();
            scope.local(ffi::av8_object_own_descriptor(context, self.raw(), key.slot()))
        }
    }

    /// Prototype of the object, an object or `null`; a proxy is not asked.
    pub fn get_prototype<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Value> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_object_prototype(self.raw())) }
    }

    /// Sets its prototype, an object or `null`.
    pub fn set_prototype(
        &self,
        scope: &mut HandleScope<'_>,
        prototype: Local<'_, Value>,
    ) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe {
            ffi::av8_object_set_prototype(scope.context_ptr(), self.raw(), prototype.slot())
        })
    }

    /// The name of what made it, found without running JavaScript.
    pub fn get_constructor_name<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, String> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_object_constructor_name(self.raw())) }
    }

    /// `Object.freeze(object)`.
    pub fn freeze(&self, scope: &mut HandleScope<'_>) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe { ffi::av8_object_freeze(scope.context_ptr(), self.raw(), true) })
    }

    /// A number that is the same for the same object; others may share it.
    pub fn get_identity_hash(&self) -> i32 {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_object_identity_hash(self.raw()) }
    }

    /// Whether it can be called.
    pub fn is_callable(&self) -> bool {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_object_is_callable(self.raw()) }
    }

    /// Calls it, for objects that can be called without being functions.
    pub fn call_as_function<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        receiver: Local<'_, Value>,
        arguments: &[Local<'_, Value>],
    ) -> Option<Local<'s, Value>> {
        // SAFETY: this is an object.
        unsafe { call(ffi::av8_object_call, scope, self.raw(), receiver, arguments) }
    }

    /// The entries of a `Map`, a `Set`, a weak collection or one of their
    /// iterators, and whether keys and values alternate. It does not run
    /// JavaScript, nor advance an iterator.
    pub fn preview_entries<'s>(
        &self,
        scope: &mut HandleScope<'s>,
    ) -> Option<(Local<'s, Array>, bool)> {
        let mut pairs = false;
        // SAFETY: the scope guarantees that the isolate is entered.
        let entries = unsafe { scope.local(ffi::av8_object_preview(self.raw(), &mut pairs)) }?;
        Some((entries, pairs))
    }

    /// The context that it was made in.
    pub fn get_creation_context<'s>(
        &self,
        scope: &mut HandleScope<'s>,
    ) -> Option<Local<'s, Context>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_object_creation_context(self.raw())) }
    }
}

/// Calls through the shim. `None` means that it threw.
///
/// # Safety
/// `shim` calls what `callee` is.
#[inline]
pub(crate) unsafe fn call<'s>(
    shim: unsafe extern "C" fn(Ref, Ref, Ref, c_int, *const Ref) -> Ref,
    scope: &mut HandleScope<'s>,
    callee: Ref,
    receiver: Local<'_, Value>,
    arguments: &[Local<'_, Value>],
) -> Option<Local<'s, Value>> {
    let (count, start) = (argument_count(arguments), arguments.as_ptr().cast());
    // SAFETY: the scope guarantees that the isolate is entered; the array of
    // arguments has the length that V8 is told; the caller promises the rest.
    unsafe { scope.local(shim(scope.context_ptr(), callee, receiver.slot(), count, start)) }
}

/// # Panics
/// If there are more than V8 can count.
pub(crate) fn argument_count(arguments: &[Local<'_, Value>]) -> i32 {
    i32::try_from(arguments.len()).expect("fewer than 2^31 arguments")
}
