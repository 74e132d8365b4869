//! Where a request comes from, also behind proxies.

use std::net::{IpAddr, SocketAddr};

use crate::config::Network;

/// The header by which proxies tell whom they ask for.
pub const FORWARDED: &str = "x-forwarded-for";

/// The proxies whose word counts.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Trusts these.
    pub const fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// The address behind a connection: the peer's, or where the peer is a trusted proxy the last address in
    /// `X-Forwarded-For` that is none. What stands before that anybody may have written. `forwarded` has the values of
    /// the header in their order.
    pub fn client<'a>(
        &self,
        peer: SocketAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a str>,
    ) -> IpAddr {
        let mut nearest = peer.ip().to_canonical();
        for hop in forwarded.rev().flat_map(|value| value.rsplit(',')) {
            if !self.trusts(nearest) {
                break;
            }
            match parse(hop.trim()) {
                Some(address) => nearest = address.to_canonical(),
                None => break,
            }
        }
        nearest
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// An address, with or without a port.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &str, peer: &str, forwarded: &[&str]) -> String {
        let networks = trusted.split(',').filter_map(Network::parse).collect();
        let peer = peer.parse().unwrap();
        TrustedProxies::new(networks).client(peer, forwarded.iter().copied()).to_string()
    }

    #[test]
    fn nobodys_word_counts_unless_trusted() {
        assert_eq!(client("", "127.0.0.1:5", &["192.0.2.1"]), "127.0.0.1");
        assert_eq!(client("10.0.0.0/8", "192.0.2.9:5", &["192.0.2.1"]), "192.0.2.9");
    }

    #[test]
    fn the_last_address_that_is_no_proxy_counts() {
        let trusted = "127.0.0.1,10.0.0.0/8";
        assert_eq!(client(trusted, "127.0.0.1:5", &["203.0.113.7, 192.0.2.1, 10.1.2.3"]), "192.0.2.1");
        assert_eq!(client(trusted, "127.0.0.1:5", &["203.0.113.7", "192.0.2.1", "10.1.2.3"]), "192.0.2.1");
        assert_eq!(client(trusted, "[::ffff:127.0.0.1]:5", &["192.0.2.1:1234"]), "192.0.2.1");
        assert_eq!(client(trusted, "127.0.0.1:5", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(client(trusted, "127.0.0.1:5", &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(client(trusted, "127.0.0.1:5", &["10.0.0.1, 10.0.0.2"]), "10.0.0.1");
    }

    #[test]
    fn what_is_no_address_ends_the_trust() {
        assert_eq!(client("127.0.0.1", "127.0.0.1:5", &["192.0.2.1, unknown"]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", "127.0.0.1:5", &[]), "127.0.0.1");
    }
}
