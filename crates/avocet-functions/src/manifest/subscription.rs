//! `kind: Subscription`, of every generation.

use std::collections::BTreeMap;

use http::Uri;

use crate::filters::{Filter, TypeMatching, TypePattern};
use crate::model::{FunctionName, Labels, ObjectName, Resource, Selection, Sink, Subscription};

use super::object::Object;
use super::{metadata, selection};

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
    let selection = if first {
        event_type(spec)
    } else if spec.has("filter") && !spec.has("types") {
        pairs(spec)
    } else {
        selection::read(spec)
    };
    let delivery = spec.object("config").map(|config| {
        let delivery = selection::delivery(&config);
        config.finish();
        delivery
    });
    spec.ignore(&["id", "protocol", "protocolsettings"]);
    spec.finish();
    let delivery = delivery.unwrap_or_default();
    Some(Subscription { name, labels: Labels::new(), sink: sink?, selection, delivery })
}

/// `v1alpha1`: a list of pairs, each of one source and one type.
fn pairs(spec: &Object<'_, '_>) -> Selection {
    let mut selection = Selection { type_matching: TypeMatching::Exact, ..Selection::default() };
    let Some(filter) = spec.object("filter") else { return selection };
    let mut pairs: Vec<(String, String)> = Vec::new();
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
            Some(kind) => {
                if let Err(error) = TypePattern::parse(&kind, TypeMatching::Exact) {
                    let path = pair.path_of("eventType");
                    pair.cx.error(pair.at_of("eventType"), &path, error.to_string());
                }
                pairs.push((source, kind));
            }
            None => pair.missing("eventType", "a mapping with the type's name as `value`"),
        }
    }
    filter.ignore(&["dialect"]);
    filter.finish();
    if pairs.is_empty() {
        filter.missing("filters", "a list with at least one `eventType`");
    }
    if pairs.len() > Selection::MAX_TYPES {
        let message = format!("{} event types: at most {}", pairs.len(), Selection::MAX_TYPES);
        filter.cx.error(filter.at_of("filters"), &filter.path_of("filters"), message);
    }
    let mut message = "the filters are read as `source` and `types`".to_owned();
    match pairs.split_first() {
        Some(((source, _), rest)) if rest.iter().all(|(other, _)| other == source) => {
            selection.source.clone_from(source);
        }
        Some(_) => {
            message = "the filters are read as `types` and, since sources differ, `filters`".into();
            selection.filters = vec![Filter::Any(pairs.iter().map(of_pair).collect())];
        }
        None => {}
    }
    selection.types = pairs.into_iter().map(|(_, kind)| kind).collect();
    let help = "write `source`, `types` and `typeMatching: exact` (v1alpha2)";
    spec.cx.warning_with_help(spec.at_of("filter"), &filter.path, message, help);
    selection
}

/// The condition that a pair is, where the types are looked at by themselves.
fn of_pair((source, kind): &(String, String)) -> Filter {
    let one = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let attributes = [("source", source), ("type", kind)];
    // A type with `*` is no text that can be compared.
    let told = attributes.into_iter().filter(|(_, text)| !text.is_empty() && !text.contains('*'));
    let told: BTreeMap<String, String> = told.map(|(name, text)| one(name, text)).collect();
    match told.is_empty() {
        true => Filter::All(Vec::new()),
        false => Filter::Exact(told),
    }
}

/// The first form of `v1alpha1`: one type, its version beside it.
fn event_type(spec: &Object<'_, '_>) -> Selection {
    let name = spec.required_text("event_type").unwrap_or_default();
    let version = spec.text("event_type_version").map(|version| format!(".{version}"));
    let source = spec.text("source_id").unwrap_or_default().to_owned();
    spec.ignore(&["include_subscription_name_header", "max_inflight", "push_request_timeout_ms"]);
    let kind = format!("{name}{}", version.unwrap_or_default());
    let (at, path) = (spec.at_of("event_type"), spec.path_of("event_type"));
    match TypePattern::parse(&kind, TypeMatching::Exact) {
        _ if name.is_empty() => {}
        Ok(_) => {
            let message = format!("read as `source: {source:?}` and `types: [{kind}]`");
            let help = "write `sink`, `source` and `types` (v1alpha2)";
            spec.cx.warning_with_help(at, &path, message, help);
        }
        Err(error) => spec.cx.error(at, &path, error.to_string()),
    }
    let type_matching = TypeMatching::Exact;
    Selection { source, types: vec![kind], type_matching, filters: Vec::new() }
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
    // A function's address with a path of its own stays one.
    let path = sound.as_ref().and_then(Uri::path_and_query).map_or("/", |path| path.as_str());
    Some(match FunctionName::of_service(host) {
        Some(name) if path == "/" => Sink::Function(name),
        _ => Sink::Url(text.to_owned()),
    })
}
