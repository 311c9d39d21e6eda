//! Compiling source text. `None` means that it threw.

use crate::{
    Data, Function, HandleScope, Local, Module, Object, String, Value,
    ffi::{self, Ref},
    local::{Handle, handles},
};

handles! {
    /// A compiled script.
    Script: Data;
}

/// Where a source text comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScriptOrigin<'s> {
    /// Its name in stacks and messages, and the referrer of dynamic imports.
    pub name: Option<Local<'s, Value>>,
    /// Lines before the text, in what people see as the whole.
    pub line_offset: i32,
    /// Columns before the text's first line.
    pub column_offset: i32,
    /// Where its source map is.
    pub source_map_url: Option<Local<'s, Value>>,
}

impl<'s> ScriptOrigin<'s> {
    /// A name and nothing else.
    pub fn named(name: Local<'s, String>) -> ScriptOrigin<'s> {
        ScriptOrigin { name: Some(name.into()), ..Default::default() }
    }
}

/// A source text and how to compile it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'s, 'c> {
    text: Local<'s, String>,
    origin: ScriptOrigin<'s>,
    cache: Option<&'c CodeCache>,
    eager: bool,
}

impl<'s, 'c> Source<'s, 'c> {
    /// A text from somewhere.
    pub fn new(text: Local<'s, String>, origin: ScriptOrigin<'s>) -> Source<'s, 'c> {
        Source { text, origin, cache: None, eager: false }
    }

    /// Use the result of an earlier compilation of the same text. V8 ignores
    /// it if it does not fit.
    #[must_use]
    pub fn with_cache(mut self, cache: &'c CodeCache) -> Source<'s, 'c> {
        self.cache = Some(cache);
        self
    }

    /// Compile all functions now, not when they are first called.
    #[must_use]
    pub fn eager(mut self) -> Source<'s, 'c> {
        self.eager = true;
        self
    }

    /// What the shim compiles, and whether it took the cache.
    fn compile(self, compile: impl FnOnce(*mut ffi::Source) -> Ref) -> (Ref, bool) {
        let slot = |value: Option<Local<'_, Value>>| value.map_or(std::ptr::null(), Local::slot);
        let cache = self.cache.filter(|cache| cache.is_compatible());
        let mut source = ffi::Source {
            text: self.text.slot(),
            name: slot(self.origin.name),
            source_map: slot(self.origin.source_map_url),
            line: self.origin.line_offset,
            column: self.origin.column_offset,
            cache: cache.map_or(std::ptr::null(), |cache| cache.bytes.as_ptr()),
            cache_length: cache.map_or(0, |cache| cache.bytes.len()),
            eager: self.eager,
            cache_rejected: false,
        };
        let result = compile(&mut source);
        (result, cache.is_some() && !source.cache_rejected)
    }
}

/// What V8 keeps of a compilation, to make the next one of the same text
/// cheap, in this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeCache {
    bytes: Vec<u8>,
    version: u32,
}

impl CodeCache {
    fn read(cache: *mut ffi::CachedData) -> Option<CodeCache> {
        if cache.is_null() {
            return None;
        }
        let mut length = 0;
        // SAFETY: V8 has just made it for us; it is copied, then freed.
        unsafe {
            let data = ffi::av8_cache_bytes(cache, &mut length);
            let bytes = std::slice::from_raw_parts(data, length).to_vec();
            ffi::av8_cache_delete(cache);
            let version = ffi::av8_cache_version();
            Some(CodeCache { bytes, version })
        }
    }

    fn is_compatible(&self) -> bool {
        // SAFETY: reads a number of the started V8.
        self.version == unsafe { ffi::av8_cache_version() }
    }

    /// How many bytes it is.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl Script {
    /// Compiles a text.
    pub fn compile<'s>(
        scope: &mut HandleScope<'s>,
        text: Local<'_, String>,
        origin: Option<ScriptOrigin<'_>>,
    ) -> Option<Local<'s, Script>> {
        let origin = origin.unwrap_or_default();
        Some(Script::compile_source(scope, Source::new(text, origin))?.0)
    }

    /// Compiles a text; also tells whether a cache was used.
    pub fn compile_source<'s>(
        scope: &mut HandleScope<'s>,
        source: Source<'_, '_>,
    ) -> Option<(Local<'s, Script>, bool)> {
        let (isolate, context) = (scope.isolate_ptr(), scope.context_ptr());
        let (script, cached) = source.compile(|source| {
            // SAFETY: the scope guarantees that the isolate is entered.
            unsafe { ffi::av8_script_compile(isolate, context, source) }
        });
        // SAFETY: a handle of this scope.
        Some((unsafe { scope.local(script) }?, cached))
    }

    /// Runs it in the current context; the value of its last statement.
    pub fn run<'s>(&self, scope: &mut HandleScope<'s>) -> Option<Local<'s, Value>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_script_run(scope.context_ptr(), self.raw())) }
    }

    /// What V8 has compiled of it so far.
    pub fn create_code_cache(&self) -> Option<CodeCache> {
        // SAFETY: the handle is valid while its scope is open.
        CodeCache::read(unsafe { ffi::av8_script_cache(self.raw()) })
    }
}

impl Function {
    /// Compiles a text as the body of a function with those parameters, in
    /// the current context, with the objects' properties in its scope.
    pub fn compile<'s>(
        scope: &mut HandleScope<'s>,
        source: Source<'_, '_>,
        parameters: &[Local<'_, String>],
        extensions: &[Local<'_, Object>],
    ) -> Option<Local<'s, Function>> {
        Some(Function::compile_cached(scope, source, parameters, extensions)?.0)
    }

    /// As [`compile`](Self::compile); also tells whether a cache was used.
    pub fn compile_cached<'s>(
        scope: &mut HandleScope<'s>,
        source: Source<'_, '_>,
        parameters: &[Local<'_, String>],
        extensions: &[Local<'_, Object>],
    ) -> Option<(Local<'s, Function>, bool)> {
        let (isolate, context) = (scope.isolate_ptr(), scope.context_ptr());
        let (function, cached) = source.compile(|source| {
            // SAFETY: the scope guarantees that the isolate is entered; both
            // arrays have the lengths that V8 is told.
            unsafe {
                ffi::av8_function_compile(
                    isolate,
                    context,
                    source,
                    parameters.len(),
                    parameters.as_ptr().cast(),
                    extensions.len(),
                    extensions.as_ptr().cast(),
                )
            }
        });
        // SAFETY: a handle of this scope.
        Some((unsafe { scope.local(function) }?, cached))
    }

    /// What V8 has compiled so far of a function made by
    /// [`compile`](Self::compile).
    pub fn create_code_cache(&self) -> Option<CodeCache> {
        self.get_position()?;
        // SAFETY: the handle is valid while its scope is open; the function
        // comes from source.
        CodeCache::read(unsafe { ffi::av8_function_cache(self.raw()) })
    }
}

impl Module {
    /// Compiles a text as a module.
    pub fn compile<'s>(
        scope: &mut HandleScope<'s>,
        source: Source<'_, '_>,
    ) -> Option<Local<'s, Module>> {
        scope.context_ptr();
        let isolate = scope.isolate_ptr();
        let (module, _) = source.compile(|source| {
            // SAFETY: the scope guarantees that the isolate is entered, the
            // line above that a context is.
            unsafe { ffi::av8_module_compile(isolate, source) }
        });
        // SAFETY: a handle of this scope.
        unsafe { scope.local(module) }
    }

    /// What V8 has compiled of it so far.
    ///
    /// # Panics
    /// If it is synthetic.
    #[track_caller]
    pub fn create_code_cache(&self) -> Option<CodeCache> {
        assert!(!self.is_synthetic(), "a synthetic module has no code");
        // SAFETY: the handle is valid while its scope is open; the module
        // comes from source.
        CodeCache::read(unsafe { ffi::av8_module_cache(self.raw()) })
    }
}
