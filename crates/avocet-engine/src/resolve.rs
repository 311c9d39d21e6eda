//! Resolution of the file that a `require` or an `import` means.
//!
//! The rules are those that programs written for Node.js rely on, over any set of files: relative
//! requests with the usual extensions and `index` files, bare ones through `node_modules` with
//! `package.json`'s `main` and `exports`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

/// The files of a program.
pub trait Files: Send + Sync {
    /// The bytes of a file; `None` where there is none of that name.
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>>;

    /// Whether there is a file of that name.
    fn exists(&self, path: &str) -> bool {
        self.read(path).is_some()
    }
}

impl<V: AsRef<[u8]> + Send + Sync> Files for BTreeMap<String, V> {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        self.get(path).map(|bytes| Cow::Borrowed(bytes.as_ref()))
    }

    fn exists(&self, path: &str) -> bool {
        self.contains_key(path)
    }
}

/// Format as which a file is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A function of `exports`, `require`, `module`, `__filename` and `__dirname`.
    CommonJs,
    /// An ES module.
    Module,
    /// A value.
    Json,
}

impl Format {
    /// Name of the format for JavaScript.
    pub fn name(self) -> &'static str {
        match self {
            Self::CommonJs => "commonjs",
            Self::Module => "module",
            Self::Json => "json",
        }
    }
}

/// Tried in this order where the request has no extension of its own.
const EXTENSIONS: [&str; 4] = [".js", ".json", ".cjs", ".mjs"];

/// The file that `request` means in the file `from`; `None` where there is none.
pub fn resolve(files: &dyn Files, request: &str, from: &str) -> Option<String> {
    let request = request.strip_prefix("file://").unwrap_or(request);
    if request.starts_with('/') {
        return file_or_folder(files, &normalize(request)?);
    }
    if request == "." || request == ".." || request.starts_with("./") || request.starts_with("../")
    {
        return file_or_folder(files, &normalize(&join(folder(from), request))?);
    }
    package(files, request, folder(from))
}

/// Format of the file `path`, as far as its name and the nearest `package.json` tell: `None` leaves
/// it to the syntax.
pub fn format_by_name(files: &dyn Files, path: &str) -> Option<Format> {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("json") => return Some(Format::Json),
        Some("mjs") => return Some(Format::Module),
        Some("cjs") => return Some(Format::CommonJs),
        _ => {}
    }
    let mut at = folder(path);
    loop {
        if let Some(manifest) = manifest(files, at) {
            return match manifest.get("type").and_then(Value::as_str) {
                Some("module") => Some(Format::Module),
                Some("commonjs") => Some(Format::CommonJs),
                _ => None,
            };
        }
        if at.is_empty() || at == "/" {
            return None;
        }
        at = folder(at);
    }
}

/// The folder of a path: what stands before its last `/`.
pub fn folder(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) => "/",
        Some(at) => &path[..at],
        None => "",
    }
}

fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        "/" => format!("/{name}"),
        _ => format!("{folder}/{name}"),
    }
}

/// Without `.` and `..`; `None` where it leads out of the program's files.
fn normalize(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    Some(if path.starts_with('/') { format!("/{joined}") } else { joined })
}

fn file_or_folder(files: &dyn Files, path: &str) -> Option<String> {
    file(files, path).or_else(|| as_folder(files, path))
}

fn file(files: &dyn Files, path: &str) -> Option<String> {
    if !path.is_empty() && files.exists(path) {
        return Some(path.to_owned());
    }
    EXTENSIONS.iter().map(|extension| format!("{path}{extension}")).find(|path| files.exists(path))
}

fn as_folder(files: &dyn Files, path: &str) -> Option<String> {
    if let Some(main) = manifest(files, path).as_ref().and_then(|m| m.get("main")?.as_str()) {
        let main = normalize(&join(path, main))?;
        if let Some(found) = file(files, &main).or_else(|| file(files, &join(&main, "index"))) {
            return Some(found);
        }
    }
    file(files, &join(path, "index"))
}

fn manifest(files: &dyn Files, folder: &str) -> Option<Value> {
    serde_json::from_slice(&files.read(&join(folder, "package.json"))?).ok()
}

/// A bare request: `name`, `name/inner`, `@scope/name`, looked for in every `node_modules` upwards.
fn package(files: &dyn Files, request: &str, from: &str) -> Option<String> {
    let name_parts = if request.starts_with('@') { 2 } else { 1 };
    let end = request.match_indices('/').nth(name_parts - 1).map_or(request.len(), |(at, _)| at);
    let (name, inner) = (&request[..end], request[end..].trim_start_matches('/'));
    let mut at = from;
    loop {
        let root = join(at, &format!("node_modules/{name}"));
        if let Some(found) = in_package(files, &root, inner) {
            return Some(found);
        }
        if at.is_empty() || at == "/" {
            return None;
        }
        at = folder(at);
    }
}

fn in_package(files: &dyn Files, root: &str, inner: &str) -> Option<String> {
    if let Some(exports) = manifest(files, root).as_ref().and_then(|m| m.get("exports")) {
        let key = if inner.is_empty() { ".".to_owned() } else { format!("./{inner}") };
        return file(files, &normalize(&join(root, exported(exports, &key)?))?);
    }
    match inner {
        "" => as_folder(files, root),
        _ => file_or_folder(files, &normalize(&join(root, inner))?),
    }
}

/// The target of `key` in a package's `exports`.
fn exported<'v>(exports: &'v Value, key: &str) -> Option<&'v str> {
    match exports {
        Value::Object(map) if map.keys().any(|name| name.starts_with('.')) => {
            map.get(key).and_then(target)
        }
        _ if key == "." => target(exports),
        _ => None,
    }
}

/// The first target whose condition holds here.
fn target(value: &Value) -> Option<&str> {
    const CONDITIONS: [&str; 4] = ["require", "import", "node", "default"];
    match value {
        Value::String(path) => Some(path),
        Value::Array(list) => list.iter().find_map(target),
        Value::Object(map) => {
            CONDITIONS.iter().find_map(|condition| map.get(*condition).and_then(target))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> BTreeMap<String, String> {
        list.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn relative_requests_find_the_file_as_programs_expect() {
        let files = files(&[
            ("handler.js", ""),
            ("lib/a.js", ""),
            ("lib/index.js", ""),
            ("data.json", ""),
            ("lib/deep/b.mjs", ""),
            ("packed/package.json", r#"{"main":"./src/main"}"#),
            ("packed/src/main.js", ""),
        ]);
        for (request, from, found) in [
            ("./lib/a", "handler.js", Some("lib/a.js")),
            ("./lib/a.js", "handler.js", Some("lib/a.js")),
            ("./a", "lib/index.js", Some("lib/a.js")),
            ("../data", "lib/a.js", Some("data.json")),
            ("./lib", "handler.js", Some("lib/index.js")),
            (".", "lib/a.js", Some("lib/index.js")),
            ("./deep/b", "lib/a.js", Some("lib/deep/b.mjs")),
            ("./packed", "handler.js", Some("packed/src/main.js")),
            ("./nothing", "handler.js", None),
            ("../../outside", "lib/a.js", None),
        ] {
            assert_eq!(resolve(&files, request, from).as_deref(), found, "{request} in {from}");
        }
    }

    #[test]
    fn bare_requests_walk_up_through_node_modules() {
        let files = files(&[
            ("node_modules/plain/index.js", ""),
            ("node_modules/plain/lib/x.js", ""),
            ("node_modules/@scope/name/package.json", r#"{"main":"main.js"}"#),
            ("node_modules/@scope/name/main.js", ""),
            (
                "node_modules/modern/package.json",
                r#"{"exports":{".":{"import":"./esm.mjs","require":"./cjs.cjs"},"./x":"./x.js"}}"#,
            ),
            ("node_modules/modern/esm.mjs", ""),
            ("node_modules/modern/cjs.cjs", ""),
            ("node_modules/modern/x.js", ""),
            ("node_modules/modern/hidden.js", ""),
            ("lib/node_modules/plain/index.js", ""),
        ]);
        for (request, from, found) in [
            ("plain", "handler.js", Some("node_modules/plain/index.js")),
            ("plain", "lib/deep/a.js", Some("lib/node_modules/plain/index.js")),
            ("plain/lib/x", "handler.js", Some("node_modules/plain/lib/x.js")),
            ("@scope/name", "handler.js", Some("node_modules/@scope/name/main.js")),
            ("modern", "handler.js", Some("node_modules/modern/cjs.cjs")),
            ("modern/x", "handler.js", Some("node_modules/modern/x.js")),
            ("modern/hidden.js", "handler.js", None),
            ("absent", "handler.js", None),
        ] {
            assert_eq!(resolve(&files, request, from).as_deref(), found, "{request} in {from}");
        }
    }

    #[test]
    fn the_format_follows_the_extension_then_the_nearest_manifest() {
        let files = files(&[
            ("package.json", r#"{"type":"module"}"#),
            ("old/package.json", r#"{"type":"commonjs"}"#),
            ("plain/package.json", "{}"),
        ]);
        for (path, format) in [
            ("a.js", Some(Format::Module)),
            ("lib/a.js", Some(Format::Module)),
            ("old/a.js", Some(Format::CommonJs)),
            ("old/a.mjs", Some(Format::Module)),
            ("a.cjs", Some(Format::CommonJs)),
            ("a.json", Some(Format::Json)),
            ("plain/a.js", None),
        ] {
            assert_eq!(format_by_name(&files, path), format, "{path}");
        }
    }

    #[test]
    fn absolute_paths_stay_absolute() {
        let files = files(&[("/srv/app/main.js", ""), ("/srv/lib.js", "")]);
        assert_eq!(resolve(&files, "../lib", "/srv/app/main.js").as_deref(), Some("/srv/lib.js"));
        assert_eq!(resolve(&files, "/srv/app/main", "x.js").as_deref(), Some("/srv/app/main.js"));
    }
}
