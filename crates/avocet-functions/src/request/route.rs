//! From a request's address to a function.

use std::borrow::Cow;

use crate::model::check_label;

/// A function's address in a request, by path (`/<namespace>/<function>/rest?query`) or by host
/// name (`<function>.<namespace>.<anything>`).
///
/// Both parts are checked to be names; whether such a function is deployed is for the registry to
/// say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route<'a> {
    key: Cow<'a, str>,
    url: Cow<'a, str>,
}

impl<'a> Route<'a> {
    /// By path. `target` is path and query as the request has them; the function sees what comes
    /// after its name, `/` where nothing does.
    /// ```
    /// use avocet_functions::request::Route;
    ///
    /// let route = Route::from_path("/shop/orders/7?full").ok_or("no route")?;
    /// assert_eq!((route.key(), route.url()), ("shop/orders", "/7?full"));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn from_path(target: &'a str) -> Option<Self> {
        let rest = target.strip_prefix('/')?;
        let slash = rest.find('/')?;
        let after = &rest[slash + 1..];
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        check_label(&rest[..slash]).ok()?;
        check_label(&after[..end]).ok()?;
        let (key, url) = rest.split_at(slash + 1 + end);
        Some(Self { key: Cow::Borrowed(key), url: rooted(url) })
    }

    /// By host name, with or without port. The function sees the whole `target`. An IP address or
    /// a name of fewer than three labels is no such address.
    pub fn from_host(host: &str, target: &'a str) -> Option<Self> {
        let name = host.split(':').next().unwrap_or(host).trim_end_matches('.');
        let mut labels = name.splitn(3, '.');
        let (function, namespace, rest) = (labels.next()?, labels.next()?, labels.next()?);
        let last = rest.rsplit('.').next().unwrap_or(rest);
        if last.is_empty() || last.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let key = format!("{namespace}/{function}").to_ascii_lowercase();
        let (namespace, function) = key.split_once('/')?;
        check_label(namespace).ok()?;
        check_label(function).ok()?;
        Some(Self { key: Cow::Owned(key), url: rooted(target) })
    }

    /// `namespace/name`: the key of a map by [`crate::model::FunctionName`].
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        self.key.split_once('/').map_or("", |(namespace, _)| namespace)
    }

    /// The function's name in it.
    pub fn function(&self) -> &str {
        self.key.split_once('/').map_or("", |(_, function)| function)
    }

    /// Path and query as the function sees them, beginning with `/`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The path that the platform answers itself, where [`Route::url`] is one.
    pub fn reserved(&self) -> Option<Reserved> {
        Reserved::of(&self.url)
    }
}

fn rooted(url: &str) -> Cow<'_, str> {
    match url.as_bytes().first() {
        Some(b'/') => Cow::Borrowed(url),
        None => Cow::Borrowed("/"),
        Some(_) => Cow::Owned(format!("/{url}")),
    }
}

/// Paths that never reach a function: the gateway's own, and below each function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reserved {
    /// `/healthz`: 200 `OK`.
    Healthz,
    /// `/metrics`: Prometheus text.
    Metrics,
    /// `/favicon.ico`: 204.
    Favicon,
    /// `/publish`: a CloudEvent for the bus; at the gateway's root only.
    Publish,
}

impl Reserved {
    /// The reserved path that `target` (path and query) is.
    pub fn of(target: &str) -> Option<Self> {
        let path = target.split(['?', '#']).next().unwrap_or(target);
        match path {
            "/healthz" => Some(Self::Healthz),
            "/metrics" => Some(Self::Metrics),
            "/favicon.ico" => Some(Self::Favicon),
            _ => None,
        }
    }

    /// As [`Reserved::of`], at the gateway's root.
    pub fn of_gateway(target: &str) -> Option<Self> {
        let path = target.split(['?', '#']).next().unwrap_or(target);
        if path == "/publish" { Some(Self::Publish) } else { Self::of(target) }
    }
}
