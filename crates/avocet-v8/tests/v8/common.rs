//! Tools that the tests share.

use avocet_v8::{
    Context, ContextScope, HandleScope, Isolate, IsolateOptions, Local, Script, ScriptOrigin,
    String, TryCatch, Value, enter,
};

pub(crate) type Text = std::string::String;

/// Runs `test` in a new context of a new isolate.
pub(crate) fn with_scope(test: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>)) {
    with_options(IsolateOptions::default(), test);
}

pub(crate) fn with_options(
    options: IsolateOptions,
    test: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>),
) {
    let mut isolate = Isolate::new(options);
    in_context(&mut isolate, test);
}

/// Runs `test` in a new context.
pub(crate) fn in_context<R>(
    isolate: &mut Isolate,
    test: impl for<'a, 's> FnOnce(&'a mut HandleScope<'s>) -> R,
) -> R {
    enter!(let scope = isolate);
    let context = Context::new(scope);
    let scope = &mut ContextScope::new(scope, context);
    test(scope)
}

pub(crate) fn string<'s>(scope: &mut HandleScope<'s>, text: &str) -> Local<'s, String> {
    String::new(scope, text).expect("a short text")
}

/// The value of a script; `None` if it throws.
pub(crate) fn eval<'s>(scope: &mut HandleScope<'s>, text: &str) -> Option<Local<'s, Value>> {
    let source = string(scope, text);
    let origin = ScriptOrigin::named(string(scope, "test.js"));
    Script::compile(scope, source, Some(origin))?.run(scope)
}

/// The value of a script as a string.
pub(crate) fn show(scope: &mut HandleScope<'_>, text: &str) -> Text {
    eval(scope, text).expect("a script that does not throw").to_rust_string_lossy(scope)
}

/// Exception of a script, as a string.
pub(crate) fn thrown(scope: &mut HandleScope<'_>, text: &str) -> Text {
    let scope = &mut TryCatch::new(scope);
    assert!(eval(scope, text).is_none(), "it does not throw");
    scope.exception().expect("an exception").to_rust_string_lossy(scope)
}

/// Sets a property of the global object.
pub(crate) fn set_global(scope: &mut HandleScope<'_>, name: &str, value: Local<'_, Value>) {
    let context = scope.current_context();
    context.global(scope).set_named(scope, name, value).expect("the global object takes it");
}
