//! ES modules: loading, linking, static and dynamic import.

use std::collections::HashMap;

use avocet_v8::{
    DynamicImport, Error, ErrorKind, Function, Global, HandleScope, KeyOptions, Local, Module,
    ModuleStatus, Object, Promise, PromiseResolver, ScriptOrigin, Source, String as JsString,
    TryCatch, Value,
};

use crate::resolve::{self, Format};
use crate::state::State;

/// The modules of a realm.
#[derive(Default)]
pub(crate) struct Modules {
    by_name: HashMap<String, Global<Module>>,
    names: HashMap<i32, Vec<(Global<Module>, String)>>,
    formats: HashMap<String, Format>,
}

impl Modules {
    /// The modules of the realm that is entered.
    fn of<'a>(scope: &'a mut HandleScope<'_>) -> &'a mut Self {
        scope.slot_mut().expect("a realm sets its modules before any JavaScript runs")
    }
}

/// Throws an error and stands for it.
fn throw<T>(scope: &mut HandleScope<'_>, text: &str) -> Option<T> {
    scope.throw_error(text);
    None
}

/// The text of a file, with a first line that begins with `#!` made a comment.
pub(crate) fn read(scope: &mut HandleScope<'_>, path: &str) -> Option<String> {
    let files = State::of(scope).files.clone();
    let Some(bytes) = files.read(path) else {
        return throw(scope, &format!("there is no file '{path}'"));
    };
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Some(match text.strip_prefix("#!") {
        Some(rest) => format!("//{rest}"),
        None => text.to_owned(),
    })
}

/// A line of a file of the program, from 1.
pub(crate) fn line(scope: &mut HandleScope<'_>, path: &str, number: u32) -> Option<String> {
    let files = State::of(scope).files.clone();
    let bytes = files.read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    text.lines().nth(number.checked_sub(1)? as usize).map(str::to_owned)
}

fn source<'s>(scope: &mut HandleScope<'s>, path: &str, text: &str) -> Option<Source<'s, 'static>> {
    let name = JsString::new(scope, path)?;
    let Some(text) = JsString::new(scope, text) else {
        scope.throw_range_error(&format!("the file '{path}' is longer than a string can be"));
        return None;
    };
    Some(Source::new(text, ScriptOrigin::named(name)))
}

/// The function of `exports, require, module, __filename, __dirname` over a file.
pub(crate) fn compile_common_js<'s>(
    scope: &mut HandleScope<'s>,
    path: &str,
    text: &str,
) -> Option<Local<'s, Function>> {
    let source = source(scope, path, text)?;
    let parameters = ["exports", "require", "module", "__filename", "__dirname"]
        .map(|name| JsString::intern(scope, name));
    Function::compile(scope, source, &parameters, &[])
}

/// Format as which a file is to be evaluated: by its name, else by its syntax.
pub(crate) fn format(scope: &mut HandleScope<'_>, path: &str) -> Option<Format> {
    if let Some(known) = Modules::of(scope).formats.get(path) {
        return Some(*known);
    }
    let files = State::of(scope).files.clone();
    let format = match resolve::format_by_name(&*files, path) {
        Some(format) => format,
        None => {
            let text = read(scope, path)?;
            format_by_syntax(scope, path, &text)
        }
    };
    Modules::of(scope).formats.insert(path.to_owned(), format);
    Some(format)
}

/// An ES module is what compiles only as one.
fn format_by_syntax(scope: &mut HandleScope<'_>, path: &str, text: &str) -> Format {
    if !["import", "export", "await"].iter().any(|word| text.contains(word)) {
        return Format::CommonJs;
    }
    let block = &mut TryCatch::new(scope);
    if compile_common_js(block, path, text).is_some() {
        return Format::CommonJs;
    }
    let thrown = block.exception();
    block.reset();
    let as_module = source(block, path, text).and_then(|source| Module::compile(block, source));
    block.reset();
    if as_module.is_some() {
        return Format::Module;
    }
    // It compiles as neither: the words of the first error tell what was meant.
    let words = thrown.map(|thrown| thrown.to_rust_string_lossy(block)).unwrap_or_default();
    let of_module = ["import statement outside a module", "'export'", "import.meta", "'await'"]
        .iter()
        .any(|part| words.contains(part));
    if of_module || words.contains("await is only valid") {
        Format::Module
    } else {
        Format::CommonJs
    }
}

/// The module of a file, not yet linked.
fn load<'s>(scope: &mut HandleScope<'s>, path: &str) -> Option<Local<'s, Module>> {
    if let Some(known) = Modules::of(scope).by_name.get(path).cloned() {
        return Some(known.open(scope));
    }
    let module = match format(scope, path)? {
        Format::Module => {
            let text = read(scope, path)?;
            let source = source(scope, path, &text)?;
            Module::compile(scope, source)?
        }
        Format::CommonJs | Format::Json => {
            let require = State::hooks(scope).require_file.open(scope);
            let name = JsString::new(scope, path)?;
            let receiver = avocet_v8::undefined(scope).into();
            let value = require.call(scope, receiver, &[name.into()])?;
            synthetic(scope, path, value)?
        }
    };
    remember(scope, path, module);
    Some(module)
}

fn remember(scope: &mut HandleScope<'_>, name: &str, module: Local<'_, Module>) {
    let hash = module.get_identity_hash();
    let kept = Global::new(scope, module);
    let modules = Modules::of(scope);
    modules.names.entry(hash).or_default().push((kept.clone(), name.to_owned()));
    modules.by_name.insert(name.to_owned(), kept);
}

fn forget(scope: &mut HandleScope<'_>, name: &str) {
    let modules = Modules::of(scope);
    modules.by_name.remove(name);
}

/// The name under which a module was loaded.
fn name_of(scope: &mut HandleScope<'_>, module: Local<'_, Module>) -> Option<String> {
    let hash = module.get_identity_hash();
    let same = Modules::of(scope).names.get(&hash)?.clone();
    same.into_iter().find(|(kept, _)| kept.open(scope) == module).map(|(_, name)| name)
}

/// A module whose default export is `value`, and whose named exports are its own enumerable keys.
fn synthetic<'s>(
    scope: &mut HandleScope<'s>,
    name: &str,
    value: Local<'s, Value>,
) -> Option<Local<'s, Module>> {
    let default = JsString::intern(scope, "default");
    let mut names = vec![default];
    if let Some(object) = value.try_cast::<Object>() {
        let keys = object.keys(scope, KeyOptions::default())?;
        for index in 0..keys.length() {
            let key = keys.get_index(scope, index)?.try_cast::<JsString>();
            names.extend(key.filter(|key| *key != default && !is_default(scope, *key)));
        }
    }
    let kept = Global::new(scope, value);
    let exports: Vec<_> = names[1..].iter().map(|name| Global::new(scope, *name)).collect();
    let name = JsString::new(scope, name)?;
    Some(Module::synthetic(scope, name, &names, move |scope, module| {
        let value = kept.open(scope);
        let default = JsString::intern(scope, "default");
        module.set_synthetic_export(scope, default, value)?;
        let Some(object) = value.try_cast::<Object>() else { return Some(()) };
        for export in &exports {
            let key = export.open(scope);
            let value = object.get(scope, key.into())?;
            module.set_synthetic_export(scope, key, value)?;
        }
        Some(())
    }))
}

fn is_default(scope: &mut HandleScope<'_>, key: Local<'_, JsString>) -> bool {
    key.length() == 7 && key.to_rust_string_lossy(scope) == "default"
}

/// The module that `specifier` means in the file `from`.
fn import<'s>(
    scope: &mut HandleScope<'s>,
    specifier: &str,
    from: &str,
) -> Option<Local<'s, Module>> {
    if let Some(builtin) = builtin(scope, specifier)? {
        return Some(builtin);
    }
    let files = State::of(scope).files.clone();
    match resolve::resolve(&*files, specifier, from) {
        Some(path) => load(scope, &path),
        None => {
            let missing = State::hooks(scope).missing.open(scope);
            let arguments = [JsString::new(scope, specifier)?, JsString::new(scope, from)?];
            let receiver = avocet_v8::undefined(scope).into();
            let error = missing.call(scope, receiver, &arguments.map(Into::into))?;
            scope.throw_exception(error);
            None
        }
    }
}

/// A built-in module; the outer `None` means that it threw.
#[expect(clippy::option_option, reason = "the outer one is V8's sign for a throw")]
fn builtin<'s>(scope: &mut HandleScope<'s>, specifier: &str) -> Option<Option<Local<'s, Module>>> {
    let name = format!("node:{}", specifier.strip_prefix("node:").unwrap_or(specifier));
    if let Some(known) = Modules::of(scope).by_name.get(&name).cloned() {
        return Some(Some(known.open(scope)));
    }
    let hook = State::hooks(scope).builtin.open(scope);
    let argument = JsString::new(scope, specifier)?;
    let receiver = avocet_v8::undefined(scope).into();
    let value = hook.call(scope, receiver, &[argument.into()])?;
    if value.is_undefined() {
        return Some(None);
    }
    let module = synthetic(scope, &name, value)?;
    remember(scope, &name, module);
    Some(Some(module))
}

/// Loads and links a module.
fn link<'s>(scope: &mut HandleScope<'s>, module: Local<'s, Module>) -> Option<()> {
    if module.get_status() != ModuleStatus::Uninstantiated {
        return Some(());
    }
    let linked = module.instantiate_module(scope, |scope, specifier, _, referrer| {
        let from = name_of(scope, referrer).unwrap_or_default();
        let specifier = specifier.to_rust_string_lossy(scope);
        import(scope, &specifier, &from)
    });
    linked.map(drop)
}

/// Links and evaluates a module; the promise of its evaluation.
fn evaluate<'s>(
    scope: &mut HandleScope<'s>,
    module: Local<'s, Module>,
) -> Option<Local<'s, Promise>> {
    link(scope, module)?;
    module.evaluate_to_promise(scope)
}

/// The namespace of an ES module that is needed now.
pub(crate) fn require<'s>(scope: &mut HandleScope<'s>, path: &str) -> Option<Local<'s, Value>> {
    use avocet_v8::PromiseState::{Fulfilled, Pending, Rejected};
    let module = load(scope, path)?;
    let Some(promise) = evaluate(scope, module) else {
        forget(scope, path);
        return None;
    };
    match promise.state() {
        Fulfilled => Some(module.get_module_namespace(scope).into()),
        Rejected => {
            promise.mark_as_handled();
            let reason = promise.result(scope);
            scope.throw_exception(reason);
            None
        }
        Pending => throw(
            scope,
            &format!("'{path}' awaits at its top level, so it can be imported, not required"),
        ),
    }
}

/// A promise of the namespace of an ES module.
pub(crate) fn import_path<'s>(
    scope: &mut HandleScope<'s>,
    path: &str,
) -> Option<Local<'s, Promise>> {
    promised(scope, |scope| {
        let module = load(scope, path)?;
        let namespace = namespace_later(scope, module);
        if namespace.is_none() {
            forget(scope, path);
        }
        namespace
    })
}

/// Evaluates a module; the promise is of its namespace.
fn namespace_later<'s>(
    scope: &mut HandleScope<'s>,
    module: Local<'s, Module>,
) -> Option<Local<'s, Promise>> {
    let evaluated = evaluate(scope, module)?;
    let kept = Global::new(scope, module);
    let namespace = Function::new(scope, move |scope, _, result| {
        let namespace = kept.open(scope).get_module_namespace(scope);
        result.set(namespace.into());
    })?;
    evaluated.then(scope, namespace)
}

/// Turns what `work` throws into a rejected promise.
fn promised<'s>(
    scope: &mut HandleScope<'s>,
    work: impl FnOnce(&mut HandleScope<'s>) -> Option<Local<'s, Promise>>,
) -> Option<Local<'s, Promise>> {
    let thrown = {
        let block = &mut TryCatch::new(scope);
        if let Some(promise) = work(block) {
            return Some(promise);
        }
        if block.has_terminated() {
            return None;
        }
        block.exception()
    };
    let thrown = match thrown {
        Some(thrown) => thrown,
        None => {
            let text = JsString::intern(scope, "the module cannot be loaded");
            Error::with_kind(scope, ErrorKind::Error, text).into()
        }
    };
    let resolver = PromiseResolver::new(scope)?;
    resolver.reject(scope, thrown)?;
    Some(resolver.get_promise(scope))
}

/// `import()` in a script or module.
pub(crate) fn on_dynamic_import<'s>(
    scope: &mut HandleScope<'s>,
    request: DynamicImport<'s>,
) -> Option<Local<'s, Promise>> {
    let from = request.referrer.to_rust_string_lossy(scope);
    let specifier = request.specifier.to_rust_string_lossy(scope);
    promised(scope, |scope| {
        let module = import(scope, &specifier, &from)?;
        namespace_later(scope, module)
    })
}

/// `import.meta`: `url`, `filename`, `dirname`.
pub(crate) fn on_import_meta<'s>(
    scope: &mut HandleScope<'s>,
    module: Local<'s, Module>,
    meta: Local<'s, Object>,
) {
    let path = name_of(scope, module).unwrap_or_default();
    let url = format!("file:///{}", path.trim_start_matches('/'));
    let folder = resolve::folder(&path).to_owned();
    for (key, text) in [("url", url), ("filename", path), ("dirname", folder)] {
        let Some(value) = JsString::new(scope, &text) else { continue };
        let key = JsString::intern(scope, key);
        meta.create_data_property(scope, key.into(), value.into());
    }
}
