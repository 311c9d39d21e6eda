//! Filters of the CNCF CloudEvents Subscriptions API 1.0 §3.2.4.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Attributes;

/// A condition on an event's attributes. Its JSON form is the specification's.
///
/// ```
/// use avocet_functions::cloudevents::Event;
/// use avocet_functions::filters::Filter;
///
/// let filter: Filter = serde_json::from_str(r#"{ "not": { "exact": { "source": "/shop" } } }"#)?;
/// assert!(filter.matches(&Event::new("1", "/store", "order.created")));
/// assert!(!filter.matches(&Event::new("1", "/shop", "order.created")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    /// Every attribute is this text.
    Exact(BTreeMap<String, String>),
    /// Every attribute begins with this text.
    Prefix(BTreeMap<String, String>),
    /// Every attribute ends with this text.
    Suffix(BTreeMap<String, String>),
    /// All of these match.
    All(Vec<Filter>),
    /// One of these matches.
    Any(Vec<Filter>),
    /// Negation: the filter in it does not match.
    Not(Box<Filter>),
}

impl Filter {
    /// Most conditions of one subscription, those inside others included.
    pub const MAX: usize = 100;

    /// Deepest nesting.
    pub const MAX_DEPTH: usize = 16;

    /// Whether an event with these attributes passes.
    pub fn matches(&self, event: &impl Attributes) -> bool {
        let each = |wanted: &BTreeMap<String, String>, fits: fn(&str, &str) -> bool| {
            let fits = |(name, text): (&String, &String)| {
                event.attribute(name).is_some_and(|value| fits(&value, text))
            };
            wanted.iter().all(fits)
        };
        match self {
            Self::Exact(wanted) => each(wanted, |value, text| value == text),
            Self::Prefix(wanted) => each(wanted, |value, text| value.starts_with(text)),
            Self::Suffix(wanted) => each(wanted, |value, text| value.ends_with(text)),
            Self::All(filters) => filters.iter().all(|filter| filter.matches(event)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(event)),
            Self::Not(filter) => !filter.matches(event),
        }
    }
}
