//! Objects and their properties.
//!
//! Where JavaScript can run (getters, setters, proxies), `None` means that it
//! threw.

use std::ops::BitOr;

use crate::{
    Array, Context, Data, Function, HandleScope, Local, Name, Private, String, Value, ffi,
    local::{Handle, castable, handles},
    value::maybe,
};

handles! {
    /// An object of any kind.
    Object: Value, Data;
    /// A date.
    Date: Object, Value, Data;
    /// A regular expression.
    RegExp: Object, Value, Data;
    /// A proxy.
    Proxy: Object, Value, Data;
    /// A pointer-sized number that JavaScript can hold but not look into.
    External: Value, Data;
}
castable! {
    Object by is_object;
    Date by is_date;
    RegExp by is_reg_exp;
    Proxy by is_proxy;
    External by is_external;
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

/// Which keys [`Object::keys`] lists.
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

    /// Its keys.
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

    /// Its prototype, an object or `null`; a proxy is not asked.
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
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe {
            scope.local(ffi::av8_object_call(
                scope.context_ptr(),
                self.raw(),
                receiver.slot(),
                argument_count(arguments),
                arguments.as_ptr().cast(),
            ))
        }
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

    /// How many internal fields its template gave it.
    pub fn internal_field_count(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        usize::try_from(unsafe { ffi::av8_object_field_count(self.raw()) }).unwrap_or(0)
    }

    /// The value in an internal field; `None` if there is no such field.
    pub fn get_internal_field<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        index: usize,
    ) -> Option<Local<'s, Value>> {
        if index >= self.internal_field_count() {
            return None;
        }
        // SAFETY: the field exists.
        unsafe { scope.local(ffi::av8_object_field(self.raw(), index as i32)) }
    }

    /// Sets an internal field; false if there is no such field.
    pub fn set_internal_field(&self, index: usize, value: Local<'_, Value>) -> bool {
        let exists = index < self.internal_field_count();
        if exists {
            // SAFETY: the field exists.
            unsafe { ffi::av8_object_set_field(self.raw(), index as i32, value.slot()) };
        }
        exists
    }

    /// Whether it has a private property.
    pub fn has_private(
        &self,
        scope: &mut HandleScope<'_>,
        key: Local<'_, Private>,
    ) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe { ffi::av8_object_has_private(scope.context_ptr(), self.raw(), key.slot()) })
    }

    /// The value of a private property; `undefined` if there is none.
    pub fn get_private<'s>(
        &self,
        scope: &mut HandleScope<'s>,
        key: Local<'_, Private>,
    ) -> Option<Local<'s, Value>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe {
            scope.local(ffi::av8_object_get_private(scope.context_ptr(), self.raw(), key.slot()))
        }
    }

    /// Sets a private property.
    pub fn set_private(
        &self,
        scope: &mut HandleScope<'_>,
        key: Local<'_, Private>,
        value: Local<'_, Value>,
    ) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe {
            ffi::av8_object_set_private(scope.context_ptr(), self.raw(), key.slot(), value.slot())
        })
    }

    /// Removes a private property.
    pub fn delete_private(
        &self,
        scope: &mut HandleScope<'_>,
        key: Local<'_, Private>,
    ) -> Option<bool> {
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe {
            ffi::av8_object_delete_private(scope.context_ptr(), self.raw(), key.slot())
        })
    }
}

/// # Panics
/// If there are more than V8 can count.
pub(crate) fn argument_count(arguments: &[Local<'_, Value>]) -> i32 {
    i32::try_from(arguments.len()).expect("fewer than 2^31 arguments")
}

impl Date {
    /// A date from milliseconds since 1970.
    pub fn new<'s>(scope: &mut HandleScope<'s>, time: f64) -> Option<Local<'s, Date>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_date_new(scope.context_ptr(), time)) }
    }

    /// Milliseconds since 1970.
    pub fn value_of(&self) -> f64 {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_date_value(self.raw()) }
    }
}

/// V8's numbers, in the order of `RegExp.prototype.flags`.
const FLAGS: [(char, i32); 7] = [
    ('d', 1 << 7),
    ('g', 1 << 0),
    ('i', 1 << 1),
    ('m', 1 << 2),
    ('s', 1 << 5),
    ('u', 1 << 4),
    ('y', 1 << 3),
];

impl RegExp {
    /// A regular expression with flags such as `gi`. `None` if either is
    /// wrong (an error was thrown).
    pub fn new<'s>(
        scope: &mut HandleScope<'s>,
        pattern: Local<'_, String>,
        flags: &str,
    ) -> Option<Local<'s, RegExp>> {
        let mut bits = 0;
        for flag in flags.chars() {
            match FLAGS.iter().find(|(name, _)| *name == flag) {
                Some((_, bit)) => bits |= bit,
                None => {
                    scope.throw_syntax_error("invalid flags of a regular expression");
                    return None;
                }
            }
        }
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_regexp_new(scope.context_ptr(), pattern.slot(), bits)) }
    }

    /// Its flags, such as `gi`.
    pub fn get_flags(&self) -> std::string::String {
        // SAFETY: the handle is valid while its scope is open.
        let bits = unsafe { ffi::av8_regexp_flags(self.raw()) };
        let set = FLAGS.iter().filter(|(_, bit)| bits & bit != 0);
        set.map(|(name, _)| *name).collect()
    }

    /// What stands between the slashes.
    pub fn get_source<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, String> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_regexp_source(self.raw())) }
    }
}

impl Proxy {
    /// The object behind it; `null` once revoked.
    pub fn get_target<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Value> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_proxy_target(self.raw())) }
    }

    /// Its handler; `null` once revoked.
    pub fn get_handler<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Value> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_proxy_handler(self.raw())) }
    }
}

impl External {
    /// A value that holds a number, such as an address or an index.
    pub fn new<'s>(scope: &mut HandleScope<'s>, value: usize) -> Local<'s, External> {
        let pointer = std::ptr::without_provenance_mut(value);
        // SAFETY: the scope guarantees that the isolate is entered; V8 does
        // not look at the number.
        unsafe { scope.known(ffi::av8_external_new(scope.isolate_ptr(), pointer)) }
    }

    /// The number.
    pub fn value(&self) -> usize {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_external_value(self.raw()) }.addr()
    }
}
