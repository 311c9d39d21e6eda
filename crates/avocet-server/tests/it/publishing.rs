//! `POST /publish`: what is accepted, and what is answered.

use avocet_backplane::{Backplane, Event, wait};
use avocet_embedded::{Embedded, EventLimits, Options};
use avocet_server::Server;
use serde_json::{Value, json};

use crate::support::{Answer, Running, http, options};

const BINARY: &str = "ce-specversion: 1.0\r\nce-id: 1\r\nce-source: /shop\r\nce-type: order\r\n\
                      content-type: application/json\r\n";
const STRUCTURED: &str = "content-type: application/cloudevents+json\r\n";
const BATCH: &str = "content-type: application/cloudevents-batch+json\r\n";

/// A server, and the log that it publishes to.
struct Bench {
    running: Running,
    stores: Backplane,
}

impl Bench {
    async fn new(limits: EventLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = options(folder.path(), |options| options.event_bytes = 10_000);
        let store = Options { events: limits, ..Options::default() };
        let store = Embedded::open(&options.data_dir, store).unwrap();
        let server = Server::bind(options).await.unwrap().start(store.backplane()).await.unwrap();
        let running = Running::of(server, folder);
        Self { running, stores: store.backplane() }
    }

    async fn publish(&self, headers: &str, body: impl AsRef<[u8]>) -> Answer {
        self.running.call("POST", "/publish", headers, body.as_ref()).await
    }

    fn kept(&self) -> Vec<Event> {
        wait(self.stores.events.read(0, 1000)).unwrap().events
    }
}

async fn bench() -> Bench {
    Bench::new(EventLimits::default()).await
}

fn event(id: &str, more: Value) -> Value {
    let mut event = json!({"specversion": "1.0", "id": id, "source": "/shop", "type": "order"});
    event.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    event
}

#[tokio::test]
async fn an_event_is_kept_whether_somebody_wants_it_or_not() {
    let bench = bench().await;
    let answer = bench.publish(BINARY, "{\"n\":1}").await;
    assert_eq!((answer.status, answer.text()), (204, String::new()));
    let structured = event("2", json!({"data": {"n": 2}, "subject": "a"})).to_string();
    assert_eq!(bench.publish(STRUCTURED, structured).await.status, 204);
    let kept = bench.kept();
    let data: Vec<_> = kept.iter().map(|event| &event.data[..]).collect();
    assert_eq!(data, [b"{\"n\":1}", b"{\"n\":2}"]);
    let attributes: Vec<Value> = kept.iter().map(|event| event.attributes.to().unwrap()).collect();
    let json = json!({"datacontenttype": "application/json"});
    assert_eq!(attributes[0], event("1", json.clone()));
    let mut second = event("2", json);
    second["subject"] = json!("a");
    assert_eq!(attributes[1], second);
}

#[tokio::test]
async fn the_first_data_of_a_duplicate_stays() {
    let bench = bench().await;
    for data in ["1", "2"] {
        assert_eq!(bench.publish(BINARY, data).await.status, 204);
    }
    let other = BINARY.replace("/shop", "/else");
    assert_eq!(bench.publish(&other, "3").await.status, 204);
    let data: Vec<_> = bench.kept().iter().map(|event| event.data.to_vec()).collect();
    assert_eq!(data, [b"1", b"3"]);
}

#[tokio::test]
async fn a_batch_has_a_result_for_each_event_and_the_good_ones_stay() {
    let bench = bench().await;
    let large = "x".repeat(10_000);
    let batch = json!([
        event("1", json!({})),
        event("2", json!({"time": "yesterday"})),
        event("3", json!({"data": large})),
        {"id": 4},
        event("5", json!({"delay": "5m"})),
    ]);
    let answer = bench.publish(BATCH, batch.to_string()).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/json; charset=utf-8"))
    );
    let results = answer.json()["results"].clone();
    let short = |result: &Value| (result["id"].clone(), result["status"].clone());
    let expected = [
        (json!("1"), json!(204)),
        (json!("2"), json!(400)),
        (json!("3"), json!(413)),
        (json!(""), json!(400)),
        (json!("5"), json!(204)),
    ];
    assert_eq!(results.as_array().unwrap().iter().map(short).collect::<Vec<_>>(), expected);
    assert_eq!(results[0]["error"], Value::Null);
    let said = results[1]["error"].as_str().unwrap();
    assert!(said.contains("\"time\" is not a time"), "{said}");
    let ids: Vec<_> = bench.kept().iter().map(|event| event.id.clone()).collect();
    assert_eq!(ids, ["1", "5"]);
    assert!(bench.kept()[1].not_before_ms.is_some());
    let empty = bench.publish(BATCH, "[]").await;
    assert_eq!((empty.status, empty.json()), (200, json!({"results": []})));
    for (body, said) in [("{}", "not a JSON array"), ("[", "not valid JSON")] {
        let answer = bench.publish(BATCH, body).await;
        assert!(answer.status == 400 && answer.text().contains(said), "{}", answer.text());
    }
}

#[tokio::test]
async fn what_is_refused_names_attribute_and_rule_as_a_problem() {
    let bench = bench().await;
    let without_id = BINARY.replace("ce-id: 1\r\n", "");
    let text = "content-type: text/plain\r\n";
    let long = event("1", json!({"type": "x".repeat(9_000)})).to_string();
    for (headers, body, status, said) in [
        (&*without_id, "{}", 400, "\"id\" is missing"),
        (BINARY, "{oops", 400, "\"datacontenttype\" says \"application/json\""),
        (text, "{}", 400, "this is no CloudEvent"),
        (STRUCTURED, "{oops", 400, "not valid JSON"),
        (STRUCTURED, &long, 400, "\"type\" has 9000 bytes"),
        ("content-type: application/cloudevents+avro\r\n", "x", 415, "is not supported"),
    ] {
        let answer = bench.publish(headers, body).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("application/problem+json")),
            "{body}"
        );
        let problem = answer.json();
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(said), "{said} in {detail}");
        assert_eq!(problem["status"], json!(status));
    }
    let answer = bench.running.get("/publish").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    assert!(bench.kept().is_empty());
}

#[tokio::test]
async fn an_event_over_the_limit_is_refused() {
    let bench = bench().await;
    assert_eq!(bench.publish(BINARY, format!("\"{}\"", "x".repeat(9_998))).await.status, 204);
    let answer = bench.publish(BINARY, format!("\"{}\"", "x".repeat(9_999))).await;
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("--event-limit"), "{}", answer.text());
    assert_eq!(bench.kept().len(), 1);
}

#[tokio::test]
async fn a_full_store_says_so_and_keeps_what_it_has() {
    let limits = EventLimits { bytes: 20_000, ..EventLimits::default() };
    let bench = Bench::new(limits).await;
    // Somebody who never comes wants it all.
    let start = avocet_backplane::Start::First;
    wait(bench.stores.events.subscribe("nobody", start)).unwrap();
    let event = |n: usize| event(&n.to_string(), json!({"data": "x".repeat(3_000)}));
    let batch = json!((0..3).map(event).collect::<Vec<_>>()).to_string();
    assert_eq!(bench.publish(BATCH, batch).await.status, 200);
    let batch = json!((3..9).map(event).collect::<Vec<_>>()).to_string();
    let answer = bench.publish(BATCH, batch).await;
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (507, Some("1")),
        "{}",
        answer.text()
    );
    assert!(answer.text().contains("events.db"), "{}", answer.text());
    assert_eq!(bench.kept().len(), 3, "a batch is kept as a whole or not at all");
}

#[tokio::test]
async fn a_compressed_event_is_kept_as_it_was() {
    use std::io::Write as _;
    let bench = bench().await;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"{\"n\":1}").unwrap();
    let headers = format!("{BINARY}content-encoding: gzip\r\n");
    assert_eq!(bench.publish(&headers, gzip.finish().unwrap()).await.status, 204);
    assert_eq!(bench.kept()[0].data, "{\"n\":1}");
}

#[tokio::test]
async fn the_cluster_address_of_the_publisher_is_the_same_door() {
    let bench = bench().await;
    let address = bench.running.server.listen_addr();
    let answer = http::request(address, "POST", "/publish", BINARY, b"1").await;
    assert_eq!(answer.status, 204);
}
