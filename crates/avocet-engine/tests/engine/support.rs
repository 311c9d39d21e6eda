//! A realm with a loop whose clock is the test's, and operations for tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use avocet_engine::boot::{BootScript, read_folder, snapshot};
use avocet_engine::embedder::{Embedder, Level};
use avocet_engine::ops::{ENGINE, Either, Lenient, OpError, OrUndefined, Rest};
use avocet_engine::realm::{BootSource, Bootstrap, Realm, RealmOptions};
use avocet_engine::run::Ended;
use avocet_engine::v8::{
    Global, HandleScope, IsolateHandle, Local, Op, Promise, PromiseResolver, PromiseState, Snapshot,
};

use crate::driver::{Driver, LoopEnd, main_file};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    Snapshot,
    Scripts,
}

/// Collects what is printed.
#[derive(Clone, Default)]
pub(crate) struct Printed(Arc<Mutex<String>>);

impl Printed {
    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    fn line(&self, line: &str) {
        let mut text = self.0.lock().unwrap();
        text.push_str(line);
        text.push('\n');
    }
}

impl Embedder for Printed {
    fn print(&mut self, level: Level, text: &str) {
        let mark = match level {
            Level::Debug => "debug: ",
            Level::Info => "",
            Level::Warn => "warn: ",
            Level::Error => "error: ",
        };
        self.line(&format!("{mark}{text}"));
    }

    fn exit(&mut self, code: i32, _activity: u32) {
        self.line(&format!("(exit {code})"));
    }
}

/// A promise that is fulfilled after some time.
fn sleep<'s>(scope: &mut HandleScope<'s>, ms: u32) -> Result<Local<'s, Promise>, OpError> {
    let resolver = PromiseResolver::new(scope).ok_or_else(OpError::thrown)?;
    let promise = resolver.get_promise(scope);
    let resolver = Global::new(scope, resolver);
    scope.slot::<Driver>().unwrap().sleep(resolver, ms);
    Ok(promise)
}

/// Enters the loop again until the promise is settled.
fn wait<'s>(
    scope: &mut HandleScope<'s>,
    promise: Local<'s, Promise>,
) -> Result<Local<'s, avocet_engine::v8::Value>, OpError> {
    let events = scope.slot::<Driver>().unwrap().clone();
    let kept = Global::new(scope, promise);
    match events.run_until(scope, |scope| kept.open(scope).state() != PromiseState::Pending) {
        LoopEnd::Satisfied => Ok(promise.result(scope)),
        LoopEnd::Idle => Err(OpError::new("nothing is left that could settle the promise")),
        LoopEnd::Stopped => Err(OpError::thrown()),
    }
}

fn activity(scope: &mut HandleScope<'_>) -> u32 {
    avocet_engine::activity::current(scope)
}

fn begin(scope: &mut HandleScope<'_>, number: u32) {
    avocet_engine::activity::begin(scope, number);
}

/// Execution is terminated by another thread, as a monitor does it.
fn terminate(scope: &mut HandleScope<'_>) {
    let handle = scope.slot::<IsolateHandle>().unwrap().clone();
    std::thread::spawn(move || handle.terminate_execution());
}

fn count(_: &mut HandleScope<'_>, first: Lenient<u32>, more: Rest<u32>) -> Either<u32, String> {
    let all = more.0.iter().sum::<u32>() + first.unwrap_or(100);
    if all < 1000 { Either::Left(all) } else { Either::Right(format!("{all} is too many")) }
}

fn words(_: &mut HandleScope<'_>, text: Option<String>) -> OrUndefined<Vec<String>> {
    OrUndefined(text.map(|text| text.split(' ').map(str::to_owned).collect()))
}

avocet_engine::ops! {
    const TESTS;
    /// Sums up.
    count(first, more) = count;
    words(text) = words;
    terminate() = terminate;
    sleep(ms) = sleep;
    wait(promise) = wait;
    activity() = activity;
    begin(number) = begin;
}

fn table() -> &'static [Op] {
    static ALL: LazyLock<Vec<Op>> = LazyLock::new(|| [ENGINE, TESTS].concat());
    &ALL
}

/// The operations as `test`, and a hook that runs a file of the program.
const MAIN: &str = "({ ops, hooks }) => {
  globalThis.test = ops;
  hooks.main = (path) => {
    if (ops.module_kind(path) === 'module') ops.module_import(path);
    else hooks.requireFile(path);
  };
}";

fn boot_scripts() -> Vec<BootScript> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("js");
    let mut scripts = read_folder(&folder, "engine").unwrap();
    scripts.push(BootScript { name: "avocet:test/ops.js".into(), source: MAIN.into() });
    scripts
}

pub(crate) fn bootstrap(source: Source) -> Bootstrap {
    static SNAPSHOT: LazyLock<Snapshot> =
        LazyLock::new(|| snapshot(table(), &boot_scripts(), None).unwrap());
    let source = match source {
        Source::Snapshot => BootSource::Snapshot(SNAPSHOT.clone()),
        Source::Scripts => BootSource::Scripts,
    };
    Bootstrap { ops: table(), source, scripts: boot_scripts().into() }
}

pub(crate) fn realm(files: BTreeMap<String, String>, source: Source) -> (Realm, Driver, Printed) {
    let events = Driver::default();
    let printed = Printed::default();
    let options = RealmOptions::new(
        bootstrap(source),
        Box::new(printed.clone()),
        Arc::new(files),
        events.clock(),
    );
    let mut realm = Realm::new(options).unwrap();
    realm.set_slot(events.clone());
    realm.set_slot(realm.handle());
    (realm, events, printed)
}

/// Runs the program in a folder to its end and returns what it printed.
pub(crate) fn run_folder(folder: &Path, source: Source) -> String {
    let mut files = BTreeMap::new();
    read_files(folder, "", &mut files);
    let main = if files.contains_key("main.mjs") { "main.mjs" } else { "main.js" };
    run_files(files, main, source)
}

pub(crate) fn run_files(files: BTreeMap<String, String>, main: &str, source: Source) -> String {
    let (mut realm, events, printed) = realm(files, source);
    realm.enter(|scope| {
        if main_file(scope, main) == Ended::Well {
            events.run(scope);
        }
    });
    // Our own frames move whenever a file of ours changes.
    let printed = printed.text();
    printed
        .lines()
        .filter(|line| !line.contains("(avocet:"))
        .map(|line| format!("{line}\n"))
        .collect()
}

fn read_files(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            read_files(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read_to_string(entry.path()).unwrap());
        }
    }
}
