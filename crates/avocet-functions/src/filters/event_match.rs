//! Choice of one subscription.

use super::{Attributes, Filter, TypeMatching, TypePattern, TypePatternError};

/// Choice of one subscription: events of one of its types and its source that pass all of its
/// filters.
///
/// ```
/// use avocet_functions::cloudevents::Event;
/// use avocet_functions::filters::{EventMatch, TypeMatching};
///
/// let orders = EventMatch::new(["sap.kyma.custom.*.order.v1"], TypeMatching::Standard, "", &[])?;
/// assert!(orders.matches(&Event::new("1", "/shop", "sap.kyma.custom.shop.order.v1")));
/// assert!(!orders.matches(&Event::new("1", "/shop", "sap.kyma.custom.order.v1")));
/// # Ok::<(), avocet_functions::filters::TypePatternError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventMatch {
    pub(super) types: Vec<TypePattern>,
    /// Any where it is empty.
    source: Box<str>,
    filters: Box<[Filter]>,
}

impl EventMatch {
    /// Events of one of these types and of this source (empty: any) that pass all of the filters.
    ///
    /// # Errors
    /// Where one of the types is none.
    pub fn new<'a>(
        types: impl IntoIterator<Item = &'a str>,
        matching: TypeMatching,
        source: &str,
        filters: &[Filter],
    ) -> Result<Self, TypePatternError> {
        let types = types.into_iter().map(|kind| TypePattern::parse(kind, matching));
        let types = types.collect::<Result<_, _>>()?;
        Ok(Self { types, source: source.into(), filters: filters.into() })
    }

    /// Whether it takes an event with these attributes.
    pub fn matches(&self, event: &impl Attributes) -> bool {
        let of_type = |kind: &str| self.types.iter().any(|pattern| pattern.matches(kind));
        event.attribute("type").is_some_and(|kind| of_type(&kind)) && self.passes(event)
    }

    /// Whether it takes an event of one of its types.
    pub(super) fn passes(&self, event: &impl Attributes) -> bool {
        let is_source = || event.attribute("source").is_some_and(|source| *source == *self.source);
        (self.source.is_empty() || is_source())
            && self.filters.iter().all(|filter| filter.matches(event))
    }
}
