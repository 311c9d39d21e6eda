//! Two servers on one registry: what is changed through one is so on the other.

use avocet_server::api::ApplyOutcome;

use crate::support::{Running, function, function_with, start_two, until};

/// Asks `running` until its answer is `text`.
async fn answers(running: &Running, target: &str, text: &str) {
    until(async || running.get(target).await.text() == text).await;
}

#[tokio::test]
async fn a_deploy_through_one_is_callable_through_the_other_and_a_delete_ends_it() {
    let [one, other] = start_two().await;
    one.deploy("f", "text one").await;
    assert_eq!(one.get("/default/f").await.text(), "one");
    answers(&other, "/default/f", "one").await;
    other.deploy("f", "text two").await;
    assert_eq!(other.get("/default/f").await.text(), "two");
    answers(&one, "/default/f", "two").await;
    let back = "/api/v1/namespaces/default/functions/f/rollback";
    assert_eq!(one.admin("POST", back, "").await.json()["revision"], 1);
    assert_eq!(one.get("/default/f").await.text(), "one");
    answers(&other, "/default/f", "one").await;
    let gone = other.admin("DELETE", "/api/v1/namespaces/default/functions/f", "").await;
    assert_eq!(gone.status, 204);
    assert_eq!(other.get("/default/f").await.status, 404);
    until(async || one.get("/default/f").await.status == 404).await;
    // It begins at revision 1 again, with other code.
    other.deploy("f", "text three").await;
    answers(&one, "/default/f", "three").await;
}

#[tokio::test]
async fn a_replaced_revision_finishes_its_calls_when_another_server_replaces_it() {
    let [one, other] = start_two().await;
    one.deploy("f", "hold").await;
    one.deploy("release", "release").await;
    let mut old = one.connect().await;
    old.send("GET /default/f HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let state = "/api/v1/namespaces/default/functions/f/state";
    until(async || one.admin("GET", state, "").await.json()["inFlight"] == 1).await;
    other.deploy("f", "text new").await;
    let function = "/api/v1/namespaces/default/functions/f";
    until(async || one.admin("GET", function, "").await.json()["revision"] == 2).await;
    assert_eq!(one.get("/default/f").await.text(), "new");
    one.get("/default/release").await;
    assert_eq!(old.answer("GET").await.text(), "released");
}

#[tokio::test]
async fn a_rule_of_one_leads_to_the_function_on_the_other_until_it_is_deleted() {
    let [one, other] = start_two().await;
    let rule = "apiVersion: gateway.kyma-project.io/v2\nkind: APIRule\nmetadata: {name: shop}\n\
                spec:\n  hosts: [shop.example.org]\n  service: {name: f, port: 80}\n  rules:\n  \
                - {path: /in/*, methods: [GET], noAuth: true}\n";
    one.apply(&(function("f", "text there") + rule)).await;
    let host = "host: shop.example.org\r\n";
    until(async || other.call("GET", "/in/x", host, b"").await.status == 200).await;
    let target = "/api/v1/namespaces/default/objects/APIRule/shop";
    assert_eq!(one.admin("DELETE", target, "").await.status, 204);
    until(async || other.call("GET", "/in/x", host, b"").await.status == 404).await;
}

#[tokio::test]
async fn a_function_follows_the_map_that_another_server_changes() {
    let [one, other] = start_two().await;
    let map = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {{k: {value}}}\n---\n"
        )
    };
    let from = "  env:\n  - name: A\n    valueFrom:\n      configMapKeyRef: {name: m, key: k}\n";
    one.apply(&(map("one") + &function_with("f", "env A", from))).await;
    answers(&other, "/default/f", "one").await;
    one.apply(&map("two")).await;
    assert_eq!(one.get("/default/f").await.text(), "two");
    answers(&other, "/default/f", "two").await;
}

#[tokio::test]
async fn a_deploy_that_another_one_overtakes_comes_after_it() {
    let [one, other] = start_two().await;
    one.deploy("open", "open one").await;
    let slow = function("f", "gated one text slow");
    let slow = one.apply(&slow);
    tokio::pin!(slow);
    let begun = until(async || one.get("/default/f/healthz").await.status == 503);
    tokio::select! {
        _ = &mut slow => panic!("it loads before its gate is open"),
        () = begun => {}
    }
    other.deploy("f", "text fast").await;
    // Nobody waits any longer for what is there.
    tokio::select! {
        _ = &mut slow => panic!("it loads before its gate is open"),
        () = answers(&one, "/default/f", "fast") => {}
    }
    let report = loop {
        tokio::select! {
            report = &mut slow => break report,
            _ = one.get("/default/open") => {}
        }
    };
    let result = &report.results[0];
    assert_eq!((result.outcome, result.revision), (ApplyOutcome::Configured, Some(2)));
    assert_eq!(one.get("/default/f").await.text(), "slow");
}

#[tokio::test]
async fn a_revision_has_the_number_that_the_registry_gives_it() {
    let [one, other] = start_two().await;
    one.deploy("open", "open one").await;
    one.deploy("gates", "gates").await;
    one.deploy("f", "text one").await;
    let slow = function("f", "gated one log numbered");
    let slow = one.apply(&slow);
    tokio::pin!(slow);
    // It is being loaded as revision 2, which comes and goes meanwhile.
    let loading = until(async || one.get("/default/gates").await.text() == "1");
    tokio::select! {
        _ = &mut slow => panic!("it loads before its gate is open"),
        () = loading => {}
    }
    other.deploy("f", "text two").await;
    let back = "/api/v1/namespaces/default/functions/f/rollback";
    assert_eq!(other.admin("POST", back, "").await.json()["revision"], 1);
    let report = loop {
        tokio::select! {
            report = &mut slow => break report,
            _ = one.get("/default/open") => {}
        }
    };
    assert_eq!(report.results[0].revision, Some(3), "{report:?}");
    one.get("/default/f").await;
    assert_eq!(one.logged("numbered").await.revision, 3);
}
