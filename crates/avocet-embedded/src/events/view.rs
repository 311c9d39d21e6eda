//! View of a log that is kept elsewhere: its events at their positions there.

use avocet_backplane::{EventView, Pending, PlacedEvent};
use rusqlite::OptionalExtension as _;

use super::EmbeddedEvents;
use super::place::Change;
use super::writer::Request;

impl EventView for EmbeddedEvents {
    fn place(&self, events: Vec<PlacedEvent>) -> Pending<()> {
        self.change(Change::Place(events))
    }

    fn mark(&self, name: &'static str, number: u64) -> Pending<()> {
        self.change(Change::Mark(name, number))
    }

    fn marked(&self, name: &'static str) -> Pending<Option<u64>> {
        self.readers.read(move |db| {
            let mut mark = db.prepare_cached("SELECT value FROM meta WHERE key = 'view ' || ?1")?;
            Ok(mark.query_row([name], |row| row.get(0)).optional()?)
        })
    }

    fn clear(&self) -> Pending<()> {
        self.change(Change::Clear)
    }
}

impl EmbeddedEvents {
    fn change(&self, change: Change) -> Pending<()> {
        self.writer.request(|reply| Request::View { change, reply })
    }
}
