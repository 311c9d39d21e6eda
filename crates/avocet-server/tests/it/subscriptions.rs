//! Subscriptions and triggers as people see them.

use serde_json::{Value, json};

use crate::support::{Running, function_with, start, until};

fn subscription(name: &str, sink: &str, kind: &str) -> String {
    format!(
        "apiVersion: eventing.kyma-project.io/v1alpha2\nkind: Subscription\nmetadata:\n  \
         name: {name}\nspec:\n  sink: {sink}\n  types: [{kind}]\n---\n"
    )
}

async fn one(running: &Running, name: &str) -> Value {
    let path = format!("/api/v1/namespaces/default/subscriptions/{name}");
    running.admin("GET", &path, "").await.json()
}

async fn publish(running: &Running, kind: &str) {
    let head =
        format!("ce-specversion: 1.0\r\nce-id: {kind}\r\nce-source: /s\r\nce-type: {kind}\r\n");
    assert_eq!(running.call("POST", "/publish", &head, b"").await.status, 204);
}

#[tokio::test]
async fn a_list_tells_state_sink_and_what_is_left() {
    let running = start().await;
    let missing = "http://missing.default.svc.cluster.local";
    let trigger = "  triggers:\n    events: [{ types: [a.b, \"a.*.c\"], source: /s }]\n";
    let yaml = [
        subscription("waits", missing, "wait"),
        subscription("fails", "http://fails.default.svc.cluster.local", "fail"),
        function_with("fails", "throw", ""),
        function_with("works", "log it works", trigger),
    ];
    assert!(!running.apply(&yaml.concat()).await.is_refused());
    let listed = running.admin("GET", "/api/v1/subscriptions", "").await.json();
    let names: Vec<&Value> =
        listed["subscriptions"].as_array().unwrap().iter().map(|own| &own["name"]).collect();
    assert_eq!(names, ["fails", "waits", "works:0"]);

    publish(&running, "a.b").await;
    running.logged("it works").await;
    until(async || one(&running, "works:0").await["delivered"] == 1).await;
    let works = one(&running, "works:0").await;
    assert_eq!(works["sink"], "default/works");
    assert_eq!((&works["types"], &works["source"]), (&json!(["a.b", "a.*.c"]), &json!("/s")));
    assert_eq!(works["definition"]["types"], works["types"]);

    publish(&running, "wait").await;
    until(async || one(&running, "waits").await["state"] == "waiting").await;
    publish(&running, "fail").await;
    until(async || one(&running, "fails").await["state"] == "failing").await;
    let fails = one(&running, "fails").await;
    assert!(fails["failed"].as_u64().unwrap() >= 1 && fails["error"].is_string(), "{fails}");

    for gone in ["nobody", "works:1", "nobody:0"] {
        let path = format!("/api/v1/namespaces/default/subscriptions/{gone}");
        assert_eq!(running.admin("GET", &path, "").await.status, 404, "{gone}");
    }
}
