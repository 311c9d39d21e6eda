//! Scripts, compiled functions and code caches.

use avocet_v8::{
    CodeCache, Context, ContextScope, Function, Integer, Object, Script, ScriptOrigin, Source,
    handle_scope, undefined,
};

use crate::common::{eval, set_global, show, string, thrown, with_scope};

#[test]
fn functions_are_compiled_with_parameters() {
    with_scope(|scope| {
        let text = string(scope, "exports.sum = a + b + extra; return this");
        let origin = ScriptOrigin::named(string(scope, "wrapped.js"));
        let parameters = ["exports", "a", "b"].map(|name| string(scope, name));
        let extension = Object::new(scope);
        let hundred = Integer::new(scope, 100).into();
        extension.set_named(scope, "extra", hundred);
        let source = Source::new(text, origin);
        let function = Function::compile(scope, source, &parameters, &[extension]).unwrap();
        let exports = Object::new(scope);
        let (one, two) = (Integer::new(scope, 1).into(), Integer::new(scope, 2).into());
        let this = function.call(scope, exports.into(), &[exports.into(), one, two]).unwrap();
        assert!(this == exports);
        assert_eq!(exports.get_named(scope, "sum").unwrap().as_i32(), Some(103));
    });
}

#[test]
fn errors_in_compiled_functions_have_the_files_position() {
    with_scope(|scope| {
        let scope = &mut avocet_v8::TryCatch::new(scope);
        let text = string(scope, "\n\n  throw new Error('here')");
        let origin = ScriptOrigin::named(string(scope, "wrapped.js"));
        let function = Function::compile(scope, Source::new(text, origin), &[], &[]).unwrap();
        let this = undefined(scope).into();
        assert!(function.call(scope, this, &[]).is_none());
        let position = scope.message().unwrap().get_position(scope);
        assert_eq!((position.line, position.start_column), (3, 2));
        scope.reset();
        let broken = string(scope, "let let");
        assert!(Function::compile(scope, Source::new(broken, origin), &[], &[]).is_none());
        assert!(scope.has_caught());
    });
}

const TEXT: &str =
    "(function () { function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) } return f(10) })()";

fn cache_of(text: &str) -> CodeCache {
    let mut cache = None;
    with_scope(|scope| {
        let source = Source::new(string(scope, text), ScriptOrigin::default());
        let script = Script::compile_source(scope, source).unwrap();
        assert!(!script.used_cache);
        assert_eq!(script.run(scope).unwrap().as_i32(), Some(55));
        cache = script.code_cache(scope);
    });
    cache.unwrap()
}

#[test]
fn a_code_cache_saves_compilation() {
    let cache = cache_of(TEXT);
    // SAFETY: they are what `as_bytes` gave.
    let cache = unsafe { CodeCache::from_bytes(cache.as_bytes().to_vec()) }.unwrap();
    with_scope(|scope| {
        let source = Source::new(string(scope, TEXT), ScriptOrigin::default()).with_cache(&cache);
        let script = Script::compile_source(scope, source).unwrap();
        assert!(script.used_cache);
        assert_eq!(script.run(scope).unwrap().as_i32(), Some(55));
    });
}

#[test]
fn a_code_cache_of_another_text_is_ignored() {
    let cache = cache_of(TEXT);
    // As long as the other, so that only its content tells.
    let other = TEXT.replace("10", "12");
    with_scope(|scope| {
        let text = string(scope, &other);
        let source = Source::new(text, ScriptOrigin::default()).with_cache(&cache);
        let script = Script::compile_source(scope, source).unwrap();
        assert!(!script.used_cache);
        assert_eq!(script.run(scope).unwrap().as_i32(), Some(144));
        let function = Function::compile_source(scope, source, &[], &[]).unwrap();
        assert!(!function.used_cache);
    });
}

#[test]
fn a_damaged_code_cache_is_refused() {
    let mut bytes = cache_of(TEXT).as_bytes().to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    for bytes in [bytes, vec![0; 3]] {
        // SAFETY: they are what `as_bytes` gave, damaged.
        assert!(unsafe { CodeCache::from_bytes(bytes) }.is_none());
    }
}

#[test]
fn functions_have_code_caches_too() {
    let mut cache = None;
    let text = "return a + a";
    let compile = |cache: Option<&CodeCache>, used: bool, made: &mut Option<CodeCache>| {
        with_scope(|scope| {
            let mut source = Source::new(string(scope, text), ScriptOrigin::default()).eager();
            if let Some(cache) = cache {
                source = source.with_cache(cache);
            }
            let parameter = string(scope, "a");
            let function = Function::compile_source(scope, source, &[parameter], &[]).unwrap();
            assert_eq!(function.used_cache, used);
            let this = undefined(scope).into();
            let argument = Integer::new(scope, 4).into();
            let value = function.value.call(scope, this, &[argument]).unwrap();
            assert_eq!(value.as_i32(), Some(8));
            *made = function.code_cache(scope);
            let other = string(scope, "b");
            let other = Function::compile_source(scope, source, &[other], &[]).unwrap();
            assert!(!other.used_cache);
        });
    };
    compile(None, false, &mut cache);
    let first = cache.take().unwrap();
    compile(Some(&first), true, &mut cache);
}

#[test]
fn contexts_are_separate_worlds() {
    with_scope(|scope| {
        eval(scope, "globalThis.here = 1").unwrap();
        let array = eval(scope, "Array").unwrap();
        {
            handle_scope!(let scope = scope);
            let other = Context::new(scope);
            let scope = &mut ContextScope::new(scope, other);
            assert_eq!(show(scope, "typeof here"), "undefined");
            let own = eval(scope, "Array").unwrap();
            assert!(own != array);
            assert!(scope.current_context() == other);
        }
        assert_eq!(show(scope, "here"), "1");
    });
}

#[test]
fn contexts_carry_values() {
    with_scope(|scope| {
        let context = scope.current_context();
        let value = string(scope, "kept").into();
        context.set_embedder_data(3, value);
        assert!(context.embedder_data(scope, 3).unwrap() == value);
        assert!(context.embedder_data(scope, 200).is_none());
        let object: avocet_v8::Local<Object> = eval(scope, "({})").unwrap().cast();
        assert!(object.get_creation_context(scope).unwrap() == context);
    });
}

#[test]
fn code_from_strings_can_be_forbidden() {
    with_scope(|scope| {
        let context = scope.current_context();
        assert_eq!(show(scope, "eval('1 + 1')"), "2");
        context.allow_code_generation_from_strings(false);
        let message = string(scope, "not here");
        context.set_error_message_for_code_generation_from_strings(message);
        assert_eq!(thrown(scope, "eval('1')"), "EvalError: not here");
        assert!(thrown(scope, "new Function('1')").starts_with("EvalError"));
        assert!(!context.is_code_generation_from_strings_allowed());
    });
}

#[test]
fn javascript_sets_what_rust_reads() {
    with_scope(|scope| {
        let object = Object::new(scope);
        set_global(scope, "o", object.into());
        eval(scope, "o.deep = { er: [1, { x: 'found' }] }").unwrap();
        let deep = object.get_named(scope, "deep").unwrap().to_object(scope).unwrap();
        let list = deep.get_named(scope, "er").unwrap().to_object(scope).unwrap();
        let item = list.get_index(scope, 1).unwrap().to_object(scope).unwrap();
        assert_eq!(item.get_named(scope, "x").unwrap().to_rust_string_lossy(scope), "found");
    });
}
