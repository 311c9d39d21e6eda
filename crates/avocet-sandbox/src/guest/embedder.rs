//! The program around an isolate, as the engine sees it.

use std::sync::{Arc, Mutex};

use avocet_engine::embedder::{Embedder, Level};
use avocet_frames::head;

use super::state::Exit;
use crate::current_piece::{CurrentPiece, Stop};
use crate::program::Program;

/// The engine's way to the function's log and to the end of a call.
pub(crate) struct GuestEmbedder {
    pub(crate) current: Arc<CurrentPiece>,
    pub(crate) program: Option<Arc<Program>>,
    pub(crate) exit: Arc<Mutex<Option<Exit>>>,
}

impl Embedder for GuestEmbedder {
    fn print(&mut self, level: Level, text: &str) {
        if let Some(program) = &self.program {
            program.logs.write(0, wire_level(level), text);
        }
    }

    fn exit(&mut self, code: i32, activity: u32) {
        if let Ok(mut exit) = self.exit.lock() {
            *exit = Some(Exit { call: activity, code });
        }
        self.current.stop(Stop::Exit);
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
