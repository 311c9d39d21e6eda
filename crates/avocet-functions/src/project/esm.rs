//! Telling ECMAScript modules from CommonJS.

use std::collections::BTreeMap;

use super::tokens::{Scanner, Token, is_word};
use crate::model::FileContent;

/// Whether the JavaScript file `entry` is an ECMAScript module: by its extension (`.mjs`, `.cjs`),
/// else by `"type"` in `package.json`, else by its syntax.
pub fn is_module(entry: &str, files: &BTreeMap<String, FileContent>) -> bool {
    if entry.ends_with(".mjs") {
        return true;
    }
    if !entry.ends_with(".js") {
        return false;
    }
    package_is_module(files)
        || files.get(entry).and_then(FileContent::text).is_some_and(has_module_syntax)
}

/// Whether `package.json` says `"type": "module"`.
pub fn package_is_module(files: &BTreeMap<String, FileContent>) -> bool {
    #[derive(serde::Deserialize)]
    struct PackageJson {
        #[serde(rename = "type", default)]
        kind: Option<String>,
    }
    let package = files.get("package.json").map(|content| &content.0[..]);
    let parsed = package.and_then(|json| serde_json::from_slice::<PackageJson>(json).ok());
    parsed.and_then(|package| package.kind).is_some_and(|kind| kind == "module")
}

/// Whether the text of a `package.json` names packages to install.
pub fn names_packages(json: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct PackageJson {
        #[serde(default)]
        dependencies: Option<BTreeMap<String, serde_json::Value>>,
    }
    let parsed = serde_json::from_slice::<PackageJson>(json).ok();
    parsed.and_then(|package| package.dependencies).is_some_and(|map| !map.is_empty())
}

/// Whether a source has an `import` or `export` statement or `import.meta` at its top level.
///
/// Reads tokens only, so that the words in comments, strings, templates and regular expressions do
/// not count. `import(…)` is no statement: CommonJS has it too.
pub fn has_module_syntax(source: &str) -> bool {
    let mut scan = Scanner::new(source);
    while let Some(token) = scan.next() {
        let Token::Word(word) = token else { continue };
        let after = scan.peek();
        let statement = match word {
            b"export" => scan.depth() == 0 && (matches!(after, b'{' | b'*') || is_word(after)),
            b"import" => {
                after == b'.'
                    || scan.depth() == 0
                        && (matches!(after, b'{' | b'*' | b'"' | b'\'') || is_word(after))
            }
            _ => false,
        };
        if statement {
            return true;
        }
    }
    false
}
