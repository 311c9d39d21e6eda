//! `kind: APIRule`: host and path routes of both generations.
//!
//! A route that asks for authentication is closed, with a warning: nothing here would check it, and
//! a route that is closed in a cluster must not be open here, by another route neither.

use http::Method;

use crate::model::{ApiRoute, ApiRule, FunctionName, PathPattern, Resource};

use super::metadata;
use super::object::{Object, text_of};

pub(super) fn read(document: &Object<'_, '_>) -> Option<Resource> {
    let named = metadata::object(document);
    let old = document.peek_text("apiVersion").is_some_and(|v| v.ends_with("v1beta1"));
    let spec = document.required_object("spec");
    document.finish();
    let spec = spec?;
    let hosts = hosts(&spec);
    let (name, _) = named?;
    let service = spec.object("service").and_then(|s| service(&s, &name.namespace));
    spec.ignore(&["gateway", "corsPolicy", "timeout"]);
    let rules = spec.objects("rules");
    if rules.is_empty() && !spec.has("rules") {
        spec.missing("rules", "a list of paths");
    }
    let generation = if old { Generation::Regex } else { Generation::Template };
    let routes = rules
        .iter()
        .filter_map(|rule| route(rule, service.as_ref(), &name.namespace, generation))
        .collect();
    spec.finish();
    Some(Resource::ApiRule(ApiRule { name, hosts, routes }))
}

/// How paths are written.
#[derive(Clone, Copy)]
enum Generation {
    /// `v1beta1`: a regular expression.
    Regex,
    /// Later: `{*}`, `{**}` and a last `*`.
    Template,
}

/// `host` (older) or `hosts`.
fn hosts(spec: &Object<'_, '_>) -> Vec<String> {
    let mut hosts: Vec<String> = spec.text("host").map(str::to_owned).into_iter().collect();
    let listed = spec.list("hosts");
    hosts.extend(listed.iter().filter_map(|f| text_of(spec.cx, f)).map(str::to_owned));
    if hosts.is_empty() {
        spec.missing("hosts", "a list of host names");
    }
    hosts
}

fn service(service: &Object<'_, '_>, namespace: &str) -> Option<FunctionName> {
    let name = service.required_text("name");
    let namespace = service.text("namespace").unwrap_or(namespace);
    service.ignore(&["port", "external"]);
    service.finish();
    match FunctionName::new(namespace, name?) {
        Ok(name) => Some(name),
        Err(error) => {
            service.cx.error(service.at_of("name"), &service.path_of("name"), error.to_string());
            None
        }
    }
}

fn route(
    rule: &Object<'_, '_>,
    default: Option<&FunctionName>,
    namespace: &str,
    generation: Generation,
) -> Option<ApiRoute> {
    let path = rule.required_text("path");
    let methods = methods(rule);
    let own = rule.object("service").and_then(|s| service(&s, namespace));
    let open = is_open(rule);
    rule.ignore(&["mutators", "request", "timeout"]);
    rule.finish();
    let path = path?;
    let Some(function) = own.or_else(|| default.cloned()) else {
        rule.missing("service", "the function that answers");
        return None;
    };
    if !open {
        let message = "this route asks for authentication, which is not checked here: it is closed";
        rule.cx.warning(rule.at, &rule.path, message);
        let path = pattern(path, generation).unwrap_or_else(|| beginning(path));
        return Some(ApiRoute { path, methods, function, closed: true });
    }
    match pattern(path, generation) {
        Some(path) => Some(ApiRoute { path, methods, function, closed: false }),
        None => {
            let message = format!("path {path:?} is not supported: the route is left out");
            let help = "write a path, or one that ends in `/.*` (v1beta1) or `/*`";
            let at = rule.at_of("path");
            rule.cx.warning_with_help(at, &rule.path_of("path"), message, help);
            None
        }
    }
}

/// Everything that may be meant by a path that is none of our patterns.
fn beginning(path: &str) -> PathPattern {
    let sign = path.find(|c| ".*+?()[]{}|\\^$".contains(c)).unwrap_or(path.len());
    let (literal, signs) = path.split_at(sign);
    let mut literal = literal.to_owned();
    if signs.contains('|') {
        literal.truncate(1);
    } else if signs.starts_with(['*', '?']) {
        // The sign makes the character before it optional.
        literal.pop();
    }
    PathPattern::Prefix(literal)
}

fn methods(rule: &Object<'_, '_>) -> Vec<String> {
    let mut methods = Vec::new();
    for field in rule.list("methods") {
        let Some(text) = text_of(rule.cx, &field) else { continue };
        match Method::from_bytes(text.as_bytes()) {
            Ok(method) => methods.push(method.as_str().to_owned()),
            Err(_) => {
                rule.cx.error(field.node.at, &field.path, format!("{text:?} is no HTTP method"));
            }
        }
    }
    methods
}

/// Whether the rule says that anybody may call.
fn is_open(rule: &Object<'_, '_>) -> bool {
    let no_auth = rule.boolean("noAuth").unwrap_or(false);
    let other = rule.get("jwt").is_some() | rule.get("extAuth").is_some();
    let strategies = rule.objects("accessStrategies");
    let open = |strategy: &Object<'_, '_>| {
        let handler = strategy.required_text("handler");
        matches!(handler, Some("allow" | "noop" | "no_auth"))
    };
    let listed = !strategies.is_empty() && strategies.iter().all(open);
    (no_auth || listed) && !other
}

fn pattern(path: &str, generation: Generation) -> Option<PathPattern> {
    if !path.starts_with('/') {
        return None;
    }
    let literal = |text: &str, signs: &str| !text.contains(|c| signs.contains(c));
    match generation {
        Generation::Regex => match path.strip_suffix(".*") {
            Some(start) => {
                let sound = start.ends_with('/') && literal(start, "*+?()[]{}|\\^$");
                sound.then(|| PathPattern::Prefix(start.to_owned()))
            }
            None => literal(path, "*+?()[]{}|\\^$").then(|| PathPattern::Exact(path.to_owned())),
        },
        Generation::Template => template(path),
    }
}

fn template(path: &str) -> Option<PathPattern> {
    if let Some(start) = path.strip_suffix("/*") {
        return (!start.contains(['*', '{'])).then(|| PathPattern::Prefix(format!("{start}/")));
    }
    if !path.contains(['*', '{']) {
        return Some(PathPattern::Exact(path.to_owned()));
    }
    let segments: Vec<String> = path[1..].split('/').map(str::to_owned).collect();
    let last = segments.len() - 1;
    let sound = segments.iter().enumerate().all(|(index, segment)| match segment.as_str() {
        "{*}" => true,
        "{**}" => index == last,
        other => !other.contains(['*', '{', '}']),
    });
    sound.then_some(PathPattern::Template(segments))
}
