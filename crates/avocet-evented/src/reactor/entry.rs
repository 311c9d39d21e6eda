//! Entries of the reactor and their names.

use std::any::Any;
use std::os::fd::BorrowedFd;

use avocet_v8::HandleScope;
use rustix::event::epoll::{self, EventFlags};

/// Name of an entry for as long as it exists; a number is used again, a token is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token(u64);

impl Token {
    pub(super) fn new(id: usize, turn: u32) -> Self {
        Self(id as u64 | u64::from(turn) << 32)
    }

    /// Token in epoll's events.
    pub(super) fn of(event: &epoll::Event) -> Self {
        let data = event.data;
        Self(data.u64())
    }

    /// The number by which JavaScript knows the entry.
    pub(crate) fn id(self) -> usize {
        self.0 as u32 as usize
    }

    pub(super) fn turn(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The token in the form that epoll keeps.
    pub(super) fn data(self) -> epoll::EventData {
        epoll::EventData::new_u64(self.0)
    }

    /// The token in the form that a timer keeps.
    pub(super) fn word(self) -> u64 {
        self.0
    }

    pub(super) fn of_word(word: u64) -> Self {
        Self(word)
    }
}

/// Function that is called when an entry is ready. It looks the source up again by the token: what
/// it calls may change it or take it away.
pub(crate) type OnReady = fn(&mut HandleScope<'_>, Token, EventFlags);

/// A descriptor to wait for, and what a module keeps beside it.
pub(crate) trait Source: Any + Send {
    /// The descriptor, as long as there is one.
    fn fd(&self) -> Option<BorrowedFd<'_>>;

    /// Events to wait for.
    fn wanted(&self) -> EventFlags {
        EventFlags::IN
    }

    /// The function to call.
    fn on_ready(&self) -> OnReady;
}

pub(super) struct Entry {
    pub(super) turn: u32,
    /// Events that epoll watches for; `None` where it does not know the entry.
    pub(super) interest: Option<EventFlags>,
    pub(super) source: Box<dyn Source>,
}

impl Entry {
    pub(super) fn source<S: Source>(&self) -> Option<&S> {
        let source: &dyn Any = &*self.source;
        source.downcast_ref()
    }

    pub(super) fn source_mut<S: Source>(&mut self) -> Option<&mut S> {
        let source: &mut dyn Any = &mut *self.source;
        source.downcast_mut()
    }
}
