//! Logs, streamed bodies and host calls.

use avocet_frames::head::{Credit, HostCall, HostReply, Level, Operation, Returned};
use avocet_frames::{CREDIT_WINDOW, CallId, Kind};

use crate::support::{Worker, get, json};

#[test]
fn console_lines_carry_level_and_call() {
    let mut worker = Worker::start();
    worker.load(
        1,
        "console.log('loading');\n\
         exports.main = async () => { console.log('Hello'); await new Promise((d) => setTimeout(d, 1)); \
         console.error('later', { a: 1 }); return 'ok'; };",
    );
    worker.invoke(1, 3, &get("/"), &[]);
    worker.invoke(1, 4, &get("/"), &[]);
    worker.answer(1, 3);
    worker.answer(1, 4);
    let (log, call, text) = worker.log("loading");
    assert_eq!((log.level, call, text.as_str()), (Level::Info, CallId::new(1, 0), "loading"));
    assert!(log.time > 1.6e12);
    for number in [3, 4] {
        let (log, call, _) = worker.log("Hello");
        assert_eq!((log.level, call), (Level::Info, CallId::new(1, number)));
        let (log, call, text) = worker.log("later");
        assert_eq!((log.level, call), (Level::Error, CallId::new(1, number)));
        assert_eq!(text, "later { a: 1 }");
    }
}

#[test]
fn a_flood_of_lines_is_cut_and_counted() {
    let mut worker = Worker::start();
    worker.load(1, "exports.main = () => { for (let i = 0; i < 50000; i++) console.log('line', i); return 'ok'; };");
    worker.load(2, "exports.main = () => { console.log('x'.repeat(1 << 20)); return 'ok'; };");
    assert_eq!(worker.call(1, 1).1, "ok");
    worker.tell(Kind::Unload, CallId::new(1, 0));
    let (_, _, notice) = worker.log("lines were dropped");
    assert!(worker.seen(Kind::Log).len() < 20_000, "{notice}");
    assert_eq!(worker.call(2, 1).1, "ok");
    let (_, _, text) = worker.log("more bytes");
    assert!(text.len() < (64 << 10) + 100);
}

#[test]
fn a_streamed_answer_waits_for_credit() {
    let mut worker = Worker::start();
    let total = 3 * CREDIT_WINDOW as usize;
    worker.load(
        1,
        &format!(
            "exports.main = (e) => {{ const res = e.extensions.response; res.status(201); \
             res.write('a'.repeat({total})); res.end('z'); }};"
        ),
    );
    worker.invoke(1, 1, &get("/"), &[]);
    let (head, first) = worker.answer(1, 1);
    assert_eq!((head.r, head.s, head.more), (Returned::Response, Some(201), true));
    let mut got = first.len();
    while got < total + 1 {
        let chunk = worker.wait(|frame| frame.kind == Kind::RespondChunk);
        got += chunk.body.len();
        assert_eq!(worker.seen(Kind::End), []);
        worker.send(Kind::Credit, CallId::new(1, 1), &Credit { n: chunk.body.len() as u32 }, &[]);
    }
    let end = worker.wait(|frame| frame.kind == Kind::End);
    assert!(end.head.is_empty());
    assert_eq!(got, total + 1);
}

#[test]
fn a_host_call_is_answered_to_the_call_that_made_it() {
    let mut worker = Worker::start();
    worker.load(
        1,
        "exports.main = async (e) => { \
         const r = await e.emitCloudEvent('order.created', '/shop', { n: 1 }); return r.status; };",
    );
    worker.invoke(1, 1, &get("/"), &[]);
    let frame = worker.wait(|frame| frame.kind == Kind::HostCall);
    let asked: HostCall = json(&frame.head);
    assert_eq!(frame.call, CallId::new(1, 1));
    assert_eq!(asked.asked, Operation::PublishEvent.into());
    let event: serde_json::Value = json(&frame.body);
    assert_eq!(event["type"], "order.created");
    let reply = HostReply { c: asked.c, s: 204, error: None, v: None };
    worker.send(Kind::HostReply, frame.call, &reply, &[]);
    assert_eq!(worker.answer(1, 1).1, "204");
}

#[test]
fn an_event_that_is_not_published_is_an_error_of_the_line_that_emits_it() {
    let mut worker = Worker::start();
    worker.load(
        1,
        "exports.main = async (e) => {\n  await e.emitCloudEvent('order.created', '/shop', {});\n};",
    );
    worker.invoke(1, 1, &get("/"), &[]);
    let frame = worker.wait(|frame| frame.kind == Kind::HostCall);
    let asked: HostCall = json(&frame.head);
    let reply = HostReply { c: asked.c, s: 503, error: Some("no event bus".into()), v: None };
    worker.send(Kind::HostReply, frame.call, &reply, &[]);
    assert_eq!(worker.answer(1, 1).0.r, Returned::Thrown);
    let (_, _, text) = worker.log("no event bus");
    assert!(text.starts_with("handler.js:2:11\n  await e.emitCloudEvent("), "{text}");
    assert!(!text.contains("avocet:"), "{text}");
}
