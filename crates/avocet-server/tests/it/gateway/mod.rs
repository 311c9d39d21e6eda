//! The gateway, from outside: what a caller of functions gets.

mod http;
mod outcomes;
mod publish;
mod routing;

use serde_json::Value;

use crate::support::start;

async fn head(target: &str, headers: &str) -> Value {
    let running = start().await;
    running.deploy("echo", "head").await;
    running.call("GET", target, headers, b"").await.json()["head"].clone()
}
