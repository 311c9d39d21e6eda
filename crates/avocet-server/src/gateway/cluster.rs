//! Addresses that functions have on a cluster, for other functions: `http://back`,
//! `http://back.default`, `http://back.default.svc`, `http://back.default.svc.cluster.local`.
//!
//! Each namespace has a listener of its own on the loopback interface, to which its workers connect
//! in place of such an address: by it the caller's namespace is known, which a name of one label
//! leaves out.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use http::header::HOST;
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use tokio::sync::watch;

use super::route::Within;
use super::{Gateway, GatewayBody, refusal};
use crate::net::{Connection, Listener, Serve, serve};

/// Namespace of the cluster's own services.
const SYSTEM: &str = "kyma-system";

/// Names of the service that takes events, today's and the one before.
const PUBLISHERS: [&str; 2] = ["eventing-publisher-proxy", "eventing-event-publisher-proxy"];

/// Paths by which it takes CloudEvents.
const PUBLISH_PATHS: [&str; 2] = ["/publish", "/v2/events"];

/// The listeners of all namespaces.
pub(crate) struct Cluster {
    /// Weak: the gateway leads to functions, whose workers are given addresses of this.
    gateway: OnceLock<Weak<Gateway>>,
    listener: Listener,
    draining: watch::Receiver<bool>,
    grace: Arc<Mutex<Duration>>,
    doors: Mutex<BTreeMap<String, SocketAddr>>,
}

impl Cluster {
    /// Without any listener yet. They accept until `draining` turns true, and finish what runs for up
    /// to `grace` after that.
    pub(crate) fn new(
        listener: Listener,
        draining: watch::Receiver<bool>,
        grace: Arc<Mutex<Duration>>,
    ) -> Arc<Self> {
        let (gateway, doors) = (OnceLock::new(), Mutex::default());
        Arc::new(Self { gateway, listener, draining, grace, doors })
    }

    /// Sets the gateway that answers, as long as it lives; otherwise calls are answered with 503.
    pub(crate) fn open(&self, gateway: &Arc<Gateway>) {
        let _ = self.gateway.set(Arc::downgrade(gateway));
    }

    /// Address of the listener of a namespace, begun where it is not there; `None` where the system
    /// gives no port. Must run inside a tokio runtime.
    pub(crate) fn address(self: &Arc<Self>, namespace: &str) -> Option<SocketAddr> {
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(address) = doors.get(namespace) {
            return Some(*address);
        }
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        socket.set_nonblocking(true).ok()?;
        let address = socket.local_addr().ok()?;
        let socket = tokio::net::TcpListener::from_std(socket).ok()?;
        let door = Door { cluster: self.clone(), namespace: namespace.into() };
        let grace = self.grace.clone();
        let grace = move || *grace.lock().unwrap_or_else(PoisonError::into_inner);
        let (listener, draining) = (self.listener.clone(), self.draining.clone());
        tokio::spawn(serve(socket, listener, draining, grace, Arc::new(door)));
        doors.insert(namespace.to_owned(), address);
        Some(address)
    }
}

/// The listener of one namespace.
struct Door {
    cluster: Arc<Cluster>,
    namespace: Arc<str>,
}

impl Serve for Door {
    type Body = GatewayBody;

    async fn serve(
        &self,
        mut request: Request<Incoming>,
        connection: &Arc<Connection>,
    ) -> Response<GatewayBody> {
        let Some(gateway) = self.cluster.gateway.get().and_then(Weak::upgrade) else {
            let text = "the platform is starting or ending; try again".to_owned();
            return refusal(StatusCode::SERVICE_UNAVAILABLE, text, false);
        };
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        if let Some((host, uri)) = directed(host.unwrap_or(""), request.uri(), &self.namespace) {
            request.headers_mut().insert(HOST, host);
            *request.uri_mut() = uri;
            request.extensions_mut().insert(Within(self.namespace.clone()));
        }
        gateway.serve(request, connection).await
    }
}

/// Host and address by which the gateway finds what a function of `namespace` asks for; `None` where
/// that is no service's name.
fn directed(host: &str, uri: &Uri, namespace: &str) -> Option<(HeaderValue, Uri)> {
    let host = host.to_ascii_lowercase();
    let (service, of) = service(&host, namespace)?;
    if of == SYSTEM && PUBLISHERS.contains(&service) && PUBLISH_PATHS.contains(&uri.path()) {
        return Some((HeaderValue::from_static("localhost"), Uri::from_static("/publish")));
    }
    let host = format!("{service}.{of}.svc.cluster.local");
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    Some((HeaderValue::from_str(&host).ok()?, target.parse().ok()?))
}

/// Name and namespace of a service by its host name, with or without port.
fn service<'a>(host: &'a str, namespace: &'a str) -> Option<(&'a str, &'a str)> {
    let name = host.split(':').next()?.trim_end_matches('.');
    let whole = name.strip_suffix(".svc.cluster.local").or_else(|| name.strip_suffix(".svc"));
    match (whole, whole.unwrap_or(name).split_once('.')) {
        (None, None) if !name.is_empty() => Some((name, namespace)),
        (_, Some((service, of))) if !of.contains('.') => Some((service, of)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_found_by_every_form_of_their_name() {
        let shown = |host: &str, target: &str| {
            let found = directed(host, &target.parse().unwrap(), "shop")?;
            Some(format!("{} {}", found.0.to_str().unwrap(), found.1))
        };
        let back = |namespace| Some(format!("back.{namespace}.svc.cluster.local /x?y=1"));
        for (host, namespace) in [
            ("back", "shop"),
            ("back:8080", "shop"),
            ("Back.other", "other"),
            ("back.other.svc", "other"),
            ("back.other.svc.cluster.local:80", "other"),
            ("back.other.svc.cluster.local.", "other"),
        ] {
            assert_eq!(shown(host, "/x?y=1"), back(namespace), "{host}");
        }
        for host in ["", "back.svc", "a.b.c", "a.b.c.svc.cluster.local", "127.0.0.1"] {
            assert_eq!(shown(host, "/"), None, "{host}");
        }
        for path in ["/publish", "/v2/events"] {
            let bus = shown("eventing-publisher-proxy.kyma-system", path);
            assert_eq!(bus.as_deref(), Some("localhost /publish"));
        }
    }
}
