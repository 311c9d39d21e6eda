//! Standard output and standard error of a worker, as log lines.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use avocet_frames::head::Level;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use tokio::process::{ChildStderr, ChildStdout};
use tokio::time::Instant;

use crate::observe::now_ms;
use crate::{Definition, LogLine, LogSink};

/// Bytes of a line that are kept; the rest of the line is dropped.
const MAX_LINE: usize = 8 * 1024;

/// Either of the two.
pub(super) enum Pipe {
    Out(ChildStdout),
    Err(ChildStderr),
}

impl AsyncRead for Pipe {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Out(pipe) => Pin::new(pipe).poll_read(cx, buf),
            Self::Err(pipe) => Pin::new(pipe).poll_read(cx, buf),
        }
    }
}

/// Namespace and function that a process serves, as soon as it serves one.
#[derive(Debug, Default)]
pub(super) struct Owner {
    pub(super) namespace: OnceLock<Arc<str>>,
    /// Function of the process, where it has only one.
    pub(super) function: OnceLock<Arc<Definition>>,
}

/// Origin of log lines.
pub(super) struct Origin {
    pub(super) owner: Arc<Owner>,
    pub(super) pid: u32,
    pub(super) level: Level,
    pub(super) sink: Arc<dyn LogSink>,
}

impl Origin {
    fn emit(&self, level: Level, text: String) {
        self.sink.log(LogLine {
            namespace: self.owner.namespace.get().cloned(),
            function: self.owner.function.get().cloned(),
            tag: None,
            level,
            time_ms: now_ms(),
            text,
        });
    }
}

/// Reads to the end, whatever comes: a worker never waits for its log.
pub(super) async fn capture(mut pipe: Pipe, origin: Origin, per_second: u32) {
    let mut lines = Lines::default();
    let mut budget = Budget::new(per_second);
    let mut buf = vec![0; 4096];
    while let Ok(read @ 1..) = pipe.read(&mut buf).await {
        let now = Instant::now();
        lines.feed(&buf[..read], |text| {
            let dropped = budget.roll(now);
            report(&origin, dropped);
            if budget.spend() {
                origin.emit(origin.level, text);
            }
        });
    }
    lines.end(|text| origin.emit(origin.level, text));
    report(&origin, budget.dropped);
}

fn report(origin: &Origin, dropped: u64) {
    if dropped > 0 {
        let pid = origin.pid;
        let text = format!("worker {pid} printed {dropped} lines more than the log takes");
        origin.emit(Level::Warn, text);
    }
}

/// Lines that may still be taken in this second.
struct Budget {
    per_second: u32,
    left: u32,
    since: Instant,
    dropped: u64,
}

impl Budget {
    fn new(per_second: u32) -> Self {
        Self { per_second, left: per_second, since: Instant::now(), dropped: 0 }
    }

    /// Begins a new second where one has passed; gives what was dropped in the last.
    fn roll(&mut self, now: Instant) -> u64 {
        if now.duration_since(self.since) < Duration::from_secs(1) {
            return 0;
        }
        self.since = now;
        self.left = self.per_second;
        std::mem::take(&mut self.dropped)
    }

    fn spend(&mut self) -> bool {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => self.dropped += 1,
        }
        self.dropped == 0
    }
}

/// Cuts bytes into lines.
#[derive(Default)]
struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    fn feed(&mut self, bytes: &[u8], mut line: impl FnMut(String)) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, complete) = match part.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (part, false),
            };
            let room = MAX_LINE.saturating_sub(self.begun.len());
            self.begun.extend_from_slice(&text[..text.len().min(room)]);
            if complete {
                line(self.take());
            }
        }
    }

    fn end(mut self, line: impl FnOnce(String)) {
        if !self.begun.is_empty() {
            line(self.take());
        }
    }

    fn take(&mut self) -> String {
        let text = String::from_utf8_lossy(&self.begun).trim_end_matches('\r').to_owned();
        self.begun.clear();
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(parts: &[&[u8]]) -> Vec<String> {
        let mut found = Vec::new();
        let mut lines = Lines::default();
        for part in parts {
            lines.feed(part, |line| found.push(line));
        }
        lines.end(|line| found.push(line));
        found
    }

    #[test]
    fn lines_are_found_across_reads() {
        assert_eq!(cut(&[b"one\ntw", b"o\r\n", b"\nthree"]), ["one", "two", "", "three"]);
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_is_whole() {
        let long = vec![b'x'; MAX_LINE * 3];
        let found = cut(&[&long, b"\nnext\n"]);
        assert_eq!(found[0].len(), MAX_LINE);
        assert_eq!(found[1], "next");
    }

    #[test]
    fn lines_over_the_budget_are_counted() {
        let mut budget = Budget::new(2);
        let taken = [(); 5].iter().filter(|()| budget.spend()).count();
        assert_eq!((taken, budget.dropped), (2, 3));
        let later = budget.since + Duration::from_secs(1);
        assert_eq!(budget.roll(later), 3);
        assert!(budget.spend());
    }
}
