//! Addresses that a function may call.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `spec.egress` of a function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Egress {
    /// Every address that it may call; empty: all public ones. Addresses that are not public need the
    /// operator's leave as well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<EgressRule>,
}

impl Egress {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// One permission: `HOST`, `CIDR` or `*`, each with or without `:PORT`.
///
/// ```
/// use avocet_functions::model::{EgressRule, EgressTarget};
///
/// let rule: EgressRule = "[fd00::/8]:443".parse()?;
/// assert_eq!(rule.port, Some(443));
/// assert!(matches!(rule.target, EgressTarget::Network { prefix: 8, .. }));
/// assert!("10.0.0.0/33".parse::<EgressRule>().is_err());
/// # Ok::<(), avocet_functions::model::EgressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EgressRule {
    /// Hosts.
    pub target: EgressTarget,
    /// Port; `None`: every one.
    pub port: Option<u16>,
}

/// Hosts of an [`EgressRule`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EgressTarget {
    /// Every host.
    Any,
    /// A host's name, in lower case and without a dot at its end; `*.example.com` is every name
    /// below `example.com`.
    Host(String),
    /// Addresses whose first `prefix` bits are those of `address`; a single one has all of them.
    Network {
        /// Address.
        address: IpAddr,
        /// Bits, at most 32 or 128.
        prefix: u8,
    },
}

/// Text that is no [`EgressRule`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} names no address: write a host (`api.example.com`, `*.example.com`), an address or \
     network (`192.0.2.7`, `10.0.0.0/8`, `[fd00::/8]`), each with or without `:PORT`, or `*`"
)]
pub struct EgressError {
    /// The text, cut at 80 characters.
    pub text: String,
}

/// Longest name of a host (RFC 1035).
const MAX_HOST: usize = 253;

impl EgressTarget {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        if let Ok(address) = address.parse::<IpAddr>() {
            let most = if address.is_ipv4() { 32 } else { 128 };
            let prefix = prefix.map_or(Ok(most), str::parse).ok().filter(|bits| *bits <= most)?;
            return Some(Self::Network { address, prefix });
        }
        let host = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let name = host.strip_prefix("*.").unwrap_or(&host);
        let label = |label: &str| {
            let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
            !label.is_empty() && label.len() <= 63 && label.bytes().all(allowed)
        };
        // A name whose last label is a number would be read as an address (WHATWG URL).
        let number = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
        let sound = host.len() <= MAX_HOST
            && name.split('.').all(label)
            && !name.rsplit('.').next().is_some_and(number);
        sound.then_some(Self::Host(host))
    }
}

impl FromStr for EgressRule {
    type Err = EgressError;

    fn from_str(text: &str) -> Result<Self, EgressError> {
        let read = || {
            if let Some(rest) = text.strip_prefix('[') {
                let (inside, after) = rest.split_once(']')?;
                let target = EgressTarget::parse(inside)?;
                let port = match after {
                    "" => None,
                    after => Some(after.strip_prefix(':')?.parse().ok()?),
                };
                return Some(Self { target, port });
            }
            // More than one colon: an address of IPv6 without a port.
            match text.split_once(':') {
                Some((host, port)) if !port.contains(':') => {
                    let port = Some(port.parse().ok()?);
                    Some(Self { target: EgressTarget::parse(host)?, port })
                }
                _ => Some(Self { target: EgressTarget::parse(text)?, port: None }),
            }
        };
        read().ok_or_else(|| EgressError { text: text.chars().take(80).collect() })
    }
}

impl fmt::Display for EgressRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            EgressTarget::Any => f.write_str("*")?,
            EgressTarget::Host(host) => f.write_str(host)?,
            EgressTarget::Network { address, prefix } => {
                let single = *prefix == if address.is_ipv4() { 32 } else { 128 };
                let prefix = if single { String::new() } else { format!("/{prefix}") };
                match address {
                    IpAddr::V6(_) => write!(f, "[{address}{prefix}]")?,
                    IpAddr::V4(_) => write!(f, "{address}{prefix}")?,
                }
            }
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl TryFrom<String> for EgressRule {
    type Error = EgressError;

    fn try_from(text: String) -> Result<Self, EgressError> {
        text.parse()
    }
}

impl From<EgressRule> for String {
    fn from(rule: EgressRule) -> Self {
        rule.to_string()
    }
}
