//! The interpreters that tests use beside those on `PATH`.

use std::process::Command;

use super::project;

/// Majors of Node.js that `scripts/setup test` fetches.
const NODES: [&str; 2] = ["node24", "node26"];

/// `AVOCET_NODE` and `AVOCET_PYTHON`, so that a server finds every interpreter that there is.
pub(crate) fn all() -> [(&'static str, String); 2] {
    [("AVOCET_NODE", nodes()), ("AVOCET_PYTHON", pythons())]
}

/// The installed Node.js and the fetched ones, with `:` between them.
fn nodes() -> String {
    let own = output(Command::new("node").args(["-p", "process.execPath"]));
    let fetched = NODES.map(|name| {
        let program = project().join(".deps/node/node_modules").join(name).join("bin/node");
        assert!(program.is_file(), "{} is missing: run `scripts/setup test`", program.display());
        program.canonicalize().expect("a path").display().to_string()
    });
    [own.trim().to_owned(), fetched.join(":")].join(":")
}

/// One CPython of each version that is installed, with `:` between them.
fn pythons() -> String {
    let found = output(&mut Command::new(project().join("scripts/pythons")));
    let programs = found.lines().filter_map(|line| line.split_once(' '));
    programs.map(|(_, program)| program).collect::<Vec<_>>().join(":")
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}
