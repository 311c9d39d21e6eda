//! `spec.source`, in its three generations.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::{Engine, Git, GitAuth, GitAuthKind, Inline, Runtime, Source};

use super::node::{At, Node, Value};
use super::object::Object;

const ALLOWED: &str = "one of `inline`, `gitRepository` and `dir`";

/// Names of the fields in the forms before `source.inline`.
pub(super) struct TextForm {
    source: &'static str,
    content_type: &'static str,
}

/// The first form of `v1alpha1`.
const FIRST: TextForm = TextForm { source: "function", content_type: "functionContentType" };

/// The second form of `v1alpha1`.
const SECOND: TextForm = TextForm { source: "source", content_type: "functionContentType" };

/// Fields in `kubeless.io`.
pub(super) const KUBELESS: TextForm =
    TextForm { source: "function", content_type: "function-content-type" };

pub(super) fn read(spec: &Object<'_, '_>, runtime: Option<Runtime>) -> Option<Source> {
    let Some(field) = spec.get("source") else {
        if spec.has("function") {
            return text(spec, &FIRST, runtime);
        }
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

/// `v1alpha1`: `source` is the text, `deps` its dependencies; or it names a repository.
fn old(spec: &Object<'_, '_>, text: &str, runtime: Option<Runtime>) -> Option<Source> {
    if spec.text("type") == Some("git") {
        spec.ignore(&["deps"]);
        let url = text.to_owned();
        let reference = spec.required_text("reference");
        let base_dir = spec.text("baseDir").unwrap_or_default().to_owned();
        let reference = reference?.to_owned();
        return Some(Source::Git(Git { url, reference, base_dir, auth: None, commit: None }));
    }
    self::text(spec, &SECOND, runtime)
}

/// A text with the dependencies in `deps`.
pub(super) fn text(
    spec: &Object<'_, '_>,
    form: &TextForm,
    runtime: Option<Runtime>,
) -> Option<Source> {
    let dependencies = spec.text("deps").map(str::to_owned);
    check_dependencies(spec, "deps", dependencies.as_deref(), runtime);
    let source = spec.required_text(form.source);
    let (at, path) = (spec.at_of(form.source), spec.path_of(form.source));
    let source = match spec.text(form.content_type) {
        None | Some("text" | "plaintext") => source?.to_owned(),
        Some("base64") => {
            let plain: String = source?.split_ascii_whitespace().collect();
            let decoded = STANDARD.decode(plain).ok().and_then(|b| String::from_utf8(b).ok());
            let Some(decoded) = decoded else {
                spec.cx.error(at, &path, "is no text in base64, as its content type says");
                return None;
            };
            decoded
        }
        Some(other) => {
            let message =
                format!("content type {other:?} is not read: allowed are text and base64");
            let (at, path) = (spec.at_of(form.content_type), spec.path_of(form.content_type));
            let help = "put the source into the file, or beside it with `source.dir`";
            spec.cx.error_with_help(at, &path, message, help);
            return None;
        }
    };
    if source.trim().is_empty() {
        spec.cx.error(at, &path, "must not be empty");
    }
    Some(Source::Inline(Inline { source, dependencies }))
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

/// Start of the inline source of a function's document, where its lines are lines of the file.
pub(super) fn code(document: &Node) -> Option<At> {
    let spec = document.field("spec")?;
    let source = spec.field("source").or_else(|| spec.field(FIRST.source))?;
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
    let url = repository_url(&git);
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
        url: url?,
        reference: reference?.to_owned(),
        base_dir,
        auth,
        commit: None,
    }))
}

/// `url`: an address, as `git` takes it.
pub(super) fn repository_url(object: &Object<'_, '_>) -> Option<String> {
    let url = object.required_text("url")?;
    if !url.contains(':') {
        let message = format!("{url:?} is no repository's URL");
        let help = "write it as https://host/path, ssh://host/path or user@host:path";
        object.cx.error_with_help(object.at_of("url"), &object.path_of("url"), message, help);
    }
    Some(url.to_owned())
}

pub(super) fn git_auth(auth: &Object<'_, '_>) -> Option<GitAuth> {
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
