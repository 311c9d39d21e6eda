//! Modules of functions on Node.js and `v8`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use avocet_functions::model::{Engine, Runtime};
use serde_json::Value;

use super::{Asking, Missing, below, folder_of};

/// What runtime `v8` has built in, as `crates/avocet-engine/js/modules.js` has it.
const OF_V8: [&str; 15] = [
    "assert",
    "assert/strict",
    "buffer",
    "console",
    "crypto",
    "events",
    "path",
    "path/posix",
    "process",
    "querystring",
    "timers",
    "timers/promises",
    "url",
    "util",
    "util/types",
];

/// The modules of an installed Node.js.
pub(super) fn modules_of(program: &Path) -> Option<BTreeSet<String>> {
    let mut command = Command::new(program);
    command.args(["-p", "JSON.stringify(require('module').builtinModules)"]);
    command.env_remove("NODE_OPTIONS").stdin(Stdio::null()).stderr(Stdio::null());
    serde_json::from_slice(&command.output().ok()?.stdout).ok()
}

pub(super) fn missing_on_v8(asking: &Asking<'_>) -> Vec<Missing> {
    let runtime = Runtime::NODEJS;
    wanting(asking, |module| {
        let own = module.strip_prefix("node:").unwrap_or(module);
        !OF_V8.contains(&own) && !is_shipped(asking, package_of(module))
    })
    .map(|mut missing: Missing| {
        missing.text.push_str(", which `v8` does not have");
        let sdk = asking.sdk(&missing.help);
        missing.help = sdk.unwrap_or_else(|| format!("use runtime `{runtime}`"));
        missing
    })
    .collect()
}

pub(super) fn missing(asking: &Asking<'_>, built_in: &BTreeSet<String>) -> Vec<Missing> {
    let text = asking.list().unwrap_or("{}");
    let Ok(list) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
        // It is refused for that.
        return Vec::new();
    };
    let names = |kind: &str| list.get(kind).and_then(Value::as_object);
    let in_any = |kinds: &[&str], name: &str| {
        kinds.iter().any(|kind| names(kind).is_some_and(|all| all.contains_key(name)))
    };
    let wanted = |module: &str| {
        let package = package_of(module);
        let there = module.starts_with("node:")
            || built_in.contains(module)
            || built_in.contains(package)
            || in_any(&["dependencies", "optionalDependencies", "peerDependencies"], package)
            || list.get("name").and_then(Value::as_str) == Some(package)
            || asking.is_newest() && module == "sdk"
            || is_shipped(asking, package);
        !there
    };
    let place = asking.list_name();
    wanting(asking, wanted)
        .map(|mut missing| {
            let package = missing.help.clone();
            missing.text.push_str(", which is neither part of Node.js nor among the dependencies");
            missing.help = if let Some(sdk) = asking.sdk(&package) {
                sdk
            } else if in_any(&["devDependencies"], &package) {
                format!("`devDependencies` are not installed: move it to `dependencies` in {place}")
            } else if asking.list().is_none() {
                format!("add {{\"dependencies\": {{\"{package}\": \"*\"}}}} as {place}")
            } else {
                format!("add \"{package}\": \"*\" to `dependencies` in {place}")
            };
            missing
        })
        .collect()
}

/// The first use of each package that is `wanted`; the package's name stands in place of the help.
fn wanting(asking: &Asking<'_>, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = Missing> {
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for (file, outline) in asking.sources(follow) {
        for used in outline.uses {
            let package = package_of(&used.module).to_owned();
            if is_bare(&used.module) && wanted(&used.module) && told.insert(package.clone()) {
                let text = format!("{file} asks for module `{}`", used.module);
                found.push(Missing { file: file.clone(), spot: used.spot, text, help: package });
            }
        }
    }
    found.into_iter()
}

/// The files that a relative name may mean.
fn follow(from: &str, module: &str) -> Vec<String> {
    if !module.starts_with("./") && !module.starts_with("../") {
        return Vec::new();
    }
    let Some(path) = below(folder_of(from), module) else { return Vec::new() };
    let extensions = Engine::NodeJs.extensions();
    let beside = extensions.iter().map(|extension| format!("{path}.{extension}"));
    let inside = extensions.iter().map(|extension| format!("{path}/index.{extension}"));
    std::iter::once(path.clone()).chain(beside).chain(inside).collect()
}

/// Whether the name is one that Node.js looks for among packages.
fn is_bare(module: &str) -> bool {
    let scoped = module.strip_prefix('@');
    let begins = scoped.unwrap_or(module).starts_with(|c: char| c.is_ascii_alphanumeric());
    let sign = |c: char| c.is_ascii_alphanumeric() || "-._~/@".contains(c);
    begins
        && (scoped.is_none() || module.contains('/'))
        && module.strip_prefix("node:").unwrap_or(module).chars().all(sign)
}

/// `@scope/name` of `@scope/name/part`, `name` of `name/part`.
fn package_of(module: &str) -> &str {
    let parts = if module.starts_with('@') { 2 } else { 1 };
    let end = module.match_indices('/').nth(parts - 1).map_or(module.len(), |(at, _)| at);
    &module[..end]
}

/// Whether the function brings the package itself.
fn is_shipped(asking: &Asking<'_>, package: &str) -> bool {
    let folder = format!("node_modules/{package}");
    asking
        .package
        .files
        .keys()
        .any(|path| path.split_once(&*folder).is_some_and(|(_, rest)| rest.starts_with(['/', '.'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modules_of_v8_are_those_that_its_engine_has() {
        let engine = include_str!("../../../avocet-engine/js/modules.js");
        let (_, table) = engine.split_once("const BUILTINS = {").unwrap();
        let (table, _) = table.split_once("};").unwrap();
        let names = table.lines().filter_map(|line| line.trim().split_once(": () =>"));
        let names: Vec<_> = names.map(|(name, _)| name.trim_matches('\'')).collect();
        assert_eq!(names, OF_V8);
    }

    #[test]
    fn packages_have_names() {
        for (module, package) in
            [("a", "a"), ("a/b/c", "a"), ("@a/b", "@a/b"), ("@a/b/c", "@a/b"), ("@a", "@a")]
        {
            assert_eq!(package_of(module), package);
        }
        for module in ["./a", "../a", "/a", "#a", "https://a", "data:a", "", "@a", "a b"] {
            assert!(!is_bare(module), "{module}");
        }
        for module in ["a", "a.b", "@a/b", "node:fs", "lodash/fp"] {
            assert!(is_bare(module), "{module}");
        }
    }
}
