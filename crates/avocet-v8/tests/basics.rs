//! First steps: values, functions, exceptions.

use avocet_v8::{
    Context, ContextScope, Function, Global, HandleScope, Isolate, IsolateOptions, Local, Script,
    String, TryCatch, Value, enter, handle_scope,
};

fn run<'s>(scope: &mut HandleScope<'s>, text: &str) -> Option<Local<'s, Value>> {
    let source = String::new(scope, text)?;
    Script::compile(scope, source, None)?.run(scope)
}

#[test]
fn a_script_has_a_value() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    enter!(let scope = &mut isolate);
    let context = Context::new(scope);
    let scope = &mut ContextScope::new(scope, context);
    assert_eq!(run(scope, "6 * 7").unwrap().as_i32(), Some(42));
}

#[test]
fn a_global_lives_between_scopes() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    let function: Global<Function>;
    {
        enter!(let scope = &mut isolate);
        let context = Context::new(scope);
        let scope = &mut ContextScope::new(scope, context);
        let value = run(scope, "(a, b) => `${a} and ${b}`").unwrap();
        function = Global::new(scope, value.cast());
    }
    enter!(let scope = &mut isolate);
    let context = Context::new(scope);
    let scope = &mut ContextScope::new(scope, context);
    handle_scope!(let scope = scope);
    let function = function.open(scope);
    let arguments =
        [String::new(scope, "salt").unwrap().into(), String::new(scope, "pepper").unwrap().into()];
    let receiver = avocet_v8::undefined(scope).into();
    let answer = function.call(scope, receiver, &arguments).unwrap();
    assert_eq!(answer.to_rust_string_lossy(scope), "salt and pepper");
}

#[test]
fn a_panic_in_a_function_becomes_an_error() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    enter!(let scope = &mut isolate);
    let context = Context::new(scope);
    let scope = &mut ContextScope::new(scope, context);
    let function = Function::new(scope, |_, _, _| panic!("no cheese")).unwrap();
    context.global(scope).set_named(scope, "f", function.into());
    let text = run(scope, "try { f() } catch (error) { String(error) }").unwrap();
    assert_eq!(text.to_rust_string_lossy(scope), "Error: internal error: no cheese");
}

#[test]
fn a_try_catch_leaves_exceptions_that_javascript_catches() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    enter!(let scope = &mut isolate);
    let context = Context::new(scope);
    let scope = &mut ContextScope::new(scope, context);
    let function = Function::new(scope, |scope, arguments, result| {
        let scope = &mut TryCatch::new(scope);
        let callback: Local<Function> = arguments.get(0).cast();
        let receiver = avocet_v8::undefined(scope).into();
        let value = callback.call(scope, receiver, &[]);
        result.set_bool(value.is_some() && !scope.has_caught());
    })
    .unwrap();
    context.global(scope).set_named(scope, "f", function.into());
    let inner = "f(() => { try { throw 1 } catch { return 2 } })";
    assert!(run(scope, inner).unwrap().is_true());
    assert!(run(scope, "f(() => { throw 1 })").unwrap().is_false());
}
