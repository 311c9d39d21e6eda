//! The `context` argument.

use serde_json::{Value, json};

use super::{BodyLimit, Function, Limits};

/// The `context` argument of a function, with the limits in force.
///
/// `timeout` is a number of seconds, `body-size-limit` one of MB (null
/// where there is none), `memory-limit` a text such as
/// `256Mi`.
pub fn context(function: &Function, limits: &Limits) -> Value {
    json!({
        "function-name": function.name.name(),
        "namespace": function.name.namespace(),
        "runtime": function.runtime.name(),
        "timeout": number(limits.timeout_ms, 1000),
        "memory-limit": limits.memory.to_string(),
        "body-size-limit": match limits.body_bytes {
            BodyLimit::Bytes(bytes) => number(bytes, 1 << 20),
            BodyLimit::Stream => Value::Null,
        },
    })
}

/// A whole number where it is one: `180`, not `180.0`.
fn number(value: u64, unit: u64) -> Value {
    match value.is_multiple_of(unit) {
        true => json!(value / unit),
        false => json!(value as f64 / unit as f64),
    }
}
