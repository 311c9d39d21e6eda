//! Connections of each address, which has a share of all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Open connections by address.
#[derive(Debug, Clone)]
pub(super) struct Shares {
    most: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection's part of its address's share, until it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    shares: Shares,
    owner: IpAddr,
}

impl Shares {
    /// Shares of at most so many connections.
    pub(super) fn new(most: usize) -> Self {
        Self { most, open: Arc::default() }
    }

    /// Counts a connection of this address; `None` where its share is taken.
    pub(super) fn take(&self, address: IpAddr) -> Option<Share> {
        let owner = owner(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.entry(owner).or_default();
        (*own < self.most).then(|| {
            *own += 1;
            Share { shares: self.clone(), owner }
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut open = self.shares.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.owner) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.owner);
            }
        }
    }
}

/// Owner of an address: of IPv6, who has one has its whole `/64`.
fn owner(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_a_share_of_its_own() {
        let shares = Shares::new(2);
        let take = |address: &str| shares.take(address.parse().unwrap());
        let one = (take("10.0.0.1"), take("::ffff:10.0.0.1"));
        assert!(one.0.is_some() && one.1.is_some() && take("10.0.0.1").is_none());
        assert!(take("10.0.0.2").is_some());
        let net = (take("2001:db8::1"), take("2001:db8::2:3"));
        assert!(net.0.is_some() && net.1.is_some() && take("2001:db8::4").is_none());
        assert!(take("2001:db8:0:1::1").is_some());
        drop(one);
        assert!(take("10.0.0.1").is_some());
        drop(net);
        assert!(shares.open.lock().unwrap().is_empty());
    }
}
