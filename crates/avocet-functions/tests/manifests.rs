//! Manifests as data: each folder under `tests/manifests` holds files and what they are read as.
//!
//! With `UPDATE_EXPECTED=1` the expectations are written anew; look at the difference then.

use std::fs;
use std::path::{Path, PathBuf};

use avocet_functions::manifest::{self, SourceFile};
use serde_json::{Value, json};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests");
    let mut cases: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

/// Everything in a case but the expectation, by name.
fn inputs(case: &Path) -> Vec<SourceFile> {
    let mut files: Vec<SourceFile> = fs::read_dir(case)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap() != "expected.json")
        .map(|path| SourceFile {
            text: fs::read_to_string(&path).unwrap(),
            path: path.file_name().unwrap().to_string_lossy().into_owned(),
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn actual(case: &Path) -> Value {
    let manifest = manifest::parse(&inputs(case));
    let messages: Vec<String> = manifest.diagnostics.iter().map(ToString::to_string).collect();
    let resources: Vec<Value> = manifest
        .resources
        .iter()
        .map(|located| json!({ "at": located.place.to_string(), "resource": located.value }))
        .collect();
    json!({ "resources": resources, "messages": messages })
}

#[test]
fn every_case_reads_as_expected() {
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let (file, actual) = (case.join("expected.json"), actual(&case));
        if update {
            fs::write(&file, serde_json::to_string_pretty(&actual).unwrap() + "\n").unwrap();
        }
        let expected: Value = fs::read(&file)
            .map(|bytes| serde_json::from_slice(&bytes).unwrap())
            .unwrap_or_default();
        if expected != actual {
            wrong.push(format!("{}:\n{actual:#}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_was_read_survives_its_json_form() {
    for case in cases() {
        let manifest = manifest::parse(&inputs(&case));
        let json = serde_json::to_string(&manifest).unwrap();
        let again: manifest::Manifest = serde_json::from_str(&json).unwrap();
        assert_eq!(again, manifest, "{}", case.display());
    }
}

#[test]
fn a_function_knows_where_its_fields_are() {
    let text = "apiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\n\
                metadata: { name: a }\nspec:\n  runtime: v8\n  source: { dir: . }\n  \
                resourceConfiguration:\n    function:\n      profile: XS\n";
    let file = SourceFile { path: "f.yaml".to_owned(), text: text.to_owned() };
    let found = manifest::parse(&[file]);
    let at = |field: &str| found.resources[0].place_of(field).to_string();
    assert_eq!(at("spec.runtime"), "f.yaml:5:12");
    assert_eq!(at("spec.resourceConfiguration"), "f.yaml:7:3");
    assert_eq!(at("spec.env"), "f.yaml:1:1");
}

/// The line and column of the first line of each function's source; `-` where they are not known.
fn code_of(text: &str) -> Vec<String> {
    let file = SourceFile { path: "f.yaml".to_owned(), text: text.to_owned() };
    let found = manifest::parse(&[file]);
    let begin = |code: &Option<avocet_functions::Place>| {
        code.as_ref().map_or("-".to_owned(), ToString::to_string)
    };
    found.resources.iter().map(|located| begin(&located.code)).collect()
}

#[test]
fn a_function_knows_where_its_code_begins() {
    let function = |source: &str| {
        format!(
            "apiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\n\
             metadata: {{ name: a }}\nspec:\n  runtime: v8\n  source:\n    inline:\n      source: \
             {source}\n"
        )
    };
    for (source, begin) in [
        ("|\n        one\n          two", "f.yaml:9:9"),
        ("|-\n\n\n        one", "f.yaml:9:9"),
        ("| # a comment\n        one", "f.yaml:9:9"),
        // The indentation is told: what is further right is part of the text.
        ("|2\n          one\n        two", "f.yaml:9:9"),
        ("&code |\n        one", "f.yaml:9:9"),
        ("!!str &code # a|comment\n        |\n\n        one", "f.yaml:10:9"),
        (">\n        one", "f.yaml:9:9"),
        // Lines that are joined, and escaped ones, are others than those of the file.
        (">\n        one\n        two", "-"),
        ("\"one\\ntwo\"", "-"),
        ("one", "-"),
    ] {
        assert_eq!(code_of(&function(source)), [begin], "{source}");
    }
    let windows = function("|\n        one\n        two").replace('\n', "\r\n");
    assert_eq!(code_of(&windows), ["f.yaml:9:9"]);
}

#[test]
fn code_is_found_in_every_generation_list_and_document() {
    let old = "apiVersion: serverless.kyma-project.io/v1alpha1\nkind: Function\n\
               metadata: { name: a }\nspec:\n  runtime: nodejs12\n  source: |\n    one\n";
    assert_eq!(code_of(old), ["f.yaml:7:5"]);
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: \
                serverless.kyma-project.io/v1alpha2\n  kind: Function\n  metadata: { name: a }\n  \
                spec:\n    runtime: v8\n    source: { inline: &inline\n      { source: \"x\" } }\n\
                - apiVersion: serverless.kyma-project.io/v1alpha2\n  kind: Function\n  metadata: { \
                name: b }\n  spec:\n    runtime: v8\n    source:\n      inline:\n        source: |\n          \
                one\n";
    assert_eq!(code_of(list), ["-", "f.yaml:19:11"]);
    // A block of another place, and a document behind one that cannot be read.
    let shared = "apiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\nmetadata:\n  \
                  name: a\n  annotations:\n    x: &x |\n      one\nspec:\n  runtime: v8\n  source:\n    \
                  inline: { source: *x }\n";
    assert_eq!(code_of(shared), ["f.yaml:7:7"]);
    assert_eq!(code_of(&format!("a: b: c\n---\n{old}")), ["f.yaml:9:5"]);
}
