//! Compiling source text. `None` means that it threw.

use crate::{
    CodeCache, Compiled, Data, Function, Handle, HandleScope, Local, Module, Object, String, Value,
    checksum::checksum,
    code_cache::fingerprint,
    ffi::{self, Ref},
    local::handles,
};

handles! {
    /// A compiled script.
    Script: Data;
}

/// Origin of a source text.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScriptOrigin<'s> {
    /// Name in stacks and messages, and the referrer of dynamic imports.
    pub name: Option<Local<'s, Value>>,
    /// Lines before the text, in what people see as the whole.
    pub line_offset: i32,
    /// Columns before the text's first line.
    pub column_offset: i32,
    /// URL of its source map.
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

/// Different for each kind of compilation.
#[derive(Clone, Copy)]
enum Kind {
    Script = 1,
    Function = 2,
    Module = 3,
}

impl<'s, 'c> Source<'s, 'c> {
    /// A text from somewhere.
    pub fn new(text: Local<'s, String>, origin: ScriptOrigin<'s>) -> Source<'s, 'c> {
        Source { text, origin, cache: None, eager: false }
    }

    /// Use the result of an earlier compilation of the same text; it is
    /// ignored if it does not fit.
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

    fn compile<T: Handle>(
        self,
        scope: &mut HandleScope<'s>,
        salt: u64,
        compile: impl FnOnce(*mut ffi::Source) -> Ref,
    ) -> Option<Compiled<'s, T>> {
        let slot = |value: Option<Local<'_, Value>>| value.map_or(std::ptr::null(), Local::slot);
        let cache = self.cache.and_then(|cache| {
            let fingerprint = fingerprint(scope, self.text, salt);
            cache.payload(fingerprint)
        });
        let mut source = ffi::Source {
            text: self.text.slot(),
            name: slot(self.origin.name),
            source_map: slot(self.origin.source_map_url),
            line: self.origin.line_offset,
            column: self.origin.column_offset,
            cache: cache.map_or(std::ptr::null(), <[u8]>::as_ptr),
            cache_length: cache.map_or(0, <[u8]>::len),
            eager: self.eager,
            cache_rejected: false,
        };
        let result = compile(&mut source);
        Some(Compiled {
            // SAFETY: the shim returns a handle of this scope.
            value: unsafe { scope.local(result) }?,
            used_cache: cache.is_some() && !source.cache_rejected,
            text: self.text,
            salt,
        })
    }
}

impl Script {
    /// Compiles a text.
    pub fn compile<'s>(
        scope: &mut HandleScope<'s>,
        text: Local<'s, String>,
        origin: Option<ScriptOrigin<'s>>,
    ) -> Option<Local<'s, Script>> {
        let source = Source::new(text, origin.unwrap_or_default());
        Some(Script::compile_source(scope, source)?.value)
    }

    /// Compiles a text, perhaps with a cache.
    pub fn compile_source<'s>(
        scope: &mut HandleScope<'s>,
        source: Source<'s, '_>,
    ) -> Option<Compiled<'s, Script>> {
        let (isolate, context) = (scope.isolate_ptr(), scope.context_ptr());
        source.compile(scope, Kind::Script as u64, |source| {
            // SAFETY: the scope guarantees that the isolate is entered.
            unsafe { ffi::av8_script_compile(isolate, context, source) }
        })
    }

    /// Runs it in the current context; the value of its last statement.
    pub fn run<'s>(&self, scope: &mut HandleScope<'s>) -> Option<Local<'s, Value>> {
        // SAFETY: the scope guarantees that the isolate is entered.
        unsafe { scope.local(ffi::av8_script_run(scope.context_ptr(), self.raw())) }
    }
}

impl Function {
    /// Compiles a text as the body of a function with those parameters, in
    /// the current context, with the objects' properties in its scope.
    pub fn compile<'s>(
        scope: &mut HandleScope<'s>,
        source: Source<'s, '_>,
        parameters: &[Local<'_, String>],
        extensions: &[Local<'_, Object>],
    ) -> Option<Local<'s, Function>> {
        Some(Function::compile_source(scope, source, parameters, extensions)?.value)
    }

    /// As [`compile`](Self::compile), perhaps with a cache.
    pub fn compile_source<'s>(
        scope: &mut HandleScope<'s>,
        source: Source<'s, '_>,
        parameters: &[Local<'_, String>],
        extensions: &[Local<'_, Object>],
    ) -> Option<Compiled<'s, Function>> {
        let (isolate, context) = (scope.isolate_ptr(), scope.context_ptr());
        let mut signature = vec![extensions.len() as u8];
        for parameter in parameters {
            parameter.write_utf8_into(scope, &mut signature);
            signature.push(b',');
        }
        let salt = checksum(&signature) ^ Kind::Function as u64;
        source.compile(scope, salt, |source| {
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
        })
    }
}

impl Module {
    /// Compiles a text as a module.
    pub fn compile<'s>(
        scope: &mut HandleScope<'s>,
        source: Source<'s, '_>,
    ) -> Option<Local<'s, Module>> {
        Some(Module::compile_source(scope, source)?.value)
    }

    /// As [`compile`](Self::compile), perhaps with a cache.
    pub fn compile_source<'s>(
        scope: &mut HandleScope<'s>,
        source: Source<'s, '_>,
    ) -> Option<Compiled<'s, Module>> {
        scope.context_ptr();
        let isolate = scope.isolate_ptr();
        source.compile(scope, Kind::Module as u64, |source| {
            // SAFETY: the scope guarantees that the isolate is entered, the
            // first line that a context is.
            unsafe { ffi::av8_module_compile(isolate, source) }
        })
    }
}

macro_rules! caches {
    ($($name:ident => $shim:ident;)*) => {$(
        impl Compiled<'_, $name> {
            /// Code that V8 has compiled of the script so far: more once it has run.
            pub fn code_cache(&self, scope: &mut HandleScope<'_>) -> Option<CodeCache> {
                let fingerprint = fingerprint(scope, self.text, self.salt);
                // SAFETY: the handle is valid while its scope is open, and it
                // was compiled from source in the way that V8 wants.
                unsafe { CodeCache::read(ffi::$shim(self.value.raw()), fingerprint) }
            }
        }
    )*};
}
caches! {
    Script => av8_script_cache;
    Function => av8_function_cache;
    Module => av8_module_cache;
}
