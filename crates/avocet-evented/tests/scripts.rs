//! Runs every folder of `tests/evented` as a program of its own.
//!
//! A folder holds `program.js` and what it must do: `stdout`, `stderr` (both empty where there is
//! no file) and `code` (0). It may hold `args` and `options` (one per line, behind and before the
//! program), `stdin` and `env` (`NAME=value` lines). In all of them `{DIR}` stands for the folder, and in `env` and `args` `{TMP}` for an
//! empty folder and `{PORT}` for a free port. A folder `printed` holds examples as the API document
//! prints them; they come to `{TMP}` with what `replace` says (`TEXT => OTHER` lines) put in the place
//! of ports, hosts and files of the document's own machine. What it does not test: how long
//! anything takes.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// A program that hangs is ended, so that the others are heard of. A busy machine is no hang.
const PATIENCE: Duration = Duration::from_secs(120);

/// Programs that run at once: most of them wait, most of the time.
const AT_ONCE: usize = 4;

/// Longer where programs were asked for more rounds.
fn patience() -> Duration {
    let times = |name| std::env::var(name).ok().and_then(|times| times.parse::<u32>().ok());
    PATIENCE * times("AVOCET_FUZZ").or(times("AVOCET_SOAK")).unwrap_or(1).max(1)
}

struct Case {
    folder: PathBuf,
    temporary: tempfile::TempDir,
    /// Kept until the program starts, so that no other is given the same.
    reserved: Vec<TcpListener>,
    ports: Vec<u16>,
}

impl Case {
    fn new(folder: PathBuf) -> Self {
        let reserved: Vec<TcpListener> =
            (0..3).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
        let ports =
            reserved.iter().map(|listener| listener.local_addr().expect("bound").port()).collect();
        let temporary = tempfile::tempdir().expect("a temporary folder");
        Self { folder, temporary, reserved, ports }
    }

    fn text(&self, name: &str) -> String {
        let text = fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        text.replace("{DIR}", &self.folder.display().to_string())
            .replace("{TMP}", &self.temporary.path().display().to_string())
            .replace("{PORT}", &self.ports[0].to_string())
            .replace("{PORT2}", &self.ports[1].to_string())
    }

    /// Puts the document's examples where this run may touch files.
    fn print(&self) {
        let Ok(printed) = fs::read_dir(self.folder.join("printed")) else { return };
        let replace = self.text("replace");
        for file in printed.map(|entry| entry.expect("readable").path()) {
            let mut text = fs::read_to_string(&file).expect("readable");
            for (old, new) in replace.lines().filter_map(|line| line.split_once(" => ")) {
                assert!(self.is_printed(old), "{old} is in no example of {}", file.display());
                text = text.replace(old, new);
            }
            let name = file.file_name().expect("a name");
            fs::write(self.temporary.path().join(name), text).expect("writable");
        }
    }

    fn is_printed(&self, text: &str) -> bool {
        let files = fs::read_dir(self.folder.join("printed")).expect("readable");
        files
            .map(|entry| fs::read_to_string(entry.expect("readable").path()).expect("readable"))
            .any(|file| file.contains(text))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_avocet-script"));
        command
            .args(self.text("options").lines())
            .arg(self.folder.join("program.js"))
            .args(self.text("args").lines())
            .current_dir(&self.folder)
            .env_remove("NODE_PATH")
            .env_remove("NODE_DEBUG")
            .env("TMP", self.temporary.path())
            .env("PORT", self.ports[0].to_string())
            .env("PORT2", self.ports[1].to_string())
            .env("PORT3", self.ports[2].to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for line in self.text("env").lines() {
            if let Some((name, value)) = line.split_once('=') {
                command.env(name, value);
            }
        }
        command
    }

    /// Runs the case; an error says what is wrong.
    fn run(mut self) -> Result<(), String> {
        self.print();
        self.reserved.clear();
        let mut child = self.command().spawn().map_err(|error| error.to_string())?;
        let mut stdin = child.stdin.take().expect("piped");
        let input = self.text("stdin");
        let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let guard = Guard::new(child.id());
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        guard.end();
        drop(writer.join());
        let code = self.text("code").trim().parse().unwrap_or(0);
        let differs = |name: &str, got: &[u8]| {
            let (got, wanted) = (String::from_utf8_lossy(got), self.text(name));
            (got != wanted).then(|| format!("{name}:\n--- wanted\n{wanted}--- got\n{got}---"))
        };
        let mut wrong: Vec<String> =
            [differs("stdout", &output.stdout), differs("stderr", &output.stderr)]
                .into_iter()
                .flatten()
                .collect();
        if output.status.code() != Some(code) {
            wrong.push(format!("{} instead of code {code}", output.status));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }
}

/// Ends a process that takes too long.
struct Guard {
    state: Arc<(Mutex<bool>, Condvar)>,
    thread: std::thread::JoinHandle<()>,
}

impl Guard {
    fn new(pid: u32) -> Self {
        let state: Arc<(Mutex<bool>, Condvar)> = Arc::default();
        let seen = state.clone();
        let thread = std::thread::spawn(move || {
            let ended = seen.0.lock().expect("not poisoned");
            let waited = seen.1.wait_timeout_while(ended, patience(), |ended| !*ended);
            if waited.expect("not poisoned").1.timed_out() {
                drop(Command::new("kill").args(["-9", &pid.to_string()]).status());
            }
        });
        Self { state, thread }
    }

    fn end(self) {
        *self.state.0.lock().expect("not poisoned") = true;
        self.state.1.notify_all();
        self.thread.join().expect("the guard does not panic");
    }
}

fn next(cases: &Mutex<Vec<Case>>) -> Option<Case> {
    cases.lock().expect("not poisoned").pop()
}

#[test]
fn programs_do_what_their_folders_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/evented");
    let root = root.canonicalize().expect("tests/evented");
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut folders: Vec<PathBuf> = fs::read_dir(root)
        .expect("tests/evented")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.join("program.js").exists())
        .filter(|path| path.display().to_string().contains(&only))
        .collect();
    folders.sort();
    assert!(!folders.is_empty(), "there are no tests");
    let cases: Mutex<Vec<Case>> = Mutex::new(folders.into_iter().map(Case::new).collect());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = next(&cases) {
                    let name = case.folder.file_name().expect("a name").display().to_string();
                    if let Err(wrong) = case.run() {
                        failures.lock().expect("not poisoned").push(format!("== {name}\n{wrong}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("not poisoned");
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn the_documentation_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/evented-api.md")).expect("readable");
    let (mut rows, mut section) = (0, "");
    for row in page.lines() {
        section = row.strip_prefix("## ").unwrap_or(section);
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        // Items with their state, and cases of bad input.
        let shown = match cells[..] {
            ["", _, state @ ("works" | "partly" | "missing"), shown, _, ""] => {
                assert_eq!(state, "works", "{row}");
                shown
            }
            ["", _, shown, ""] if section == "Bad input" => shown,
            _ => continue,
        };
        rows += 1;
        for name in shown.split('`').skip(1).step_by(2).filter(|name| *name != "avocet") {
            let places = [
                root.join("tests/evented").join(name).join("program.js"),
                root.join("crates/avocet-evented").join(name),
                root.join("crates/avocet/tests").join(name),
                root.join("crates/avocet").join(name),
            ];
            assert!(places.iter().any(|place| place.exists()), "{name} of {row}");
        }
    }
    assert!(rows > 90, "{rows} rows");
}
