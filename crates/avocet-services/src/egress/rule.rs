//! Rules of an egress policy, as people write them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use super::bare;

/// A host, a network, or everything, at one port or at all: `HOST|CIDR[:PORT]|*`.
///
/// A host is a name (`api.example.com`), the names below one (`*.example.com`) or an address; IPv6
/// stands in brackets where a port follows (`[fd00::/8]:443`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    place: Place,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Place {
    Any,
    Name(String),
    /// With the dot in front.
    Below(String),
    Network(IpAddr, u8),
}

/// A text that is no [`Rule`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` {why}: write HOST, ADDRESS or NETWORK/BITS, with :PORT where only one is meant, or *"
)]
pub struct RuleError {
    text: String,
    why: &'static str,
}

impl Rule {
    /// Whether it covers an address of `host`.
    pub fn covers(&self, host: &str, address: SocketAddr) -> bool {
        let host = bare(host).to_ascii_lowercase();
        self.port.is_none_or(|port| port == address.port())
            && match &self.place {
                Place::Any => true,
                Place::Name(name) => *name == host,
                Place::Below(end) => host.ends_with(end),
                Place::Network(network, bits) => contains(*network, *bits, address.ip()),
            }
    }
}

/// Whether the network holds the address; IPv4 inside of IPv6 counts as IPv4.
fn contains(network: IpAddr, bits: u8, address: IpAddr) -> bool {
    match (network, address.to_canonical()) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let wrong = |why| RuleError { text: text.chars().take(200).collect(), why };
        let (place, port) = split_port(text.trim()).map_err(wrong)?;
        Ok(Self { place: place_of(place).map_err(wrong)?, port })
    }
}

/// Host or network, and port.
fn split_port(text: &str) -> Result<(&str, Option<u16>), &'static str> {
    let port = |port: &str| match port.parse() {
        Ok(0) | Err(_) => Err("has no port from 1 to 65535 after its colon"),
        Ok(port) => Ok(Some(port)),
    };
    if let Some(rest) = text.strip_prefix('[') {
        let (place, rest) = rest.split_once(']').ok_or("has no closing bracket")?;
        return match rest.strip_prefix(':') {
            Some(number) => Ok((place, port(number)?)),
            None if rest.is_empty() => Ok((place, None)),
            None => Err("has something behind its bracket"),
        };
    }
    match text.split_once(':') {
        // A second colon: an IPv6 address.
        Some((_, rest)) if rest.contains(':') => Ok((text, None)),
        Some((place, number)) => Ok((place, port(number)?)),
        None => Ok((text, None)),
    }
}

fn place_of(text: &str) -> Result<Place, &'static str> {
    if text == "*" {
        return Ok(Place::Any);
    }
    if let Some((address, bits)) = text.split_once('/') {
        let address: IpAddr = address.parse().map_err(|_| "is no network")?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.parse().ok().filter(|bits| *bits <= most);
        return bits.map(|bits| Place::Network(address, bits)).ok_or("has no valid number of bits");
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        let address = address.to_canonical();
        return Ok(Place::Network(address, if address.is_ipv4() { 32 } else { 128 }));
    }
    let (below, name) = match text.strip_prefix("*.") {
        Some(name) => (true, name),
        None => (false, text),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    match name.split('.').all(label) && name.len() <= 253 {
        true if below => Ok(Place::Below(format!(".{name}"))),
        true => Ok(Place::Name(name)),
        false => Err("is no host"),
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match &self.place {
            Place::Any => "*".to_owned(),
            Place::Name(name) => name.clone(),
            Place::Below(end) => format!("*{end}"),
            Place::Network(address, 32) if address.is_ipv4() => address.to_string(),
            Place::Network(address, 128) => address.to_string(),
            Place::Network(address, bits) => format!("{address}/{bits}"),
        };
        match self.port {
            Some(port) if place.contains(':') => write!(f, "[{place}]:{port}"),
            Some(port) => write!(f, "{place}:{port}"),
            None => f.write_str(&place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(rule: &str, host: &str, address: &str) -> bool {
        let rule: Rule = rule.parse().unwrap();
        rule.covers(host, address.parse().unwrap())
    }

    #[test]
    fn a_rule_covers_what_it_names() {
        for (rule, host, address, expected) in [
            ("*", "a", "127.0.0.1:1", true),
            ("*:443", "a", "127.0.0.1:80", false),
            ("a.example", "A.Example.", "1.1.1.1:1", true),
            ("a.example", "b.a.example", "1.1.1.1:1", false),
            ("*.a.example", "b.a.example", "1.1.1.1:1", true),
            ("*.a.example", "a.example", "1.1.1.1:1", false),
            ("10.0.0.0/8", "x", "10.9.9.9:1", true),
            ("10.0.0.0/8:80", "x", "10.9.9.9:81", false),
            ("127.0.0.1", "x", "[::ffff:127.0.0.1]:1", true),
            ("0.0.0.0/0", "x", "9.9.9.9:1", true),
            ("[fd00::/8]:443", "x", "[fd12::1]:443", true),
            ("::1", "x", "[::1]:9", true),
            ("::1", "x", "127.0.0.1:9", false),
        ] {
            assert_eq!(covers(rule, host, address), expected, "{rule} {host} {address}");
        }
    }

    #[test]
    fn a_rule_is_written_as_it_is_read() {
        for text in ["*", "*:1", "a.b", "*.a.b:2", "10.0.0.0/8:3", "::1", "[::1]:4", "[fd00::/8]:5"]
        {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for text in [
            "",
            "a b",
            "10.0.0.0/33",
            "10.0.0/8",
            "a:0",
            "a:b",
            "[::1",
            "[::1]x",
            "http://a",
            "a..b",
        ] {
            assert!(text.parse::<Rule>().is_err(), "{text}");
        }
    }
}
