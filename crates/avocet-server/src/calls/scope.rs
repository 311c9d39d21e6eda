//! Effects of an invocation beside its answer, for whoever asked for it: its number, the last error
//! that was logged about it, and the events that it emitted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use avocet_backplane::NewEvent;
use avocet_workers::CallTag;

/// Events that one invocation can have emitted before it ends.
const MOST_EVENTS: usize = 1000;

/// Their bytes together.
const MOST_BYTES: usize = 8 << 20;

/// Bytes of the error that are kept.
const MOST_ERROR_BYTES: usize = 1024;

/// The account of one invocation.
#[derive(Debug, Default)]
pub(crate) struct Scope(Mutex<Account>);

/// Effects of an invocation.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// Number and trace of the invocation; zero before it has one.
    pub tag: CallTag,
    /// Last line that the function or the platform logged as an error about it: message and place.
    pub error: Option<String>,
    /// Events that it emitted, in their order.
    pub emitted: Vec<NewEvent>,
    bytes: usize,
    ended: bool,
}

/// Reason for which an event that was emitted is not kept until the invocation ends.
#[derive(Debug)]
pub(crate) enum NotKept {
    /// There are too many, or they are too large; a sentence.
    TooMuch(String),
    /// The invocation has ended: the event is one by itself.
    Ended(Box<NewEvent>),
}

impl Scope {
    fn account(&self) -> MutexGuard<'_, Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what the function or the platform said went wrong; the last one counts.
    pub(crate) fn failed(&self, text: &str) {
        let fits = |end: &usize| text.is_char_boundary(*end);
        let end = (0..=MOST_ERROR_BYTES.min(text.len())).rev().find(fits).unwrap_or(0);
        self.account().error = Some(text[..end].to_owned());
    }

    /// Keeps an event until the invocation ends.
    pub(crate) fn emit(&self, event: NewEvent) -> Result<(), NotKept> {
        let mut account = self.account();
        if account.ended {
            return Err(NotKept::Ended(Box::new(event)));
        }
        let bytes = account.bytes + event.weight();
        if account.emitted.len() == MOST_EVENTS || bytes > MOST_BYTES {
            return Err(NotKept::TooMuch(format!(
                "one invocation can emit {MOST_EVENTS} events of together {MOST_BYTES} bytes while \
                 it handles an event"
            )));
        }
        account.bytes = bytes;
        account.emitted.push(event);
        Ok(())
    }

    /// Ends the account and gives it.
    pub(crate) fn end(&self) -> Account {
        let mut account = self.account();
        let tag = account.tag;
        std::mem::replace(&mut *account, Account { tag, ended: true, ..Account::default() })
    }
}

/// Scopes of the invocations that have one and run, by number. Most invocations have none.
#[derive(Debug, Default)]
pub(crate) struct Scopes(Mutex<HashMap<u64, Arc<Scope>>>);

/// Entry of a scope, as long as its invocation runs.
pub(super) struct Entered<'a> {
    scopes: &'a Scopes,
    invocation: u64,
}

impl Scopes {
    fn all(&self) -> MutexGuard<'_, HashMap<u64, Arc<Scope>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The scope of an invocation.
    pub(crate) fn of(&self, tag: Option<CallTag>) -> Option<Arc<Scope>> {
        self.all().get(&tag?.invocation).cloned()
    }

    pub(super) fn enter(&self, scope: &Arc<Scope>, tag: CallTag) -> Entered<'_> {
        scope.account().tag = tag;
        self.all().insert(tag.invocation, scope.clone());
        Entered { scopes: self, invocation: tag.invocation }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.scopes.all().remove(&self.invocation);
    }
}
