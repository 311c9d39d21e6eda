//! Request bodies that functions read while they arrive (`bodyLimit: stream`). What such functions
//! see is in `tests/contract/body-stream`; this is about what the platform holds, and about callers
//! and functions that do not do their part.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use crate::kit::http;
use crate::kit::server::Server;

/// Memory that the platform sets aside for one body on its way: the window of a call, and what a
/// connection reads at once.
const HELD: u64 = (256 + 32) * 1024;

/// Runtimes with a function that holds a body until another call lets it go.
const HOLDING: [(&str, &str, &str); 2] = [
    (
        "nodejs20",
        "handler.js",
        r"
const held = [];
let seen = 'nothing';
module.exports = { main: async (event) => {
  const { request } = event.extensions;
  switch (request.path) {
    case '/release': held.forEach((go) => go()); return String(held.length);
    case '/seen': return seen;
    case '/never': return new Promise(() => {});
    case '/hold': await new Promise((go) => held.push(go));
  }
  let length = 0;
  try {
    for await (const part of request) length += part.length;
  } catch (error) {
    seen = `${error.code} after ${length}`;
    throw error;
  }
  return String(length);
} };
",
    ),
    (
        "python312",
        "handler.py",
        r"
import threading
held = []
seen = 'nothing'
def main(event, context):
    global seen
    request = event['extensions']['request']
    if request.path == '/release':
        for go in held:
            go.set()
        return str(len(held))
    if request.path == '/seen':
        return seen
    if request.path in ('/hold', '/never'):
        go = threading.Event()
        if request.path == '/hold':
            held.append(go)
        go.wait()
    length = 0
    try:
        while True:
            part = request.body.read1(65536)
            if not part:
                return str(length)
            length += len(part)
    except ConnectionResetError:
        seen = f'ECONNRESET after {length}'
        raise
",
    ),
];

fn write(folder: &Path, name: &str, runtime: &str, (handler, source): (&str, &str), spec: &str) {
    let own = folder.join(name);
    std::fs::create_dir_all(&own).unwrap();
    let yaml = crate::kit::definition(name, spec);
    let yaml = yaml.replace("runtime: v8", &format!("runtime: {runtime}"));
    std::fs::write(own.join("function.yaml"), yaml).unwrap();
    std::fs::write(own.join(handler), source).unwrap();
}

/// A server with the function `f` for each runtime.
fn each(spec: &str, test: impl Fn(&str, &Server)) {
    for (runtime, handler, source) in HOLDING {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(data.path(), &[], &[]);
        let folder = tempfile::tempdir().unwrap();
        let spec = format!("  bodyLimit: stream\n  scaleConfig:\n    maxReplicas: 1\n{spec}");
        write(folder.path(), "f", runtime, (handler, source), &spec);
        server.deploy(folder.path()).ok();
        test(runtime, &server);
    }
}

/// Waits for something that must come, without a limit that a slow machine could meet.
fn until(mut there: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !there() {
        assert!(Instant::now() < patience, "it did not come within a minute");
        thread::yield_now();
    }
}

fn held(gateway: SocketAddr) -> u64 {
    let metrics = http::get(gateway, "/metrics").text();
    let line = metrics.lines().find_map(|line| line.strip_prefix("avocet_request_body_bytes "));
    line.unwrap().parse().unwrap()
}

fn connect(gateway: SocketAddr, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(gateway).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(head.replace('\n', "\r\n").as_bytes()).unwrap();
    stream
}

fn status(stream: &TcpStream) -> String {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

#[test]
fn the_platform_holds_a_window_of_a_body_that_nobody_reads_yet() {
    const TOTAL: usize = 32 << 20;
    each("", |runtime, server| {
        let gateway = server.gateway;
        let written = [AtomicBool::new(false), AtomicBool::new(false)];
        thread::scope(|scope| {
            let callers: Vec<_> = written
                .iter()
                .map(|written| {
                    scope.spawn(move || {
                        let head = format!(
                            "POST /default/f/hold HTTP/1.1\nhost: x\ncontent-length: {TOTAL}\n\
                             connection: close\n\n"
                        );
                        let mut stream = connect(gateway, &head);
                        let part = vec![b'x'; 1 << 20];
                        for _ in 0..TOTAL / part.len() {
                            stream.write_all(&part).unwrap();
                        }
                        written.store(true, SeqCst);
                        let mut answer = String::new();
                        stream.read_to_string(&mut answer).unwrap();
                        answer
                    })
                })
                .collect();
            until(|| held(gateway) == 2 * HELD);
            // Others are served meanwhile, and no more is held than at first.
            for _ in 0..20 {
                assert_eq!(server.get("f", "/seen").text(), "nothing", "{runtime}");
                assert_eq!(held(gateway), 2 * HELD, "{runtime}");
            }
            assert!(!written.iter().any(|written| written.load(SeqCst)), "{runtime}");
            until(|| server.get("f", "/release").text() == "2");
            for caller in callers {
                let answer = caller.join().unwrap();
                assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{runtime}: {answer}");
                assert!(answer.ends_with(&format!("\r\n\r\n{TOTAL}")), "{runtime}: {answer}");
            }
            until(|| held(gateway) == 0);
        });
    });
}

#[test]
fn a_caller_that_breaks_off_is_an_error_for_the_reader_alone() {
    each("", |runtime, server| {
        let head = "POST /default/f HTTP/1.1\nhost: x\ncontent-length: 1000000\n\n0123456789";
        let stream = connect(server.gateway, head);
        until(|| held(server.gateway) == HELD);
        stream.shutdown(Shutdown::Both).unwrap();
        drop(stream);
        until(|| server.get("f", "/seen").text().starts_with("ECONNRESET after "));
        until(|| held(server.gateway) == 0);
        let answer = http::send(server.gateway, "POST", "/default/f", &[], b"12345").unwrap();
        assert_eq!((answer.status, answer.text()), (200, "5".to_owned()), "{runtime}");
    });
}

#[test]
fn a_chunk_that_is_none_is_an_error_for_the_reader() {
    each("", |runtime, server| {
        let head =
            "POST /default/f HTTP/1.1\nhost: x\ntransfer-encoding: chunked\n\n3\nabc\nnone\n";
        let _stream = connect(server.gateway, head);
        // The end of the connection may come before the function has read what came before.
        until(|| server.get("f", "/seen").text().starts_with("ECONNRESET after "));
        until(|| held(server.gateway) == 0);
        assert_eq!(server.get("f", "/").text(), "0", "{runtime}");
    });
}

#[test]
fn the_time_limit_ends_a_call_that_never_reads() {
    each("  timeout: 1s\n", |runtime, server| {
        let body = vec![b'x'; 3 << 20];
        let answer = http::send(server.gateway, "POST", "/default/f/never", &[], &body).unwrap();
        assert_eq!(answer.status, 408, "{runtime}: {}", answer.text());
        until(|| held(server.gateway) == 0);
        // Where the call did not return, its instance is replaced.
        let send = || http::send(server.gateway, "POST", "/default/f", &[], b"12345").unwrap();
        until(|| send().text() == "5");
    });
}

#[test]
fn a_caller_is_asked_for_its_body_where_it_waits_for_that() {
    each("", |runtime, server| {
        let head = "POST /default/f HTTP/1.1\nhost: x\ncontent-length: 5\nexpect: 100-continue\n\n";
        let mut stream = connect(server.gateway, head);
        assert_eq!(status(&stream), "HTTP/1.1 100 Continue", "{runtime}");
        stream.write_all(b"12345").unwrap();
        until(|| status(&stream) == "HTTP/1.1 200 OK");
        // What is refused without its body is not asked for it.
        let event = head.replace("\n\n", "\ncontent-type: application/cloudevents+json\n\n");
        let stream = connect(server.gateway, &event);
        assert_eq!(status(&stream), "HTTP/1.1 415 Unsupported Media Type", "{runtime}");
    });
}
