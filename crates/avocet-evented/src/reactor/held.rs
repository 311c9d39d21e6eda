//! Output that is held back until a turn of JavaScript is over, so that what belongs together goes
//! out together: text that messages have in JavaScript, and bytes for connections whose input is
//! being read. It goes out at the end of the turn, before the loop waits, and before the process
//! ends.

use avocet_v8::HandleScope;

use super::{Reactor, Token};

/// Function that sends what is held back of an entry.
pub(crate) type Release = fn(&mut HandleScope<'_>, Token);

#[derive(Default)]
pub(crate) struct Held {
    /// Whether JavaScript holds text of messages.
    messages: bool,
    /// The entries whose bytes wait, and who sends them.
    entries: Vec<(Token, Release)>,
}

impl Held {
    /// JavaScript has text that is to be asked for at the end of its turn.
    pub(crate) fn set_messages(&mut self) {
        self.messages = true;
    }

    pub(crate) fn take_messages(&mut self) -> bool {
        std::mem::take(&mut self.messages)
    }

    /// From now on bytes for this entry wait.
    pub(crate) fn hold(&mut self, token: Token, release: Release) {
        self.entries.push((token, release));
    }

    pub(crate) fn holds(&self, token: Token) -> bool {
        self.entries.iter().any(|(held, _)| *held == token)
    }

    fn take(&mut self, token: Token) -> Option<Release> {
        let at = self.entries.iter().position(|(held, _)| *held == token)?;
        Some(self.entries.swap_remove(at).1)
    }
}

/// Sends what is held back of an entry, if anything is.
pub(crate) fn release(scope: &mut HandleScope<'_>, token: Token) {
    if let Some(release) = Reactor::of(scope).held.take(token) {
        release(scope, token);
    }
}

/// Sends what is held back of all entries.
pub(crate) fn release_all(scope: &mut HandleScope<'_>) {
    while let Some((token, release)) = Reactor::of(scope).held.entries.pop() {
        release(scope, token);
    }
}
