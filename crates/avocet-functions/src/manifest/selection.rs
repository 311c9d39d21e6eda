//! Events that a subscription or a trigger takes, and their delivery.

use crate::filters::{TypeMatching, TypePattern};
use crate::model::{BackoffConfig, DeliveryConfig, EventOrder, Interval, OWN_TYPES, Selection};

use super::object::{Object, text_of};
use super::{fields, filters};

/// Bounds of deliveries at the same time and in all.
const MAX_COUNT: u32 = 10_000;

/// Bounds of `maxAge`: a second to a year.
const AGES: (u64, u64) = (1000, 365 * 86_400_000);

/// Bounds of the pauses of `backoff`: 10 ms to a day.
const PAUSES: (u64, u64) = (10, 86_400_000);

/// `source`, `types`, `typeMatching` and `filters` (`v1alpha2`, and triggers).
pub(super) fn read(object: &Object<'_, '_>) -> Selection {
    let source = object.text("source").unwrap_or_default().to_owned();
    let type_matching = type_matching(object);
    let types = types(object, type_matching);
    Selection { source, types, type_matching, filters: filters::read(object) }
}

fn types(object: &Object<'_, '_>, matching: TypeMatching) -> Vec<String> {
    if !object.has("types") {
        object.get("types");
        object.missing("types", "a list of event types, each exact or with `*`");
        return Vec::new();
    }
    let fields = object.list("types");
    let (at, path) = (object.at_of("types"), object.path_of("types"));
    if fields.is_empty() {
        object.cx.error(at, &path, "needs at least one event type");
    }
    if fields.len() > Selection::MAX_TYPES {
        let message = format!("{} event types: at most {}", fields.len(), Selection::MAX_TYPES);
        object.cx.error(at, &path, message);
        return Vec::new();
    }
    let mut types: Vec<String> = Vec::with_capacity(fields.len());
    for field in &fields {
        let Some(text) = text_of(object.cx, field) else { continue };
        if let Err(error) = TypePattern::parse(text, matching) {
            object.cx.error(field.node.at, &field.path, error.to_string());
        }
        if text.starts_with(OWN_TYPES) {
            let message = format!("types that begin with `{OWN_TYPES}` are the platform's own");
            object.cx.error(field.node.at, &field.path, message);
        }
        types.push(text.to_owned());
    }
    types
}

fn type_matching(object: &Object<'_, '_>) -> TypeMatching {
    match object.text("typeMatching") {
        None | Some("standard") => TypeMatching::Standard,
        Some("exact") => TypeMatching::Exact,
        Some(other) => {
            not_one_of(object, "typeMatching", other, "`standard` and `exact`");
            TypeMatching::Standard
        }
    }
}

/// `maxInFlightMessages`, `ordering`, `maxDeliveries`, `maxAge` and `backoff`.
pub(super) fn delivery(object: &Object<'_, '_>) -> DeliveryConfig {
    let default = DeliveryConfig::default();
    DeliveryConfig {
        max_in_flight: count(object, "maxInFlightMessages").unwrap_or(default.max_in_flight),
        ordering: ordering(object),
        max_deliveries: count(object, "maxDeliveries"),
        max_age_ms: interval(object, "maxAge", AGES),
        backoff: backoff(object),
    }
}

fn ordering(object: &Object<'_, '_>) -> EventOrder {
    match object.text("ordering") {
        None | Some("none") => EventOrder::None,
        Some("subject") => EventOrder::Subject,
        Some(other) => {
            not_one_of(object, "ordering", other, "`none` and `subject`");
            EventOrder::None
        }
    }
}

fn backoff(object: &Object<'_, '_>) -> BackoffConfig {
    let default = BackoffConfig::default();
    let Some(bounds) = object.object("backoff") else { return default };
    let (min, max) = (interval(&bounds, "min", PAUSES), interval(&bounds, "max", PAUSES));
    bounds.finish();
    // One that is given alone moves the other where that would be on its wrong side.
    let min_ms = min.unwrap_or(default.min_ms.min(max.unwrap_or(u64::MAX)));
    let max_ms = max.unwrap_or(default.max_ms.max(min_ms));
    if min_ms > max_ms {
        let message = "`min` is longer than `max`";
        bounds.cx.error(bounds.at_of("min"), &bounds.path_of("min"), message);
    }
    BackoffConfig { min_ms, max_ms }
}

/// A length of time within bounds, milliseconds.
fn interval(object: &Object<'_, '_>, key: &'static str, (min, max): (u64, u64)) -> Option<u64> {
    let found = fields::parsed::<Interval>(object, key)?;
    if (min..=max).contains(&found.ms) {
        return Some(found.ms);
    }
    let show = |ms| Interval { ms };
    let message = format!("{found} is outside {} to {}", show(min), show(max));
    object.cx.error(object.at_of(key), &object.path_of(key), message);
    None
}

/// A cluster writes these numbers as texts.
fn count(object: &Object<'_, '_>, key: &'static str) -> Option<u32> {
    let text = fields::scalar(object, key)?;
    let count = text.parse().ok().filter(|count| (1..=MAX_COUNT).contains(count));
    if count.is_none() {
        let text: String = text.chars().take(40).collect();
        let message = format!("expected a whole number from 1 to {MAX_COUNT}, found {text:?}");
        object.cx.error(object.at_of(key), &object.path_of(key), message);
    }
    count
}

/// Reports a word that is none of those that are allowed.
pub(super) fn not_one_of(object: &Object<'_, '_>, key: &str, found: &str, allowed: &str) {
    let found: String = found.chars().take(40).collect();
    let message = format!("unknown value {found:?}: allowed are {allowed}");
    object.cx.error(object.at_of(key), &object.path_of(key), message);
}
