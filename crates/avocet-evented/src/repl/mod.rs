//! Lines from a terminal, with history, completion and colour, read on a thread of their own.

use std::borrow::Cow;
use std::fs::{DirBuilder, OpenOptions};
use std::io::IsTerminal;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use avocet_engine::ops as operations;
use avocet_v8::{HandleScope, null, undefined};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor, Helper, Hinter, Validator};

use crate::convert::string;
use crate::hooks::{self, Hook};
use crate::reactor::pool::Poster;
use crate::reactor::{Reactor, Task};

include!("table.rs");

/// Lines that are remembered.
const HISTORY: usize = 1000;

/// Time to wait for the names of a completion: the script may be busy.
const PATIENCE: Duration = Duration::from_millis(500);

/// Names that are offered at once.
const MAX_NAMES: usize = 1000;

/// The thread that reads, and whoever asks for names meanwhile.
struct Lines {
    prompts: Sender<String>,
    names: Option<Sender<Names>>,
}

/// The end of the text before the cursor, and the names that it can become.
struct Names {
    begun: String,
    names: Vec<String>,
}

/// A person's answer to the prompt.
enum Input {
    Line(String),
    /// Control-C: what was typed is not wanted.
    Discarded,
    /// Control-D.
    End,
}

/// Helper of the editor: asks the script for names, and paints.
#[derive(Helper, Hinter, Validator)]
struct Assistant {
    poster: Poster,
    colour: bool,
}

impl Completer for Assistant {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let (sender, receiver) = channel();
        let before = line[..at].to_owned();
        self.poster.post(Box::new(move |scope| {
            if let Some(lines) = scope.slot_mut::<Lines>() {
                lines.names = Some(sender);
            }
            let text = string(scope, &before);
            hooks::call(scope, Hook::Names, &[text]);
            if let Some(lines) = scope.slot_mut::<Lines>() {
                lines.names = None;
            }
        }));
        let offered = receiver.recv_timeout(PATIENCE).ok();
        let offered = offered.filter(|names| line[..at].ends_with(&names.begun));
        Ok(offered.map_or((at, Vec::new()), |names| (at - names.begun.len(), names.names)))
    }
}

impl Highlighter for Assistant {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        match self.colour {
            true => Cow::Owned(format!("\x1b[1;34m{prompt}\x1b[0m")),
            false => Cow::Borrowed(prompt),
        }
    }
}

/// `avocet/repl_history` in the folder for state of the XDG specification, made if it is not
/// there: nobody else may read what was typed.
fn history_file() -> Option<PathBuf> {
    let absolute =
        |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state =
        absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    let folder = state.join("avocet");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
    let file = folder.join("repl_history");
    OpenOptions::new().append(true).create(true).mode(0o600).open(&file).ok()?;
    Some(file)
}

fn read_lines(prompts: &Receiver<String>, poster: &Poster, colour: bool) -> rustyline::Result<()> {
    let config = Config::builder()
        .max_history_size(HISTORY)?
        .auto_add_history(true)
        .completion_type(CompletionType::List)
        .build();
    let mut editor: Editor<Assistant, DefaultHistory> = Editor::with_config(config)?;
    editor.set_helper(Some(Assistant { poster: poster.clone(), colour }));
    let file = history_file();
    if let Some(file) = &file {
        // A file that cannot be read is none.
        drop(editor.load_history(file));
    }
    while let Ok(prompt) = prompts.recv() {
        let input = match editor.readline(&prompt) {
            Ok(line) => Input::Line(line),
            Err(ReadlineError::Interrupted) => Input::Discarded,
            Err(_) => Input::End,
        };
        if let Some(file) = &file {
            drop(editor.append_history(file));
        }
        let ended = matches!(input, Input::End);
        poster.post(task(input));
        if ended {
            break;
        }
    }
    Ok(())
}

fn task(input: Input) -> Task {
    Box::new(move |scope| {
        let line = match input {
            Input::Line(line) => string(scope, &line),
            Input::Discarded => undefined(scope).into(),
            Input::End => null(scope).into(),
        };
        hooks::call(scope, Hook::Line, &[line]);
    })
}

/// Whether a terminal shows colours, as far as its user told.
fn is_colourful() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_none_or(|name| name == "dumb" || name.is_empty());
    !unwanted && !dumb && std::io::stderr().is_terminal()
}

fn line_start(scope: &mut HandleScope<'_>) -> i32 {
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return 0;
    }
    let reactor = Reactor::of(scope);
    let (prompts, receiver) = channel();
    let poster = reactor.pool().poster();
    let colour = is_colourful();
    let reader = std::thread::Builder::new().name("avocet-lines".into()).spawn(move || {
        if read_lines(&receiver, &poster, colour).is_err() {
            poster.post(task(Input::End));
        }
    });
    if reader.is_err() {
        return 0;
    }
    reactor.retain();
    scope.set_slot(Lines { prompts, names: None });
    1 + i32::from(colour)
}

fn line_ask(scope: &mut HandleScope<'_>, prompt: String) {
    if let Some(lines) = scope.slot::<Lines>() {
        // The thread has ended where standard input has; it has said so.
        drop(lines.prompts.send(prompt));
    }
}

fn line_offer(scope: &mut HandleScope<'_>, begun: String, mut names: Vec<String>) {
    names.truncate(MAX_NAMES);
    let lines = scope.slot_mut::<Lines>();
    if let Some(sender) = lines.and_then(|lines| lines.names.take()) {
        // The reader may not wait any longer.
        drop(sender.send(Names { begun, names }));
    }
}

fn line_end(scope: &mut HandleScope<'_>) {
    if scope.take_slot::<Lines>().is_some() {
        Reactor::of(scope).release();
    }
}
