//! Types, routes and OpenAPI document say the same.

use std::collections::BTreeSet;

use avocet_api::{
    ApplyFile, ApplyOutcome, ApplyReport, ApplyRequest, ApplyResult, Attempt, CatchUp, Delivery,
    DeliveryState, Diagnostic, EventDetails, EventList, FunctionDetails, FunctionList,
    FunctionState, FunctionSummary, GatewayLimits, Health, ImportError, ImportReport, Info,
    KeyChange, KeyList, KeySummary, KeyValue, KeyWritten, Level, LogGap, LogLine, LogRecord,
    MessageGap, MessageRecord, NamespaceList, NamespaceSummary, OPENAPI, ObjectDetails, ObjectList,
    ObjectSummary, Operation, Phase, Problem, PurgeReport, ROUTES, ReplayDeadRequest,
    ReplayEventRequest, ReplayReport, RevisionList, RevisionSummary, RollbackReport,
    RollbackRequest, RunCronReport, RunCronRequest, ScheduleList, ScheduleSummary, Severity,
    StoredObject, StoredObjectList, Stream, SubscriptionDetails, SubscriptionList,
    SubscriptionState, SubscriptionSummary,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const TIME: &str = "2026-01-31T12:00:00.123Z";

fn document() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

#[test]
fn the_table_and_the_document_have_the_same_routes() {
    let id = |operation: Operation| {
        let name = format!("{operation:?}");
        name[..1].to_lowercase() + &name[1..]
    };
    let document = document();
    let mut described = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            described.push((path.clone(), method.to_uppercase(), id));
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let in_path = parameters.filter(|parameter| parameter["in"] == "path").count();
            assert_eq!(in_path, path.matches('{').count(), "parameters of {path}");
        }
    }
    let mut routes: Vec<_> = ROUTES
        .iter()
        .map(|route| (route.path.to_owned(), route.method.to_string(), id(route.operation)))
        .collect();
    described.sort();
    routes.sort();
    assert_eq!(routes, described);
}

/// Holds a type to its schema: `full` has everything that there can be, `least` only what must be.
fn hold<T>(schema: &str, full: &T, least: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let document = document();
    let own = &document["components"]["schemas"][schema];
    assert!(own.is_object(), "no schema {schema}");
    let names = |value: &Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let [all, needed] = [full, least].map(|value| {
        let value = serde_json::to_value(value).unwrap();
        valid(schema, &value, &document);
        value
    });
    assert_eq!(names(&all), names(&own["properties"]), "properties of {schema}");
    let required: Vec<String> = serde_json::from_value(own["required"].clone()).unwrap();
    assert!(required.iter().all(|name| names(&needed).contains(name)), "{schema} needs {needed}");
    // What must be is enough to read it, and each part of it is missed.
    let only = |keep: &dyn Fn(&str) -> bool| -> Value {
        let all = all.as_object().unwrap().clone();
        all.into_iter().filter(|(name, _)| keep(name)).collect::<serde_json::Map<_, _>>().into()
    };
    let read = |value| serde_json::from_value::<T>(value);
    assert_eq!(&read(all.clone()).unwrap(), full);
    read(only(&|name| required.iter().any(|r| r == name))).unwrap();
    for missing in &required {
        read(only(&|name| name != missing)).expect_err(missing);
    }
}

fn valid(schema: &str, value: &Value, document: &Value) {
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": document["components"],
        "$ref": format!("#/components/schemas/{schema}"),
    });
    let validator = jsonschema::validator_for(&whole).unwrap();
    let errors: Vec<_> = validator.iter_errors(value).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{schema}: {errors:#?}\n{value:#}");
}

/// A type of which everything is always there.
fn hold_whole<T>(schema: &str, value: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    hold(schema, value, value);
}

fn diagnostic() -> Diagnostic {
    Diagnostic {
        help: Some("help".into()),
        file: Some("f.yaml".into()),
        document: Some(1),
        line: Some(2),
        column: Some(3),
        path: Some("spec.runtime".into()),
        source_line: Some("runtime: v9".into()),
        ..Diagnostic::error("message")
    }
}

#[test]
fn applying() {
    let file = |text: Option<&str>, base64: Option<&str>| ApplyFile {
        path: "f.yaml".into(),
        text: text.map(Into::into),
        base64: base64.map(Into::into),
    };
    let request = ApplyRequest {
        namespace: "shop".into(),
        files: vec![file(Some("x"), None), file(None, Some("/w=="))],
        dry_run: true,
        partial: true,
        triggers: vec!["orders.>".into()],
    };
    hold_whole("ApplyRequest", &request);
    hold("Diagnostic", &diagnostic(), &Diagnostic::warning("message"));
    for outcome in ["created", "configured", "unchanged", "refused", "skipped", "ignored"] {
        let outcome: ApplyOutcome = serde_json::from_value(outcome.into()).unwrap();
        let full = ApplyResult {
            kind: "Function".into(),
            namespace: "shop".into(),
            name: "order".into(),
            outcome,
            reason: Some("no effect here".into()),
            revision: Some(1),
            url: Some("http://127.0.0.1:8080/shop/order".into()),
        };
        let least = ApplyResult { reason: None, revision: None, url: None, ..full.clone() };
        hold("ApplyResult", &full, &least);
        let report = ApplyReport { results: vec![full], diagnostics: vec![diagnostic()] };
        hold_whole("ApplyReport", &report);
    }
    assert_eq!(diagnostic().severity, Severity::Error);
}

#[test]
fn a_request_with_a_field_too_many_is_refused() {
    for wrong in [
        json!({ "files": [], "dryrun": true }),
        json!({ "files": [{ "path": "a", "text": "", "mode": 1 }] }),
    ] {
        serde_json::from_value::<ApplyRequest>(wrong).unwrap_err();
    }
    serde_json::from_value::<RollbackRequest>(json!({ "revison": 1 })).unwrap_err();
}

fn summary(state: Phase) -> FunctionSummary {
    FunctionSummary {
        namespace: "shop".into(),
        name: "order".into(),
        runtime: "v8".into(),
        revision: 3,
        url: "http://127.0.0.1:8080/shop/order".into(),
        state,
        created: TIME.into(),
        updated: TIME.into(),
        calls: 2,
        failures: 1,
    }
}

#[test]
fn functions() {
    for state in [Phase::Asleep, Phase::Loading, Phase::Awake] {
        hold_whole("FunctionSummary", &summary(state));
        let full = FunctionState {
            namespace: "shop".into(),
            name: "order".into(),
            state,
            in_flight: 1,
            pid: Some(2),
        };
        hold("FunctionState", &full, &FunctionState { pid: None, ..full.clone() });
    }
    hold_whole("FunctionList", &FunctionList { functions: vec![summary(Phase::Awake)] });
    hold_whole(
        "FunctionDetails",
        &FunctionDetails {
            summary: summary(Phase::Awake),
            definition: json!({ "name": "order" }),
            entry: "handler.js".into(),
            limits: json!({ "memory": 1 }),
        },
    );
}

#[test]
fn revisions() {
    let revision = RevisionSummary {
        revision: 1,
        active: true,
        created: TIME.into(),
        digest: "0".repeat(64),
        files: 1,
    };
    hold_whole("RevisionSummary", &revision);
    hold_whole("RevisionList", &RevisionList { revisions: vec![revision] });
    let request = RollbackRequest { revision: Some(1) };
    hold("RollbackRequest", &request, &RollbackRequest::default());
    let (namespace, name) = ("shop".into(), "order".into());
    hold_whole("RollbackReport", &RollbackReport { namespace, name, revision: 1, previous: 2 });
}

#[test]
fn subscriptions() {
    use SubscriptionState::{Delivering, Failing, Idle, Waiting};
    for state in [Idle, Delivering, Waiting, Failing] {
        let full = SubscriptionSummary {
            namespace: "shop".into(),
            name: "orders:0".into(),
            sink: "shop/orders".into(),
            source: "/shop".into(),
            types: vec!["order.*".into()],
            state,
            in_flight: 1,
            lag: 2,
            delivered: 3,
            failed: 4,
            error: Some("it threw".into()),
        };
        let least = SubscriptionSummary { error: None, ..full.clone() };
        hold("SubscriptionSummary", &full, &least);
        hold_whole("SubscriptionList", &SubscriptionList { subscriptions: vec![full.clone()] });
        let details = |summary| SubscriptionDetails { summary, definition: json!({ "types": [] }) };
        hold("SubscriptionDetails", &details(full), &details(least));
    }
}

#[test]
fn schedules() {
    for catch_up in [CatchUp::None, CatchUp::Last, CatchUp::All] {
        let full = ScheduleSummary {
            namespace: "shop".into(),
            function: "report".into(),
            number: 1,
            schedule: "30 7 * * *".into(),
            time_zone: "UTC".into(),
            catch_up,
            next: Some(TIME.into()),
        };
        hold("ScheduleSummary", &full, &ScheduleSummary { next: None, ..full.clone() });
        hold_whole("ScheduleList", &ScheduleList { schedules: vec![full] });
    }
    let (id, source) = ("7".into(), "/shop/report/cron".into());
    hold_whole("RunCronReport", &RunCronReport { id, source });
    hold("RunCronRequest", &RunCronRequest { number: Some(1) }, &RunCronRequest::default());
}

#[test]
fn objects() {
    for kind in ["ConfigMap", "Secret", "Subscription", "APIRule"] {
        let summary = ObjectSummary {
            kind: kind.into(),
            namespace: "shop".into(),
            name: "o".into(),
            created: TIME.into(),
            updated: TIME.into(),
        };
        hold_whole("ObjectSummary", &summary);
        hold_whole("ObjectList", &ObjectList { objects: vec![summary.clone()] });
        let definition = json!({ "data": { "k": null } });
        hold_whole("ObjectDetails", &ObjectDetails { summary, definition });
    }
}

#[test]
fn the_platform() {
    let namespace = NamespaceSummary { name: "shop".into(), functions: 1 };
    hold_whole("NamespaceList", &NamespaceList { namespaces: vec![namespace] });
    let parts = [("registry".to_owned(), "ok".to_owned())].into();
    hold_whole("Health", &Health { status: "ok".into(), parts });
    let full = Info {
        version: "1".into(),
        engine: Some("V8".into()),
        gateway: "http://127.0.0.1:8080".into(),
        admin: "http://127.0.0.1:8081".into(),
        data_folder: "data".into(),
        runtimes: vec!["v8".into()],
        started: TIME.into(),
        uptime_seconds: 1,
        functions: 1,
        limits: GatewayLimits {
            connections: 1,
            head_bytes: 1,
            head_seconds: 1.5,
            body_seconds: 1.5,
            idle_seconds: 1.5,
        },
    };
    hold("Info", &full, &Info { engine: None, ..full.clone() });
    let problem = Problem {
        title: "Not Found".into(),
        status: 404,
        detail: "no such function".into(),
        diagnostics: vec![diagnostic()],
    };
    valid("Problem", &serde_json::to_value(&problem).unwrap(), &document());
    // Others answer less: what matters is what failed.
    let short: Problem = serde_json::from_value(json!({ "detail": "no" })).unwrap();
    assert_eq!(short.detail, "no");
}

#[test]
fn logs() {
    for level in [Level::Debug, Level::Info, Level::Warn, Level::Error] {
        for stream in [Stream::Stdout, Stream::Stderr, Stream::Platform] {
            let full = LogRecord {
                time: TIME.into(),
                namespace: "shop".into(),
                function: "order".into(),
                revision: 1,
                level,
                stream,
                invocation: Some("4f1c".into()),
                trace: Some("0af7651916cd43dd8448eb211c80319c".into()),
                text: "Hello".into(),
            };
            let least = LogRecord { invocation: None, trace: None, ..full.clone() };
            hold("LogRecord", &full, &least);
            let line = serde_json::to_string(&full).unwrap();
            assert_eq!(serde_json::from_str::<LogLine>(&line).unwrap(), LogLine::Record(full));
        }
    }
    hold_whole("LogGap", &LogGap { dropped: 3 });
    let gap: LogLine = serde_json::from_str(r#"{"dropped":3}"#).unwrap();
    assert_eq!(gap, LogLine::Gap(LogGap { dropped: 3 }));
}

fn attempt() -> Attempt {
    Attempt {
        time: TIME.into(),
        ms: 3,
        status: Some(500),
        error: Some("Error: no (handler.js:2:9)".into()),
        trace: Some("0af7651916cd43dd8448eb211c80319c".into()),
        invocation: Some("4f1c".into()),
        log: vec!["Hello".into()],
    }
}

fn delivery(state: DeliveryState) -> Delivery {
    Delivery {
        namespace: Some("shop".into()),
        function: Some("order".into()),
        sink: Some("http://127.0.0.1:9/".into()),
        state,
        attempts: vec![attempt()],
        next: Some(TIME.into()),
        reason: Some("it failed".into()),
    }
}

#[test]
fn events() {
    let none = Attempt { status: None, error: None, trace: None, invocation: None, ..attempt() };
    hold("Attempt", &attempt(), &none);
    for state in DeliveryState::ALL {
        let full = delivery(state);
        let least = Delivery {
            namespace: None,
            function: None,
            sink: None,
            next: None,
            reason: None,
            ..full.clone()
        };
        hold("Delivery", &full, &least);
        let full = EventDetails {
            id: "1".into(),
            kind: "order.created".into(),
            source: "/shop".into(),
            subject: Some("order/1".into()),
            time: Some(TIME.into()),
            accepted: TIME.into(),
            datacontenttype: Some("application/json".into()),
            data: json!({ "n": 1 }),
            data_base64: Some("AAEC".into()),
            deliveries: vec![delivery(state)],
        };
        let least = EventDetails {
            subject: None,
            time: None,
            datacontenttype: None,
            data_base64: None,
            ..full.clone()
        };
        hold("EventDetails", &full, &least);
        assert_eq!(full.state(), Some(state));
        let list = EventList { events: vec![full], next: Some(1) };
        hold("EventList", &list, &EventList { next: None, ..list.clone() });
    }
}

#[test]
fn what_is_done_with_events() {
    let text = |text: &str| Some(text.to_owned());
    let full =
        ReplayEventRequest { source: text("/s"), to: text("order"), namespace: text("shop") };
    hold("ReplayEventRequest", &full, &ReplayEventRequest::default());
    let full =
        ReplayDeadRequest { function: text("order"), namespace: text("shop"), since: text("1h") };
    hold("ReplayDeadRequest", &full, &ReplayDeadRequest::default());
    hold_whole("ReplayReport", &ReplayReport { replayed: 1 });
    hold_whole("PurgeReport", &PurgeReport { purged: 1, kept: 2 });
    let error = ImportError { line: 1, error: "it is no event".into() };
    hold_whole("ImportError", &error);
    hold_whole("ImportReport", &ImportReport { imported: 1, duplicates: 2, errors: vec![error] });
}

#[test]
fn keys_and_values() {
    let least =
        KeySummary { key: "a".into(), bytes: 1, revision: 2, created: TIME.into(), expires: None };
    let full = KeySummary { expires: Some(TIME.into()), ..least.clone() };
    hold("KeySummary", &full, &least);
    let list = KeyList { keys: vec![least], cursor: Some("a".into()) };
    hold("KeyList", &list, &KeyList { cursor: None, ..list.clone() });
    let least = KeyValue {
        key: "a".into(),
        text: None,
        base64: None,
        revision: 2,
        created: TIME.into(),
        expires: None,
    };
    let full = KeyValue {
        text: Some("x".into()),
        base64: Some("/w==".into()),
        expires: Some(TIME.into()),
        ..least.clone()
    };
    hold("KeyValue", &full, &least);
    hold_whole("KeyWritten", &KeyWritten { revision: 7 });
    let document = document();
    for change in [
        KeyChange::Set(full),
        KeyChange::Deleted { key: "a".into(), revision: 3 },
        KeyChange::Missed { changes: 4 },
    ] {
        let value = serde_json::to_value(&change).unwrap();
        valid("KeyChange", &value, &document);
        assert_eq!(serde_json::from_value::<KeyChange>(value).unwrap(), change);
    }
}

#[test]
fn stored_objects() {
    let object = StoredObject {
        name: "a b".into(),
        size: 1,
        chunks: 1,
        digest: "SHA-256=x".into(),
        mtime: TIME.into(),
    };
    hold_whole("StoredObject", &object);
    hold_whole("StoredObjectList", &StoredObjectList { objects: vec![object] });
}

#[test]
fn messages() {
    let least = MessageRecord {
        subject: "a".into(),
        text: None,
        base64: None,
        headers: Default::default(),
        reply: None,
    };
    let full = MessageRecord {
        text: Some("x".into()),
        base64: Some("/w==".into()),
        headers: [("X".to_owned(), vec!["1".to_owned()])].into(),
        reply: Some("b".into()),
        ..least.clone()
    };
    hold("MessageRecord", &full, &least);
    hold_whole("MessageGap", &MessageGap { missed: 3 });
}
