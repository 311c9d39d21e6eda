//! Templates: how V8 makes functions and objects for each context.

use crate::{
    Arguments, Data, Function, HandleScope, Local, Name, Object, PropertyAttribute, ReturnValue,
    String, Value, ffi,
    function::Target,
    local::{Handle, handles},
};

handles! {
    /// A template of either kind.
    Template: Data;
    /// Makes functions, one for each context.
    FunctionTemplate: Template, Data;
    /// Makes objects.
    ObjectTemplate: Template, Data;
}

impl Template {
    /// Gives what it makes a property.
    ///
    /// # Panics
    /// If the value is an object: templates hold primitives and templates.
    #[track_caller]
    pub fn set(
        &self,
        name: Local<'_, Name>,
        value: Local<'_, Value>,
        attributes: PropertyAttribute,
    ) {
        assert!(!value.is_object(), "a template holds primitives and templates, not objects");
        // SAFETY: the handles are valid while their scopes are open.
        unsafe { ffi::av8_template_set(self.raw(), name.slot(), value.slot(), attributes.0) }
    }

    /// Gives what it makes a property that another template makes.
    pub fn set_template(
        &self,
        name: Local<'_, Name>,
        template: Local<'_, Template>,
        attributes: PropertyAttribute,
    ) {
        // SAFETY: the handles are valid while their scopes are open.
        unsafe { ffi::av8_template_set(self.raw(), name.slot(), template.slot(), attributes.0) }
    }

    /// Gives what it makes a property with a getter and perhaps a setter.
    pub fn set_accessor(
        &self,
        name: Local<'_, Name>,
        getter: Option<Local<'_, FunctionTemplate>>,
        setter: Option<Local<'_, FunctionTemplate>>,
        attributes: PropertyAttribute,
    ) {
        let slot = |template: Option<Local<'_, FunctionTemplate>>| {
            template.map_or(std::ptr::null(), Local::slot)
        };
        let (getter, setter) = (slot(getter), slot(setter));
        // SAFETY: the handles are valid while their scopes are open.
        unsafe {
            ffi::av8_template_accessor(self.raw(), name.slot(), getter, setter, attributes.0);
        }
    }
}

impl FunctionTemplate {
    /// For functions over a Rust function or closure, which lives as long as
    /// the isolate.
    ///
    /// # Panics
    /// If the isolate makes a snapshot: it cannot hold closures.
    pub fn new<'s, F>(scope: &mut HandleScope<'s>, callback: F) -> Local<'s, FunctionTemplate>
    where
        F: for<'a, 'b> Fn(&'a mut HandleScope<'b>, &'a Arguments<'b>, ReturnValue<'b>)
            + Send
            + 'static,
    {
        let target = Target::closure(scope, callback);
        FunctionTemplate::make(scope, target)
    }

    /// For functions over operation `index` of the isolate's table.
    ///
    /// # Panics
    /// If the isolate has no such operation.
    #[track_caller]
    pub fn for_op<'s>(scope: &mut HandleScope<'s>, index: usize) -> Local<'s, FunctionTemplate> {
        let target = Target::op(scope, index);
        FunctionTemplate::make(scope, target)
    }

    fn make<'s>(scope: &mut HandleScope<'s>, target: Target) -> Local<'s, FunctionTemplate> {
        let isolate = scope.isolate_ptr();
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe {
            scope.known(ffi::av8_function_template_new(
                isolate,
                target.is_op,
                target.index,
                0,
                true,
            ))
        }
    }

    /// The function in the current context; always the same.
    pub fn get_function<'s>(&self, scope: &mut HandleScope<'s>) -> Option<Local<'s, Function>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_function_template_function(scope.context_ptr(), self.raw())) }
    }

    /// Sets the name of the class, which is also that of its instances.
    pub fn set_class_name(&self, name: Local<'_, String>) {
        // SAFETY: the handles are valid while their scopes are open.
        unsafe { ffi::av8_function_template_class_name(self.raw(), name.slot()) }
    }

    /// `extends parent`; to be called before the first function is made.
    pub fn inherit(&self, parent: Local<'_, FunctionTemplate>) {
        // SAFETY: the handles are valid while their scopes are open.
        unsafe { ffi::av8_function_template_inherit(self.raw(), parent.slot()) }
    }

    /// Template of its `prototype`.
    pub fn prototype_template<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, ObjectTemplate> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_function_template_prototype(self.raw())) }
    }

    /// Template of its instances.
    pub fn instance_template<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, ObjectTemplate> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_function_template_instance(self.raw())) }
    }

    /// Whether it, or a template derived from it, made the value.
    pub fn has_instance(&self, value: Local<'_, Value>) -> bool {
        // SAFETY: the handles are valid while their scopes are open.
        unsafe { ffi::av8_function_template_has_instance(self.raw(), value.slot()) }
    }
}

impl ObjectTemplate {
    /// An empty template.
    pub fn new<'s>(scope: &mut HandleScope<'s>) -> Local<'s, ObjectTemplate> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_object_template_new(scope.isolate_ptr())) }
    }

    /// An object.
    pub fn new_instance<'s>(&self, scope: &mut HandleScope<'s>) -> Option<Local<'s, Object>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_object_template_instance(scope.context_ptr(), self.raw())) }
    }

    /// Gives its objects internal fields, which JavaScript does not see.
    ///
    /// # Panics
    /// If there are more than 64.
    #[track_caller]
    pub fn set_internal_field_count(&self, count: usize) {
        assert!(count <= 64, "at most 64 internal fields");
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_object_template_fields(self.raw(), count as i32) }
    }
}
