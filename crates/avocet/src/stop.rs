//! Signals that end a server.

use std::fs::File;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::terminal::note;

/// Ctrl-C, SIGTERM, and the end of the terminal that the program was started in.
pub(crate) struct Stop {
    interrupt: Signal,
    terminate: Signal,
    /// None where SIGHUP is ignored, as `nohup` has it.
    hangup: Option<Signal>,
    /// Whether there is a terminal that can be closed.
    terminal: bool,
}

impl Stop {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        let hangup = (!ignores_hangup()).then(|| listen(SignalKind::hangup())).transpose()?;
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup,
            terminal: File::open("/dev/tty").is_ok(),
        })
    }

    /// Waits for the next one.
    pub(crate) async fn asked(&mut self) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return,
                _ = self.terminate.recv() => return,
                () = hung_up(&mut self.hangup) => {}
            }
            if self.terminal {
                // Shell and system may both tell of the end of a terminal: it asks once.
                self.terminal = false;
                return;
            }
            note("SIGHUP: there are no settings that could be read again");
        }
    }
}

async fn hung_up(hangup: &mut Option<Signal>) {
    match hangup {
        Some(hangup) => drop(hangup.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether whoever started this process wants it to survive the end of its terminal.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Signal 1 is the lowest bit.
    ignored.is_some_and(|mask| mask & 1 == 1)
}
