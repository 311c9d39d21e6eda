//! URLs as functions give them: the host by the rules of the WHATWG, the path as it was written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::uri::PathAndQuery;
use http::{HeaderValue, Uri};
use percent_encoding::percent_decode_str;
use url::Url;

use super::{HttpError, HttpErrorKind};

/// Target of a request.
#[derive(Debug, Clone)]
pub(super) struct Target {
    url: Url,
    /// Path and query.
    path: String,
}

impl Target {
    /// Reads a URL. Every spelling of an address (`0x7f.1`, `2130706433`) becomes the address.
    pub(super) fn parse(text: &str) -> Result<Self, HttpError> {
        let invalid = |why: String| HttpError::new(HttpErrorKind::Invalid, why);
        let url =
            Url::parse(text).map_err(|error| invalid(format!("the URL is wrong: {error}")))?;
        Self::of(url, text)
    }

    fn of(url: Url, text: &str) -> Result<Self, HttpError> {
        if !matches!(url.scheme(), "http" | "https") {
            let why = format!("the scheme {}: is neither http: nor https:", url.scheme());
            return Err(HttpError::new(HttpErrorKind::Invalid, why));
        }
        let path = written_path(text).unwrap_or_else(|| {
            let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
            format!("{}{query}", url.path())
        });
        Ok(Self { url, path })
    }

    /// The target of a redirect.
    pub(super) fn join(&self, location: &str) -> Result<Self, HttpError> {
        let url = self.url.join(location).map_err(|error| {
            let why = format!("it was redirected to {location:?}, which is no URL: {error}");
            HttpError::new(HttpErrorKind::Redirect, why)
        })?;
        let text = url.to_string();
        Self::of(url, &text)
    }

    /// Whether both are one scheme, host and port.
    pub(super) fn has_origin_of(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin()
    }

    pub(super) fn uri(&self) -> Result<Uri, HttpError> {
        let host = self.url.host_str().unwrap_or_default();
        let authority = match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let uri = Uri::builder().scheme(self.url.scheme()).authority(authority);
        uri.path_and_query(&self.path[..]).build().map_err(|error| {
            HttpError::new(HttpErrorKind::Invalid, format!("the URL is wrong: {error}"))
        })
    }

    /// `Authorization` for a user that the URL names.
    pub(super) fn credentials(&self) -> Option<HeaderValue> {
        let user = self.url.username();
        if user.is_empty() && self.url.password().is_none() {
            return None;
        }
        let mut pair: Vec<u8> = percent_decode_str(user).collect();
        pair.push(b':');
        pair.extend(percent_decode_str(self.url.password().unwrap_or_default()));
        HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair))).ok()
    }
}

/// Path and query as they are written, where that can be sent.
fn written_path(text: &str) -> Option<String> {
    let (_, rest) = text.trim().split_once("://")?;
    let rest = rest.split('#').next().unwrap_or_default();
    let at = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
    let path = &rest[at..];
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let plain = path.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'\\');
    (plain && PathAndQuery::try_from(&path[..]).is_ok()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> String {
        Target::parse(text)
            .and_then(|target| target.uri())
            .map_or_else(|e| e.to_string(), |u| u.to_string())
    }

    #[test]
    fn the_path_goes_as_it_is_written() {
        assert_eq!(
            uri("http://a.example/x/../y?q=a+b%20c&&z"),
            "http://a.example/x/../y?q=a+b%20c&&z"
        );
        assert_eq!(uri("http://a.example?q"), "http://a.example/?q");
        assert_eq!(uri("HTTP://A.example:80"), "http://a.example/");
        assert_eq!(uri("http://a.example/ä b#c"), "http://a.example/%C3%A4%20b");
    }

    #[test]
    fn an_address_is_an_address_in_every_spelling() {
        for text in
            ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0x7f000001", "①②⑦.0.0.1", "127.0.0.1."]
        {
            assert_eq!(uri(&format!("http://{text}/")), "http://127.0.0.1/", "{text}");
        }
        assert_eq!(uri("http://[::FFFF:127.0.0.1]/"), "http://[::ffff:7f00:1]/");
    }

    #[test]
    fn what_is_no_url_of_the_web_is_refused() {
        for text in [
            "",
            "a.example",
            "ftp://a",
            "file:///etc/passwd",
            "http://",
            "http://[fe80::1%25eth0]/",
            "http://a b/",
        ] {
            let error = Target::parse(text).unwrap_err();
            assert_eq!(error.kind(), HttpErrorKind::Invalid, "{text}");
        }
    }
}
