//! Limits of the event log: bytes of an event and of all, and the time that they are kept.

use std::time::Duration;

use clap::Args;

use crate::parse;

#[derive(Debug, Clone, Args)]
pub(crate) struct EventLog {
    /// Most bytes of a published event; over it 413.
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = parse::event_size)]
    pub(crate) event_limit: u64,
    /// Time that an event is kept which nobody needs any more.
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = parse::duration)]
    pub(crate) events_keep: Duration,
    /// Time that a dead event is kept, so that it can be replayed.
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = parse::duration)]
    pub(crate) events_keep_dead: Duration,
    /// Most bytes of all events: beyond it those that nobody needs go, then new ones get 507.
    #[arg(long, value_name = "SIZE", default_value = "4GiB", value_parser = parse::size)]
    pub(crate) events_size: u64,
}
