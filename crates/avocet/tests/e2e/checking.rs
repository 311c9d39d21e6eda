//! `avocet check`: a report on files, without a server.

use crate::kit::command::{Run, avocet, run_in};
use crate::kit::contract::Family;
use crate::kit::definition;
use crate::kit::server::Server;

/// Checks files that are written for it.
fn check(files: &[(&str, &str)], more: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
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
    assert!(has("works", "calls `main` of handler.js: ./function.yaml:7"), "{report}");
    assert!(has("works", "package.json: installed by npm at deploy"), "{report}");
    assert!(has("mapped", "`nodejs6` runs on Node.js"), "{report}");
    assert!(has("ignored", "spec.foo"), "{report}");
    assert!(has("ignored", "Pod"), "{report}");
    assert!(has("needs", "Secret `default/keys`"), "{report}");
}

#[test]
fn a_bare_file_that_says_nothing_has_its_folders_name() {
    let outer = tempfile::tempdir().unwrap();
    let cases = [
        ("orders", "handler.js", "default/orders:"),
        ("orders", "index.js", "default/orders:"),
        ("orders", "main.py", "default/orders:"),
        ("My Shop.v2", "handler.mjs", "default/my-shop-v2:"),
        ("orders", "hello.js", "default/hello:"),
    ];
    for (folder, file, name) in cases {
        let folder = outer.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        let text = match file {
            file if file.ends_with(".py") => "def main(event, context):\n    return 'hi'\n",
            file if file.ends_with(".mjs") => "export const main = () => 'hi';",
            _ => "exports.main = () => 'hi';",
        };
        std::fs::write(folder.join(file), text).unwrap();
        let report = run_in(&folder, ["check", file], b"").ok();
        assert!(report.contains(name), "{file}: {report}");
        assert!(report.contains(&format!(": {file}:1")), "{file}: {report}");
    }
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
fn a_repository_is_not_fetched_and_what_it_needs_is_told() {
    let source = "  source:\n    gitRepository:\n      url: https://me:token@example.org/x.git\n      \
                  reference: main\n      auth: {type: basic, secretName: login}\n";
    let yaml = definition("orders", "").replace("  source:\n    dir: .\n", source);
    let report = check(&[("function.yaml", &yaml)], &[]).ok();
    assert!(has(
        &report,
        "works",
        &["https://example.org/x.git", "fetched when it is deployed"],
        ""
    ));
    assert!(has(&report, "needs", &["gitRepository.auth", "Secret `default/login`"], ""));
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

/// Whether there is a line with this beginning, these texts and this end.
fn has(report: &str, verdict: &str, texts: &[&str], end: &str) -> bool {
    report.lines().any(|line| {
        line.starts_with(verdict)
            && texts.iter().all(|text| line.contains(text))
            && line.ends_with(end)
    })
}

#[test]
fn a_finding_says_what_is_allowed() {
    let yaml = definition("orders", "").replace("runtime: v8", "runtime: nodejs99");
    let files = [("function.yaml", &*yaml), ("handler.js", "exports.main = () => 1;")];
    let report = check(&files, &[]).stdout;
    let texts = ["unknown runtime `nodejs99`: ./function.yaml:6:12 (allowed are ", "python312"];
    assert!(has(&report, "fails", &texts, ")"), "{report}");
    let report = check(&files, &["-o", "json"]).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let help = report["findings"][0]["help"].as_str().unwrap();
    assert!(help.starts_with("allowed are "), "{help}");
}

#[test]
fn a_finding_is_told_where_its_field_or_file_is() {
    let more = "  resourceConfiguration:\n    function:\n      profile: XS\n";
    let yaml = definition("orders", &format!("{ENV}{more}"));
    let yaml = yaml.replace("runtime: v8", "runtime: nodejs20");
    let files = [
        ("orders/function.yaml", &*yaml),
        ("orders/handler.js", "exports.main = () => 1;"),
        ("cls/handler.js", "exports.main = () => 1;"),
        ("packed/handler.js", "exports.main = () => 1;"),
        ("packed/package.json", r#"{"dependencies":{"ms":"2.1.3"}}"#),
        ("two/handler.js", ""),
        ("two/handler.py", ""),
        ("wrong/handler.js", "exports.main = () => 1;"),
        ("wrong/package.json", r#"{"private":true,}"#),
    ];
    let report = check(&files, &[]).stdout;
    let expected: &[(&str, &str, &str)] = &[
        ("works", "runs on `v8`", ": ./cls/handler.js:1"),
        ("works", "calls `main`", ": ./cls/handler.js:1"),
        ("works", "installed by npm", ": ./packed/package.json:1"),
        ("needs", "Secret `default/keys`", ": ./orders/function.yaml:9:3"),
        ("mapped", "processor share", ": ./orders/function.yaml:15:3"),
        ("fails", "trailing comma: ./wrong/package.json:1:17", "(correct or remove the file)"),
        ("fails", "more than one handler: handler.js, handler.py: ./two (", ")"),
    ];
    for (verdict, text, end) in expected {
        assert!(has(&report, verdict, &[text], end), "{text}: {report}");
    }
    assert!(report.contains("orders/function.yaml:6:12"), "{report}");
}

#[test]
fn a_broken_yaml_file_is_told_with_its_error() {
    let report = check(&[("broken.yaml", "a: b\n a: : c\n")], &[]).stdout;
    assert!(has(&report, "fails", &["not valid YAML: "], ": ./broken.yaml:2:3"), "{report}");
}

#[test]
fn a_syntax_error_is_found_without_running_anything() {
    let inline = |name: &str, runtime: &str, source: &str| {
        definition(name, "").replace("runtime: v8", &format!("runtime: {runtime}")).replace(
            "    dir: .\n",
            &format!("    inline:\n      source: |\n{}", source.replace("~ ", "        ")),
        )
    };
    let early = inline("early", "nodejs20", "~ exports.main = () => {\n~   return (1\n");
    let python = inline("python", "python312", "~ def main(event, context):\n~   return 1)\n");
    let all = inline("v8", "v8", "~ export const main = () => {\n~   return }};\n");
    let files = [
        ("early.yaml", &*early),
        ("python.yaml", &*python),
        ("v8.yaml", &*all),
        ("cjs/handler.js", "exports.main = () => {\n  return }};\n"),
        ("typed/handler.ts", "export const main = (n: number) => n;\n"),
        (
            "good/handler.js",
            "#!/usr/bin/env node\nprocess.exit(9);\nexport const main = await 1;\n",
        ),
    ];
    let report = check(&files, &[]).stdout;
    for end in
        ["./early.yaml:11:20", "./python.yaml:11:19", "./v8.yaml:11:19", "./cjs/handler.js:2:11"]
    {
        assert!(has(&report, "fails", &["SyntaxError: "], end), "{end}: {report}");
    }
    for name in ["typed", "good"] {
        assert!(has(&report, "works", &[name, "calls `main`"], "1"), "{name}: {report}");
    }
    // A Node.js that strips no types takes no TypeScript, whatever is in it.
    let failing = report.lines().filter(|line| line.starts_with("fails"));
    let failing = failing.filter(|line| !line.contains("handler.ts is TypeScript"));
    assert_eq!(failing.count(), 4, "{report}");
}

/// Every case is deployed too: what fails there is refused here, and what neither fails nor needs
/// anything is not. A case with a file `deploy` says itself how that ends.
#[test]
fn what_check_says_is_what_deploy_does() {
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check");
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[], &[]);
    let mut deployed = 0;
    for case in cases.read_dir().unwrap().map(|case| case.unwrap().path()) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let files = case.join("files");
        let check = run_in(&files, ["check", "."], b"");
        let has = |verdict: &str| check.stdout.lines().any(|line| line.starts_with(verdict));
        let expected = match std::fs::read_to_string(case.join("deploy")) {
            Ok(expected) => expected.trim().parse().ok(),
            Err(_) if has("fails") => Some(3),
            // What is missing may be on a server, and packages may be on the network.
            Err(_) if has("needs") || check.stdout.contains("installed by") => continue,
            Err(_) => Some(0),
        };
        let run = server.run(&["deploy", "-n", &name, "-f", files.to_str().unwrap()]);
        assert_eq!(run.code, expected, "{name}: {}{}", run.stdout, run.stderr);
        assert_eq!(check.code, run.code, "{name}: {}", check.stdout);
        deployed += 1;
    }
    assert!(deployed >= 12, "{deployed}");
}

/// The functions of the contract suite, which are all deployed there.
#[test]
fn what_is_deployed_elsewhere_does_not_fail() {
    let interpreters = crate::kit::interpreters::all();
    for (name, runtime) in [("v8", "v8"), ("nodejs", "nodejs20"), ("python", "python312")] {
        let sources = tempfile::tempdir().unwrap();
        for case in crate::kit::contract::cases(Family { name, runtime }) {
            case.write(sources.path(), "http://gateway");
        }
        let mut command = avocet();
        command.envs(interpreters.iter().map(|(name, list)| (*name, list.as_str())));
        let output = command.arg("check").arg(sources.path()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let wrong: Vec<&str> = said.lines().filter(|line| line.starts_with("fails")).collect();
        assert!(wrong.is_empty() && output.status.success(), "{name}: {wrong:#?}");
        assert!(said.lines().count() > 20, "{name}: {said}");
    }
}

/// The folders of `tests/check`: files, and every line about what is needed or would fail.
#[test]
fn what_sources_ask_for_and_give_is_found_without_running_them() {
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check");
    let cases: Vec<_> = cases.read_dir().unwrap().map(|case| case.unwrap().path()).collect();
    assert!(cases.len() >= 7, "{cases:?}");
    for case in cases {
        let run = run_in(&case.join("files"), ["check", "."], b"");
        let told = run.stdout.lines().filter_map(|line| {
            let (verdict, text) = line.split_once(' ')?;
            matches!(verdict, "needs" | "fails").then(|| format!("{verdict} {}", text.trim_start()))
        });
        let told: Vec<String> = told.collect();
        let expected = std::fs::read_to_string(case.join("expected")).unwrap();
        let expected: Vec<&str> = expected.lines().collect();
        assert_eq!(told, expected, "{}\n{}", case.display(), run.stdout);
        let fails = expected.iter().any(|line| line.starts_with("fails"));
        assert_eq!(run.code, Some(if fails { 3 } else { 0 }), "{}", case.display());
    }
}
