//! Everything that functions ask of the platform while they run.

use std::sync::Arc;

use avocet_frames::head::{Asked, Operation};
use avocet_services::{Answer, Owner};
use avocet_workers::{Definition, HostAnswer, HostFuture, HostRequest, HostServices};

use crate::services::Services;

/// Events go to the bus, everything else to the stores and out by HTTP.
#[derive(Debug)]
pub(crate) struct Host {
    events: Services,
    services: Arc<avocet_services::Services>,
}

impl Host {
    pub(crate) fn new(events: Services, services: Arc<avocet_services::Services>) -> Self {
        Self { events, services }
    }
}

impl HostServices for Host {
    fn call(&self, request: HostRequest) -> HostFuture {
        let HostRequest { function, asked, body, .. } = match request.asked {
            Asked::Known(Operation::PublishEvent) | Asked::Unknown { .. } => {
                return self.events.call(request);
            }
            Asked::Known(_) => request,
        };
        let Asked::Known(operation) = asked else {
            return Box::pin(std::future::ready(HostAnswer::error(501, "no such service")));
        };
        let services = self.services.clone();
        let owner = owner(&function);
        Box::pin(async move { answered(services.call(&owner, operation, body).await) })
    }
}

/// The function that asks, as the supervisor knows it: a function cannot name another.
fn owner(function: &Definition) -> Owner {
    let load = function.load();
    Owner {
        namespace: load.namespace.clone(),
        name: load.name.clone(),
        egress: load.services.egress.clone(),
    }
}

fn answered(answer: Answer) -> HostAnswer {
    let Answer { status, error, value, body } = answer;
    HostAnswer { status, error, value, body }
}
