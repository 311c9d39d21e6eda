//! ECMAScript modules. `None` means that it threw.

use std::string::String as StdString;

use crate::{
    Data, FixedArray, Global, HandleScope, Local, Object, Promise, PromiseResolver, String, Value,
    ffi,
    local::{Handle, handles},
    value::maybe,
};

handles! {
    /// A module, from source or made by Rust.
    Module: Data;
    /// An `import` of a module.
    ModuleRequest: Data;
}

/// State of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the language's specification")]
pub enum ModuleStatus {
    Uninstantiated,
    Instantiating,
    Instantiated,
    Evaluating,
    Evaluated,
    Errored,
}

/// Finds the module that another one imports.
type Resolve<'f> = dyn for<'a, 's> FnMut(
        &'a mut HandleScope<'s>,
        Local<'s, String>,
        Local<'s, FixedArray>,
        Local<'s, Module>,
    ) -> Option<Local<'s, Module>>
    + 'f;

/// Runs when a synthetic module is evaluated; sets its exports.
type Evaluate =
    Box<dyn for<'a, 's> FnOnce(&'a mut HandleScope<'s>, Local<'s, Module>) -> Option<()> + Send>;

/// State that is needed while modules are being loaded.
#[derive(Default)]
pub(crate) struct Loading {
    /// The callback of the innermost `instantiate_module`, which outlives it.
    resolvers: Vec<*mut Resolve<'static>>,
    synthetic: Vec<(Global<Module>, Evaluate)>,
}

/// Takes the resolver off the stack also when a panic goes through.
struct Pushed<'a, 's>(&'a mut HandleScope<'s>);

impl Drop for Pushed<'_, '_> {
    fn drop(&mut self) {
        self.0.state().loading.borrow_mut().resolvers.pop();
    }
}

pub(crate) fn resolve<'s>(
    scope: &mut HandleScope<'s>,
    specifier: Local<'s, String>,
    attributes: Local<'s, FixedArray>,
    referrer: Local<'s, Module>,
) -> Option<Local<'s, Module>> {
    let resolver = scope.state().loading.borrow_mut().resolvers.last_mut().map(|top| *top);
    let Some(resolver) = resolver else {
        scope.throw_error("no module can be resolved now");
        return None;
    };
    // SAFETY: V8 asks only within `instantiate_module`, which keeps the
    // closure alive and calls it from here only. V8 does not ask again before
    // the answer unless the closure instantiates another module, which pushes
    // a resolver of its own.
    unsafe { (*resolver)(scope, specifier, attributes, referrer) }
}

pub(crate) fn evaluate_synthetic<'s>(
    scope: &mut HandleScope<'s>,
    module: Local<'s, Module>,
) -> Option<Local<'s, Value>> {
    let entries = std::mem::take(&mut scope.state().loading.borrow_mut().synthetic);
    let (mut own, others): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|(global, _)| global.open(scope) == module);
    scope.state().loading.borrow_mut().synthetic.extend(others);
    let (_, evaluate) = own.pop()?;
    evaluate(scope, module)?;
    // Evaluating a module gives a promise; V8 hands out what this returns the first time.
    let resolver = PromiseResolver::new(scope)?;
    let undefined = crate::undefined(scope).into();
    resolver.resolve(scope, undefined)?;
    Some(resolver.get_promise(scope).into())
}

impl Module {
    /// State of the module.
    pub fn get_status(&self) -> ModuleStatus {
        // SAFETY: the handle is valid while its scope is open.
        match unsafe { ffi::av8_module_status(self.raw()) } {
            0 => ModuleStatus::Uninstantiated,
            1 => ModuleStatus::Instantiating,
            2 => ModuleStatus::Instantiated,
            3 => ModuleStatus::Evaluating,
            4 => ModuleStatus::Evaluated,
            _ => ModuleStatus::Errored,
        }
    }

    /// Exception for which the module failed.
    ///
    /// # Panics
    /// If its status is not [`ModuleStatus::Errored`].
    #[track_caller]
    pub fn get_exception<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Value> {
        assert_eq!(self.get_status(), ModuleStatus::Errored, "the module's status");
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.known(ffi::av8_module_exception(self.raw())) }
    }

    /// A number that is the same for the same module; others may share it.
    pub fn get_identity_hash(&self) -> i32 {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_module_identity_hash(self.raw()) }
    }

    /// Whether it was made by [`Module::synthetic`].
    pub fn is_synthetic(&self) -> bool {
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_module_is_synthetic(self.raw()) }
    }

    /// Whether it or a module that it imports awaits at the top level.
    ///
    /// # Panics
    /// If it has not been instantiated.
    #[track_caller]
    pub fn is_graph_async(&self) -> bool {
        self.assert_instantiated();
        // SAFETY: the handle is valid while its scope is open.
        unsafe { ffi::av8_module_is_async(self.raw()) }
    }

    #[track_caller]
    fn assert_instantiated(&self) {
        let status = self.get_status();
        assert!(
            !matches!(status, ModuleStatus::Uninstantiated | ModuleStatus::Instantiating),
            "the module has not been instantiated"
        );
    }

    /// Imports of the module.
    pub fn requests(&self, scope: &mut HandleScope<'_>) -> Vec<Request> {
        let mut guard = HandleScope::new(scope);
        let scope = guard.scope();
        if self.is_synthetic() {
            return Vec::new();
        }
        // SAFETY: the scope guarantees that the isolate is entered.
        let list: Local<'_, FixedArray> =
            unsafe { scope.known(ffi::av8_module_requests(self.raw())) };
        (0..list.length())
            .filter_map(|index| {
                let request = list.get(scope, index)?;
                // SAFETY: the list is one of requests.
                Some(self.read_request(scope, unsafe { request.reinterpret() }))
            })
            .collect()
    }

    fn read_request(
        &self,
        scope: &mut HandleScope<'_>,
        request: Local<'_, ModuleRequest>,
    ) -> Request {
        let (mut line, mut column) = (0, 0);
        let slot = request.slot();
        // SAFETY: the scope guarantees that the isolate is entered.
        let (specifier, attributes): (Local<'_, String>, Local<'_, FixedArray>) = unsafe {
            ffi::av8_module_request_position(self.raw(), slot, &mut line, &mut column);
            (
                scope.known(ffi::av8_module_request_specifier(slot)),
                scope.known(ffi::av8_module_request_attributes(slot)),
            )
        };
        Request {
            specifier: specifier.to_rust_string_lossy(scope),
            attributes: attributes.import_attributes(scope),
            line: u32::try_from(line + 1).unwrap_or(0),
            column: u32::try_from(column).unwrap_or(0),
        }
    }

    /// Links it and what it imports. `resolve` is asked for each import:
    /// `(scope, specifier, attributes, referrer)`; `None` means that it threw.
    /// Within `resolve` nothing else can be linked: that throws.
    pub fn instantiate_module<F>(&self, scope: &mut HandleScope<'_>, mut resolve: F) -> Option<bool>
    where
        F: for<'a, 's> FnMut(
            &'a mut HandleScope<'s>,
            Local<'s, String>,
            Local<'s, FixedArray>,
            Local<'s, Module>,
        ) -> Option<Local<'s, Module>>,
    {
        if !scope.state().loading.borrow().resolvers.is_empty() {
            // V8 would link through modules of which it has asked only half.
            scope.throw_error("modules are being linked already");
            return None;
        }
        let resolver: *mut Resolve<'_> = &mut resolve;
        // SAFETY: only the lifetime changes; `Pushed` takes it off the stack
        // before the closure ends.
        let resolver: *mut Resolve<'static> = unsafe { std::mem::transmute(resolver) };
        scope.state().loading.borrow_mut().resolvers.push(resolver);
        let pushed = Pushed(scope);
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe { ffi::av8_module_instantiate(pushed.0.context_ptr(), self.raw()) })
    }

    /// Runs it and what it imports. The value is a promise, which is pending
    /// while a top-level `await` is (for a synthetic module, it has settled).
    /// `None` also if it is called from within the module's own evaluation.
    ///
    /// # Panics
    /// If it has not been instantiated.
    #[track_caller]
    pub fn evaluate<'s>(&self, scope: &mut HandleScope<'s>) -> Option<Local<'s, Value>> {
        self.assert_instantiated();
        if self.get_status() == ModuleStatus::Evaluating {
            scope.throw_error("the module runs already");
            return None;
        }
        // SAFETY: the scope guarantees that the isolate is entered; the module
        // is instantiated and does not run.
        unsafe { scope.local(ffi::av8_module_evaluate(scope.context_ptr(), self.raw())) }
    }

    /// [`evaluate`](Self::evaluate), as the promise that it is.
    pub fn evaluate_to_promise<'s>(
        &self,
        scope: &mut HandleScope<'s>,
    ) -> Option<Local<'s, Promise>> {
        self.evaluate(scope)?.try_cast()
    }

    /// The object that `import * as` gives.
    ///
    /// # Panics
    /// If it has not been instantiated.
    #[track_caller]
    pub fn get_module_namespace<'s>(&self, scope: &mut HandleScope<'s>) -> Local<'s, Object> {
        self.assert_instantiated();
        // SAFETY: the scope guarantees that the isolate is entered; the module
        // is instantiated.
        unsafe { scope.known(ffi::av8_module_namespace(self.raw())) }
    }

    /// A module whose exports Rust sets, by
    /// [`set_synthetic_export`](Self::set_synthetic_export) in `evaluate`,
    /// which is called at most once.
    pub fn synthetic<'s, F>(
        scope: &mut HandleScope<'s>,
        name: Local<'_, String>,
        exports: &[Local<'_, String>],
        evaluate: F,
    ) -> Local<'s, Module>
    where
        F: for<'a, 'b> FnOnce(&'a mut HandleScope<'b>, Local<'b, Module>) -> Option<()>
            + Send
            + 'static,
    {
        let (isolate, names) = (scope.isolate_ptr(), exports.as_ptr().cast());
        // SAFETY: the scope guarantees that the isolate is entered; the array
        // has the length that V8 is told.
        let module: Local<'s, Module> = unsafe {
            scope.known(ffi::av8_module_synthetic(isolate, name.slot(), exports.len(), names))
        };
        let global = Global::new(scope, module);
        let entry: (_, Evaluate) = (global, Box::new(evaluate));
        scope.state().loading.borrow_mut().synthetic.push(entry);
        module
    }

    /// Sets an export of a synthetic module. `None` if it has no such export.
    ///
    /// # Panics
    /// If the module comes from source.
    #[track_caller]
    pub fn set_synthetic_export(
        &self,
        scope: &mut HandleScope<'_>,
        name: Local<'_, String>,
        value: Local<'_, Value>,
    ) -> Option<bool> {
        assert!(self.is_synthetic(), "the module is not synthetic");
        // SAFETY: the scope guarantees that the isolate is entered.
        maybe(unsafe {
            let isolate = scope.isolate_ptr();
            ffi::av8_module_set_export(isolate, self.raw(), name.slot(), value.slot())
        })
    }
}

/// An `import` of a module, in Rust's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Specifier of the import.
    pub specifier: StdString,
    /// Import attributes, such as `("type", "json")`.
    pub attributes: Vec<(StdString, StdString)>,
    /// The line of the import, from 1.
    pub line: u32,
    /// The column of the import, from 0.
    pub column: u32,
}

impl FixedArray {
    /// Import attributes as they are given to the callback of
    /// [`Module::instantiate_module`].
    pub fn import_attributes(&self, scope: &mut HandleScope<'_>) -> Vec<(StdString, StdString)> {
        // Key, value and position of each.
        self.read_attributes(scope, 3)
    }

    pub(crate) fn read_attributes(
        &self,
        scope: &mut HandleScope<'_>,
        stride: usize,
    ) -> Vec<(StdString, StdString)> {
        let mut text = |index| {
            let mut guard = HandleScope::new(scope);
            let scope = guard.scope();
            let item = self.get(scope, index)?;
            // SAFETY: keys and values of attributes are values.
            let value: Local<'_, Value> = unsafe { item.reinterpret() };
            Some(value.to_rust_string_lossy(scope))
        };
        (0..self.length() / stride)
            .filter_map(|pair| Some((text(pair * stride)?, text(pair * stride + 1)?)))
            .collect()
    }
}
