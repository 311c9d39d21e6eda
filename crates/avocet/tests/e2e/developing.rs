//! `dev`, as somebody works with it: folders that go, ports that are taken, calls that fail, terminals
//! that close.

use std::path::Path;

use crate::kit::http;
use crate::kit::server::{Process, Server};

fn write(folder: &Path, name: &str, source: &str) {
    std::fs::create_dir_all(folder.join(name)).unwrap();
    std::fs::write(folder.join(name).join("handler.js"), source).unwrap();
}

fn answering(text: &str) -> String {
    format!("exports.main = () => '{text}';\n")
}

#[test]
fn what_has_no_files_any_more_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "old", &answering("old"));
    write(folder.path(), "other", &answering("other"));
    let server = Server::dev(folder.path());
    assert_eq!(server.get("old", "/").text(), "old");
    std::fs::rename(folder.path().join("old"), folder.path().join("new")).unwrap();
    let line = server.process.line_where(|line| line.contains("\"deleted\""));
    assert!(line.contains("\"old\"") && line.contains("\"Function\""), "{line}");
    assert_eq!(server.get("old", "/").status, 404);
    assert_eq!(server.get("new", "/").text(), "old");
    assert_eq!(server.get("other", "/").text(), "other");
    std::fs::remove_dir_all(folder.path().join("new")).unwrap();
    server.process.line_where(|line| line.contains("\"deleted\"") && line.contains("\"new\""));
    assert_eq!(server.get("new", "/").status, 404);
}

#[test]
fn a_mistake_that_is_taken_back_is_said_to_be_over() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "hello", &answering("one"));
    let path = folder.path().join("hello");
    let args = ["dev", path.to_str().unwrap(), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "exec \"$0\" \"$@\" 2>&1", env!("CARGO_BIN_EXE_avocet")]).args(args);
    let process = Process::spawn(&mut command);
    process.line_where(|line| line.contains("Ctrl-C"));
    for _ in 0..2 {
        write(folder.path(), "hello", "exports.main = (");
        process.line_where(|line| line.contains("error"));
        write(folder.path(), "hello", &answering("one"));
        process.line_where(|line| line.contains("deployed again, as before"));
    }
}

#[test]
fn a_taken_port_is_another_one_in_dev() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "hello", &answering("one"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let path = folder.path().join("hello");
    let args = ["dev", path.to_str().unwrap(), "-o", "json", "--listen", &address];
    let process = Process::start(args.iter().chain(&["--admin", &*address]));
    let ready: serde_json::Value = serde_json::from_str(&process.line()).unwrap();
    let port = |name: &str| {
        let url = ready[name].as_str().unwrap();
        url.trim_end_matches('/').rsplit(':').next().unwrap().parse::<u16>().unwrap()
    };
    let asked = taken.local_addr().unwrap().port();
    assert!(port("gateway") != asked && port("admin") != asked && port("admin") != port("gateway"));
    let gateway = std::net::SocketAddr::from(([127, 0, 0, 1], port("gateway")));
    assert_eq!(http::get(gateway, "/default/hello").text(), "one");
}

#[test]
fn each_call_is_told_and_a_failed_one_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let source = "exports.main = (event) => {\n  const { path } = event.extensions.request;\n\
                  \x20 if (path === '/bad') throw new TypeError('no such thing');\n  return path;\n};\n";
    write(folder.path(), "hello", source);
    write(folder.path(), "node", source);
    let yaml = crate::kit::definition("node", "").replace("runtime: v8", "runtime: nodejs20");
    std::fs::write(folder.path().join("node/function.yaml"), yaml).unwrap();
    let server = Server::dev(folder.path());
    let told = || -> serde_json::Value {
        let line = server.process.line_where(|line| line.contains("\"call\""));
        serde_json::from_str(&line).unwrap()
    };
    for name in ["hello", "node"] {
        let answer = server.get(name, "/bad?x=1");
        let call = told();
        let target = format!("/default/{name}/bad?x=1");
        assert_eq!((&call["method"], &call["path"]), (&"GET".into(), &target.into()));
        assert_eq!(call["status"], 500);
        let text = answer.text();
        assert!(text.starts_with("Internal server error\n"), "{text}");
        assert!(text.contains("no such thing") && text.contains("handler.js:3"), "{text}");
        let id = answer.header("avocet-call-id").expect("the call has a number").to_owned();
        assert_eq!(call["id"], *id);
        let log = server.run(&["logs", name, "--call", &id]).ok();
        assert!(log.contains("no such thing"), "{log}");
        assert!(!server.run(&["logs", name, "--call", "fffff"]).ok().contains("no such thing"));
        // What the function answers itself stays as it is.
        assert_eq!(server.get(name, "/good").text(), "/good");
        let call = told();
        assert_eq!((&call["status"], &call["start"]), (&200.into(), &"warm".into()));
    }
}

#[test]
fn a_hangup_without_a_terminal_ends_no_server() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "hello", &answering("one"));
    let mut command = std::process::Command::new("setsid");
    command.args([env!("CARGO_BIN_EXE_avocet"), "serve"]).arg(folder.path()).arg("--data");
    command.arg(data.path()).args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    let process = Process::spawn(command.args(["-o", "json"]));
    let ready: serde_json::Value = serde_json::from_str(&process.line()).unwrap();
    process.signal("HUP");
    let gateway = ready["gateway"].as_str().unwrap().trim_start_matches("http://");
    let gateway = gateway.trim_end_matches('/').parse().unwrap();
    for _ in 0..3 {
        assert_eq!(http::get(gateway, "/default/hello").text(), "one");
    }
    process.signal("TERM");
    assert_eq!(process.end(), Some(0));
}

/// Starts its arguments in a terminal of their own, closes that when they are ready, and prints their
/// exit code and what is left in the folder for temporary files.
const TERMINAL: &str = "import os, pty, sys, time
child, terminal = pty.fork()
if child == 0: os.execv(sys.argv[1], sys.argv[1:])
text = b''
while b'Ctrl-C' not in text: text += os.read(terminal, 4096)
os.close(terminal)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), os.listdir(os.environ['TMPDIR']))";

#[test]
fn a_terminal_that_closes_ends_dev_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let temporary = tempfile::tempdir().unwrap();
    write(folder.path(), "hello", &answering("one"));
    let mut command = std::process::Command::new("python3");
    command.args(["-c", TERMINAL, env!("CARGO_BIN_EXE_avocet"), "dev"]).arg(folder.path());
    command.args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    command.env("TMPDIR", temporary.path());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.trim(), "0 []", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn commands_are_understood_as_people_type_them() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let objects = "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {one: hidden}\n\
                   ---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\ndata: {a: b}\n---\n\
                   apiVersion: gateway.kyma-project.io/v2\nkind: APIRule\nmetadata: {name: shop}\n\
                   spec:\n  hosts: [shop.example.org]\n  service: {name: hello}\n  rules:\n\
                   \x20 - {path: /*, noAuth: true}\n";
    write(folder.path(), "hello", "exports.main = () => console.warn('careful');\n");
    std::fs::write(folder.path().join("objects.yaml"), objects).unwrap();
    let server = Server::start(data.path(), &[], &[]);
    let path = folder.path().to_str().unwrap();
    let said = server.run(&["deploy", path, "--dry-run"]).ok();
    assert!(said.contains("created"), "{said}");
    assert_eq!(server.get("hello", "/").status, 404);
    server.run(&["deploy", path]).ok();
    server.get("hello", "/");
    assert!(server.run(&["logs", "hello"]).ok().contains("careful"));
    assert!(server.run(&["logs", "hello", "--level", "warn"]).ok().contains("careful"));
    assert!(!server.run(&["logs", "hello", "--level", "error"]).ok().contains("careful"));
    write(folder.path(), "hello", &answering("two"));
    server.run(&["deploy", path]).ok();
    assert!(server.run(&["rollback", "hello"]).ok().contains("revision 1"));
    assert!(server.run(&["rollback", "hello", "2"]).ok().contains("revision 2"));
    // What was printed can be deployed again.
    let shown = folder.path().join("shown.yaml");
    std::fs::write(&shown, server.run(&["get", "function", "hello", "-o", "yaml"]).ok()).unwrap();
    let shown = shown.to_str().unwrap();
    let again = server.run(&["deploy", "-f", shown]).ok();
    assert!(again.starts_with("unchanged"), "{again}");
    server.run(&["delete", "function", "hello"]).ok();
    server.run(&["deploy", "-f", shown]).ok();
    assert_eq!(server.get("hello", "/").text(), "two");
    std::fs::remove_file(shown).unwrap();
    let all = server.run(&["get", "all"]).ok();
    for (kind, word, name) in [
        ("Secret", "secret", "keys"),
        ("ConfigMap", "configmap", "texts"),
        ("APIRule", "apirule", "shop"),
    ] {
        assert!(all.lines().any(|line| line.contains(kind) && line.contains(name)), "{all}");
        let listed = server.run(&["get", &format!("{word}s")]).ok();
        assert!(listed.contains(name), "{listed}");
        let one = server.run(&["get", word, name, "-o", "json"]).ok();
        assert!(one.contains(name) && !one.contains("hidden"), "{one}");
        server.run(&["delete", word, name]).ok();
        server.run(&["get", word, name]).fails(4);
    }
}
