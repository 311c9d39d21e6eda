//! Functions that are called at times, by a clock that the tests set.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use avocet_backplane::Event;
use avocet_embedded::{Embedded, Options};
use avocet_server::{Clock, RunningServer};
use serde_json::{Value, json};

use crate::support::{Running, apply, function_with, start, start_in, until};

/// 2027-01-01T00:00:00Z: after everything that is deployed by the system's clock.
const NEW_YEAR: i64 = 1_798_761_600_000;
const MINUTE: i64 = 60_000;

/// A clock that goes on from `start_ms`, and that can be moved.
fn clock(start_ms: i64) -> (Clock, Arc<AtomicI64>) {
    let (begun, offset) = (Instant::now(), Arc::new(AtomicI64::new(start_ms)));
    let moved = offset.clone();
    let now = move || moved.load(SeqCst) + begun.elapsed().as_millis() as i64;
    (Clock::new(now), offset)
}

/// A function that is called by a schedule, and says so.
fn scheduled(schedule: &str, more: &str) -> String {
    let cron = format!("  triggers:\n    cron: [{{ schedule: \"{schedule}\"{more} }}]\n");
    function_with("report", "log report ran", &cron)
}

/// Moves the clock, and makes the server look at it by a change.
async fn jump(running: &Running, offset: &AtomicI64, by_ms: i64) {
    let now = offset.fetch_add(by_ms, SeqCst) + by_ms;
    deploy(&running.server, &function_with("other", &format!("text {now}"), "")).await;
}

async fn deploy(server: &RunningServer, yaml: &str) {
    let report = apply(server, yaml).await;
    assert!(!report.is_refused(), "{report:?}");
}

/// The events that a server has left in its folder.
async fn events(folder: &Path) -> Vec<Event> {
    let store = Embedded::open(folder.join("data"), Options::default()).unwrap();
    store.backplane().events.read(0, 100).await.unwrap().events
}

fn times(events: &[Event]) -> Vec<String> {
    let time = |event: &Event| {
        let attributes: Value = event.attributes.to().unwrap();
        attributes["time"].as_str().unwrap().to_owned()
    };
    events.iter().map(time).collect()
}

#[tokio::test]
async fn a_function_is_called_at_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, offset) = clock(NEW_YEAR - 60 * MINUTE);
    let server = start_in(folder.path(), |options| options.clock = clock).await;
    deploy(&server, &scheduled("0 0 1 1 *", ", data: { n: 1 }")).await;
    let running = Running::of(server, folder);
    jump(&running, &offset, 60 * MINUTE).await;
    let line = running.logged("report ran").await;
    assert!(line.call.is_some(), "it is an invocation: {line:?}");

    let listed = running.admin("GET", "/api/v1/schedules", "").await.json();
    let expected = json!({
        "namespace": "default", "function": "report", "number": 1, "schedule": "0 0 1 1 *",
        "timeZone": "UTC", "catchUp": "last", "next": "2028-01-01T00:00:00Z",
    });
    assert_eq!(listed["schedules"], json!([expected]));
    let own = "/api/v1/namespaces/default/subscriptions/report:cron";
    let own = running.admin("GET", own, "").await.json();
    assert_eq!(own["sink"], "default/report");
}

#[tokio::test]
async fn the_run_is_an_event_of_its_own_id_for_the_function_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, offset) = clock(NEW_YEAR - 60 * MINUTE);
    let server = start_in(folder.path(), |options| options.clock = clock).await;
    let all =
        function_with("all", "log all ran", "  triggers:\n    events: [{ types: [\"*\"] }]\n");
    let yaml = scheduled("0 0 1 1 *", ", data: { n: 1 }") + &all;
    deploy(&server, &yaml).await;
    let running = Running::of(server, folder);
    jump(&running, &offset, 60 * MINUTE).await;
    running.logged("report ran").await;
    // What the other one gets is after what it does not get.
    let event = "ce-specversion: 1.0\r\nce-id: 1\r\nce-source: /s\r\nce-type: t\r\n";
    assert_eq!(running.call("POST", "/publish", event, b"").await.status, 204);
    running.logged("all ran").await;
    let all = running.admin("GET", "/api/v1/namespaces/default/subscriptions/all:0", "").await;
    assert_eq!(all.json()["delivered"], 1);
    let folder = running.stop_and_keep().await;

    let events = events(folder.path()).await;
    let event = &events[0];
    let attributes: Value = event.attributes.to().unwrap();
    assert_eq!(attributes["id"].as_str().unwrap().split('.').next(), Some("2027-01-01T00:00:00Z"));
    assert_eq!(attributes["source"], "/default/report/cron");
    assert_eq!(attributes["type"], "_avocet.cron");
    assert_eq!(attributes["subject"], "0 0 1 1 *");
    assert_eq!(attributes["datacontenttype"], "application/json");
    assert_eq!(event.data, "{\"n\":1}");
}

#[tokio::test]
async fn what_was_missed_is_made_up_for_once_as_asked() {
    for (catch_up, expected) in [
        ("none", &[][..]),
        ("last", &["2027-01-01T00:03:00Z"]),
        ("all", &["2027-01-01T00:01:00Z", "2027-01-01T00:02:00Z", "2027-01-01T00:03:00Z"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let start = async |start_ms: i64| {
            let (clock, _) = clock(start_ms);
            start_in(folder.path(), |options| options.clock = clock).await
        };
        let server = start(NEW_YEAR).await;
        // Nothing of it lies between the system's clock, by which it is deployed, and this one.
        let yaml = scheduled("1-59 0 1 1 *", &format!(", catchUp: {catch_up}"));
        deploy(&server, &yaml).await;
        server.shutdown(Duration::from_secs(30)).await;
        // The second time there is nothing left to make up for.
        for _ in 0..2 {
            let server = start(NEW_YEAR + 3 * MINUTE + 5000).await;
            let running = Running::of(server, tempfile::tempdir().unwrap());
            let path = "/api/v1/namespaces/default/functions/report/run-cron";
            assert_eq!(running.admin("POST", path, "").await.status, 200);
            running.logged("report ran").await;
            running.stop().await;
        }
        let events = events(folder.path()).await;
        let made_up: Vec<String> =
            times(&events).into_iter().filter(|time| time.ends_with(":00Z")).collect();
        assert_eq!(made_up, expected, "{catch_up}");
        assert_eq!(events.len(), expected.len() + 2, "and two by hand");
    }
}

#[tokio::test]
async fn a_clock_that_goes_back_an_hour_calls_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, offset) = clock(NEW_YEAR - 30 * MINUTE);
    let server = start_in(folder.path(), |options| options.clock = clock).await;
    deploy(&server, &scheduled("0 * * * *", "")).await;
    let running = Running::of(server, folder);
    jump(&running, &offset, 30 * MINUTE).await;
    running.logged("report ran").await;
    jump(&running, &offset, -60 * MINUTE).await;
    let next = || async {
        running.admin("GET", "/api/v1/schedules", "").await.json()["schedules"][0]["next"].clone()
    };
    assert_eq!(next().await, "2027-01-01T01:00:00Z");
    let folder = running.stop_and_keep().await;
    assert_eq!(times(&events(folder.path()).await), ["2027-01-01T00:00:00Z"]);
}

#[tokio::test]
async fn a_schedule_is_run_by_hand() {
    let running = start().await;
    let two = "  triggers:\n    cron: [{ schedule: \"@yearly\" }, { schedule: \"@monthly\" }]\n";
    let yaml = scheduled("@yearly", "")
        + &function_with("two", "log two ran", two)
        + &function_with("none", "log none ran", "");
    deploy(&running.server, &yaml).await;
    let run = async |name: &str, body: &str| {
        let path = format!("/api/v1/namespaces/default/functions/{name}/run-cron");
        running.admin("POST", &path, body).await
    };
    let answer = run("report", "").await;
    assert_eq!((answer.status, &answer.json()["source"]), (200, &json!("/default/report/cron")));
    running.logged("report ran").await;
    let answer = run("two", "").await;
    assert_eq!(answer.status, 409);
    assert!(
        answer.text().contains("1 is \\\"@yearly\\\", 2 is \\\"@monthly\\\""),
        "{}",
        answer.text()
    );
    assert_eq!(run("two", "{\"number\": 2}").await.status, 200);
    running.logged("two ran").await;
    for (name, body) in [("two", "{\"number\": 3}"), ("none", ""), ("missing", "")] {
        assert_eq!(run(name, body).await.status, 404, "{name}");
    }
}

#[tokio::test]
async fn schedules_follow_what_is_deployed() {
    let running = start().await;
    let list = async || {
        let listed = running.admin("GET", "/api/v1/schedules?namespace=default", "").await.json();
        let schedules = listed["schedules"].as_array().unwrap().clone();
        schedules.iter().map(|own| own["schedule"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list().await, [] as [String; 0]);
    deploy(&running.server, &scheduled("@yearly", "")).await;
    until(async || list().await == ["@yearly"]).await;
    deploy(&running.server, &scheduled("@monthly", "")).await;
    until(async || list().await == ["@monthly"]).await;
    let gone = running.admin("DELETE", "/api/v1/namespaces/default/functions/report", "").await;
    assert_eq!(gone.status, 204);
    until(async || list().await.is_empty()).await;
}
