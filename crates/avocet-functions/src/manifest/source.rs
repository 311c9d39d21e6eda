//! `spec.source`, in its three generations.

use crate::model::{Engine, Git, GitAuth, GitAuthKind, Inline, Runtime, Source};

use super::node::{At, Node, Value};
use super::object::Object;

const ALLOWED: &str = "one of `inline`, `gitRepository` and `dir`";

pub(super) fn read(spec: &Object<'_, '_>, runtime: Option<Runtime>) -> Option<Source> {
    let Some(field) = spec.get("source") else {
        spec.missing("source", ALLOWED);
        return None;
    };
    if let Value::Text(text) = &field.node.value {
        return old(spec, text, runtime);
    }
    let source = spec.object("source")?;
    let given = ["inline", "gitRepository", "dir"].map(|key| source.get(key).map(|_| key));
    let mut given = given.into_iter().flatten();
    let (first, second) = (given.next(), given.next());
    let read = match (first, second) {
        (Some("inline"), None) => inline(&source, runtime),
        (Some("gitRepository"), None) => git(&source),
        (Some("dir"), None) => dir(&source),
        (None, _) => {
            let message = format!("`{}` needs {ALLOWED}", source.path);
            spec.cx.error(source.at, &source.path, message);
            None
        }
        (Some(first), _) => {
            let second = second.unwrap_or_default();
            let message = format!("has both `{first}` and `{second}`: only one is allowed");
            spec.cx.error(source.at, &source.path, message);
            None
        }
    };
    source.finish();
    read
}

/// The oldest generation: `source` is the text, `deps` its dependencies.
fn old(spec: &Object<'_, '_>, text: &str, runtime: Option<Runtime>) -> Option<Source> {
    let dependencies = spec.text("deps").map(str::to_owned);
    if spec.text("type") == Some("git") {
        let url = text.to_owned();
        let reference = spec.required_text("reference")?.to_owned();
        let base_dir = spec.text("baseDir").unwrap_or_default().to_owned();
        return Some(Source::Git(Git { url, reference, base_dir, auth: None, commit: None }));
    }
    if text.trim().is_empty() {
        spec.cx.error(spec.at_of("source"), &spec.path_of("source"), "must not be empty");
    }
    check_dependencies(spec, "deps", dependencies.as_deref(), runtime);
    Some(Source::Inline(Inline { source: text.to_owned(), dependencies }))
}

fn inline(source: &Object<'_, '_>, runtime: Option<Runtime>) -> Option<Source> {
    let inline = source.object("inline")?;
    let text = inline.required_text("source");
    let dependencies = inline.text("dependencies").map(str::to_owned);
    inline.finish();
    check_dependencies(&inline, "dependencies", dependencies.as_deref(), runtime);
    let text = text?;
    if text.trim().is_empty() {
        inline.cx.error(inline.at_of("source"), &inline.path_of("source"), "must not be empty");
    }
    Some(Source::Inline(Inline { source: text.to_owned(), dependencies }))
}

/// Where the inline source of a function's document begins, where its lines are lines of the file.
pub(super) fn code(document: &Node) -> Option<At> {
    let source = document.field("spec")?.field("source")?;
    let inline = || source.field("inline")?.field("source");
    match source.value {
        Value::Text(_) => source.block,
        _ => inline()?.block,
    }
}

/// For JavaScript they are a package.json; an isolate takes no packages.
fn check_dependencies(
    object: &Object<'_, '_>,
    key: &str,
    text: Option<&str>,
    runtime: Option<Runtime>,
) {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return };
    let Some(engine) = runtime.map(Runtime::engine).filter(|e| *e != Engine::Python) else {
        return;
    };
    let (at, path) = (object.at_of(key), object.path_of(key));
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(package) if package.is_object() => {
            if engine == Engine::V8 && crate::project::names_packages(text.as_bytes()) {
                let help = format!("use `{}` for functions with packages", Runtime::NODEJS);
                let message = "runtime `v8` installs no packages: they will be missing";
                object.cx.warning_with_help(at, &path, message, help);
            }
        }
        Ok(_) => object.cx.error(at, &path, "the text is no JSON object (package.json)"),
        Err(error) => {
            object.cx.error(at, &path, format!("the text is no JSON (package.json): {error}"));
        }
    }
}

fn git(source: &Object<'_, '_>) -> Option<Source> {
    let git = source.object("gitRepository")?;
    let url = git.required_text("url");
    let reference = git.required_text("reference");
    let base_dir = git.text("baseDir").unwrap_or_default().to_owned();
    let auth = git.object("auth").map(|auth| git_auth(&auth));
    // Written out with what was deployed, and fetched anew.
    git.get("commit");
    git.finish();
    let auth = match auth {
        Some(auth) => Some(auth?),
        None => None,
    };
    Some(Source::Git(Git {
        url: url?.to_owned(),
        reference: reference?.to_owned(),
        base_dir,
        auth,
        commit: None,
    }))
}

fn git_auth(auth: &Object<'_, '_>) -> Option<GitAuth> {
    let kind = auth.required_text("type");
    let secret_name = auth.required_text("secretName");
    auth.finish();
    let kind = match kind? {
        "basic" => GitAuthKind::Basic,
        "key" => GitAuthKind::Key,
        other => {
            let message = format!("unknown type {other:?}: allowed are `basic` and `key`");
            auth.cx.error(auth.at_of("type"), &auth.path_of("type"), message);
            return None;
        }
    };
    Some(GitAuth { kind, secret_name: secret_name?.to_owned() })
}

fn dir(source: &Object<'_, '_>) -> Option<Source> {
    let text = source.required_text("dir")?;
    match relative(text) {
        Ok(path) => Some(Source::Dir(path)),
        Err(why) => {
            let message = format!("folder {text:?} {why}");
            let help = "name a folder relative to this file and inside its folder, such as `.`";
            source.cx.error_with_help(source.at_of("dir"), &source.path_of("dir"), message, help);
            None
        }
    }
}

/// A relative path without `.`, `..` and double slashes; `.` for the folder itself.
pub(super) fn relative(path: &str) -> Result<String, &'static str> {
    if path.starts_with('/') {
        return Err("is absolute");
    }
    if path.contains('\\') || path.contains('\0') || path.contains(':') {
        return Err("has a character that paths cannot have here");
    }
    if path.split('/').any(|part| part == "..") {
        return Err("leads out of the file's folder");
    }
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    Ok(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}
