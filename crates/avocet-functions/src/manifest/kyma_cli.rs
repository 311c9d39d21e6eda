//! `config.yaml`: a function with its routes and subscriptions, as the command line of a Kyma
//! cluster keeps them beside the sources.

use crate::model::{
    Function, FunctionName, Git, GitAuth, GitAuthKind, Handler, ObjectName, Resource, Resources,
    Source,
};

use super::api_rule::{self, Defaults, Paths};
use super::function::{amounts, runtime};
use super::object::Object;
use super::{fields, source, subscription, variables};

/// Resources and remarks out of one such file.
#[derive(Default)]
pub(super) struct Config {
    pub(super) resources: Vec<Resource>,
    /// The file of the function's folder that lists its dependencies, where it has another name
    /// than npm or pip give it.
    pub(super) dependencies: Option<String>,
    /// Routes that cannot be read, each with its name and the reason.
    pub(super) ignored: Vec<(String, String)>,
}

/// Whether a document is one: it has no kind, and says where a function's sources are.
pub(super) fn is_one(object: &Object<'_, '_>) -> bool {
    let source = object.peek_fields("source").any(|(key, _)| matches!(key, "sourceType" | "type"));
    !object.has("kind") && !object.has("apiVersion") && object.has("name") && source
}

pub(super) fn read(object: &Object<'_, '_>) -> Option<Config> {
    let name = object.required_text("name");
    let namespace = object.text("namespace").filter(|namespace| !namespace.is_empty());
    let namespace = namespace.unwrap_or(object.cx.namespace);
    let name = name.and_then(|name| match FunctionName::new(namespace, name) {
        Ok(name) => Some(name),
        Err(error) => {
            object.cx.error(object.at_of("name"), "name", error.to_string());
            None
        }
    });
    let runtime = runtime(object, "");
    let source = object.required_object("source").and_then(|source| sources(&source));
    let mut env = variables::env(object, "env");
    env.extend(variables::env(object, "envs"));
    let mut resources = Resources::default();
    if let Some(object) = object.object("resources") {
        amounts(&object, &mut resources);
    }
    let labels = fields::text_map(object, "labels");
    if object.get("runtimeImageOverride").is_some() {
        let message = "no image is run here: the field does nothing";
        object.cx.warning(object.at_of("runtimeImageOverride"), "runtimeImageOverride", message);
    }
    object.ignore(&["schemaVersion"]);
    let name = name?;
    let mut config = Config::default();
    for rule in object.objects("apiRules") {
        api_rule(&rule, &name, &mut config);
    }
    for item in object.objects("subscriptions") {
        let named = object_name(&item, &name);
        let read = subscription::read_spec(&item, named, Some(name.clone()));
        config.resources.extend(read.map(Resource::Subscription));
    }
    object.finish();
    let Sources { source, handler, dependencies } = source?;
    let function =
        Function { labels, handler, env, resources, ..Function::new(name, runtime?, source) };
    config.resources.insert(0, Resource::Function(Box::new(function)));
    config.dependencies = dependencies;
    Some(config)
}

fn object_name(item: &Object<'_, '_>, function: &FunctionName) -> ObjectName {
    let name = item.text("name").filter(|name| !name.is_empty()).unwrap_or(function.name());
    ObjectName { namespace: function.namespace().to_owned(), name: name.to_owned() }
}

/// Routes never stand in the function's way.
fn api_rule(rule: &Object<'_, '_>, function: &FunctionName, config: &mut Config) {
    let (before, errors) = (rule.cx.diagnostics(), rule.cx.errors());
    let name = object_name(rule, function);
    let defaults = Defaults { paths: Paths::Regex, function: Some(function.clone()) };
    let read = api_rule::read_spec(rule, name.clone(), &defaults);
    match rule.cx.errors() > errors {
        true => config.ignored.push((name.name, rule.cx.soften(before))),
        false => config.resources.push(Resource::ApiRule(read)),
    }
}

struct Sources {
    source: Source,
    handler: Handler,
    dependencies: Option<String>,
}

fn sources(object: &Object<'_, '_>) -> Option<Sources> {
    let kind = match object.has("sourceType") {
        true => object.required_text("sourceType"),
        false => object.required_text("type"),
    };
    match kind? {
        "inline" => inline(object),
        "git" => git(object),
        other => {
            let key = if object.has("sourceType") { "sourceType" } else { "type" };
            let message = format!("unknown type {other:?}: allowed are `inline` and `git`");
            object.cx.error(object.at_of(key), &object.path_of(key), message);
            None
        }
    }
}

/// Files of the folder that the configuration is in, or of one below it.
fn inline(object: &Object<'_, '_>) -> Option<Sources> {
    let dir = match object.text("sourcePath") {
        None | Some("") => Some(".".to_owned()),
        Some(path) if path.starts_with('/') => {
            let message = format!("{path:?} is a folder of the machine that wrote it");
            let help = "the folder of this file is taken";
            let (at, path) = (object.at_of("sourcePath"), object.path_of("sourcePath"));
            object.cx.warning_with_help(at, &path, message, help);
            Some(".".to_owned())
        }
        Some(_) => relative(object, "sourcePath"),
    };
    let handler = object.text("sourceHandlerName").filter(|name| !name.is_empty()).map(|_| {
        let file = relative(object, "sourceHandlerName")?;
        Some(Handler { file: Some(file), ..Handler::default() })
    });
    let dependencies = object.text("depsHandlerName").filter(|name| !name.is_empty());
    let dependencies = dependencies.map(|_| relative(object, "depsHandlerName"));
    object.finish();
    Some(Sources {
        source: Source::Dir(dir?),
        handler: handler.unwrap_or_else(|| Some(Handler::default()))?,
        dependencies: dependencies.flatten(),
    })
}

/// A path below the folder; one that begins with a slash begins there.
fn relative(object: &Object<'_, '_>, key: &'static str) -> Option<String> {
    let text = object.text(key)?;
    match source::relative(text.trim_start_matches('/')) {
        Ok(path) => Some(path),
        Err(why) => {
            let message = format!("{text:?} {why}");
            object.cx.error(object.at_of(key), &object.path_of(key), message);
            None
        }
    }
}

fn git(object: &Object<'_, '_>) -> Option<Sources> {
    // A repository's address, or the name of a GitRepository.
    let url = match object.has("url") {
        true => source::repository_url(object),
        false => object.required_text("repository").map(str::to_owned),
    };
    object.ignore(&["repository"]);
    let reference = object.required_text("reference");
    let base_dir = object.text("baseDir").unwrap_or_default().to_owned();
    let secret = object.text("credentialsSecretName").filter(|name| !name.is_empty());
    let kind = match object.text("credentialsType") {
        Some("key") => GitAuthKind::Key,
        _ => GitAuthKind::Basic,
    };
    object.finish();
    let auth = secret.map(|name| GitAuth { kind, secret_name: name.to_owned() });
    let (url, reference) = (url?, reference?.to_owned());
    let source = Source::Git(Git { url, reference, base_dir, auth, commit: None });
    Some(Sources { source, handler: Handler::default(), dependencies: None })
}
