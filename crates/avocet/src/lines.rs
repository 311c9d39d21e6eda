//! Log lines, out of another process or this one.

use avocet_api::LogLine;
use avocet_api::client::LogLines;
use avocet_server::Logs;

use crate::remote::failed;

/// Source of log lines.
pub(crate) enum Lines {
    /// A server's admin API.
    Remote(LogLines),
    /// The server in this process.
    Own(Logs),
}

impl Lines {
    /// The next line; `None` at the end.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<LogLine>> {
        match self {
            Self::Remote(lines) => lines.next().await.map_err(failed),
            Self::Own(lines) => Ok(lines.next().await),
        }
    }
}
