//! Calls of functions that are being deployed for the first time.

use std::sync::Arc;

use avocet_functions::request::Reserved;
use http::request::Parts;
use http::{Response, StatusCode};

use super::{GatewayBody, Routed, route};
use crate::net;
use crate::routes::{Arriving, Callee, Found, Lookup, WaitError};

/// Function that a request is for, if any.
pub(super) enum Target<'a> {
    Now(Lookup<'a>),
    /// A function that is being deployed for the first time.
    Arriving(Found<'a, Arc<Arriving>>),
}

impl Routed {
    /// Looks among the deployed functions, then among the arriving ones.
    pub(super) async fn find<'a>(
        &self,
        parts: &'a Parts,
        target: &'a str,
    ) -> Result<Target<'a>, WaitError> {
        let address = route::address(parts, target);
        // The table is not held on to: it may be swapped while the call runs.
        let found = self.routes.load().find(address);
        if matches!(found, Lookup::Found(_)) || Reserved::of_gateway(target).is_some() {
            return Ok(Target::Now(found));
        }
        self.arrivals.until_announced().await?;
        let routes = self.routes.load();
        Ok(match routes.find_arriving(address) {
            Lookup::Found(found) => Target::Arriving(found),
            // What was to come may have come in between.
            _ => Target::Now(routes.find(address)),
        })
    }

    /// Waits until the function is there.
    pub(super) async fn arrived<'a>(
        &self,
        parts: &'a Parts,
        arriving: &Arriving,
    ) -> Result<Found<'a>, Box<Response<GatewayBody>>> {
        if let Err(error) = arriving.settled().await {
            return Err(Box::new(of_function(Callee::from(arriving), error)));
        }
        let target = net::target(parts);
        let routes = self.routes.load();
        match routes.find(route::address(parts, target)) {
            Lookup::Found(found) => Ok(found),
            Lookup::Closed { methods } => Err(Box::new(route::closed(parts, target, &methods))),
            Lookup::Free => Err(Box::new(route::nothing(&routes, &parts.method, target))),
        }
    }
}

/// Asks a caller to come back for a function.
pub(super) fn late(function: Callee<'_>) -> Response<GatewayBody> {
    of_function(function, WaitError::TimedOut)
}

fn of_function(function: Callee<'_>, error: WaitError) -> Response<GatewayBody> {
    refusal(error, &format!("the function {} is", function.name), function.cors)
}

/// Asks a caller to come back for `what`.
pub(super) fn refusal(error: WaitError, what: &str, cors: bool) -> Response<GatewayBody> {
    let why = match error {
        WaitError::Full => ", and too many calls wait for that already",
        WaitError::TimedOut => "",
    };
    let text = format!("{what} being deployed{why}; try again");
    super::refusal(StatusCode::SERVICE_UNAVAILABLE, text, cors)
}
