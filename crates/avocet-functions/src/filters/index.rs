//! Choices of many subscriptions, by type.

use std::collections::HashMap;

use super::pattern::{Tail, Token, split};
use super::{Attributes, EventMatch, TypeMatching, TypePattern};

/// Subscriptions by the types that they take: finding those of an event takes about as long as its
/// type has tokens, however many there are.
#[derive(Debug, Default)]
pub struct MatchIndex {
    all: Vec<EventMatch>,
    exact: Types,
    standard: Types,
}

impl MatchIndex {
    /// Of these subscriptions, which are named by their place from now on.
    pub fn new(all: Vec<EventMatch>) -> Self {
        let mut index = Self::default();
        for (place, own) in all.iter().enumerate() {
            for pattern in &own.types {
                let types = match pattern.matching {
                    TypeMatching::Exact => &mut index.exact,
                    TypeMatching::Standard => &mut index.standard,
                };
                types.insert(pattern, place);
            }
        }
        index.all = all;
        index
    }

    /// Places of the subscriptions that take the event, in their order.
    pub fn find(&self, event: &impl Attributes) -> Vec<usize> {
        let Some(kind) = event.attribute("type") else { return Vec::new() };
        let mut found = Vec::new();
        self.exact.find(&kind, &mut found);
        self.standard.find(&TypeMatching::Standard.of_event(&kind), &mut found);
        found.sort_unstable();
        found.dedup();
        found.retain(|place| self.all[*place].passes(event));
        found
    }
}

/// Types, literal ones by themselves and patterns as a tree of tokens.
#[derive(Debug, Default)]
struct Types {
    literals: HashMap<String, Vec<usize>>,
    patterns: Node,
}

/// Patterns that share their first tokens.
#[derive(Debug, Default)]
struct Node {
    literals: HashMap<Box<str>, Node>,
    one: Option<Box<Node>>,
    /// Places of patterns that end here.
    ends: Vec<usize>,
    /// Places of patterns that take one or more further tokens.
    rests: Vec<usize>,
    /// Places of patterns that take whatever begins so.
    prefixes: Vec<(Box<str>, usize)>,
}

impl Types {
    fn insert(&mut self, pattern: &TypePattern, place: usize) {
        if let Some(literal) = pattern.literal() {
            return self.literals.entry(literal).or_default().push(place);
        }
        let mut node = &mut self.patterns;
        for token in &pattern.tokens {
            node = match token {
                Token::Literal(text) => node.literals.entry(text.clone()).or_default(),
                Token::One => &mut **node.one.get_or_insert_default(),
            };
        }
        match &pattern.tail {
            Tail::End => node.ends.push(place),
            Tail::Rest => node.rests.push(place),
            Tail::Prefix(beginning) => node.prefixes.push((beginning.clone(), place)),
        }
    }

    fn find(&self, kind: &str, found: &mut Vec<usize>) {
        found.extend(self.literals.get(kind).into_iter().flatten());
        self.patterns.find(Some(kind), found);
    }
}

impl Node {
    /// Depth of the recursion: at most the tokens of the longest pattern.
    fn find(&self, rest: Option<&str>, found: &mut Vec<usize>) {
        let Some(rest) = rest else { return found.extend(&self.ends) };
        if !rest.is_empty() {
            found.extend(&self.rests);
        }
        let beginning =
            self.prefixes.iter().filter(|(beginning, _)| rest.starts_with(&**beginning));
        found.extend(beginning.map(|(_, place)| place));
        let (first, after) = split(rest);
        if let Some(node) = self.literals.get(first) {
            node.find(after, found);
        }
        if let Some(node) = self.one.as_ref().filter(|_| !first.is_empty()) {
            node.find(after, found);
        }
    }
}
