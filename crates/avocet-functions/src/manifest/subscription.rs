//! `kind: Subscription`.

use http::Uri;

use crate::model::{FunctionName, Resource, Sink, Subscription, TypeMatching};

use super::object::{Object, text_of};
use super::{fields, metadata};

/// Bounds of deliveries at the same time and in all.
const MAX_COUNT: u32 = 10_000;

pub(super) fn read(document: &Object<'_, '_>) -> Option<Resource> {
    let named = metadata::object(document);
    let spec = document.required_object("spec");
    document.finish();
    let spec = spec?;
    let sink = sink(&spec);
    let source = spec.text("source").unwrap_or_default().to_owned();
    let types = types(&spec);
    let type_matching = type_matching(&spec);
    let config = spec.object("config");
    let count = |key| config.as_ref().and_then(|config| count(config, key));
    let max_in_flight = count("maxInFlightMessages");
    let max_deliveries = count("maxDeliveries");
    if let Some(config) = config {
        config.finish();
    }
    spec.ignore(&["id"]);
    spec.finish();
    let (name, labels) = named?;
    Some(Resource::Subscription(Subscription {
        name,
        labels,
        sink: sink?,
        source,
        types,
        type_matching,
        max_in_flight: max_in_flight.unwrap_or(Subscription::DEFAULT_MAX_IN_FLIGHT),
        max_deliveries: max_deliveries.unwrap_or(Subscription::DEFAULT_MAX_DELIVERIES),
    }))
}

fn types(spec: &Object<'_, '_>) -> Vec<String> {
    if !spec.has("types") {
        spec.get("types");
        spec.missing("types", "a list of event types, each exact or ending in `*`");
        return Vec::new();
    }
    let fields = spec.list("types");
    if fields.is_empty() {
        let message = "needs at least one event type";
        spec.cx.error(spec.at_of("types"), &spec.path_of("types"), message);
    }
    let mut types = Vec::new();
    for field in &fields {
        let Some(text) = text_of(spec.cx, field) else { continue };
        let inner_star = text.strip_suffix('*').unwrap_or(text).contains('*');
        if text.is_empty() || inner_star {
            let message = format!("{text:?} is no event type: `*` can stand at its end only");
            spec.cx.error(field.node.at, &field.path, message);
        }
        types.push(text.to_owned());
    }
    types
}

fn type_matching(spec: &Object<'_, '_>) -> TypeMatching {
    match spec.text("typeMatching") {
        None | Some("standard") => TypeMatching::Standard,
        Some("exact") => TypeMatching::Exact,
        Some(other) => {
            let path = spec.path_of("typeMatching");
            let message = format!("unknown value {other:?}: allowed are `standard` and `exact`");
            spec.cx.error(spec.at_of("typeMatching"), &path, message);
            TypeMatching::Standard
        }
    }
}

/// A cluster writes these numbers as texts.
fn count(config: &Object<'_, '_>, key: &'static str) -> Option<u32> {
    let text = fields::scalar(config, key)?;
    let count = text.parse().ok().filter(|count| (1..=MAX_COUNT).contains(count));
    if count.is_none() {
        let message = format!("expected a whole number from 1 to {MAX_COUNT}, found {text:?}");
        config.cx.error(config.at_of(key), &config.path_of(key), message);
    }
    count
}

fn sink(spec: &Object<'_, '_>) -> Option<Sink> {
    let text = spec.required_text("sink")?;
    let parsed = text.parse::<Uri>().ok();
    let sound = parsed.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    let Some(host) = sound.as_ref().and_then(Uri::host) else {
        let help =
            "write `http://<function>.<namespace>.svc.cluster.local` or another http address";
        let message = format!("{text:?} is no http address");
        spec.cx.error_with_help(spec.at_of("sink"), &spec.path_of("sink"), message, help);
        return None;
    };
    Some(match FunctionName::of_service(host) {
        Some(name) => Sink::Function(name),
        None => Sink::Url(text.to_owned()),
    })
}
