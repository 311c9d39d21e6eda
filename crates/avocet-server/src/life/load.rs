//! The head of a function's load frame.

use std::collections::BTreeMap;

use avocet_frames::head::{Load, ServiceSettings};
use avocet_functions::model::{Function, Limits, ResolvedEnv, context};

use super::stored::Built;

/// Head of the load frame of `built`, without its files.
pub(crate) fn load(built: &Built, env: &ResolvedEnv, revision: u64) -> Load {
    let function = &built.stored.function;
    let limits = Limits::with_env(function, env);
    Load {
        name: function.name.name().to_owned(),
        namespace: function.name.namespace().to_owned(),
        revision,
        runtime: function.runtime.name().to_owned(),
        entry: built.stored.entry.clone(),
        dir: None,
        export: function.handler.export.clone(),
        files: Vec::new(),
        env: variables(built, env, &limits),
        context: context(function, &limits),
        services: services(function),
        limits: limits.into(),
    }
}

/// Subjects that call the function, and addresses that it may call.
fn services(function: &Function) -> ServiceSettings {
    ServiceSettings {
        subjects: function.triggers.subjects.iter().map(ToString::to_string).collect(),
        eval: function.allow_eval,
        reuse: function.reuse,
        egress: function.egress.allow.iter().map(ToString::to_string).collect(),
    }
}

/// The function's own variables, over those that every function finds.
fn variables(built: &Built, env: &ResolvedEnv, limits: &Limits) -> BTreeMap<String, String> {
    let function = &built.stored.function;
    let mut variables: BTreeMap<_, _> = [
        ("FUNC_NAME", function.name.name().to_owned()),
        ("FUNC_RUNTIME", function.runtime.name().to_owned()),
        ("FUNC_HANDLER", function.handler.export.clone()),
        ("FUNC_TIMEOUT", limits.timeout_ms.div_ceil(1000).to_string()),
        ("FUNC_MEMORY_LIMIT", limits.memory.to_string()),
        ("SERVICE_NAMESPACE", function.name.namespace().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    variables.extend(env.vars.iter().map(|(name, value)| (name.clone(), value.clone())));
    variables
}
