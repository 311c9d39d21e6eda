//! Whether a handler can be read as its language, found out without running anything of it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use avocet_functions::Place;
use avocet_functions::manifest::Located;
use avocet_functions::model::{Engine, Function, Package, Resource, Source};
use avocet_functions::project::{ProjectFile, Spot};
use avocet_v8::{
    Context, ContextScope, Function as JsFunction, Isolate, IsolateOptions, Module, ScriptOrigin,
    String as JsString, TryCatch, enter,
};

/// Compiles its standard input, and prints line, column and message of what is wrong.
const PYTHON: &str = "import sys
try: compile(sys.stdin.buffer.read(), 'handler.py', 'exec', dont_inherit=True)
except SyntaxError as e: print(e.lineno or 1, e.offset or 1, f'{type(e).__name__}: {e.msg}')";

/// What is wrong with a source; line and column are in the handler's file, from 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) message: String,
    pub(crate) spot: Spot,
}

/// Reads sources, those for `v8` with its own compiler.
#[derive(Default)]
pub(crate) struct Syntax {
    isolate: Option<Isolate>,
}

impl Syntax {
    /// What is wrong with a function's handler; `None` also where nobody here can tell.
    /// `program` is the interpreter, where its runtime has one.
    pub(crate) fn check(
        &mut self,
        package: &Package,
        engine: Engine,
        program: Option<&Path>,
    ) -> Option<Wrong> {
        let text = package.files.get(&package.entry)?.text()?;
        if engine == Engine::Python {
            return clamped(python(program?, text)?, text);
        }
        let (_, extension) = package.entry.rsplit_once('.')?;
        // Which of both a `.js` file is can be a matter of opinion: it is wrong if it is neither.
        let kinds: &[bool] = match (extension, package.module) {
            ("mjs", _) => &[true],
            ("cjs", _) => &[false],
            ("js", true) => &[true, false],
            ("js", false) => &[false, true],
            _ => return None,
        };
        let mut first = None;
        for module in kinds {
            let wrong = match engine {
                Engine::V8 => self.v8(text, *module),
                _ => node(program?, text, *module),
            };
            first.get_or_insert(wrong?);
        }
        clamped(first?, text)
    }

    fn v8(&mut self, text: &str, module: bool) -> Option<Wrong> {
        let isolate = self.isolate.get_or_insert_with(|| Isolate::new(IsolateOptions::default()));
        enter!(let scope = isolate);
        let context = Context::new(scope);
        let scope = &mut ContextScope::new(scope, context);
        let block = &mut TryCatch::new(scope);
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = match text.strip_prefix("#!") {
            Some(rest) => JsString::new(block, &format!("//{rest}")),
            None => JsString::new(block, text),
        }?;
        let name = JsString::new(block, "handler")?;
        let source = avocet_v8::Source::new(text, ScriptOrigin::named(name));
        let compiled = match module {
            true => Module::compile(block, source).is_some(),
            false => {
                let parameters = ["exports", "require", "module", "__filename", "__dirname"]
                    .map(|name| JsString::intern(block, name));
                JsFunction::compile(block, source, &parameters, &[]).is_some()
            }
        };
        if compiled {
            return None;
        }
        let message = block.exception()?.to_rust_string_lossy(block);
        let position = block.message()?.get_position(block);
        let spot = Spot { line: position.line, column: position.start_column + 1 };
        Some(Wrong { message, spot })
    }
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

/// Where a source ends too early, the error is at the end of its last line, not in one after it.
fn clamped(wrong: Wrong, text: &str) -> Option<Wrong> {
    let text = text.trim_end();
    let last = text.lines().count().max(1) as u32;
    if wrong.spot.line > 0 && wrong.spot.line <= last {
        return Some(wrong);
    }
    let column = text.lines().last().map_or(0, |line| line.chars().count()) as u32 + 1;
    Some(Wrong { spot: Spot { line: last, column }, ..wrong })
}

/// Where in the files a place in a file of a function is.
pub(crate) fn locate(
    (path, spot): (&str, Spot),
    located: &Located<Resource>,
    function: &Function,
    package: &Package,
    files: &[ProjectFile],
) -> Place {
    let at = |file: &ProjectFile, lines: usize, columns: usize| Place {
        line: Some(spot.line + lines as u32),
        column: Some(spot.column + columns as u32),
        ..Place::file(&*file.path)
    };
    let document = &located.place;
    let found = if let Source::Inline(inline) = &function.source {
        let own = files.iter().find(|file| file.path == document.file);
        own.and_then(|file| {
            let text = std::str::from_utf8(&file.content).ok()?;
            let (lines, columns) = block(text, document.line.unwrap_or(1), &inline.source)?;
            Some(at(file, lines, columns))
        })
    } else {
        let content = package.files.get(path).map(|content| &content.0);
        let is_it = |file: &&ProjectFile| {
            let folder = file.path.strip_suffix(path);
            folder.is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
                && Some(&file.content) == content
        };
        let shared = |file: &&ProjectFile| {
            file.path.bytes().zip(document.file.bytes()).take_while(|(a, b)| a == b).count()
        };
        files.iter().filter(is_it).max_by_key(shared).map(|file| at(file, 0, 0))
    };
    found.unwrap_or_else(|| located.place_of("spec.source").clone())
}

/// Lines before a block of code in a YAML text, at or after line `from`, and how far it is indented.
fn block(text: &str, from: u32, code: &str) -> Option<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut wanted = code.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (above, first) = wanted.next()?;
    let second = wanted.next();
    (from.saturating_sub(1) as usize..lines.len()).find_map(|at| {
        let indent = lines[at].strip_suffix(first)?;
        let follows = second.is_none_or(|(later, second)| {
            let line = lines.get(at + later - above);
            line.and_then(|line| line.strip_suffix(second)) == Some(indent)
        });
        let before = at.checked_sub(above)?;
        (follows && indent.trim().is_empty()).then(|| (before, indent.chars().count()))
    })
}
