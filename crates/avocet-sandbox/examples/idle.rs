//! Memory per idle function, and the time from a load frame to the first answer.
//!
//! `cargo run --release -p avocet-sandbox --example idle [functions]`

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use avocet_frames::head::{BodyKind, FileEntry, Hello, Invoke, Limits, Load};
use avocet_frames::{CallId, Frame, Kind, VERSION, codec};
use bytes::BytesMut;

const SOURCE: &str =
    "module.exports = { main: (event, context) => ({ name: context['function-name'] }) };";

struct Worker {
    child: Child,
    socket: UnixStream,
    received: BytesMut,
}

impl Worker {
    fn start(warm: u32) -> Self {
        let (socket, theirs) = UnixStream::pair().expect("a socketpair");
        let path = std::env::current_exe().expect("own path").with_file_name("../avocet-worker-v8");
        let child = Command::new(path)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .spawn()
            .expect("a worker: build it with `cargo build --release -p avocet-sandbox`");
        let mut worker = Self { child, socket, received: BytesMut::new() };
        let hello = Hello {
            version: VERSION,
            namespace: "idle".into(),
            pid: 0,
            engine: String::new(),
            warm,
        };
        let mut out = BytesMut::new();
        codec::put_json(&mut out, Kind::Hello, CallId::WORKER, &hello, &[]);
        worker.socket.write_all(&out).expect("the worker reads");
        worker.wait(Kind::Hello);
        worker
    }

    fn wait(&mut self, kind: Kind) -> Frame {
        let mut buffer = [0; 64 << 10];
        loop {
            while let Some(frame) = codec::take(&mut self.received).expect("frames") {
                if frame.kind == kind {
                    return frame;
                }
            }
            let read = self.socket.read(&mut buffer).expect("the worker answers");
            assert!(read > 0, "the worker ended");
            self.received.extend_from_slice(&buffer[..read]);
        }
    }

    /// Loads a function and calls it once; the time to its answer.
    fn first_call(&mut self, number: u32) -> Duration {
        let start = Instant::now();
        let mut out = BytesMut::new();
        let load = load(number);
        codec::put_json(&mut out, Kind::Load, CallId::new(number, 0), &load, SOURCE.as_bytes());
        let head = Invoke {
            m: "GET".into(),
            u: "/".into(),
            h: vec!["host".into(), "localhost".into()],
            k: BodyKind::None,
            ip: None,
            l: Vec::new(),
            t: None,
            s: None,
        };
        codec::put_json(&mut out, Kind::Invoke, CallId::new(number, 1), &head, &[]);
        self.socket.write_all(&out).expect("the worker reads");
        let answer = self.wait(Kind::Respond);
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(text, format!("{{\"name\":\"f{number}\"}}"));
        start.elapsed()
    }

    /// Private resident memory in KiB.
    fn private(&self) -> u64 {
        let path = format!("/proc/{}/smaps_rollup", self.child.id());
        let text = std::fs::read_to_string(path).expect("the worker's memory");
        let lines = text.lines().filter(|line| line.starts_with("Private_"));
        lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn load(number: u32) -> Load {
    let name = format!("f{number}");
    Load {
        context: serde_json::json!({"function-name": name}),
        name,
        namespace: "idle".into(),
        revision: 1,
        runtime: "v8".into(),
        entry: "handler.js".into(),
        dir: None,
        export: "main".into(),
        files: vec![FileEntry { path: "handler.js".into(), len: SOURCE.len() }],
        env: std::collections::BTreeMap::new(),
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

fn quantiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |q: f64| times[((times.len() - 1) as f64 * q) as usize].as_secs_f64() * 1e3;
    format!("p50 {:.2} ms, p99 {:.2} ms", at(0.5), at(0.99))
}

fn main() {
    let count: u32 = std::env::args().nth(1).map_or(1000, |text| text.parse().expect("a number"));
    let mut worker = Worker::start(0);
    let empty = worker.private();
    let times = (1..=count).map(|number| worker.first_call(number)).collect();
    let used = worker.private() - empty;
    println!("without a warm pool: load to first answer {}", quantiles(times));
    println!(
        "{count} functions: {} KiB private each, right after their call",
        used / u64::from(count)
    );
    std::thread::sleep(Duration::from_secs(8));
    let used = worker.private() - empty;
    println!("{count} functions: {} KiB private each, idle", used / u64::from(count));
    drop(worker);

    let mut worker = Worker::start(8);
    let mut times = Vec::new();
    for number in 1..=100 {
        std::thread::sleep(Duration::from_millis(20));
        times.push(worker.first_call(number));
    }
    println!("from the warm pool: load to first answer {}", quantiles(times));
}
