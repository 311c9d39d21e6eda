//! A worker process at the other end of a socketpair.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitStatus};

use avocet_frames::head::{
    BodyKind, FileEntry, Hello, Invoke, Limits, Load, Loaded, Pong, Respond,
};
use avocet_frames::{CallId, Frame, Kind, VERSION, codec};
use bytes::BytesMut;

/// Speaks frames with a worker; drop ends it.
pub(crate) struct Worker {
    child: Child,
    socket: UnixStream,
    received: BytesMut,
    /// Frames that were read while waiting for another.
    pending: VecDeque<Frame>,
    pings: u32,
}

/// Limits with room for everything that is not under test. Their times are long, so that a slow
/// machine changes nothing.
pub(crate) fn limits() -> Limits {
    Limits {
        timeout_ms: 60_000,
        cpu_ms: 0,
        heap_bytes: 64 << 20,
        concurrency: 100,
        instances: 1,
        queue: 1000,
    }
}

/// A definition of one file, `handler.js`.
pub(crate) fn definition(source: &str) -> (Load, Vec<u8>) {
    definition_of(&[("handler.js", source)])
}

/// A definition of several files; the first is the entry.
pub(crate) fn definition_of(files: &[(&str, &str)]) -> (Load, Vec<u8>) {
    let load = Load {
        name: "sample".into(),
        namespace: "default".into(),
        revision: 1,
        runtime: "v8".into(),
        entry: files[0].0.into(),
        dir: None,
        export: "main".into(),
        files: files
            .iter()
            .map(|(path, text)| FileEntry { path: (*path).into(), len: text.len() })
            .collect(),
        env: [("GREETING".to_owned(), "hello".to_owned())].into(),
        context: serde_json::json!({"function-name": "sample", "timeout": 180}),
        services: Default::default(),
        limits: limits(),
    };
    (load, files.iter().flat_map(|(_, text)| text.bytes()).collect())
}

/// A plain GET.
pub(crate) fn get(path: &str) -> Invoke {
    let h = ["host", "localhost"].map(str::to_owned).to_vec();
    Invoke {
        m: "GET".into(),
        u: path.into(),
        h,
        k: BodyKind::None,
        ip: None,
        l: Vec::new(),
        t: None,
        s: None,
    }
}

/// A POST whose body is of the given kind.
pub(crate) fn post(kind: BodyKind, content_type: &str) -> Invoke {
    let h = ["host", "localhost", "content-type", content_type].map(str::to_owned).to_vec();
    Invoke { m: "POST".into(), h, k: kind, ..get("/") }
}

impl Worker {
    pub(crate) fn start() -> Self {
        Self::start_warm(0)
    }

    /// A worker that keeps `warm` isolates ready.
    pub(crate) fn start_warm(warm: u32) -> Self {
        let mut worker = Self::spawn();
        let hello = Hello {
            version: VERSION,
            namespace: "default".into(),
            pid: 0,
            engine: String::new(),
            warm,
        };
        worker.send(Kind::Hello, CallId::WORKER, &hello, &[]);
        let frame = worker.wait(|frame| frame.kind == Kind::Hello);
        let answer: Hello = json(&frame.head);
        assert_eq!((answer.version, answer.pid), (VERSION, worker.child.id()));
        assert!(answer.engine.starts_with("V8 "), "{}", answer.engine);
        worker
    }

    /// A worker that nobody has greeted.
    pub(crate) fn spawn() -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_avocet-worker-v8"))
            .stdin(OwnedFd::from(theirs))
            .spawn()
            .unwrap();
        let (received, pending) = (BytesMut::new(), VecDeque::new());
        Self { child, socket: ours, received, pending, pings: 0 }
    }

    pub(crate) fn send(
        &mut self,
        kind: Kind,
        call: CallId,
        head: &impl serde::Serialize,
        body: &[u8],
    ) {
        let mut out = BytesMut::new();
        codec::put_json(&mut out, kind, call, head, body);
        self.socket.write_all(&out).unwrap();
    }

    /// A frame without a head.
    pub(crate) fn tell(&mut self, kind: Kind, call: CallId) {
        let mut out = BytesMut::new();
        codec::put(&mut out, kind, call, &[], &[]);
        self.socket.write_all(&out).unwrap();
    }

    fn read_frame(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = codec::take(&mut self.received).unwrap() {
                return Some(frame);
            }
            let mut buffer = [0; 64 << 10];
            let read = self.socket.read(&mut buffer).ok().filter(|read| *read > 0)?;
            self.received.extend_from_slice(&buffer[..read]);
        }
    }

    /// The first frame, seen already or still to come, that `wanted` accepts. The others stay.
    pub(crate) fn wait(&mut self, wanted: impl Fn(&Frame) -> bool) -> Frame {
        if let Some(at) = self.pending.iter().position(&wanted) {
            return self.pending.remove(at).unwrap();
        }
        loop {
            let frame = self.read_frame().expect("the worker is still there");
            if wanted(&frame) {
                return frame;
            }
            self.pending.push_back(frame);
        }
    }

    /// Loads and waits for the answer.
    pub(crate) fn load_definition(&mut self, number: u32, (load, body): (Load, Vec<u8>)) -> Loaded {
        let call = CallId::new(number, 0);
        self.send(Kind::Load, call, &load, &body);
        let frame = self.wait(|frame| frame.kind == Kind::Loaded && frame.call == call);
        json(&frame.head)
    }

    /// Loads a handler that must become ready.
    pub(crate) fn load(&mut self, number: u32, source: &str) {
        self.load_limited(number, source, limits());
    }

    /// Loads a handler with limits of its own.
    pub(crate) fn load_limited(&mut self, number: u32, source: &str, limits: Limits) {
        let (load, body) = definition(source);
        let loaded = self.load_definition(number, (Load { limits, ..load }, body));
        assert_eq!(loaded.error, None);
    }

    pub(crate) fn invoke(&mut self, function: u32, call: u32, head: &Invoke, body: &[u8]) {
        self.send(Kind::Invoke, CallId::new(function, call), head, body);
    }

    /// The answer to a call: its head and body.
    pub(crate) fn answer(&mut self, function: u32, call: u32) -> (Respond, String) {
        let call = CallId::new(function, call);
        let frame = self.wait(|frame| frame.kind == Kind::Respond && frame.call == call);
        (json(&frame.head), String::from_utf8_lossy(&frame.body).into_owned())
    }

    /// Calls with GET `/` and waits for the answer.
    pub(crate) fn call(&mut self, function: u32, call: u32) -> (Respond, String) {
        self.invoke(function, call, &get("/"), &[]);
        self.answer(function, call)
    }

    /// The next log line that contains `text`.
    pub(crate) fn log(&mut self, text: &str) -> (avocet_frames::head::Log, CallId, String) {
        let contains = |frame: &Frame| String::from_utf8_lossy(&frame.body).contains(text);
        let frame = self.wait(|frame| frame.kind == Kind::Log && contains(frame));
        (json(&frame.head), frame.call, String::from_utf8_lossy(&frame.body).into_owned())
    }

    /// Waits until the worker has taken note of everything sent so far.
    pub(crate) fn ping(&mut self) -> Pong {
        self.pings += 1;
        self.tell(Kind::Ping, CallId::WORKER);
        json(&self.wait(|frame| frame.kind == Kind::Pong).head)
    }

    /// Frames of `kind` that were read so far, taken out.
    pub(crate) fn seen(&mut self, kind: Kind) -> Vec<Frame> {
        let (seen, rest) =
            self.pending.drain(..).partition::<VecDeque<_>, _>(|frame| frame.kind == kind);
        self.pending = rest;
        seen.into()
    }

    pub(crate) fn socket(&mut self) -> &mut UnixStream {
        &mut self.socket
    }

    /// Closes the supervisor's end and returns how the worker ended.
    pub(crate) fn hang_up(mut self) -> ExitStatus {
        self.socket.shutdown(std::net::Shutdown::Both).unwrap();
        self.child.wait().unwrap()
    }

    /// Reads until the worker is gone.
    pub(crate) fn wait_for_exit(&mut self) -> ExitStatus {
        while let Some(frame) = self.read_frame() {
            self.pending.push_back(frame);
        }
        self.child.wait().unwrap()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads a head.
pub(crate) fn json<T: serde::de::DeserializeOwned>(head: &[u8]) -> T {
    serde_json::from_slice(head)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(head)))
}
