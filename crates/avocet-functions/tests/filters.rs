//! Filters of subscriptions, as a table of the events that they take; the index takes the same ones.

use avocet_functions::cloudevents::{Event, ExtensionValue};
use avocet_functions::filters::{
    EventMatch, Filter, MAX_TYPE, MatchIndex, TypeMatching, TypePattern, TypePatternError,
};
use serde_json::{Map, Value, json};

use TypeMatching::{Exact, Standard};

fn taken(pattern: &str, matching: TypeMatching, kind: &str) -> bool {
    TypePattern::parse(pattern, matching).unwrap().matches(kind)
}

#[test]
fn types_are_literal_or_have_wildcards() {
    for (pattern, kind, expected) in [
        ("order.created.v1", "order.created.v1", true),
        ("order.created.v1", "order.created.v2", false),
        ("order.created", "order.created.v1", false),
        // In place of a token: exactly one.
        ("sap.kyma.custom.*.order.v1", "sap.kyma.custom.shop.order.v1", true),
        ("sap.kyma.custom.*.order.v1", "sap.kyma.custom.order.v1", false),
        ("sap.kyma.custom.*.order.v1", "sap.kyma.custom.a.b.order.v1", false),
        ("sap.kyma.custom.*.order.v1", "sap.kyma.custom..order.v1", false),
        ("*.created", "order.created", true),
        ("*.created", "a.order.created", false),
        // As the last token: one or more.
        ("order.*", "order.created", true),
        ("order.*", "order.created.v1", true),
        ("order.*", "order", false),
        ("order.*", "order.", false),
        ("order.*", "orders.created", false),
        ("*", "anything", true),
        ("*", "any.thing", true),
        ("*.*", "any", false),
        ("*.*", "any.thing.else", true),
        ("a.*.c.*", "a.b.c.d.e", true),
        ("a.*.c.*", "a.b.c", false),
        // At the end of a token: whatever follows.
        ("order.cre*", "order.created.v1", true),
        ("order.cre*", "order.cre", true),
        ("order.cre*", "order.paid", false),
        ("order*", "orders", true),
        ("*.cre*", "order.created", true),
        // Dots are nothing special in a literal.
        (".", ".", true),
        ("a..b", "a..b", true),
    ] {
        for matching in [Exact, Standard] {
            assert_eq!(taken(pattern, matching, kind), expected, "{pattern} {kind} {matching:?}");
        }
    }
}

#[test]
fn standard_leaves_out_what_a_subject_cannot_have() {
    for (pattern, kind, standard, exact) in [
        ("order.paymentsuccess.v1", "order.payment*success.v1", true, false),
        ("order.payment success.v1", "order.paymentsuccess.v1", true, false),
        ("order.payment success.v1", "order.payment success.v1", true, true),
        ("system>prod", "systemprod", true, false),
        ("system>*", "system>prod.v1", true, true),
        ("order-paid_v1", "order-paid_v1", true, true),
        ("Order", "order", false, false),
    ] {
        assert_eq!(taken(pattern, Standard, kind), standard, "{pattern} {kind}");
        assert_eq!(taken(pattern, Exact, kind), exact, "{pattern} {kind}");
    }
}

#[test]
fn types_that_are_none_are_refused() {
    let error = |text: &str| TypePattern::parse(text, Standard).unwrap_err();
    assert_eq!(error(""), TypePatternError::Empty);
    assert_eq!(error(" > "), TypePatternError::Empty);
    assert_eq!(error(&"a".repeat(10_000)), TypePatternError::TooLong(10_000));
    assert!(TypePattern::parse(&"a".repeat(MAX_TYPE), Exact).is_ok());
    assert!(matches!(error("a\nb"), TypePatternError::Control { .. }));
    for star in ["a*b", "a*b.c", "**", "a**", "*a", "a.*b.c", "a.b*c*"] {
        assert!(matches!(error(star), TypePatternError::Star { .. }), "{star}");
    }
    // As many tokens as there can be.
    assert!(taken(&format!("{}*", "*.".repeat(500)), Exact, &"a.".repeat(600).repeat(2)[..2001]));
}

fn event<'a>() -> Event<'a> {
    let mut event = Event::new("7", "/shop", "order.created.v1");
    event.subject = Some("order-7".into());
    event.set_extension("region", ExtensionValue::Text("eu-west".into()));
    event.set_extension("count", ExtensionValue::Integer(12));
    event.set_extension("test", ExtensionValue::Boolean(true));
    event
}

#[test]
fn filters_are_those_of_the_specification() {
    let attributes: Map<String, Value> = serde_json::from_value(json!({
        "specversion": "1.0", "id": "7", "source": "/shop", "type": "order.created.v1",
        "subject": "order-7", "region": "eu-west", "count": 12, "test": true,
    }))
    .unwrap();
    for (filter, expected) in [
        (json!({ "exact": { "type": "order.created.v1" } }), true),
        (json!({ "exact": { "type": "order.created.v1", "source": "/other" } }), false),
        (json!({ "exact": { "type": "Order.Created.V1" } }), false),
        (json!({ "exact": { "region": "eu-west", "count": "12", "test": "true" } }), true),
        (json!({ "exact": { "absent": "" } }), false),
        (json!({ "exact": { "specversion": "1.0", "id": "7" } }), true),
        (json!({ "prefix": { "subject": "order-", "region": "eu" } }), true),
        (json!({ "prefix": { "subject": "order-", "region": "us" } }), false),
        (json!({ "suffix": { "type": ".v1" } }), true),
        (json!({ "suffix": { "dataschema": ".json" } }), false),
        (json!({ "not": { "suffix": { "dataschema": ".json" } } }), true),
        (json!({ "any": [{ "exact": { "id": "1" } }, { "exact": { "id": "7" } }] }), true),
        (json!({ "any": [] }), false),
        (json!({ "all": [{ "exact": { "id": "1" } }, { "exact": { "id": "7" } }] }), false),
        (json!({ "all": [] }), true),
        (json!({ "not": { "all": [{ "exact": { "id": "1" } }] } }), true),
    ] {
        let read: Filter = serde_json::from_value(filter.clone()).unwrap();
        assert_eq!(read.matches(&event()), expected, "{filter}");
        assert_eq!(read.matches(&attributes), expected, "{filter}");
        assert_eq!(serde_json::to_value(&read).unwrap(), filter);
    }
}

#[test]
fn a_subscription_takes_its_types_of_its_source_that_pass_its_filters() {
    let own = |source: &str, filter: Value| {
        let filters: Vec<Filter> = serde_json::from_value(filter).unwrap();
        EventMatch::new(["paid", "order.*"], Standard, source, &filters).unwrap()
    };
    assert!(own("", json!([])).matches(&event()));
    assert!(own("/shop", json!([])).matches(&event()));
    assert!(!own("/sho", json!([])).matches(&event()));
    let both = json!([{ "exact": { "count": "12" } }, { "prefix": { "region": "us" } }]);
    assert!(!own("", both).matches(&event()));
    assert!(!own("", json!([])).matches(&Event::new("1", "/shop", "cancelled")));
}

/// Some patterns, types and filters that have much in common.
fn many(count: usize) -> Vec<EventMatch> {
    let shapes = ["a.b.N", "a.*.N", "a.b.N*", "*.b.N.*", "N.*", "*.*.N", "a.N", "*", "a.b.N v"];
    let of = |number: usize| {
        let shape = shapes[number % shapes.len()];
        let types = [shape.replace('N', &(number % 97).to_string()), format!("only.{number}")];
        let matching = if number.is_multiple_of(2) { Exact } else { Standard };
        let source = if number.is_multiple_of(5) { "/shop" } else { "" };
        let filter = Filter::Not(Box::new(Filter::Exact([("id".into(), "9".into())].into())));
        let filters = if number.is_multiple_of(7) { vec![filter] } else { Vec::new() };
        EventMatch::new(types.iter().map(String::as_str), matching, source, &filters).unwrap()
    };
    (0..count).map(of).collect()
}

#[test]
fn the_index_finds_what_each_takes() {
    let all = many(1_000);
    let index = MatchIndex::new(all.clone());
    let kinds =
        ["a.b.7", "a.x.8", "a.b.55.c.d", "x.b.3.y", "12.z", "a.13", "q", "only.999", "a.b.7 v"];
    for kind in kinds.into_iter().chain(["", "."]) {
        for (source, id) in [("/shop", "1"), ("/else", "1"), ("/shop", "9")] {
            let event = Event::new(id, source, kind);
            let expected: Vec<usize> =
                (0..all.len()).filter(|place| all[*place].matches(&event)).collect();
            assert_eq!(index.find(&event), expected, "{kind} {source} {id}");
        }
    }
    assert_eq!(MatchIndex::new(Vec::new()).find(&event()), Vec::<usize>::new());
}

#[test]
fn ten_thousand_subscriptions_and_a_long_type() {
    let index = MatchIndex::new(many(10_000));
    let found = |kind: &str| index.find(&Event::new("1", "/else", kind));
    assert_eq!(found("only.9998").iter().filter(|place| **place == 9998).count(), 1);
    // `*` takes it, and nothing else does.
    let all: Vec<usize> = (0..10_000).filter(|n| n % 9 == 7 && n % 5 != 0).collect();
    assert_eq!(found(&"a.".repeat(5000)), all);
}
