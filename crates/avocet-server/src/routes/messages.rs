//! Subjects whose messages call a function.

use std::sync::Arc;

use avocet_functions::model::Function as Definition;

/// `spec.triggers.subjects` of a function, and how they are listened to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MessageTriggers {
    /// Patterns.
    pub subjects: Vec<String>,
    /// Queue group: each message is handled once by all who are in it.
    pub group: String,
    /// Through the event log, with acknowledgement.
    pub durable: bool,
}

impl MessageTriggers {
    /// Subjects of a function, where it has some.
    pub(super) fn of(definition: &Definition) -> Option<Arc<Self>> {
        let triggers = &definition.triggers;
        if triggers.subjects.is_empty() {
            return None;
        }
        let subjects = triggers.subjects.iter().map(ToString::to_string).collect();
        let group = triggers.queue_group.clone();
        // Functions of the same name in two namespaces share nothing.
        let group = group.unwrap_or_else(|| {
            format!("{}.{}", definition.name.namespace(), definition.name.name())
        });
        Some(Arc::new(Self { subjects, group, durable: triggers.durable }))
    }
}
