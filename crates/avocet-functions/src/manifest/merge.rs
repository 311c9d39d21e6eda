//! Keys of a mapping: each once, and `<<` stands for another mapping's.

use std::collections::HashMap;

use super::node::{At, Entry, Node, Value};

/// Fault and its place.
pub(super) type Fault = (At, String);

/// Own keys win over merged ones, earlier merged ones over later.
pub(super) fn merged(entries: Vec<Entry>) -> Result<Vec<Entry>, Fault> {
    let mut own: HashMap<String, u32> = HashMap::new();
    let (merges, mut result): (Vec<_>, Vec<_>) = entries.into_iter().partition(|e| e.key == "<<");
    for entry in &result {
        if let Some(line) = own.insert(entry.key.clone(), entry.key_at.line) {
            let key = entry.key.chars().take(80).collect::<String>();
            return Err((
                entry.key_at,
                format!("key `{key}` is there twice: first in line {line}"),
            ));
        }
    }
    for entry in merges {
        for other in sources(entry.value)? {
            if !own.contains_key(&other.key) {
                own.insert(other.key.clone(), other.key_at.line);
                result.push(other);
            }
        }
    }
    Ok(result)
}

fn sources(value: Node) -> Result<Vec<Entry>, Fault> {
    match value.value {
        Value::Map(entries) => Ok(entries),
        Value::List(items) if items.iter().all(|i| matches!(i.value, Value::Map(_))) => {
            items.into_iter().map(sources).collect::<Result<Vec<_>, _>>().map(|all| all.concat())
        }
        _ => Err((value.at, "`<<` needs a mapping or a list of mappings".to_owned())),
    }
}
