//! Limits of the embedded log store.

use avocet_backplane::{Followed, Level, LogLine, LogQuery, LogStore, Stream, wait};
use avocet_embedded::{Embedded, LogLimits, Options};

use crate::common::{line, open};

fn with_limits(logs: LogLimits) -> (tempfile::TempDir, Embedded) {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path(), Options { logs, ..Options::default() }).unwrap();
    (folder, store)
}

fn of(function: &str, text: String) -> LogLine {
    LogLine { function: function.into(), ..line(text) }
}

/// Appends in batches that fit into the store's queue.
fn store_all(logs: &dyn LogStore, lines: impl Iterator<Item = LogLine>) {
    let lines: Vec<_> = lines.collect();
    for batch in lines.chunks(1000) {
        logs.append(batch.to_vec());
        wait(logs.flush()).unwrap();
    }
    assert_eq!(logs.counts().dropped, 0);
}

fn all(logs: &dyn LogStore, function: &str) -> Vec<String> {
    let page = wait(logs.query(LogQuery::function("default", function))).unwrap();
    page.lines.into_iter().map(|line| line.text.into()).collect()
}

#[test]
fn a_function_keeps_its_newest_lines() {
    let limits = LogLimits { function_lines: 1000, ..LogLimits::default() };
    let (_folder, store) = with_limits(limits);
    let logs = store.logs();
    store_all(&*logs, (0..5000).map(|n| of("noisy", n.to_string())));
    store_all(&*logs, (0..10).map(|n| of("quiet", n.to_string())));
    let noisy = all(&*logs, "noisy");
    assert!((1000..=1100).contains(&noisy.len()), "{}", noisy.len());
    assert_eq!(noisy.last().unwrap(), "4999");
    assert!(noisy.is_sorted_by_key(|n| n.parse::<u32>().unwrap()));
    assert_eq!(all(&*logs, "quiet").len(), 10);
}

#[test]
fn a_function_is_limited_by_bytes_too() {
    let limits = LogLimits { function_bytes: 100_000, ..LogLimits::default() };
    let (folder, store) = with_limits(limits);
    let logs = store.logs();
    store_all(&*logs, (0..500).map(|n| of("noisy", format!("{n:01000}"))));
    let kept = all(&*logs, "noisy").len();
    assert!((90..=110).contains(&kept), "{kept}");
    drop((store, logs));
    // The counts are kept over a restart.
    let store = Embedded::open(folder.path(), Options { logs: limits, ..Options::default() });
    let logs = store.unwrap().logs();
    store_all(&*logs, (0..500).map(|n| of("noisy", format!("{n:01000}"))));
    let kept = all(&*logs, "noisy").len();
    assert!((90..=110).contains(&kept), "{kept}");
}

#[test]
fn in_total_the_noisiest_lose_first() {
    let limits = LogLimits { total_bytes: 200_000, ..LogLimits::default() };
    let (_folder, store) = with_limits(limits);
    let logs = store.logs();
    store_all(&*logs, (0..10).map(|n| of("quiet", n.to_string())));
    store_all(&*logs, (0..500).map(|n| of("noisy", format!("{n:01000}"))));
    store_all(&*logs, (0..500).map(|n| of("noisy too", format!("{n:01000}"))));
    assert_eq!(all(&*logs, "quiet").len(), 10);
    let (one, two) = (all(&*logs, "noisy").len(), all(&*logs, "noisy too").len());
    assert!((150..=210).contains(&(one + two)), "{one} + {two}");
    assert!(one > 20 && two > 20, "{one} + {two}");
}

#[test]
fn a_flood_drops_its_own_lines_and_says_so() {
    let (_folder, store) = with_limits(LogLimits::default());
    let logs = store.logs();
    let flood = (0..200_000).map(|n| of("noisy", n.to_string())).collect();
    logs.append(flood);
    logs.append(vec![of("quiet", "here".into())]);
    wait(logs.flush()).unwrap();
    assert_eq!(all(&*logs, "quiet"), ["here"]);
    let counts = logs.counts();
    assert!(counts.dropped > 0);
    assert_eq!(counts.accepted + counts.dropped, 200_001);
    assert_eq!(counts.stored, counts.accepted);
    let tail = wait(logs.query(LogQuery::function("default", "noisy").tail(1))).unwrap();
    let notice = &tail.lines[0];
    assert_eq!((notice.stream, notice.level), (Stream::Platform, Level::Warn));
    let expected = format!("{} came faster than they can be stored", counts.dropped);
    assert!(notice.text.contains(&expected), "{}", notice.text);
}

#[test]
fn a_follower_that_does_not_read_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let logs = store.logs();
    let mut follow = wait(logs.follow(LogQuery::default())).unwrap();
    store_all(&*logs, (0..10_000).map(|n| line(n.to_string())));
    store.close();
    let (mut lines, mut skipped) = (0, 0);
    while let Some(followed) = wait(follow.follower.recv()) {
        match followed {
            Followed::Line(line) => {
                assert_eq!(*line.text, *lines.to_string());
                lines += 1;
            }
            Followed::Skipped(count) => skipped += count,
        }
    }
    assert_eq!(lines + skipped, 10_000);
    assert!(skipped > 0);
}
