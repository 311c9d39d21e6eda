//! CloudEvents as data: each row is a message and the event or the error that it is.

use std::collections::BTreeMap;

use avocet_functions::cloudevents::{
    Accepted, AttributeFault, Binary, Data, Event, EventError, ExtensionValue, Mode, accept,
    accept_batch, batch, call_mode, mode,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

fn headers(pairs: &[(String, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    map
}

#[test]
fn binary_events() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        headers: Vec<(String, String)>,
        #[serde(default)]
        body: String,
        event: Option<Value>,
        error: Option<String>,
    }
    let table = include_str!("data/cloudevents-binary.json");
    for case in serde_json::from_str::<Vec<Case>>(table).unwrap() {
        let map = headers(&case.headers);
        assert_eq!(mode(&map), Ok(Mode::Binary), "{}", case.name);
        match Binary::check(&map) {
            Ok(binary) => {
                let event = Event::from_binary(&binary, case.body.as_bytes());
                let json: Value = serde_json::from_slice(&event.to_json().unwrap()).unwrap();
                assert_eq!(Some(json), case.event, "{}", case.name);
                // What goes out in binary mode is the same event when it comes back.
                let again = event.to_headers().unwrap();
                let again = Event::from_binary(&Binary::check(&again).unwrap(), &[]);
                assert_eq!((again.id, again.extensions), (event.id, event.extensions));
            }
            Err(error) => {
                assert_eq!(Some(error.to_string()), case.error, "{}", case.name);
                assert_eq!(error.status(), StatusCode::BAD_REQUEST);
            }
        }
    }
}

#[test]
fn structured_events() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        json: String,
        headers: Option<BTreeMap<String, String>>,
        #[serde(default)]
        body: String,
        error: Option<String>,
    }
    let table = include_str!("data/cloudevents-structured.json");
    for case in serde_json::from_str::<Vec<Case>>(table).unwrap() {
        match Event::from_json(case.json.as_bytes()) {
            Ok(read) => {
                assert_eq!(read.raw, case.json.trim(), "{}", case.name);
                let map = read.event.to_headers().unwrap();
                let text = |v: &HeaderValue| v.to_str().unwrap().to_owned();
                let map = map.iter().map(|(n, v)| (n.to_string(), text(v))).collect();
                assert_eq!(Some(map), case.headers, "{}", case.name);
                assert_eq!(read.event.payload(), case.body.as_bytes(), "{}", case.name);
                let written = read.event.to_json().unwrap();
                let again = Event::from_json(&written).unwrap().event;
                assert_eq!(again.to_json().unwrap(), written, "{}", case.name);
            }
            Err(error) => assert_eq!(Some(error.to_string()), case.error, "{}", case.name),
        }
    }
}

#[test]
fn values_keep_to_their_rules() {
    #[derive(Deserialize)]
    struct Rule {
        good: Vec<String>,
        bad: Vec<String>,
    }
    let table = include_str!("data/cloudevents-values.json");
    for (attribute, rule) in serde_json::from_str::<BTreeMap<String, Rule>>(table).unwrap() {
        let check = |value: &String| {
            let mut event = json!({"specversion": "1.0", "id": "1", "source": "s", "type": "t"});
            event[&attribute] = json!(value);
            Event::from_json(event.to_string().as_bytes()).map(|_| ())
        };
        for value in &rule.good {
            assert_eq!(check(value), Ok(()), "{attribute} {value:?}");
        }
        for value in &rule.bad {
            let named = |error| matches!(error, EventError::Attribute { attribute: a, .. } if a == attribute);
            assert!(check(value).is_err_and(named), "{attribute} {value:?}");
        }
    }
}

#[test]
fn a_request_says_how_it_carries_an_event() {
    let of = |pairs: &[(&str, &str)]| {
        let owned: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        mode(&headers(&owned))
    };
    assert_eq!(of(&[]), Ok(Mode::None));
    assert_eq!(of(&[("content-type", "application/json"), ("accept", "*/*")]), Ok(Mode::None));
    assert_eq!(of(&[("ce-traceparent", "x")]), Ok(Mode::None));
    assert_eq!(of(&[("ce-type", "t")]), Ok(Mode::Binary));
    let json = ("content-type", "Application/CloudEvents+JSON; charset=utf-8");
    assert_eq!(of(&[json, ("ce-id", "1")]), Ok(Mode::Structured));
    assert_eq!(of(&[("content-type", "application/cloudevents-batch+json")]), Ok(Mode::Batch));
    let avro = of(&[("content-type", "application/cloudevents+avro")]).unwrap_err();
    assert_eq!(avro, EventError::UnsupportedFormat("application/cloudevents+avro".to_owned()));
    assert_eq!(avro.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[test]
fn a_batch_gives_each_event_its_own_text() {
    let one = r#"{"specversion":"1.0","id":"1","source":"s","type":"t","data":[ 1 ]}"#;
    let two = r#"{ "specversion":"1.0", "id":"2", "source":"s", "type":"t" }"#;
    let text = format!(" [{one} ,\n{two}] ");
    let events = batch(text.as_bytes()).unwrap();
    assert_eq!(events.iter().map(|e| e.raw).collect::<Vec<_>>(), [one, two]);
    assert_eq!(events[1].event.id, "2");
    assert!(batch(b"[]").unwrap().is_empty());

    let bad = format!("[{one}, {{\"specversion\":\"1.0\"}}]");
    let error = batch(bad.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "event 2 of 2: CloudEvent attribute \"id\" is missing");
    assert_eq!(
        batch(one.as_bytes()).unwrap_err().to_string(),
        "CloudEvents batch is not a JSON array"
    );
    assert!(matches!(batch(b"{"), Err(EventError::Json { .. })));
}

#[test]
fn an_event_is_built_and_checked() {
    let mut event = Event::new("1", "/s", "t");
    event.data = Data::json(&json!("text"));
    event.set_extension("n", ExtensionValue::Integer(1));
    event.set_extension("n", ExtensionValue::Boolean(false));
    assert_eq!(event.extension("n"), Some(&ExtensionValue::Boolean(false)));
    let expected =
        r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","n":false,"data":"text"}"#;
    assert_eq!(String::from_utf8(event.to_json().unwrap()).unwrap(), expected);

    let fault = |event: &Event<'_>| match event.check() {
        Err(EventError::Attribute { fault, .. }) => Some(fault),
        _ => None,
    };
    event.set_extension("subject", ExtensionValue::Integer(1));
    assert_eq!(fault(&event), Some(AttributeFault::Duplicate));
    assert_eq!(fault(&Event::new("", "/s", "t")), Some(AttributeFault::Empty));
    assert_eq!(fault(&Event::new("1", "a b", "t")), Some(AttributeFault::UriReference));
}

/// A function is called by whoever was written years ago.
#[test]
fn events_of_calls_are_tolerated() {
    let of = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        headers(&pairs)
    };
    let sound = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/s"), ("ce-type", "t")];
    let none = Accepted::default();
    assert_eq!(accept(Mode::Binary, &of(&sound), b"{}"), Ok(none.clone()));
    assert_eq!(accept(Mode::None, &of(&[]), b"{}"), Ok(none));

    let first =
        [("ce-eventid", "1"), ("ce-eventtype", "t"), ("ce-x-a-b", "x"), ("ce-source", "/s")];
    let map = of(&first);
    assert_eq!((mode(&map), call_mode(&map)), (Ok(Mode::Binary), Ok(Mode::Binary)));
    assert_eq!(call_mode(&of(&first[..2])), Ok(Mode::Binary));
    let accepted = accept(Mode::Binary, &map, b"{}").unwrap();
    let mut told: Vec<_> = accepted.headers.iter().map(|(n, v)| format!("{n}: {v}")).collect();
    told.sort();
    assert_eq!(told, ["ce-ab: x", "ce-id: 1", "ce-specversion: 1.0", "ce-type: t"]);
    assert!(accepted.warning.unwrap().contains("without `specversion`"));

    let encoded =
        [("ce-specversion", "0.3"), ("ce-type", "t"), ("ce-datacontentencoding", "base64")];
    let accepted = accept(Mode::Binary, &of(&encoded), b"aGk=\n").unwrap();
    assert_eq!(accepted.body.as_deref(), Some(&b"hi"[..]));

    for (json, renamed) in [
        (
            r#"{"specversion":"0.3","id":"1","source":"a b","type":"t","schemaurl":"x","data":1}"#,
            json!({"specversion": "0.3", "id": "1", "source": "a b", "type": "t", "dataschema": "x", "data": 1}),
        ),
        (
            r#"{"specversion":"0.3","id":1,"type":"t","datacontentencoding":"BASE64","data":"aGk=","Own":{"a":1}}"#,
            json!({"specversion": "0.3", "id": 1, "type": "t", "data_base64": "aGk=", "own": "{\"a\":1}"}),
        ),
        (
            r#"{"eventType":"t","eventTypeVersion":"v1","eventID":"1","extensions":{"traceId":"x"}}"#,
            json!({"specversion": "1.0", "type": "t", "eventtypeversion": "v1", "id": "1", "traceid": "x"}),
        ),
    ] {
        let accepted = accept(Mode::Structured, &of(&[]), json.as_bytes()).unwrap();
        let body: Value = serde_json::from_slice(&accepted.body.unwrap()).unwrap();
        assert_eq!(body, renamed, "{json}");
        assert!(accepted.warning.is_some(), "{json}");
        let batch = format!("[{json}]");
        let members = accept_batch(batch.as_bytes()).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&members[0].raw).unwrap(), renamed);
    }
    // What 1.0 requires is required of who says 1.0.
    for json in [
        r#"{"specversion":"1.0","id":"1","source":"/s"}"#,
        r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","time":"now"}"#,
        r#"{"specversion":"2.0","id":"1","source":"/s","type":"t"}"#,
        r#"{"id":"1","source":"/s"}"#,
        "[]",
        "{",
        "",
    ] {
        assert!(accept(Mode::Structured, &of(&[]), json.as_bytes()).is_err(), "{json}");
        assert!(accept_batch(format!("[{json}]").as_bytes()).is_err() || json.is_empty(), "{json}");
    }
}
