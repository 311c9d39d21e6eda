//! The admin API. Every answer is held against the OpenAPI document.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Client, function, function_with, schema, start, start_with};

const FUNCTION: &str = "/api/v1/namespaces/default/functions/f";

#[tokio::test]
async fn info_health_and_metrics_tell_of_the_platform() {
    let running = start().await;
    let info = running.admin("GET", "/api/v1/info", "").await.json();
    assert_eq!(info["gateway"], format!("http://{}", running.server.listen_addr()));
    assert_eq!(info["admin"], format!("http://{}", running.server.admin_addr()));
    assert_eq!((&info["runtimes"], &info["functions"]), (&json!(["v8"]), &json!(0)));
    assert_eq!(info.get("engine"), None);
    running.deploy("f", "text Hello").await;
    let info = running.admin("GET", "/api/v1/info", "").await.json();
    assert_eq!((&info["engine"], &info["functions"]), (&json!("test engine 1"), &json!(1)));
    let health = running.admin("GET", "/api/v1/health", "").await;
    assert_eq!((health.status, &health.json()["status"]), (200, &json!("ok")));
    let metrics = running.admin("GET", "/api/v1/metrics", "").await.text();
    for name in [
        "avocet_functions 1",
        "avocet_functions_awake 1",
        "avocet_workers 1",
        "avocet_worker_restarts_total 0",
        "avocet_calls_in_flight 0",
        "avocet_log_lines_dropped_total 0",
    ] {
        assert!(metrics.lines().any(|line| line == name), "{name} in {metrics}");
    }
}

#[tokio::test]
async fn the_served_document_is_the_one_in_the_repository() {
    let running = start().await;
    let answer = running.admin("GET", "/api/v1/openapi.json", "").await;
    assert_eq!(answer.json(), *schema::DOCUMENT);
}

#[tokio::test]
async fn files_are_deployed_as_json_and_as_yaml() {
    let running = start().await;
    let request = json!({
        "namespace": "shop",
        "files": [
            { "path": "f.yaml", "text": function("f", "text one") },
            { "path": "x.bin", "base64": "AAEC" },
        ],
    });
    schema::valid(&json!({ "$ref": "#/components/schemas/ApplyRequest" }), &request);
    let answer = running.admin("POST", "/api/v1/apply?dryRun=true", &request.to_string()).await;
    assert_eq!((answer.status, &answer.json()["results"][0]["outcome"]), (200, &json!("created")));
    assert_eq!(running.get("/shop/f").await.status, 404);
    let answer = running.admin("POST", "/api/v1/apply", &request.to_string()).await;
    assert_eq!((answer.status, &answer.json()["results"][0]["namespace"]), (200, &json!("shop")));
    assert_eq!(running.get("/shop/f").await.text(), "one");
    let yaml = "content-type: application/yaml; charset=utf-8\r\n";
    let body = function("f", "text two");
    let target = "/api/v1/apply?namespace=shop";
    let answer = running.admin_with("POST", target, yaml, body.as_bytes()).await;
    assert_eq!(answer.json()["results"][0]["outcome"], "configured");
    let body = function("f", "broken");
    let answer = running.admin_with("POST", target, yaml, body.as_bytes()).await;
    assert_eq!(
        (answer.status, &answer.json()["diagnostics"][0]["severity"]),
        (422, &json!("error"))
    );
}

#[tokio::test]
async fn a_function_is_listed_read_and_deleted() {
    let running = start().await;
    running.apply(&function_with("f", "text one", "  timeout: 7\n")).await;
    running
        .apply(&function("a", "text two").replace("name: a", "name: a\n  namespace: shop"))
        .await;
    running.get("/default/f").await;
    let list = running.admin("GET", "/api/v1/functions", "").await.json();
    let names: Vec<_> = list["functions"].as_array().unwrap().iter().map(|f| &f["name"]).collect();
    assert_eq!(names, ["f", "a"]);
    let f = &list["functions"][0];
    assert_eq!((&f["calls"], &f["failures"], &f["state"]), (&json!(1), &json!(0), &json!("awake")));
    let list = running.admin("GET", "/api/v1/functions?namespace=shop", "").await.json();
    assert_eq!(list["functions"].as_array().unwrap().len(), 1);
    let namespaces = running.admin("GET", "/api/v1/namespaces", "").await.json();
    let expected = json!([{"name": "default", "functions": 1}, {"name": "shop", "functions": 1}]);
    assert_eq!(namespaces["namespaces"], expected);
    let read = running.admin("GET", FUNCTION, "").await.json();
    assert_eq!(read["definition"]["source"]["inline"]["source"], "text one\n");
    assert_eq!(
        (&read["limits"]["timeoutMs"], &read["entry"]),
        (&json!(7000), &json!("handler.js"))
    );
    assert_eq!(running.admin("DELETE", FUNCTION, "").await.status, 204);
    assert_eq!(running.get("/default/f").await.status, 404);
    for (method, path) in [("GET", ""), ("DELETE", ""), ("GET", "/state"), ("GET", "/revisions")] {
        let answer = running.admin(method, &format!("{FUNCTION}{path}"), "").await;
        assert_eq!(answer.status, 404, "{method} {path}");
        assert!(answer.text().contains("in namespace"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_function_goes_back_to_earlier_revisions() {
    let running = start().await;
    running.deploy("f", "text one").await;
    let rollback = format!("{FUNCTION}/rollback");
    assert_eq!(running.admin("POST", &rollback, "").await.status, 409);
    running.deploy("f", "text two").await;
    running.deploy("f", "text three").await;
    let report = running.admin("POST", &rollback, "").await.json();
    assert_eq!((&report["revision"], &report["previous"]), (&json!(2), &json!(3)));
    assert_eq!(running.get("/default/f").await.text(), "two");
    running.admin("POST", &rollback, "{\"revision\": 1}").await;
    assert_eq!(running.get("/default/f").await.text(), "one");
    let list = running.admin("GET", &format!("{FUNCTION}/revisions"), "").await.json();
    let list = list["revisions"].as_array().unwrap();
    let active: Vec<_> = list.iter().map(|r| (&r["revision"], &r["active"])).collect();
    let [no, yes] = [json!(false), json!(true)];
    assert_eq!(active, [(&json!(3), &no), (&json!(2), &no), (&json!(1), &yes)]);
    let third = running.admin("GET", &format!("{FUNCTION}/revisions/3"), "").await.json();
    assert_eq!(third["definition"]["source"]["inline"]["source"], "text three\n");
    for (body, status) in [("{\"revision\": 9}", 404), ("{\"revision\": \"x\"}", 400), ("{", 400)] {
        assert_eq!(running.admin("POST", &rollback, body).await.status, status, "{body}");
    }
    assert_eq!(running.admin("GET", &format!("{FUNCTION}/revisions/9"), "").await.status, 404);
    assert_eq!(running.admin("GET", &format!("{FUNCTION}/revisions/x"), "").await.status, 400);
    running.deploy("f", "text four").await;
    assert_eq!(running.get("/default/f").await.text(), "four");
}

#[tokio::test]
async fn a_function_sleeps_and_wakes() {
    let running = start().await;
    running.deploy("f", "text one").await;
    let state = running.admin("GET", &format!("{FUNCTION}/state"), "").await.json();
    assert_eq!((&state["state"], &state["inFlight"]), (&json!("awake"), &json!(0)));
    let state = running.admin("POST", &format!("{FUNCTION}/sleep"), "").await.json();
    assert_eq!(state["state"], "asleep");
    assert_eq!(running.get("/default/f").await.text(), "one");
    running.admin("POST", &format!("{FUNCTION}/sleep"), "").await;
    let state = running.admin("POST", &format!("{FUNCTION}/wake"), "").await.json();
    assert_eq!(state["state"], "awake");
}

#[tokio::test]
async fn log_lines_are_read_and_followed() {
    let running = start().await;
    running.deploy("f", "log Hello").await;
    running.deploy("g", "log Other").await;
    running.get("/default/f").await;
    running.get("/default/g").await;
    let logs = "/api/v1/logs?function=f&namespace=default";
    running.logged("Hello").await;
    let text = running.admin("GET", logs, "").await.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1, "{text}");
    assert_eq!((&lines[0]["text"], &lines[0]["stream"]), (&json!("Hello"), &json!("stdout")));
    assert_eq!(
        (&lines[0]["time"], &lines[0]["revision"]),
        (&json!("2026-01-31T12:00:00.000Z"), &json!(1))
    );
    assert!(lines[0]["invocation"].is_string());
    let mut follower = Client::connect(running.server.admin_addr()).await;
    let head = format!("GET {logs}&follow=true&tail=1 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    follower.send(head).await;
    let first = follower.answer("HEAD").await;
    assert_eq!(first.header("content-type"), Some("application/x-ndjson"));
    running.deploy("f", "log Again").await;
    running.get("/default/f").await;
    // Ending ends the follower too, after what was there.
    running.logged("Again").await;
    running.server.shutdown(Duration::from_secs(30)).await;
    let text = follower.closed().await;
    let [hello, again] = ["Hello", "Again"].map(|line| text.find(line));
    assert!(hello.is_some() && hello < again, "{text}");
}

#[tokio::test]
async fn parameters_that_do_not_parse_are_named() {
    let running = start().await;
    for query in ["since=yesterday", "tail=-1", "follow=perhaps", "level=loud"] {
        let answer = running.admin("GET", &format!("/api/v1/logs?{query}"), "").await;
        assert_eq!(answer.status, 400, "{query}");
        let name = query.split('=').next().unwrap();
        assert!(answer.text().contains(name), "{}", answer.text());
    }
    for since in ["10m", "2026-01-01T00:00:00Z"] {
        let answer = running.admin("GET", &format!("/api/v1/logs?since={since}"), "").await;
        assert_eq!(answer.status, 200, "{since}");
    }
}

#[tokio::test]
async fn bad_requests_have_a_problem_document() {
    let running = start_with(|options| options.gateway.body_time = Duration::from_millis(40)).await;
    assert_eq!(running.admin("GET", "/api/v1/nothing", "").await.status, 404);
    assert_eq!(running.admin("GET", "/", "").await.status, 404);
    let answer = running.admin("DELETE", "/api/v1/info", "").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
    assert_eq!(running.admin("POST", "/api/v1/apply", "{").await.status, 400);
    assert_eq!(running.admin("POST", "/api/v1/apply", "{\"file\": []}").await.status, 400);
    let text = "content-type: text/plain\r\n";
    assert_eq!(running.admin_with("POST", "/api/v1/apply", text, b"x").await.status, 415);
    assert_eq!(running.admin_with("POST", "/api/v1/apply", "", b"x").await.status, 415);
    let mut slow = Client::connect(running.server.admin_addr()).await;
    slow.send("POST /api/v1/apply HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n").await;
    let answer = slow.answer("POST").await;
    schema::check("POST", "/api/v1/apply", &answer);
    assert_eq!(answer.status, 408);
    let mut large = Client::connect(running.server.admin_addr()).await;
    large.send("POST /api/v1/apply HTTP/1.1\r\nhost: localhost\r\n").await;
    large.send("content-length: 99999999999\r\n\r\n").await;
    let answer = large.answer("POST").await;
    schema::check("POST", "/api/v1/apply", &answer);
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn a_browser_on_another_site_is_refused() {
    let running = start().await;
    for headers in [
        "host: evil.example\r\n",
        "host: localhost\r\norigin: http://evil.example\r\n",
        "host: localhost\r\nsec-fetch-site: cross-site\r\n",
    ] {
        let answer = running.admin_with("GET", "/api/v1/info", headers, b"").await;
        assert_eq!(answer.status, 403, "{headers}");
    }
    let own = "host: localhost\r\norigin: http://localhost\r\n";
    assert_eq!(running.admin_with("GET", "/api/v1/info", own, b"").await.status, 200);
}
