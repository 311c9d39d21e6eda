//! Misbehaviour of functions on Node.js and Python: each has a defined answer and a
//! line in its log with the cause, and a neighbour keeps answering.
//!
//! What a worker alone can show is in `guests/*/test*`; what is alike on runtime `v8` too is in
//! `tests/contract`.

use std::path::Path;
use std::process::Command;
use std::thread;

use serde_json::Value;

use crate::kit::http::Answer;
use crate::kit::server::Server;

const NODE: &str = "nodejs20";
const PYTHON: &str = "python312";
const ENGINES: [&str; 2] = [NODE, PYTHON];

/// A function's folder; `source` is its handler, `settings` are more lines of its `spec`.
fn write(folder: &Path, name: &str, runtime: &str, source: &str, settings: &str) {
    let own = folder.join(name);
    std::fs::create_dir_all(&own).unwrap();
    let yaml = crate::kit::definition(name, settings)
        .replace("runtime: v8", &format!("runtime: {runtime}"));
    let handler = if runtime == PYTHON { "handler.py" } else { "handler.js" };
    std::fs::write(own.join("function.yaml"), yaml).unwrap();
    std::fs::write(own.join(handler), source).unwrap();
}

/// A server with a function `bad`, and `good`, which answers `good`, beside it.
struct Bench {
    server: Server,
    /// Holds the sources and the server's data.
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new(runtime: &str, source: &str, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&folder.path().join("data"), &[], &[]);
        Self::on(folder, server, runtime, source, settings)
    }

    fn on(
        folder: tempfile::TempDir,
        server: Server,
        runtime: &str,
        source: &str,
        settings: &str,
    ) -> Self {
        let good = match runtime {
            PYTHON => "def main(event, context):\n    return 'good'\n",
            _ => "exports.main = () => 'good';",
        };
        write(folder.path(), "bad", runtime, source, settings);
        write(folder.path(), "good", runtime, good, "");
        for name in ["bad", "good"] {
            server.deploy(&folder.path().join(name)).ok();
        }
        Self { server, _folder: folder }
    }

    /// Calls the function, and then its neighbour.
    fn call(&self, path: &str) -> Answer {
        let answer = self.server.get("bad", path);
        assert_eq!(self.server.get("good", "/").text(), "good", "after {path}");
        answer
    }

    /// The first line of the function's log with this text.
    fn log(&self, text: &str) -> Value {
        let log = self.server.follow("bad");
        let line = log.find_line(|line| line.contains(text));
        let line = line.unwrap_or_else(|| panic!("not in the log: {text}"));
        serde_json::from_str(&line).unwrap()
    }
}

/// Deploys what is to be refused; gives what is said of it.
fn refused(server: &Server, folder: &Path) -> String {
    let deployed = server.deploy(folder);
    assert_eq!(deployed.code, Some(3), "{deployed:#?}");
    deployed.stderr
}

/// The same in both languages.
fn sources<'a>(node: &'a str, python: &'a str) -> [(&'static str, &'a str); 2] {
    [(NODE, node), (PYTHON, python)]
}

#[test]
fn a_throw_at_import_or_no_handler_is_refused_at_deploy() {
    let cases = [
        ("throw new Error('at import');", "raise Exception('at import')", "at import"),
        ("", "", "main"),
        ("exports.main = 7;", "main = 7", "main"),
    ];
    for (node, python, cause) in cases {
        for (runtime, source) in sources(node, python) {
            let folder = tempfile::tempdir().unwrap();
            let server = Server::start(&folder.path().join("data"), &[], &[]);
            write(folder.path(), "bad", runtime, source, "");
            let stderr = refused(&server, &folder.path().join("bad"));
            assert!(stderr.contains(cause) && stderr.contains("handler."), "{runtime}: {stderr}");
            assert_eq!(server.get("bad", "/").status, 404);
        }
    }
}

#[test]
fn a_function_that_does_not_load_any_more_is_answered_for() {
    let node = "const fs = require('fs');\n\
                if (fs.existsSync(process.env.MARK)) throw new Error('the mark is there');\n\
                exports.main = () => { fs.writeFileSync(process.env.MARK, ''); process.abort(); };";
    let python = "import os\n\
                  if os.path.exists(os.environ['MARK']): raise Exception('the mark is there')\n\
                  def main(event, context):\n    open(os.environ['MARK'], 'w').close()\n    os.abort()\n";
    for (runtime, source) in sources(node, python) {
        let mark = tempfile::tempdir().unwrap();
        let mark = mark.path().join("mark");
        let settings = format!("  env:\n  - {{name: MARK, value: '{}'}}\n", mark.display());
        let bench = Bench::new(runtime, source, &settings);
        assert_eq!(bench.call("/").status, 502, "{runtime}");
        let answer = bench.call("/");
        assert_eq!(answer.status, 503, "{runtime}: {}", answer.text());
        assert!(answer.header("retry-after").is_some(), "{runtime}");
        bench.log("the mark is there");
    }
}

#[test]
fn calls_over_their_time_are_named_in_the_log_with_the_setting() {
    let node = "exports.main = (e) => { console.log('begun'); \
                if (e.extensions.request.path === '/loop') for (;;); return new Promise(() => {}); };";
    let python = "import threading\n\
                  def main(event, context):\n    print('begun')\n\
                  \x20   while event['extensions']['request'].path == '/loop': pass\n\
                  \x20   threading.Event().wait()\n";
    for (runtime, source) in sources(node, python) {
        let bench = Bench::new(runtime, source, "  timeout: 1\n");
        for path in ["/never", "/loop"] {
            assert_eq!(bench.call(path).status, 408, "{runtime} {path}");
            bench.log("begun");
            assert_eq!(bench.log("spec.timeout")["level"], "error", "{runtime} {path}");
        }
    }
}

#[test]
fn half_a_line_before_a_crash_is_in_the_log() {
    let node = "exports.main = () => { process.stdout.write('half a line'); process.abort(); };";
    let python =
        "import os\ndef main(event, context):\n    print('half a line', end='')\n    os._exit(3)\n";
    for (runtime, source) in sources(node, python) {
        let bench = Bench::new(runtime, source, "");
        let answer = bench.call("/");
        assert_eq!(answer.status, 502, "{runtime}: {}", answer.text());
        bench.log("half a line");
        assert_eq!(bench.log("the worker process")["level"], "error", "{runtime}");
    }
}

#[test]
fn leaving_is_logged_once() {
    let node =
        "exports.main = (e) => e.extensions.request.path === '/exit' ? process.exit(3) : 'on';";
    let python = "import sys\ndef main(event, context):\n\
                  \x20   return sys.exit(3) if event['extensions']['request'].path == '/exit' else 'on'\n";
    for (runtime, source) in sources(node, python) {
        let bench = Bench::new(runtime, source, "");
        assert_eq!(bench.call("/exit").status, 500, "{runtime}");
        assert_eq!(bench.call("/").text(), "on", "{runtime}");
        bench.log("exit");
        let all = bench.server.run(&["logs", "-l", "function=bad", "-o", "json"]).ok();
        let lines: Vec<&str> = all.lines().filter(|line| line.contains("exit")).collect();
        assert_eq!(lines.len(), 1, "{runtime}: {lines:#?}");
    }
}

#[test]
fn children_end_with_their_instance() {
    let node = "const { spawn } = require('child_process');\n\
                exports.main = (e) => { if (e.extensions.request.path === '/end') process.abort();\n\
                return String(spawn('sleep', ['1000'], { stdio: 'ignore' }).pid); };";
    let python = "import os, time\n\
                  def main(event, context):\n\
                  \x20   if event['extensions']['request'].path == '/end': os.abort()\n\
                  \x20   child = os.fork()\n\
                  \x20   if child == 0: time.sleep(1000)\n\
                  \x20   return str(child)\n";
    for (runtime, source) in sources(node, python) {
        let bench = Bench::new(runtime, source, "  scaleConfig: {maxReplicas: 1}\n");
        let child = bench.call("/start").text();
        let process = Path::new("/proc").join(&child);
        assert!(process.exists(), "{runtime}: {child:?}");
        assert_eq!(bench.call("/end").status, 502, "{runtime}");
        // A hang here is the failure: nothing else would end it.
        while process.exists() && !is_dead(&process) {
            thread::yield_now();
        }
    }
}

/// Whether a process waits only for somebody to take note of its end.
fn is_dead(process: &Path) -> bool {
    std::fs::read_to_string(process.join("stat")).map_or(true, |stat| stat.contains(") Z "))
}

#[test]
fn a_function_that_fills_the_disk_gets_the_error_itself() {
    let node = "const fs = require('fs');\n\
                exports.main = (e) => { if (e.extensions.request.path !== '/fill') return 'on';\n\
                for (;;) fs.appendFileSync(process.env.FILE, Buffer.alloc(1 << 20)); };";
    let python = "import os\n\
                  def main(event, context):\n\
                  \x20   if event['extensions']['request'].path != '/fill': return 'on'\n\
                  \x20   with open(os.environ['FILE'], 'ab', buffering=0) as file:\n\
                  \x20       while True: file.write(bytes(1 << 20))\n";
    for (runtime, source) in sources(node, python) {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start_on_small_disk(&folder.path().join("data"), 32 * 1024);
        let file = folder.path().join("filled");
        let settings = format!("  env:\n  - {{name: FILE, value: '{}'}}\n", file.display());
        let bench = Bench::on(folder, server, runtime, source, &settings);
        let answer = bench.call("/fill");
        assert_eq!(answer.status, 500, "{runtime}");
        assert_eq!(answer.text(), "Internal server error");
        bench.log(if runtime == NODE { "EFBIG" } else { "File too large" });
        assert_eq!(bench.call("/").text(), "on", "{runtime}");
    }
}

#[test]
fn after_a_hundred_megabytes_of_output_the_log_goes_on() {
    let node = "exports.main = (e) => { const { path } = e.extensions.request;\n\
                if (path === '/line') console.log('x'.repeat(1e8));\n\
                if (path === '/lines') for (let i = 0; i < 1e5; i++) console.log('y'.repeat(1000));\n\
                if (path === '/after') console.log('afterwards');\n\
                return 'printed'; };";
    let python = "def main(event, context):\n\
                  \x20   path = event['extensions']['request'].path\n\
                  \x20   if path == '/line': print('x' * 100_000_000)\n\
                  \x20   for _ in range(100_000 if path == '/lines' else 0): print('y' * 1000)\n\
                  \x20   if path == '/after': print('afterwards')\n\
                  \x20   return 'printed'\n";
    for (runtime, source) in sources(node, python) {
        let bench = Bench::new(runtime, source, "");
        assert_eq!(bench.call("/line").text(), "printed", "{runtime}");
        let line = bench.log("xxxx");
        let text = line["text"].as_str().unwrap();
        assert!(text.len() < 100_000, "{runtime}: {} bytes", text.len());
        assert!(text.contains("cut off"), "{runtime}: {}", &text[text.len() - 40..]);
        assert_eq!(bench.call("/lines").text(), "printed", "{runtime}");
        bench.log("yyyy");
        // What is printed while the flood is still being stored may be lost with it.
        let told = (0..200).any(|_| {
            assert_eq!(bench.call("/after").text(), "printed", "{runtime}");
            let args = ["logs", "-l", "function=bad", "--tail", "9"];
            bench.server.run(&args).ok().contains("afterwards")
        });
        assert!(told, "{runtime}: the log has stopped");
    }
}

#[test]
fn a_large_answer_arrives_whole() {
    let node = "exports.main = () => 'x'.repeat(50 << 20);";
    let python = "def main(event, context):\n    return 'x' * (50 << 20)\n";
    for (runtime, source) in sources(node, python) {
        let bench = Bench::new(runtime, source, "");
        assert_eq!(bench.call("/").body.len(), 50 << 20, "{runtime}");
    }
}

/// Two packages for each installer that cannot be together.
const CONFLICTS: &str = r#"
import io, json, sys, tarfile, zipfile
folder = sys.argv[1]
for name, more in (("host", {}), ("plugin", {"peerDependencies": {"host": "2"}})):
    text = json.dumps({"name": name, "version": "1.0.0", **more}).encode()
    with tarfile.open(f"{folder}/{name}.tgz", "w:gz") as out:
        member = tarfile.TarInfo("package/package.json")
        member.size = len(text)
        out.addfile(member, io.BytesIO(text))
for name, more in (("host", ""), ("plugin", "Requires-Dist: host==2\n")):
    info = f"{name}-1.dist-info"
    with zipfile.ZipFile(f"{folder}/{name}-1-py3-none-any.whl", "w") as out:
        out.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{more}")
        out.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        out.writestr(f"{info}/RECORD", "")
"#;

#[test]
fn dependencies_that_conflict_or_are_malformed_are_refused_with_the_installers_words() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[], &[]);
    let place = folder.path().display();
    let made = Command::new("python3").args(["-c", CONFLICTS]).arg(folder.path()).status().unwrap();
    assert!(made.success());
    let npm = format!(
        r#"{{"dependencies":{{"host":"file:{place}/host.tgz","plugin":"file:{place}/plugin.tgz"}}}}"#
    );
    let pip = format!("--no-index\n--find-links {place}\nhost==1\nplugin==1\n");
    let cases = [
        (NODE, "package.json", &npm[..], "ERESOLVE"),
        (NODE, "package.json", "{\n  \"dependencies\": {,}\n}", "package.json:2"),
        (PYTHON, "requirements.txt", &pip, "conflict"),
        (PYTHON, "requirements.txt", "--no-index\ngreet==1\n", "greet==1"),
        (PYTHON, "requirements.txt", "six == == 1\n", "six == == 1"),
    ];
    for (runtime, file, list, says) in cases {
        let source = match runtime {
            NODE => "exports.main = () => 1;",
            _ => "def main(event, context): return 1\n",
        };
        write(folder.path(), "bad", runtime, source, "");
        std::fs::write(folder.path().join("bad").join(file), list).unwrap();
        let stderr = refused(&server, &folder.path().join("bad"));
        assert!(stderr.contains(says) && stderr.contains(file), "{list}: {stderr}");
        std::fs::remove_dir_all(folder.path().join("bad")).unwrap();
    }
    assert_eq!(server.get("bad", "/").status, 404);
}

#[test]
fn a_missing_secret_or_config_map_and_a_second_function_of_one_name_are_refused() {
    for runtime in ENGINES {
        let source = match runtime {
            NODE => "exports.main = () => 1;",
            _ => "def main(event, context): return 1\n",
        };
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&folder.path().join("data"), &[], &[]);
        for (kind, field) in [("Secret", "secretKeyRef"), ("ConfigMap", "configMapKeyRef")] {
            let settings = format!(
                "  env:\n  - name: KEY\n    valueFrom: {{{field}: {{name: absent, key: k}}}}\n"
            );
            write(folder.path(), "bad", runtime, source, &settings);
            let stderr = refused(&server, &folder.path().join("bad"));
            assert!(stderr.contains(kind) && stderr.contains("absent"), "{runtime}: {stderr}");
        }
        let twice = tempfile::tempdir().unwrap();
        for place in ["one", "two"] {
            write(&twice.path().join(place), "same", runtime, source, "");
        }
        let stderr = refused(&server, twice.path());
        assert!(stderr.contains("default/same") && stderr.contains("twice"), "{stderr}");
        assert_eq!(server.get("same", "/").status, 404);
    }
}
