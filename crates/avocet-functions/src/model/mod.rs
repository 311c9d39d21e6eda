//! Model of what is deployed: functions and the kinds around them.
//!
//! Plain data with `serde`; nothing here reads a file or knows a file format. The manifest reader
//! reads it from YAML, [`crate::project`] from folders without any.

mod content;
mod context;
mod downward;
mod egress;
mod env;
mod expand;
mod function;
mod interval;
mod kinds;
mod limits;
mod name;
mod own;
mod package;
mod path;
mod quantity;
mod request_path;
mod resources;
mod runtime;
pub mod settings;
mod source;
mod subject;
mod subscription;
mod triggers;
mod variable;

use serde::{Deserialize, Serialize};

pub use crate::filters::TypeMatching;
pub use content::FileContent;
pub use context::context;
pub use downward::{FieldPath, FieldPathError, ResourceField, ResourceFieldError};
pub use egress::{Egress, EgressError, EgressRule, EgressTarget};
pub(crate) use env::is_variable_name;
pub use env::{EnvError, PLATFORM_NAMESPACE, REGISTRY_SECRET, References, ResolvedEnv};
pub use function::{Function, Handler, Scale, SecretMount};
pub use interval::{Interval, IntervalError};
pub use kinds::{Admission, ApiRoute, ApiRule, ConfigMap, ObjectName, Secret};
pub use limits::Limits;
pub use name::{
    FunctionName, Labels, MAX_LABEL, MAX_SUBDOMAIN, NameError, NameErrorKind, check_label,
    check_subdomain,
};
pub use package::{Package, PackageError};
pub use path::{PathPattern, PathRegex, PathRegexError};
pub use quantity::{Cpu, Memory, QuantityError};
pub use request_path::RequestPath;
pub use resources::{Amounts, Profile, ProfileError, Resources};
pub use runtime::{Choice, Engine, Runtime, RuntimeError, Signature, Version};
pub use settings::{BodyLimit, CONCURRENCY, LIMIT_SETTINGS, LimitError, LimitSetting, Settings};
pub use source::{Git, GitAuth, GitAuthKind, Inline, Source};
pub use subject::{MAX_SUBJECT, RESERVED_SUBJECTS, SubjectError, SubjectErrorKind, SubjectPattern};
pub use subscription::{BackoffConfig, DeliveryConfig, EventOrder, Selection, Sink, Subscription};
pub use triggers::{CRON_TYPE, CatchUp, CronTrigger, EventTrigger, OWN_TYPES, Triggers};
pub use variable::{EnvSource, EnvSourceKind, EnvValue, EnvVar, KeySelector, ValueSource};

/// Anything that can be deployed. In JSON: its fields with a `kind` beside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Resource {
    /// A function.
    Function(Box<Function>),
    /// A subscription to events.
    Subscription(Subscription),
    /// Text by key.
    ConfigMap(ConfigMap),
    /// Secret bytes by key.
    Secret(Secret),
    /// Host and path routes.
    #[serde(rename = "APIRule")]
    ApiRule(ApiRule),
}

impl Resource {
    /// Kind, as in YAML.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Function(_) => "Function",
            Self::Subscription(_) => "Subscription",
            Self::ConfigMap(_) => "ConfigMap",
            Self::Secret(_) => "Secret",
            Self::ApiRule(_) => "APIRule",
        }
    }

    /// Namespace and name.
    pub fn name(&self) -> (&str, &str) {
        let own = match self {
            Self::Function(function) => {
                return (function.name.namespace(), function.name.name());
            }
            Self::Subscription(own) => &own.name,
            Self::ConfigMap(own) => &own.name,
            Self::Secret(own) => &own.name,
            Self::ApiRule(own) => &own.name,
        };
        (&own.namespace, &own.name)
    }
}
