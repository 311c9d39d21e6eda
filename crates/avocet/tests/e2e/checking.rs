//! `avocet check`: a report on files, without a server.

use crate::kit::command::{Run, avocet, run_in};
use crate::kit::definition;

/// Checks files that are written for it.
fn check(files: &[(&str, &str)], more: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        std::fs::write(folder.path().join(path), text).unwrap();
    }
    run_in(folder.path(), ["check", "."].iter().chain(more), b"")
}

const ENV: &str = "  env:\n    - name: KEY\n      valueFrom:\n        secretKeyRef:\n          \
                   name: keys\n          key: one\n";

#[test]
fn every_verdict_is_told_with_its_place() {
    let yaml = definition("orders", ENV).replace("runtime: v8", "runtime: nodejs6")
        + "  foo: 1\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n";
    let files = [
        ("function.yaml", &*yaml),
        ("handler.js", "exports.main = () => 1;"),
        ("package.json", r#"{"dependencies":{"ms":"2.1.3"}}"#),
    ];
    let report = check(&files, &[]).ok();
    let has = |verdict: &str, text: &str| {
        report.lines().any(|line| line.starts_with(verdict) && line.contains(text))
    };
    assert!(has("works", "calls `main` of handler.js: ./function.yaml:1"), "{report}");
    assert!(has("works", "package.json: installed by npm at deploy"), "{report}");
    assert!(has("mapped", "`nodejs6` runs on Node.js"), "{report}");
    assert!(has("ignored", "spec.foo"), "{report}");
    assert!(has("ignored", "Pod"), "{report}");
    assert!(has("needs", "Secret `default/keys`"), "{report}");
}

#[test]
fn what_would_be_refused_fails() {
    let yaml = definition("orders", "").replace("runtime: v8", "runtime: nodejs20");
    let files = [
        ("function.yaml", &*yaml),
        ("handler.js", "exports.main = () => 1;"),
        ("package.json", "{ oops }"),
    ];
    let run = check(&files, &["-o", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    run.fails(3);
    let findings = report["findings"].as_array().unwrap();
    let failing = findings.iter().find(|finding| finding["verdict"] == "fails").unwrap();
    assert!(failing["message"].as_str().unwrap().contains("package.json"), "{failing}");
}

#[test]
fn the_namespace_comes_from_the_environment_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("function.yaml"), definition("orders", ENV)).unwrap();
    std::fs::write(folder.path().join("handler.js"), "exports.main = () => 1;").unwrap();
    let checked = |more: &[&str]| {
        let mut command = avocet();
        command.env("AVOCET_NAMESPACE", "shop").current_dir(folder.path());
        let output = command.args(["check", "."]).args(more).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(checked(&[]).contains("Secret `shop/keys`"));
    assert!(checked(&["-n", "desk"]).contains("Secret `desk/keys`"));
}
