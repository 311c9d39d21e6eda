//! `kind: Function`.

use std::collections::BTreeMap;

use crate::diagnostic::Place;
use crate::model::settings::{BODY, CONCURRENCY, CPU_TIME, MAX_INSTANCES, QUEUE, TIMEOUT};
use crate::model::{
    Amounts, BodyLimit, Engine, Function, Handler, Profile, Resource, Resources, Runtime,
    RuntimeError, Scale, SecretMount, Settings,
};

use super::object::Object;
use super::{fields, metadata, source, triggers, variables};

pub(super) fn read(document: &Object<'_, '_>) -> Option<Resource> {
    let named = metadata::function(document);
    let old = document.peek_text("apiVersion").is_some_and(|v| v.ends_with("/v1alpha1"));
    let spec = document.required_object("spec");
    document.finish();
    let spec = spec?;
    let before = if old { ", which in v1alpha1 stood for nodejs12" } else { "" };
    let runtime = runtime(&spec, before);
    let source = source::read(&spec, runtime);
    let handler = handler(&spec);
    let mut env = variables::env(&spec, "env");
    if old {
        env.extend(variables::env(&spec, "envs"));
        spec.ignore(&["visibility"]);
    }
    let env_from = variables::env_from(&spec);
    let secret_mounts = secret_mounts(&spec);
    let scale = scale(&spec);
    let resources = resources(&spec);
    let settings = settings(&spec);
    let cors = spec.boolean("cors").unwrap_or(true);
    let triggers = triggers::read(&spec, runtime);
    let egress = triggers::egress(&spec);
    let reuse = spec.boolean("reuse").unwrap_or_default();
    let allow_eval = spec.boolean("allowEval").unwrap_or_default();
    triggers::warn_not_served(&spec);
    let mut kept = BTreeMap::new();
    for key in ["labels", "annotations", "template", "runtimeImageOverride"] {
        if let Some(field) = spec.get(key) {
            kept.insert(field.path.clone(), field.node.to_json());
        }
    }
    if spec.has("runtimeImageOverride") {
        let path = spec.path_of("runtimeImageOverride");
        let message = "no image is run here: the field is kept and does nothing";
        spec.cx.warning(spec.at_of("runtimeImageOverride"), &path, message);
    }
    let field = (spec.at_of("bodyLimit"), spec.path_of("bodyLimit"));
    spec.finish();
    let (name, labels, annotations) = named?;
    let function = Function {
        labels,
        annotations,
        handler,
        env,
        env_from,
        secret_mounts,
        scale,
        resources,
        settings,
        cors,
        triggers,
        reuse,
        egress,
        allow_eval,
        kept,
        ..Function::new(name, runtime?, source?)
    };
    if function.runtime.engine() == Engine::V8 && function.limits().body_bytes == BodyLimit::Stream
    {
        let message = "`stream` needs a runtime with a process of its own: functions on v8 see \
                       their body whole";
        let help = "write a size, as in `10Mi`, or take a runtime nodejs… or python…";
        spec.cx.error_with_help(field.0, &field.1, message, help);
    }
    Some(Resource::Function(Box::new(function)))
}

/// Places of the document's fields of `spec`: of a text its own, of what holds more that of its
/// key.
pub(super) fn places(document: &Object<'_, '_>) -> BTreeMap<String, Place> {
    let fields = document.peek_fields("spec");
    fields.map(|(key, at)| (format!("spec.{key}"), document.cx.place(at))).collect()
}

/// The runtime, or, where none is named, the default with a warning that says so; `default` is
/// what else there is to say of it.
pub(super) fn runtime(spec: &Object<'_, '_>, default: &str) -> Option<Runtime> {
    if spec.get("runtime").is_none() {
        let runtime = Runtime::NODEJS;
        let message = format!("no runtime is named: `{runtime}`, the default, is taken{default}");
        let path = spec.path_of("runtime");
        spec.cx.warning_with_help(spec.at, &path, message, format!("add `runtime: {runtime}`"));
        return Some(runtime);
    }
    let (at, path) = (spec.at_of("runtime"), spec.path_of("runtime"));
    match spec.required_text("runtime")?.parse::<Runtime>() {
        Ok(runtime) => {
            if let Some(warning) = runtime.deprecation() {
                spec.cx.warning(at, &path, warning);
            }
            Some(runtime)
        }
        Err(RuntimeError::Unknown(name)) => {
            let message = format!("unknown runtime `{name}`");
            let help = format!("allowed are {}", Runtime::names());
            spec.cx.error_with_help(at, &path, message, help);
            None
        }
        Err(error) => {
            spec.cx.error(at, &path, error.to_string());
            None
        }
    }
}

/// `file.export`.
pub(super) fn handler(spec: &Object<'_, '_>) -> Handler {
    let Some(text) = spec.text("handler") else { return Handler::default() };
    let (at, path) = (spec.at_of("handler"), spec.path_of("handler"));
    let parts = text.rsplit_once('.').filter(|(file, export)| {
        let identifier = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
        let sound = !export.is_empty() && export.chars().all(identifier);
        sound && source::relative(file).is_ok()
    });
    match parts {
        Some((file, export)) => {
            let file = source::relative(file).unwrap_or_default();
            Handler { file: Some(file), export: export.to_owned() }
        }
        None => {
            let help = "write `file.export`, for example `handler.main` or `src/orders.create`";
            spec.cx.error_with_help(at, &path, format!("{text:?} names no handler"), help);
            Handler::default()
        }
    }
}

fn secret_mounts(spec: &Object<'_, '_>) -> Vec<SecretMount> {
    let mount = |item: &Object<'_, '_>| {
        let secret_name = item.required_text("secretName");
        let mount_path = item.required_text("mountPath").and_then(|path| {
            let sound = mount_path(path);
            if let Err(why) = sound {
                let message = format!("{path:?} {why}");
                item.cx.error(item.at_of("mountPath"), &item.path_of("mountPath"), message);
            }
            sound.ok()
        });
        item.finish();
        Some(SecretMount { secret_name: secret_name?.to_owned(), mount_path: mount_path? })
    };
    spec.objects("secretMounts").iter().filter_map(mount).collect()
}

/// A folder as Kubernetes takes it: relative to the root, and without a colon.
fn mount_path(path: &str) -> Result<String, &'static str> {
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    match parts.as_slice() {
        [] => Err("is the root folder: name one below it"),
        parts if parts.contains(&"..") => Err("has `..` in it"),
        _ if path.contains([':', '\0']) => Err("has a character that it cannot have here"),
        parts => Ok(format!("/{}", parts.join("/"))),
    }
}

/// `scaleConfig` or the older `minReplicas` and `maxReplicas` count before `replicas`.
fn scale(spec: &Object<'_, '_>) -> Scale {
    let replicas = spec.number("replicas", 0, MAX_INSTANCES);
    let old_min = spec.number("minReplicas", 0, MAX_INSTANCES);
    let old_max = spec.number("maxReplicas", 1, MAX_INSTANCES);
    let config = spec.object("scaleConfig");
    let (mut min, mut max) = (None, None);
    if let Some(config) = &config {
        min = config.number("minReplicas", 0, MAX_INSTANCES);
        max = config.number("maxReplicas", 1, MAX_INSTANCES);
        config.finish();
    }
    let scale = Scale {
        min: min.or(old_min).or(replicas),
        max: max.or(old_max).or(replicas.map(|count| count.max(1))),
    };
    if let (Some(min), Some(max)) = (scale.min, scale.max)
        && min > max
    {
        let object = config.as_ref().unwrap_or(spec);
        let path = object.path_of("minReplicas");
        let message = format!("minReplicas {min} is more than maxReplicas {max}");
        spec.cx.error(object.at_of("minReplicas"), &path, message);
    }
    scale
}

fn resources(spec: &Object<'_, '_>) -> Resources {
    let mut resources = Resources::default();
    if let Some(old) = spec.object("resources") {
        amounts(&old, &mut resources);
    }
    // Of the first form of `v1alpha1`.
    resources.profile = fields::parsed::<Profile>(spec, "size");
    // What a build may use has no meaning here: nothing is built in a container.
    spec.ignore(&["buildResources"]);
    let Some(configuration) = spec.object("resourceConfiguration") else { return resources };
    configuration.ignore(&["build"]);
    if let Some(function) = configuration.object("function") {
        resources.profile = fields::parsed(&function, "profile").or(resources.profile);
        if let Some(object) = function.object("resources") {
            amounts(&object, &mut resources);
        }
        function.finish();
    }
    configuration.finish();
    resources
}

pub(super) fn amounts(object: &Object<'_, '_>, resources: &mut Resources) {
    let read = |key: &'static str| {
        let Some(object) = object.object(key) else { return Amounts::default() };
        let cpu = fields::parsed(&object, "cpu");
        let memory = fields::parsed(&object, "memory");
        object.finish();
        Amounts { cpu, memory }
    };
    resources.requests = read("requests");
    resources.limits = read("limits");
    object.finish();
}

fn settings(spec: &Object<'_, '_>) -> Settings {
    let count = |setting| fields::limit(spec, setting).and_then(|n| u32::try_from(n).ok());
    Settings {
        timeout_ms: fields::limit(spec, TIMEOUT),
        cpu_time_ms: fields::limit(spec, CPU_TIME),
        body_bytes: fields::limit(spec, BODY).map(BodyLimit::from_setting),
        concurrency: count(CONCURRENCY),
        queue: count(QUEUE),
    }
}
