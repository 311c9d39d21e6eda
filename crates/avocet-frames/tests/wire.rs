//! The protocol as a peer written in another language meets it: bytes and JSON, not types.

use avocet_frames::head::{
    Asked, BodyKind, Failure, FailureKind, Hello, HostCall, Invoke, Limits, Load, Loaded, Log,
    Operation, Respond, Returned,
};
use avocet_frames::{CallId, Frame, FrameError, Kind, MAX_FRAME, codec};
use bytes::BytesMut;

const KINDS: [Kind; 18] = [
    Kind::Hello,
    Kind::Load,
    Kind::Loaded,
    Kind::Unload,
    Kind::Invoke,
    Kind::BodyChunk,
    Kind::Respond,
    Kind::RespondChunk,
    Kind::End,
    Kind::HostCall,
    Kind::HostReply,
    Kind::Log,
    Kind::Span,
    Kind::Cancel,
    Kind::Ping,
    Kind::Pong,
    Kind::Credit,
    Kind::Shutdown,
];

/// A small generator, so that each run does the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % sides
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.roll(most + 1)).map(|_| self.roll(256) as u8).collect()
    }
}

#[test]
fn a_frame_has_these_bytes() {
    let mut out = BytesMut::new();
    codec::put(&mut out, Kind::Invoke, CallId::new(0x0102_0304, 0x0506_0708), b"{}", b"hi");
    let bytes = [
        17, 0, 0, 0, // what follows: 1 + 8 + 4 + 2 + 2
        5, // invoke
        8, 7, 6, 5, 4, 3, 2, 1, // call below, function above
        2, 0, 0, 0, // the head's length
        b'{', b'}', b'h', b'i',
    ];
    assert_eq!(out[..], bytes);
}

#[test]
fn kinds_are_numbered_from_one_without_a_gap() {
    for (number, kind) in (1..).zip(KINDS) {
        assert_eq!((kind as u8, Kind::from_wire(number)), (number, Some(kind)));
    }
    for unknown in std::iter::once(0).chain(KINDS.len() as u8 + 1..=255) {
        assert_eq!(Kind::from_wire(unknown), None);
    }
}

#[test]
fn a_call_keeps_both_numbers() {
    for (function, call) in [(0, 0), (1, 2), (u32::MAX, 0), (0, u32::MAX), (u32::MAX, u32::MAX)] {
        let id = CallId::from_wire(CallId::new(function, call).to_wire());
        assert_eq!((id.function(), id.call()), (function, call));
    }
    assert_eq!(CallId::WORKER, CallId::new(0, 0));
    assert_eq!(format!("{:?}", CallId::new(3, 4)), "3.4");
}

#[test]
fn frames_are_found_however_the_bytes_are_cut() {
    let mut dice = Dice(1);
    let mut wire = BytesMut::new();
    let mut sent = Vec::new();
    for _ in 0..200 {
        let (kind, head, body) = (KINDS[dice.roll(18)], dice.bytes(40), dice.bytes(300));
        let call = CallId::new(dice.roll(9) as u32, dice.roll(9) as u32);
        codec::put(&mut wire, kind, call, &head, &body);
        sent.push(Frame { kind, call, head: head.into(), body: body.into() });
    }
    let mut received = BytesMut::new();
    let mut found = Vec::new();
    while !wire.is_empty() {
        let cut = (1 + dice.roll(100)).min(wire.len());
        received.extend_from_slice(&wire.split_to(cut));
        while let Some(frame) = codec::take(&mut received).unwrap() {
            found.push(frame);
        }
    }
    assert_eq!(found, sent);
}

#[test]
fn both_readers_say_the_same_of_any_bytes() {
    let mut dice = Dice(2);
    for _ in 0..20_000 {
        let mut bytes = BytesMut::from(&dice.bytes(60)[..]);
        if bytes.len() > 4 && dice.roll(2) == 0 {
            // Mostly nonsense is too long at once; give some of it a length that fits.
            let length = dice.roll(bytes.len()) as u32;
            bytes[..4].copy_from_slice(&length.to_le_bytes());
            bytes[4] = dice.roll(22) as u8;
        }
        let copy = bytes.clone();
        match (codec::parse(&copy), codec::take(&mut bytes)) {
            (Ok(Some((borrowed, used))), Ok(Some(owned))) => {
                assert_eq!((borrowed.kind, borrowed.call), (owned.kind, owned.call));
                assert_eq!((borrowed.head, borrowed.body), (&owned.head[..], &owned.body[..]));
                assert_eq!(bytes, copy[used..]);
            }
            (Ok(None), Ok(None)) => assert_eq!(bytes, copy),
            (Err(one), Err(other)) => assert_eq!(one, other),
            (one, other) => panic!("{one:?} against {other:?} of {copy:?}"),
        }
    }
}

#[test]
fn the_longest_frame_passes_and_a_longer_one_is_refused() {
    for (length, refused) in [(MAX_FRAME, false), (MAX_FRAME + 1, true)] {
        let bytes = (length as u32).to_le_bytes();
        let expected = if refused { Err(FrameError::TooLong(length)) } else { Ok(None) };
        assert_eq!(codec::parse(&bytes), expected);
    }
}

#[test]
#[should_panic(expected = "over the limit")]
fn a_frame_over_the_limit_is_not_written() {
    codec::put(&mut BytesMut::new(), Kind::Invoke, CallId::WORKER, b"", &vec![0; MAX_FRAME]);
}

#[test]
fn heads_have_these_names() {
    let cases = [
        (
            serde_json::to_string(&Respond { r: Returned::ThrownText, ..Respond::default() }),
            r#"{"r":"throwntext"}"#,
        ),
        (
            serde_json::to_string(&Failure { kind: FailureKind::BadBody, message: "x".into() }),
            r#"{"kind":"bad-body","message":"x"}"#,
        ),
        (
            serde_json::to_string(&Loaded { error: None, took_ms: 0.5 }), //
            r#"{"took_ms":0.5}"#,
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(text.unwrap(), expected);
    }
}

#[test]
fn a_short_head_has_its_defaults_and_an_unknown_field_is_ignored() {
    let invoke: Invoke = serde_json::from_str(r#"{"m":"GET","u":"/","h":[],"new":1}"#).unwrap();
    assert_eq!((invoke.k, invoke.ip, invoke.t), (BodyKind::None, None, None));
    let hello: Hello = serde_json::from_str(r#"{"version":1}"#).unwrap();
    assert_eq!((&hello.namespace[..], hello.pid, hello.warm), ("", 0, 0));
    let log: Log = serde_json::from_str(r#"{"level":"warn","time":1}"#).unwrap();
    assert_eq!(log.level, avocet_frames::head::Level::Warn);
}

#[test]
fn a_host_call_names_its_operation_and_an_unknown_one_is_still_a_host_call() {
    let call = |json: &str| serde_json::from_str::<HostCall>(json).unwrap();
    let set = call(r#"{"c":1,"op":"kv.set","key":"a","ifRevision":2,"traceparent":"00-1"}"#);
    let expected = Operation::KvSet { key: "a".into(), ttl: None, if_revision: Some(2) };
    assert_eq!((&set.asked, set.asked.name()), (&expected.into(), "kv.set".to_owned()));
    assert_eq!(set.trace.traceparent.as_deref(), Some("00-1"));
    assert_eq!(call(&serde_json::to_string(&set).unwrap()), set);
    for (json, name) in
        [(r#"{"c":1,"op":"kv.move"}"#, "kv.move"), (r#"{"c":1,"op":"kv.get","key":1}"#, "kv.get")]
    {
        assert_eq!(call(json).asked, Asked::Unknown { op: name.into() });
    }
}

#[test]
fn a_definition_survives_json() {
    let load = Load {
        name: "orders".into(),
        namespace: "default".into(),
        revision: u64::MAX,
        runtime: "v8".into(),
        entry: "handler.js".into(),
        dir: None,
        export: "main".into(),
        files: vec![avocet_frames::head::FileEntry { path: "handler.js".into(), len: 3 }],
        env: [("KEY".to_owned(), "\u{1F426} \"quoted\"\n".to_owned())].into(),
        context: serde_json::json!({ "timeout": 180 }),
        services: Default::default(),
        limits: Limits {
            timeout_ms: 180_000,
            cpu_ms: 0,
            heap_bytes: 1 << 40,
            concurrency: 50,
            instances: 2,
            queue: 100,
        },
    };
    let text = serde_json::to_string(&load).unwrap();
    assert_eq!(serde_json::from_str::<Load>(&text).unwrap(), load);
}
