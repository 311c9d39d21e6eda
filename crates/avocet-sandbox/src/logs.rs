//! Log lines, bounded: a function that writes for ever fills neither the supervisor's memory nor
//! its disk.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use avocet_frames::head::{Level, Log};
use avocet_frames::{CallId, Kind};

use crate::outbox::{FULL, Outbox};

/// Bytes of one line; the rest is cut off and said so.
pub(crate) const MAX_LINE: usize = 64 << 10;

/// Lines that a function may write at once before its rate counts.
pub(crate) const LINE_BURST: u32 = 2_000;

/// Lines per second that it may go on with.
pub(crate) const LINE_RATE: u32 = 1_000;

/// Bytes that it may write at once.
const BYTE_BURST: f64 = 4.0 * 1024.0 * 1024.0;

/// Bytes per second that it may go on with.
const BYTE_RATE: f64 = 1024.0 * 1024.0;

/// Two token buckets and what did not fit.
struct Gate {
    lines: f64,
    bytes: f64,
    at: Instant,
    dropped: u64,
}

impl Gate {
    fn new(now: Instant) -> Self {
        Self { lines: f64::from(LINE_BURST), bytes: BYTE_BURST, at: now, dropped: 0 }
    }

    /// Whether a line of `len` bytes may pass; with it, how many were dropped before it.
    fn admit(&mut self, now: Instant, len: usize) -> Option<u64> {
        let past = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.lines = (self.lines + past * f64::from(LINE_RATE)).min(f64::from(LINE_BURST));
        self.bytes = (self.bytes + past * BYTE_RATE).min(BYTE_BURST);
        // After a drop the flood must have let up a little, or each line would cause a notice.
        let least = if self.dropped > 0 { f64::from(LINE_RATE) / 10.0 } else { 1.0 };
        if self.lines < least || self.bytes < len as f64 {
            self.dropped += 1;
            return None;
        }
        self.lines -= 1.0;
        self.bytes -= len as f64;
        Some(std::mem::take(&mut self.dropped))
    }
}

/// One function's way to its log.
pub(crate) struct Logs {
    function: u32,
    outbox: Arc<Outbox>,
    gate: Mutex<Gate>,
}

impl Logs {
    pub(crate) fn new(function: u32, outbox: Arc<Outbox>) -> Self {
        Self { function, outbox, gate: Mutex::new(Gate::new(Instant::now())) }
    }

    /// Writes a line (or several: a stack is one text).
    pub(crate) fn write(&self, call: u32, level: Level, text: &str) {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let cut = cut(text, MAX_LINE);
        let admitted = {
            let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
            if self.outbox.len() > FULL {
                gate.dropped += 1;
                return;
            }
            gate.admit(Instant::now(), cut.len())
        };
        let Some(dropped) = admitted else { return };
        if dropped > 0 {
            self.notice(dropped);
        }
        if cut.len() == text.len() {
            self.send(call, level, text);
        } else {
            let rest = text.len() - cut.len();
            self.send(call, level, &format!("{cut}… ({rest} more bytes)"));
        }
    }

    /// Says what was dropped since the last line, for instance when the function is unloaded.
    pub(crate) fn settle(&self) {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let dropped = std::mem::take(&mut gate.dropped);
        drop(gate);
        if dropped > 0 {
            self.notice(dropped);
        }
    }

    fn notice(&self, dropped: u64) {
        let text =
            format!("{dropped} log lines were dropped: more than {LINE_RATE} lines per second");
        self.send(0, Level::Warn, &text);
    }

    fn send(&self, call: u32, level: Level, text: &str) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let head = Log { level, time: (since.as_secs_f64() * 1000.0).round(), trace: None };
        self.outbox.json(Kind::Log, CallId::new(self.function, call), &head, text.as_bytes());
    }
}

/// At most `max` bytes of `text`, ending between characters.
fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_to_the_burst_and_counted() {
        let start = Instant::now();
        let mut gate = Gate::new(start);
        let passed = (0..10_000).filter(|_| gate.admit(start, 10).is_some()).count();
        assert_eq!(passed, LINE_BURST as usize);
        assert_eq!(gate.admit(start + Duration::from_secs(1), 10), Some(8_000));
        assert_eq!(gate.admit(start + Duration::from_secs(1), 10), Some(0));
    }

    #[test]
    fn bytes_count_as_well_as_lines() {
        let start = Instant::now();
        let mut gate = Gate::new(start);
        let passed = (0..1_000).filter(|_| gate.admit(start, MAX_LINE).is_some()).count();
        assert_eq!(passed, BYTE_BURST as usize / MAX_LINE);
    }

    #[test]
    fn a_line_is_cut_between_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
    }
}
