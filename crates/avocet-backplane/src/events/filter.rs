//! Filters of events.

/// Events that a subscription wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// CloudEvents `source`; any where it is `None`.
    pub source: Option<String>,
    /// CloudEvents `type`: any of these; all where there are none. One that ends in `*` stands for
    /// every type that begins with what is before it.
    pub types: Vec<String>,
}

impl EventFilter {
    /// Whether it lets an event of this `source` and `type` through.
    pub fn matches(&self, source: &str, kind: &str) -> bool {
        let is = |wanted: &String| match wanted.strip_suffix('*') {
            Some(prefix) => kind.starts_with(prefix),
            None => kind == wanted,
        };
        self.source.as_ref().is_none_or(|wanted| wanted == source)
            && (self.types.is_empty() || self.types.iter().any(is))
    }
}

#[cfg(test)]
mod tests {
    use super::EventFilter;

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
        ] {
            assert_eq!(filter.matches("/shop", "order.created"), expected, "{filter:?}");
        }
    }
}
