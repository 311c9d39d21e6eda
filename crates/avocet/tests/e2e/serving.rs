//! `serve` and `dev` as processes: start, reload, signals, restart, ports.

use std::path::Path;

use crate::kit::command::{run, run_in};
use crate::kit::server::{Process, Server};

fn write(folder: &Path, name: &str, source: &str) {
    std::fs::create_dir_all(folder.join(name)).unwrap();
    std::fs::write(folder.join(name).join("handler.js"), source).unwrap();
}

fn answering(text: &str) -> String {
    format!("exports.main = () => '{text}';\n")
}

#[test]
fn a_killed_server_comes_back_as_it_was() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "hello", &answering("one"));
    let server = Server::start(data.path(), &[], &[]);
    server.deploy(&folder.path().join("hello")).ok();
    write(folder.path(), "hello", &answering("two"));
    server.deploy(&folder.path().join("hello")).ok();
    server.run(&["rollback", "function", "hello", "1"]).ok();
    server.process.signal("KILL");
    server.process.end();

    let server = Server::start(data.path(), &[], &[]);
    assert_eq!(server.get("hello", "/").text(), "one");
    server.run(&["rollback", "function", "hello", "2"]).ok();
    assert_eq!(server.get("hello", "/").text(), "two");
}

#[test]
fn ctrl_c_finishes_the_calls_that_run() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let source = "exports.main = () => {\n\
                  console.log('begun');\n\
                  return new Promise((resolve) => setTimeout(() => resolve('finished'), 300));\n};\n";
    write(folder.path(), "slow", source);
    let server = Server::start(data.path(), &[folder.path()], &[]);
    let log = server.follow("slow");
    let gateway = server.gateway;
    let call = std::thread::spawn(move || crate::kit::http::get(gateway, "/default/slow/"));
    log.line_where(|line| line.contains("begun"));
    server.process.signal("INT");
    assert_eq!(call.join().unwrap().text(), "finished");
    assert_eq!(server.process.end(), Some(0));
}

#[test]
fn a_reader_that_has_gone_ends_no_server() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let source = "exports.main = () => {\n\
                  console.log('begun');\n\
                  return new Promise((resolve) => setTimeout(() => resolve('finished'), 300));\n};\n";
    write(folder.path(), "slow", source);
    let server = Server::unheard(data.path(), folder.path());
    // What there is to tell of this is told to nobody.
    write(folder.path(), "slow", &source.replace("finished", "changed"));
    let changed = || server.run(&["get", "function", "slow", "-o", "json"]).json()["revision"] == 2;
    while !changed() {}
    let log = server.follow("slow");
    let gateway = server.gateway;
    let call = std::thread::spawn(move || crate::kit::http::get(gateway, "/default/slow/"));
    log.line_where(|line| line.contains("begun"));
    server.process.signal("INT");
    assert_eq!(call.join().unwrap().text(), "changed");
    assert_eq!(server.process.end(), Some(0));
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let source =
        "exports.main = () => {\nconsole.log('begun');\nreturn new Promise(() => {});\n};\n";
    write(folder.path(), "never", source);
    let server = Server::start(data.path(), &[folder.path()], &[]);
    let log = server.follow("never");
    let gateway = server.gateway;
    let call = std::thread::spawn(move || {
        crate::kit::http::exchange(
            gateway,
            b"GET /default/never/ HTTP/1.1\r\nhost: h\r\n\r\n",
            false,
        )
    });
    log.line_where(|line| line.contains("begun"));
    server.process.signal("INT");
    server.process.line_where(|line| line.contains("stopping"));
    server.process.signal("INT");
    assert_eq!(server.process.end(), Some(130));
    // Nobody answers it any more.
    assert!(call.join().unwrap().is_err());
}

#[test]
fn sigterm_ends_with_0() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[], &[]);
    server.process.signal("TERM");
    assert_eq!(server.process.end(), Some(0));
}

#[test]
fn a_port_in_use_is_said() {
    let data = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = data.path().to_str().unwrap();
    for (listen, admin) in [(address.as_str(), "127.0.0.1:0"), ("127.0.0.1:0", address.as_str())] {
        let args = ["serve", "--data", data, "--listen", listen, "--admin", admin];
        let stderr = run(args).fails(1);
        assert!(stderr.contains(&address) && stderr.contains("help: "), "{stderr}");
    }
}

#[test]
fn the_access_log_stays_out_of_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hello.js"), "exports.main = () => 'hello';").unwrap();
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[folder.path()], &["--access-log"]);
    assert_eq!(server.get("hello", "/").text(), "hello");
    server.process.signal("TERM");
    let next = server.process.line();
    assert!(next.contains(r#""event":"stopping""#), "{next}");
}

#[test]
fn an_address_of_another_machine_is_said() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path().to_str().unwrap();
    // Of the block that is set aside for documentation.
    let args = ["serve", "--data", data, "--listen", "192.0.2.1:0", "--admin", "127.0.0.1:0"];
    let stderr = run(args).fails(1);
    assert!(stderr.contains("this machine does not have that address"), "{stderr}");
}

#[test]
fn two_servers_cannot_share_a_data_folder() {
    let data = tempfile::tempdir().unwrap();
    let _server = Server::start(data.path(), &[], &[]);
    let path = data.path().to_str().unwrap();
    let args = ["serve", "--data", path, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
    let stderr = run(args).fails(1);
    assert!(stderr.contains(path) && stderr.contains("help: "), "{stderr}");
}

#[test]
fn a_broken_source_at_the_start_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "hello", "exports.main = (");
    let args = ["serve", "hello", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data"];
    let args = args.iter().copied().chain([data.path().to_str().unwrap()]);
    let stderr = run_in(folder.path(), args, b"").fails(3);
    assert!(stderr.contains("hello/handler.js:1:"), "{stderr}");
}

#[test]
fn what_is_right_is_served_though_something_else_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "good", &answering("good"));
    write(folder.path(), "broken", "exports.main = (");
    let server = Server::start(data.path(), &[folder.path()], &[]);
    assert_eq!(server.get("good", "/").text(), "good");
    assert_eq!(server.get("broken", "/").status, 404);
    let line = server.process.line_where(|line| line.contains("\"error\""));
    assert!(line.contains("broken/handler.js:1:"), "{line}");
    assert!(line.contains("the rest is served") && !line.contains("nothing was changed"), "{line}");
}

#[test]
fn serve_watches_where_it_is_told_to() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "hello", &answering("one"));
    let server = Server::start(data.path(), &[folder.path()], &["--watch"]);
    assert_eq!(server.get("hello", "/").text(), "one");
    write(folder.path(), "hello", &answering("two"));
    server.process.line_where(|line| line.contains("\"reload\""));
    assert_eq!(server.get("hello", "/").text(), "two");
    // A new function appears.
    write(folder.path(), "more", &answering("three"));
    server.process.line_where(|line| line.contains("more"));
    assert_eq!(server.get("more", "/").text(), "three");
}

#[test]
fn dev_reloads_and_shows_mistakes_and_logs() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "hello", &answering("one"));
    let server = Server::dev(&folder.path().join("hello"));
    assert_eq!(server.get("hello", "/").text(), "one");

    write(folder.path(), "hello", "exports.main = () => { return }};\n");
    let line = server.process.line_where(|line| line.contains("\"error\""));
    assert!(line.contains("handler.js:1:"), "{line}");
    assert_eq!(server.get("hello", "/").text(), "one");

    write(folder.path(), "hello", "exports.main = () => { console.log('seen'); return 'two'; };\n");
    server.process.line_where(|line| line.contains("\"reload\""));
    assert_eq!(server.get("hello", "/").text(), "two");
    server.process.line_where(|line| line.contains("seen"));

    let data = server.ready["data"].as_str().unwrap().to_owned();
    assert!(Path::new(&data).exists());
    server.process.signal("INT");
    assert_eq!(server.process.end(), Some(0));
    assert!(!Path::new(&data).exists(), "the temporary data folder is removed");
}

#[test]
fn the_commands_that_it_advises_name_the_server() {
    let data = tempfile::tempdir().unwrap();
    let mut args = vec!["serve", "--data", data.path().to_str().unwrap()];
    args.extend(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    let process = Process::start(args);
    let admin = process.line_where(|line| line.contains("admin API"));
    let advice = process.line_where(|line| line.contains("avocet deploy"));
    let admin = admin.split_whitespace().last().unwrap();
    assert!(advice.ends_with(&format!("avocet deploy -f PATH --server {admin}")), "{advice}");
}

#[test]
fn dev_waits_for_a_first_version_that_works() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "hello", "exports.main = (");
    let server = Server::dev(&folder.path().join("hello"));
    server.process.line_where(|line| line.contains("\"error\""));
    write(folder.path(), "hello", &answering("now"));
    server.process.line_where(|line| line.contains("\"reload\""));
    assert_eq!(server.get("hello", "/").text(), "now");
}

#[test]
fn dev_finds_a_folder_again_that_was_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let hello = folder.path().join("hello");
    write(folder.path(), "hello", &answering("one"));
    let server = Server::dev(&hello);
    std::fs::remove_dir_all(&hello).unwrap();
    server.process.line_where(|line| line.contains("\"error\""));
    for text in ["two", "three"] {
        write(folder.path(), "hello", &answering(text));
        server.process.line_where(|line| line.contains("\"reload\""));
        assert_eq!(server.get("hello", "/").text(), text);
    }
}
