//! Calls of functions that are being deployed for the first time.

use std::borrow::Cow;

use avocet_functions::request::Reserved;
use http::request::Parts;
use http::{Response, StatusCode};

use super::{Gateway, GatewayBody, route};
use crate::life::{ByHost, Found, Function, Impatient};

impl Gateway {
    /// What a request is for: of what is there, then of what is to come.
    pub(super) async fn find<'a>(
        &self,
        parts: &Parts,
        target: &'a str,
    ) -> Result<ByHost<'a>, Impatient> {
        // The table is not held on to: it may be swapped while the call runs.
        let found = route::find(&self.life.routes.load(), parts, target);
        if matches!(found, ByHost::Found(_)) || Reserved::of_gateway(target).is_some() {
            return Ok(found);
        }
        if !self.life.arrivals.are_named() {
            self.life.arrivals.until_named().await?;
        }
        let coming = route::find(&self.life.arrivals.table.load(), parts, target);
        if let ByHost::Found(_) = coming {
            return Ok(coming);
        }
        // What was to come may have come in between.
        Ok(route::find(&self.life.routes.load(), parts, target))
    }

    /// Waits until the function is there; gives it where that was necessary.
    pub(super) async fn arrived<'a>(
        &self,
        parts: &Parts,
        found: &Found<'a>,
    ) -> Result<Option<Found<'a>>, Box<Response<GatewayBody>>> {
        let function = &found.function;
        let Some(arrival) = &function.arrival else { return Ok(None) };
        if let Err(impatient) = arrival.over().await {
            return Err(Box::new(of_function(function, impatient)));
        }
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        let routes = self.life.routes.load();
        match route::find(&routes, parts, target) {
            ByHost::Found(found) => Ok(Some(Found {
                function: found.function,
                url: Cow::Owned(found.url.into_owned()),
            })),
            ByHost::Closed { methods } => Err(Box::new(route::closed(parts, target, &methods))),
            ByHost::Free => Err(Box::new(route::nothing(&routes, &parts.method, target))),
        }
    }
}

/// Tells a caller to come back for a function.
pub(super) fn late(function: &Function) -> Response<GatewayBody> {
    of_function(function, Impatient::Late)
}

fn of_function(function: &Function, impatient: Impatient) -> Response<GatewayBody> {
    refusal(impatient, &format!("the function {} is", function.name), function.cors)
}

/// Tells a caller to come back for `what`.
pub(super) fn refusal(impatient: Impatient, what: &str, cors: bool) -> Response<GatewayBody> {
    let why = match impatient {
        Impatient::Full => ", and too many calls wait for that already",
        Impatient::Late => "",
    };
    let text = format!("{what} being deployed{why}; try again");
    super::refusal(StatusCode::SERVICE_UNAVAILABLE, text, cors)
}
