//! Whether a source compiles, found out without running it.

use avocet_v8::{
    Context, ContextScope, Function, Isolate, IsolateOptions, Module, ScriptOrigin, Source, String,
    TryCatch, enter,
};

/// Message of the compiler about a source that it does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// The exception's text: `SyntaxError: …`.
    pub message: std::string::String,
    /// Line, from 1; 0 where the compiler does not say.
    pub line: u32,
    /// Column in UTF-16 units, from 1.
    pub column: u32,
}

/// Kind as which a source is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// As the body of a CommonJS module.
    CommonJs,
    /// As an ECMAScript module.
    Module,
}

/// V8's compiler, in an isolate that is made with the first source.
#[derive(Default)]
pub struct Compiler {
    isolate: Option<Isolate>,
}

impl Compiler {
    /// Compiles a source.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn compile(&mut self, text: &str, kind: SourceKind) -> Result<(), SyntaxError> {
        self.error_of(text, kind).map_or(Ok(()), Err)
    }

    fn error_of(&mut self, text: &str, kind: SourceKind) -> Option<SyntaxError> {
        let isolate = self.isolate.get_or_insert_with(|| Isolate::new(IsolateOptions::default()));
        enter!(let scope = isolate);
        let context = Context::new(scope);
        let scope = &mut ContextScope::new(scope, context);
        let block = &mut TryCatch::new(scope);
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = match text.strip_prefix("#!") {
            Some(rest) => String::new(block, &format!("//{rest}")),
            None => String::new(block, text),
        }?;
        let name = String::new(block, "handler")?;
        let source = Source::new(text, ScriptOrigin::named(name));
        let compiled = match kind {
            SourceKind::Module => Module::compile(block, source).is_some(),
            SourceKind::CommonJs => {
                let parameters = ["exports", "require", "module", "__filename", "__dirname"]
                    .map(|name| String::intern(block, name));
                Function::compile(block, source, &parameters, &[]).is_some()
            }
        };
        if compiled {
            return None;
        }
        let message = block.exception()?.to_rust_string_lossy(block);
        let position = block.message()?.get_position(block);
        Some(SyntaxError { message, line: position.line, column: position.start_column + 1 })
    }
}
