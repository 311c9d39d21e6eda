//! `avocet runtime`: the contract of functions with nothing but environment variables and a folder.
//!
//! Not tested here: that the image builds, for want of something that builds images.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use avocet_functions::manifest::{self, SourceFile};
use avocet_functions::model::{BodyLimit, EnvValue, Function, Memory, Resource, Settings};

use crate::kit::command::run;
use crate::kit::contract::{Case, Family, cases, compare, send_to};
use crate::kit::http;
use crate::kit::image::{Ended, Image, Stream, Surroundings};
use crate::kit::project;

/// Functions that are checked at the same time.
const AT_ONCE: usize = 3;

/// An address of this test process alone: functions that call themselves are told it before they
/// are started. Every address that begins with 127 is this machine.
fn address(number: usize) -> SocketAddr {
    let pid = std::process::id();
    let part = |n: u32| u8::try_from(n % 250 + 2).expect("small");
    let last = u8::try_from(number % 250 + 2).expect("small");
    SocketAddr::from((Ipv4Addr::new(127, part(pid / 250), part(pid), last), 8080))
}

/// The function of a case as its folder defines it.
fn function(folder: &Path) -> Function {
    let file = folder.join("function.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let read = manifest::parse(&[SourceFile { path: "function.yaml".to_owned(), text }]);
    let resources = read.resources.into_iter().map(|located| located.value);
    let found = resources.filter_map(|resource| match resource {
        Resource::Function(function) => Some(*function),
        _ => None,
    });
    found.last().expect("a function")
}

/// The variables that say what a definition says; `None` where they cannot.
fn variables(function: &Function, gateway: &str) -> Option<Vec<(String, String)>> {
    let Settings { timeout_ms, body_bytes, cpu_time_ms, concurrency, queue } = function.settings;
    if !function.cors || cpu_time_ms.is_some() || concurrency.is_some() || queue.is_some() {
        return None;
    }
    let name = function.name.name();
    let mut set = vec![
        ("FUNC_NAME", name.to_owned()),
        ("FUNC_RUNTIME", function.runtime.name().to_owned()),
        ("FUNC_HANDLER", function.handler.export.clone()),
        ("FUNC_MEMORY_LIMIT", function.limits().memory.to_string()),
    ];
    set.extend(function.handler.file.clone().map(|file| ("MOD_NAME", file)));
    set.extend(timeout_ms.map(|ms| ("FUNC_TIMEOUT", (ms as f64 / 1000.0).to_string())));
    set.extend(body_bytes.map(|limit| ("FUNC_BODY_MB_LIMIT", body_limit(limit))));
    let mut set: Vec<_> = set.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    for variable in &function.env {
        let EnvValue::Value(value) = &variable.value else { return None };
        // There is nothing but the function at its address.
        let value = value.replace(&format!("{gateway}/default/{name}"), gateway);
        set.push((variable.name.clone(), value));
    }
    Some(set)
}

/// Cases about what stands beside a function: where an image runs, names of the cluster are the
/// cluster's to resolve, and the bus is the cluster's.
const OF_A_PLATFORM: [&str; 2] = ["cluster-addresses", "emit-to-the-bus"];

/// Runs one case; gives what was not as expected.
fn check_case(case: &Case, surroundings: Surroundings, number: usize) -> Vec<String> {
    if OF_A_PLATFORM.contains(&case.name.as_str()) {
        return Vec::new();
    }
    let address = address(number);
    let gateway = format!("http://{address}");
    let sources = tempfile::tempdir().unwrap();
    let folder = case.write(sources.path(), &gateway);
    open_to_everybody(sources.path());
    let function = function(&folder);
    let Some(mut variables) = variables(&function, &gateway) else {
        eprintln!("{}: no variable says what its definition says", case.name);
        return Vec::new();
    };
    variables.push(("SERVER_HOST".to_owned(), address.ip().to_string()));
    variables.push(("SERVER_PORT".to_owned(), address.port().to_string()));
    let mut image = Image::start(surroundings, &folder, &variables);
    if image.becomes_ready().is_none() {
        return vec![format!("{}: did not start: {:#?}", case.name, image.end())];
    }
    let mut wrong = Vec::new();
    for exchange in case.exchanges() {
        if exchange.path.starts_with('^') {
            continue;
        }
        let target = match exchange.path.starts_with('/') {
            true => exchange.path.clone(),
            false => format!("/{}", exchange.path),
        };
        let answers = send_to(address, &target, &exchange);
        for why in answers.iter().flat_map(|answer| compare(answer, &exchange, case.runtime())) {
            wrong.push(format!("{}/requests:{}: {why}", case.name, exchange.line));
        }
    }
    let ended = image.stop();
    if ended.code != Some(0) {
        wrong.push(format!("{}: ended with {:?}", case.name, ended.code));
    }
    wrong.extend(missing_lines(case, &ended));
    if !wrong.is_empty() {
        wrong.push(format!("{}: it said: {:#?}", case.name, ended.lines));
    }
    wrong
}

/// Expected log lines that are not among what was printed, each after the one before it where
/// they have an order.
fn missing_lines(case: &Case, ended: &Ended) -> Vec<String> {
    let mut rest = [Stream::Out, Stream::Err].map(|stream| (stream, ended.text(stream)));
    let missing = case.expected_log().into_iter().filter(|(level, text)| {
        let stream = if matches!(&**level, "warn" | "error") { Stream::Err } else { Stream::Out };
        let (_, left) = rest.iter_mut().find(|(own, _)| *own == stream).expect("both are there");
        match left.find(text.as_str()) {
            Some(at) => {
                if !case.is_log_unordered() {
                    *left = left.split_off(at + text.len());
                }
                false
            }
            None => true,
        }
    });
    missing
        .map(|(level, text)| format!("{}/logs: not printed: {level} {text}", case.name))
        .collect()
}

/// Temporary folders are their maker's alone, and the function runs as somebody else.
fn open_to_everybody(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    for entry in folder.read_dir().unwrap().map(|entry| entry.unwrap()) {
        if entry.file_type().unwrap().is_dir() {
            open_to_everybody(&entry.path());
        } else {
            let mode = std::fs::Permissions::from_mode(0o644);
            std::fs::set_permissions(entry.path(), mode).unwrap();
        }
    }
}

fn check(name: &'static str, runtime: &'static str) {
    let surroundings = Surroundings::best();
    let cases = cases(Family { name, runtime });
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let number = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(case) = cases.get(number)
                {
                    let found = check_case(case, surroundings, number);
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_image_on_v8_keeps_the_contract() {
    check("v8", "v8");
}

#[test]
fn an_image_on_nodejs_keeps_the_contract() {
    check("nodejs", "nodejs20");
}

#[test]
fn an_image_on_python_keeps_the_contract() {
    check("python", "python312");
}

/// A folder with these files, which everybody may read.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    open_to_everybody(folder.path());
    folder
}

fn set(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let free = [("SERVER_HOST", "127.0.0.1"), ("SERVER_PORT", "0")];
    let all = free.iter().chain(variables);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn start(files: &[(&str, &str)], variables: &[(&str, &str)]) -> (tempfile::TempDir, Image) {
    let folder = folder(files);
    let image = Image::start(Surroundings::Plain, folder.path(), &set(variables));
    (folder, image)
}

#[test]
fn a_confined_function_is_nobody_and_can_write_nowhere() {
    let surroundings = Surroundings::best();
    let sources = folder(&[(
        "handler.js",
        "const fs = require('fs');\n\
         const tried = (path) => { try { fs.writeFileSync(path, ''); return 'written'; } catch (e) { return e.code; } };\n\
         exports.main = () => ({ uid: process.getuid(), root: tried('/x'), own: tried(__dirname + '/x'), tmp: tried('/tmp/x') });",
    )]);
    let mut image = Image::start(surroundings, sources.path(), &set(&[]));
    let answer = http::get(image.ready(), "/");
    let ended = image.stop();
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    if surroundings == Surroundings::Confined {
        let mut found: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        // It is there, read-only, where what the program needs is below it.
        let temporary = found["tmp"].take();
        assert!(temporary == "ENOENT" || temporary == "EROFS", "{temporary}");
        let expected =
            serde_json::json!({"uid": 65534, "root": "EROFS", "own": "EROFS", "tmp": null});
        assert_eq!(found, expected);
    }
}

#[test]
fn an_image_answers_probes_and_metrics_and_prints_an_access_log() {
    let (_sources, mut image) = start(
        &[(
            "handler.py",
            "def main(event, context):\n    print('Hello')\n    return context['runtime']\n",
        )],
        &[
            ("FUNC_NAME", "hello"),
            ("SERVICE_NAMESPACE", "shop"),
            ("SERVER_INTERNAL_LOGGER", "true"),
        ],
    );
    let address = image.ready();
    let answer = http::get(address, "/any/path?x=1");
    assert!(answer.text().starts_with("python3"), "{}", answer.text());
    let health = http::get(address, "/healthz");
    assert_eq!((health.status, &*health.body), (200, &b"OK"[..]));
    let metrics = http::get(address, "/metrics").text();
    for line in [
        "function_calls_total{function=\"hello\",namespace=\"shop\"} 1",
        "function_failures_total{function=\"hello\",namespace=\"shop\"} 0",
        "function_duration_miliseconds_count{function=\"hello\",namespace=\"shop\"} 1",
        "function_duration_seconds_count{function=\"hello\",namespace=\"shop\"} 1",
    ] {
        assert!(metrics.lines().any(|own| own == line), "{line}: {metrics}");
    }
    let ended = image.stop();
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let out = ended.text(Stream::Out);
    assert!(out.lines().any(|line| line == "Hello"), "{out}");
    let access = "\"GET /any/path?x=1 HTTP/1.1\" 200 ";
    assert!(out.lines().any(|line| line.starts_with("127.0.0.1 - - [") && line.contains(access)));
}

#[test]
fn an_image_finishes_what_runs_when_it_is_told_to_end() {
    let (_sources, mut image) = start(
        &[(
            "handler.js",
            "exports.main = () => new Promise((done) => {\n\
             console.log('begun');\n\
             process.once('SIGUSR2', () => done('finished')); });",
        )],
        &[],
    );
    let address = image.ready();
    let call = std::thread::spawn(move || http::get(address, "/"));
    image.line(|stream, line| stream == Stream::Out && line == "begun").expect("it is called");
    image.signal("TERM");
    image.line(|_, line| line.starts_with("avocet: stopping")).expect("it says so");
    let pid = std::process::Command::new("pgrep")
        .args(["-P", &image.id().to_string(), "-f", "worker.js"])
        .output()
        .expect("pgrep runs");
    let pid = String::from_utf8(pid.stdout).unwrap();
    let told = std::process::Command::new("kill").args(["-USR2", pid.trim()]).status();
    assert!(told.expect("kill runs").success());
    let answer = call.join().expect("it is answered");
    assert_eq!((answer.status, answer.text().as_str()), (200, "finished"));
    let ended = image.end();
    assert_eq!(ended.code, Some(0), "{ended:#?}");
}

#[test]
fn an_image_is_not_ready_before_its_handler_is_loaded() {
    let (_sources, mut image) = start(
        &[(
            "handler.mjs",
            "console.log('loading');\nawait new Promise(() => setInterval(() => {}, 1000));\n\
             export const main = () => 'loaded';",
        )],
        &[],
    );
    let line = image.line(|_, line| line.contains(" at http://")).expect("it says where it is");
    let (_, address) = line.rsplit_once("http://").expect("an address");
    let address = address.parse().expect("an address");
    image.line(|_, line| line == "loading").expect("it is being loaded");
    let answer = http::get(address, "/healthz");
    assert_eq!((answer.status, answer.header("retry-after").as_deref()), (503, Some("1")));
    assert_eq!(answer.text(), "not ready: the handler is not loaded");
    let ended = image.stop();
    assert_eq!(ended.code, Some(0), "{ended:#?}");
}

#[test]
fn an_image_is_ready_again_after_a_crash_without_being_called() {
    let (_sources, mut image) =
        start(&[("handler.js", "exports.main = () => process.kill(process.pid, 'SIGKILL');")], &[]);
    let address = image.ready();
    assert_eq!(http::get(address, "/").status, 502);
    image.line(|_, line| line == "avocet: the handler is loaded again").expect("it comes back");
    assert_eq!(http::get(address, "/healthz").status, 200);
    assert_eq!(image.stop().code, Some(0));
}

#[test]
fn an_image_runs_every_kind_of_runtime() {
    let script = "exports.main = (event, context) => context.runtime;";
    let express = "exports.main = (request, response) => response.send('express');";
    let python = "def main(event, context):\n    return context['runtime']\n";
    let flask = "from flask import request\n\ndef main():\n    return 'flask ' + request.method\n";
    for (runtime, file, code, answer) in [
        ("nodejs20", "handler.js", script, "nodejs20"),
        ("nodejs22", "handler.js", script, "nodejs22"),
        ("nodejs24", "handler.js", script, "nodejs24"),
        ("nodejs26", "handler.js", express, "express"),
        ("python39", "handler.py", python, "python39"),
        ("python312", "handler.py", python, "python312"),
        ("python314", "handler.py", flask, "flask GET"),
        ("v8", "handler.js", script, "v8"),
    ] {
        let (_sources, mut image) = start(&[(file, code)], &[("FUNC_RUNTIME", runtime)]);
        assert_eq!(http::get(image.ready(), "/").text(), answer, "{runtime}");
        assert_eq!(image.stop().code, Some(0), "{runtime}");
    }
}

#[test]
fn packages_are_found_where_the_image_has_them() {
    let packages = folder(&[
        ("node/far/index.js", "module.exports = 'far';"),
        ("python/far.py", "NAME = 'far'\n"),
    ]);
    let path = |name: &str| packages.path().join(name).display().to_string();
    let (_sources, mut image) = start(
        &[
            ("handler.js", "exports.main = () => [require('near'), require('far')];"),
            ("node_modules/near/index.js", "module.exports = 'near';"),
        ],
        &[("NODE_PATH", &path("node"))],
    );
    assert_eq!(http::get(image.ready(), "/").text(), "[\"near\",\"far\"]");
    assert_eq!(image.stop().code, Some(0));
    let (_sources, mut image) = start(
        &[
            (
                "handler.py",
                "import near, far\n\ndef main(event, context):\n    return near.NAME + far.NAME\n",
            ),
            ("near.py", "NAME = 'near'\n"),
        ],
        &[("PYTHONPATH", &path("python"))],
    );
    assert_eq!(http::get(image.ready(), "/").text(), "nearfar");
    assert_eq!(image.stop().code, Some(0));
}

#[test]
fn an_image_that_cannot_run_ends_with_the_cause() {
    let handler = [("handler.js", "exports.main = () => 'fine';")];
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().port().to_string();
    let both = [handler[0], ("handler.py", "def main(event, context): pass\n")];
    let broken = [("handler.js", "\nthrow new Error('no database');")];
    let other = [("handler.js", "exports.other = () => 1;")];
    type Pairs<'a> = &'a [(&'a str, &'a str)];
    let cases: [(Pairs<'_>, Pairs<'_>, i32, &str); 8] = [
        (&handler, &[("FUNC_TIMEOUT", "soon")], 2, "environment variable FUNC_TIMEOUT: "),
        (&handler, &[("HANDLER_PATH", "/no/such")], 2, "environment variable HANDLER_PATH: "),
        (&handler, &[("MOD_NAME", "nothing")], 2, "environment variable MOD_NAME: no handler"),
        (&both, &[], 2, "environment variable FUNC_RUNTIME: "),
        (&handler, &[("TRACE_COLLECTOR_ENDPOINT", "ftp://x")], 2, "TRACE_COLLECTOR_ENDPOINT: "),
        (&handler, &[("SERVER_PORT", &taken)], 1, "choose another address with SERVER_HOST"),
        (&broken, &[], 3, "Error: no database"),
        (&other, &[], 3, "exports no function 'main'; it exports 'other'"),
    ];
    for (files, variables, code, text) in cases {
        let (_sources, image) = start(files, variables);
        let ended = image.end();
        assert_eq!(ended.code, Some(code), "{text}: {ended:#?}");
        assert!(ended.text(Stream::Err).contains(text), "{text}: {ended:#?}");
    }
}

#[test]
fn the_image_has_what_the_program_needs_and_nobody_as_its_user() {
    let file = project().join("packaging/Dockerfile.runtime");
    let text = std::fs::read_to_string(file).unwrap().replace("\\\n", " ");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let from = |line: &&str| line.starts_with("FROM ");
    let last = lines.iter().rposition(from).expect("a stage");
    let image = &lines[last..];
    let of = |word: &str| image.iter().rev().find_map(|line| line.strip_prefix(word));
    let user = of("USER ").and_then(|user| user.split(':').next()?.parse::<u32>().ok());
    assert!(user.is_some_and(|user| user > 0), "a number other than root's: {image:#?}");
    assert!(
        of("ENTRYPOINT ").is_some_and(|run| run.ends_with("\"/usr/bin/avocet\", \"runtime\"]"))
    );
    let known = run(["runtime", "--help"]).ok();
    let set = image.iter().filter_map(|line| line.strip_prefix("ENV "));
    let names = set.flat_map(str::split_whitespace).filter_map(|pair| pair.split('=').next());
    for name in names.filter(|name| !["DEBIAN_FRONTEND", "PYTHONDONTWRITEBYTECODE"].contains(name))
    {
        assert!(known.contains(name), "avocet runtime does not know {name}");
    }
    let installed = image.iter().find(|line| line.contains("apt-get install")).expect("packages");
    let installed: Vec<&str> = installed.split_whitespace().collect();
    for library in libraries() {
        assert!(installed.contains(&&*library), "the image lacks {library}");
    }
}

/// The packages of the shared libraries that the program needs, but for those that every system
/// has.
fn libraries() -> Vec<String> {
    let output = |program: &str, args: &[String]| {
        let output = std::process::Command::new(program).args(args).output();
        output.map_or_else(|_| String::new(), |out| String::from_utf8(out.stdout).unwrap())
    };
    let linked = output("ldd", &[env!("CARGO_BIN_EXE_avocet").to_owned()]);
    let files = linked.lines().filter_map(|line| line.split("=> ").nth(1)?.split(' ').next());
    let files = files.filter_map(|file| std::fs::canonicalize(file).ok());
    let files =
        files.map(|file| file.display().to_string()).filter(|file| !file.contains("libnode"));
    let owners = output("dpkg", &[vec!["-S".to_owned()], files.collect()].concat());
    let names = owners.lines().filter_map(|line| line.split(':').next().map(str::to_owned));
    let mut names: Vec<String> =
        names.filter(|name| name != "libc6" && name != "libgcc-s1").collect();
    names.sort();
    names.dedup();
    names
}

/// The limit of bodies as a variable has it.
fn body_limit(limit: BodyLimit) -> String {
    match limit {
        BodyLimit::Bytes(bytes) => Memory::from_bytes(bytes).to_string(),
        BodyLimit::Stream => "stream".to_owned(),
    }
}
