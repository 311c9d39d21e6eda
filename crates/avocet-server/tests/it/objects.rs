//! Config maps, secrets, subscriptions and API rules in the admin API.

use serde_json::{Value, json};

use crate::support::start;

const OBJECTS: &str = "
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: shop}
stringData: {password: hunter2}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: m}
data: {k: v}
---
apiVersion: eventing.kyma-project.io/v1alpha2
kind: Subscription
metadata: {name: orders}
spec:
  sink: http://f.default.svc.cluster.local
  source: shop
  types: [order.created]
";

#[tokio::test]
async fn objects_are_listed_read_and_deleted() {
    let running = start().await;
    let report = running.apply(OBJECTS).await;
    assert!(!report.is_refused(), "{report:?}");
    let all = running.admin("GET", "/api/v1/objects", "").await.json();
    let names: Vec<_> = all["objects"].as_array().unwrap().iter().map(|o| &o["name"]).collect();
    assert_eq!(names, ["m", "s", "orders"]);
    let shop = running.admin("GET", "/api/v1/objects?namespace=shop", "").await.json();
    assert_eq!(shop["objects"].as_array().unwrap().len(), 1);
    let maps = running.admin("GET", "/api/v1/objects?kind=configmap", "").await.json();
    assert_eq!(maps["objects"][0]["name"], "m");
    let map = "/api/v1/namespaces/default/objects/ConfigMap/m";
    let read = running.admin("GET", map, "").await.json();
    assert_eq!(read["definition"]["data"], json!({ "k": "v" }));
    assert_eq!(running.admin("DELETE", map, "").await.status, 204);
    assert_eq!(running.admin("GET", map, "").await.status, 404);
    assert_eq!(running.admin("DELETE", map, "").await.status, 404);
    let unknown = running.admin("GET", "/api/v1/objects?kind=pod", "").await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn a_secrets_values_are_never_shown() {
    let running = start().await;
    running.apply(OBJECTS).await;
    let path = "/api/v1/namespaces/shop/objects/secret/s";
    let answer = running.admin("GET", path, "").await;
    assert_eq!(answer.json()["definition"]["data"], json!({ "password": Value::Null }));
    assert!(!answer.text().contains("hunter2"));
}
