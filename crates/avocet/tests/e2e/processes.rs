//! Functions on Node.js and Python through the real binary. What they can rely on is in
//! `contract.rs`; this is about their processes and their packages.
//!
//! Nothing leaves the machine: packages come from folders.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::kit::command::run;
use crate::kit::http;
use crate::kit::server::Server;

const ENGINES: [(&str, &str); 2] = [("nodejs20", "handler.js"), ("python312", "handler.py")];

/// The same, and the engine whose functions share a process.
const ALL: [(&str, &str); 3] = [ENGINES[0], ENGINES[1], ("v8", "handler.js")];

fn server() -> (tempfile::TempDir, Server) {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[], &[]);
    (data, server)
}

/// Writes a function; `more` are other files of it.
fn write(folder: &Path, name: &str, runtime: &str, source: &str, more: &[(&str, &str)]) {
    let own = folder.join(name);
    std::fs::create_dir_all(&own).unwrap();
    let yaml =
        crate::kit::definition(name, "").replace("runtime: v8", &format!("runtime: {runtime}"));
    let handler = if runtime.starts_with("python") { "handler.py" } else { "handler.js" };
    for (path, text) in [("function.yaml", &*yaml), (handler, source)].iter().chain(more) {
        std::fs::write(own.join(path), text).unwrap();
    }
}

/// A function that answers with `text` after a moment.
fn slow(handler: &str, text: &str) -> String {
    match handler {
        "handler.py" => format!(
            "import time\ndef main(event, context):\n    time.sleep(0.01)\n    return '{text}'\n"
        ),
        _ => format!("exports.main = () => new Promise((done) => setTimeout(done, 10, '{text}'));"),
    }
}

#[test]
fn no_call_fails_while_revisions_are_deployed() {
    for (runtime, handler) in ALL {
        let (_data, server) = server();
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "busy", runtime, &slow(handler, "revision 0"), &[]);
        server.deploy(&folder.path().join("busy")).ok();
        let over = AtomicBool::new(false);
        let wrong: Vec<String> = thread::scope(|scope| {
            let callers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| call_until(server.gateway, &over))).collect();
            for revision in 1..=5 {
                let source = slow(handler, &format!("revision {revision}"));
                write(folder.path(), "busy", runtime, &source, &[]);
                server.deploy(&folder.path().join("busy")).ok();
                assert_eq!(server.get("busy", "/").text(), format!("revision {revision}"));
            }
            over.store(true, Ordering::Relaxed);
            callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
        });
        assert!(wrong.is_empty(), "{runtime}: {wrong:?}");
    }
}

#[test]
fn calls_wait_while_the_first_instance_loads() {
    for (runtime, handler) in ENGINES {
        let (_data, server) = server();
        let folder = tempfile::tempdir().unwrap();
        let gate = folder.path().join("gate");
        assert!(std::process::Command::new("mkfifo").arg(&gate).status().unwrap().success());
        let gate = gate.to_str().unwrap();
        let source = match handler {
            "handler.py" => format!("open('{gate}').read()\ndef main(e, c):\n    return 'late'\n"),
            _ => format!("require('fs').readFileSync('{gate}'); exports.main = () => 'late';"),
        };
        write(folder.path(), "late", runtime, &source, &[]);
        thread::scope(|scope| {
            let (gateway, admin) = (server.gateway, server.admin.clone());
            let path = folder.path().join("late").to_str().unwrap().to_owned();
            let deploying = scope.spawn(move || run(["deploy", "-f", &path, "--server", &admin]));
            until(|| server.get("late", "/healthz").status == 503);
            let call = scope.spawn(move || http::get(gateway, "/default/late/"));
            let metrics = || http::get(gateway, "/metrics").text();
            until(|| metrics().contains("avocet_calls_before_deploy 1"));
            assert_eq!(server.get("other", "/").status, 404, "{runtime}");
            std::fs::write(gate, "").unwrap();
            let answer = call.join().unwrap();
            assert_eq!((answer.status, answer.text()), (200, "late".to_owned()), "{runtime}");
            deploying.join().unwrap().ok();
        });
    }
}

/// Calls one after the other; gives the answers that were no revision's.
fn call_until(gateway: SocketAddr, over: &AtomicBool) -> Vec<String> {
    let mut wrong = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let answer = http::get(gateway, "/default/busy");
        if answer.status != 200 || !answer.text().starts_with("revision ") {
            wrong.push(format!("{} {}", answer.status, answer.text()));
        }
    }
    wrong
}

#[test]
fn a_stop_serves_everyone_who_has_connected() {
    for (runtime, handler) in ALL {
        let (_data, server) = server();
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "busy", runtime, &slow(handler, "done"), &[]);
        server.deploy(&folder.path().join("busy")).ok();
        // While it stands still, the system takes connections for it: some with their request.
        server.process.signal("STOP");
        let connect = || std::net::TcpStream::connect(server.gateway).unwrap();
        let mut asked: Vec<_> = (0..20).map(|_| connect()).collect();
        asked.iter_mut().for_each(ask);
        let mut silent: Vec<_> = (0..5).map(|_| connect()).collect();
        server.process.signal("TERM");
        server.process.signal("CONT");
        // Nobody new is taken.
        until(|| std::net::TcpStream::connect(server.gateway).is_err());
        silent.iter_mut().for_each(ask);
        for mut stream in asked.into_iter().chain(silent) {
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 "), "{runtime}: {answer:?}");
            assert!(answer.ends_with("\r\n\r\ndone"), "{runtime}: {answer:?}");
        }
        assert_eq!(server.process.end(), Some(0), "{runtime}");
    }
}

fn ask(stream: &mut std::net::TcpStream) {
    let request = b"GET /default/busy HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
}

#[test]
fn a_stop_lets_calls_finish() {
    for (runtime, handler) in ENGINES {
        let (data, server) = server();
        let folder = tempfile::tempdir().unwrap();
        write(
            folder.path(),
            "busy",
            runtime,
            &slow(handler, "done").replace("10,", "500,").replace("0.01", "0.5"),
            &[],
        );
        server.deploy(&folder.path().join("busy")).ok();
        let gateway = server.gateway;
        let call = thread::spawn(move || http::get(gateway, "/default/busy"));
        // The call is on its way once it is counted.
        let metrics = || http::get(gateway, "/metrics").text();
        while !metrics().contains("avocet_calls_in_flight 1") {}
        server.process.signal("TERM");
        assert_eq!(call.join().unwrap().text(), "done", "{runtime}");
        assert_eq!(server.process.end(), Some(0), "{runtime}");
        // It may not be written, so it would stand in the way of `rm -r`.
        assert!(!data.path().join("code").exists());
    }
}

#[test]
fn packages_are_installed_once_with_progress_and_a_missing_one_is_told() {
    let data = tempfile::tempdir().unwrap();
    let nowhere =
        [("npm_config_registry", "http://127.0.0.1:1/"), ("npm_config_fetch_retries", "0")];
    let server = Server::start_with(data.path(), &nowhere);
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("greet");
    std::fs::create_dir(&package).unwrap();
    std::fs::write(package.join("package.json"), r#"{"name":"greet","version":"1.0.0"}"#).unwrap();
    std::fs::write(package.join("index.js"), "module.exports = () => 'hello';").unwrap();
    let list = format!(r#"{{"dependencies":{{"greet":"file:{}"}}}}"#, package.display());
    let source = "const greet = require('greet'); exports.main = () => greet();";
    for (name, installs) in [("one", true), ("two", false)] {
        write(folder.path(), name, "nodejs20", source, &[("package.json", &list)]);
        let deployed = server.deploy(&folder.path().join(name));
        let told = deployed.stderr.contains("one: added 1 package in")
            && deployed.stderr.contains("one: done in");
        assert_eq!(told, installs, "{deployed:?}");
        deployed.ok();
        assert_eq!(server.get(name, "/").text(), "hello");
    }
    assert_eq!(data.path().join("packages").read_dir().unwrap().count(), 1);

    let list = r#"{"dependencies":{"nowhere":"1.0.0"}}"#;
    write(folder.path(), "lost", "nodejs20", source, &[("package.json", list)]);
    let deployed = server.deploy(&folder.path().join("lost"));
    assert_eq!(deployed.code, Some(3), "{deployed:#?}");
    let (told, stderr) = deployed.stderr.split_once("error: npm").expect("it says so");
    assert!(told.contains("lost: npm error") && told.contains("lost: failed after"), "{told}");
    assert!(
        stderr.contains(" could not install the dependencies: ")
            && stderr.contains("package.json")
            && stderr.contains("cannot be reached from this machine"),
        "{stderr}"
    );
    let (_, log) = stderr.split_once("all that npm said: ").expect("it names a file");
    let log = std::fs::read_to_string(log.lines().next().unwrap()).unwrap();
    assert!(log.contains("ECONNREFUSED"), "{log}");

    write(folder.path(), "broken", "nodejs20", source, &[("package.json", "{\n  oops }")]);
    let stderr = server.deploy(&folder.path().join("broken")).fails(3);
    assert!(stderr.contains("package.json:2:"), "{stderr}");
}

#[test]
fn what_nobody_needs_any_more_is_removed_and_what_is_needed_stays() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("greet");
    std::fs::create_dir(&package).unwrap();
    std::fs::write(package.join("package.json"), r#"{"name":"greet","version":"1.0.0"}"#).unwrap();
    std::fs::write(package.join("index.js"), "module.exports = () => 'hello';").unwrap();
    let list = format!(r#"{{"dependencies":{{"greet":"file:{}"}}}}"#, package.display());
    let more = [("package.json", &*list)];
    {
        let server = Server::start(data.path(), &[], &[]);
        let source = "exports.main = () => 'first';";
        write(folder.path(), "kept", "nodejs20", source, &more);
        server.deploy(&folder.path().join("kept")).ok();
        let source = "exports.main = () => require('greet')();";
        write(folder.path(), "kept", "nodejs20", source, &more);
        server.deploy(&folder.path().join("kept")).ok();
        // The first revision's folder goes with its process.
        let folders = || data.path().join("code/default/kept").read_dir().unwrap().count();
        until(|| folders() == 1);
        assert_eq!(server.get("kept", "/").text(), "hello");
    }
    let packages = data.path().join("packages");
    let needed = packages.read_dir().unwrap().next().unwrap().unwrap().path();
    let unneeded = packages.join("0123456789abcdef0123456789abcdef");
    std::fs::create_dir_all(unneeded.join("node_modules")).unwrap();
    let long_ago = SystemTime::now() - Duration::from_secs(61 * 24 * 3600);
    for entry in [&needed, &unneeded] {
        let used = std::fs::File::create(entry.join(".used")).unwrap();
        used.set_modified(long_ago).unwrap();
    }
    let server = Server::start(data.path(), &[], &[]);
    let used = || needed.join(".used").metadata().unwrap().modified().unwrap();
    until(|| !unneeded.exists() && used() > long_ago);
    assert_eq!(server.get("kept", "/").text(), "hello");
}

/// Waits for something that comes by itself.
fn until(mut there: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !there() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not come");
        thread::yield_now();
    }
}

#[test]
fn a_source_that_does_not_load_is_refused_with_its_place_and_the_old_one_goes_on() {
    for (runtime, handler) in ENGINES {
        let (_data, server) = server();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        write(folder.path(), "f", runtime, &slow(handler, "good"), &[]);
        server.deploy(&path).ok();
        write(folder.path(), "f", runtime, "\nmain = = 1\n", &[]);
        let stderr = server.deploy(&path).fails(3);
        assert!(stderr.contains(&format!("{handler}:2:")), "{stderr}");
        write(folder.path(), "f", runtime, "x = 1\n", &[]);
        let stderr = server.deploy(&path).fails(3);
        assert!(stderr.contains("main"), "{stderr}");
        assert_eq!(server.get("f", "/").text(), "good");
    }
}

#[test]
fn everything_runs_again_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    {
        let server = Server::start(data.path(), &[], &[]);
        for (runtime, handler) in ENGINES {
            write(folder.path(), runtime, runtime, &slow(handler, "kept"), &[]);
            server.deploy(&folder.path().join(runtime)).ok();
        }
    }
    let server = Server::start(data.path(), &[], &[]);
    for (runtime, _) in ENGINES {
        assert_eq!(server.get(runtime, "/").text(), "kept");
    }
}
