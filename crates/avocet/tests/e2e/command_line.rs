//! The command line by itself: help, usage, completions, project folders. No server runs.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::kit::command::{Run, run, run_in};

/// Every command that a person can type, as its words.
const COMMANDS: &[&[&str]] = &[
    &["serve"],
    &["dev"],
    &["deploy"],
    &["get"],
    &["get", "functions"],
    &["get", "revisions"],
    &["get", "secrets"],
    &["get", "configmaps"],
    &["get", "apirules"],
    &["get", "all"],
    &["delete"],
    &["delete", "function"],
    &["delete", "secret"],
    &["delete", "configmap"],
    &["delete", "apirule"],
    &["invoke"],
    &["emit"],
    &["events"],
    &["events", "list"],
    &["events", "show"],
    &["events", "tail"],
    &["events", "dead"],
    &["events", "replay"],
    &["events", "purge"],
    &["events", "export"],
    &["events", "import"],
    &["logs"],
    &["kv"],
    &["kv", "get"],
    &["kv", "set"],
    &["kv", "delete"],
    &["kv", "keys"],
    &["kv", "watch"],
    &["objects"],
    &["objects", "put"],
    &["objects", "get"],
    &["objects", "delete"],
    &["objects", "list"],
    &["publish"],
    &["request"],
    &["sub"],
    &["rollback"],
    &["rollback", "function"],
    &["check"],
    &["runtime"],
    &["init"],
    &["addon"],
    &["addon", "build"],
    &["repl"],
    &["completions"],
];

const RUNTIMES: &[&str] = &[
    "v8",
    "nodejs6",
    "nodejs8",
    "nodejs10",
    "nodejs12",
    "nodejs20",
    "nodejs22",
    "nodejs24",
    "nodejs26",
    "python38",
    "python39",
    "python312",
    "python314",
];

/// An address on which nothing listens: the port was free a moment ago.
fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn help_of_every_command_shows_an_example() {
    for command in COMMANDS {
        let help = run(command.iter().chain(&["--help"])).ok();
        let start = format!("avocet {}", command[0]);
        let (_, example) = help.split_once("Example").unwrap_or_else(|| panic!("{command:?}"));
        assert!(example.contains(&start), "{command:?}: {example}");
    }
}

#[test]
fn help_lists_the_commands_and_the_exit_codes() {
    let help = run(["--help"]).ok();
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {} ", command[0])), "{command:?}");
    }
    assert!(!help.contains("worker-v8"));
    for code in ["0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "6 ", "130 "] {
        assert!(help.contains(&format!("\n  {code}")), "{code}");
    }
}

#[test]
fn the_documentation_names_every_command_and_option() {
    let page = std::fs::read_to_string(crate::kit::project().join("docs/cli.md")).unwrap();
    for command in COMMANDS {
        assert!(page.contains(&format!("avocet {}", command.join(" "))), "{command:?}");
        let help = run(command.iter().chain(&["--help"])).ok();
        let options =
            help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2);
        for option in options.filter(|option| *option != "--help" && *option != "--version") {
            let name = option.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            let short = match name {
                "--all-namespaces" => "-A",
                "--output" => "-o",
                "--data" if matches!(command[0], "invoke" | "emit") => "-d",
                "--header" => "-H",
                "--method" => "-X",
                "--include" => "-i",
                "--file" => "-f",
                "--selector" => "-l",
                "--container" => "-c",
                "--follow" => "-f",
                long => long,
            };
            assert!(page.contains(short), "{command:?} {name}");
        }
    }
}

#[test]
fn the_version_names_v8() {
    let version = run(["--version"]).ok();
    assert!(
        version.starts_with(&format!("avocet {} (V8 ", env!("CARGO_PKG_VERSION"))),
        "{version}"
    );
}

#[test]
fn wrong_usage_ends_with_2() {
    let wrong: &[&[&str]] = &[
        &["no-such-command"],
        &["serve", "--listen", "nowhere"],
        &["deploy"],
        &["logs", "-l", "hello"],
        &["logs", "--since", "yesterday"],
        &["serve", "--listen", "localhost:8080"],
        &["invoke", "hello", "-H", "no colon"],
        &["invoke", "hello", "-H", "Content-Length: 100"],
        &["invoke", "hello", "--source", "/s"],
        &["emit"],
        &["emit", "order", "--at", "tomorrow"],
        &["emit", "order", "--delay", "5m", "--at", "2026-12-24T18:00:00Z"],
        &["emit", "order", "-f", "events.jsonl"],
        &["events", "list", "--state", "lost"],
        &["events", "replay"],
        &["events", "replay", "4f1c", "--dead"],
        &["get", "functions", "-o", "xml"],
        &["completions", "powershell"],
        &["rollback", "function", "hello", "three"],
    ];
    for args in wrong {
        let stderr = run(*args).fails(2);
        assert!(stderr.contains("--help"), "{args:?}: {stderr}");
    }
}

#[test]
fn completions_offer_runtimes_and_each_command_once() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(["completions", shell]).ok();
        assert!(script.contains("nodejs22") && !script.contains("python3.12"), "{shell}");
    }
    let script = run(["completions", "bash"]).ok();
    for doubled in ["function functions", "functions function ", "revisions revision"] {
        let offered = script.lines().filter(|line| line.trim_start().starts_with("opts="));
        assert_eq!(offered.filter(|line| line.contains(doubled)).count(), 0, "{doubled}");
    }
}

#[test]
fn an_unreachable_server_is_said_with_what_to_do() {
    let server = nowhere();
    let commands: &[&[&str]] = &[
        &["get", "functions"],
        &["get", "revisions", "hello"],
        &["invoke", "hello"],
        &["logs"],
        &["delete", "function", "hello"],
        &["rollback", "function", "hello"],
    ];
    for args in commands {
        let stderr = run(args.iter().copied().chain(["--server", &server])).fails(5);
        assert!(stderr.contains(&server) && stderr.contains("help: "), "{args:?}: {stderr}");
    }
}

#[test]
fn a_server_address_must_be_plain_http() {
    for (url, why) in [
        ("https://127.0.0.1:8081", "https is not supported"),
        ("ftp://127.0.0.1", "not an http URL"),
        ("127.0.0.1 8081", "not a URL"),
    ] {
        let stderr = run(["get", "functions", "--server", url]).fails(2);
        assert!(stderr.contains(why) && stderr.contains(url), "{stderr}");
    }
}

#[test]
fn what_is_not_there_cannot_be_deployed() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.yaml");
    let stderr = run(["deploy", "-f", missing.to_str().unwrap()]).fails(4);
    assert!(stderr.contains("missing.yaml"), "{stderr}");
    let stderr = run(["deploy", "-f", folder.path().to_str().unwrap()]).fails(3);
    assert!(stderr.contains("no files"), "{stderr}");
}

#[test]
fn what_has_no_end_is_not_read_to_it() {
    let stderr = run(["deploy", "-f", "/dev/zero"]).fails(3);
    assert!(stderr.contains("more than 40 MiB"), "{stderr}");
}

#[test]
fn a_pipe_with_a_name_is_yaml() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = crate::kit::definition("piped", "").replace("dir: .", "inline: {source: '1'}");
    std::fs::write(folder.path().join("a.yaml"), yaml).unwrap();
    let script = "cd \"$1\"; mkfifo p; cat a.yaml > p & \"$0\" check p";
    let run = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_avocet")])
        .arg(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8(run.stdout).unwrap();
    assert!(told.contains("default/piped") && told.contains(": p:6:12"), "{told} {:?}", run.stderr);
}

#[test]
fn a_data_folder_that_cannot_be_made_is_said_with_what_to_do() {
    for command in ["serve", "dev"] {
        let stderr = run([command, "--data", "/dev/null/data", "."]).fails(1);
        assert!(stderr.contains("/dev/null/data: Not a directory"), "{stderr}");
        assert!(stderr.contains("help: choose another one with --data"), "{stderr}");
    }
}

#[test]
fn standard_output_that_takes_nothing_is_said() {
    let mut command = crate::kit::command::avocet();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = command.args(["completions", "bash"]).stdout(full).output().unwrap();
    let stderr = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: cannot write to standard output: No space"), "{stderr}");
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let runs: &[(&[&str], i32)] = &[
        (&["init", "old", "--runtime", "nodejs12"], 0),
        (&["init", "old"], 1),
        (&["completions", "bash"], 0),
        (&["no-such-command"], 2),
        (&["--cflags"], 0),
        (&["--"], 1),
        (&["--no-such-option", "a.js"], 2),
    ];
    for (args, code) in runs {
        let [out, err] = [(); 2].map(|()| {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            writer
        });
        let mut command = crate::kit::command::avocet();
        command.args(*args).current_dir(&folder).stdin(Stdio::null()).stdout(out).stderr(err);
        assert_eq!(command.status().unwrap().code(), Some(*code), "{args:?}");
    }
}

#[test]
fn completions_know_the_commands() {
    for (shell, mark) in
        [("bash", "complete -F"), ("zsh", "#compdef avocet"), ("fish", "complete -c avocet")]
    {
        let script = run(["completions", shell]).ok();
        assert!(script.contains(mark) && script.contains("rollback"), "{shell}");
    }
}

#[test]
fn init_makes_a_project_for_every_runtime() {
    let folder = tempfile::tempdir().unwrap();
    for runtime in RUNTIMES {
        let name = format!("my-{runtime}");
        let run = run_in(folder.path(), ["init", &name, "--runtime", runtime], b"");
        assert!(run.stdout.contains(&format!("avocet dev {name}")), "{run:?}");
        run.ok();
        let project = folder.path().join(&name);
        let handler = if runtime.starts_with("python") { "handler.py" } else { "handler.js" };
        let source = std::fs::read_to_string(project.join(handler)).unwrap();
        assert!(source.contains("main"), "{runtime}");
        let yaml = std::fs::read_to_string(project.join("function.yaml")).unwrap();
        for line in
            [&format!("  name: {name}\n"), &format!("  runtime: {runtime}\n"), "    dir: .\n"]
        {
            assert!(yaml.contains(line), "{runtime}: {yaml}");
        }
        let readme = std::fs::read_to_string(project.join("README.md")).unwrap();
        assert!(readme.starts_with(&format!("# {name}\n")) && !readme.contains("{{"), "{runtime}");
    }
}

#[test]
fn init_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), ["init", "hello"], b"").ok();
    let handler = folder.path().join("hello/handler.js");
    std::fs::write(&handler, "mine").unwrap();
    let stderr = run_in(folder.path(), ["init", "hello"], b"").fails(1);
    assert!(stderr.contains("already there: hello"), "{stderr}");
    assert_eq!(std::fs::read_to_string(handler).unwrap(), "mine");
}

#[test]
fn init_refuses_what_cannot_be_a_function() {
    let folder = tempfile::tempdir().unwrap();
    for (args, why) in [
        (["init", "Hello", "--runtime", "v8"], "not a name"),
        (["init", "a/b", "--runtime", "v8"], "not a name"),
        (["init", "hello", "--runtime", "cobol"], "unknown runtime: cobol"),
    ] {
        let stderr = run_in(folder.path(), args, b"").fails(2);
        assert!(stderr.contains(why), "{stderr}");
    }
    assert_eq!(Path::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn output_for_programs_has_no_colours() {
    let Run { stdout, stderr, .. } = run(["init", "Bad"]);
    assert!(!stdout.contains('\x1b') && !stderr.contains('\x1b'));
}
