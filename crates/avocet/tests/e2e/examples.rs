//! The examples answer as their `call.txt` says.

use crate::kit::contract::{compare, send};
use crate::kit::server::Server;
use crate::kit::{exchange, project};

#[test]
fn every_example_answers_as_it_says() {
    let folder = project().join("examples");
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[&folder], &[]);
    let mut wrong = Vec::new();
    let mut names = Vec::new();
    for entry in folder.read_dir().unwrap().map(|entry| entry.unwrap()) {
        if !entry.file_type().unwrap().is_dir() {
            continue;
        }
        let name = entry.file_name().into_string().unwrap();
        for exchange in exchange::read(&entry.path().join("call.txt")) {
            let answers = send(&server, &name, &exchange);
            for why in answers.iter().flat_map(|answer| compare(answer, &exchange, "v8")) {
                wrong.push(format!("{name}/call.txt:{}: {why}", exchange.line));
            }
        }
        names.push(name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let served = server.ready["functions"].as_array().unwrap();
    let mut served: Vec<&str> = served.iter().map(|f| f["name"].as_str().unwrap()).collect();
    served.sort_unstable();
    names.sort_unstable();
    assert_eq!(served, names);
}

#[test]
fn every_example_has_one_line_about_it() {
    for entry in project().join("examples").read_dir().unwrap().map(|entry| entry.unwrap()) {
        if entry.file_type().unwrap().is_dir() {
            let text = std::fs::read_to_string(entry.path().join("README.md")).unwrap();
            assert_eq!(text.lines().count(), 1, "{}", entry.path().display());
        }
    }
}
