//! `avocet addon build`, and scripts that load what it built.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::kit::command::{Run, avocet, run_in};
use crate::kit::copy_folder;

/// A folder with the sources.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/addons");
    for entry in sources.read_dir().unwrap().map(|entry| entry.unwrap()) {
        if entry.path().extension().is_some_and(|end| end == "cc") {
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
    }
    folder
}

/// Runs `avocet addon build` with these arguments.
fn build(folder: &TempDir, args: &[&str]) -> Run {
    run_in(folder.path(), ["addon", "build"].iter().chain(args), b"")
}

/// Output of a script that ends well.
fn script(folder: &TempDir, text: &str) -> String {
    let text = format!("var sys = require('sys');\n{text}");
    fs::write(folder.path().join("script.js"), text).unwrap();
    run_in(folder.path(), ["script.js"], b"").ok()
}

/// Runs the binary as a command of its own, to be ended with an environment.
fn with_env(
    folder: &TempDir,
    name: &str,
    value: impl AsRef<OsStr>,
    args: &[&str],
) -> (i32, String) {
    let output = avocet()
        .args(["addon", "build"])
        .args(args)
        .current_dir(folder.path())
        .env(name, value)
        .output()
        .unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = folder.path().read_dir().unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.ends_with(".cc"));
    names.sort();
    names
}

/// `hello.cc` is word for word what the API document prints.
#[test]
fn the_documents_addon_runs_as_printed() {
    let folder = folder();
    let run = build(&folder, &["hello.cc"]);
    assert!(run.stderr.contains("names of 2009"), "{run:?}");
    let told = run.ok();
    assert!(told.starts_with("hello.node: built for V8 "), "{told}");
    assert!(told.contains("require(\"./hello\")"), "{told}");
    assert_eq!(names(&folder), ["hello.node"]);
    assert_eq!(script(&folder, "sys.puts(require('./hello').hello);"), "World\n");
}

#[test]
fn the_example_of_the_documentation_works() {
    let folder = folder();
    let page = fs::read_to_string(crate::kit::project().join("docs/evented-api.md")).unwrap();
    let (_, code) = page.split_once("```cpp\n").unwrap();
    let (code, after) = code.split_once("```\n").unwrap();
    fs::write(folder.path().join("hello.cc"), code).unwrap();
    let told = build(&folder, &["hello.cc"]).ok();
    let (before_version, _) = told.split_once("V8 ").unwrap();
    assert!(after.contains(before_version) && after.contains("require(\"./hello\")"), "{told}");
    assert_eq!(script(&folder, "sys.puts(require('./hello').hello);"), "World\n");
}

#[test]
fn an_addon_of_today_has_several_sources_and_flags() {
    let folder = folder();
    fs::create_dir(folder.path().join("lib")).unwrap();
    let greeting = "-DGREETING=\"good day\"";
    let args = ["today.cc", "greeting.cc", "--out", "lib/day.node", "--", greeting];
    let run = build(&folder, &args);
    // The command is shown as a shell would take it.
    assert!(run.stderr.contains("'-DGREETING=\"good day\"'"), "{run:?}");
    assert!(!run.stderr.contains("2009"), "{run:?}");
    assert!(run.ok().contains("require(\"./lib/day\")"));
    assert_eq!(script(&folder, "sys.puts(require('./lib/day').greeting);"), "good day\n");
    // Built again beside a process that may have it loaded: a new file.
    build(
        &folder,
        &["today.cc", "greeting.cc", "--out", "lib/day.node", "--", "-DGREETING=\"hi\""],
    )
    .ok();
    assert_eq!(script(&folder, "sys.puts(require('./lib/day').greeting);"), "hi\n");
}

#[test]
fn the_names_of_2009_do_what_they_did() {
    let folder = folder();
    build(&folder, &["names_of_2009.cc", "--out", "old.node", "--", "-Wall", "-Werror"]).ok();
    let printed = script(
        &folder,
        "var old = require('./old');
        function attempt(what) { try { sys.puts(what()); } catch (e) { sys.puts(e); } }
        attempt(function () { return old.sum(1, 2, 3.5); });
        attempt(function () { return old.sum('x'); });
        attempt(function () {
          return old.each([1, 2, 3], function (x, i) { return x * i; }).join();
        });
        attempt(function () { old.each([1], function () { throw new Error('mine'); }); });
        attempt(function () { return old.each(); });
        var c = new old.Counter(5, 'five');
        c.name = 'read-only';
        sys.puts([c.next(), c.next(), c.name, c instanceof old.Counter, c.constructor.name]);
        attempt(function () { return old.Counter(5); });
        sys.puts(old.shout('grüße') + old.yes + old.nothing());
        attempt(function () { old.shout(''); });
        attempt(function () { old.template_of_function(); });
        sys.puts(old.same({}));",
    );
    let expected = "6.5\nTypeError: Sum wants numbers\n0,2,6\nError: mine\nError: Bad argument\n\
        5,6,five,true,Counter\nError: use new\nGRüßEtrueundefined\nError: nothing to shout\n\
        Error: a template holds primitives and templates: set the FunctionTemplate, not its \
        function\ntrue\n";
    assert_eq!(printed, expected);
}

#[test]
fn addons_of_2009_own_objects_and_run_scripts() {
    let folder = folder();
    build(&folder, &["objects_of_2009.cc", "--out", "o.node", "--", "-Wall", "-Werror"]).ok();
    fs::write(
        folder.path().join("script.js"),
        "var sys = require('sys'), o = require('./o');
        function attempt(f) { try { sys.puts(f()); } catch (e) { sys.puts(e); } }
        var p = new o.Point(5);
        p.x += 1; p.kind = 'line';
        sys.puts([p.x, p.kind, p instanceof o.Point, o.alive()]);
        attempt(function () { p.x = 'far'; });
        attempt(function () { p.x = -1; });
        (function () { for (var i = 0; i < 100; i++) new o.Point(i); new o.Point(7).keep(); })();
        gc(); gc();
        sys.puts(o.alive());
        p = null; gc(); gc();
        sys.puts(o.alive());
        sys.puts((function () {
          return o.watch({}, false) && o.watch({ name: 'lazarus' }, true);
        })());
        gc(); gc();
        sys.puts(o.gone() + ' ' + JSON.stringify(o.back()));
        gc(); gc();
        sys.puts(o.back().name);
        attempt(function () { return o.run('1 + 1', 'sum'); });
        attempt(function () { return o.run('\\nvar x = ;', 'bad.js'); });
        attempt(function () { return o.run('\\nthrow new Error(\"thrown\")', 'throws.js'); });
        attempt(function () {
          return o.run_alone('typeof process + given + typeof setTimeout + (this.y = 3)', '!');
        });
        attempt(function () { return o.run_alone('print(given + [].length)', '?'); });
        attempt(function () { return o.run_alone('Object.getOwnPropertyNames(this).filter(' +
          'function (n) { return /^[a-z:]+$/.test(n) && n !== \"given\"; }).sort().join()', ''); });
        attempt(function () { return o.run_alone('throw new Error(\"alone\")', ''); });
        sys.puts(typeof y + ' ' + typeof process);
        sys.puts(o.hide({}, 42));",
    )
    .unwrap();
    let printed = run_in(folder.path(), ["--expose_gc", "script.js"], b"").ok();
    let expected = "6,point,true,1\nTypeError: x must be a number\nError: x is below 0\n2\n1\n\
        true\n1 {\"name\":\"lazarus\",\"told\":\"so\"}\nlazarus\n2\n\
        bad.js:2 var x = ;: Uncaught SyntaxError: Unexpected token ';'\n\
        throws.js:2 throw new Error(\"thrown\"): Uncaught Error: thrown\n\
        undefined!undefined3\nprinted ?0\nescape,eval,gc,print,undefined,unescape\n\
        Error: alone\nundefined object\n42\n";
    assert_eq!(printed, expected);
}

#[test]
fn what_was_built_can_be_read_by_programs() {
    let folder = folder();
    let told = |args: &[&str]| -> Value {
        let run = build(&folder, args);
        serde_json::from_str(&run.ok()).expect("one object")
    };
    let built = told(&["today.cc", "greeting.cc", "-o", "json", "--", "-DGREETING=\"hi\""]);
    assert_eq!(built["file"], "today.node");
    assert_eq!(built["require"], "./today");
    assert_eq!(built["names"], "today");
    let greeting = script(&folder, "sys.puts(require('./today').greeting);");
    assert_eq!(greeting, "hi\n");
    assert!(built["command"].as_str().unwrap().contains("'-DGREETING=\"hi\"'"), "{built}");
    let old = told(&["hello.cc", "--output", "json", "--out", "hello.so"]);
    assert_eq!(old["names"], "2009");
    assert_eq!(old["file"], "hello.so");
    assert_eq!(old["require"], Value::Null);
    assert_eq!(old["v8"], built["v8"]);
    // What a compiler would take for the file's name.
    let stderr = build(&folder, &["hello.cc", "-o", "hello.node"]).fails(2);
    assert!(stderr.contains("where the addon goes is told with --out"), "{stderr}");
}

#[test]
fn what_does_not_compile_is_refused_in_the_compilers_words() {
    let folder = folder();
    fs::write(folder.path().join("broken.node"), "older").unwrap();
    fs::write(folder.path().join("broken.cc"), "int x = ;\n").unwrap();
    let run = build(&folder, &["broken.cc"]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains("broken.cc:1:9"), "{run:?}");
    assert!(run.stderr.contains("\nerror: not compiled: exit status: 1"), "{run:?}");
    assert_eq!(run.stdout, "");
    // What was there still is, and nothing else.
    assert_eq!(names(&folder), ["broken.node"]);
    assert_eq!(fs::read(folder.path().join("broken.node")).unwrap(), b"older");
    // The names of 2009 are not there for sources that shall not have them.
    let run = build(&folder, &["hello.cc", "--names", "today"]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains("Handle"), "{run:?}");
}

#[test]
fn wrong_paths_are_told_before_anything_runs() {
    let folder = folder();
    let stderr = build(&folder, &["missing.cc"]).fails(4);
    assert!(stderr.contains("no such file: missing.cc"), "{stderr}");
    let stderr = build(&folder, &["hello.cc", "--out", "nowhere/hello.node"]).fails(4);
    assert!(stderr.contains("no such folder: nowhere"), "{stderr}");
    let stderr = build(&folder, &["hello.cc", "--out", "hello.cc"]).fails(2);
    assert!(stderr.contains("would replace its source: hello.cc"), "{stderr}");
    build(&folder, &[]).fails(2);
    assert_eq!(names(&folder), [""; 0]);
}

#[test]
fn a_missing_compiler_is_told_with_what_to_install() {
    let folder = folder();
    let (code, stderr) = with_env(&folder, "PATH", "/nowhere", &["hello.cc"]);
    assert!(code == 1 && stderr.starts_with("error: no C++ compiler is installed"), "{stderr}");
    assert!(stderr.contains("apt-get install -y g++"), "{stderr}");
    let (code, stderr) = with_env(&folder, "CXX", "no-such-compiler -m64", &["hello.cc"]);
    assert!(code == 1 && stderr.contains("not there: no-such-compiler\n"), "{stderr}");
    // The words after the compiler's name are arguments.
    let (code, stderr) = with_env(&folder, "CXX", "c++ -DFROM_CXX", &["hello.cc"]);
    assert!(code == 0 && stderr.contains("c++ -DFROM_CXX -std="), "{stderr}");
}

#[test]
fn headers_are_those_of_the_v8_that_runs() {
    let folder = folder();
    let prefix = folder.path().join("prefix");
    let (code, stderr) = with_env(&folder, "AVOCET_V8_PREFIX", &prefix, &["hello.cc"]);
    assert!(code == 1 && stderr.starts_with("error: V8's headers are missing: "), "{stderr}");
    let headers = prefix.join("include/node");
    fs::create_dir_all(&headers).unwrap();
    fs::write(headers.join("v8.h"), "").unwrap();
    let version = "#define V8_MAJOR_VERSION 9\n#define V8_MINOR_VERSION 4\n";
    fs::write(headers.join("v8-version.h"), version).unwrap();
    let (code, stderr) = with_env(&folder, "AVOCET_V8_PREFIX", &prefix, &["hello.cc"]);
    assert!(code == 1 && stderr.contains("the headers are those of V8 9.4"), "{stderr}");
}

/// For build systems of one's own.
#[test]
fn the_compilers_flags_are_printed() {
    let folder = folder();
    let flags = run_in(folder.path(), ["--cflags"], b"").ok();
    assert!(flags.contains("-fPIC") && flags.contains("include/node"), "{flags}");
    let line = format!(
        "c++ {} -shared -DGREETING='\"x\"' today.cc greeting.cc -o by_hand.node",
        flags.trim()
    );
    let status = Command::new("sh").args(["-c", &line]).current_dir(folder.path()).status();
    assert!(status.unwrap().success());
    assert_eq!(script(&folder, "sys.puts(require('./by_hand').greeting);"), "x\n");
}

/// The layout of `make install`.
#[test]
fn an_installed_program_finds_its_headers() {
    let folder = folder();
    let (bin, lib) = (folder.path().join("bin"), folder.path().join("lib/avocet"));
    fs::create_dir_all(&bin).unwrap();
    fs::create_dir_all(lib.join("include")).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_avocet"), bin.join("avocet")).unwrap();
    let library = avocet_v8::library_file().unwrap();
    fs::copy(&library, lib.join(library.file_name().unwrap())).unwrap();
    copy_folder(&avocet_v8::include_folder().unwrap(), &lib.join("include/node"));
    let output = Command::new(bin.join("avocet"))
        .args(["addon", "build", "hello.cc"])
        .current_dir(folder.path())
        .env_remove("LD_LIBRARY_PATH")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let installed = lib.canonicalize().unwrap().join("include/node");
    assert!(stderr.contains(&format!("-isystem {} ", installed.display())), "{stderr}");
}
