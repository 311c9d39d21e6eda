//! Calls of functions that are being deployed for the first time.

use std::sync::Arc;
use std::time::Duration;

use avocet_server::api::{ApplyFile, ApplyOutcome, ApplyReport, ApplyRequest};
use avocet_server::{ArrivalOptions, ServerOptions};
use tokio::task::JoinHandle;

use crate::support::{Client, Running, function, function_with, start_with, until};

/// No test waits so long.
const LONG: Duration = Duration::from_secs(3600);

/// A server where calls wait as long as they have to, with functions that open gates.
async fn start(change: impl FnOnce(&mut ArrivalOptions)) -> Arc<Running> {
    let running = start_with(|options| {
        options.gateway.arrivals.wait = LONG;
        change(&mut options.gateway.arrivals);
    });
    let running = Arc::new(running.await);
    running.deploy("open", "open one").await;
    running.deploy("open-two", "open two").await;
    running
}

/// Begins a deploy; it has said what it brings once `name` can be asked for its health.
async fn begin(
    running: &Arc<Running>,
    yaml: String,
    partial: bool,
    name: &str,
) -> JoinHandle<ApplyReport> {
    let deploying = tokio::spawn({
        let running = running.clone();
        let files = vec![ApplyFile { path: "f.yaml".into(), text: Some(yaml), base64: None }];
        let namespace = "default".into();
        let request = ApplyRequest { namespace, files, partial, ..ApplyRequest::default() };
        async move { running.server.apply(&request).await.unwrap() }
    });
    until(async || running.get(&format!("/default/{name}/healthz")).await.status == 503).await;
    deploying
}

/// Opens the gates until the deploy is over.
async fn finish(running: &Running, deploying: JoinHandle<ApplyReport>) -> ApplyReport {
    until(async || {
        running.get("/default/open").await;
        running.get("/default/open-two").await;
        deploying.is_finished()
    })
    .await;
    deploying.await.unwrap()
}

/// Waits until so many calls wait.
async fn waiting(running: &Running, count: usize) {
    let line = waiting_line(count);
    until(async || running.get("/metrics").await.text().contains(&line)).await;
}

fn waiting_line(count: usize) -> String {
    format!("\navocet_calls_before_deploy {count}\n")
}

/// Begins a call, which has not been answered when this returns.
async fn call(running: &Running, target: &str) -> Client {
    let mut client = running.connect().await;
    let length = "content-length: 4";
    client.send(format!("POST {target} HTTP/1.1\r\nhost: x\r\n{length}\r\n\r\nbody")).await;
    client
}

fn outcomes(report: &ApplyReport) -> Vec<ApplyOutcome> {
    report.results.iter().map(|result| result.outcome).collect()
}

#[tokio::test]
async fn calls_wait_for_the_first_deploy_and_go_on_in_their_order() {
    let running = start(|_| {}).await;
    let deploying = begin(&running, function("f", "gated one count"), false, "f").await;
    let mut calls = Vec::new();
    for before in 0..3 {
        waiting(&running, before).await;
        calls.push(call(&running, "/default/f/path").await);
    }
    waiting(&running, 3).await;
    let report = finish(&running, deploying).await;
    for (mut call, number) in calls.into_iter().zip(1..) {
        let answer = call.answer("POST").await;
        assert_eq!((answer.status, answer.text()), (200, format!("{number}")));
    }
    assert_eq!(outcomes(&report), [ApplyOutcome::Created]);
    assert_eq!(running.get("/default/f/healthz").await.status, 200);
    waiting(&running, 0).await;
    assert_eq!(running.get("/default/f").await.text(), "4");
    let state = running.admin("GET", "/api/v1/namespaces/default/functions/f", "").await.json();
    assert_eq!(state["calls"], 4, "{state}");
}

#[tokio::test]
async fn a_rule_of_the_same_deploy_leads_to_what_is_coming() {
    let running = start(|_| {}).await;
    let rule = "apiVersion: gateway.kyma-project.io/v2\nkind: APIRule\nmetadata: {name: shop}\n\
                spec:\n  hosts: [shop.example.org]\n  service: {name: f, port: 80}\n  rules:\n  \
                - {path: /in/*, methods: [GET], noAuth: true}\n";
    let yaml = function("f", "gated one text there") + rule;
    let deploying = begin(&running, yaml, false, "f").await;
    let mut inside = running.connect().await;
    inside.send("GET /in/x HTTP/1.1\r\nhost: shop.example.org\r\n\r\n").await;
    waiting(&running, 1).await;
    let outside = running.call("GET", "/out", "host: shop.example.org\r\n", b"").await;
    assert_eq!(outside.status, 404);
    finish(&running, deploying).await;
    assert_eq!(inside.answer("GET").await.text(), "there");
}

#[tokio::test]
async fn a_rule_is_not_in_force_before_its_deploy_is() {
    let running = start(|_| {}).await;
    running.deploy("g", "text g").await;
    let rule = |path: &str| {
        format!(
            "apiVersion: gateway.kyma-project.io/v2\nkind: APIRule\nmetadata: {{name: shop}}\n\
             spec:\n  hosts: [shop.example.org]\n  service: {{name: g, port: 80}}\n  rules:\n  \
             - {{path: {path}, methods: [GET], noAuth: true}}\n"
        )
    };
    running.apply(&rule("/old")).await;
    let yaml = function("f", "gated one text f") + &rule("/new");
    let deploying = begin(&running, yaml, false, "f").await;
    let host = "host: shop.example.org\r\n";
    assert_eq!(running.call("GET", "/old", host, b"").await.text(), "g");
    assert_eq!(running.call("GET", "/new", host, b"").await.status, 404);
    finish(&running, deploying).await;
    assert_eq!(running.call("GET", "/old", host, b"").await.status, 404);
    assert_eq!(running.call("GET", "/new", host, b"").await.text(), "g");
}

#[tokio::test]
async fn what_no_deploy_brings_is_404_at_once_and_limits_hold_while_one_runs() {
    let running = start(|_| {}).await;
    let yaml = function_with("f", "gated one text", "  bodyLimit: 1Ki\n");
    let deploying = begin(&running, yaml, false, "f").await;
    for target in ["/default/other", "/shop/f", "/f", "/"] {
        assert_eq!(running.get(target).await.status, 404, "{target}");
    }
    assert_eq!(running.call("POST", "/default/f", "", &[b'x'; 2048]).await.status, 413);
    assert_eq!(running.call("OPTIONS", "/default/f", "", b"").await.status, 200);
    finish(&running, deploying).await;
}

#[tokio::test]
async fn a_dry_run_brings_nothing() {
    let running = start(|_| {}).await;
    let gated = function("f", "gated one text f");
    let body = serde_json::json!({ "files": [{ "path": "f.yaml", "text": gated }] }).to_string();
    let dry = running.admin("POST", "/api/v1/apply?dryRun=true", &body);
    tokio::pin!(dry);
    let answer = loop {
        let looked = async {
            assert_eq!(running.get("/default/f").await.status, 404);
            running.get("/default/open").await;
        };
        tokio::select! {
            answer = &mut dry => break answer,
            () = looked => {}
        }
    };
    assert_eq!(answer.json()["results"][0]["outcome"], "created");
}

#[tokio::test]
async fn a_deploy_that_fails_ends_the_waiting_at_once() {
    let running = start(|_| {}).await;
    let codes = [("first", "gated one text"), ("f", "broken"), ("last", "gated two text last")];
    let yaml: String = codes.map(|(name, code)| function(name, code)).concat();
    for partial in [false, true] {
        let deploying = begin(&running, yaml.clone(), partial, "last").await;
        let mut f = call(&running, "/default/f").await;
        let mut last = call(&running, "/default/last").await;
        waiting(&running, 2).await;
        // What was found wrong ends the waiting while another function still loads: for the whole
        // set, or for itself alone where the rest is deployed.
        let left = if partial { 1 } else { 0 };
        let line = waiting_line(left);
        until(async || {
            running.get("/default/open").await;
            running.get("/metrics").await.text().contains(&line)
        })
        .await;
        assert!(!deploying.is_finished());
        assert_eq!(f.answer("POST").await.status, 404);
        if !partial {
            assert_eq!(last.answer("POST").await.status, 404);
        }
        let report = finish(&running, deploying).await;
        if partial {
            assert_eq!(last.answer("POST").await.text(), "last");
        }
        assert_eq!(report.results[1].outcome, ApplyOutcome::Refused);
    }
}

#[tokio::test]
async fn calls_do_not_wait_for_ever() {
    for (wait, spec) in [(Duration::from_millis(20), ""), (LONG, "  timeout: 20ms\n")] {
        let running = start(|options| options.wait = wait).await;
        let yaml = function_with("f", "gated one text f", spec);
        let deploying = begin(&running, yaml, false, "f").await;
        let answer = call(&running, "/default/f").await.answer("POST").await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
        assert_eq!(answer.text(), "the function default/f is being deployed; try again");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        finish(&running, deploying).await;
        assert_eq!(running.get("/default/f").await.text(), "f");
    }
}

#[tokio::test]
async fn few_calls_wait_and_who_goes_away_gives_the_place_back() {
    let set = function("f", "gated one text f") + &function("g", "gated one text g");
    for (of_one, of_all, other) in [(1, 9, "/default/f"), (9, 1, "/default/g")] {
        let running = start(|options| {
            options.calls = of_one;
            options.calls_of_all = of_all;
        })
        .await;
        let deploying = begin(&running, set.clone(), false, "f").await;
        let first = call(&running, "/default/f").await;
        waiting(&running, 1).await;
        let answer = running.get(other).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
        assert!(answer.text().contains("too many calls wait"), "{}", answer.text());
        drop(first);
        waiting(&running, 0).await;
        let mut second = call(&running, other).await;
        waiting(&running, 1).await;
        finish(&running, deploying).await;
        assert_eq!(second.answer("POST").await.status, 200);
    }
}

fn starting(options: &mut ServerOptions) {
    options.starting = true;
    options.gateway.arrivals.wait = LONG;
}

#[tokio::test]
async fn at_the_start_calls_wait_until_the_first_deploy_says_what_it_brings() {
    let running = start_with(starting).await;
    assert_eq!(running.get("/healthz").await.status, 503);
    let mut coming = call(&running, "/default/f").await;
    let mut never = call(&running, "/default/none").await;
    waiting(&running, 2).await;
    running.deploy("f", "text f").await;
    assert_eq!(coming.answer("POST").await.text(), "f");
    assert_eq!(never.answer("POST").await.status, 404);
    assert_eq!(running.get("/default/none").await.status, 404);
}

#[tokio::test]
async fn at_the_start_calls_wait_no_longer_than_until_it_is_over_or_their_time_is() {
    let running = start_with(starting).await;
    let mut nothing = call(&running, "/default/f").await;
    waiting(&running, 1).await;
    running.server.ready();
    assert_eq!(nothing.answer("POST").await.status, 404);

    let running = start_with(|options| {
        starting(options);
        options.gateway.arrivals.wait = Duration::from_millis(20);
    })
    .await;
    for target in ["/default/f", "/default/f/more?a=b", "/f"] {
        let answer = running.call("POST", target, "", b"x").await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{target}");
        assert_eq!(answer.text(), "the functions are being deployed; try again");
    }
}
