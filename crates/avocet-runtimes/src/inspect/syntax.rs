//! Whether a handler can be read as its language, found out without running anything of it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use avocet_functions::model::Package;
use avocet_functions::project::{Spot, is_module};

/// Compiles its standard input, and prints line, column and message of what is wrong.
const PYTHON: &str = "import sys
try: compile(sys.stdin.buffer.read(), 'handler.py', 'exec', dont_inherit=True)
except SyntaxError as e: print(e.lineno or 1, e.offset or 1, f'{type(e).__name__}: {e.msg}')";

/// Fault of a source; line and column are in the handler's file, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Message of the compiler.
    pub message: String,
    /// Place of the fault.
    pub spot: Spot,
}

/// Compiler of a function's sources.
pub enum Compiler<'a> {
    /// V8 itself: what is wrong with a source, as an ECMAScript module where the flag says so.
    V8(&'a mut dyn FnMut(&str, bool) -> Option<Wrong>),
    /// An installed Node.js.
    NodeJs(&'a Path),
    /// An installed Python.
    Python(&'a Path),
}

/// Fault in a source of a function; `None` also where its compiler cannot tell.
pub fn syntax_error(package: &Package, path: &str, compiler: Compiler<'_>) -> Option<Wrong> {
    let text = package.files.get(path)?.text()?;
    let mut compile: Box<dyn FnMut(bool) -> Option<Wrong> + '_> = match compiler {
        Compiler::Python(program) => return clamped(python(program, text)?, text),
        Compiler::NodeJs(program) => Box::new(move |module| node(program, text, module)),
        Compiler::V8(compile) => Box::new(move |module| compile(text, module)),
    };
    let (_, extension) = path.rsplit_once('.')?;
    // Which of both a `.js` file is can be a matter of opinion: it is wrong if it is neither.
    let kinds: &[bool] = match (extension, is_module(path, &package.files)) {
        ("mjs", _) => &[true],
        ("cjs", _) => &[false],
        ("js", true) => &[true, false],
        ("js", false) => &[false, true],
        _ => return None,
    };
    let mut first = None;
    for module in kinds {
        let wrong = compile(*module);
        first.get_or_insert(wrong?);
    }
    clamped(first?, text)
}

fn node(program: &Path, text: &str, module: bool) -> Option<Wrong> {
    let name = if module { "handler.mjs" } else { "handler.cjs" };
    let folder = tempfile::tempdir().ok()?;
    let file = folder.path().join(name);
    std::fs::write(&file, text).ok()?;
    let mut command = Command::new(program);
    command.arg("--check").arg(&file).env_remove("NODE_OPTIONS").stdin(Stdio::null());
    let output = command.output().ok()?;
    if output.status.success() {
        return None;
    }
    // `FILE:LINE`, the line, a caret below it, and then the error.
    let said = String::from_utf8_lossy(&output.stderr);
    let message = said.lines().find(|line| line.starts_with("SyntaxError"))?.to_owned();
    let begins = format!("{name}:");
    let place = said.lines().enumerate().find_map(|(at, line)| {
        let (_, number) = line.rsplit_once(&begins)?;
        Some((at, number.parse().ok()?))
    });
    let (at, line) = place?;
    let caret = said.lines().nth(at + 2).and_then(|line| line.find('^')).unwrap_or(0);
    Some(Wrong { message, spot: Spot { line, column: caret as u32 + 1 } })
}

fn python(program: &Path, text: &str) -> Option<Wrong> {
    let mut command = Command::new(program);
    command.args(["-I", "-S", "-B", "-W", "ignore", "-c", PYTHON]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    // It is closed with the statement; one that reads nothing tells nothing.
    let written = child.stdin.take().map(|mut stdin| stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().ok()?;
    written?.ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    let mut words = said.trim_end().splitn(3, ' ');
    let mut number = || words.next()?.parse().ok();
    let (line, column) = (number()?, number()?);
    Some(Wrong { message: words.next()?.to_owned(), spot: Spot { line, column } })
}

/// Moves the fault of a source that ends too early to the end of its last line, from the one after
/// it.
fn clamped(wrong: Wrong, text: &str) -> Option<Wrong> {
    let text = text.trim_end();
    let last = text.lines().count().max(1) as u32;
    if wrong.spot.line > 0 && wrong.spot.line <= last {
        return Some(wrong);
    }
    let column = text.lines().last().map_or(0, |line| line.chars().count()) as u32 + 1;
    Some(Wrong { spot: Spot { line: last, column }, ..wrong })
}
