//! Keeps other sites' pages, run by a browser on the same machine, away from the API.

use std::net::{IpAddr, Ipv6Addr};

use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, Uri};

use super::Problem;

/// Refuses what a browser sends for another site.
///
/// Two things are looked at. `Host`: a page's owner can make any name of theirs resolve to
/// 127.0.0.1 (DNS rebinding), after which the browser takes the API for that page's own server; so
/// only addresses, `localhost` and `names` are answered. `Origin`: what a browser sends with
/// requests across sites, must be the API's own.
pub(super) fn check(headers: &HeaderMap, uri: &Uri, names: &[String]) -> Result<(), Problem> {
    let refuse = |detail: String| Err(Problem::new(http::StatusCode::FORBIDDEN, detail));
    let header = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = uri.authority().map(Authority::as_str).or(header);
    let Some(host) = host else {
        return refuse("the request names no Host".into());
    };
    if !is_ours(host, names) {
        return refuse(format!(
            "Host {host:?} is neither an address nor localhost; --admin-host allows a name"
        ));
    }
    for origin in headers.get_all(ORIGIN) {
        let same = origin.to_str().is_ok_and(|o| o.strip_prefix("http://") == Some(host));
        if !same {
            return refuse(format!("a page of {origin:?} may not use the admin API"));
        }
    }
    match headers.get("sec-fetch-site").map(|site| site.as_bytes()) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => refuse("a page of another site may not use the admin API".into()),
    }
}

fn is_ours(host: &str, names: &[String]) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let bare = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
    match bare {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
        None => {
            name.parse::<IpAddr>().is_ok()
                || name.eq_ignore_ascii_case("localhost")
                || names.iter().any(|n| n.eq_ignore_ascii_case(name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        check(&headers, &Uri::from_static("/api/v1/info"), &["admin.example".into()]).is_ok()
    }

    #[test]
    fn addresses_localhost_and_given_names_are_answered() {
        for host in [
            "127.0.0.1:8081",
            "localhost:8081",
            "LOCALHOST",
            "[::1]:8081",
            "10.0.0.7",
            "admin.example",
        ] {
            assert!(allowed(&[("host", host)]), "{host}");
        }
    }

    #[test]
    fn names_of_others_are_not() {
        for host in
            ["evil.example", "localhost.evil.example:8081", "127.0.0.1.evil.example", "[::1"]
        {
            assert!(!allowed(&[("host", host)]), "{host}");
        }
        assert!(!allowed(&[]));
    }

    #[test]
    fn pages_of_other_sites_are_refused_and_our_own_are_not() {
        let host = ("host", "127.0.0.1:8081");
        assert!(allowed(&[host, ("origin", "http://127.0.0.1:8081")]));
        assert!(allowed(&[host, ("sec-fetch-site", "same-origin")]));
        for origin in
            ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1:8081"]
        {
            assert!(!allowed(&[host, ("origin", origin)]), "{origin}");
        }
        assert!(!allowed(&[host, ("sec-fetch-site", "cross-site")]));
        assert!(!allowed(&[host, ("sec-fetch-site", "same-site")]));
    }
}
