//! Values of a function's references to itself.

use sha2::{Digest, Sha256};

use super::downward::Field;
use super::{FieldPath, Function, ResourceField};

impl FieldPath {
    /// The field's value; empty where the function has no such label or annotation, as Kubernetes
    /// has it.
    pub fn value(&self, function: &Function) -> String {
        // Labels of a function's pods are in its `spec`; its own are taken beside them.
        let of_pods = |map: &str, key: &str| {
            let value = function.kept.get(&format!("spec.{map}"))?.get(key)?;
            Some(value.as_str()?.to_owned())
        };
        match &self.0 {
            Field::Plain(path) => match *path {
                "metadata.name" => function.name.name().to_owned(),
                "metadata.namespace" => function.name.namespace().to_owned(),
                "metadata.uid" => uid(function),
                "spec.serviceAccountName" => "default".to_owned(),
                "spec.nodeName" => "localhost".to_owned(),
                _ => "127.0.0.1".to_owned(),
            },
            Field::Label(key) => {
                let own = || function.labels.get(key).cloned();
                of_pods("labels", key).or_else(own).unwrap_or_default()
            }
            Field::Annotation(key) => {
                let own = || function.annotations.get(key).cloned();
                of_pods("annotations", key).or_else(own).unwrap_or_default()
            }
        }
    }
}

/// A number in the form of a UUID that stays the same for a function's name.
fn uid(function: &Function) -> String {
    let digest = Sha256::digest(function.name.to_string());
    let hex: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

impl ResourceField {
    /// The amount, rounded up to whole units. A function without a limit of the processor has one.
    pub fn value(&self, function: &Function) -> String {
        let limits = function.limits();
        let amount = match self.resource.as_str() {
            "limits.cpu" => limits.cpu.map_or(1000, |cpu| u64::from(cpu.millis())),
            "limits.memory" => limits.memory.bytes(),
            "requests.cpu" => {
                let request = function.resources.cpu_request().or(limits.cpu);
                request.map_or(0, |cpu| u64::from(cpu.millis()))
            }
            _ => function.resources.memory_request().unwrap_or(limits.memory).bytes(),
        };
        amount.div_ceil(self.unit().unwrap_or(1)).to_string()
    }
}
