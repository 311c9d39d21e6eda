//! A function's definition.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    CRON_TYPE, CronTrigger, DeliveryConfig, Egress, EnvSource, EnvValue, EnvVar, EventTrigger,
    FunctionName, Labels, ObjectName, Resources, Runtime, Selection, Settings, Sink, Source,
    Subscription, Triggers, TypeMatching,
};

/// A function as deployed.
///
/// Its JSON form is what the registry keeps and the admin API shows: fields are only added, and an
/// absent field has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Function {
    /// Namespace and name.
    pub name: FunctionName,
    /// `metadata.labels`.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// `metadata.annotations`.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub annotations: Labels,
    /// Runtime that runs it.
    pub runtime: Runtime,
    /// Code.
    pub source: Source,
    /// Place of the handler in the code.
    #[serde(default, skip_serializing_if = "Handler::is_default")]
    pub handler: Handler,
    /// Environment variables, in the order of the file; the last of a name counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<EnvVar>,
    /// ConfigMaps and Secrets all of whose keys are variables; those of `env` count before them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env_from: Vec<EnvSource>,
    /// Secrets that appear as files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secret_mounts: Vec<SecretMount>,
    /// Number of instances.
    #[serde(default, skip_serializing_if = "Scale::is_default")]
    pub scale: Scale,
    /// Memory and processor.
    #[serde(default, skip_serializing_if = "Resources::is_default")]
    pub resources: Resources,
    /// Limits that the author set. [`Function::limits`] has those in force.
    #[serde(default, skip_serializing_if = "Settings::is_default")]
    pub settings: Settings,
    /// Whether the platform adds `Access-Control-Allow-Origin` and answers `OPTIONS`.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub cors: bool,
    /// Triggers, which call it by themselves.
    #[serde(default, skip_serializing_if = "Triggers::is_default")]
    pub triggers: Triggers,
    /// True where a function of messages keeps its globals from one call to the next.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reuse: bool,
    /// Addresses that it may call.
    #[serde(default, skip_serializing_if = "Egress::is_default")]
    pub egress: Egress,
    /// True where a function of messages may make code from strings.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_eval: bool,
    /// Fields that are kept but do nothing here, by path (`spec.runtimeImageOverride`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, serde_json::Value>,
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}

impl Function {
    /// A function with everything but its code at its default.
    pub fn new(name: FunctionName, runtime: Runtime, source: Source) -> Self {
        Self {
            name,
            labels: Labels::new(),
            annotations: Labels::new(),
            runtime,
            source,
            handler: Handler::default(),
            env: Vec::new(),
            env_from: Vec::new(),
            secret_mounts: Vec::new(),
            scale: Scale::default(),
            resources: Resources::default(),
            settings: Settings::default(),
            cors: true,
            triggers: Triggers::default(),
            reuse: false,
            egress: Egress::default(),
            allow_eval: false,
            kept: BTreeMap::new(),
        }
    }

    /// The plain value of an environment variable.
    pub fn literal(&self, name: &str) -> Option<&str> {
        let found = self.env.iter().rev().find(|v| v.name == name)?;
        match &found.value {
            EnvValue::Value(text) => Some(text),
            _ => None,
        }
    }

    /// Name that stands for the function's event trigger `index` among the names of subscriptions of
    /// its namespace. No `Subscription` can have it.
    pub fn trigger_name(&self, index: usize) -> ObjectName {
        let name = format!("{}:{index}", self.name.name());
        ObjectName { namespace: self.name.namespace().to_owned(), name }
    }

    /// Triggers as the subscriptions that they stand for: one for each of its event triggers, and one,
    /// named `FUNCTION:cron`, for the times of its schedules.
    pub fn subscriptions(&self) -> impl Iterator<Item = Subscription> + '_ {
        let of = |name, selection, delivery| Subscription {
            name,
            labels: self.labels.clone(),
            sink: Sink::Function(self.name.clone()),
            selection,
            delivery,
        };
        let event = move |(index, trigger): (usize, &EventTrigger)| {
            let (selection, delivery) = (trigger.selection.clone(), trigger.delivery.clone());
            of(self.trigger_name(index), selection, delivery)
        };
        let cron = (!self.triggers.cron.is_empty()).then(|| {
            let name = format!("{}:cron", self.name.name());
            let name = ObjectName { namespace: self.name.namespace().to_owned(), name };
            let selection = Selection {
                source: CronTrigger::source(&self.name),
                types: vec![CRON_TYPE.to_owned()],
                type_matching: TypeMatching::Exact,
                filters: Vec::new(),
            };
            of(name, selection, DeliveryConfig::default())
        });
        self.triggers.events.iter().enumerate().map(event).chain(cron)
    }

    /// SHA-256 of the JSON form, in hexadecimal digits: two equal definitions have the same.
    pub fn digest(&self) -> String {
        let json = serde_json::to_vec(self).expect("a function has string keys only");
        Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Place of the handler in a function's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// The file relative to the function's folder, with or without its extension; absent means
    /// `handler` with the extension that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The export (JavaScript) or top-level name (Python).
    #[serde(default = "Handler::default_export")]
    pub export: String,
}

impl Handler {
    /// The export where none is given.
    pub const EXPORT: &'static str = "main";

    /// The file's name without extension where none is given.
    pub const FILE: &'static str = "handler";

    fn default_export() -> String {
        Self::EXPORT.to_owned()
    }

    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Handler {
    fn default() -> Self {
        Self { file: None, export: Self::default_export() }
    }
}

/// A Secret whose keys appear as files in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretMount {
    /// The Secret's name.
    pub secret_name: String,
    /// The folder.
    pub mount_path: String,
}

/// Number of instances; `spec.replicas` sets both to the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scale {
    /// Instances that stay awake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// Instances at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

impl Scale {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
