//! Measures what a call costs on the supervisor's side: calls per second through one worker that
//! answers at once, with 64 callers, both processes on the same core.
//!
//! ```text
//! cargo build --release -p avocet-workers --example hop
//! taskset -c 0 target/release/examples/hop 64 2000000
//! ```

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use avocet_frames::head::{Load, Loaded};
use avocet_frames::{Kind, VERSION, codec, head};
use avocet_workers::{
    CallRequest, Definition, FunctionHandle, Launch, Launcher, Limits, Supervisor,
    SupervisorOptions,
};
use bytes::{Buf, Bytes, BytesMut};

const HEAD: &[u8] = br#"{"m":"GET","u":"/","h":["host","127.0.0.1:8080","accept","*/*"]}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let first = args.next();
    if first.as_deref() == Some("worker") {
        return worker();
    }
    if first.as_deref() == Some("launch") {
        // Comes back only where there was nothing to become.
        return Err(format!("{:?}", avocet_jail::run()).into());
    }
    let callers = first.map_or(Ok(64), |n| n.parse())?;
    let calls = args.next().map_or(Ok(2_000_000), |n| n.parse())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(callers, calls))
}

async fn measure(callers: u64, calls: u64) -> Result<(), Box<dyn std::error::Error>> {
    let own = std::env::current_exe()?;
    let launcher = Launcher::new(&own).arg("launch");
    let launch = Launch::new(own).arg("worker");
    let supervisor = Supervisor::new(SupervisorOptions::new(launch, launcher));
    let function = supervisor.register(Arc::new(definition()?));
    run(&function, callers, calls / 10).await;
    let (began, cpu) = (Instant::now(), cpu_time());
    run(&function, callers, calls).await;
    let (took, cpu) = (began.elapsed(), cpu_time() - cpu);
    let each = |time: Duration| time.as_nanos() as f64 / calls as f64 / 1000.0;
    println!("{:.0} calls/s, {callers} in flight", calls as f64 / took.as_secs_f64());
    println!("{:.2} µs per call, {:.2} µs of it this process's", each(took), each(cpu));
    supervisor.shutdown(Duration::from_secs(5)).await;
    Ok(())
}

async fn run(function: &FunctionHandle, callers: u64, calls: u64) {
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let function = function.clone();
            tokio::spawn(async move {
                for _ in 0..calls / callers {
                    let head = |out: &mut BytesMut| out.extend_from_slice(HEAD);
                    let answer = function.call(CallRequest::new(head, Bytes::new())).await;
                    assert_eq!(answer.expect("the worker answers").body, "Hello World");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no caller panics");
    }
}

fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn definition() -> Result<Definition, avocet_workers::DefinitionError> {
    let limits = Limits {
        timeout_ms: 60_000,
        cpu_ms: 0,
        heap_bytes: 64 << 20,
        concurrency: 1000,
        instances: 1,
        queue: 0,
    };
    let load = Load {
        name: "hop".into(),
        namespace: "default".into(),
        revision: 1,
        runtime: "v8".into(),
        entry: "handler.js".into(),
        dir: None,
        export: "main".into(),
        files: Vec::new(),
        env: BTreeMap::new(),
        context: serde_json::json!({}),
        services: Default::default(),
        limits,
    };
    Definition::new(load, [("handler.js", "")])
}

/// Answers everything that one read brought with one write.
fn worker() -> Result<(), Box<dyn std::error::Error>> {
    let mut socket = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let (mut received, mut out) = (BytesMut::new(), BytesMut::new());
    let mut buf = vec![0; 64 * 1024];
    loop {
        let read = socket.read(&mut buf)?;
        if read == 0 {
            return Ok(());
        }
        received.extend_from_slice(&buf[..read]);
        while let Some((frame, length)) = codec::parse(&received)? {
            match frame.kind {
                Kind::Hello => {
                    let hello = serde_json::json!({ "version": VERSION });
                    codec::put_json(&mut out, Kind::Hello, frame.call, &hello, &[]);
                }
                Kind::Load => {
                    let loaded = Loaded { error: None, took_ms: 0.0 };
                    codec::put_json(&mut out, Kind::Loaded, frame.call, &loaded, &[]);
                }
                Kind::Invoke => {
                    let head = br#"{"r":"text"}"#;
                    codec::put(&mut out, Kind::Respond, frame.call, head, b"Hello World");
                }
                Kind::Ping => {
                    let pong = head::Pong::default();
                    codec::put_json(&mut out, Kind::Pong, frame.call, &pong, &[]);
                }
                Kind::Shutdown => return Ok(()),
                _ => {}
            }
            received.advance(length);
        }
        socket.write_all(&out)?;
        out.clear();
    }
}
