//! Addresses that functions have on a cluster.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};

use avocet_functions::model::FunctionName;

use crate::routes::RouteTable;

/// The functions of this platform, for requests that it sends to
/// `http://<function>.<namespace>.svc…`: such a request goes to its own gateway, which routes by
/// host name, where the function is deployed. Other names are the network's.
#[derive(Default, Clone)]
pub(crate) struct Neighbours {
    /// Weak: functions in the table hold workers, whose host services may hold this.
    routes: Weak<RouteTable>,
    gateway: Option<SocketAddr>,
}

impl std::fmt::Debug for Neighbours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Neighbours").field("gateway", &self.gateway).finish_non_exhaustive()
    }
}

impl Neighbours {
    /// The functions in `routes`, which answer at `gateway`. The default has none.
    pub(crate) fn new(routes: &Arc<RouteTable>, gateway: SocketAddr) -> Self {
        Self { routes: Arc::downgrade(routes), gateway: Some(gateway) }
    }

    /// Address of the gateway, where `service` is the host name of a function here.
    pub(crate) fn address_of(&self, service: &str) -> Option<SocketAddr> {
        let name = FunctionName::of_service(service)?;
        self.routes.upgrade()?.load().get(name.as_str())?;
        self.gateway
    }
}
