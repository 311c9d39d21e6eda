//! Runs `npm` and `pip`.

use std::io;
use std::path::Path;
use std::process::Stdio;

use avocet_functions::model::Engine;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::list::List;
use super::{InstallError, InstallOptions, message};
use crate::Interpreter;
use crate::group::Group;

/// Bytes of an installer's output that are kept for its error.
const KEPT: usize = 512 * 1024;

/// Folder in which an installer works, and file in which its output is left if it fails.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) folder: &'a Path,
    pub(super) log: &'a Path,
}

/// Installs into the folder, which has the list's files.
pub(super) async fn run(
    options: &InstallOptions,
    interpreter: &Interpreter,
    list: &List,
    places: Places<'_>,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(), InstallError> {
    let folder = places.folder;
    let (installer, mut command) = match interpreter.engine {
        Engine::Python => ("pip", pip(options, interpreter, list)),
        _ => ("npm", npm(options, interpreter, list)?),
    };
    let io = |error| InstallError::Io { path: folder.to_owned(), error };
    let mut child = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(io)?;
    let group = Group::of(&child);
    let mut output = String::new();
    let status = timeout(options.time_limit, follow(&mut child, &mut output, progress)).await;
    drop(group);
    match status {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(_)) => {
            let mut message = message::of(&output);
            if installer == "pip" && !options.allow_scripts && !has_wheel(&output) {
                message.push_str(
                    "\npackages without a wheel run their own programs to be installed: \
                     --allow-install-scripts allows that",
                );
            }
            if let Some(log) = leave(places.log, &output) {
                message.push_str(&format!("\nall that {installer} said: {log}"));
            }
            Err(InstallError::Failed { installer, message })
        }
        Ok(Err(error)) => Err(io(error)),
        Err(_) => Err(InstallError::TimedOut {
            installer,
            limit: options.time_limit,
            last: output.lines().last().unwrap_or("none").to_owned(),
        }),
    }
}

/// Writes what an installer said; gives where, where that worked.
fn leave(log: &Path, output: &str) -> Option<String> {
    std::fs::create_dir_all(log.parent()?).ok()?;
    std::fs::write(log, output).ok()?;
    let log = std::path::absolute(log).unwrap_or_else(|_| log.to_owned());
    Some(log.display().to_string())
}

/// Whether the failure is for another reason than a missing wheel.
fn has_wheel(output: &str) -> bool {
    !output.contains("No matching distribution found")
}

fn npm(
    options: &InstallOptions,
    interpreter: &Interpreter,
    list: &List,
) -> Result<Command, InstallError> {
    let environment = &options.environment;
    let beside = interpreter.program.with_file_name("npm");
    let npm = environment.npm.clone().or_else(|| environment.find("npm"));
    let npm = npm.or_else(|| beside.is_file().then_some(beside));
    let npm = npm.ok_or(InstallError::NoInstaller("npm"))?;
    let mut command = Command::new(npm);
    command.arg(if list.locked { "ci" } else { "install" }).args([
        "--omit=dev",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--loglevel=http",
    ]);
    if !list.locked {
        command.arg("--no-package-lock");
    }
    if !options.allow_scripts {
        command.arg("--ignore-scripts");
    }
    // npm itself runs on the `node` that comes first.
    if let Some(folder) = interpreter.program.parent() {
        let path = std::env::split_paths(&environment.path);
        if let Ok(path) = std::env::join_paths(std::iter::once(folder.to_owned()).chain(path)) {
            command.env("PATH", path);
        }
    }
    without_variables(&mut command, "npm_config_", &list.settings());
    // Its own default waits for minutes on a network that is not there.
    if std::env::var_os("npm_config_fetch_retries").is_none() {
        command.env("npm_config_fetch_retries", "1");
    }
    Ok(command)
}

/// Takes away the variables of the platform's own environment that would count more than settings
/// in a file.
fn without_variables(command: &mut Command, start: &str, settings: &[String]) {
    for (name, _) in std::env::vars_os() {
        let lower = name.to_string_lossy().to_ascii_lowercase().replace('-', "_");
        let setting = lower.strip_prefix(start);
        if setting.is_some_and(|setting| settings.iter().any(|own| own == setting)) {
            command.env_remove(&name);
        }
    }
}

fn pip(options: &InstallOptions, interpreter: &Interpreter, list: &List) -> Command {
    let mut command = Command::new(&interpreter.program);
    command.args([
        "-m",
        "pip",
        "install",
        "--target=site",
        "--requirement=requirements.txt",
        "--no-input",
        "--disable-pip-version-check",
        "--no-warn-script-location",
        "--progress-bar=off",
        "--retries=1",
    ]);
    if !options.allow_scripts {
        command.arg("--only-binary=:all:");
    }
    command.env_remove("PYTHONPATH").env("PIP_ROOT_USER_ACTION", "ignore");
    if list.files.contains_key("pip.conf") {
        command.env("PIP_CONFIG_FILE", "pip.conf");
        let mut settings = list.settings();
        if settings.iter().any(|name| name.ends_with("index_url")) {
            // Who names an index means no other one.
            settings.extend(["index_url", "extra_index_url"].map(str::to_owned));
        }
        without_variables(&mut command, "pip_", &settings);
    }
    command
}

/// Waits for the end, and reports every line.
async fn follow(
    child: &mut Child,
    output: &mut String,
    progress: &(dyn Fn(&str) + Sync),
) -> io::Result<std::process::ExitStatus> {
    let mut out = Lines::new(child.stdout.take());
    let mut err = Lines::new(child.stderr.take());
    loop {
        let line = tokio::select! {
            Some(line) = out.next() => line?,
            Some(line) = err.next() => line?,
            else => break,
        };
        progress(&line);
        keep(output, &line);
    }
    child.wait().await
}

/// Adds a line, at the cost of the oldest ones.
fn keep(output: &mut String, line: &str) {
    output.push_str(line);
    output.push('\n');
    if output.len() > KEPT {
        let mut cut = output.len() - KEPT / 2;
        while !output.is_char_boundary(cut) {
            cut += 1;
        }
        output.drain(..cut);
    }
}

/// The lines of a pipe; `None` for ever after its end.
struct Lines<R> {
    pipe: Option<BufReader<R>>,
    /// Kept between calls, so that giving up on one loses nothing.
    line: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(pipe: Option<R>) -> Self {
        Self { pipe: pipe.map(BufReader::new), line: Vec::new() }
    }

    async fn next(&mut self) -> Option<io::Result<String>> {
        let read = self.pipe.as_mut()?.read_until(b'\n', &mut self.line).await;
        match read {
            Ok(0) if self.line.is_empty() => {
                self.pipe = None;
                return None;
            }
            Err(error) => {
                self.pipe = None;
                return Some(Err(error));
            }
            Ok(_) => {}
        }
        let line = String::from_utf8_lossy(&self.line).trim_end().to_owned();
        self.line.clear();
        Some(Ok(line))
    }
}
