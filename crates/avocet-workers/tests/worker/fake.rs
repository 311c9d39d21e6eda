//! A worker for tests: speaks the frames, runs no function, misbehaves as it is told.
//!
//! Its environment says how it starts and ends (`FAKE_*`), a function's name how it loads, and a
//! call's URL what the call does; see [`start`], [`Fake::load`] and [`Fake::invoke`].

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use avocet_frames::head::{
    Asked, Credit, Failure, FailureKind, Hello, HostCall, HostReply, Invoke, Level, Load, Loaded,
    Log, Operation, Pong, Respond, Returned, SourceError, TraceContext,
};
use avocet_frames::{CREDIT_WINDOW, CallId, Frame, Kind, VERSION, codec};
use bytes::{Bytes, BytesMut};

fn main() -> ExitCode {
    // A process that its supervisor starts as the launcher.
    if std::env::args().nth(1).as_deref() == Some("launch") {
        return avocet_jail::run();
    }
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:?}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> io::Result<()> {
    start();
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut fake = Fake {
        socket,
        out: BytesMut::new(),
        journal: Vec::new(),
        held: Vec::new(),
        functions: BTreeMap::new(),
        streams: BTreeMap::new(),
        uploads: BTreeMap::new(),
        hosted: BTreeMap::new(),
        children: Vec::new(),
        filled: Vec::new(),
        leaving: false,
        working: 0,
    };
    let mut received = BytesMut::new();
    let mut buf = vec![0; 64 * 1024];
    loop {
        while let Some(frame) = codec::take(&mut received).map_err(io::Error::other)? {
            fake.handle(frame);
        }
        fake.flush()?;
        if fake.leaving && fake.held.is_empty() {
            if fake.working > 0 {
                // Cut off: no good end.
                std::process::exit(9);
            }
            return Ok(());
        }
        match fake.socket.read(&mut buf)? {
            0 => return Ok(()),
            read => received.extend_from_slice(&buf[..read]),
        }
    }
}

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// `FAKE_START=exit` ends at once, `FAKE_PRINT` prints to both streams, `FAKE_FLOOD` prints so many
/// lines.
fn start() {
    if let Some(text) = setting("FAKE_PRINT") {
        println!("{text}");
        eprintln!("{text}");
    }
    if let Some(lines) = setting("FAKE_FLOOD").and_then(|n| n.parse().ok()) {
        for line in 0..lines {
            println!("line {line}");
        }
    }
    if setting("FAKE_START").as_deref() == Some("exit") {
        std::process::exit(7);
    }
}

/// Stays for ever, deaf to everything but a signal.
fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

struct Fake {
    socket: UnixStream,
    out: BytesMut,
    /// Every frame that arrived: its kind and call.
    journal: Vec<String>,
    /// Calls that are not answered, and what becomes of them when they are cancelled.
    held: Vec<(CallId, Hold)>,
    functions: BTreeMap<u32, String>,
    streams: BTreeMap<CallId, Stream>,
    uploads: BTreeMap<CallId, Upload>,
    hosted: BTreeMap<u32, CallId>,
    children: Vec<std::process::Child>,
    filled: Vec<u8>,
    leaving: bool,
    /// Pings for which something goes on beside its calls.
    working: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Hold {
    /// Forgotten when cancelled.
    Fair,
    /// Answered when cancelled, which is too late.
    Late,
    /// Goes on when cancelled.
    Stuck,
}

struct Stream {
    left: usize,
    credit: usize,
}

/// A request's body that arrives.
#[derive(Default)]
struct Upload {
    /// Bytes that came.
    total: usize,
    /// Bytes that no credit was given for, now and at most.
    open: usize,
    most: usize,
    /// Answers with what comes, while it comes.
    echoes: bool,
    /// Ends the process with the first bytes.
    crashes: bool,
}

/// Name and value of a query such as `?n=3`.
fn query(url: &str) -> (&str, &str) {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split_once('=').unwrap_or((query, ""))
}

fn number(url: &str) -> usize {
    query(url).1.parse().unwrap_or(0)
}

impl Fake {
    fn flush(&mut self) -> io::Result<()> {
        self.socket.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    fn put(&mut self, kind: Kind, call: CallId, head: &impl serde::Serialize, body: &[u8]) {
        codec::put_json(&mut self.out, kind, call, head, body);
    }

    fn text(&mut self, call: CallId, body: impl AsRef<[u8]>) {
        codec::put(&mut self.out, Kind::Respond, call, br#"{"r":"text"}"#, body.as_ref());
    }

    fn fail(&mut self, call: CallId, kind: FailureKind, message: &str) {
        let e = Some(Failure { kind, message: message.to_owned() });
        let head = Respond { r: Returned::Failed, e, ..Respond::default() };
        self.put(Kind::Respond, call, &head, &[]);
    }

    fn handle(&mut self, frame: Frame) {
        if !matches!(frame.kind, Kind::Ping) {
            self.journal.push(format!("{:?} {:?}", frame.kind, frame.call));
        }
        match frame.kind {
            Kind::Hello => self.hello(&frame),
            Kind::Load => self.load(&frame),
            Kind::Invoke => self.invoke(frame),
            Kind::Cancel => self.cancel(frame.call),
            Kind::Ping => self.ping(frame.call),
            Kind::Credit => self.credit(&frame),
            Kind::BodyChunk => self.body_chunk(frame.call, &frame.body),
            Kind::End => self.body_end(&frame),
            Kind::HostReply => self.host_reply(&frame),
            Kind::Unload => drop(self.functions.remove(&frame.call.function())),
            Kind::Shutdown => match setting("FAKE_SHUTDOWN").as_deref() {
                Some("ignore") => {}
                _ => self.leaving = true,
            },
            _ => {}
        }
    }

    /// `FAKE_HELLO=never` says nothing more, `FAKE_HELLO=old` another version, `FAKE_HELLO=crash` dies,
    /// `FAKE_HELLO=rude` sends something else first.
    fn hello(&mut self, frame: &Frame) {
        let asked: Hello = serde_json::from_slice(&frame.head).expect("a hello");
        assert_eq!(asked.version, VERSION);
        let hello = Hello {
            version: VERSION,
            namespace: String::new(),
            pid: std::process::id(),
            engine: "fake".into(),
            warm: 0,
        };
        match setting("FAKE_HELLO").as_deref() {
            Some("never") => hang(),
            Some("old") => {
                self.put(Kind::Hello, frame.call, &Hello { version: VERSION + 1, ..hello }, &[]);
            }
            Some("crash") => std::process::abort(),
            Some("rude") => self.put(Kind::Pong, frame.call, &Pong::default(), &[]),
            _ => self.put(Kind::Hello, frame.call, &hello, &[]),
        }
        // Whatever becomes of the frames behind it, this one was said.
        self.flush().expect("the supervisor reads");
    }

    /// A function named `broken…` is refused, `silent…` gets no answer, `fatal…` kills the worker.
    fn load(&mut self, frame: &Frame) {
        let load: Load = serde_json::from_slice(&frame.head).expect("a load");
        assert_eq!(frame.body.len(), load.files.iter().map(|file| file.len).sum::<usize>());
        let mut error = None;
        if load.name.starts_with("broken") {
            error = Some(SourceError {
                message: "SyntaxError: Unexpected token '}'".into(),
                file: Some(load.entry.clone()),
                line: Some(3),
                column: Some(7),
                ..SourceError::default()
            });
        } else if load.name.starts_with("silent") {
            return;
        } else if load.name.starts_with("fatal") {
            std::process::exit(9);
        } else {
            self.functions.insert(frame.call.function(), load.name);
        }
        self.put(Kind::Loaded, frame.call, &Loaded { error, took_ms: 1.5 }, &[]);
    }

    fn invoke(&mut self, frame: Frame) {
        let call = frame.call;
        let invoke: Invoke = serde_json::from_slice(&frame.head).expect("an invoke");
        let Some(name) = self.functions.get(&call.function()).cloned() else {
            return self.fail(call, FailureKind::NotLoaded, "the function is not there");
        };
        let path = invoke.u.split('?').next().unwrap_or_default();
        match path {
            "/echo" => self.text(call, &frame.body),
            "/name" => self.text(call, name),
            "/pid" => self.text(call, std::process::id().to_string()),
            "/env" => self.text(call, std::env::vars().map(|(k, _)| k + "\n").collect::<String>()),
            "/journal" => self.text(call, self.journal.join("\n")),
            "/head" => self.full_head(call, &invoke),
            "/work" => {
                self.working = number(&invoke.u);
                self.text(call, "working");
            }
            "/hold" => self.held.push((call, Hold::Fair)),
            "/late" => self.held.push((call, Hold::Late)),
            "/stuck" => self.held.push((call, Hold::Stuck)),
            "/release" => self.release(call),
            "/fail" => self.fail(call, FailureKind::Heap, "over the heap limit"),
            "/upload" | "/upload-echo" | "/upload-crash" => self.upload(call, path),
            "/host" => self.host_call(call, &invoke, &frame.body),
            "/log" => self.log(call, &frame.body),
            "/log-late" => {
                self.text(call, "answered");
                self.put(
                    Kind::Log,
                    call,
                    &Log { level: Level::Info, time: 1.0, trace: None },
                    b"late",
                );
            }
            "/span" => codec::put(&mut self.out, Kind::Span, call, b"{\"name\":\"x\"}", &[]),
            "/child" => self.child(call),
            "/fill" => self.fill(call, number(&invoke.u)),
            "/print" => {
                println!("printed");
                self.text(call, "");
            }
            "/stream" | "/overrun" | "/break" => self.stream(call, path, number(&invoke.u)),
            _ => self.misbehave(call, &invoke.u, path),
        }
    }

    /// Fills so much memory, then holds the call.
    fn fill(&mut self, call: CallId, mib: usize) {
        self.filled = vec![1; mib << 20];
        self.held.push((call, Hold::Fair));
    }

    fn misbehave(&mut self, call: CallId, url: &str, path: &str) {
        match path {
            "/twice" => {
                self.text(call, "first");
                self.text(call, "second");
            }
            "/garbage" => self.out.extend_from_slice(&[0xff; 64]),
            "/nonsense" => codec::put(&mut self.out, Kind::Respond, call, b"{]", &[]),
            "/upward" => codec::put(&mut self.out, Kind::Invoke, call, b"{}", &[]),
            "/crash" => std::process::abort(),
            "/exit" => std::process::exit(number(url) as i32),
            "/answer-and-crash" => {
                self.text(call, "the last words");
                self.flush().expect("the supervisor reads");
                std::process::abort();
            }
            "/close" => {
                self.socket.shutdown(std::net::Shutdown::Both).expect("a socket");
                hang();
            }
            "/deaf" => {
                println!("deaf");
                hang();
            }
            _ => self.fail(call, FailureKind::Internal, "the fake worker knows no such path"),
        }
    }

    fn full_head(&mut self, call: CallId, invoke: &Invoke) {
        let head = Respond {
            r: Returned::Response,
            s: Some(418),
            h: Some(vec!["x-method".into(), invoke.m.clone()]),
            ..Respond::default()
        };
        self.put(Kind::Respond, call, &head, b"short and stout");
    }

    fn release(&mut self, call: CallId) {
        let held = std::mem::take(&mut self.held);
        let count = held.len();
        for (call, _) in held {
            self.text(call, "released");
        }
        self.text(call, count.to_string());
    }

    fn cancel(&mut self, call: CallId) {
        self.streams.remove(&call);
        self.uploads.remove(&call);
        let Some(at) = self.held.iter().position(|(held, _)| *held == call) else { return };
        match self.held[at].1 {
            Hold::Stuck => return,
            Hold::Late => self.text(call, "too late"),
            Hold::Fair => {}
        }
        self.held.swap_remove(at);
    }

    fn ping(&mut self, call: CallId) {
        let working = self.working > 0;
        self.working = self.working.saturating_sub(1);
        let pong = Pong {
            awake: self.functions.len() as u32,
            calls: (self.held.len() + self.streams.len()) as u32,
            heap_bytes: 4096,
            working,
        };
        self.put(Kind::Pong, call, &pong, &[]);
    }

    /// `/stream?total=N` within the credit, `/overrun?total=N` all at once, `/break` breaks off.
    fn stream(&mut self, call: CallId, path: &str, total: usize) {
        let head = Respond { r: Returned::Bytes, more: true, ..Respond::default() };
        self.put(Kind::Respond, call, &head, b"begin:");
        match path {
            "/overrun" => {
                for _ in 0..total / 1024 {
                    codec::put(&mut self.out, Kind::RespondChunk, call, &[], &[b'x'; 1024]);
                }
            }
            "/break" => {
                codec::put(&mut self.out, Kind::RespondChunk, call, &[], b"half");
                let failure =
                    Failure { kind: FailureKind::Heap, message: "over the heap limit".into() };
                self.put(Kind::End, call, &failure, &[]);
            }
            _ => {
                self.streams.insert(call, Stream { left: total, credit: CREDIT_WINDOW as usize });
                self.pump(call);
            }
        }
    }

    /// Sends what the credit allows; `/stream?total=0` never ends.
    fn pump(&mut self, call: CallId) {
        let Some(stream) = self.streams.get_mut(&call) else { return };
        let endless = stream.left == 0;
        while stream.credit > 0 && (endless || stream.left > 0) {
            let limit = if endless { usize::MAX } else { stream.left };
            let bytes = stream.credit.min(limit).min(10_000);
            stream.credit -= bytes;
            stream.left -= if endless { 0 } else { bytes };
            codec::put(&mut self.out, Kind::RespondChunk, call, &[], &vec![b'x'; bytes]);
        }
        if !endless && stream.left == 0 {
            self.streams.remove(&call);
            codec::put(&mut self.out, Kind::End, call, &[], &[]);
        }
    }

    /// `/upload` answers how many bytes came, and how many of them at most without credit;
    /// `/upload-echo` streams them back, `/upload-crash` dies of them.
    fn upload(&mut self, call: CallId, path: &str) {
        let (echoes, crashes) = (path == "/upload-echo", path == "/upload-crash");
        if echoes {
            let head = Respond { r: Returned::Bytes, more: true, ..Respond::default() };
            self.put(Kind::Respond, call, &head, b"begin:");
        }
        self.uploads.insert(call, Upload { echoes, crashes, ..Upload::default() });
    }

    /// Gives credit only where there is none left: the sender has to keep to it.
    fn body_chunk(&mut self, call: CallId, body: &[u8]) {
        let Some(upload) = self.uploads.get_mut(&call) else { return };
        if upload.crashes {
            std::process::abort();
        }
        upload.total += body.len();
        upload.open += body.len();
        upload.most = upload.most.max(upload.open);
        let echoes = upload.echoes;
        if echoes || upload.open >= CREDIT_WINDOW as usize {
            let n = std::mem::take(&mut upload.open) as u32;
            self.put(Kind::Credit, call, &Credit { n }, &[]);
        }
        if echoes {
            codec::put(&mut self.out, Kind::RespondChunk, call, &[], body);
        }
    }

    fn body_end(&mut self, frame: &Frame) {
        let Some(upload) = self.uploads.remove(&frame.call) else { return };
        if !frame.head.is_empty() {
            let failure: Failure = serde_json::from_slice(&frame.head).expect("a failure");
            self.text(frame.call, format!("{}, then {}", upload.total, failure.message));
        } else if upload.echoes {
            codec::put(&mut self.out, Kind::End, frame.call, &[], &[]);
        } else {
            self.text(frame.call, format!("{} bytes, {} at most", upload.total, upload.most));
        }
    }

    fn credit(&mut self, frame: &Frame) {
        let credit: Credit = serde_json::from_slice(&frame.head).expect("a credit");
        if let Some(stream) = self.streams.get_mut(&frame.call) {
            stream.credit += credit.n as usize;
        }
        self.pump(frame.call);
    }

    /// `/host?op=argument`; the request's number is the call's.
    fn host_call(&mut self, call: CallId, invoke: &Invoke, body: &Bytes) {
        let (op, arg) = query(&invoke.u);
        self.hosted.insert(call.call(), call);
        let trace = TraceContext::default();
        let asked = match op {
            "kv.get" => Operation::KvGet { key: arg.to_owned() }.into(),
            _ => Asked::Unknown { op: op.to_owned() },
        };
        let ask = HostCall { c: call.call(), asked, trace };
        self.put(Kind::HostCall, call, &ask, body);
    }

    fn host_reply(&mut self, frame: &Frame) {
        let reply: HostReply = serde_json::from_slice(&frame.head).expect("a host reply");
        let Some(call) = self.hosted.remove(&reply.c) else { return };
        let error = reply.error.unwrap_or_default();
        let text = [reply.s.to_string().as_bytes(), b" ", error.as_bytes(), &frame.body].concat();
        self.text(call, text);
    }

    /// Logs the body for the call and for its function, then answers.
    fn log(&mut self, call: CallId, body: &[u8]) {
        for of in [call, CallId::new(call.function(), 0)] {
            self.put(Kind::Log, of, &Log { level: Level::Warn, time: 12.5, trace: None }, body);
        }
        self.text(call, "logged");
    }

    /// Starts a process that would outlive this one, holding its socket too.
    fn child(&mut self, call: CallId) {
        let socket = self.socket.try_clone().expect("a descriptor");
        // Not waited for on purpose: who cleans up after it is what is tested.
        let child = std::process::Command::new("sleep")
            .arg("1000")
            .stdin(std::os::fd::OwnedFd::from(socket))
            .spawn()
            .expect("sleep is there");
        self.text(call, child.id().to_string());
        self.children.push(child);
    }
}
