//! Tools of several tests.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use avocet_backplane::{Deploy, Document, Key, Level, LogLine, Registry, Resource, Stream, wait};
use avocet_embedded::{Embedded, Options};

/// Names the data folder for the part of a test that runs in a child process.
pub(crate) const FOLDER: &str = "AVOCET_TEST_FOLDER";

pub(crate) fn open(folder: &Path) -> Embedded {
    Embedded::open(folder, Options::default()).unwrap()
}

pub(crate) fn hello(source: impl Into<String>) -> Deploy {
    let document = Document::parse(r#"{"runtime":"v8"}"#).unwrap();
    Deploy::new("default", "hello", document).file("handler.js", source.into())
}

pub(crate) fn hello_now(registry: &Arc<dyn Registry>) -> Resource {
    wait(registry.get(Key::function("default", "hello"))).unwrap().unwrap()
}

pub(crate) fn line(text: impl Into<String>) -> LogLine {
    LogLine {
        namespace: "default".into(),
        function: "hello".into(),
        revision: 1,
        call: None,
        trace: None,
        stream: Stream::Stdout,
        level: Level::Info,
        time_ms: 1,
        text: text.into(),
    }
}

/// A command that runs the test `name` of this binary in a process of its own, by `wrapper`.
pub(crate) fn child(wrapper: &[&str], name: &str, folder: &Path) -> Command {
    let this = std::env::current_exe().unwrap();
    let mut words = wrapper.iter().copied().map(std::ffi::OsStr::new).chain([this.as_os_str()]);
    let mut command = Command::new(words.next().unwrap());
    command
        .args(words)
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped());
    command
}

/// Text that the child printed for the parent: the lines behind this mark.
pub(crate) fn said(line: &str) -> Option<&str> {
    line.split_once("CHILD ").map(|(_, said)| said.trim_end())
}
