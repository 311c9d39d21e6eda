//! The examples answer as their `call.txt` says.

use crate::kit::contract::{compare, send};
use crate::kit::registry::Registries;
use crate::kit::server::Server;
use crate::kit::{exchange, project};

#[test]
fn every_example_answers_as_it_says() {
    let folder = project().join("examples");
    let data = tempfile::tempdir().unwrap();
    let packages = tempfile::tempdir().unwrap();
    let registries = Registries::with(packages.path(), "ms", "itsdangerous");
    let collector = "http://trace-collector.default.svc.cluster.local";
    let mut environment = vec![("TRACE_COLLECTOR_ENDPOINT", collector)];
    environment.extend(registries.environment());
    let server = Server::start_with(data.path(), &environment);
    server.deploy(&folder).ok();
    let mut wrong = Vec::new();
    // By name, as the demo does: an event comes before what it leads to.
    let names = names();
    for name in &names {
        for exchange in exchange::read(&folder.join(name).join("call.txt")) {
            let answers = send(&server, name, &exchange);
            for why in answers.iter().flat_map(|answer| compare(answer, &exchange, "v8")) {
                wrong.push(format!("{name}/call.txt:{}: {why}", exchange.line));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let served = server.run(&["get", "functions", "-o", "json"]).json();
    let served = served["functions"].as_array().unwrap();
    let mut served: Vec<&str> = served.iter().map(|f| f["name"].as_str().unwrap()).collect();
    served.sort_unstable();
    assert_eq!(served, names);
    assert_eq!(data.path().join("packages").read_dir().unwrap().count(), 2);
}

/// The examples' names, sorted.
fn names() -> Vec<String> {
    let entries = project().join("examples").read_dir().unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut names: Vec<String> =
        folders.map(|folder| folder.file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn every_example_has_one_line_about_it() {
    for name in names() {
        let readme = project().join("examples").join(&name).join("README.md");
        assert_eq!(std::fs::read_to_string(readme).unwrap().lines().count(), 1, "{name}");
    }
}
