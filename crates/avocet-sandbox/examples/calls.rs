//! Microseconds per call: drives a worker over a socketpair with 64 calls outstanding.
//!
//! `cargo run --release -p avocet-sandbox --example calls [text|event|async] [seconds]`
//!
//! The worker is pinned to the first processor that is available, this program to the others, so
//! that the worker's processor time per call is what the figure says.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use avocet_frames::head::{BodyKind, FileEntry, Hello, Invoke, Limits, Load};
use avocet_frames::{CallId, Kind, VERSION, codec};
use bytes::BytesMut;

const OUTSTANDING: u32 = 64;

struct Case {
    source: &'static str,
    head: Invoke,
    body: &'static [u8],
}

fn case(name: &str) -> Case {
    let plain = ["host", "127.0.0.1:8080", "user-agent", "bench", "accept", "*/*"];
    let event = [
        "host",
        "127.0.0.1:8080",
        "content-type",
        "application/json",
        "content-length",
        "98",
        "ce-specversion",
        "1.0",
        "ce-type",
        "order.created",
        "ce-source",
        "/shop",
        "ce-id",
        "a1b2c3d4-0001",
        "ce-time",
        "2024-05-01T12:00:00Z",
    ];
    let get = |h: &[&str]| Invoke {
        m: "GET".into(),
        u: "/".into(),
        h: h.iter().map(|text| (*text).to_owned()).collect(),
        k: BodyKind::None,
        ip: Some("127.0.0.1".into()),
        l: Vec::new(),
        t: None,
        s: None,
    };
    match name {
        "text" => Case {
            source: "module.exports = { main: () => 'Hello World' };",
            head: get(&plain),
            body: b"",
        },
        "async" => Case {
            source: "module.exports = { main: async () => 'Hello World' };",
            head: get(&plain),
            body: b"",
        },
        "event" => Case {
            source: "module.exports = { main(event) { \
                     const total = event.data.items.reduce((sum, item) => sum + item.price * item.count, 0); \
                     return { id: event['ce-id'], type: event['ce-type'], total }; } };",
            head: Invoke { m: "POST".into(), k: BodyKind::Json, ..get(&event) },
            body: br#"{"order":"4711","items":[{"sku":"a","price":10,"count":2},{"sku":"b","price":5,"count":1}]}"#,
        },
        other => panic!("no case '{other}': text, event or async"),
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let names = arguments.next().unwrap_or_else(|| "text,async,event".into());
    let seconds: u64 = arguments.next().map_or(3, |text| text.parse().expect("seconds"));
    for name in names.split(',') {
        run(name, Duration::from_secs(seconds));
    }
}

fn run(name: &str, time: Duration) {
    let case = case(name);
    let (mut socket, theirs) = UnixStream::pair().expect("a socketpair");
    let worker = std::env::current_exe().expect("own path").with_file_name("../avocet-worker-v8");
    let mut child = Command::new("taskset")
        .args(["-c", "0"])
        .arg(worker)
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .spawn()
        .expect("a worker: build it with `cargo build --release -p avocet-sandbox`");
    let mut out = BytesMut::new();
    let hello = Hello {
        version: VERSION,
        namespace: "bench".into(),
        pid: 0,
        engine: String::new(),
        warm: 1,
    };
    codec::put_json(&mut out, Kind::Hello, CallId::WORKER, &hello, &[]);
    codec::put_json(
        &mut out,
        Kind::Load,
        CallId::new(1, 0),
        &load(case.source),
        case.source.as_bytes(),
    );
    let invoke = |out: &mut BytesMut, call| {
        codec::put_json(out, Kind::Invoke, CallId::new(1, call), &case.head, case.body);
    };
    (1..=OUTSTANDING).for_each(|call| invoke(&mut out, call));
    // The head is the same each time: serialise it once.
    let mut template = BytesMut::new();
    invoke(&mut template, 0);
    let mut received = BytesMut::new();
    let mut buffer = vec![0; 256 << 10];
    let (mut count, mut warm) = (0u64, true);
    let (mut start, mut before) = (Instant::now(), 0.0);
    let begin = Instant::now();
    loop {
        socket.write_all(&out).expect("the worker reads");
        out.clear();
        let read = socket.read(&mut buffer).expect("the worker answers");
        assert!(read > 0, "the worker ended");
        received.extend_from_slice(&buffer[..read]);
        while let Some(frame) = codec::take(&mut received).expect("frames") {
            if frame.kind != Kind::Respond {
                assert!(frame.kind != Kind::Log, "{}", String::from_utf8_lossy(&frame.body));
                continue;
            }
            assert!(!frame.head.windows(6).any(|w| w == b"failed"), "{frame:?}");
            count += 1;
            let at = out.len();
            out.extend_from_slice(&template);
            out[at + 5..at + 13].copy_from_slice(&frame.call.to_wire().to_le_bytes());
        }
        if warm && begin.elapsed() > Duration::from_secs(1) {
            (warm, count, start, before) = (false, 0, Instant::now(), processor_time(child.id()));
        }
        if !warm && start.elapsed() >= time {
            break;
        }
    }
    let wall = start.elapsed().as_secs_f64();
    let used = processor_time(child.id()) - before;
    println!(
        "{name}: {:.0} calls/s, {:.2} µs of the worker's processor time per call",
        count as f64 / wall,
        used * 1e6 / count as f64
    );
    drop(socket);
    child.wait().expect("the worker ends");
}

/// Seconds of processor time that a process has used, over all its threads.
fn processor_time(pid: u32) -> f64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the worker's threads");
    let of = |task: std::fs::DirEntry| -> f64 {
        let text = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        text.split(' ').next().and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0)
    };
    tasks.flatten().map(of).sum::<f64>() / 1e9
}

fn load(source: &str) -> Load {
    Load {
        name: "bench".into(),
        namespace: "default".into(),
        revision: 1,
        runtime: "v8".into(),
        entry: "handler.js".into(),
        dir: None,
        export: "main".into(),
        files: vec![FileEntry { path: "handler.js".into(), len: source.len() }],
        env: std::collections::BTreeMap::new(),
        context: serde_json::json!({"function-name": "bench"}),
        services: Default::default(),
        limits: Limits {
            timeout_ms: 180_000,
            cpu_ms: 0,
            heap_bytes: 64 << 20,
            concurrency: 100,
            instances: 1,
            queue: 1000,
        },
    }
}
