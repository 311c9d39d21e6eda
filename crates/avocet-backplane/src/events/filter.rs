//! Filters of events.

use std::fmt;
use std::sync::Arc;

/// Beginning of the types of the platform's own events: asynchronous calls and their answers.
/// Publishers cannot use it, and a subscription gets such an event only where it names its type.
pub const OWN_TYPES: &str = "_avocet.";

/// Events that a subscription wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// CloudEvents `source`; any where it is `None`.
    pub source: Option<String>,
    /// CloudEvents `type`: any of these patterns; all types where there are none. A `*` at the end
    /// stands for whatever follows what is before it, at least one character (`order.*` is
    /// `order.created` and `order.created.v1`); a `*` elsewhere for anything within one token, which
    /// a dot ends (`custom.*.order.v1`).
    pub types: Vec<String>,
}

impl EventFilter {
    /// Whether it lets an event of this `source` and `type` through to its subscription.
    pub fn matches(&self, source: &str, kind: &str) -> bool {
        let own = kind.starts_with(OWN_TYPES);
        self.selects(source, kind) && (!own || self.types.iter().any(|wanted| wanted == kind))
    }

    /// As [`EventFilter::matches`], the platform's own events among all others.
    pub fn selects(&self, source: &str, kind: &str) -> bool {
        self.source.as_ref().is_none_or(|wanted| wanted == source)
            && (self.types.is_empty() || self.types.iter().any(|wanted| is_type(wanted, kind)))
    }
}

/// Condition on events that an [`EventFilter`] has no words for.
#[derive(Clone)]
pub struct Condition(Arc<dyn Fn(&Candidate<'_>) -> bool + Send + Sync>);

/// Event as a [`Condition`] sees it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// CloudEvents `source`.
    pub source: &'a str,
    /// CloudEvents `type`.
    pub kind: &'a str,
    /// Every attribute, as a JSON object.
    pub attributes: &'a str,
}

impl Condition {
    /// The condition that `holds` decides. It is asked by threads of the store, for every event that
    /// comes up, and must not block.
    pub fn new(holds: impl Fn(&Candidate<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(holds))
    }

    /// Whether it holds for an event.
    pub fn holds(&self, event: &Candidate<'_>) -> bool {
        (self.0)(event)
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition").finish_non_exhaustive()
    }
}

/// Whether a type is of this pattern.
fn is_type(pattern: &str, kind: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == kind };
    let Some(rest) = kind.strip_prefix(before) else { return false };
    if after.is_empty() {
        return !rest.is_empty();
    }
    // The star stands for one character at least, and for none beyond its token. Patterns are short
    // and have few stars; where a token has the same text twice the longer way is tried, too.
    let token = rest.find('.').unwrap_or(rest.len());
    (1..=token).any(|end| rest.is_char_boundary(end) && is_type(after, &rest[end..]))
}

#[cfg(test)]
mod tests {
    use super::{EventFilter, OWN_TYPES};

    #[test]
    fn a_filter_has_a_source_and_types_or_their_beginnings() {
        let filter = |source: Option<&str>, types: &[&str]| EventFilter {
            source: source.map(Into::into),
            types: types.iter().map(|kind| (*kind).to_owned()).collect(),
        };
        for (filter, expected) in [
            (filter(None, &[]), true),
            (filter(Some("/shop"), &[]), true),
            (filter(Some("/sho"), &[]), false),
            (filter(None, &["a", "order.created"]), true),
            (filter(None, &["order.*"]), true),
            (filter(None, &["order."]), false),
            (filter(Some("/else"), &["*"]), false),
            (filter(Some("/shop"), &["orders*"]), false),
            (filter(None, &["order.created*"]), false),
            (filter(None, &["*.created"]), true),
            (filter(None, &["*der.crea*"]), true),
            (filter(None, &["order.*.*"]), false),
            (filter(None, &["*created"]), false),
            (filter(None, &["o*r.c*d"]), true),
        ] {
            assert_eq!(filter.matches("/shop", "order.created"), expected, "{filter:?}");
        }
    }
    #[test]
    fn the_platforms_own_events_are_for_whoever_names_them() {
        let kind = format!("{OWN_TYPES}call");
        for (types, expected) in
            [(vec![], false), (vec!["*".to_owned()], false), (vec![kind.clone()], true)]
        {
            let filter = EventFilter { source: None, types };
            assert_eq!(filter.matches("/shop", &kind), expected, "{filter:?}");
            assert!(filter.selects("/shop", &kind));
        }
    }
}
