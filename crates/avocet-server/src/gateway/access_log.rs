//! One line per request in Apache's combined format, where asked for.

use std::io::Write as _;
use std::sync::Arc;
use std::time::SystemTime;

use http::header::{REFERER, USER_AGENT};
use http::{HeaderMap, Request};

use crate::net::shown;

/// Takes the lines; must not block for long.
pub(crate) type AccessLog = Arc<dyn Fn(String) + Send + Sync>;

/// To standard error: the standard output of a server is for what programs read. A line that cannot
/// be written is lost: requests do not wait for it.
pub(crate) fn to_stderr() -> AccessLog {
    Arc::new(|line| {
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    })
}

/// Parts of a request, kept until its answer is known.
pub(super) struct Entry {
    ip: String,
    request: String,
    referer: String,
    agent: String,
    at: SystemTime,
}

impl Entry {
    pub(super) fn new<B>(request: &Request<B>, ip: &str) -> Self {
        Self {
            ip: ip.to_owned(),
            request: format!(
                "{} {} {:?}",
                request.method(),
                shown(request.uri()),
                request.version()
            ),
            referer: header(request.headers(), REFERER),
            agent: header(request.headers(), USER_AGENT),
            at: SystemTime::now(),
        }
    }

    /// The line, with its end.
    pub(super) fn line(&self, status: u16, bytes: Option<u64>) -> String {
        let Self { ip, request, referer, agent, at } = self;
        let at = jiff::Timestamp::try_from(*at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let at = at.strftime("%d/%b/%Y:%H:%M:%S +0000");
        let bytes = bytes.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
        let request = escaped(request);
        format!("{ip} - - [{at}] \"{request}\" {status} {bytes} \"{referer}\" \"{agent}\"\n")
    }
}

fn header(headers: &HeaderMap, name: http::HeaderName) -> String {
    headers
        .get(name)
        .map_or_else(|| "-".to_owned(), |value| escaped(&String::from_utf8_lossy(value.as_bytes())))
}

/// A caller must not be able to end the quotes or the line.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c {
            '"' | '\\' => vec!['\\', c],
            c if c.is_control() => vec!['?'],
            c => vec![c],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_in_the_combined_format_and_cannot_be_broken_out_of() {
        let request = Request::get("/default/hello?a=b")
            .header(USER_AGENT, "curl \"quoted\"")
            .body(())
            .unwrap();
        let mut entry = Entry::new(&request, "127.0.0.1");
        entry.at = SystemTime::UNIX_EPOCH;
        assert_eq!(
            entry.line(200, Some(5)),
            "127.0.0.1 - - [01/Jan/1970:00:00:00 +0000] \
             \"GET /default/hello?a=b HTTP/1.1\" 200 5 \"-\" \"curl \\\"quoted\\\"\"\n"
        );
    }
}
