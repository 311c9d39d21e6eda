//! From a request's host and path to a function, or to the sentence that says why there is none.

use std::sync::Arc;

use avocet_functions::response::Answer;
use http::header::{ALLOW, HOST};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, Version};

use super::{GatewayBody, refusal, respond};
use crate::routes::{Address, Routes, nearby};

const SHAPE: &str = "functions are at /NAMESPACE/FUNCTION";

/// Fault of the request's `Host` (RFC 9112, section 3.2), if any.
pub(super) fn host_fault(parts: &Parts) -> Option<&'static str> {
    let mut hosts = parts.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (_, Some(_)) => Some("a request has one Host line, this one has several"),
        (None, None) if parts.version == Version::HTTP_11 => {
            Some("a request of HTTP/1.1 needs a Host line, this one has none")
        }
        (Some(host), None) if !is_host(host.as_bytes()) => {
            Some("the Host line is no host name or address with or without port")
        }
        _ if parts.uri.authority().is_some_and(|own| !is_host(own.as_str().as_bytes())) => {
            Some("the host in the request's line is no host name or address")
        }
        _ => None,
    }
}

/// Whether a text has only what a host and a port may have (RFC 3986, sections 3.2.2 and 3.2.3);
/// none at all is allowed.
fn is_host(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(byte))
}

/// Namespace of the functions that a request comes from, beside one that came by their own door.
#[derive(Clone)]
pub(super) struct Within(pub(super) Arc<str>);

/// Host, method and target of a request, and where it comes from.
pub(super) fn address<'a>(parts: &'a Parts, target: &'a str) -> Address<'a, 'a> {
    let named = parts.uri.authority().map(|authority| authority.as_str());
    let host = named.or_else(|| parts.headers.get(HOST)?.to_str().ok());
    let within = parts.extensions.get::<Within>().map(|Within(namespace)| &**namespace);
    Address { host, method: parts.method.as_str(), target, within }
}

/// The host or the function is an API rule's, which has no route for the request; `methods` it has
/// for the path.
pub(super) fn closed(parts: &Parts, target: &str, methods: &[String]) -> Response<GatewayBody> {
    let path = path_of(target);
    if methods.is_empty() {
        let text = format!("the API rules here have no open route for {path:?}");
        return refusal(StatusCode::NOT_FOUND, text, true);
    }
    let allowed = methods.join(", ");
    let method = &parts.method;
    let text = format!("{path:?} has no route for {method}; it has one for {allowed}");
    let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, text, true);
    if let Ok(allowed) = HeaderValue::try_from(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

/// Nothing is there: says what may have been meant.
pub(super) fn nothing(routes: &Routes, method: &Method, target: &str) -> Response<GatewayBody> {
    if method == Method::OPTIONS && target == "*" {
        return respond::own(Answer::text(StatusCode::OK, ""));
    }
    let mut segments = path_of(target).split('/').skip(1);
    let (first, second) = (segments.next().unwrap_or(""), segments.next().unwrap_or(""));
    let more = segments.next().is_some();
    let text = match (first, second) {
        ("", "") if !more => SHAPE.to_owned(),
        ("", _) => format!("the path begins with two slashes; {SHAPE}"),
        (_, "") if more => format!("the path has two slashes in a row; {SHAPE}"),
        _ if first.contains('%') || second.contains('%') => {
            format!("a name is written as it is, without percent signs; {SHAPE}")
        }
        (name, "") => format!("{SHAPE}; {}", nearby(routes, "default", name)),
        (namespace, name) => nearby(routes, namespace, name),
    };
    refusal(StatusCode::NOT_FOUND, text, true)
}

fn path_of(target: &str) -> &str {
    target.split('?').next().unwrap_or(target)
}
