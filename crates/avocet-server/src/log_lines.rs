//! Lines of the log: the platform's own, and levels of all of them.

use avocet_backplane::{Level, LogLine, Stream};
use avocet_workers::CallTag;

/// A line with an error of the platform, as of now.
pub(crate) fn platform_error(text: String) -> LogLine {
    LogLine {
        namespace: "".into(),
        function: "".into(),
        revision: 0,
        call: None,
        trace: None,
        stream: Stream::Platform,
        level: Level::Error,
        time_ms: now_ms(),
        text,
    }
}

/// Number of an invocation, as people see it; `None` where it has none.
pub(crate) fn invocation_text(tag: &CallTag) -> Option<String> {
    (tag.invocation != 0).then(|| format!("{:x}", tag.invocation))
}

/// Now, in milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |elapsed| elapsed.as_millis() as u64)
}

/// Level in the log store; workers and the admin API have a type of their own.
pub(crate) fn stored_level(level: avocet_api::Level) -> Level {
    match level {
        avocet_api::Level::Debug => Level::Debug,
        avocet_api::Level::Info => Level::Info,
        avocet_api::Level::Warn => Level::Warn,
        avocet_api::Level::Error => Level::Error,
    }
}

/// Level in the admin API, of a stored line.
pub(crate) fn shown_level(level: Level) -> avocet_api::Level {
    match level {
        Level::Debug => avocet_api::Level::Debug,
        Level::Info => avocet_api::Level::Info,
        Level::Warn => avocet_api::Level::Warn,
        Level::Error => avocet_api::Level::Error,
    }
}
