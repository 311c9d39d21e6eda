//! Stores of functions and their messages, by the admin API.

use serde_json::{Value, json};

use crate::support::{start, start_on};
use avocet_embedded::{Options, ServiceLimits};

const KV: &str = "/api/v1/namespaces/shop/functions/cart/kv";
const OBJECTS: &str = "/api/v1/namespaces/shop/functions/cart/objects";

fn detail(answer: &crate::support::Answer) -> String {
    answer.json()["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_is_set_read_listed_and_deleted() {
    let running = start().await;
    let set = running.admin("PUT", &format!("{KV}/a%2Fb"), "one").await;
    assert_eq!((set.status, set.json()), (200, json!({ "revision": 1 })));
    let read = running.admin("GET", &format!("{KV}/a%2Fb"), "").await.json();
    assert_eq!(
        (&read["key"], &read["text"], &read["revision"]),
        (&json!("a/b"), &json!("one"), &json!(1))
    );
    let bytes = running.admin_with("PUT", &format!("{KV}/bytes?ttl=10m"), "", &[0xff, 0]).await;
    assert_eq!(bytes.status, 200);
    let read = running.admin("GET", &format!("{KV}/bytes"), "").await.json();
    assert_eq!((&read["base64"], &read["text"]), (&json!("/wA="), &Value::Null));
    assert!(read["expires"].as_str().unwrap() > read["created"].as_str().unwrap());
    let list = running.admin("GET", &format!("{KV}?limit=1"), "").await.json();
    assert_eq!((&list["keys"][0]["key"], &list["cursor"]), (&json!("a/b"), &json!("a/b")));
    let list = running.admin("GET", &format!("{KV}?prefix=by&cursor=a"), "").await.json();
    assert_eq!((&list["keys"][0]["bytes"], &list["cursor"]), (&json!(2), &Value::Null));
    assert_eq!(running.admin("DELETE", &format!("{KV}/a%2Fb"), "").await.status, 204);
    for method in ["GET", "DELETE"] {
        let gone = running.admin(method, &format!("{KV}/a%2Fb"), "").await;
        assert_eq!(gone.status, 404);
        assert!(detail(&gone).contains("\"a/b\"") && detail(&gone).contains("shop/cart"));
    }
    let other = KV.replace("cart", "other");
    assert_eq!(running.admin("GET", &other, "").await.json(), json!({ "keys": [] }));
}

#[tokio::test]
async fn wrong_keys_conditions_and_sizes_change_nothing() {
    let running = start().await;
    let put = |target: &str, body: &str| {
        let (target, body) = (format!("{KV}/{target}"), body.to_owned());
        let running = &running;
        async move { running.admin("PUT", &target, &body).await }
    };
    assert_eq!(put("a", "1").await.status, 200);
    for (target, status) in [
        ("a?ifRevision=0", 409),
        ("a?ifRevision=7", 409),
        ("a?ifRevision=x", 400),
        ("a?ttl=soon", 400),
        ("a?ttl=1ms", 400),
        ("a..b", 400),
        ("a%20b", 400),
        ("%ff", 400),
    ] {
        assert_eq!(put(target, "2").await.status, status, "{target}");
    }
    let full = put("b", &"x".repeat(600 << 10)).await;
    assert_eq!(full.status, 507);
    assert!(detail(&full).contains("524288"), "{}", detail(&full));
    assert_eq!(running.admin("GET", KV, "").await.json()["keys"].as_array().unwrap().len(), 1);
    assert_eq!(running.admin("GET", &format!("{KV}/a"), "").await.json()["text"], "1");
    assert_eq!(put("a?ifRevision=1", "3").await.json()["revision"], 2);
}

#[tokio::test]
async fn an_object_is_stored_read_listed_and_deleted() {
    let running = start().await;
    let large: Vec<u8> =
        (0..300_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
    let stored = running.admin_with("PUT", &format!("{OBJECTS}/a%20b%2Fc"), "", &large).await;
    assert_eq!((stored.status, &stored.json()["chunks"]), (200, &json!(3)));
    let read = running.admin("GET", &format!("{OBJECTS}/a%20b%2Fc"), "").await;
    assert!(read.status == 200 && read.body == large);
    let tag = format!("\"{}\"", stored.json()["digest"].as_str().unwrap());
    assert_eq!(read.header("etag"), Some(&*tag));
    let list = running.admin("GET", OBJECTS, "").await.json();
    assert_eq!(list, json!({ "objects": [stored.json()] }));
    assert_eq!(running.admin("DELETE", &format!("{OBJECTS}/a%20b%2Fc"), "").await.status, 204);
    for method in ["GET", "DELETE"] {
        let gone = running.admin(method, &format!("{OBJECTS}/a%20b%2Fc"), "").await;
        assert_eq!(gone.status, 404);
        assert!(detail(&gone).contains("\"a b/c\""));
    }
}

#[tokio::test]
async fn an_object_over_the_limit_or_that_breaks_off_leaves_nothing() {
    let services = ServiceLimits { object_bytes: 100_000, ..ServiceLimits::default() };
    let running = start_on(Options { services, ..Options::default() }).await;
    let full = running.admin_with("PUT", &format!("{OBJECTS}/a"), "", &[0; 300_000]).await;
    assert_eq!(full.status, 507);
    assert!(detail(&full).contains("\"a\""), "{}", detail(&full));
    let mut client = crate::support::Client::connect(running.server.admin_addr()).await;
    let head =
        format!("PUT {OBJECTS}/b HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50000\r\n\r\n");
    client.send(head).await;
    client.send(vec![0; 10_000]).await;
    drop(client);
    let chunked = "transfer-encoding: chunked\r\n";
    let mut client = crate::support::Client::connect(running.server.admin_addr()).await;
    client
        .send(format!(
            "PUT {OBJECTS}/c HTTP/1.1\r\nhost: localhost\r\n{chunked}\r\n4\r\nabcd\r\nxx"
        ))
        .await;
    assert!(client.head().await.starts_with("HTTP/1.1 400"));
    let list = running.admin("GET", OBJECTS, "").await.json();
    assert_eq!(list, json!({ "objects": [] }));
}

#[tokio::test]
async fn the_data_of_a_function_is_purged() {
    let running = start().await;
    running.admin("PUT", &format!("{KV}/a"), "1").await;
    running.admin("PUT", &format!("{OBJECTS}/a"), "1").await;
    let data = KV.replace("/kv", "/data");
    for _ in 0..2 {
        assert_eq!(running.admin("DELETE", &data, "").await.status, 204);
    }
    assert_eq!(running.admin("GET", KV, "").await.json(), json!({ "keys": [] }));
    assert_eq!(running.admin("GET", OBJECTS, "").await.json(), json!({ "objects": [] }));
}

#[tokio::test]
async fn messages_without_listeners_are_published_and_not_answered() {
    let running = start().await;
    let post = |target: &str| {
        let target = format!("/api/v1/{target}");
        let running = &running;
        async move { running.admin("POST", &target, "x").await }
    };
    assert_eq!(post("messages?subject=orders.new").await.status, 204);
    let nobody = post("requests?subject=orders.get").await;
    assert_eq!(nobody.status, 404);
    assert!(detail(&nobody).contains("\"orders.get\""));
    for (target, status) in [
        ("messages", 400),
        ("messages?subject=a..b", 400),
        ("messages?subject=a.*", 400),
        ("requests?subject=a%20b", 400),
        ("requests?subject=a&timeout=soon", 400),
    ] {
        assert_eq!(post(target).await.status, status, "{target}");
    }
    let none = running.admin("GET", "/api/v1/messages", "").await;
    assert_eq!(none.status, 400);
}
