//! Ten thousand connections that say nothing, or as many as the system allows.
//!
//! What it does not test: how fast they come. What one costs is a figure of the benchmarks; the
//! limit here only catches one that costs several times that.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const WANTED: u64 = 10_000;

/// Descriptors for everything else.
const OTHERS: u64 = 200;

/// Connections that wait to be accepted, at most.
const QUEUED: u64 = 50;

/// Bytes of memory that one may cost.
const COST: f64 = 20_000.0;

/// Answers with what it holds: connections and resident memory.
const PROGRAM: &str = r#"
var http = require("http"), sys = require("sys"), open = 0;
var server = http.createServer(function (request, response) {
  var body = open + " " + process.memoryUsage().rss;
  response.sendHeader(200, { "Content-Length": body.length, "Connection": "close" });
  response.sendBody(body);
  response.finish();
});
server.addListener("connection", function (connection) {
  open++;
  connection.addListener("close", function () { open--; });
});
server.listen(Number(process.ENV.PORT), "127.0.0.1");
sys.puts("listening");
process.stdio.addListener("close", function () { process.exit(0); });
process.stdio.open();
"#;

/// As many descriptors as this process and its children may have.
fn allowed() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let maximum = limit.maximum.unwrap_or(WANTED + OTHERS);
    setrlimit(Resource::Nofile, Rlimit { current: Some(maximum), ..limit }).expect("its own limit");
    maximum
}

fn ask(address: SocketAddr) -> (u64, f64) {
    let mut connection = TcpStream::connect(address).expect("it listens");
    connection.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("writable");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("readable");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head");
    let (open, memory) = body.split_once(' ').expect("two numbers");
    (open.parse().expect("a number"), memory.parse().expect("a number"))
}

#[test]
fn silent_connections_cost_little_and_keep_nobody_waiting() {
    let count = WANTED.min(allowed().saturating_sub(OTHERS)).max(1);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("program.js");
    std::fs::write(&program, PROGRAM).expect("writes");
    let mut child = Command::new(env!("CARGO_BIN_EXE_avocet-script"))
        .arg(program)
        .env("PORT", address.port().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    output.read_line(&mut line).expect("readable");
    assert_eq!(line, "listening\n");

    let (_, before) = ask(address);
    let mut silent = Vec::new();
    for number in 0..count {
        silent.push(TcpStream::connect(address).expect("accepted"));
        // An answer means that those before are accepted: the queue of the system stays short.
        if number % QUEUED == 0 {
            ask(address);
        }
    }
    let (open, after) = ask(address);
    assert_eq!(open, count + 1, "with the one that asks");
    let cost = (after - before) / count as f64;
    assert!(cost < COST, "{cost} bytes for each of {count}");

    drop(silent);
    let left = (0..10_000).map(|_| ask(address).0).find(|open| *open == 1);
    assert_eq!(left, Some(1), "all that ended are forgotten");
    drop(child.stdin.take());
    assert!(child.wait().expect("ends").success());
}
