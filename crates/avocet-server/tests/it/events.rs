//! CloudEvents at the gateway.

use serde_json::json;

use crate::support::start;

const BINARY: &str = "ce-specversion: 1.0\r\nce-id: 1\r\nce-source: /shop\r\nce-type: order\r\n\
                      content-type: application/json\r\n";

fn event(id: &str) -> String {
    json!({ "specversion": "1.0", "id": id, "source": "/shop", "type": "order", "data": {"n": 1} })
        .to_string()
}

#[tokio::test]
async fn a_binary_event_reaches_the_function_as_headers_and_body() {
    let running = start().await;
    running.deploy("echo", "head").await;
    let answer = running.call("POST", "/default/echo", BINARY, b"{\"n\":1}").await.json();
    assert_eq!((&answer["head"]["k"], &answer["body"]), (&json!("json"), &json!("{\"n\":1}")));
}

#[tokio::test]
async fn a_structured_event_reaches_the_function_whole() {
    let running = start().await;
    running.deploy("echo", "head").await;
    let kind = "content-type: application/cloudevents+json\r\n";
    let answer = running.call("POST", "/default/echo", kind, event("1").as_bytes()).await.json();
    assert_eq!((&answer["head"]["k"], &answer["body"]), (&json!("event"), &json!(event("1"))));
}

#[tokio::test]
async fn an_event_that_is_wrong_is_400_and_names_the_attribute() {
    let running = start().await;
    running.deploy("f", "text reached").await;
    let without_id = BINARY.replace("ce-id: 1\r\n", "");
    let old = BINARY.replace("1.0", "2.0");
    let structured = "content-type: application/cloudevents+json\r\n";
    for (headers, body, said) in [
        (&*without_id, "{}", "CloudEvent attribute \"id\" is missing"),
        (&*old, "{}", "CloudEvent attribute \"specversion\" is \"2.0\""),
        (structured, "{\"specversion\":\"1.0\",\"id\":\"1\"}", "\"source\" is missing"),
        (structured, "{oops", "CloudEvent is not valid JSON"),
        (structured, "", "CloudEvent is not valid JSON"),
        (structured, "[]", "CloudEvent is not a JSON object"),
    ] {
        for target in ["/default/f", "/publish"] {
            let answer = running.call("POST", target, headers, body.as_bytes()).await;
            assert_eq!(answer.status, 400, "{headers}{body}");
            // As text, or in a problem's JSON.
            let text = answer.text().replace("\\\"", "\"");
            assert!(text.contains(said), "{said} in {text}");
        }
    }
    let avro = "content-type: application/cloudevents+avro\r\n";
    assert_eq!(running.call("POST", "/default/f", avro, b"x").await.status, 415);
}

#[tokio::test]
async fn each_event_of_a_batch_is_an_invocation() {
    let running = start().await;
    running.deploy("log", "log got one").await;
    let kind = "content-type: application/cloudevents-batch+json\r\n";
    // More than are with the function at the same time.
    let all: Vec<String> = (0..20).map(|n| event(&n.to_string())).collect();
    let batch = format!("[{}]", all.join(","));
    let answer = running.call("POST", "/default/log", kind, batch.as_bytes()).await;
    let expected: Vec<_> = (0..20).map(|n| json!({"id": n.to_string(), "status": 200})).collect();
    assert_eq!((answer.status, answer.json()), (200, json!(expected)));
    let metrics = running.get("/default/log/metrics").await.text();
    assert!(metrics.contains("function_calls_total{function=\"log\",namespace=\"default\"} 20"));

    running.deploy("throw", "throw").await;
    let answer = running.call("POST", "/default/throw", kind, batch.as_bytes()).await;
    assert_eq!((answer.status, &answer.json()[0]), (500, &json!({"id": "0", "status": 500})));

    let wrong = format!("[{},{{}}]", event("1"));
    let answer = running.call("POST", "/default/log", kind, wrong.as_bytes()).await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("event 2 of 2: "), "{}", answer.text());

    let answer = running.call("POST", "/default/log", kind, b"[]").await;
    assert_eq!((answer.status, answer.json()), (200, json!([])));
}

#[tokio::test]
async fn a_function_takes_what_a_bus_does_not() {
    let running = start().await;
    running.deploy("f", "text reached").await;
    let old = BINARY.replace("1.0", "0.3");
    let answer = running.call("POST", "/default/f", &old, b"{}").await;
    assert_eq!((answer.status, answer.text()), (200, "reached".to_owned()));
    let answer = running.call("POST", "/publish", &old, b"{}").await;
    assert_eq!(answer.status, 400, "{}", answer.text());
}
