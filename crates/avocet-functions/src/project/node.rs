//! Modules that JavaScript asks for by name: whether `v8` has them, and the files that they lead
//! to.

use std::collections::{BTreeMap, BTreeSet};

use super::folders::below;
use super::{Outline, read_javascript};
use crate::model::{Engine, FileContent};

/// Modules that runtime `v8` has built in, as `crates/avocet-engine/js/modules.js` has them.
pub const V8_MODULES: [&str; 15] = [
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

/// Most sources of a function that are read.
const MAX_SOURCES: usize = 200;

/// Whether a handler, or a file that it leads to, asks for a module that runtime `v8` has not, or
/// calls what only Node.js gives to everybody.
pub(super) fn is_needed(handler: &str, files: &BTreeMap<String, FileContent>) -> bool {
    sources(handler, files).iter().any(|(_, outline)| {
        let lacks = |module: &str| is_bare(module) && !is_of_v8(module);
        outline.uses.iter().any(|used| lacks(&used.module)) || outline.only_node
    })
}

/// Whether runtime `v8` has the module.
pub fn is_of_v8(module: &str) -> bool {
    V8_MODULES.contains(&module.strip_prefix("node:").unwrap_or(module))
}

/// The sources that `entry` leads to by relative names, itself first.
fn sources(entry: &str, files: &BTreeMap<String, FileContent>) -> Vec<(String, Outline)> {
    let mut known = BTreeSet::from([entry.to_owned()]);
    let mut waiting = vec![entry.to_owned()];
    let mut read = Vec::new();
    while let Some(path) = waiting.pop() {
        let text = files.get(&path).and_then(FileContent::text).unwrap_or_default();
        let outline = read_javascript(text);
        for used in &outline.uses {
            let next = candidates(&path, &used.module).into_iter().find(|c| files.contains_key(c));
            if let Some(next) = next
                && known.len() < MAX_SOURCES
                && known.insert(next.clone())
            {
                waiting.push(next);
            }
        }
        read.push((path, outline));
    }
    read
}

/// The files that a relative name may mean, seen from the file `from`.
pub fn candidates(from: &str, module: &str) -> Vec<String> {
    if !module.starts_with("./") && !module.starts_with("../") {
        return Vec::new();
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let Some(path) = below(folder, module) else { return Vec::new() };
    let extensions = Engine::NodeJs.extensions();
    let beside = extensions.iter().map(|extension| format!("{path}.{extension}"));
    let inside = extensions.iter().map(|extension| format!("{path}/index.{extension}"));
    std::iter::once(path.clone()).chain(beside).chain(inside).collect()
}

/// Whether the name is one that Node.js looks for among its own modules and packages.
pub fn is_bare(module: &str) -> bool {
    let scoped = module.strip_prefix('@');
    let begins = scoped.unwrap_or(module).starts_with(|c: char| c.is_ascii_alphanumeric());
    let sign = |c: char| c.is_ascii_alphanumeric() || "-._~/@".contains(c);
    begins
        && (scoped.is_none() || module.contains('/'))
        && module.strip_prefix("node:").unwrap_or(module).chars().all(sign)
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
        assert_eq!(names, V8_MODULES);
    }

    #[test]
    fn names_are_bare_or_paths() {
        for module in ["./a", "../a", "/a", "#a", "https://a", "data:a", "", "@a", "a b"] {
            assert!(!is_bare(module), "{module}");
        }
        for module in ["a", "a.b", "@a/b", "node:fs", "lodash/fp"] {
            assert!(is_bare(module), "{module}");
        }
    }
}
