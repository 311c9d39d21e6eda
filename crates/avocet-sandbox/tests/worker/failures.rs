//! Functions that do what they should not: each has its answer, and the others go on.

use avocet_frames::head::{BodyKind, Failure, FailureKind, Level, Limits, Respond, Returned};
use avocet_frames::{CallId, Kind};

use crate::support::{Worker, get, json, limits, post};

fn kind(head: &Respond) -> Option<FailureKind> {
    assert_eq!(head.r == Returned::Failed, head.e.is_some(), "{head:?}");
    head.e.as_ref().map(|failure| failure.kind)
}

/// A limit that is over soon; nothing but the call under test waits for it.
fn short() -> Limits {
    Limits { timeout_ms: 100, ..limits() }
}

/// A limit that is over in a test's time, for functions that must also answer within it.
fn second() -> Limits {
    Limits { timeout_ms: 1_500, ..limits() }
}

#[test]
fn a_call_that_loops_for_ever_is_stopped_and_the_others_go_on() {
    let mut worker = Worker::start();
    worker.load_limited(1, "exports.main = () => { for (;;) {} };", short());
    worker.load(2, "exports.main = () => 'fine';");
    worker.invoke(1, 1, &get("/"), &[]);
    for call in 1..=20 {
        assert_eq!(worker.call(2, call).1, "fine");
    }
    let (head, _) = worker.answer(1, 1);
    assert_eq!(kind(&head), Some(FailureKind::Timeout));
    assert!(head.e.unwrap().message.ends_with("longer than 0.1 s (spec.timeout)"));
}

#[test]
fn every_way_to_loop_for_ever_is_stopped() {
    let mut worker = Worker::start();
    for (number, code) in [
        "() => { for (;;) { try { for (;;) {} } catch {} finally { continue; } } }",
        "() => { const again = () => Promise.resolve().then(again); again(); return 'x'; }",
        "() => /^(a+)+$/.test('a'.repeat(40) + 'b')",
        "async () => { for (;;) await null; }",
        "() => new Promise(() => setTimeout(() => { for (;;) {} }, 1))",
        "() => { const a = []; a[0] = { toJSON() { for (;;) {} } }; return a; }",
    ]
    .into_iter()
    .enumerate()
    {
        let number = number as u32 + 1;
        worker.load_limited(number, &format!("module.exports = {{ main: {code} }};"), short());
        let (head, _) = worker.call(number, 1);
        // One of them answers before it loops; it is stopped all the same.
        assert!(matches!(kind(&head), Some(FailureKind::Timeout) | None), "{code}");
    }
    worker.load(20, "exports.main = () => 'fine';");
    assert_eq!(worker.call(20, 1).1, "fine");
}

#[test]
fn the_other_function_is_answered_before_the_looping_one_is_stopped() {
    let mut worker = Worker::start();
    worker.load(1, "exports.main = () => { for (;;) {} };");
    worker.load(2, "exports.main = () => 'fine';");
    worker.invoke(1, 1, &get("/"), &[]);
    // The loop's limit is a minute: only the handoff lets these through.
    for call in 1..=5 {
        assert_eq!(worker.call(2, call).1, "fine");
    }
    assert_eq!(worker.ping().calls, 1);
}

#[test]
fn after_a_stop_the_next_call_has_a_fresh_isolate() {
    let mut worker = Worker::start();
    let source = "let n = 0; exports.main = (e) => { n++; \
                  if (e.extensions.request.path === '/loop') for (;;) {} return n; };";
    worker.load_limited(1, source, second());
    assert_eq!(worker.call(1, 1).1, "1");
    worker.invoke(1, 2, &get("/loop"), &[]);
    assert_eq!(kind(&worker.answer(1, 2).0), Some(FailureKind::Timeout));
    assert_eq!(worker.call(1, 3).1, "1");
}

#[test]
fn calls_behind_a_stuck_one_run_in_another_instance() {
    let mut worker = Worker::start();
    let source = "exports.main = (e) => { \
                  if (e.extensions.request.path === '/loop') for (;;) {} return 'quick'; };";
    worker.load_limited(1, source, Limits { instances: 2, ..limits() });
    worker.invoke(1, 1, &get("/loop"), &[]);
    for call in 2..=10 {
        worker.invoke(1, call, &get("/"), &[]);
    }
    for call in 2..=10 {
        assert_eq!(worker.answer(1, call).1, "quick");
    }
}

#[test]
fn a_promise_that_never_settles_times_out_and_the_instance_goes_on() {
    let mut worker = Worker::start();
    let source = "let n = 0; exports.main = (e) => { n++; \
                  return e.extensions.request.path === '/never' ? new Promise(() => {}) : n; };";
    worker.load_limited(1, source, second());
    worker.invoke(1, 1, &get("/never"), &[]);
    assert_eq!(kind(&worker.answer(1, 1).0), Some(FailureKind::Timeout));
    assert_eq!(worker.call(1, 2).1, "2");
}

#[test]
fn the_limit_of_processor_time_is_its_own() {
    let mut worker = Worker::start();
    let source = "exports.main = () => { for (;;) {} };";
    worker.load_limited(1, source, Limits { cpu_ms: 50, ..limits() });
    let (head, _) = worker.call(1, 1);
    assert_eq!(kind(&head), Some(FailureKind::Cpu));
    assert!(head.e.unwrap().message.contains("0.05 s of processor time (spec.cpuTime)"));
}

#[test]
fn allocating_for_ever_meets_the_heap_limit() {
    let mut worker = Worker::start();
    let heap = Limits { heap_bytes: 24 << 20, ..limits() };
    for (number, code) in [
        "const all = []; for (;;) all.push({ n: all.length, text: 'x' + all.length });",
        "let text = 'x'; const all = []; for (;;) { text += text + 'y'; all.push([...text]); }",
        "const all = []; for (;;) all.push(new Array(1000).fill(1.5));",
    ]
    .into_iter()
    .enumerate()
    {
        let number = number as u32 + 1;
        worker.load_limited(number, &format!("exports.main = () => {{ {code} }};"), heap);
        let (head, _) = worker.call(number, 1);
        assert_eq!(kind(&head), Some(FailureKind::Heap), "{code}");
        let message = head.e.unwrap().message;
        assert!(
            message.contains("24 MiB of memory (spec.resourceConfiguration.function)"),
            "{message}"
        );
    }
    worker.load(9, "exports.main = () => 'fine';");
    assert_eq!(worker.call(9, 1).1, "fine");
}

#[test]
fn array_buffers_count_and_one_too_large_is_an_error_of_the_function() {
    let mut worker = Worker::start();
    let heap = Limits { heap_bytes: 24 << 20, ..limits() };
    let source = "exports.main = () => { try { return String(new Uint8Array(1 << 30).length); } \
                  catch (error) { return error.name; } };";
    worker.load_limited(1, source, heap);
    assert_eq!(worker.call(1, 1).1, "RangeError");
}

#[test]
fn a_recursion_without_end_is_an_ordinary_error() {
    let mut worker = Worker::start();
    let source = "const f = () => f() + 1; exports.main = () => { try { f(); } catch (e) { return e.name; } };";
    worker.load(1, source);
    for call in 1..=3 {
        assert_eq!(worker.call(1, call).1, "RangeError");
    }
}

#[test]
fn errors_of_the_function_are_in_its_log_with_their_place() {
    let mut worker = Worker::start();
    worker.load(1, "exports.main = () => {\n  const total = {};\n  return total.missing();\n};");
    assert_eq!(worker.call(1, 7).0.r, Returned::Thrown);
    let (log, call, text) = worker.log("missing is not a function");
    assert_eq!((log.level, call), (Level::Error, CallId::new(1, 7)));
    assert!(text.contains("handler.js:3:16"), "{text}");
    assert!(text.contains("  return total.missing();\n               ^"), "{text}");
}

#[test]
fn what_cannot_become_json_is_a_failed_call_with_the_reason_in_the_log() {
    let mut worker = Worker::start();
    worker.load(1, "exports.main = () => { const a = {}; a.a = a; return a; };");
    assert_eq!(worker.call(1, 1).0.r, Returned::Thrown);
    let (_, _, text) = worker.log("circular");
    assert!(text.starts_with("TypeError: Converting circular structure to JSON"), "{text}");
    assert!(text.contains("(the function's answer)") && !text.contains("avocet:"), "{text}");
    worker.load(2, "exports.main = () => ({ n: 1n });");
    assert_eq!(worker.call(2, 1).0.r, Returned::Thrown);
    let (_, _, text) = worker.log("BigInt");
    assert!(text.contains("(the function's answer)") && !text.contains("avocet:"), "{text}");
    worker.load(3, "exports.main = () => ({\n  toJSON() { return missing; } });");
    assert_eq!(worker.call(3, 1).0.r, Returned::Thrown);
    let (_, _, text) = worker.log("missing is not defined");
    assert!(text.starts_with("handler.js:2:") && !text.contains("avocet:"), "{text}");
}

#[test]
fn throwing_in_a_timer_after_the_answer_is_logged_and_harmless() {
    let mut worker = Worker::start();
    let source = "exports.main = () => { setTimeout(() => { throw new Error('too late'); }, 1); return 'ok'; };";
    worker.load(1, source);
    assert_eq!(worker.call(1, 5).1, "ok");
    let (log, call, _) = worker.log("too late");
    assert_eq!((log.level, call), (Level::Error, CallId::new(1, 5)));
    assert_eq!(worker.call(1, 6).1, "ok");
}

#[test]
fn a_stream_that_fails_is_broken_off() {
    let mut worker = Worker::start();
    for (number, failure) in [
        "throw new Error('in the middle');",
        "await null; throw new Error('later');",
        "e.extensions.response.destroy();",
        "e.extensions.response.destroy(new Error('gone'));",
    ]
    .into_iter()
    .enumerate()
    {
        let number = number as u32 + 1;
        let source = format!(
            "exports.main = async (e) => {{ e.extensions.response.write('part'); {failure} }};"
        );
        worker.load(number, &source);
        let (head, _) = worker.call(number, 1);
        assert!(head.more, "{failure}");
        let end =
            worker.wait(|frame| frame.kind == Kind::End && frame.call == CallId::new(number, 1));
        let reason: Failure = json(&end.head);
        assert_eq!(reason.kind, FailureKind::Internal, "{failure}");
    }
    assert_eq!(worker.ping().calls, 0);
}

#[test]
fn an_answer_destroyed_before_it_began_is_a_failed_call() {
    let mut worker = Worker::start();
    worker.load(1, "exports.main = (e) => { e.extensions.response.destroy(); };");
    assert_eq!(worker.call(1, 1).0.r, Returned::Thrown);
}

#[test]
fn json_may_begin_with_a_byte_order_mark() {
    let mut worker = Worker::start();
    worker.load(1, "exports.main = (e) => e.data.name;");
    let body = "\u{feff}{\"name\":\"Ada\"}".as_bytes();
    worker.invoke(1, 1, &post(BodyKind::Json, "application/json"), body);
    assert_eq!(worker.answer(1, 1).1, "Ada");
}

#[test]
fn an_unhandled_rejection_is_logged() {
    let mut worker = Worker::start();
    worker.load(
        1,
        "exports.main = () => { Promise.reject(new Error('nobody listens')); return 'ok'; };",
    );
    assert_eq!(worker.call(1, 1).1, "ok");
    worker.log("nobody listens");
}

#[test]
fn process_exit_ends_its_own_call_only() {
    let mut worker = Worker::start();
    let source = "let n = 0; exports.main = async (e) => { n++; \
        if (e.extensions.request.path === '/exit') { await null; process.exit(3); } \
        if (e.extensions.request.path === '/wait') await new Promise((done) => setTimeout(done, 50)); \
        return String(n); };";
    worker.load(1, source);
    worker.invoke(1, 1, &get("/wait"), &[]);
    worker.invoke(1, 2, &get("/exit"), &[]);
    let (head, _) = worker.answer(1, 2);
    assert_eq!(kind(&head), Some(FailureKind::Exited));
    assert!(head.e.unwrap().message.contains("process.exit(3)"));
    assert_eq!(worker.answer(1, 1).1, "2");
    assert_eq!(worker.call(1, 3).1, "1", "a fresh isolate");
}

#[test]
fn a_body_that_is_not_json_never_reaches_the_function() {
    let mut worker = Worker::start();
    worker.load(1, "exports.main = () => { console.log('called'); return 'called'; };");
    worker.invoke(1, 1, &post(BodyKind::Json, "application/json"), b"{\"a\":");
    assert_eq!(kind(&worker.answer(1, 1).0), Some(FailureKind::BadBody));
    worker.ping();
    assert_eq!(worker.seen(Kind::Log), []);
}

#[test]
fn over_the_queue_calls_are_refused_at_once() {
    let mut worker = Worker::start();
    let narrow = Limits { concurrency: 1, queue: 2, ..limits() };
    let source = "let go; exports.main = (e) => { \
        if (e.extensions.request.path === '/go') { go('went'); return 'done'; } \
        return new Promise((done) => { go = done; }); };";
    worker.load_limited(1, source, Limits { concurrency: 2, ..narrow });
    for call in 1..=2 {
        worker.invoke(1, call, &get("/wait"), &[]);
    }
    worker.ping();
    for call in 3..=6 {
        worker.invoke(1, call, &get("/go"), &[]);
    }
    for call in 5..=6 {
        let (head, _) = worker.answer(1, call);
        assert_eq!(kind(&head), Some(FailureKind::Overload));
        assert!(head.e.unwrap().message.contains("(spec.queue)"));
    }
    assert_eq!(worker.ping().calls, 4);
}

#[test]
fn a_call_that_was_cancelled_has_no_answer() {
    let mut worker = Worker::start();
    worker.load(1, "exports.main = async (e) => { await new Promise((d) => setTimeout(d, 1)); return 'late'; };");
    worker.invoke(1, 1, &get("/"), &[]);
    worker.tell(Kind::Cancel, CallId::new(1, 1));
    assert_eq!(worker.call(1, 2).1, "late");
    worker.ping();
    assert_eq!(worker.seen(Kind::Respond), []);
}

#[test]
fn a_cancelled_call_that_loops_gives_its_place_free() {
    let mut worker = Worker::start();
    let source = "exports.main = (e) => { \
                  if (e.extensions.request.path === '/loop') for (;;) {} return 'quick'; };";
    worker.load(1, source);
    worker.invoke(1, 1, &get("/loop"), &[]);
    worker.ping();
    worker.tell(Kind::Cancel, CallId::new(1, 1));
    assert_eq!(worker.call(1, 2).1, "quick");
    assert_eq!(worker.seen(Kind::Respond), []);
}

#[test]
fn calls_to_what_is_not_loaded_are_refused() {
    let mut worker = Worker::start();
    assert_eq!(kind(&worker.call(5, 1).0), Some(FailureKind::NotLoaded));
}
