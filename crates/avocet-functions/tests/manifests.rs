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
