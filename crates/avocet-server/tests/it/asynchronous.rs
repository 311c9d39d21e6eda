//! Calls that are answered later.

use serde_json::json;

use crate::support::http::Answer;
use crate::support::{Running, start, start_in, until};

const LATER: &str = "prefer: respond-async\r\n";

/// Calls a function so that it answers later; gives where.
async fn call(running: &Running, function: &str, headers: &str, body: &[u8]) -> String {
    let method = if body.is_empty() { "GET" } else { "POST" };
    let target = format!("/default/{function}/path?x=1");
    let answer = running.call(method, &target, &format!("{LATER}{headers}"), body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(answer.header("preference-applied"), Some("respond-async"));
    let location = answer.header("location").unwrap().to_owned();
    let id = location.strip_prefix("/_avocet/results/").unwrap();
    assert_eq!(id.len(), 32, "it cannot be guessed: {id}");
    location
}

/// The answer, once it is there.
async fn result(running: &Running, location: &str) -> Answer {
    until(async || running.get(location).await.status != 202).await;
    running.get(location).await
}

#[tokio::test]
async fn a_call_is_answered_later_as_the_function_would_at_once() {
    let running = start().await;
    running.deploy("f", "head").await;
    let body = br#"{"n":1}"#;
    let kind = "content-type: application/json\r\nx-mine: 1\r\n";
    let location = call(&running, "f", kind, body).await;
    let later = result(&running, &location).await;
    let at_once = running.call("POST", "/default/f/path?x=1", kind, body).await;
    assert_eq!((later.status, later.header("content-type")), (200, at_once.header("content-type")));
    let (later, at_once) = (later.json(), at_once.json());
    assert_eq!(later["body"], at_once["body"]);
    for field in ["m", "u", "k"] {
        assert_eq!(later["head"][field], at_once["head"][field], "{field}");
    }
    assert_eq!(later["head"]["m"], "POST");
    let names = later["head"]["h"].to_string();
    assert!(names.contains("x-mine") && !names.contains("prefer"), "{names}");
    // It stays, and nobody else's is there.
    assert_eq!(running.get(&location).await.status, 200);
    let unknown = running.get("/_avocet/results/0123456789abcdef0123456789abcdef").await;
    assert_eq!(unknown.status, 404, "{}", unknown.text());
    let deleted = running.call("DELETE", &location, "", b"").await;
    assert_eq!((deleted.status, deleted.header("allow")), (405, Some("GET, HEAD, OPTIONS")));
}

#[tokio::test]
async fn headers_and_status_of_the_function_come_back() {
    let running = start().await;
    running.deploy("f", "header x-own: mine").await;
    let location = call(&running, "f", "", b"").await;
    let answer = result(&running, &location).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-own"), Some("mine"));
    running.deploy("f", "status 302").await;
    let location = call(&running, "f", "", b"").await;
    assert_eq!(result(&running, &location).await.status, 302);
}

#[tokio::test]
async fn a_call_that_fails_is_tried_again_and_one_that_is_dead_has_its_last_answer() {
    let running = start().await;
    running.deploy("f", "throw").await;
    let location = call(&running, "f", "", b"").await;
    let id = location.rsplit('/').next().unwrap();
    let shown = async || running.admin("GET", &format!("/api/v1/events/{id}"), "").await.json();
    until(async || shown().await["deliveries"][0]["state"] == "waiting").await;
    let waits = running.get(&location).await;
    assert_eq!((waits.status, waits.header("retry-after")), (202, Some("1")));
    running.deploy("f", "status 404").await;
    assert_eq!(result(&running, &location).await.status, 404);
    let shown = shown().await;
    assert_eq!(shown["deliveries"][0]["state"], "dead");
    assert!(shown["deliveries"][0]["attempts"].as_array().unwrap().len() >= 2);
    // It is in the ledger as any event is; what it answered is none.
    let list = running.admin("GET", "/api/v1/events", "").await.json();
    assert_eq!(list["events"].as_array().unwrap().len(), 1);
    assert_eq!(list["events"][0]["type"], "_avocet.call");
    running.deploy("f", "text fixed").await;
    let replay = json!({ "function": "f" }).to_string();
    let report = running.admin("POST", "/api/v1/events/replay", &replay).await.json();
    assert_eq!(report, json!({ "replayed": 1 }));
    until(async || running.get(&location).await.text() == "fixed").await;
}

#[tokio::test]
async fn an_accepted_call_survives_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::of(start_in(folder.path(), |_| {}).await, tempfile::tempdir().unwrap());
    running.deploy("f", "throw").await;
    let location = call(&running, "f", "", b"").await;
    running.stop().await;
    let running = Running::of(start_in(folder.path(), |_| {}).await, folder);
    assert_eq!(running.get(&location).await.status, 202);
    running.deploy("f", "text Hello").await;
    assert_eq!(result(&running, &location).await.text(), "Hello");
}

#[tokio::test]
async fn other_preferences_change_nothing() {
    let running = start().await;
    running.deploy("f", "text Hello").await;
    let answer = running.call("GET", "/default/f", "prefer: return=minimal\r\n", b"").await;
    assert_eq!((answer.status, answer.text()), (200, "Hello".to_owned()));
    let missing = running.call("GET", "/default/g", LATER, b"").await;
    assert_eq!(missing.status, 404);
    let large = vec![b'x'; 2 << 20];
    let answer = running.call("POST", "/default/f", LATER, &large).await;
    assert_eq!(answer.status, 413);
}
