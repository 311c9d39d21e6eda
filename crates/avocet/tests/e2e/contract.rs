//! Contract of functions, whatever runs them: the folders of `tests/contract`.
//!
//! Not tested here: how fast it is, and what the command line prints.

use crate::kit::contract::{Case, Family, cases};
use crate::kit::server::Server;
use crate::kit::{interpreters, project};

/// Deploys every case of a family on one server and checks them all, so that one run names
/// everything that is wrong.
fn check(name: &'static str, runtime: &'static str) {
    let sources = tempfile::tempdir().unwrap();
    let data = tempfile::tempdir().unwrap();
    let cases = cases(Family { name, runtime });
    let interpreters = interpreters::all();
    let environment: Vec<(&str, &str)> =
        interpreters.iter().map(|(name, list)| (*name, list.as_str())).collect();
    let server = Server::start_with(data.path(), &environment);
    let wrong: Vec<String> =
        cases.iter().flat_map(|case| deploy_and_check(case, &server, sources.path())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn deploy_and_check(case: &Case, server: &Server, sources: &std::path::Path) -> Vec<String> {
    let deployed = server.deploy(&case.write(sources, &format!("http://{}", server.gateway)));
    match deployed.code {
        Some(0) => case.check(server),
        _ => vec![format!("{}: not deployed: {}", case.name, deployed.stderr)],
    }
}

#[test]
fn functions_on_v8_keep_the_contract() {
    check("v8", "v8");
}

#[test]
fn functions_on_nodejs_keep_the_contract() {
    check("nodejs", "nodejs20");
}

#[test]
fn functions_on_a_newer_nodejs_keep_the_contract() {
    check("nodejs", "nodejs24");
}

#[test]
fn functions_on_the_oldest_python_keep_the_contract() {
    check("python", "python38");
}

#[test]
fn functions_on_python_keep_the_contract() {
    check("python", "python312");
}

#[test]
fn every_case_is_named_in_the_documentation() {
    let folder = project().join("tests/contract");
    let page = std::fs::read_to_string(project().join("docs/functions.md")).unwrap();
    for entry in folder.read_dir().unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().into_string().expect("UTF-8");
        let named = page.contains(&format!("`{name}`")) || name.starts_with("exports-");
        assert!(named || !entry.path().is_dir(), "docs/functions.md does not name {name}");
    }
}
