//! `.node` modules and `process.dlopen`, with an addon that is compiled here.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// Compiles the addon to `file` of the folder.
fn build(folder: &TempDir, file: &str) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/addon.cc");
    let output = folder.path().join(file);
    let status = Command::new(std::env::var_os("CXX").unwrap_or_else(|| "c++".into()))
        .args(["-std=c++20", "-fPIC", "-shared", "-fno-rtti", "-I"])
        .arg(avocet_v8::include_folder().expect("V8's headers"))
        .args([&source, Path::new("-o"), &output])
        .status()
        .expect("a C++ compiler");
    assert!(status.success());
}

fn write(folder: &TempDir, file: &str, text: &str) {
    fs::write(folder.path().join(file), text).expect("writable");
}

fn run(folder: &TempDir, program: &str, environment: &[(&str, &str)]) -> Output {
    write(folder, "program.js", &format!("var sys = require('sys');\n{program}"));
    Command::new(env!("CARGO_BIN_EXE_avocet-script"))
        .arg("program.js")
        .current_dir(folder.path())
        .env_remove("NODE_PATH")
        .env_remove("ADDON")
        .envs(environment.iter().copied())
        .output()
        .expect("the script runs")
}

/// Output of a program that ends well.
fn prints(folder: &TempDir, program: &str, environment: &[(&str, &str)]) -> String {
    let output = run(folder, program, environment);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", output.status);
    assert_eq!(stderr, "");
    String::from_utf8(output.stdout).expect("UTF-8")
}

const TRY: &str = "function attempt(what) {
  try { sys.puts(what()); } catch (e) { sys.puts(e instanceof Error ? e.message : 'not an Error: ' + e); }
}\n";

fn attempts(folder: &TempDir, program: &str, environment: &[(&str, &str)]) -> String {
    prints(folder, &format!("{TRY}{program}"), environment)
}

#[test]
fn an_addon_is_a_module() {
    let folder = tempfile::tempdir().expect("a folder");
    build(&folder, "hello.node");
    let printed = attempts(
        &folder,
        "var hello = require('./hello');
        sys.puts(hello.greet(function (text) { return '<' + text + '>'; }));
        sys.puts(require('./hello') === hello && hello.count === 1);
        attempt(function () { return hello.greet(); });
        attempt(function () { return hello.greet(function () { throw new Error('mine'); }); });
        require.async('./hello').addCallback(function (again) { sys.puts(again === hello); });
        process.addListener('exit', function () { sys.puts(hello.greet(String)); });",
        &[],
    );
    let expected = "<hello from C++>\ntrue\ngreet wants a function\nmine\ntrue\nhello from C++\n";
    assert_eq!(printed, expected);
}

#[test]
fn addons_are_found_after_javascript() {
    let folder = tempfile::tempdir().expect("a folder");
    build(&folder, "both.node");
    for name in ["folder", "shadowed", "lib"] {
        fs::create_dir(folder.path().join(name)).expect("writable");
    }
    for file in ["folder/index.node", "shadowed/index.node", "lib/found.node"] {
        fs::copy(folder.path().join("both.node"), folder.path().join(file)).expect("writable");
    }
    write(&folder, "both.js", "exports.name = 'both.js';");
    write(&folder, "shadowed/index.js", "exports.name = 'shadowed/index.js';");
    let lib = folder.path().join("lib").display().to_string();
    let printed = attempts(
        &folder,
        "sys.puts(require('./both').name + ' ' + require('./shadowed').name);
        sys.puts(require('./folder').count);
        sys.puts(require('found').count);
        attempt(function () { require('./both.node'); });
        attempt(function () { require('./neither'); });",
        &[("NODE_PATH", &lib)],
    );
    let expected = "both.js shadowed/index.js\n1\n1\n\
                    No longer accepting filename extension in module names\n\
                    Cannot find module './neither'\n";
    assert_eq!(printed, expected);
}

#[test]
fn dlopen_fills_any_object() {
    let folder = tempfile::tempdir().expect("a folder");
    build(&folder, "hello.node");
    let printed = attempts(
        &folder,
        "var a = {}, b = function () {};
        sys.puts(process.dlopen('hello.node', a) === undefined);
        process.dlopen(process.cwd() + '/hello.node', b);
        sys.puts(a.count + ' ' + b.count + ' ' + b.greet(String));",
        &[],
    );
    assert_eq!(printed, "true\n1 2 hello from C++\n");
}

#[test]
fn what_cannot_be_loaded_is_an_error_that_require_throws() {
    let folder = tempfile::tempdir().expect("a folder");
    build(&folder, "whole.node");
    let whole = fs::read(folder.path().join("whole.node")).expect("readable");
    fs::write(folder.path().join("cut.node"), &whole[..whole.len() / 4]).expect("writable");
    write(&folder, "text.node", &"exports.x = 1;\n".repeat(10));
    fs::create_dir(folder.path().join("folder.node")).expect("writable");
    let none = folder.path().join("none.node");
    let lacking = folder.path().join("lacking.node");
    compile(&none, "int other() { return 1; }");
    compile(&lacking, "void nowhere(); extern \"C\" void init(void*) { nowhere(); }");
    let printed = attempts(
        &folder,
        "['cut', 'text', 'folder', 'none', 'lacking'].forEach(function (name) {
          attempt(function () { return require('./' + name); });
          attempt(function () { return require('./' + name); });
        });
        require.async('./text').addErrback(function (e) { sys.puts('async ' + e.message); });",
        &[],
    );
    let at = folder.path().display();
    let twice = |text: String| format!("{text}\n{text}\n");
    let text = format!("{at}/text.node: invalid ELF header");
    let expected = [
        twice(format!("{at}/cut.node: the file is cut short")),
        twice(text.clone()),
        twice(format!("{at}/folder.node: cannot read file data: Is a directory")),
        twice("No 'init' symbol found in module.".to_owned()),
        twice(format!("{at}/lacking.node: undefined symbol: _Z7nowherev")),
        format!("async {text}\n"),
    ];
    assert_eq!(printed, expected.concat());
}

fn compile(output: &Path, source: &str) {
    let input = output.with_extension("cc");
    fs::write(&input, source).expect("writable");
    let status = Command::new(std::env::var_os("CXX").unwrap_or_else(|| "c++".into()))
        .args(["-fPIC", "-shared"])
        .args([&input, Path::new("-o"), output])
        .status()
        .expect("a C++ compiler");
    assert!(status.success());
}

#[test]
fn what_init_throws_is_what_require_throws() {
    let folder = tempfile::tempdir().expect("a folder");
    build(&folder, "hello.node");
    let throwing = [("ADDON", "throw")];
    let printed = attempts(
        &folder,
        "attempt(function () { return require('./hello'); });
        // As a module whose body threw: what it exported before is there.
        attempt(function () { return require('./hello').count; });",
        &throwing,
    );
    assert_eq!(printed, "no addon today\n1\n");
    let output = run(&folder, "require('./hello');", &throwing);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("program.js:2:") && stderr.contains("no addon today"), "{stderr}");
}

#[test]
fn wrong_arguments_of_dlopen_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let printed = attempts(
        &folder,
        "attempt(function () { process.dlopen(); });
        attempt(function () { process.dlopen(5, {}); });
        attempt(function () { process.dlopen('x'); });
        attempt(function () { process.dlopen('x', null); });
        attempt(function () { process.dlopen('x', 'y'); });
        attempt(function () { process.dlopen('missing', {}); });
        attempt(function () { process.dlopen('', {}); });
        attempt(function () { process.dlopen('a\\0b', {}); });
        attempt(function () { process.dlopen('\\ud800', {}); });",
        &[],
    );
    let (file, target) = ("the name of the file must be a string", "the target must be an object");
    let gone = "cannot open shared object file: No such file or directory";
    let expected = format!(
        "process.dlopen: {file}\nprocess.dlopen: {file}\nprocess.dlopen: {target}\n\
         process.dlopen: {target}\nprocess.dlopen: {target}\n\
         ./missing: {gone}\n./: cannot read file data: Is a directory\n\
         a\0b: there is a NUL in the name\n./\u{fffd}: {gone}\n"
    );
    assert_eq!(printed, expected);
}

#[test]
fn addons_are_never_fetched() {
    let folder = tempfile::tempdir().expect("a folder");
    // Nobody listens at port 1: asking would be another error.
    let printed = attempts(
        &folder,
        "attempt(function () { require('http://127.0.0.1:1/hello.node'); });
        require.async('https://127.0.0.1:1/hello.node')
          .addErrback(function (e) { sys.puts(e.message); });",
        &[],
    );
    let line = |scheme: &str| {
        format!(
            "Addons are not fetched: {scheme}://127.0.0.1:1/hello.node: \
             save it beside the program\n"
        )
    };
    assert_eq!(printed, line("http") + &line("https"));
}
