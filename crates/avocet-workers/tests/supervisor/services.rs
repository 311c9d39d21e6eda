use std::sync::Arc;

use avocet_frames::head::{Asked, Operation};
use avocet_workers::{CallTag, HostAnswer, HostFuture, HostRequest, HostServices, Level};
use tokio::sync::Semaphore;

use crate::support::*;

#[derive(Debug)]
struct Services {
    gate: Arc<Semaphore>,
}

impl HostServices for Services {
    fn call(&self, request: HostRequest) -> HostFuture {
        let gate = self.gate.clone();
        Box::pin(async move {
            let (op, arg) = match &request.asked {
                Asked::Known(Operation::KvGet { key }) => ("kv.get", &key[..]),
                Asked::Known(_) => ("another", ""),
                Asked::Unknown { op } => (&op[..], ""),
            };
            match op {
                "panic" => panic!("a defect of the service"),
                "wait" => gate.acquire().await.unwrap().forget(),
                "huge" => return HostAnswer::ok(vec![0; 101 << 20]),
                _ => {}
            }
            let name = &request.function.load().name;
            let invocation = request.tag.unwrap().invocation;
            let body = String::from_utf8_lossy(&request.body);
            HostAnswer::ok(format!("{name} {invocation} {op} {arg} {body}"))
        })
    }
}

fn bench(limit: u32) -> (Bench, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let services = Services { gate: gate.clone() };
    let bench = Bench::with(|options| {
        options.host = Arc::new(services);
        options.max_host_calls_per_worker = limit;
    });
    (bench, gate)
}

#[tokio::test]
async fn a_host_call_reaches_the_service_and_its_answer_the_function() {
    let (bench, _) = bench(10);
    let function = bench.function("asker");
    assert_eq!(text(&function, "/host?kv.get=key").await, "200 asker 7 kv.get key body");
}

#[tokio::test]
async fn a_service_that_panics_or_answers_too_much_is_answered_for() {
    let (bench, _) = bench(1);
    let function = bench.function("asker");
    for _ in 0..3 {
        assert_eq!(text(&function, "/host?panic=").await, "500 the service failed");
    }
    assert!(text(&function, "/host?huge=").await.starts_with("500 the service's answer is over"));
}

#[tokio::test]
async fn host_calls_over_the_bound_are_refused_and_those_within_it_go_on() {
    let (bench, gate) = bench(2);
    let function = bench.function("asker");
    let waiting = [spawn(&function, "/host?wait=a"), spawn(&function, "/host?wait=b")];
    in_flight(&function, 2).await;
    // Both requests are at the service when the worker has answered what came after them.
    assert_eq!(text(&function, "/echo").await, "body");
    assert!(text(&function, "/host?kv.get=key").await.starts_with("429 too many host calls"));
    gate.add_permits(2);
    for call in waiting {
        assert!(join(call).await.unwrap().body.starts_with(b"200 "));
    }
    assert!(text(&function, "/host?kv.get=key").await.starts_with("200 "));
}

#[tokio::test]
async fn without_services_every_request_is_refused_by_name() {
    let bench = Bench::new();
    let answer = text(&bench.function("asker"), "/host?kv.get=key").await;
    assert_eq!(answer, "501 the service kv.get does not exist on this platform");
}

#[tokio::test]
async fn log_lines_carry_their_function_and_their_call() {
    let bench = Bench::new();
    let function = bench.function("talker");
    assert_eq!(text(&function, "/log").await, "logged");
    bench.sink.line("body").await;
    let lines: Vec<_> = bench.sink.lines().into_iter().filter(|line| line.text == "body").collect();
    let tags: Vec<_> = lines.iter().map(|line| line.tag).collect();
    assert_eq!(tags, [Some(CallTag { invocation: 7, trace: 11 }), None]);
    for line in lines {
        assert_eq!((line.level, line.time_ms), (Level::Warn, 12.5));
        assert_eq!(line.namespace.as_deref(), Some("space"));
        assert_eq!(line.function.unwrap().load().name, "talker");
    }
}

#[tokio::test]
async fn spans_carry_their_function_and_their_call() {
    let bench = Bench::new();
    let function = bench.function("traced");
    let call = spawn(&function, "/span");
    let span = bench.sink.some_span().await;
    assert_eq!((&span.json[..], span.tag.unwrap().trace), (&b"{\"name\":\"x\"}"[..], 11));
    assert_eq!(span.function.load().name, "traced");
    call.abort();
}

#[tokio::test]
async fn standard_output_and_standard_error_become_lines() {
    let bench = Bench::fake("FAKE_PRINT", "hello from the worker");
    let function = bench.function("echo");
    assert_eq!(text(&function, "/echo").await, "body");
    let told = |level| {
        move |line: &avocet_workers::LogLine| {
            line.level == level && line.text == "hello from the worker"
        }
    };
    within(async {
        while ![Level::Info, Level::Error].iter().all(|l| bench.sink.lines().iter().any(told(*l))) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Panics at the first line of a function.
#[derive(Debug, Default)]
struct Broken(std::sync::atomic::AtomicBool);

impl avocet_workers::LogSink for Broken {
    fn log(&self, line: avocet_workers::LogLine) {
        let again = self.0.swap(line.function.is_some(), std::sync::atomic::Ordering::Relaxed);
        assert!(again || line.function.is_none(), "a defect of the sink");
    }
}

#[tokio::test]
async fn a_sink_that_panics_costs_the_worker_and_not_the_namespace() {
    let bench = Bench::with(|options| options.logs = Arc::new(Broken::default()));
    let function = bench.function("talker");
    let held = spawn(&function, "/hold");
    in_flight(&function, 1).await;
    call(&function, "/log").await.unwrap();
    let error = join(held).await.unwrap_err();
    assert!(error.message.contains("the supervisor failed at serving it"), "{}", error.message);
    assert_eq!(text(&function, "/echo").await, "body");
}

#[tokio::test]
async fn a_flood_of_output_is_cut_and_counted_and_blocks_nobody() {
    let launch = fake_launch().env("FAKE_FLOOD", "100000");
    let bench = Bench::started(launch, |options| options.max_output_lines = 10);
    let function = bench.function("echo");
    assert_eq!(text(&function, "/echo").await, "body");
    bench.supervisor.shutdown(FAR).await;
    let line = bench.sink.line("lines more than the log takes").await;
    assert_eq!(line.level, Level::Warn);
}

#[tokio::test]
async fn a_worker_gets_no_environment_but_its_own_and_its_isolation_is_told() {
    let bench = Bench::fake("FAKE_ONLY", "1");
    assert_eq!(text(&bench.function("echo"), "/env").await, "FAKE_ONLY\n");
    assert_eq!(bench.sink.line("unconfined").await.level, Level::Warn);
}

#[tokio::test]
async fn a_line_that_comes_after_its_calls_answer_still_knows_the_call() {
    let bench = Bench::new();
    let function = bench.function("late");
    assert_eq!(text(&function, "/log-late").await, "answered");
    let line = bench.sink.line("late").await;
    assert_eq!(line.tag, Some(CallTag { invocation: 7, trace: 11 }));
    assert_eq!(line.function.unwrap().load().name, "late");
}
