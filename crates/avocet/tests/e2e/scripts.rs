//! Scripts through the real binary: what stands before a script, and what is the script's own.
//! What scripts can do is tested in `avocet-evented`.

use std::path::Path;

use crate::kit::command::{Run, run, run_in};

const SHOW: &str = r#"
var args = process.ARGV.slice(1);
args[0] = args[0].replace(/^.*\//, "");
require("sys").puts(JSON.stringify(args) + " " + typeof GLOBAL.gc);
"#;

fn in_folder(args: &[&str]) -> Run {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["show.js", "show", "serve"] {
        std::fs::write(folder.path().join(name), SHOW).expect("writes");
    }
    run_in(folder.path(), args, b"")
}

#[test]
fn what_follows_a_script_is_its_own() {
    for (args, shown) in [
        (&["show.js"][..], r#"["show.js"] undefined"#),
        (&["show.js", "-v", "--", "--cflags"], r#"["show.js","-v","--","--cflags"] undefined"#),
        (&["./show", "x"], r#"["show","x"] undefined"#),
        (&["--", "serve", "--help"], r#"["serve","--help"] undefined"#),
        (&["--expose_gc", "show.js", "a"], r#"["show.js","a"] function"#),
        (&["--expose-gc", "--stack_trace_limit=2", "--", "show"], r#"["show"] function"#),
    ] {
        assert_eq!(in_folder(args).ok(), format!("{shown}\n"), "{args:?}");
    }
}

#[test]
fn options_that_v8_does_not_know_are_refused() {
    for option in ["--no-such-option", "--stack_trace_limit=abc"] {
        let run = in_folder(&[option, "show.js"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
        assert!(run.stderr.contains(option), "{run:?}");
    }
    let run = in_folder(&["--expose_gc", "--"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.stderr, "No script was specified.\n");
    assert!(run.stdout.starts_with("Usage: avocet [OPTIONS] [--] SCRIPT.js"), "{run:?}");
}

#[test]
fn the_options_of_v8_are_listed() {
    let list = run(["--v8-options"]).ok();
    assert!(list.contains("--stack-trace-limit") || list.contains("--stack_trace_limit"), "{list}");
}

#[test]
fn the_version_is_asked_for_in_three_ways() {
    let version = run(["--version"]).ok();
    for short in ["-v", "-V"] {
        assert_eq!(run([short]).ok(), version);
    }
}

#[test]
fn a_script_that_is_not_there_is_named() {
    let run = run_in(Path::new("/"), ["no/such.js"], b"");
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("Error reading /no/such.js"), "{run:?}");
}

#[test]
fn the_shell_reads_lines_where_there_is_no_terminal() {
    let run = run_in(Path::new("/"), ["repl"], b"1 + 1\nputs(_ * 2)\n");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), "2\n"), "{run:?}");
    assert!(run.stdout.contains("\nType '.help' for options.\nnode> node> 4\n"), "{run:?}");
}
