//! Subscribers by subject: a tree with a level for each token.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use avocet_backplane::Message;
use avocet_backplane::messaging::is_reserved;

use super::subscription::Subscription;

/// Patterns, as a tree. Each pattern is at one node, so that a search visits no node twice.
#[derive(Debug, Default)]
pub(super) struct Trie {
    /// Patterns whose next token is this one. Wildcards are tokens like others.
    below: HashMap<Box<str>, Self>,
    listening: Listening,
}

/// Subscribers of one pattern.
#[derive(Debug, Default)]
struct Listening {
    alone: Vec<Listener>,
    groups: HashMap<Box<str>, Group>,
}

#[derive(Debug, Default)]
struct Group {
    members: Vec<Listener>,
    /// Turns of the members.
    turn: AtomicUsize,
}

#[derive(Debug)]
struct Listener {
    subscription: Arc<Subscription>,
    /// Index of the pattern among its patterns.
    index: usize,
}

/// One, or a group of which one gets the message: in the order in which they are asked.
pub(super) struct Target(Vec<Arc<Subscription>>);

impl Trie {
    pub(super) fn insert(&mut self, subscription: &Arc<Subscription>, group: Option<&str>) {
        for (index, pattern) in subscription.patterns.iter().enumerate() {
            let listener = Listener { subscription: Arc::clone(subscription), index };
            let mut node = &mut *self;
            for token in pattern.split('.') {
                node = node.below.entry(token.into()).or_default();
            }
            match group {
                None => node.listening.alone.push(listener),
                Some(group) => {
                    node.listening.groups.entry(group.into()).or_default().members.push(listener);
                }
            }
        }
    }

    /// Removes a subscription, and what is empty without it.
    pub(super) fn remove(&mut self, pattern: &str, number: u64) {
        let (token, rest) = match pattern.split_once('.') {
            Some((token, rest)) => (token, Some(rest)),
            None => (pattern, None),
        };
        let Some(node) = self.below.get_mut(token) else { return };
        match rest {
            None => node.listening.remove(number),
            Some(rest) => node.remove(rest, number),
        }
        if node.is_empty() {
            self.below.remove(token);
        }
    }

    fn is_empty(&self) -> bool {
        self.below.is_empty() && self.listening.alone.is_empty() && self.listening.groups.is_empty()
    }

    /// Subscribers that a message on the subject is for.
    pub(super) fn targets(&self, subject: &str) -> Vec<Target> {
        let mut found = Vec::new();
        let tokens: Vec<&str> = subject.split('.').collect();
        let reserved = is_reserved(subject);
        self.find(subject, &tokens, !reserved, &mut found);
        found
    }

    fn find(&self, subject: &str, tokens: &[&str], wildcards: bool, found: &mut Vec<Target>) {
        let Some((token, rest)) = tokens.split_first() else {
            return self.listening.targets(subject, found);
        };
        if let Some(node) = self.below.get(*token) {
            node.find(subject, rest, true, found);
        }
        if !wildcards {
            return;
        }
        if let Some(node) = self.below.get("*") {
            node.find(subject, rest, true, found);
        }
        if let Some(node) = self.below.get(">") {
            node.listening.targets(subject, found);
        }
    }

    /// Ends every subscription.
    pub(super) fn close(&self) {
        let groups = self.listening.groups.values().flat_map(|group| &group.members);
        for listener in self.listening.alone.iter().chain(groups) {
            listener.subscription.inlet.close();
        }
        self.below.values().for_each(Self::close);
    }
}

impl Listening {
    fn remove(&mut self, number: u64) {
        self.alone.retain(|listener| listener.subscription.number != number);
        for group in self.groups.values_mut() {
            group.members.retain(|listener| listener.subscription.number != number);
        }
        self.groups.retain(|_, group| !group.members.is_empty());
    }

    fn targets(&self, subject: &str, found: &mut Vec<Target>) {
        let listens =
            |listener: &&Listener| listener.subscription.listens_by(listener.index, subject);
        let alone = self.alone.iter().filter(listens);
        found.extend(alone.map(|listener| Target(vec![Arc::clone(&listener.subscription)])));
        for group in self.groups.values() {
            let turn = group.turn.fetch_add(1, Ordering::Relaxed) % group.members.len().max(1);
            let (before, from) = group.members.split_at(turn);
            let members: Vec<_> = from.iter().chain(before).filter(listens).collect();
            if !members.is_empty() {
                let members = members.into_iter().map(|own| Arc::clone(&own.subscription));
                found.push(Target(members.collect()));
            }
        }
    }
}

impl Target {
    /// Gives the message to the first that has room; where none has, the first of them misses it.
    pub(super) fn take(&self, message: &Message) -> bool {
        let taken = self.0.iter().any(|subscription| subscription.offer(message));
        if !taken && let Some(first) = self.0.first() {
            first.inlet.miss();
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use avocet_backplane::messaging::{Received, matches};

    use super::*;
    use crate::mailbox::{Bounds, mailbox};

    fn subscription(number: u64, patterns: &[&str]) -> Arc<Subscription> {
        let bounds = Bounds { items: 1, bytes: 1 };
        let (inlet, _) = mailbox(bounds, Received::Missed, || {});
        let patterns = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        Arc::new(Subscription { number, patterns, inlet })
    }

    /// Every pattern and subject of up to three tokens, against the rule.
    #[test]
    fn the_tree_finds_what_matches() {
        let tokens = ["a", "b", "$x", "_INBOX", "*", ">"];
        let texts: Vec<String> = tokens
            .iter()
            .flat_map(|a| {
                let two = tokens.iter().map(move |b| format!("{a}.{b}"));
                let three = two.clone().flat_map(|ab| tokens.map(|c| format!("{ab}.{c}")));
                [(*a).to_owned()].into_iter().chain(two).chain(three)
            })
            .collect();
        let legal = |text: &&String| !text.contains(">.");
        let patterns: Vec<&String> = texts.iter().filter(legal).collect();
        let mut trie = Trie::default();
        for (number, pattern) in patterns.iter().enumerate() {
            trie.insert(&subscription(number as u64, &[pattern]), None);
        }
        for subject in texts.iter().filter(|text| !text.contains(['*', '>'])) {
            let mut found: Vec<u64> =
                trie.targets(subject).iter().map(|target| target.0[0].number).collect();
            found.sort_unstable();
            let expected = (0..).zip(&patterns).filter(|(_, own)| matches(own, subject));
            assert_eq!(found, expected.map(|(n, _)| n).collect::<Vec<u64>>(), "{subject}");
        }
        for (number, pattern) in patterns.iter().enumerate() {
            trie.remove(pattern, number as u64);
        }
        assert!(trie.is_empty());
    }
}
