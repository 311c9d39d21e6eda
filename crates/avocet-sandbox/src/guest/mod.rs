//! The Rust side of a function's isolate: what its operations reach.

mod ops;
mod respond;

use std::sync::Arc;

use avocet_engine::host::{Host, Level};
use avocet_engine::v8::{HandleScope, Op};
use avocet_frames::head;
use bytes::Bytes;

use crate::calls::Calls;
use crate::definition::Definition;
use crate::outbox::Outbox;
use crate::slot::SlotId;
use crate::watch::{Stop, Watch};

pub(crate) use ops::TABLE;

/// What an isolate carries once it belongs to a function.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) definition: Arc<Definition>,
    pub(crate) calls: Arc<Calls>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) slot: SlotId,
}

impl Guest {
    /// That of the isolate that is entered.
    pub(crate) fn of<'a>(scope: &'a HandleScope<'_>) -> &'a Self {
        scope.slot().expect("an isolate has its function before any of the function's code runs")
    }
}

/// The body of the call whose handler is about to run.
#[derive(Default)]
pub(crate) struct Body(pub(crate) Bytes);

/// The call that left with `process.exit`, and its code.
pub(crate) struct Exit {
    pub(crate) call: u32,
    pub(crate) code: i32,
}

/// The engine's way to the function's log and to the end of a call.
pub(crate) struct GuestHost {
    pub(crate) watch: Arc<Watch>,
    pub(crate) definition: Option<Arc<Definition>>,
    pub(crate) exit: Arc<std::sync::Mutex<Option<Exit>>>,
}

impl Host for GuestHost {
    fn print(&mut self, level: Level, text: &str) {
        if let Some(definition) = &self.definition {
            definition.logs.write(0, wire_level(level), text);
        }
    }

    fn exit(&mut self, code: i32, activity: u32) {
        if let Ok(mut exit) = self.exit.lock() {
            *exit = Some(Exit { call: activity, code });
        }
        self.watch.stop(Stop::Exit);
    }
}

fn wire_level(level: Level) -> head::Level {
    match level {
        Level::Debug => head::Level::Debug,
        Level::Info => head::Level::Info,
        Level::Warn => head::Level::Warn,
        Level::Error => head::Level::Error,
    }
}

/// The engine's operations and the sandbox's, in the order of the snapshot.
pub(crate) fn table() -> &'static [Op] {
    static ALL: std::sync::LazyLock<Vec<Op>> =
        std::sync::LazyLock::new(|| [avocet_engine::ops::ENGINE, TABLE].concat());
    &ALL
}
