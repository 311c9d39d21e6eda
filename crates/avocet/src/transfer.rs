//! Data from files and standard input to a server, and how far it has come.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use avocet_api::client::Upload;
use bytes::Bytes;
use tokio::sync::mpsc::Sender;

use crate::failure::{Exit, Failure};

/// Bytes that are read at once.
const PIECE: usize = 128 << 10;

/// Most bytes of a value or a message: no limit is higher.
const MAX_DATA: u64 = 64 << 20;

/// The bytes that an argument means: itself, or with `-` standard input.
pub(crate) fn data(argument: &str) -> anyhow::Result<Vec<u8>> {
    if argument != "-" {
        return Ok(argument.as_bytes().to_vec());
    }
    let mut bytes = Vec::new();
    io::stdin()
        .take(MAX_DATA + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(Exit::Failed, format!("cannot read -: {error}")))?;
    if bytes.len() as u64 > MAX_DATA {
        let what = format!("more than {} MiB: standard input", MAX_DATA >> 20);
        return Err(Failure::new(Exit::Failed, what).into());
    }
    Ok(bytes)
}

/// A time as the API takes it.
pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{}ms", time.as_millis())
}

/// The thread that reads a file.
pub(crate) struct Reading {
    thread: JoinHandle<io::Result<()>>,
    file: String,
}

impl Reading {
    /// Whether the file could be read, where the thread knows: it may still wait for somebody who
    /// takes what it has.
    pub(crate) fn result(self) -> anyhow::Result<()> {
        if !self.thread.is_finished() {
            return Ok(());
        }
        let Ok(read) = self.thread.join() else { return Ok(()) };
        let what = |error| format!("cannot read {}: {error}", self.file);
        read.map_err(|error| Failure::new(Exit::Failed, what(error)).into())
    }
}

/// Opens a file (`-`: standard input) to be sent piece by piece.
pub(crate) fn upload(file: &Path) -> anyhow::Result<(Meter, Upload, Reading)> {
    let shown = file.display().to_string();
    let (source, size): (Box<dyn Read + Send>, Option<u64>) = if shown == "-" {
        (Box::new(io::stdin()), None)
    } else {
        let open = || {
            let open = File::open(file)?;
            let about = open.metadata()?;
            match about.is_dir() {
                true => Err(io::Error::from(io::ErrorKind::IsADirectory)),
                false => Ok((open, about.len())),
            }
        };
        let (open, size) = open().map_err(|error| {
            let exit = match error.kind() {
                io::ErrorKind::NotFound => Exit::NotFound,
                _ => Exit::Failed,
            };
            Failure::new(exit, format!("cannot read {shown}: {error}"))
        })?;
        (Box::new(open), Some(size))
    };
    let meter = Meter::new("sending", size);
    let (sender, data) = Upload::new();
    let counter = meter.counter();
    let thread = std::thread::spawn(move || read(source, &sender, &counter));
    Ok((meter, data, Reading { thread, file: shown }))
}

/// Ends where nobody takes the pieces any more.
fn read(
    mut source: impl Read,
    out: &Sender<io::Result<Bytes>>,
    counter: &Counter,
) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                if out.blocking_send(Ok(Bytes::copy_from_slice(&buffer[..length]))).is_err() {
                    return Ok(());
                }
                counter.add(length);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let same = io::Error::new(error.kind(), error.to_string());
                // Whoever sends it may have gone.
                let _ = out.blocking_send(Err(same));
                return Err(error);
            }
        }
    }
}

/// Bytes that have been moved.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter(Arc<AtomicU64>);

impl Counter {
    pub(crate) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Shows on a terminal how far a transfer has come, from its first second on.
pub(crate) struct Meter {
    label: &'static str,
    size: Option<u64>,
    moved: Counter,
    drawn: Rc<Cell<bool>>,
}

impl Meter {
    pub(crate) fn new(label: &'static str, size: Option<u64>) -> Self {
        Self { label, size, moved: Counter::default(), drawn: Rc::default() }
    }

    pub(crate) fn counter(&self) -> Counter {
        self.moved.clone()
    }

    /// Runs `work`, a transfer.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let shown = async {
            let mut tick = tokio::time::interval(Duration::from_secs(1));
            tick.tick().await;
            loop {
                tick.tick().await;
                self.draw();
            }
        };
        let result = tokio::select! {
            result = work => result,
            never = shown => never,
        };
        if self.drawn.get() {
            line("");
        }
        result
    }

    fn draw(&self) {
        if io::stderr().is_terminal() {
            self.drawn.set(true);
            line(&progress(self.label, self.moved.0.load(Ordering::Relaxed), self.size));
        }
    }
}

fn progress(label: &str, moved: u64, size: Option<u64>) -> String {
    let mib = |bytes: u64| format!("{}.{} MiB", bytes >> 20, ((bytes % (1 << 20)) * 10) >> 20);
    match size {
        Some(size) if size > 0 => {
            format!("{label} … {} of {} ({} %)", mib(moved), mib(size), moved * 100 / size)
        }
        _ => format!("{label} … {}", mib(moved)),
    }
}

/// Puts `text` in the place of the terminal's line.
fn line(text: &str) {
    let mut terminal = io::stderr().lock();
    // Progress is for who looks; where it cannot be written nobody does.
    let _ = write!(terminal, "\r\x1b[K{text}").and_then(|()| terminal.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_how_much_of_what() {
        assert_eq!(progress("sending", 3 << 19, None), "sending … 1.5 MiB");
        let of = progress("sending", 1 << 20, Some(4 << 20));
        assert_eq!(of, "sending … 1.0 MiB of 4.0 MiB (25 %)");
        assert_eq!(progress("sending", 0, Some(0)), "sending … 0.0 MiB");
    }
}
