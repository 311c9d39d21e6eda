//! A gateway in front of one function: every path is the function's, but for three.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use avocet_functions::request::Reserved;
use avocet_workers::Phase;
use http::request::Parts;
use http::{Response, StatusCode};
use hyper::body::Incoming;
use std::borrow::Cow;

use super::{Gateway, GatewayBody, platform, refusal};
use crate::net::{self, Connection};
use crate::routes::{Callee, Found, Function};

/// The one function, and what is asked about it.
pub(crate) struct Alone {
    pub function: Arc<Function>,
    /// No new calls are wanted.
    pub stopping: Arc<AtomicBool>,
}

impl Alone {
    /// Whether its handler is loaded and takes calls.
    fn is_ready(&self) -> bool {
        let loaded = self.function.known_handle().map(|handle| handle.state().phase);
        loaded == Some(Phase::Awake) && !self.stopping.load(Relaxed)
    }
}

impl Gateway {
    pub(super) async fn answer_alone(
        &self,
        alone: &Alone,
        parts: &Parts,
        body: Incoming,
        connection: &Arc<Connection>,
    ) -> Response<GatewayBody> {
        let target = match net::target(parts) {
            "" => "/",
            target => target,
        };
        match Reserved::of(target) {
            Some(Reserved::Healthz) if !alone.is_ready() => {
                let text = match alone.stopping.load(Relaxed) {
                    true => "stopping: no new calls are wanted",
                    false => "not ready: the handler is not loaded",
                };
                refusal(StatusCode::SERVICE_UNAVAILABLE, text.to_owned(), false)
            }
            Some(reserved) => platform::answer(reserved, || (self.platform_metrics)()),
            None => {
                let found = Found { function: alone.function.clone(), url: Cow::Borrowed(target) };
                match self.before(parts, Callee::from(&*found.function), target, body).await {
                    Ok(body) => self.function(parts, &found, body, connection).await,
                    Err(response) => *response,
                }
            }
        }
    }
}
