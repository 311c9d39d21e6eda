//! Progress of a deploy that takes its time: what git, npm and pip do for it.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use avocet_api::{LogLine, LogQuery, Then};
use tokio::sync::Notify;

use crate::lines::Lines;
use crate::terminal;

/// Beginnings of lines about a fetch or an installer.
const BEGINNINGS: [&str; 2] = ["installing for ", "fetching for "];

/// Marks of the last line of either.
const ENDS: [&str; 2] = [": done in ", ": failed after "];

/// Longest wait for that line, once the deploy has its answer.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Columns of a terminal that does not report them.
const COLUMNS: usize = 80;

/// Runs `work`; after a second, a terminal shows that it still runs and for how long.
pub(crate) async fn with_progress<T>(label: &'static str, work: impl Future<Output = T>) -> T {
    Shown::new(label).during(work, None).await
}

/// Every line from now on: the platform's own are among them.
pub(crate) fn lines_from_now() -> LogQuery {
    LogQuery { since: Some("0ms".to_owned()), then: Then::Follow, ..LogQuery::default() }
}

/// Runs `work`, a deploy. On a terminal one line shows for how long it has been running and what an
/// installer does; elsewhere each line of an installer is printed.
pub(crate) async fn deploying<T>(log: Option<Lines>, work: impl Future<Output = T>) -> T {
    Shown::new("deploying").during(work, log).await
}

struct Shown {
    label: &'static str,
    terminal: bool,
    seconds: Cell<u64>,
    /// Last line of an installer.
    last: RefCell<String>,
    /// The line is on the terminal.
    drawn: Cell<bool>,
    /// An installer has said something, and not its last word.
    installing: Cell<bool>,
    ended: Notify,
}

impl Shown {
    fn new(label: &'static str) -> Self {
        Self {
            label,
            terminal: std::io::stderr().is_terminal(),
            seconds: Cell::new(0),
            last: RefCell::default(),
            drawn: Cell::new(false),
            installing: Cell::new(false),
            ended: Notify::new(),
        }
    }

    async fn during<T>(self, work: impl Future<Output = T>, log: Option<Lines>) -> T {
        let result = {
            let watch = async { tokio::join!(self.follow(log), self.tick()).0 };
            tokio::pin!(watch);
            let result = tokio::select! {
                result = work => result,
                never = &mut watch => match never {},
            };
            // What an installer said last is on its way on another connection.
            let last_line = async {
                while self.installing.get() {
                    self.ended.notified().await;
                }
            };
            let _ = tokio::time::timeout(LAST_LINES, async {
                tokio::select! {
                    () = last_line => {}
                    never = &mut watch => match never {},
                }
            })
            .await;
            result
        };
        if self.drawn.get() {
            draw("");
        }
        result
    }

    async fn follow(&self, log: Option<Lines>) -> Infallible {
        if let Some(mut log) = log {
            // Where it breaks off, nothing more is shown.
            while let Ok(Some(line)) = log.next().await {
                if let LogLine::Record(record) = line {
                    self.line(&record.text);
                }
            }
        }
        std::future::pending().await
    }

    fn line(&self, text: &str) {
        let own = BEGINNINGS.iter().find_map(|beginning| text.strip_prefix(beginning));
        let Some(text) = own else { return };
        let ended = ENDS.iter().any(|end| text.contains(end));
        self.installing.set(!ended);
        self.ended.notify_one();
        if self.terminal {
            *self.last.borrow_mut() = compact(text);
            self.draw();
        } else {
            terminal::note(text);
        }
    }

    /// From the first second on, it shows that something runs.
    async fn tick(&self) -> Infallible {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        tick.tick().await;
        loop {
            tick.tick().await;
            self.seconds.set(self.seconds.get() + 1);
            if self.terminal {
                self.draw();
            }
        }
    }

    fn draw(&self) {
        let line = format!("{} … {} s  {}", self.label, self.seconds.get(), self.last.borrow());
        let line: String = line.trim_end().chars().take(columns().saturating_sub(1)).collect();
        draw(&line);
        self.drawn.set(true);
    }
}

/// Puts `line` in the place of the terminal's line.
fn draw(line: &str) {
    let mut terminal = std::io::stderr().lock();
    let _ = write!(terminal, "\r\x1b[K{line}").and_then(|()| terminal.flush());
}

/// A line of an installer without what is always the same, and without what moves the cursor.
fn compact(text: &str) -> String {
    let text = text.replacen(": npm http fetch ", ": ", 1);
    text.chars().filter(|character| !character.is_control()).collect()
}

fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stderr());
    size.map_or(COLUMNS, |size| usize::from(size.ws_col)).max(COLUMNS / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_always_the_same_is_left_out() {
        let line = "orders: npm http fetch GET 200 http://registry/ms 35ms";
        assert_eq!(compact(line), "orders: GET 200 http://registry/ms 35ms");
        assert_eq!(compact("orders: \x1b[1mCollecting six\r"), "orders: [1mCollecting six");
    }
}
