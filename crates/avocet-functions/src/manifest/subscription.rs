//! `kind: Subscription`, of every generation.

use http::Uri;

use crate::model::{FunctionName, Labels, ObjectName, Resource, Sink, Subscription, TypeMatching};

use super::object::{Object, text_of};
use super::{fields, metadata};

/// Bounds of deliveries at the same time and in all.
const MAX_COUNT: u32 = 10_000;

pub(super) fn read(document: &Object<'_, '_>) -> Option<Resource> {
    let named = metadata::object(document);
    let spec = document.required_object("spec");
    document.finish();
    let (spec, (name, labels)) = (spec?, named?);
    let subscription = read_spec(&spec, name, None)?;
    Some(Resource::Subscription(Subscription { labels, ..subscription }))
}

/// The subscription that `spec` describes, in whichever generation's form; `default` is who gets
/// the events where no sink is named.
pub(super) fn read_spec(
    spec: &Object<'_, '_>,
    name: ObjectName,
    default: Option<FunctionName>,
) -> Option<Subscription> {
    let first = spec.has("event_type");
    let sink = match default {
        Some(function) if !spec.has("sink") => Some(Sink::Function(function)),
        _ => sink(spec, if first { "endpoint" } else { "sink" }),
    };
    let Selected { source, types, type_matching } = if first {
        event_type(spec)
    } else if spec.has("filter") && !spec.has("types") {
        filters(spec)
    } else {
        let source = spec.text("source").unwrap_or_default().to_owned();
        Selected { source, types: types(spec), type_matching: type_matching(spec) }
    };
    let config = spec.object("config");
    let count = |key| config.as_ref().and_then(|config| count(config, key));
    let max_in_flight = count("maxInFlightMessages");
    let max_deliveries = count("maxDeliveries");
    if let Some(config) = config {
        config.finish();
    }
    spec.ignore(&["id", "protocol", "protocolsettings"]);
    spec.finish();
    Some(Subscription {
        name,
        labels: Labels::new(),
        sink: sink?,
        source,
        types,
        type_matching,
        max_in_flight: max_in_flight.unwrap_or(Subscription::DEFAULT_MAX_IN_FLIGHT),
        max_deliveries: max_deliveries.unwrap_or(Subscription::DEFAULT_MAX_DELIVERIES),
    })
}

/// Which events.
#[derive(Default)]
struct Selected {
    source: String,
    types: Vec<String>,
    type_matching: TypeMatching,
}

/// `v1alpha1`: a list of pairs, each of one source and one type.
fn filters(spec: &Object<'_, '_>) -> Selected {
    let mut selected = Selected { type_matching: TypeMatching::Exact, ..Selected::default() };
    let Some(filter) = spec.object("filter") else { return selected };
    let mut sources: Vec<String> = Vec::new();
    for pair in filter.objects("filters") {
        let value = |key: &'static str| {
            let attribute = pair.object(key)?;
            attribute.ignore(&["property", "type"]);
            let value = attribute.text("value").unwrap_or_default().to_owned();
            attribute.finish();
            Some(value)
        };
        let source = value("eventSource").unwrap_or_default();
        let kind = value("eventType").filter(|kind| !kind.is_empty());
        pair.finish();
        match kind {
            Some(kind) => selected.types.push(kind),
            None => pair.missing("eventType", "a mapping with the type's name as `value`"),
        }
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    filter.ignore(&["dialect"]);
    filter.finish();
    if selected.types.is_empty() {
        filter.missing("filters", "a list with at least one `eventType`");
    }
    let mut message = "the filters are read as `source` and `types`".to_owned();
    match sources.as_slice() {
        [one] => selected.source.clone_from(one),
        [] => {}
        _ => message.push_str("; their sources differ: these types are taken from any source"),
    }
    let help = "write `source`, `types` and `typeMatching: exact` (v1alpha2)";
    spec.cx.warning_with_help(spec.at_of("filter"), &filter.path, message, help);
    selected
}

/// The first form of `v1alpha1`: one type, its version beside it.
fn event_type(spec: &Object<'_, '_>) -> Selected {
    let name = spec.required_text("event_type").unwrap_or_default();
    let version = spec.text("event_type_version").map(|version| format!(".{version}"));
    let source = spec.text("source_id").unwrap_or_default().to_owned();
    spec.ignore(&["include_subscription_name_header", "max_inflight", "push_request_timeout_ms"]);
    let kind = format!("{name}{}", version.unwrap_or_default());
    let message = format!("read as `source: {source:?}` and `types: [{kind}]`");
    let help = "write `sink`, `source` and `types` (v1alpha2)";
    spec.cx.warning_with_help(spec.at_of("event_type"), &spec.path_of("event_type"), message, help);
    Selected { source, types: vec![kind], type_matching: TypeMatching::Exact }
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

fn sink(spec: &Object<'_, '_>, key: &'static str) -> Option<Sink> {
    let text = spec.required_text(key)?;
    let parsed = text.parse::<Uri>().ok();
    let sound = parsed.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    let Some(host) = sound.as_ref().and_then(Uri::host) else {
        let help =
            "write `http://<function>.<namespace>.svc.cluster.local` or another http address";
        let message = format!("{text:?} is no http address");
        spec.cx.error_with_help(spec.at_of(key), &spec.path_of(key), message, help);
        return None;
    };
    Some(match FunctionName::of_service(host) {
        Some(name) => Sink::Function(name),
        None => Sink::Url(text.to_owned()),
    })
}
