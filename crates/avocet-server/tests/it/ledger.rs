//! Events as people see them, and what they do with them. Every answer is held against the OpenAPI document.

use serde_json::{Value, json};

use crate::support::{Client, Running, function, start, until};

const STRUCTURED: &str = "content-type: application/cloudevents+json\r\n";
const LINES: &str = "content-type: application/x-ndjson\r\n";

/// A subscription of a function to events of the type `order.*`.
fn subscription(function: &str) -> String {
    format!(
        "apiVersion: eventing.kyma-project.io/v1alpha2\nkind: Subscription\nmetadata:\n  \
         name: {function}\nspec:\n  sink: http://{function}.default.svc.cluster.local\n  \
         source: \"\"\n  types: [\"order.*\"]\n---\n"
    )
}

/// A server with this function, which gets orders.
async fn with(name: &str, code: &str) -> Running {
    let running = start().await;
    let report = running.apply(&(function(name, code) + &subscription(name))).await;
    assert!(!report.is_refused(), "{report:?}");
    running
}

fn event(id: &str, kind: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/shop", "type": kind, "subject": "orders/1",
        "time": "2026-01-31T12:00:00Z", "data": { "n": 1 },
    })
}

async fn publish(running: &Running, event: &Value) {
    let body = event.to_string();
    let answer = running.call("POST", "/publish", STRUCTURED, body.as_bytes()).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
}

async fn show(running: &Running, id: &str) -> Value {
    running.admin("GET", &format!("/api/v1/events/{id}"), "").await.json()
}

/// The event once its only delivery is in this state.
async fn once(running: &Running, id: &str, state: &str) -> Value {
    until(async || show(running, id).await["deliveries"][0]["state"] == state).await;
    show(running, id).await
}

async fn ids(running: &Running, query: &str) -> Vec<String> {
    let list = running.admin("GET", &format!("/api/v1/events{query}"), "").await.json();
    let events = list["events"].as_array().unwrap_or_else(|| panic!("{list}"));
    events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_delivered_event_shows_what_was_done_with_it() {
    let running = with("f", "say got it").await;
    publish(&running, &event("1", "order.created")).await;
    let shown = once(&running, "1", "done").await;
    let delivery = &shown["deliveries"][0];
    assert_eq!(
        (&shown["type"], &shown["source"], &shown["subject"], &shown["data"]),
        (&json!("order.created"), &json!("/shop"), &json!("orders/1"), &json!({ "n": 1 }))
    );
    assert_eq!(
        (&shown["time"], &shown["datacontenttype"]),
        (&json!("2026-01-31T12:00:00Z"), &json!("application/json"))
    );
    assert_eq!((&delivery["function"], &delivery["namespace"]), (&json!("f"), &json!("default")));
    assert_eq!((&delivery["next"], &delivery["reason"]), (&Value::Null, &Value::Null));
    let attempts = delivery["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 1);
    assert_eq!((&attempts[0]["status"], &attempts[0]["error"]), (&json!(200), &Value::Null));
    assert_eq!(attempts[0]["log"], json!(["got it"]));
    assert!(attempts[0]["invocation"].is_string());
    let list = running.admin("GET", "/api/v1/events", "").await.json();
    assert_eq!(list, json!({ "events": [shown] }));
}

#[tokio::test]
async fn an_event_that_nobody_wants_is_kept_without_deliveries() {
    let running = with("f", "nothing").await;
    publish(&running, &event("1", "invoice.sent")).await;
    assert_eq!(show(&running, "1").await["deliveries"], json!([]));
    let missing = running.admin("GET", "/api/v1/events/2", "").await;
    assert!(missing.status == 404 && missing.text().contains("no event"), "{}", missing.text());
}

#[tokio::test]
async fn a_failed_event_waits_with_its_error_and_its_next_attempt() {
    let running = with("f", "throw").await;
    publish(&running, &event("1", "order.created")).await;
    let shown = once(&running, "1", "waiting").await;
    let delivery = &shown["deliveries"][0];
    assert!(delivery["next"].is_string(), "{delivery}");
    assert!(delivery["reason"].as_str().unwrap().starts_with("failed"), "{delivery}");
    assert_eq!(delivery["attempts"][0]["status"], 500);
    assert!(delivery["attempts"][0]["error"].is_string(), "{delivery}");
    assert_eq!(ids(&running, "?state=waiting").await, ["1"]);
    assert!(ids(&running, "?state=done").await.is_empty());
}

#[tokio::test]
async fn what_is_dead_is_listed_with_the_reason_and_replayed() {
    let running = with("f", "status 404").await;
    publish(&running, &event("1", "order.created")).await;
    let dead = once(&running, "1", "dead").await;
    let reason = dead["deliveries"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("answered 404"), "{reason}");
    assert_eq!(ids(&running, "?state=dead&function=f").await, ["1"]);
    running.deploy("f", "nothing").await;
    let replay = json!({ "function": "f", "since": "1h" }).to_string();
    let report = running.admin("POST", "/api/v1/events/replay", &replay).await.json();
    assert_eq!(report, json!({ "replayed": 1 }));
    let done = once(&running, "1", "done").await;
    assert_eq!(done["deliveries"][0]["attempts"].as_array().unwrap().len(), 2);
    let nothing = running.admin("POST", "/api/v1/events/replay", "").await.json();
    assert_eq!(nothing, json!({ "replayed": 0 }));
}

#[tokio::test]
async fn one_event_is_replayed_to_whom_it_was_delivered_or_to_any_function() {
    let running = with("f", "count").await;
    running.deploy("other", "log other got it").await;
    publish(&running, &event("1", "order.created")).await;
    once(&running, "1", "done").await;
    let replay = async |body: &str| running.admin("POST", "/api/v1/events/1/replay", body).await;
    assert_eq!(replay("").await.json(), json!({ "replayed": 1 }));
    let twice = async || {
        let shown = show(&running, "1").await;
        shown["deliveries"][0]["attempts"].as_array().unwrap().len() == 2
    };
    until(twice).await;
    let to = json!({ "to": "other" }).to_string();
    assert_eq!(replay(&to).await.json(), json!({ "replayed": 1 }));
    running.logged("other got it").await;
    until(async || ids(&running, "?function=other&state=done").await == ["1"]).await;
    let shown = show(&running, "1").await;
    let names: Vec<_> =
        shown["deliveries"].as_array().unwrap().iter().map(|own| &own["function"]).collect();
    assert_eq!(names, ["f", "other"]);
    let missing = replay(&json!({ "to": "nobody" }).to_string()).await;
    assert_eq!(missing.status, 404, "{}", missing.text());
}

#[tokio::test]
async fn events_of_the_same_id_are_told_apart_by_their_source() {
    let running = start().await;
    publish(&running, &event("1", "order.created")).await;
    let mut other = event("1", "order.paid");
    other["source"] = json!("/else");
    publish(&running, &other).await;
    let several = running.admin("GET", "/api/v1/events/1", "").await;
    assert!(several.status == 409 && several.text().contains("/else, /shop"), "{}", several.text());
    let one = running.admin("GET", "/api/v1/events/1?source=/else", "").await.json();
    assert_eq!(one["type"], "order.paid");
    publish(&running, &event("a/b%20?", "t")).await;
    assert_eq!(show(&running, "a%2Fb%2520%3F").await["id"], "a/b%20?");
}

#[tokio::test]
async fn a_list_is_filtered_and_paged() {
    let running = with("f", "nothing").await;
    for (id, kind) in [("1", "order.created"), ("2", "order.paid"), ("3", "invoice.sent")] {
        publish(&running, &event(id, kind)).await;
    }
    until(async || ids(&running, "?state=done").await == ["2", "1"]).await;
    for (query, expected) in [
        ("", &["3", "2", "1"][..]),
        ("?type=order.paid", &["2"]),
        ("?type=order.*", &["2", "1"]),
        ("?source=/shop&since=1h", &["3", "2", "1"]),
        ("?source=/else", &[]),
        ("?id=3", &["3"]),
        ("?function=f", &["2", "1"]),
        ("?function=f&type=order.created", &["1"]),
        ("?since=2100-01-01T00:00:00Z", &[]),
        ("?state=dead", &[]),
        ("?state=scheduled", &[]),
        ("?state=ready", &[]),
        ("?state=delivering", &[]),
    ] {
        assert_eq!(ids(&running, query).await, expected, "{query}");
    }
    let page = running.admin("GET", "/api/v1/events?limit=2", "").await.json();
    let next = page["next"].as_u64().unwrap();
    assert_eq!(ids(&running, &format!("?limit=2&from={next}")).await, ["1"]);
    for wrong in ["state=lost", "since=yesterday", "limit=many", "from=x"] {
        let answer = running.admin("GET", &format!("/api/v1/events?{wrong}"), "").await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    let missing = running.admin("GET", "/api/v1/events?function=nobody", "").await;
    assert_eq!(missing.status, 404, "{}", missing.text());
}

#[tokio::test]
async fn a_scheduled_event_shows_when_it_is_due() {
    let running = with("f", "nothing").await;
    let mut later = event("1", "order.created");
    later["at"] = json!(in_a_day());
    publish(&running, &later).await;
    let shown = once(&running, "1", "scheduled").await;
    assert_eq!(shown["deliveries"][0]["next"], later["at"]);
    assert_eq!(ids(&running, "?state=scheduled").await, ["1"]);
}

/// A day from now, as events have it.
fn in_a_day() -> String {
    let now = std::time::SystemTime::now() + std::time::Duration::from_secs(86_400);
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    let time = jiff::Timestamp::from_millisecond(since.as_millis() as i64).unwrap();
    format!("{time:.3}")
}

#[tokio::test]
async fn what_is_exported_can_be_imported() {
    let running = start().await;
    publish(&running, &event("1", "order.created")).await;
    let headers = "content-type: application/octet-stream\r\nce-specversion: 1.0\r\nce-id: 2\r\n\
                   ce-source: /shop\r\nce-type: order.paid\r\nce-tries: 3\r\n";
    let answer = running.call("POST", "/publish", headers, b"\xff\x00").await;
    assert_eq!(answer.status, 204);
    let exported = running.admin("GET", "/api/v1/events/export", "").await.text();
    let lines: Vec<Value> =
        exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut first = event("1", "order.created");
    first["datacontenttype"] = json!("application/json");
    assert_eq!(lines[0], first);
    assert_eq!((&lines[1]["data_base64"], &lines[1]["tries"]), (&json!("/wA="), &json!("3")));
    let other = start().await;
    let wrong = format!("{exported}\nno event\n{{\"specversion\":\"1.0\"}}\n");
    let import = async || {
        let lines = wrong.as_bytes();
        other.admin_with("POST", "/api/v1/events/import", LINES, lines).await.json()
    };
    let report = import().await;
    assert_eq!((&report["imported"], &report["duplicates"]), (&json!(2), &json!(0)));
    let errors = report["errors"].as_array().unwrap();
    assert_eq!((&errors[0]["line"], &errors[1]["line"]), (&json!(4), &json!(5)));
    let again = import().await;
    assert_eq!((&again["imported"], &again["duplicates"]), (&json!(0), &json!(2)));
    assert_eq!(other.admin("GET", "/api/v1/events/export", "").await.text(), exported);
}

#[tokio::test]
async fn a_purge_deletes_what_nobody_waits_for() {
    let running = with("f", "throw").await;
    publish(&running, &event("1", "order.created")).await;
    publish(&running, &event("2", "invoice.sent")).await;
    once(&running, "1", "waiting").await;
    let unbounded = running.admin("POST", "/api/v1/events/purge", "").await;
    assert!(unbounded.status == 400 && unbounded.text().contains("filter"), "{}", unbounded.text());
    until(async || {
        running.admin("POST", "/api/v1/events/purge?type=invoice.*", "").await;
        ids(&running, "").await == ["1"]
    })
    .await;
    let report = running.admin("POST", "/api/v1/events/purge?type=*", "").await.json();
    assert_eq!(report, json!({ "purged": 0, "kept": 1 }));
}

#[tokio::test]
async fn a_follower_hears_of_each_event_and_of_what_becomes_of_it() {
    let running = with("f", "nothing").await;
    let mut client = Client::connect(running.server.admin_addr()).await;
    client.send("GET /api/v1/events/tail?type=order.* HTTP/1.0\r\nhost: 127.0.0.1\r\n\r\n").await;
    client.head().await;
    publish(&running, &event("2", "invoice.sent")).await;
    publish(&running, &event("1", "order.created")).await;
    once(&running, "1", "done").await;
    running.stop().await;
    let said = client.closed().await;
    let lines: Vec<Value> = said
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.len() >= 2 && lines.iter().all(|line| line["id"] == "1"), "{said}");
    assert_eq!(lines.last().unwrap()["deliveries"][0]["state"], "done");
}
