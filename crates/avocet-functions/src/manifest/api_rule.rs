//! `kind: APIRule`: host and path routes of every generation.
//!
//! A route that asks for authentication is closed, with a warning: nothing here would check it, and
//! a route that is closed in a cluster must not be open here, by another route neither.

use http::Method;

use crate::model::{
    ApiRoute, ApiRule, FunctionName, ObjectName, PathPattern, PathRegex, PathRegexError, Resource,
};

use super::metadata;
use super::object::{Object, text_of};

pub(super) fn read(document: &Object<'_, '_>) -> Option<Resource> {
    let named = metadata::object(document);
    let version = document.peek_text("apiVersion").and_then(|v| v.rsplit_once('/'));
    let paths = match version {
        Some((_, "v1alpha1" | "v1beta1")) => Paths::Regex,
        Some((_, "v1beta2")) => Paths::Either,
        _ => Paths::Template,
    };
    let spec = document.required_object("spec");
    document.finish();
    let spec = spec?;
    let (name, _) = named?;
    let rule = read_spec(&spec, name, &Defaults { paths, function: None });
    Some(Resource::ApiRule(rule))
}

/// Fields that functions have here.
const OF_FUNCTION: [(&str, &str); 2] = [
    ("corsPolicy", "the Function's `spec.cors` says whether pages of other sites may call it"),
    ("timeout", "the Function's `spec.timeout` limits its calls"),
];

/// Changes to requests, which nobody makes here.
const OF_REQUEST: [(&str, &str); 2] = [
    ("mutators", "the function sees the request as it came"),
    ("request", "the function sees the request as it came"),
];

/// Defaults of fields that are absent.
pub(super) struct Defaults {
    pub(super) paths: Paths,
    /// Function that answers where no service is named; its name is the host where none is named.
    pub(super) function: Option<FunctionName>,
}

/// Notation of paths.
#[derive(Clone, Copy)]
pub(super) enum Paths {
    /// Until `v1beta1`: a regular expression, which the whole path has to match.
    Regex,
    /// `v1beta2`: either of both.
    Either,
    /// Later: `{*}`, `{**}` and a last `*`.
    Template,
}

/// The rule that `spec` describes.
pub(super) fn read_spec(spec: &Object<'_, '_>, name: ObjectName, defaults: &Defaults) -> ApiRule {
    let Defaults { paths, function } = defaults;
    let service = spec.object("service").map(|s| service(&s, &name.namespace, function.as_ref()));
    let (service, of_service) = service.unwrap_or_else(|| (function.clone(), None));
    let hosts = hosts(spec, of_service, function.as_ref());
    spec.ignore(&["gateway"]);
    spec.without_effect(&OF_FUNCTION);
    let rules = spec.objects("rules");
    if rules.is_empty() && !spec.has("rules") {
        spec.missing("rules", "a list of paths");
    }
    let any = function.is_some().then_some("/.*");
    let routes = rules
        .iter()
        .filter_map(|rule| route(rule, service.as_ref(), &name.namespace, (*paths, any)))
        .collect();
    spec.finish();
    ApiRule { name, hosts, routes }
}

/// `hosts`, `host` (until `v1beta1`) or `service.host` (`v1alpha1`).
fn hosts(
    spec: &Object<'_, '_>,
    of_service: Option<String>,
    function: Option<&FunctionName>,
) -> Vec<String> {
    let mut hosts: Vec<String> = spec.text("host").map(str::to_owned).into_iter().collect();
    let listed = spec.list("hosts");
    hosts.extend(listed.iter().filter_map(|f| text_of(spec.cx, f)).map(str::to_owned));
    hosts.extend(of_service);
    if hosts.is_empty() {
        match function {
            Some(function) => hosts.push(function.name().to_owned()),
            None => spec.missing("hosts", "a list of host names"),
        }
    }
    hosts
}

/// The function that a service is, and the host that `v1alpha1` names there.
fn service(
    service: &Object<'_, '_>,
    namespace: &str,
    default: Option<&FunctionName>,
) -> (Option<FunctionName>, Option<String>) {
    let name = match default {
        Some(default) => Some(service.text("name").unwrap_or(default.name())),
        None => service.required_text("name"),
    };
    let namespace = service.text("namespace").unwrap_or(namespace);
    let host = service.text("host").filter(|host| !host.is_empty()).map(str::to_owned);
    service.ignore(&["port", "external", "isExternal"]);
    service.finish();
    let Some(name) = name else { return (None, host) };
    match FunctionName::new(namespace, name) {
        Ok(name) => (Some(name), host),
        Err(error) => {
            service.cx.error(service.at_of("name"), &service.path_of("name"), error.to_string());
            (None, host)
        }
    }
}

fn route(
    rule: &Object<'_, '_>,
    default: Option<&FunctionName>,
    namespace: &str,
    (paths, any): (Paths, Option<&'static str>),
) -> Option<ApiRoute> {
    let path = match any {
        Some(any) => Some(rule.text("path").unwrap_or(any)),
        None => rule.required_text("path"),
    };
    let methods = methods(rule);
    let own = rule.object("service").and_then(|s| service(&s, namespace, None).0);
    let open = is_open(rule);
    rule.without_effect(&OF_FUNCTION);
    rule.without_effect(&OF_REQUEST);
    rule.finish();
    let path = path?;
    let Some(function) = own.or_else(|| default.cloned()) else {
        rule.missing("service", "the function that answers");
        return None;
    };
    let found = pattern(path, paths);
    if !open {
        let message = "this route asks for authentication, which is not checked here: it is closed";
        rule.cx.warning(rule.at, &rule.path, message);
        let path = found.unwrap_or_else(|_| beginning(path));
        return Some(ApiRoute { path, methods, function, closed: true });
    }
    match found {
        Ok(path) => Some(ApiRoute { path, methods, function, closed: false }),
        Err(why) => {
            let message = format!("path {path:?} {why}: the route is left out");
            let help = match paths {
                Paths::Template => {
                    "write a path, with `{*}` for one part of it, or `/*` at its end"
                }
                _ => "write a path or a regular expression, such as `/orders/.*`",
            };
            let at = rule.at_of("path");
            rule.cx.warning_with_help(at, &rule.path_of("path"), message, help);
            None
        }
    }
}

/// Everything that may be meant by a path that is none of our patterns.
fn beginning(path: &str) -> PathPattern {
    let sign = path.find(|c| SIGNS.contains(c)).unwrap_or(path.len());
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

/// Signs of regular expressions that a path has not.
const SIGNS: &str = ".*+?()[]{}|\\^$";

/// Paths that are meant, or the reason for which they are unknown.
fn pattern(path: &str, paths: Paths) -> Result<PathPattern, String> {
    match paths {
        Paths::Regex => regex(path),
        Paths::Template => template(path),
        Paths::Either if path.contains('{') || path.ends_with("/*") => template(path),
        Paths::Either => regex(path),
    }
}

fn rooted(path: &str) -> Result<&str, String> {
    path.starts_with('/').then_some(path).ok_or_else(|| "does not begin with `/`".to_owned())
}

fn regex(path: &str) -> Result<PathPattern, String> {
    let literal = |text: &str| !text.contains(|c| SIGNS.contains(c));
    if literal(path) {
        return rooted(path).map(|path| PathPattern::Exact(path.to_owned()));
    }
    // What a cluster's own gateway takes for every path.
    let start = if path == "/*" { Some("/") } else { path.strip_suffix(".*") };
    match start.filter(|start| start.starts_with('/') && start.ends_with('/') && literal(start)) {
        Some(start) => Ok(PathPattern::Prefix(start.to_owned())),
        None => {
            let regex = path.parse::<PathRegex>();
            regex.map(PathPattern::Regex).map_err(|why| format!("is no regular expression ({why})"))
        }
    }
}

fn template(path: &str) -> Result<PathPattern, String> {
    let path = rooted(path)?;
    if let Some(start) = path.strip_suffix("/*").filter(|start| !start.contains(['*', '{'])) {
        return Ok(PathPattern::Prefix(format!("{start}/")));
    }
    if !path.contains(['*', '{']) {
        return Ok(PathPattern::Exact(path.to_owned()));
    }
    let segments: Vec<String> = path[1..].split('/').map(str::to_owned).collect();
    let last = segments.len() - 1;
    let operators: Vec<&String> = segments.iter().filter(|s| s.contains(['*', '{', '}'])).collect();
    if !operators.iter().all(|operator| matches!(operator.as_str(), "{*}" | "{**}")) {
        return Err("has more than `{*}` and `{**}` between its slashes".to_owned());
    }
    match segments.iter().position(|segment| segment == "{**}") {
        Some(at) if at < last => {
            if operators.last().is_some_and(|o| *o != "{**}")
                || operators.iter().filter(|o| **o == "{**}").count() > 1
            {
                return Err("has more after `{**}` than plain parts".to_owned());
            }
            let parts = segments.iter().map(|segment| match segment.as_str() {
                "{*}" => "[^/]+".to_owned(),
                "{**}" => ".*".to_owned(),
                own => escaped(own),
            });
            let regex = format!("/{}", parts.collect::<Vec<_>>().join("/"));
            regex.parse().map(PathPattern::Regex).map_err(|why: PathRegexError| why.to_string())
        }
        _ => Ok(PathPattern::Template(segments)),
    }
}

/// A text as a regular expression that matches it alone.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if SIGNS.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
