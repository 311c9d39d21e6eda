//! A worker that runs no JavaScript: a function's code is one line that says what it answers.
//!
//! | code | a call |
//! |---|---|
//! | `text T`, `json J`, `bytes T` | returns it |
//! | `nothing` | returns nothing |
//! | `head` | returns its invoke head and body as JSON |
//! | `status N` | sets the status, returns nothing |
//! | `header N: V` | sets a header, ends the response itself |
//! | `throw`, `throw-text T` | throws |
//! | `fail KIND` | is ended by the platform |
//! | `env NAME` | returns that variable |
//! | `log T`, `log-head` | logs it, or method and path; returns nothing |
//! | `stream N` | streams N bytes; `stream-break N` breaks off instead of ending |
//! | `hold`, `release` | waits; lets all waiting calls of the worker return `released` |
//! | `publish` | publishes its body, returns the status |
//! | `publish-as T`, `publish-fail T` | publishes an event of that type, logs the status; returns nothing, throws |
//! | `count` | returns how many calls it has had |
//! | `gates` | returns how many functions are behind gates |
//! | `open GATE` | lets what is behind that gate load, returns nothing |
//! | `crash` | ends the worker |
//!
//! `broken` does not load; `gated GATE CODE` loads once a call opens the gate. A call that is cancelled logs `cancelled`. With `SILENT` in its
//! environment nothing is ever loaded.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::{SystemTime, UNIX_EPOCH};

use avocet_frames::head::{
    Failure, FailureKind, Hello, HostCall, HostReply, Level, Load, Loaded, Log, Operation, Pong,
    Respond, Returned, SourceError, TraceContext,
};
use avocet_frames::{CallId, Frame, Kind, VERSION, codec};
use bytes::{Bytes, BytesMut};
use serde_json::{Value, json};

/// The launcher's body.
#[test]
#[ignore = "started by the other tests as their launcher"]
fn launcher() {
    // Comes back only where it did not become the worker.
    panic!("{:?}", avocet_jail::run());
}

/// The worker's body: this test binary starts itself with only this test.
#[test]
#[ignore = "started by the other tests as their worker"]
fn worker() -> io::Result<()> {
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut worker = Worker { socket, ..Worker::new()? };
    let mut received = BytesMut::new();
    let mut buf = vec![0; 64 * 1024];
    loop {
        while let Some(frame) = codec::take(&mut received).map_err(io::Error::other)? {
            worker.handle(frame);
        }
        worker.socket.write_all(&worker.out)?;
        worker.out.clear();
        if worker.leaving {
            break;
        }
        match worker.socket.read(&mut buf)? {
            0 => break,
            read => received.extend_from_slice(&buf[..read]),
        }
    }
    Ok(())
}

/// Gate and code of a function that is gated.
fn gate(code: &str) -> Option<(&str, &str)> {
    code.strip_prefix("gated ")?.split_once(' ')
}

struct Worker {
    socket: UnixStream,
    out: BytesMut,
    functions: BTreeMap<u32, (String, Load)>,
    held: Vec<CallId>,
    gated: Vec<Frame>,
    counts: BTreeMap<u32, usize>,
    streams: BTreeMap<CallId, (usize, usize, bool)>,
    /// The call that publishes, and its code.
    publishing: Option<(CallId, String)>,
    leaving: bool,
}

impl Worker {
    fn new() -> io::Result<Self> {
        Ok(Self {
            socket: UnixStream::pair()?.0,
            out: BytesMut::new(),
            functions: BTreeMap::new(),
            held: Vec::new(),
            gated: Vec::new(),
            counts: BTreeMap::new(),
            streams: BTreeMap::new(),
            publishing: None,
            leaving: false,
        })
    }

    fn put(&mut self, kind: Kind, call: CallId, head: &impl serde::Serialize, body: &[u8]) {
        codec::put_json(&mut self.out, kind, call, head, body);
    }

    fn respond(&mut self, call: CallId, r: Returned, body: impl AsRef<[u8]>) {
        let head = Respond { r, ..Respond::default() };
        self.put(Kind::Respond, call, &head, body.as_ref());
    }

    fn handle(&mut self, frame: Frame) {
        if std::env::var_os("SILENT").is_some() && matches!(frame.kind, Kind::Load | Kind::Invoke) {
            return;
        }
        let call = frame.call;
        match frame.kind {
            Kind::Hello => {
                let hello = Hello {
                    version: VERSION,
                    namespace: String::new(),
                    pid: std::process::id(),
                    engine: "test engine 1".into(),
                    warm: 0,
                };
                self.put(Kind::Hello, call, &hello, &[]);
            }
            Kind::Load if gate(&Self::code(&frame).0).is_some() => self.gated.push(frame),
            Kind::Load => self.load(&frame),
            Kind::Invoke => self.invoke(&frame),
            Kind::Cancel => {
                self.held.retain(|held| *held != call);
                self.streams.remove(&call);
                self.log(call, "cancelled");
            }
            Kind::Ping => {
                let calls = (self.held.len() + self.streams.len()) as u32;
                let awake = self.functions.len() as u32;
                self.put(
                    Kind::Pong,
                    call,
                    &Pong { awake, calls, heap_bytes: 1000, working: false },
                    &[],
                );
            }
            Kind::Unload => drop(self.functions.remove(&call.function())),
            Kind::Credit => {
                let head: Value = serde_json::from_slice(&frame.head).unwrap();
                let credit = head["n"].as_u64().unwrap() as usize;
                if let Some(stream) = self.streams.get_mut(&call) {
                    stream.1 += credit;
                }
                self.stream(call);
            }
            Kind::HostReply => {
                let reply: HostReply = serde_json::from_slice(&frame.head).unwrap();
                if let Some((call, code)) = self.publishing.take() {
                    if code != "publish" {
                        self.log(call, &format!("published {}", reply.s));
                        let fails = code == "publish-fail";
                        let end = if fails { Returned::Thrown } else { Returned::None };
                        return self.respond(call, end, "");
                    }
                    let text = format!("{} {}", reply.s, reply.error.unwrap_or_default());
                    self.respond(call, Returned::Text, text.trim());
                }
            }
            Kind::Shutdown => self.leaving = true,
            _ => {}
        }
    }

    fn code(frame: &Frame) -> (String, Load) {
        let load: Load = serde_json::from_slice(&frame.head).unwrap();
        let mut at = 0;
        let mut code = String::new();
        for file in &load.files {
            if file.path == load.entry {
                code = String::from_utf8_lossy(&frame.body[at..at + file.len]).trim().to_owned();
            }
            at += file.len;
        }
        (code, load)
    }

    fn load(&mut self, frame: &Frame) {
        let (code, load) = Self::code(frame);
        let code = gate(&code).map_or(&*code, |(_, code)| code).to_owned();
        let error = code.starts_with("broken").then(|| SourceError {
            message: "SyntaxError: Unexpected identifier".into(),
            file: Some(load.entry.clone()),
            line: Some(1),
            column: Some(3),
            source_line: Some(code.clone()),
            stack: None,
        });
        if error.is_none() {
            self.functions.insert(frame.call.function(), (code, load));
        }
        self.put(Kind::Loaded, frame.call, &Loaded { error, took_ms: 0.5 }, &[]);
    }

    fn log(&mut self, call: CallId, text: &str) {
        self.log_at(1_769_860_800_000.0, call, text);
    }

    fn log_at(&mut self, time: f64, call: CallId, text: &str) {
        let head = Log { level: Level::Info, time, trace: None };
        self.put(Kind::Log, call, &head, text.as_bytes());
    }

    fn invoke(&mut self, frame: &Frame) {
        let call = frame.call;
        let (code, load) = self.functions[&call.function()].clone();
        let (word, rest) = code.split_once(' ').unwrap_or((&code, ""));
        match word {
            "text" => self.respond(call, Returned::Text, rest),
            "json" => self.respond(call, Returned::Json, rest),
            "bytes" => self.respond(call, Returned::Bytes, rest),
            "nothing" => self.respond(call, Returned::None, ""),
            "throw" => self.respond(call, Returned::Thrown, ""),
            "throw-text" => self.respond(call, Returned::ThrownText, rest),
            "env" => self.respond(call, Returned::Text, load.env.get(rest).map_or("", |v| v)),
            "head" => self.answer_head(frame, &load),
            "log" => {
                self.log(call, rest);
                self.respond(call, Returned::None, "");
            }
            "log-head" => {
                let head: Value = serde_json::from_slice(&frame.head).unwrap();
                let (method, url) = (head["m"].as_str().unwrap(), head["u"].as_str().unwrap());
                self.log(call, &format!("{method} {url}"));
                self.respond(call, Returned::None, "");
            }
            "say" => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
                self.log_at(now.as_millis() as f64, call, rest);
                self.respond(call, Returned::None, "");
            }
            "stream" | "stream-break" => {
                let head = Respond { r: Returned::Bytes, more: true, ..Respond::default() };
                self.put(Kind::Respond, call, &head, b"");
                let window = avocet_frames::CREDIT_WINDOW as usize;
                let bytes = rest.parse().unwrap();
                self.streams.insert(call, (bytes, window, word == "stream-break"));
                self.stream(call);
            }
            "hold" => self.held.push(call),
            "release" => {
                for held in std::mem::take(&mut self.held) {
                    self.respond(held, Returned::Text, "released");
                }
                self.respond(call, Returned::None, "");
            }
            "count" => {
                let count = self.counts.entry(call.function()).or_default();
                *count += 1;
                let count = count.to_string();
                self.respond(call, Returned::Text, count);
            }
            "gates" => {
                let gates = self.gated.len().to_string();
                self.respond(call, Returned::Text, gates);
            }
            "open" => {
                let open = |f: &mut Frame| gate(&Self::code(f).0).is_some_and(|(g, _)| g == rest);
                let opened: Vec<Frame> = self.gated.extract_if(.., open).collect();
                opened.iter().for_each(|frame| self.load(frame));
                self.respond(call, Returned::None, "");
            }
            "publish" | "publish-as" | "publish-fail" => {
                self.publishing = Some((call, word.to_owned()));
                let event = json!({"specversion": "1.0", "id": "1", "source": "/f", "type": rest});
                let event = match word {
                    "publish" => frame.body.to_vec(),
                    _ => event.to_string().into_bytes(),
                };
                let asked = Operation::PublishEvent.into();
                let ask = HostCall { c: 1, asked, trace: TraceContext::default() };
                self.put(Kind::HostCall, call, &ask, &event);
            }
            "crash" => std::process::abort(),
            _ => self.set(call, word, rest),
        }
    }

    fn answer_head(&mut self, frame: &Frame, load: &Load) {
        let head: Value = serde_json::from_slice(&frame.head).unwrap();
        let body = String::from_utf8_lossy(&frame.body);
        let answer = json!({ "head": head, "body": body, "context": load.context });
        self.respond(frame.call, Returned::Json, answer.to_string());
    }

    fn set(&mut self, call: CallId, word: &str, rest: &str) {
        let mut head = Respond::default();
        match word {
            "status" => head.s = Some(rest.parse().unwrap()),
            "header" => {
                let (name, value) = rest.split_once(": ").unwrap();
                head.r = Returned::Response;
                head.h = Some(vec![name.into(), value.into()]);
            }
            "fail" => {
                let kind = serde_json::from_value(Value::from(rest)).unwrap();
                head.r = Returned::Failed;
                head.e = Some(Failure { kind, message: format!("the test asked for {rest}") });
            }
            other => {
                let message = format!("no such code: {other}");
                head.r = Returned::Failed;
                head.e = Some(Failure { kind: FailureKind::Internal, message });
            }
        }
        self.put(Kind::Respond, call, &head, b"");
    }

    fn stream(&mut self, call: CallId) {
        let Some((mut left, mut credit, breaks)) = self.streams.remove(&call) else { return };
        while left > 0 && credit > 0 {
            let piece = left.min(credit).min(10_000);
            let bytes = Bytes::from(vec![b'x'; piece]);
            codec::put(&mut self.out, Kind::RespondChunk, call, b"", &bytes);
            left -= piece;
            credit -= piece;
        }
        if left > 0 {
            self.streams.insert(call, (left, credit, breaks));
        } else if breaks {
            let failure = Failure { kind: FailureKind::Crashed, message: "broken off".into() };
            self.put(Kind::End, call, &failure, b"");
        } else {
            codec::put(&mut self.out, Kind::End, call, b"", b"");
        }
    }
}
