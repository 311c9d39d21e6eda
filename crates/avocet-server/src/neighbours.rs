//! Addresses that functions have on a cluster.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, Weak};

use avocet_functions::model::FunctionName;

use crate::life::Life;

/// The functions of this platform, for what it sends to `http://<function>.<namespace>.svc…`: such
/// a request goes to its own gateway, which routes by host name, where the function is deployed.
/// Other names are the network's.
#[derive(Default)]
pub(crate) struct Neighbours {
    /// Known once the gateway is.
    found: OnceLock<(Weak<Life>, SocketAddr)>,
}

impl std::fmt::Debug for Neighbours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Neighbours").finish_non_exhaustive()
    }
}

impl Neighbours {
    /// Those of `life`, which answer at `gateway`. Only the first word counts.
    pub(crate) fn meet(&self, life: &Arc<Life>, gateway: SocketAddr) {
        self.found.get_or_init(|| (Arc::downgrade(life), gateway));
    }

    /// Where to connect to for the service `host`, where it is a function here.
    pub(crate) fn address_of(&self, host: &str) -> Option<SocketAddr> {
        let (life, gateway) = self.found.get()?;
        let name = FunctionName::of_service(host)?;
        life.upgrade()?.find(name.namespace(), name.name()).map(|_| *gateway)
    }
}
