//! Lines from a terminal, with history and completion, read on a thread of their own.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};

use avocet_v8::{Arguments, HandleScope, ReturnValue, null};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{Config, Editor, Helper, Highlighter, Hinter, Validator};

use crate::convert::{string, strings, text_argument};
use crate::event_loop;
use crate::pool::Poster;
use crate::runtime::{Hook, Runtime, Task};

/// Lines that are remembered.
const HISTORY: usize = 1000;

/// A line that is wanted.
struct Wanted {
    prompt: String,
    words: Vec<String>,
}

/// The thread that reads.
pub(crate) struct Lines {
    wanted: Sender<Wanted>,
}

/// Completes the names that exist.
#[derive(Helper, Highlighter, Hinter, Validator)]
struct Names(Vec<String>);

impl Completer for Names {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let part = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$' || c == '.');
        let start = line[..at].rfind(part).map_or(0, |before| before + 1);
        let begun = &line[start..at];
        let found = self.0.iter().filter(|name| name.starts_with(begun)).cloned().collect();
        Ok((start, if begun.is_empty() { Vec::new() } else { found }))
    }
}

fn history_file() -> Option<PathBuf> {
    Some(PathBuf::from(std::env::var_os("HOME")?).join(".avocet_history"))
}

fn read_lines(wanted: &Receiver<Wanted>, poster: &Poster) -> rustyline::Result<()> {
    let config = Config::builder().max_history_size(HISTORY)?.auto_add_history(true).build();
    let mut editor: Editor<Names, DefaultHistory> = Editor::with_config(config)?;
    let file = history_file();
    if let Some(file) = &file {
        // There is none the first time.
        drop(editor.load_history(file));
    }
    while let Ok(Wanted { prompt, words }) = wanted.recv() {
        editor.set_helper(Some(Names(words)));
        let line = loop {
            match editor.readline(&prompt) {
                Ok(line) => break Some(line),
                Err(ReadlineError::Interrupted) => {}
                Err(_) => break None,
            }
        };
        if let Some(file) = &file {
            drop(editor.save_history(file));
        }
        let ended = line.is_none();
        poster.post(task(line));
        if ended {
            break;
        }
    }
    Ok(())
}

fn task(line: Option<String>) -> Task {
    Box::new(move |scope| {
        let line = match line {
            Some(line) => string(scope, &line),
            None => null(scope).into(),
        };
        event_loop::call(scope, Hook::Line, &[line]);
    })
}

/// `lineStart()`: whether there is a terminal to read lines from.
pub(crate) fn line_start(scope: &mut HandleScope<'_>, _: &Arguments<'_>, result: ReturnValue<'_>) {
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return result.set_bool(false);
    }
    let runtime = Runtime::of(scope);
    let (wanted, receiver) = channel();
    let poster = runtime.pool.poster();
    let reader = std::thread::Builder::new().name("avocet-lines".into()).spawn(move || {
        if read_lines(&receiver, &poster).is_err() {
            poster.post(task(None));
        }
    });
    if reader.is_ok() {
        runtime.alive += 1;
        runtime.lines = Some(Lines { wanted });
    }
    result.set_bool(reader.is_ok());
}

/// `lineAsk(prompt, words)`: the line goes to the hook `line`; null is the end.
pub(crate) fn line_ask(scope: &mut HandleScope<'_>, arguments: &Arguments<'_>, _: ReturnValue<'_>) {
    let prompt = text_argument(scope, arguments, 0);
    let words = strings(scope, arguments.get(1));
    if let Some(lines) = &Runtime::of(scope).lines {
        // The thread has ended where standard input has; it has said so.
        drop(lines.wanted.send(Wanted { prompt, words }));
    }
}

/// `lineEnd()`: no more lines are wanted.
pub(crate) fn line_end(scope: &mut HandleScope<'_>, _: &Arguments<'_>, _: ReturnValue<'_>) {
    let runtime = Runtime::of(scope);
    if runtime.lines.take().is_some() {
        runtime.alive -= 1;
    }
}
