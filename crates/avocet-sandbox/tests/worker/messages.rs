//! Functions `(subject, payload) => …` and host services that they wait for.

use avocet_frames::head::{
    Asked, HostCall, HostReply, Invoke, Limits, Load, Operation, Respond, Returned, ServiceSettings,
};
use avocet_frames::{CallId, Frame, Kind};

use crate::support::*;

impl Worker {
    /// Loads a function with the trigger `orders.*`.
    fn load_triggered(&mut self, number: u32, file: &str, source: &str, limits: Limits) {
        let (load, body) = definition_of(&[(file, source)]);
        let services =
            ServiceSettings { subjects: vec!["orders.*".into()], ..ServiceSettings::default() };
        let loaded = self.load_definition(number, (Load { services, limits, ..load }, body));
        assert_eq!(loaded.error, None, "{source}");
    }

    /// As [`Worker::load_triggered`], with globals that stay from call to call.
    fn load_reusing(&mut self, number: u32, source: &str) {
        let (load, body) = definition(source);
        let subjects = vec!["orders.*".into()];
        let services = ServiceSettings { subjects, reuse: true, ..ServiceSettings::default() };
        let loaded = self.load_definition(number, (Load { services, ..load }, body));
        assert_eq!(loaded.error, None);
    }

    fn load_message(&mut self, number: u32, source: &str) {
        self.load_triggered(number, "handler.js", source, limits());
    }

    fn message(&mut self, function: u32, call: u32, subject: &str, payload: &str) {
        let head = Invoke { s: Some(subject.into()), m: "POST".into(), ..get("/") };
        self.invoke(function, call, &head, payload.as_bytes());
    }

    fn reply_to(&mut self, function: u32, call: u32, payload: &str) -> (Respond, String) {
        self.message(function, call, "orders.new", payload);
        self.answer(function, call)
    }

    /// The next host call: its frame, number and operation.
    fn asked(&mut self) -> (Frame, u32, Operation) {
        let frame = self.wait(|frame| frame.kind == Kind::HostCall);
        let head: HostCall = json(&frame.head);
        let Asked::Known(operation) = head.asked else { panic!("{:?}", head.asked) };
        (frame, head.c, operation)
    }

    fn grant(&mut self, call: CallId, c: u32, body: &str) {
        let reply = HostReply { c, s: 200, error: None, v: None };
        self.send(Kind::HostReply, call, &reply, body.as_bytes());
    }
}

#[test]
fn every_form_of_the_source_is_a_function_of_messages() {
    let text = "new TextDecoder().decode(payload)";
    let forms = [
        ("a.js", format!("(subject, payload) => [subject, {text}]")),
        ("b.js", format!("export default (subject, payload) => [subject, {text}]")),
        ("c.js", format!("export default () => (subject, payload) => [subject, {text}]")),
        ("d.js", format!("module.exports = (subject, payload) => [subject, {text}]")),
        ("e.js", format!("async (subject, payload) => [subject, {text}]")),
        (
            "f.js",
            format!(
                "export default async function (subject, payload) {{ return [subject, {text}] }}"
            ),
        ),
        (
            "g.mjs",
            format!(
                "import {{ inspect }} from 'node:util';\nexport default (subject, payload) => [subject, {text}, inspect(1)].slice(0, 2)"
            ),
        ),
        (
            "h.js",
            format!(
                "const x = 1;\nfunction handle(subject, payload) {{ return [subject, {text}] }}\nhandle"
            ),
        ),
    ];
    let mut worker = Worker::start();
    for (number, (file, source)) in (1..).zip(&forms) {
        worker.load_triggered(number, file, source, limits());
        let (head, body) = worker.reply_to(number, 1, "héllo");
        assert_eq!((head.r, &body[..]), (Returned::Json, r#"["orders.new","héllo"]"#), "{source}");
    }
}

#[test]
fn the_global_and_this_have_the_services() {
    let seen = "[typeof this.hostServices.kv.get, typeof hostServices.messaging.request, \
                typeof this.hostServices.async.objectStore.list, typeof globalThis.fetch]";
    let mut worker = Worker::start();
    let sources = [
        format!("(s, p) => {seen}"),
        format!("export default (s, p) => {seen}"),
        format!("module.exports = function (s, p) {{ return {seen} }}"),
    ];
    for (number, source) in (1..).zip(&sources) {
        worker.load_message(number, source);
        let (_, body) = worker.reply_to(number, 1, "");
        assert_eq!(body, r#"["function","function","function","undefined"]"#, "{source}");
    }
}

#[test]
fn what_is_returned_is_the_reply() {
    let mut worker = Worker::start();
    worker.load_message(1, "(s, p) => p.length ? eval2(p) : null; function eval2(p) { return { \
        text: () => 'a\"b', number: () => 1.5, list: () => [new Uint8Array([1])], bytes: () => new Uint8Array([104, 105]), \
        buffer: () => new Uint8Array([104, 105]).buffer, later: () => Promise.resolve({ a: 1 }), nothing: () => undefined, \
        odd: () => Symbol('x'), big: () => 1n }[new TextDecoder().decode(p)](); }\nhandle = (s, p) => p.length ? eval2(p) : null");
    let expected = [
        ("text", Returned::Json, r#""a\"b""#),
        ("number", Returned::Json, "1.5"),
        ("list", Returned::Json, r#"[{"0":1}]"#),
        ("bytes", Returned::Bytes, "hi"),
        ("buffer", Returned::Bytes, "hi"),
        ("later", Returned::Json, r#"{"a":1}"#),
        ("nothing", Returned::None, ""),
        ("", Returned::None, ""),
        ("odd", Returned::Thrown, ""),
        ("big", Returned::Thrown, ""),
    ];
    for (call, (payload, returned, body)) in (1..).zip(expected) {
        let (head, text) = worker.reply_to(1, call, payload);
        assert_eq!((head.r, &text[..]), (returned, body), "{payload}");
    }
}

#[test]
fn a_throw_tells_its_reason() {
    let mut worker = Worker::start();
    worker.load_message(1, "(s, p) => { throw new Error('no\\nstock') }");
    let (head, _) = worker.reply_to(1, 1, "");
    let expected = ["nats-service-error-code", "500", "nats-service-error", "no stock"];
    assert_eq!((head.r, head.h.unwrap()), (Returned::Thrown, expected.map(String::from).to_vec()));
    let (_, _, text) = worker.log("stock");
    assert!(text.contains("handler.js:1"), "{text}");
}

#[test]
fn a_request_is_a_message_where_it_is_a_post() {
    let mut worker = Worker::start();
    worker.load_message(1, "(s, p) => p.length ? [s, p.length] : undefined");
    let post = post(avocet_frames::head::BodyKind::Json, "application/json");
    worker.invoke(1, 1, &post, b"{ no json");
    assert_eq!(worker.answer(1, 1).1, r#"["orders.*",9]"#);
    worker.invoke(1, 2, &post, b"");
    assert_eq!(worker.answer(1, 2).0.s, Some(204));
    let (head, _) = worker.call(1, 3);
    assert_eq!((head.s, head.h.unwrap()[1].clone()), (Some(405), "POST".to_owned()));
}

#[test]
fn other_signatures_win_over_triggers() {
    let mut worker = Worker::start();
    worker.load_message(1, "exports.main = (event, context) => typeof event.extensions");
    assert_eq!(worker.call(1, 1).1, "object");
}

#[test]
fn code_from_text_is_off() {
    let mut worker = Worker::start();
    let attempts =
        ["eval('1')", "new Function('return 1')()", "(() => {}).constructor('return 1')()"];
    for (number, attempt) in (1..).zip(attempts) {
        worker.load_message(
            number,
            &format!("(s, p) => {{ try {{ return {attempt} }} catch (e) {{ return e.name }} }}"),
        );
        assert_eq!(worker.reply_to(number, 1, "").1, r#""EvalError""#, "{attempt}");
    }
}

#[test]
fn a_call_that_waits_for_a_service_gets_its_answer_as_a_value() {
    let mut worker = Worker::start();
    worker.load_message(
        1,
        "(s, p) => new TextDecoder().decode(hostServices.kv.get('a')) + this.hostServices.kv.keys()",
    );
    worker.message(1, 1, "orders.new", "");
    let (frame, c, operation) = worker.asked();
    assert_eq!(operation, Operation::KvGet { key: "a".into() });
    worker.grant(frame.call, c, "value ");
    let (frame, c, operation) = worker.asked();
    assert_eq!(operation, Operation::KvKeys);
    let v = Some(serde_json::json!(["b", "c"]));
    worker.send(Kind::HostReply, frame.call, &HostReply { c, s: 200, error: None, v }, &[]);
    assert_eq!(worker.answer(1, 1).1, r#""value b,c""#);
}

#[test]
fn a_refused_call_throws_at_its_line_and_names_what_it_was_for() {
    let mut worker = Worker::start();
    worker.load_message(1, "(s, p) => {\n  hostServices.kv.get('a');\n}");
    worker.message(1, 1, "orders.new", "");
    let (frame, c, _) = worker.asked();
    let error = Some("there is no such key".to_owned());
    worker.send(Kind::HostReply, frame.call, &HostReply { c, s: 404, error, v: None }, &[]);
    let (head, _) = worker.answer(1, 1);
    assert_eq!(head.h.unwrap()[3], "kv.get \"a\": there is no such key");
    let (_, _, text) = worker.log("no such key");
    assert!(text.contains("handler.js:2") && !text.contains("avocet:"), "{text}");
}

#[test]
fn bad_arguments_throw_and_ask_for_nothing() {
    let calls = [
        ("kv.get()", "kv.get: the key must be a string, not undefined"),
        ("kv.get(1)", "kv.get: the key must be a string, not number"),
        ("kv.set('a')", "kv.set \"a\": the value is missing"),
        ("kv.set('a', () => 1)", "kv.set \"a\": a function cannot be written as JSON"),
        (
            "kv.set('a', 1n)",
            "kv.set \"a\": the value cannot be written as JSON: Do not know how to serialize a BigInt",
        ),
        ("kv.set('a', 1, { ttl: -1 })", "kv.set \"a\": ttl must be a whole number from 0"),
        ("kv.delete(null)", "kv.delete: the key must be a string, not null"),
        ("objectStore.put('a')", "objectStore.put \"a\": the value is missing"),
        ("objectStore.get({})", "objectStore.get: the name must be a string, not object"),
        ("messaging.publish('a')", "messaging.publish \"a\": the value is missing"),
        (
            "messaging.request(undefined, 1)",
            "messaging.request: the subject must be a string, not undefined",
        ),
        ("http.get()", "http.get: the URL must be a string, not undefined"),
        (
            "http.get('http://a', { headers: { b: {} } })",
            "http.get http://a: the header \"b\" must be a string",
        ),
        (
            "http.post('http://a', 1n)",
            "http.post http://a: the value cannot be written as JSON: Do not know how to serialize a BigInt",
        ),
    ];
    let mut worker = Worker::start();
    for (number, (call, message)) in (1..).zip(calls) {
        worker.load_message(
            number,
            &format!(
                "(s, p) => {{ try {{ hostServices.{call} }} catch (e) {{ return e.message }} }}"
            ),
        );
        let (_, body) = worker.reply_to(number, 1, "");
        assert_eq!(body, serde_json::json!(message).to_string(), "{call}");
    }
    assert_eq!(worker.seen(Kind::HostCall), []);
}

#[test]
fn waiting_calls_keep_nobody_else_from_running_not_even_their_own_function() {
    let mut worker = Worker::start();
    worker.load_message(
        1,
        "(s, p) => String.fromCharCode(...hostServices.messaging.request('x', p))",
    );
    worker.load(2, "exports.main = () => 'other'");
    let mut waiting = Vec::new();
    // More than the instances that the function may have, and than threads that may be slow.
    for call in 1..=100 {
        worker.message(1, call, "orders.new", "a");
        waiting.push(worker.asked());
        assert_eq!(worker.call(2, call).1, "other");
    }
    for (frame, c, _) in waiting {
        let number = frame.call.call();
        worker.grant(frame.call, c, &number.to_string());
        assert_eq!(worker.answer(1, number).1, format!("\"{number}\""));
    }
    assert_eq!(worker.reply_to_nothing(), 0);
}

impl Worker {
    /// Calls in flight.
    fn reply_to_nothing(&mut self) -> u32 {
        self.ping().calls
    }
}

#[test]
fn a_call_that_waits_ends_with_its_time_and_with_its_caller() {
    let mut worker = Worker::start();
    let short = Limits { timeout_ms: 50, ..limits() };
    let source = "(s, p) => hostServices.kv.get('a').length";
    worker.load_triggered(1, "handler.js", source, short);
    worker.message(1, 1, "orders.new", "");
    let failure = worker.answer(1, 1).0.e.unwrap();
    assert_eq!(failure.kind, avocet_frames::head::FailureKind::Timeout);
    worker.load_message(2, source);
    worker.message(2, 1, "orders.new", "");
    let (frame, c, _) = worker.asked_of(2);
    worker.tell(Kind::Cancel, CallId::new(2, 1));
    // The function goes on with a fresh isolate, and a late answer reaches nobody.
    worker.grant(frame.call, c, "late");
    worker.message(2, 2, "orders.new", "");
    let (frame, c, _) = worker.asked_of(2);
    worker.grant(frame.call, c, "four");
    assert_eq!(worker.answer(2, 2).1, "4");
}

impl Worker {
    /// The next host call of one function.
    fn asked_of(&mut self, function: u32) -> (Frame, u32, Operation) {
        loop {
            let asked = self.asked();
            if asked.0.call.function() == function {
                return asked;
            }
        }
    }
}

#[test]
fn calls_can_overlap() {
    let mut worker = Worker::start();
    worker.load_message(
        1,
        "async (s, p) => (await Promise.all(['a', 'b'].map((key) => hostServices.async.kv.get(key)))) \
         .map((bytes) => bytes.length)",
    );
    worker.message(1, 1, "orders.new", "");
    let (first, second) = (worker.asked(), worker.asked());
    worker.grant(second.0.call, second.1, "22");
    worker.grant(first.0.call, first.1, "1");
    assert_eq!(worker.answer(1, 1).1, "[1,2]");
}

/// Leaves traces wherever a call can, and tells how many it finds.
const TRACES: &str = "let own = 0; const kept = []; \
    (s, p) => { own++; kept.push(1); globalThis.mine = (globalThis.mine ?? 0) + 1; \
    Object.prototype.polluted = (Object.prototype.polluted ?? 0) + 1; \
    Array.prototype.push.count = (Array.prototype.push.count ?? 0) + 1; \
    const F = hostServices.kv.get.constructor; F.prototype.left = (F.prototype.left ?? 0) + 1; \
    process.env.LEFT = String(Number(process.env.LEFT ?? 0) + 1); \
    return [own, kept.length, mine, ({}).polluted, [].push.count, F.prototype.left, Number(process.env.LEFT)] }";

#[test]
fn each_call_has_globals_of_its_own() {
    let mut worker = Worker::start();
    worker.load_message(1, TRACES);
    for call in 1..=20 {
        assert_eq!(worker.reply_to(1, call, "").1, "[1,1,1,1,1,1,1]", "call {call}");
    }
    worker.load_reusing(2, TRACES);
    for call in 1..=3 {
        let expected = format!("[{0},{0},{0},{0},{0},{0},{0}]", call);
        assert_eq!(worker.reply_to(2, call, "").1, expected);
    }
}

#[test]
fn what_a_call_leaves_under_way_does_not_reach_the_next() {
    let mut worker = Worker::start();
    worker.load_message(
        1,
        "(s, p) => { setTimeout(() => { globalThis.late = 1 }, 0); hostServices.async.kv.get('a').then(() => { globalThis.late = 2 }); \
         return typeof globalThis.late }",
    );
    for call in 1..=5 {
        assert_eq!(worker.reply_to(1, call, "").1, "\"undefined\"");
        let (frame, c, _) = worker.asked();
        worker.grant(frame.call, c, "late");
    }
}

#[test]
fn calls_that_wait_for_promises_run_beside_each_other() {
    let mut worker = Worker::start();
    worker.load_message(1, "async (s, p) => (await hostServices.async.kv.get('a')).length");
    let asked: Vec<_> = (1..=30)
        .map(|call| {
            worker.message(1, call, "orders.new", "");
            worker.asked()
        })
        .collect();
    for (frame, c, _) in asked {
        worker.grant(frame.call, c, "four");
        assert_eq!(worker.answer(1, frame.call.call()).1, "4");
    }
}

#[test]
fn a_function_cannot_reach_beyond_its_own_globals() {
    let attempts = [
        "this.constructor.constructor('return process')()",
        "hostServices.kv.get.constructor('return 1')()",
        "(async () => {}).constructor('return 1')",
        "Object.getPrototypeOf(function* () {}).constructor('return 1')",
        "Reflect.construct(Function, ['return 1'])",
        "hostServices.kv.get.caller.toString()",
        "hostServices.kv.get.arguments.length",
        "(hostServices.kv = null, hostServices.kv.get) ? Symbol() : 0",
        "require('fs')",
        "require('/etc/passwd')",
        "process.binding('fs')",
    ];
    let mut worker = Worker::start();
    for (number, attempt) in (1..).zip(attempts) {
        let source = format!("'use strict';\n(s, p) => {{ {attempt}; return 'reached' }}");
        worker.load_message(number, &source);
        assert_eq!(worker.reply_to(number, 1, "").0.r, Returned::Thrown, "{attempt}");
    }
}
