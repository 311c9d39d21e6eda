//! Cases for log stores.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{
    Followed, Level, LogLine, LogPage, LogQuery, LogStore, Order, StoredLine, Stream, wait,
};

type Case = fn(&dyn LogStore);

pub(super) const CASES: &[(&str, Case)] = &[
    ("a line comes back as it was written", keeps_lines),
    ("lines of several functions come in their order", merges),
    ("lines are chosen by function, time and level", filters),
    ("lines are chosen by invocation", of_call),
    ("pages follow each other, tails are the end", pages),
    ("who follows gets each line once", follows),
    ("whoever comes while lines come misses none", joins),
    ("a function's lines are forgotten", forgets),
    ("a line that is too long is cut", cuts),
];

fn line(function: &str, time_ms: u64, text: &str) -> LogLine {
    let (namespace, function) = function.split_once('/').unwrap();
    LogLine {
        namespace: namespace.into(),
        function: function.into(),
        revision: 1,
        call: None,
        trace: None,
        stream: Stream::Stdout,
        level: Level::Info,
        time_ms,
        text: text.into(),
    }
}

fn store(logs: &dyn LogStore, lines: Vec<LogLine>) {
    logs.append(lines);
    wait(logs.flush()).unwrap();
}

fn texts(page: &LogPage) -> Vec<&str> {
    page.lines.iter().map(|line| &*line.text).collect()
}

fn keeps_lines(logs: &dyn LogStore) {
    let full = LogLine {
        revision: 7,
        call: Some("call-1".into()),
        trace: Some("4bf92f3577b34da6a3ce929d0e0e4736".into()),
        stream: Stream::Stderr,
        level: Level::Error,
        ..line("shop/cart", 1_700_000_000_123, "naïve\tline\n\u{1f980}")
    };
    store(logs, vec![full.clone(), line("shop/cart", 5, "")]);
    let page = wait(logs.query(LogQuery::function("shop", "cart"))).unwrap();
    let StoredLine { namespace, function, revision, call, trace, .. } = &page.lines[0];
    assert_eq!((&**namespace, &**function, *revision), ("shop", "cart", 7));
    assert_eq!((call, trace), (&full.call, &full.trace));
    let StoredLine { stream, level, time_ms, text, .. } = &page.lines[0];
    assert_eq!((*stream, *level, *time_ms), (Stream::Stderr, Level::Error, full.time_ms));
    assert_eq!(**text, *full.text);
    assert_eq!(&*page.lines[1].text, "");
    assert!(!page.more);
    assert_eq!(page.cursor, page.lines[1].cursor);
    let counts = logs.counts();
    assert_eq!((counts.accepted, counts.stored, counts.dropped, counts.waiting), (2, 2, 0, 0));
}

fn merges(logs: &dyn LogStore) {
    let of = |n: u64| ["a/x", "b/x", "a/y"][n as usize % 3];
    store(logs, (0..30).map(|n| line(of(n), n, &n.to_string())).collect());
    let page = wait(logs.query(LogQuery::default())).unwrap();
    let expected: Vec<_> = (0..30).map(|n| n.to_string()).collect();
    assert_eq!(texts(&page), expected);
    assert!(page.lines.is_sorted_by_key(|line| line.cursor));
    let last = wait(logs.query(LogQuery::default().tail(4))).unwrap();
    assert_eq!(texts(&last), ["26", "27", "28", "29"]);
    assert!(last.more);
    let first = LogQuery { limit: Some(4), namespace: Some("a".into()), ..LogQuery::default() };
    assert_eq!(texts(&wait(logs.query(first)).unwrap()), ["0", "2", "3", "5"]);
}

fn of_call(logs: &dyn LogStore) {
    let of = |call: Option<&str>, function, time_ms, text| LogLine {
        call: call.map(Into::into),
        ..line(function, time_ms, text)
    };
    store(
        logs,
        vec![
            of(Some("1f"), "a/x", 100, "before"),
            of(Some("1f"), "a/x", 200, "one"),
            of(Some("20"), "a/x", 200, "other"),
            of(None, "a/x", 200, "none"),
            of(Some("1f"), "a/y", 200, "elsewhere"),
            of(Some("1f"), "a/x", 201, "two"),
        ],
    );
    let query = LogQuery { call: Some("1f".into()), ..LogQuery::function("a", "x") };
    assert_eq!(texts(&wait(logs.query(query.clone())).unwrap()), ["before", "one", "two"]);
    let since = LogQuery { since_ms: Some(200), ..query.clone() };
    assert_eq!(texts(&wait(logs.query(since)).unwrap()), ["one", "two"]);
    assert_eq!(texts(&wait(logs.query(query.tail(1))).unwrap()), ["two"]);
}

fn filters(logs: &dyn LogStore) {
    let level = |level, function, time_ms, text| LogLine { level, ..line(function, time_ms, text) };
    store(
        logs,
        vec![
            level(Level::Debug, "a/x", 100, "1"),
            level(Level::Warn, "a/x", 200, "2"),
            level(Level::Error, "b/x", 300, "3"),
            level(Level::Info, "a/y", 400, "4"),
            level(Level::Warn, "/", 500, "5"),
        ],
    );
    let find = |change: &dyn Fn(&mut LogQuery)| {
        let mut query = LogQuery::default();
        change(&mut query);
        let page = wait(logs.query(query)).unwrap();
        page.lines.into_iter().map(|line| line.text.into()).collect::<Vec<String>>()
    };
    assert_eq!(find(&|query| query.namespace = Some("a".into())), ["1", "2", "4", "5"]);
    assert_eq!(find(&|query| query.function = Some("x".into())), ["1", "2", "3"]);
    assert_eq!(find(&|query| *query = LogQuery::function("a", "x")), ["1", "2"]);
    assert_eq!(find(&|query| query.since_ms = Some(300)), ["3", "4", "5"]);
    assert_eq!(find(&|query| query.level = Some(Level::Warn)), ["2", "3", "5"]);
    assert_eq!(find(&|query| query.function = Some("none".into())), [""; 0]);
    assert_eq!(find(&|query| query.after = Some(u64::MAX)), [""; 0]);
}

fn pages(logs: &dyn LogStore) {
    store(logs, (0..10).map(|n| line("a/x", n, &n.to_string())).collect());
    let mut query = LogQuery { limit: Some(4), ..LogQuery::function("a", "x") };
    let mut seen = Vec::new();
    loop {
        let page = wait(logs.query(query.clone())).unwrap();
        seen.push(page.lines.len());
        query.after = Some(page.cursor);
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, [4, 4, 2]);
    assert!(wait(logs.query(query)).unwrap().lines.is_empty());
    let tail = |count| wait(logs.query(LogQuery::function("a", "x").tail(count))).unwrap();
    assert_eq!(texts(&tail(3)), ["7", "8", "9"]);
    assert_eq!(tail(10).lines.len(), 10);
    assert!(!tail(10).more);
    assert!(tail(0).lines.is_empty());
}

fn follows(logs: &dyn LogStore) {
    store(logs, vec![line("a/x", 1, "old 1"), line("a/x", 2, "old 2")]);
    // These may be stored before, while or after the follower comes.
    logs.append((0..100).map(|n| line("a/x", n, &n.to_string())).collect());
    logs.append(vec![line("a/other", 3, "not this")]);
    let query = LogQuery { order: Order::First, ..LogQuery::function("a", "x") };
    let mut follow = wait(logs.follow(query)).unwrap();
    logs.append((100..200).map(|n| line("a/x", n, &n.to_string())).collect());
    let mut seen: Vec<Arc<StoredLine>> = follow.page.lines.into_iter().map(Arc::new).collect();
    while seen.len() < 202 {
        match wait(follow.follower.recv()) {
            Some(Followed::Line(line)) => seen.push(line),
            other => panic!("{other:?}"),
        }
    }
    let numbers = (0..200).map(|n: u32| n.to_string());
    let expected: Vec<_> = ["old 1".into(), "old 2".into()].into_iter().chain(numbers).collect();
    let got: Vec<_> = seen.iter().map(|line| String::from(&*line.text)).collect();
    assert_eq!(got, expected);
    wait(logs.flush()).unwrap();
    assert_eq!(follow.follower.try_recv(), None);
}

fn joins(logs: &dyn LogStore) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0;
            while !over.load(Ordering::Relaxed) {
                // One by one, and no faster than they are stored.
                store(logs, vec![line("a/x", 1, &number.to_string())]);
                number += 1;
            }
        });
        let joined = catch_unwind(AssertUnwindSafe(|| {
            for _ in 0..300 {
                let tail = LogQuery::function("a", "x").tail(1);
                let mut follow = wait(logs.follow(tail)).unwrap();
                let number = |line: &StoredLine| line.text.parse::<u32>().unwrap();
                let known = follow.page.lines.last().map(number);
                let Some(Followed::Line(next)) = wait(follow.follower.recv()) else {
                    panic!("the follower has ended");
                };
                assert_eq!(number(&next), known.map_or(0, |known| known + 1));
            }
        }));
        over.store(true, Ordering::Relaxed);
        joined.unwrap_or_else(|panic| resume_unwind(panic));
    });
}

fn forgets(logs: &dyn LogStore) {
    store(logs, vec![line("a/x", 1, "1"), line("a/y", 2, "2"), line("b/x", 3, "3")]);
    logs.append(vec![line("a/x", 4, "4")]);
    wait(logs.forget("a", "x")).unwrap();
    wait(logs.forget("a", "none")).unwrap();
    let page = wait(logs.query(LogQuery::default())).unwrap();
    assert_eq!(texts(&page), ["2", "3"]);
    store(logs, vec![line("a/x", 5, "5")]);
    let again = wait(logs.query(LogQuery::function("a", "x"))).unwrap();
    assert_eq!(texts(&again), ["5"]);
    assert!(again.lines[0].cursor > page.cursor, "cursors are never used twice");
}

fn cuts(logs: &dyn LogStore) {
    let text = format!("{}é and more", "x".repeat(LogLine::MAX_TEXT - 1));
    store(logs, vec![line("a/x", u64::MAX, &text)]);
    let page = wait(logs.query(LogQuery::default())).unwrap();
    let stored = &page.lines[0].text;
    assert!(stored.starts_with(&"x".repeat(LogLine::MAX_TEXT - 1)));
    assert!(
        stored.ends_with("x … (11 more bytes were cut off)"),
        "{}",
        &stored[stored.len() - 60..]
    );
}
