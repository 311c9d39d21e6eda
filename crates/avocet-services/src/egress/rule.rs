//! Rule of an egress policy, and the addresses that it covers.

use std::net::{IpAddr, SocketAddr};

use avocet_functions::model::{EgressRule, EgressTarget};

use super::bare;

/// Whether a rule covers an address of `host`.
pub(super) fn covers(rule: &EgressRule, host: &str, address: SocketAddr) -> bool {
    let host = bare(host).to_ascii_lowercase();
    rule.port.is_none_or(|port| port == address.port())
        && match &rule.target {
            EgressTarget::Any => true,
            EgressTarget::Host(name) => match name.strip_prefix('*') {
                Some(end) => host.ends_with(end),
                None => *name == host,
            },
            EgressTarget::Network { address: network, prefix } => {
                contains(*network, *prefix, address.ip())
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
        (IpAddr::V6(network), address) => {
            // A rule of IPv4 addresses, written as IPv6.
            let address = match (network.to_ipv4_mapped(), address) {
                (Some(_), IpAddr::V4(address)) => address.to_ipv6_mapped(),
                (_, IpAddr::V6(address)) => address,
                _ => return false,
            };
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("::ffff:127.0.0.1", "x", "127.0.0.1:1", true),
            ("0.0.0.0/0", "x", "9.9.9.9:1", true),
            ("[fd00::/8]:443", "x", "[fd12::1]:443", true),
            ("::1", "x", "[::1]:9", true),
            ("::1", "x", "127.0.0.1:9", false),
        ] {
            let rule: EgressRule = rule.parse().unwrap();
            assert_eq!(covers(&rule, host, address.parse().unwrap()), expected, "{rule} {host}");
        }
    }
}
