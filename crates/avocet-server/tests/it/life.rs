//! Deploying, replacing, going back, restarting.

use std::time::Duration;

use avocet_embedded::Options;
use avocet_server::api::{ApplyFile, ApplyOutcome, ApplyReport, ApplyRequest, Severity};

use crate::support::{apply, function, function_with, start, start_in, start_on};

fn outcomes(report: &ApplyReport) -> Vec<ApplyOutcome> {
    report.results.iter().map(|result| result.outcome).collect()
}

#[tokio::test]
async fn a_deploy_is_created_then_configured_then_unchanged() {
    let running = start().await;
    for (code, outcome, revision) in [
        ("text one", ApplyOutcome::Created, 1),
        ("text one", ApplyOutcome::Unchanged, 1),
        ("text two", ApplyOutcome::Configured, 2),
        ("text one", ApplyOutcome::Configured, 3),
    ] {
        let report = running.apply(&function("f", code)).await;
        assert_eq!(outcomes(&report), [outcome]);
        assert_eq!(report.results[0].revision, Some(revision));
        let url = format!("http://{}/default/f", running.server.listen_addr());
        assert_eq!(report.results[0].url.as_ref(), Some(&url));
        assert_eq!(running.get("/default/f").await.text(), code.trim_start_matches("text "));
    }
}

#[tokio::test]
async fn a_broken_source_is_refused_with_its_place_and_what_runs_goes_on() {
    let running = start().await;
    running.deploy("f", "text one").await;
    let set = function("new", "text new") + &function("f", "broken source");
    let report = running.apply(&set).await;
    assert_eq!(outcomes(&report), [ApplyOutcome::Skipped, ApplyOutcome::Refused]);
    let wrong = &report.diagnostics[0];
    assert_eq!(wrong.message, "SyntaxError: Unexpected identifier");
    let line = set.lines().position(|line| line.contains("broken")).unwrap() + 1;
    assert_eq!((wrong.file.as_deref(), wrong.line), (Some("functions.yaml"), Some(line as u32)));
    // Eight columns of indentation in the YAML, then the third of the code.
    assert_eq!((wrong.column, wrong.source_line.as_deref()), (Some(11), Some("broken source")));
    assert_eq!(wrong.path.as_deref(), Some("spec.source.inline.source"));
    assert_eq!(running.get("/default/f").await.text(), "one");
    assert_eq!(running.get("/default/new").await.status, 404);
}

#[tokio::test]
async fn what_is_right_of_a_set_is_deployed_where_that_is_asked_for() {
    let running = start().await;
    running.deploy("was", "text before").await;
    let missing = "  env:\n  - name: X\n    valueFrom: {configMapKeyRef: {name: none, key: x}}\n";
    let yaml = [
        function("was", "broken source"),
        function("good", "text good"),
        function_with("lost", "text lost", missing),
    ];
    let file =
        |path: &str, text: String| ApplyFile { path: path.into(), text: Some(text), base64: None };
    let request = ApplyRequest {
        namespace: "default".into(),
        files: vec![file("f.yaml", yaml.concat()), file("g.yaml", "kind: Function: [\n".into())],
        partial: true,
        dry_run: true,
        ..ApplyRequest::default()
    };
    let dry = running.server.apply(&request).await.unwrap();
    assert_eq!(running.get("/default/good").await.status, 404);
    let request = ApplyRequest { dry_run: false, ..request };
    let report = running.server.apply(&request).await.unwrap();
    let expected = [ApplyOutcome::Refused, ApplyOutcome::Created, ApplyOutcome::Refused];
    assert_eq!((outcomes(&dry), outcomes(&report)), (expected.to_vec(), expected.to_vec()));
    assert_eq!(report.diagnostics.len(), 3, "{report:#?}");
    assert_eq!(running.get("/default/good").await.text(), "good");
    assert_eq!(running.get("/default/was").await.text(), "before");
    assert_eq!(running.get("/default/lost").await.status, 404);
}

#[tokio::test]
async fn a_folder_is_deployed_with_its_files_and_errors_name_them() {
    let running = start().await;
    let file = |path: &str, text: &str| ApplyFile {
        path: path.into(),
        text: Some(text.into()),
        base64: None,
    };
    let yaml =
        function("f", "x").replace("    inline:\n      source: |\n        x\n", "    dir: .\n");
    let mut request = ApplyRequest {
        namespace: "shop".into(),
        files: vec![
            file("work/f/function.yaml", &yaml),
            file("work/f/handler.js", "text from a folder"),
            file("work/f/lib/other.js", "unused"),
            file("work/bare/handler.js", "text found by its file"),
        ],
        dry_run: true,
        ..ApplyRequest::default()
    };
    let dry = running.server.apply(&request).await.unwrap();
    assert_eq!(outcomes(&dry), [ApplyOutcome::Created, ApplyOutcome::Created], "{dry:?}");
    assert_eq!(running.get("/shop/f").await.status, 404);
    request.dry_run = false;
    running.server.apply(&request).await.unwrap();
    assert_eq!(running.get("/shop/f").await.text(), "from a folder");
    assert_eq!(running.get("/shop/bare").await.text(), "found by its file");
    request.files[1] = file("work/f/handler.js", "broken");
    let report = running.server.apply(&request).await.unwrap();
    let wrong = &report.diagnostics[0];
    assert_eq!((wrong.file.as_deref(), wrong.line), (Some("work/f/handler.js"), Some(1)));
    let package = file("work/bare/package.json", "{\"dependencies\": {\"left-pad\": \"1\"}}");
    request.files = vec![request.files.remove(3), package];
    let report = running.server.apply(&request).await.unwrap();
    let wrong = &report.diagnostics[0];
    assert_eq!(wrong.file.as_deref(), Some("work/bare/handler.js"), "{report:?}");
    assert!(wrong.message.contains("not available in this build"), "{report:?}");
}

#[tokio::test]
async fn what_is_wrong_is_said_with_its_field() {
    let running = start().await;
    let twice = function("f", "text one") + &function("f", "text two");
    for (yaml, path, said) in [
        (
            function("f", "x").replace("v8", "nodejs22"),
            "spec.runtime",
            "not available in this build",
        ),
        (function("f", "x").replace("v8", "cobol"), "spec.runtime", "cobol"),
        (function("F f", "x"), "metadata.name", "F f"),
        (function("f", "x").replace("  runtime: v8\n", ""), "spec.runtime", "runtime"),
        (twice, "metadata.name", "defined twice"),
        (
            function_with(
                "f",
                "x",
                "  env:\n  - name: A\n    valueFrom:\n      configMapKeyRef:\n        {name: m, key: k}\n",
            ),
            "spec.env",
            "needs ConfigMap `default/m`, which does not exist",
        ),
    ] {
        let report = running.apply(&yaml).await;
        let said = |d: &&avocet_server::api::Diagnostic| {
            d.severity == Severity::Error
                && d.message.contains(said)
                && d.path.as_deref() == Some(path)
                && d.line.is_some()
        };
        assert!(report.diagnostics.iter().any(|d| said(&d)), "{path}: {report:#?}");
        assert_eq!(running.get("/default/f").await.status, 404);
    }
    let report = running.apply(&function("f", "x").replace("v8", "nodejs22")).await;
    let unavailable = report.diagnostics.iter().find(|d| d.message.contains("not available"));
    let unavailable = unavailable.unwrap();
    assert_eq!((unavailable.line, unavailable.column), (Some(6), Some(12)), "{report:#?}");
    let nothing = running.server.apply(&ApplyRequest::default()).await.unwrap();
    assert!(nothing.is_refused() && nothing.results.is_empty(), "{nothing:?}");
}

#[tokio::test]
async fn a_replaced_revision_finishes_its_calls() {
    let running = start().await;
    running.deploy("f", "hold").await;
    running.deploy("release", "release").await;
    let mut old = running.connect().await;
    old.send("GET /default/f HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let state = "/api/v1/namespaces/default/functions/f/state";
    while running.admin("GET", state, "").await.json()["inFlight"] == 0 {}
    running.deploy("f", "text new").await;
    assert_eq!(running.get("/default/f").await.text(), "new");
    running.get("/default/release").await;
    assert_eq!(old.answer("GET").await.text(), "released");
}

#[tokio::test]
async fn deploys_of_one_function_happen_one_after_the_other() {
    let running = start().await;
    let codes = ["text a", "text b", "text c"].map(|code| function("f", code));
    let (a, b, c) =
        tokio::join!(running.apply(&codes[0]), running.apply(&codes[1]), running.apply(&codes[2]));
    let mut revisions: Vec<_> = [a, b, c].iter().map(|r| r.results[0].revision.unwrap()).collect();
    revisions.sort_unstable();
    assert_eq!(revisions, [1, 2, 3]);
}

#[tokio::test]
async fn a_change_goes_to_its_end_when_nobody_waits_for_it() {
    let running = start().await;
    running.deploy("f", "text one").await;
    let two = function("f", "text two");
    tokio::select! {
        biased;
        _ = running.apply(&two) => {}
        () = std::future::ready(()) => {}
    }
    let state = "/api/v1/namespaces/default/functions/f";
    while running.admin("GET", state, "").await.json()["revision"] != 2 {}
    assert_eq!(running.get("/default/f").await.text(), "two");
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = start_in(folder.path(), |_| {}).await;
    apply(&first, &(function("f", "text one") + &function("g", "text two"))).await;
    apply(&first, &function("f", "text three")).await;
    first.shutdown(Duration::from_secs(5)).await;
    let again = start_in(folder.path(), |_| {}).await;
    let get = |target| crate::support::http::request(again.listen_addr(), "GET", target, "", b"");
    assert_eq!(get("/default/f").await.text(), "three");
    assert_eq!(get("/default/g").await.text(), "two");
    let report = apply(&again, &function("f", "text three")).await;
    assert_eq!(outcomes(&report), [ApplyOutcome::Unchanged]);
}

#[tokio::test]
async fn a_function_that_stays_awake_needs_no_call_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let kept = function_with("kept", "text one", "  scaleConfig:\n    minReplicas: 1\n");
    let first = start_in(folder.path(), |_| {}).await;
    apply(&first, &(kept + &function("other", "text two"))).await;
    first.shutdown(Duration::from_secs(5)).await;
    let again = start_in(folder.path(), |_| {}).await;
    let state = async |name: &str| {
        let target = format!("/api/v1/namespaces/default/functions/{name}/state");
        let address = again.admin_addr();
        let answer = crate::support::http::request(address, "GET", &target, "", b"").await;
        answer.json()["state"].as_str().unwrap().to_owned()
    };
    let awake = async { while state("kept").await != "awake" {} };
    tokio::time::timeout(Duration::from_secs(30), awake).await.expect("it is loaded");
    assert_eq!(state("other").await, "asleep");
}

#[tokio::test]
async fn calls_wait_for_their_function_to_load_but_not_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let first = start_in(folder.path(), |_| {}).await;
    apply(&first, &function("f", "text one")).await;
    first.shutdown(Duration::from_secs(5)).await;
    // From now on its worker never says that it is loaded.
    let again = start_in(folder.path(), |options| {
        options.v8.launch = options.v8.launch.clone().env("SILENT", "1");
        options.v8.load_timeout = Duration::from_millis(50);
    })
    .await;
    let get = || crate::support::http::request(again.listen_addr(), "GET", "/default/f", "", b"");
    let (one, other) = tokio::join!(get(), get());
    for answer in [one, other, get().await] {
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
        assert!(answer.text().contains("did not load within"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_full_disk_leaves_the_old_revision_serving() {
    let running = start_on(Options { registry_bytes: Some(1 << 20), ..Options::default() }).await;
    running.deploy("f", "text one").await;
    let large = format!("text two {}", "x".repeat(2 << 20));
    let body =
        serde_json::json!({ "files": [{ "path": "f.yaml", "text": function("f", &large) }] });
    let answer = running.admin("POST", "/api/v1/apply", &body.to_string()).await;
    assert_eq!(answer.status, 507);
    assert!(answer.text().contains("no space left"), "{}", answer.text());
    assert_eq!(running.get("/default/f").await.text(), "one");
    running.deploy("f", "text three").await;
    assert_eq!(running.get("/default/f").await.text(), "three");
}

#[tokio::test]
async fn the_environment_comes_from_maps_and_secrets_and_follows_them() {
    let running = start().await;
    let map = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {{k: {value}}}\n---\n"
        )
    };
    let from = "  env:\n  - name: A\n    valueFrom:\n      configMapKeyRef: {name: m, key: k}\n";
    let report = running.apply(&(map("one") + &function_with("f", "env A", from))).await;
    assert!(!report.is_refused(), "{report:?}");
    assert_eq!(running.get("/default/f").await.text(), "one");
    running.apply(&map("two")).await;
    assert_eq!(running.get("/default/f").await.text(), "two");
    running.deploy("name", "env FUNC_NAME").await;
    assert_eq!(running.get("/default/name").await.text(), "name");
    let gone = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {other: x}\n";
    let report = running.apply(gone).await;
    assert!(report.diagnostics[0].message.contains("goes on with the values"), "{report:?}");
    assert_eq!(running.get("/default/f").await.text(), "two");
}

#[tokio::test]
async fn values_are_followed_when_a_map_is_made_again() {
    let running = start().await;
    let map = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {{k: {value}}}\n---\n"
        )
    };
    let from = "  env:\n  - name: A\n    valueFrom:\n      configMapKeyRef: {name: m, key: k}\n";
    running.apply(&(map("one") + &function_with("f", "env A", from))).await;
    let target = "/api/v1/namespaces/default/objects/ConfigMap/m";
    assert_eq!(running.admin("DELETE", target, "").await.status, 204);
    assert_eq!(running.get("/default/f").await.text(), "one");
    running.apply(&map("two")).await;
    assert_eq!(running.get("/default/f").await.text(), "two");
}

#[tokio::test]
async fn shutting_down_finishes_calls_and_closes_idle_connections() {
    let running = start().await;
    running.deploy("f", "hold").await;
    running.deploy("release", "release").await;
    let mut idle = running.connect().await;
    idle.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    idle.answer("GET").await;
    let mut busy = running.connect().await;
    busy.send("GET /default/f HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let state = "/api/v1/namespaces/default/functions/f/state";
    while running.admin("GET", state, "").await.json()["inFlight"] == 0 {}
    let mut release = running.connect().await;
    // A head without its end: the connection is not idle, so it stays open while the server ends.
    release.send("GET /default/release HTTP/1.1\r\nhost: x\r\n").await;
    let address = running.server.listen_addr();
    let ending = tokio::spawn(running.server.shutdown(Duration::from_secs(30)));
    idle.closed().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    release.send("\r\n").await;
    let answer = busy.answer("GET").await;
    assert_eq!((answer.text().as_str(), answer.header("connection")), ("released", Some("close")));
    ending.await.unwrap();
}

#[tokio::test]
async fn who_keeps_a_connection_is_answered_once_more_and_told_that_it_ends() {
    let running = start().await;
    running.deploy("f", "text Hello").await;
    let mut kept = Vec::new();
    for _ in 0..20 {
        let mut client = running.connect().await;
        client.send("GET /default/f HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert_eq!(client.answer("GET").await.header("connection"), None);
        kept.push(client);
    }
    let address = running.server.listen_addr();
    let ending = tokio::spawn(running.server.shutdown(Duration::from_secs(30)));
    while tokio::net::TcpStream::connect(address).await.is_ok() {}
    for mut client in kept {
        client.send("GET /default/f HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let answer = client.answer("GET").await;
        assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
        client.closed().await;
    }
    ending.await.unwrap();
}

#[tokio::test]
async fn calls_that_outlive_the_grace_are_ended() {
    let running = start().await;
    running.deploy("f", "hold").await;
    let mut busy = running.connect().await;
    busy.send("GET /default/f HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let state = "/api/v1/namespaces/default/functions/f/state";
    while running.admin("GET", state, "").await.json()["inFlight"] == 0 {}
    running.server.shutdown(Duration::ZERO).await;
    busy.closed().await;
}
