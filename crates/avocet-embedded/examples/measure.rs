//! Measures the embedded stores: `cargo run --release -p avocet-embedded --example measure`.
//!
//! Takes a folder to measure in as its argument, for figures depend on its disk; without one it
//! uses a new one in the temporary folder.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use avocet_backplane::{
    Change, Deploy, Document, Key, Level, List, LogLine, LogQuery, LogStore, Registry, Resource,
    ResourceKind, Stream, Which, wait,
};
use avocet_embedded::{Embedded, Options};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const FUNCTIONS: usize = 10_000;
const LINES: usize = 1_000_000;

fn main() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let argument = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = argument.unwrap_or_else(|| temporary.path().to_owned());
    functions(&folder)?;
    deployers(&folder)?;
    logs(&folder)
}

fn function(n: usize) -> Result<Deploy> {
    let source = format!("module.exports = {{ main: () => {n} }};\n// {}\n", "x".repeat(1000));
    let document = format!(r#"{{"runtime":"v8","env":{{"N":"{n}"}},"timeout":180,"replicas":1}}"#);
    Ok(Deploy::new("default", format!("function-{n:05}"), Document::parse(document)?)
        .label("app", format!("app-{}", n % 100))
        .file("handler.js", source))
}

fn functions(folder: &Path) -> Result<()> {
    let store = Embedded::open(folder, Options::default())?;
    let all =
        (0..FUNCTIONS).map(|n| function(n).map(Change::Deploy)).collect::<Result<Vec<_>>>()?;
    let (took, applied) = time(|| wait(store.registry().apply(all)))?;
    println!("deploy {} functions in one transaction: {took:?}", applied.len());
    drop(store);

    let before = resident()?;
    let start = Instant::now();
    let store = Embedded::open(folder, Options::default())?;
    let opened = start.elapsed();
    let registry = store.registry();
    let functions = list(&registry, List::all(ResourceKind::Function))?;
    println!("start: open {opened:?}, with a list of {} {:?}", functions.len(), start.elapsed());
    drop(functions);
    println!("resident memory for it: {} KiB", resident()?.saturating_sub(before));

    let labelled = List { selector: "app=app-7".parse()?, ..List::all(ResourceKind::Function) };
    let (took, found) = time(|| list(&registry, labelled))?;
    println!("list by label, {} of them: {took:?}", found.len());
    percentiles("get one", 10_000, |n| {
        let key = Key::function("default", format!("function-{:05}", n * 7919 % FUNCTIONS));
        wait(registry.get(key)).map(drop)
    })?;
    percentiles("read one with its sources", 10_000, |n| {
        let key = Key::function("default", format!("function-{:05}", n * 7919 % FUNCTIONS));
        wait(registry.revision(key, Which::Active)).map(drop)
    })
}

fn list(registry: &Arc<dyn Registry>, mut query: List) -> Result<Vec<Resource>> {
    let mut all = Vec::new();
    loop {
        let page = wait(registry.list(query.clone()))?;
        all.extend(page.items);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(all),
        }
    }
}

fn deployers(folder: &Path) -> Result<()> {
    let store = Embedded::open(folder, Options::default())?;
    let registry = store.registry();
    let new = |n: usize| Deploy { reason: Some(n.to_string()), ..function(FUNCTIONS + n).unwrap() };
    percentiles("deploy, one after the other", 300, |n| wait(registry.deploy(new(n))).map(drop))?;
    let (took, count) = time(|| {
        let pending: Vec<_> = (1000..2000).map(|n| registry.deploy(new(n))).collect();
        pending.into_iter().map(wait).try_fold(0, |count, result| result.map(|_| count + 1))
    })?;
    let rate = f64::from(count) / took.as_secs_f64();
    println!("deploy, {count} at the same time: {took:?}, {rate:.0}/s");
    Ok(())
}

fn logs(folder: &Path) -> Result<()> {
    let store = Embedded::open(folder, Options::default())?;
    let logs = store.logs();
    append(&*logs, "20 functions", 20)?;
    append(&*logs, "2,000 functions", 2_000)?;
    let query = || LogQuery::function("default", "function-7");
    let (took, page) = time(|| wait(logs.query(query().tail(100))))?;
    println!("tail of {} lines: {took:?}", page.lines.len());
    let (took, page) = time(|| wait(logs.query(LogQuery::default().tail(100))))?;
    println!("tail of {} lines over all functions: {took:?}", page.lines.len());
    let (took, page) = time(|| wait(logs.query(query())))?;
    println!("read {} lines: {took:?}", page.lines.len());
    Ok(())
}

/// As the platform does: 64 lines at a time, as fast as they are stored.
fn append(logs: &dyn LogStore, what: &str, functions: usize) -> Result<()> {
    let names: Vec<Arc<str>> = (0..functions).map(|n| format!("function-{n}").into()).collect();
    let namespace: Arc<str> = "default".into();
    let call: Arc<str> = "0b2f5f6e-7a55-4a4e-9d5c-0d9f5a0f3c11".into();
    let line = |n: usize| LogLine {
        namespace: Arc::clone(&namespace),
        function: Arc::clone(&names[n / 4 % functions]),
        revision: 1,
        call: Some(Arc::clone(&call)),
        trace: None,
        stream: Stream::Stdout,
        level: Level::Info,
        time_ms: 1_700_000_000_000 + n as u64,
        text: format!("order {n} of customer {} was accepted and is on its way", n % 1000),
    };
    let before = logs.counts();
    let mut appending = Duration::ZERO;
    let start = Instant::now();
    for batch in 0..LINES / 64 {
        let lines: Vec<_> = (batch * 64..(batch + 1) * 64).map(line).collect();
        while logs.counts().waiting > 20_000 {
            std::thread::yield_now();
        }
        let at = Instant::now();
        logs.append(lines);
        appending += at.elapsed();
    }
    wait(logs.flush())?;
    let took = start.elapsed();
    let after = logs.counts();
    let stored = after.stored - before.stored;
    println!(
        "append, {what}: {stored} lines in {took:?}, {:.0} lines/s stored, {} dropped; the callers \
         spent {:.0} ns a line",
        stored as f64 / took.as_secs_f64(),
        after.dropped - before.dropped,
        appending.as_nanos() as f64 / stored as f64
    );
    Ok(())
}

fn time<T, E: Into<Box<dyn Error>>>(
    run: impl FnOnce() -> std::result::Result<T, E>,
) -> Result<(Duration, T)> {
    let start = Instant::now();
    let value = run().map_err(Into::into)?;
    Ok((start.elapsed(), value))
}

fn percentiles(
    what: &str,
    count: usize,
    mut run: impl FnMut(usize) -> avocet_backplane::Result<()>,
) -> Result<()> {
    let mut times = Vec::with_capacity(count);
    for n in 0..count {
        times.push(time(|| run(n))?.0);
    }
    times.sort_unstable();
    println!("{what}: p50 {:?}, p99 {:?}", times[count / 2], times[count * 99 / 100]);
    Ok(())
}

/// Resident memory of this process, KiB.
fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?;
    Ok(number.parse()?)
}
