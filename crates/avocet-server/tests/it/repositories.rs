//! Functions whose sources are in a Git repository of this machine.

use std::path::Path;
use std::process::Command;

use avocet_server::api::{ApplyOutcome, ApplyReport};

use crate::support::{Running, start};

/// Runs git as somebody.
fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Commits these files; gives the commit.
fn commit(folder: &Path, files: &[(&str, &str)]) -> String {
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "change"]);
    git(folder, &["rev-parse", "HEAD"])
}

fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet", "--initial-branch=main"]);
    commit(folder.path(), files);
    folder
}

/// A function in a repository; `more` are lines of `gitRepository`, indented by six.
fn function(folder: &Path, more: &str) -> String {
    format!(
        "apiVersion: serverless.kyma-project.io/v1alpha2\nkind: Function\nmetadata:\n  name: f\n\
         spec:\n  runtime: v8\n  source:\n    gitRepository:\n      url: file://{}\n{more}",
        folder.display()
    )
}

const MAIN: &str = "      baseDir: /functions/one\n      reference: main\n";

fn outcome(report: &ApplyReport) -> (ApplyOutcome, Option<u64>) {
    (report.results[0].outcome, report.results[0].revision)
}

async fn deployed(running: &Running, yaml: &str) -> (ApplyOutcome, Option<u64>) {
    let report = running.apply(yaml).await;
    assert!(!report.is_refused(), "{report:#?}");
    outcome(&report)
}

#[tokio::test]
async fn a_repository_is_fetched_at_each_deploy() {
    let folder = repository(&[("functions/one/handler.js", "text one"), ("README.md", "1")]);
    let (folder, running) = (folder.path(), start().await);
    let yaml = function(folder, MAIN);
    assert_eq!(deployed(&running, &yaml).await, (ApplyOutcome::Created, Some(1)));
    assert_eq!(running.get("/default/f").await.text(), "one");
    // What is not the function's is no new revision of it.
    commit(folder, &[("README.md", "2")]);
    assert_eq!(deployed(&running, &yaml).await, (ApplyOutcome::Unchanged, Some(1)));
    let second = commit(folder, &[("functions/one/handler.js", "text two")]);
    assert_eq!(deployed(&running, &yaml).await, (ApplyOutcome::Configured, Some(2)));
    assert_eq!(running.get("/default/f").await.text(), "two");
    let answer = running.admin("GET", "/api/v1/namespaces/default/functions/f", "").await;
    assert!(answer.text().contains(&second), "{}", answer.text());
}

#[tokio::test]
async fn what_cannot_be_fetched_is_refused_with_its_field_and_what_runs_goes_on() {
    let folder = repository(&[("functions/one/handler.js", "text one"), ("empty/x", "")]);
    let (folder, running) = (folder.path(), start().await);
    deployed(&running, &function(folder, MAIN)).await;
    let auth = "      auth: {type: basic, secretName: login}\n";
    for (more, field, why) in [
        ("      reference: gone\n", ".reference", "no branch, tag or commit \"gone\""),
        ("      reference: main\n      baseDir: x\n", ".baseDir", "no folder \"x\" at main"),
        ("      reference: main\n      baseDir: empty\n", "", "no handler file"),
        (&format!("{MAIN}{auth}"), ".auth", "the Secret default/login does not exist"),
    ] {
        let report = running.apply(&function(folder, more)).await;
        assert_eq!(outcome(&report), (ApplyOutcome::Refused, None));
        let wrong = &report.diagnostics[0];
        let path = match field {
            "" => "spec.source".to_owned(),
            field => format!("spec.source.gitRepository{field}"),
        };
        assert_eq!(wrong.path.as_ref(), Some(&path), "{wrong:?}");
        assert!(wrong.message.contains(why), "{wrong:?}");
    }
    assert_eq!(running.get("/default/f").await.text(), "one");
}

#[tokio::test]
async fn one_signs_in_with_the_secret_of_the_same_set() {
    let folder = repository(&[("handler.js", "text in")]);
    let running = start().await;
    let secret = |data: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: login}}\nstringData: {data}\n---\n"
        )
    };
    let auth = "      reference: main\n      auth: {type: basic, secretName: login}\n";
    let function = function(folder.path(), auth);
    for (data, why) in [
        ("{username: ada}", "the Secret login has no `password`"),
        ("{username: \"a\\nb\", password: x}", "`username` of the Secret login is not one line"),
    ] {
        let report = running.apply(&(secret(data) + &function)).await;
        assert!(report.is_refused());
        assert!(report.diagnostics[0].message.contains(why), "{:?}", report.diagnostics);
    }
    let good = secret("{username: ada, password: lovelace}") + &function;
    assert!(!running.apply(&good).await.is_refused());
    assert_eq!(running.get("/default/f").await.text(), "in");
}
