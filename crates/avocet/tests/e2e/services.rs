//! The commands for what functions store and send, against a real server.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::kit::command::{avocet, run};
use crate::kit::server::{Process, Server};

const OF: [&str; 2] = ["--function", "shop/cart"];

fn server() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[], &[]);
    (folder, server)
}

fn of<'a>(words: &[&'a str]) -> Vec<&'a str> {
    words.iter().copied().chain(OF).collect()
}

/// Runs a command again and again until what comes of it was heard: who listens says nothing when it
/// begins to.
fn until_heard<T>(server: &Server, words: &[&str], hear: impl FnOnce() -> T) -> T {
    struct Heard<'a>(&'a AtomicBool);
    impl Drop for Heard<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let (heard, words) = (AtomicBool::new(false), [words, &["--server", &server.admin]].concat());
    std::thread::scope(|scope| {
        let _end = Heard(&heard);
        scope.spawn(|| {
            while !heard.load(Ordering::Relaxed) {
                run(&words).ok();
            }
        });
        hear()
    })
}

#[test]
fn keys_are_set_read_listed_and_deleted() {
    let (folder, server) = server();
    let kv = |words: &[&str]| server.run(&of(&[&["kv"], words].concat()));
    assert_eq!(kv(&["set", "b", "two"]).ok(), "set  b  revision 1\n");
    kv(&["set", "a", "-1", "--ttl", "10m"]).ok();
    assert_eq!(kv(&["get", "b"]).ok(), "two");
    let read = kv(&["get", "a", "-o", "json"]).json();
    assert_eq!((&read["text"], &read["revision"]), (&json!("-1"), &json!(2)));
    assert!(read["expires"].is_string());
    assert_eq!(kv(&["keys"]).ok(), "a\nb\n");
    assert_eq!(kv(&["keys", "--prefix", "b"]).ok(), "b\n");
    let list = kv(&["keys", "-o", "json"]).json();
    assert_eq!(
        list["keys"][1],
        json!({ "key": "b", "bytes": 3, "revision": 1,
        "created": list["keys"][1]["created"] })
    );
    assert!(kv(&["set", "b", "x", "--if-revision", "9"]).fails(3).contains("\"b\""));
    kv(&["set", "b", "three", "--if-revision", "1"]).ok();
    assert!(kv(&["set", "b..c", "x"]).fails(3).contains("\"b..c\""));
    assert_eq!(kv(&["delete", "b"]).ok(), "deleted  b\n");
    for gone in ["get", "delete"] {
        assert!(kv(&[gone, "b"]).fails(4).contains("\"b\""));
    }
    // The function's name alone is one of the namespace.
    let alone = server.run(&["kv", "keys", "--function", "cart", "-n", "shop"]).ok();
    assert_eq!(alone, "a\n");
    assert_eq!(server.run(&["kv", "keys", "--function", "cart"]).ok(), "");
    // What was stored is there after a restart, until it is purged.
    drop(server);
    let server = Server::start(&folder.path().join("data"), &[], &[]);
    assert_eq!(server.run(&of(&["kv", "get", "a"])).ok(), "-1");
    server.run(&["delete", "function", "cart", "-n", "shop"]).fails(4);
    assert_eq!(server.run(&of(&["kv", "keys"])).ok(), "a\n");
    server.run(&["delete", "function", "cart", "-n", "shop", "--purge"]).ok();
    assert_eq!(server.run(&of(&["kv", "keys"])).ok(), "");
}

#[test]
fn changes_of_keys_are_printed_as_they_come() {
    let (_folder, server) = server();
    let watch = |more: &[&str]| {
        let words = [&["kv", "watch", "--server", &*server.admin], more].concat();
        Process::start(of(&words))
    };
    let (text, lines) = (watch(&["--prefix", "a."]), watch(&["-o", "json"]));
    let set = of(&["kv", "set", "a.x", "1"]);
    let (first, line) = until_heard(&server, &set, || (text.line(), lines.line()));
    assert_eq!(first, "set  a.x  1");
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["change"], &line["key"]), (&json!("set"), &json!("a.x")));
    server.run(&of(&["kv", "set", "b", "other"])).ok();
    server.run(&of(&["kv", "delete", "a.x"])).ok();
    assert_eq!(text.line_where(|line| !line.starts_with("set  a.x")), "deleted  a.x");
    lines.line_where(|line| line.contains("\"deleted\""));
}

#[test]
fn objects_are_stored_from_files_and_standard_input() {
    let (folder, server) = server();
    let objects = |words: &[&str]| server.run(&of(&[&["objects"], words].concat()));
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n ^ (n >> 8)) as u8).collect();
    let file = folder.path().join("large.bin");
    std::fs::write(&file, &bytes).unwrap();
    let stored = objects(&["put", "large file", file.to_str().unwrap(), "-o", "json"]).json();
    assert_eq!((&stored["size"], &stored["chunks"]), (&json!(3_000_000), &json!(23)));
    let mut put = avocet();
    put.args(of(&["objects", "put", "from input", "-", "--server", &server.admin]));
    put.stdin(std::fs::File::open(&file).unwrap());
    assert!(put.output().unwrap().status.success());
    for name in ["large file", "from input"] {
        let mut get = avocet();
        get.args(of(&["objects", "get", name, "--server", &server.admin]));
        let output = get.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success() && output.stdout == bytes, "{name}");
    }
    let list = objects(&["list", "-o", "json"]).json();
    let names: Vec<_> = list["objects"].as_array().unwrap().iter().map(|o| &o["name"]).collect();
    assert_eq!(names, ["from input", "large file"]);
    assert!(objects(&["list"]).ok().contains("large file   3000000"));
    objects(&["delete", "large file"]).ok();
    for words in [&["get", "large file"], &["delete", "large file"]] {
        assert!(objects(words).fails(4).contains("\"large file\""));
    }
    assert!(objects(&["put", "x", "/nowhere/at/all"]).fails(4).contains("/nowhere/at/all"));
    objects(&["put", "x", folder.path().to_str().unwrap()]).fails(1);
    assert_eq!(objects(&["list", "-o", "json"]).json()["objects"].as_array().unwrap().len(), 1);
}

#[test]
fn messages_are_published_and_printed() {
    let (_folder, server) = server();
    let sub = |more: &[&str]| {
        Process::start([&["sub", "orders.*", "--server", &*server.admin], more].concat())
    };
    let (text, lines) = (sub(&[]), sub(&["-o", "json"]));
    let publish = ["publish", "orders.new", "first"];
    let (first, line) = until_heard(&server, &publish, || (text.line(), lines.line()));
    assert_eq!(first, "orders.new  first");
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line, json!({ "subject": "orders.new", "text": "first" }));
    server.run(&["publish", "orders.a.b", "not for them"]).ok();
    server.run(&["publish", "orders.end", "last"]).ok();
    assert_eq!(text.line_where(|line| !line.ends_with("first")), "orders.end  last");
    let silent = server.run(&["request", "--timeout", "200ms", "orders.get", "x"]).fails(1);
    assert!(silent.contains("\"orders.get\"") && silent.contains("200 ms"), "{silent}");
    let nobody = server.run(&["request", "prices.get", "x"]).fails(4);
    assert!(nobody.contains("\"prices.get\""), "{nobody}");
    server.run(&["publish", "a..b", "x"]).fails(3);
}
