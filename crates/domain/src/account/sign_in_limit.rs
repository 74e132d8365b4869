use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use crate::limit::{Limiter, Rate};
use crate::{Clock, Result};

/// Where somebody asks from: an IPv4 address, or the /64 that one household has of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source(IpAddr);

impl Source {
    /// The source that an address belongs to.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from(network))
            }
            address => address,
        })
    }
}

/// How often somebody may try to sign in or register. `None` lifts a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInRates {
    /// From one source, for one account.
    pub account: Option<Rate>,
    /// From one source, for all accounts.
    pub source: Option<Rate>,
}

/// Bounds guessing. What one source does never counts against another, so nobody locks somebody else out.
pub(super) struct SignInLimit {
    accounts: Limiter<(Source, u64)>,
    sources: Limiter<Source>,
    hasher: RandomState,
}

impl SignInLimit {
    pub(super) fn new(rates: SignInRates, clock: Arc<dyn Clock>) -> Self {
        Self {
            accounts: Limiter::new(rates.account, clock.clone()),
            sources: Limiter::new(rates.source, clock),
            hasher: RandomState::new(),
        }
    }

    /// Counts an attempt by its source alone, before anything is looked up for it.
    pub(super) fn check_source(&self, source: Source) -> Result<()> {
        self.sources.check(source)
    }

    /// Counts an attempt by its source and its account, which is a user's id or a name that nobody has.
    pub(super) fn check_account(&self, source: Source, account: &[u8]) -> Result<()> {
        self.accounts.check((source, self.hasher.hash_one(account)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_source_whatever_its_address() {
        let of = |text: &str| Source::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
