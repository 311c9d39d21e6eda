//! Paths that the platform answers itself, at its root and below each function.

use avocet_functions::model::FunctionName;
use avocet_functions::request::Reserved;
use avocet_functions::response::Answer;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};

use super::GatewayBody;
use super::respond::own;
use crate::metrics::{Exposition, FunctionMetrics};

/// Prometheus text, as its format names itself.
pub(crate) const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `/publish` is answered elsewhere: it has a body.
pub(super) fn answer(
    reserved: Reserved,
    metrics: impl FnOnce() -> String,
) -> Response<GatewayBody> {
    match reserved {
        Reserved::Favicon => {
            let mut response = Response::new(GatewayBody::whole(""));
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        Reserved::Metrics => {
            let mut response = Response::new(GatewayBody::whole(metrics()));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROMETHEUS));
            response
        }
        Reserved::Healthz | Reserved::Publish => own(Answer::text(StatusCode::OK, "OK")),
    }
}

/// One function's counters.
pub(super) fn metrics_of(name: &FunctionName, metrics: &FunctionMetrics) -> String {
    let mut text = Exposition::default();
    text.functions([(name.namespace(), name.name(), metrics)].into_iter());
    text.finish()
}
