//! Answers of functions, and the frames that they become.

use avocet_frames::head::{BodyKind, Returned};

use crate::support::{Worker, post};

#[test]
fn every_kind_of_value_has_its_answer() {
    let mut worker = Worker::start();
    for (number, (code, returned, body)) in [
        ("() => 'text'", Returned::Text, "text"),
        ("() => 'gr\u{fc}\u{df} \u{20ac}'", Returned::Text, "gr\u{fc}\u{df} \u{20ac}"),
        ("() => 12", Returned::Text, "12"),
        ("() => 0", Returned::Text, "0"),
        ("() => false", Returned::Text, "false"),
        ("() => ({ a: [1] })", Returned::Json, r#"{"a":[1]}"#),
        ("() => undefined", Returned::None, ""),
        ("() => null", Returned::None, ""),
        ("() => ''", Returned::None, ""),
        ("() => Buffer.from('bytes')", Returned::Bytes, "bytes"),
        ("async () => 'later'", Returned::Text, "later"),
        (
            "() => new Promise((done) => setTimeout(done, 1, { timer: true }))",
            Returned::Json,
            r#"{"timer":true}"#,
        ),
        ("() => { throw 'a string' }", Returned::ThrownText, "a string"),
        ("() => { throw new Error('secret') }", Returned::Thrown, ""),
        ("async () => { throw new Error('secret') }", Returned::Thrown, ""),
    ]
    .into_iter()
    .enumerate()
    {
        let number = number as u32 + 1;
        worker.load(number, &format!("module.exports = {{ main: {code} }};"));
        let (head, answer) = worker.call(number, 1);
        assert_eq!((head.r, answer.as_str()), (returned, body), "{code}");
    }
}

#[test]
fn the_body_arrives_by_its_kind() {
    let mut worker = Worker::start();
    worker.load(
        1,
        "exports.main = ({ data }) => [data === undefined ? 'absent' : data.constructor.name, String(data)].join(' ');",
    );
    let json = r#"{"n":[1,2]}"#;
    for (call, (kind, content_type, body, expected)) in [
        (BodyKind::Text, "text/plain", "gr\u{fc}\u{df}", "String gr\u{fc}\u{df}"),
        (BodyKind::Json, "application/json", json, "Object [object Object]"),
        (BodyKind::Json, "application/json", "[1,2]", "Array 1,2"),
        (BodyKind::Form, "application/x-www-form-urlencoded", "a=1", "Object [object Object]"),
        (BodyKind::Binary, "application/octet-stream", "xyz", "Buffer xyz"),
    ]
    .into_iter()
    .enumerate()
    {
        let call = call as u32 + 1;
        worker.invoke(1, call, &post(kind, content_type), body.as_bytes());
        assert_eq!(worker.answer(1, call).1, expected, "{kind:?}");
    }
}

#[test]
fn many_calls_in_one_write_are_all_answered() {
    let mut worker = Worker::start();
    worker.load(1, "let n = 0; exports.main = async () => ++n;");
    for call in 1..=500 {
        worker.invoke(1, call, &crate::support::get("/"), &[]);
    }
    let mut seen: Vec<u32> =
        (1..=500).map(|call| worker.answer(1, call).1.parse().unwrap()).collect();
    seen.sort_unstable();
    assert_eq!(seen, (1..=500).collect::<Vec<_>>());
}
