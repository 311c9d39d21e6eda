//! The interactive shell on a terminal: a pseudo-terminal, with this test as the person.
//!
//! What it does not test: how it looks, beyond the colours of values.

use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

const TAB: &str = "\t";
const ENTER: &str = "\r";
const UP: &str = "\x1b[A";
const CONTROL_C: &str = "\x03";
const CONTROL_D: &str = "\x04";
const PROMPT: &str = "node> ";

/// Pasting is told apart while a line is read: this is when that begins and ends. The prompt alone
/// does not tell, since completion shows it again.
const READS: &str = "\x1b[?2004h";
const READ: &str = "\x1b[?2004l";

/// For a shell that says nothing any more.
const PATIENCE: Timespec = Timespec { tv_sec: 20, tv_nsec: 0 };

struct Terminal {
    controller: OwnedFd,
    child: Child,
    seen: String,
}

impl Terminal {
    fn new(home: &Path, env: &[(&str, &str)], script: Option<&Path>) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&controller).expect("granted");
        unlockpt(&controller).expect("unlocked");
        let name = ptsname(&controller, Vec::new()).expect("a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let terminal = rustix::fs::open(&*name, flags, Mode::empty()).expect("opens");
        let side = || Stdio::from(terminal.try_clone().expect("a descriptor"));
        let child = Command::new(env!("CARGO_BIN_EXE_avocet-script"))
            .args(script)
            .env_remove("NO_COLOR")
            .env_remove("XDG_STATE_HOME")
            .env("HOME", home)
            .env("TERM", "xterm")
            .envs(env.iter().copied())
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .spawn()
            .expect("starts");
        Self { controller, child, seen: String::new() }
    }

    fn press(&self, keys: &str) {
        let mut bytes = keys.as_bytes();
        while !bytes.is_empty() {
            bytes = &bytes[rustix::io::write(&self.controller, bytes).expect("writable")..];
        }
    }

    /// Text that is shown up to `text`, which must come.
    fn until(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.seen.find(text) {
                return self.seen.drain(..at + text.len()).collect();
            }
            let mut polled = [PollFd::new(&self.controller, PollFlags::IN)];
            let ready = poll(&mut polled, Some(&PATIENCE)).expect("polls");
            let mut bytes = [0; 4096];
            let got = match ready {
                0 => 0,
                _ => rustix::io::read(&self.controller, &mut bytes).unwrap_or(0),
            };
            assert!(got > 0, "no {text:?} in {:?}", self.seen);
            self.seen.push_str(&String::from_utf8_lossy(&bytes[..got]));
        }
    }

    /// Types a line and gives what is shown between it and the next prompt.
    fn line(&mut self, line: &str) -> String {
        self.press(line);
        self.press(ENTER);
        self.next()
    }

    /// Discards what is typed.
    fn discard(&mut self) {
        self.press(CONTROL_C);
        self.next();
    }

    /// Text that is shown between the end of this line and the prompt of the next one.
    fn next(&mut self) -> String {
        self.until(READ);
        let shown = self.until(READS);
        self.until(PROMPT);
        shown
    }

    fn end(mut self) {
        self.press(CONTROL_D);
        assert!(self.child.wait().expect("ends").success());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nothing to end where it has ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn shell(home: &Path, env: &[(&str, &str)]) -> Terminal {
    let mut terminal = Terminal::new(home, env, None);
    terminal.until(PROMPT);
    terminal
}

const PLAIN: &[(&str, &str)] = &[("NO_COLOR", "1")];

#[test]
fn lines_are_evaluated_and_the_last_result_is_kept() {
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = shell(home.path(), PLAIN);
    assert!(terminal.line("1 + 1").contains("2\r\n"));
    assert!(terminal.line("_ * 21").contains("42\r\n"));
    terminal.line("let x = [7]");
    assert!(terminal.line("x[0] + _[0]").contains("14\r\n"));
    assert!(terminal.line("puts('from sys')").contains("from sys\r\n"));
    assert!(terminal.line("nothing.here").contains("ReferenceError: nothing is not defined"));
    terminal.end();
}

#[test]
fn names_and_members_are_completed() {
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = shell(home.path(), PLAIN);
    terminal.line("var someone = { firstName: 'Ada', family: { name: 'Byron' } }");
    terminal.press(&format!("process.stdi{TAB}"));
    terminal.until("process.stdio");
    terminal.press(&format!(".writeE{TAB}"));
    terminal.until("writeError");
    assert!(terminal.line("").contains("[Function]\r\n"));
    terminal.press(&format!("some{TAB}"));
    terminal.until("someone");
    terminal.press(&format!(".family.n{TAB}"));
    assert!(terminal.line("").contains("\"Byron\"\r\n"));
    // Several names are listed.
    terminal.press(&format!("someone.f{TAB}{TAB}"));
    terminal.until("family");
    terminal.until("firstName");
    terminal.discard();
    // What cannot be looked into has no names, and a getter that throws does no harm.
    terminal.line("var bad = { get a() { throw new Error('looked') } }");
    terminal.press(&format!("bad.a.x{TAB}nothing.y{TAB}1"));
    terminal.discard();
    assert!(terminal.line("'still here'").contains("\"still here\"\r\n"));
    terminal.end();
}

#[test]
fn several_lines_make_one_expression_and_control_c_discards_them() {
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = shell(home.path(), PLAIN);
    terminal.press(&format!("function twice(n) {{{ENTER}"));
    terminal.until("...   ");
    terminal.press(&format!("return n * 2;{ENTER}"));
    terminal.until("...   ");
    assert!(terminal.line("}").contains("[Function]\r\n"));
    assert!(terminal.line("twice(21)").contains("42\r\n"));
    terminal.press(&format!("twice({ENTER}"));
    terminal.until("...   ");
    terminal.press("99");
    terminal.discard();
    assert!(terminal.line("'nothing is left'").contains("\"nothing is left\"\r\n"));
    terminal.press("never typed to its end");
    terminal.discard();
    assert!(terminal.line("twice(1)").contains("2\r\n"));
    terminal.end();
}

#[test]
fn the_history_is_private_and_survives_the_session() {
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = shell(home.path(), PLAIN);
    terminal.line("'remembered ' + 1");
    terminal.end();
    let file = home.path().join(".local/state/avocet/repl_history");
    let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().expect("a folder")), 0o700);
    assert!(std::fs::read_to_string(&file).expect("text").contains("remembered"));
    let mut terminal = shell(home.path(), PLAIN);
    terminal.press(UP);
    assert!(terminal.line("+ 1").contains("\"remembered 11\"\r\n"));
    terminal.end();

    // Elsewhere, where the person wants it; and no more lines than are kept.
    let state = home.path().join("state");
    let folder = state.join("avocet");
    std::fs::create_dir_all(&folder).expect("a folder");
    let many: String = (0..5000).map(|n| format!("'line {n}'\n")).collect();
    std::fs::write(folder.join("repl_history"), format!("#V2\n{many}")).expect("writes");
    let state = state.to_str().expect("text").to_owned();
    let mut terminal = shell(home.path(), &[("NO_COLOR", "1"), ("XDG_STATE_HOME", &state)]);
    terminal.line("'the last'");
    terminal.end();
    let kept = std::fs::read_to_string(folder.join("repl_history")).expect("text");
    assert!(kept.contains("'line 4999'") && kept.contains("'the last'"), "{kept}");
    assert!(kept.lines().count() <= 1001, "{} lines", kept.lines().count());
}

#[test]
fn values_have_colours_unless_they_are_not_wanted() {
    let home = tempfile::tempdir().expect("a folder");
    let value = "({ a: 'text', b: [1, true, puts] })";
    let mut terminal = shell(home.path(), &[]);
    let shown = terminal.line(value);
    for part in [
        "\"a\": \x1b[32m\"text\"\x1b[0m",
        "\x1b[33m1\x1b[0m",
        "\x1b[35mtrue\x1b[0m",
        "\x1b[36m[Function]\x1b[0m",
    ] {
        assert!(shown.contains(part), "{part:?} in {shown:?}");
    }
    assert!(terminal.line("nothing").contains("\x1b[31mReferenceError"));
    terminal.end();
    for env in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut terminal = shell(home.path(), &[env]);
        terminal.press(&format!("{value}{ENTER}"));
        // With a colour something else would follow.
        terminal.until("\"a\": \"text\",");
        terminal.until(PROMPT);
        terminal.end();
    }
}

#[test]
fn what_is_thrown_later_does_not_end_the_shell() {
    let home = tempfile::tempdir().expect("a folder");
    let mut terminal = shell(home.path(), PLAIN);
    // What comes later may come before the next prompt or behind it.
    for (line, shown) in [
        ("setTimeout(function () { throw new Error('later') }, 1)", "Error: later"),
        ("Promise.reject(new Error('unheard'))", "Error: unheard"),
        ("throw Object.create(null)", "{}\r\n"),
        ("throw { get stack() { throw 1 } }", "what was thrown cannot be shown"),
        ("'still ' + 'here'", "\"still here\"\r\n"),
    ] {
        terminal.press(&format!("{line}{ENTER}"));
        terminal.until(shown);
    }
    terminal.until(PROMPT);
    terminal.end();
}

#[test]
fn a_script_starts_the_prompt_and_goes_on_beside_it() {
    let home = tempfile::tempdir().expect("a folder");
    let script = home.path().join("script.js");
    let text = "var repl = require('repl'), ticks = 0;\n\
                setInterval(function () { repl.scope.ticks = ++ticks; }, 1);\n\
                process.addListener('SIGUSR1', function () {});\n\
                repl.start('mine: ');\n\
                repl.scope.count = 5;\n";
    std::fs::write(&script, text).expect("writes");
    let mut terminal = Terminal::new(home.path(), PLAIN, Some(&script));
    terminal.until("mine: ");
    terminal.press(&format!("count{ENTER}"));
    terminal.until("5\r\n");
    terminal.until("mine: ");
    terminal.press(&format!("new process.Promise().timeout(20).wait(){ENTER}"));
    terminal.until("Error: timeout");
    terminal.press(&format!("ticks > 2{ENTER}"));
    terminal.until("true\r\n");
    terminal.press(&format!("process.exit(0){ENTER}"));
    assert!(terminal.child.wait().expect("ends").success());
}
