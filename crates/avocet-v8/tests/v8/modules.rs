//! ECMAScript modules.

use std::collections::HashMap;

use avocet_v8::{
    DynamicImport, Function, Global, HandleScope, IsolateOptions, Local, Module, ModuleStatus,
    Object, Promise, PromiseResolver, PromiseState, ScriptOrigin, Source, TryCatch, json,
};

use crate::common::{eval, set_global, show, string, with_options, with_scope};

fn compile<'s>(scope: &mut HandleScope<'s>, name: &str, text: &str) -> Option<Local<'s, Module>> {
    let origin = ScriptOrigin::named(string(scope, name));
    let source = Source::new(string(scope, text), origin);
    Module::compile(scope, source)
}

/// Compiles the files, links and evaluates `main.js`.
fn load<'s>(
    scope: &mut HandleScope<'s>,
    files: &[(&str, &str)],
) -> Option<(Local<'s, Module>, Local<'s, Promise>)> {
    let mut modules = HashMap::new();
    for (name, text) in files {
        let module = compile(scope, name, text)?;
        modules.insert(name.to_string(), Global::new(scope, module));
    }
    let main = modules["main.js"].open(scope);
    main.instantiate_module(scope, |scope, specifier, _, referrer| {
        assert!(!referrer.is_synthetic());
        let name = specifier.to_rust_string_lossy(scope);
        match modules.get(&name) {
            Some(module) => Some(module.open(scope)),
            None => {
                scope.throw_error(&format!("there is no {name}"));
                None
            }
        }
    })?;
    let promise = main.evaluate_to_promise(scope)?;
    scope.perform_microtask_checkpoint();
    Some((main, promise))
}

#[test]
fn modules_import_each_other() {
    with_scope(|scope| {
        let files = [
            ("main.js", "import { x } from 'lib.js'; export default x + 1; export const y = 'why'"),
            ("lib.js", "export * from 'deep.js'"),
            ("deep.js", "export const x = 41"),
        ];
        let (main, promise) = load(scope, &files).unwrap();
        assert_eq!(promise.state(), PromiseState::Fulfilled);
        assert_eq!(main.get_status(), ModuleStatus::Evaluated);
        let namespace = main.get_module_namespace(scope);
        assert!(namespace.is_module_namespace_object());
        assert_eq!(namespace.get_named(scope, "default").unwrap().as_i32(), Some(42));
    });
}

#[test]
fn a_top_level_await_settles_later() {
    with_scope(|scope| {
        let waiting = "export const x = await new Promise(r => { globalThis.go = r })";
        let (main, promise) = load(scope, &[("main.js", waiting)]).unwrap();
        assert!(main.is_graph_async());
        assert_eq!(promise.state(), PromiseState::Pending);
        eval(scope, "go(3)").unwrap();
        scope.perform_microtask_checkpoint();
        assert_eq!(promise.state(), PromiseState::Fulfilled);
        let namespace = main.get_module_namespace(scope);
        assert_eq!(namespace.get_named(scope, "x").unwrap().as_i32(), Some(3));
    });
}

#[test]
fn requests_are_listed_with_their_places() {
    with_scope(|scope| {
        let text = "import 'a';\nimport b from 'b'; export * from 'c'";
        let module = compile(scope, "m.js", text).unwrap();
        let requests = module.requests(scope);
        let list: Vec<_> =
            requests.iter().map(|r| (r.specifier.as_str(), r.line, r.column)).collect();
        assert_eq!(list, [("a", 1, 7), ("b", 2, 14), ("c", 2, 33)]);
        assert_eq!(module.get_status(), ModuleStatus::Uninstantiated);
    });
}

#[test]
fn failures_are_exceptions() {
    with_scope(|scope| {
        let scope = &mut TryCatch::new(scope);
        assert!(compile(scope, "m.js", "import from").is_none());
        scope.reset();
        assert!(load(scope, &[("main.js", "import 'nowhere.js'")]).is_none());
        let exception = scope.exception().unwrap().to_rust_string_lossy(scope);
        assert_eq!(exception, "Error: there is no nowhere.js");
        scope.reset();
        let files = [("main.js", "import { z } from 'lib.js'"), ("lib.js", "")];
        assert!(load(scope, &files).is_none());
        scope.reset();
        let (main, promise) = load(scope, &[("main.js", "throw new Error('late')")]).unwrap();
        assert_eq!(promise.state(), PromiseState::Rejected);
        assert_eq!(main.get_status(), ModuleStatus::Errored);
        let exception = main.get_exception(scope).to_rust_string_lossy(scope);
        assert_eq!(exception, "Error: late");
    });
}

#[test]
fn a_resolver_may_panic() {
    with_scope(|scope| {
        let scope = &mut TryCatch::new(scope);
        let module = compile(scope, "m.js", "import 'a'").unwrap();
        assert!(module.instantiate_module(scope, |_, _, _, _| panic!("lost")).is_none());
        let exception = scope.exception().unwrap().to_rust_string_lossy(scope);
        assert_eq!(exception, "Error: internal error: lost");
    });
}

#[test]
fn rust_makes_modules() {
    with_scope(|scope| {
        let name = string(scope, "answers");
        let exports = [string(scope, "default"), string(scope, "two")];
        let kept = "kept by the closure".to_string();
        let synthetic = Module::synthetic(scope, name, &exports, move |scope, module| {
            for export in ["default", "two"] {
                let name = string(scope, export);
                let value = string(scope, &format!("{export}: {kept}")).into();
                module.set_synthetic_export(scope, name, value)?;
            }
            Some(())
        });
        let synthetic = Global::new(scope, synthetic);
        let main =
            compile(scope, "main.js", "import d, { two } from 'a'; export const all = d + two");
        let main = main.unwrap();
        main.instantiate_module(scope, |scope, _, _, _| Some(synthetic.open(scope))).unwrap();
        main.evaluate(scope).unwrap();
        let all = main.get_module_namespace(scope).get_named(scope, "all").unwrap();
        let expected = "default: kept by the closuretwo: kept by the closure";
        assert_eq!(all.to_rust_string_lossy(scope), expected);
        assert!(synthetic.open(scope).requests(scope).is_empty());
    });
}

fn import_json<'s>(
    scope: &mut HandleScope<'s>,
    request: DynamicImport<'s>,
) -> Option<Local<'s, Promise>> {
    let resolver = PromiseResolver::new(scope)?;
    let specifier = request.specifier.to_rust_string_lossy(scope);
    if specifier == "throw" {
        scope.throw_type_error("not that one");
        return None;
    }
    let referrer = request.referrer.to_rust_string_lossy(scope);
    let text = string(scope, &format!(r#"{{"from":"{referrer}","what":"{specifier}"}}"#));
    let value = json::parse(scope, text)?;
    resolver.resolve(scope, value)?;
    Some(resolver.get_promise(scope))
}

#[test]
fn dynamic_imports_are_answered() {
    let options = IsolateOptions { dynamic_import: Some(import_json), ..Default::default() };
    with_options(options, |scope| {
        eval(scope, "import('x').then(m => { globalThis.m = m })").unwrap();
        eval(scope, "import('throw').catch(e => { globalThis.e = e })").unwrap();
        scope.perform_microtask_checkpoint();
        assert_eq!(show(scope, "m.from + m.what + e"), "test.jsxTypeError: not that one");
    });
    with_scope(|scope| {
        eval(scope, "import('x').catch(e => { globalThis.e = e })").unwrap();
        scope.perform_microtask_checkpoint();
        assert_eq!(show(scope, "String(e)"), "Error: import() is not available here");
    });
}

fn set_url<'s>(scope: &mut HandleScope<'s>, module: Local<'s, Module>, meta: Local<'s, Object>) {
    assert_eq!(module.get_status(), ModuleStatus::Evaluating);
    let url = string(scope, "file:///m.js").into();
    meta.set_named(scope, "url", url);
}

#[test]
fn import_meta_is_filled_in() {
    let options = IsolateOptions { import_meta: Some(set_url), ..Default::default() };
    with_options(options, |scope| {
        let (main, _) = load(scope, &[("main.js", "export default import.meta.url")]).unwrap();
        let url = main.get_module_namespace(scope).get_named(scope, "default").unwrap();
        assert_eq!(url.to_rust_string_lossy(scope), "file:///m.js");
    });
}

#[test]
fn modules_are_not_linked_while_others_are() {
    with_scope(|scope| {
        let mut module = |name: &str, text: &str| {
            let module = compile(scope, name, text).unwrap();
            Global::new(scope, module)
        };
        let main =
            module("main.js", "import 'a.js'; import { x } from 'lib.js'; export const y = x");
        let lib = module("lib.js", "import { y } from 'main.js'; export const x = 1");
        // The inner linking would get at the outer module, half of whose imports are known.
        let linked = main.open(scope).instantiate_module(scope, |scope, name, _, _| {
            if name.to_rust_string_lossy(scope) == "lib.js" {
                return Some(lib.open(scope));
            }
            let block = &mut TryCatch::new(scope);
            let inner =
                lib.open(block).instantiate_module(block, |scope, _, _, _| Some(main.open(scope)));
            assert_eq!(inner, None);
            let thrown = block.exception().unwrap().to_rust_string_lossy(block);
            assert_eq!(thrown, "Error: modules are being linked already");
            block.rethrow();
            None
        });
        assert_eq!(linked, None);
    });
}

#[test]
fn a_module_that_runs_is_not_run_again() {
    with_scope(|scope| {
        let main = compile(scope, "main.js", "again(); export const y = 1").unwrap();
        main.instantiate_module(scope, |_, _, _, _| None).unwrap();
        let kept = Global::new(scope, main);
        let again = Function::new(scope, move |scope, _, _| {
            let main = kept.open(scope);
            assert_eq!(main.get_status(), ModuleStatus::Evaluating);
            let block = &mut TryCatch::new(scope);
            assert!(main.evaluate(block).is_none());
            let thrown = block.exception().unwrap().to_rust_string_lossy(block);
            assert_eq!(thrown, "Error: the module runs already");
        })
        .unwrap();
        set_global(scope, "again", again.into());
        let promise = main.evaluate_to_promise(scope).unwrap();
        scope.perform_microtask_checkpoint();
        assert_eq!(promise.state(), PromiseState::Fulfilled);
    });
}
