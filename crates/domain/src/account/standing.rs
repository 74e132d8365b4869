use crate::Timestamp;

/// What of a token a revocation is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issued {
    /// When it was issued, in whole seconds mostly.
    pub at: Option<Timestamp>,
    /// The token version of its user at that time; `None` where another issuer did it.
    pub version: Option<u32>,
}

/// Which tokens let a user in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Grows with each revocation, so that tokens issued in the same second before and after it are told apart.
    pub version: u32,
    /// When all tokens were last revoked.
    pub revoked_at: Option<Timestamp>,
    /// Whether the account is closed to everybody.
    pub disabled: bool,
}

impl Standing {
    /// Whether a token that was issued so lets its user in.
    ///
    /// One without a version is good if it was issued after the last revocation. Where whole seconds leave that open, and
    /// where it does not say when it was issued, it is not.
    pub fn admits(&self, issued: Issued) -> bool {
        let good = match (issued.version, self.revoked_at) {
            (Some(version), _) => version == self.version,
            (None, None) => true,
            (None, Some(revoked_at)) => issued.at.is_some_and(|at| at > revoked_at),
        };
        good && !self.disabled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: i64) -> Option<Timestamp> {
        Some(Timestamp::from_millis(millis))
    }

    #[test]
    fn own_tokens_are_judged_by_their_version_whatever_the_second() {
        let standing = Standing { version: 2, revoked_at: at(1_500), disabled: false };
        for (version, good) in [(1, false), (2, true), (3, false)] {
            assert_eq!(standing.admits(Issued { at: at(1_000), version: Some(version) }), good);
        }
    }

    #[test]
    fn tokens_of_other_issuers_are_judged_by_their_time() {
        let standing = Standing { version: 2, revoked_at: at(1_500), disabled: false };
        for (issued, good) in [(None, false), (at(0), false), (at(1_000), false), (at(2_000), true)] {
            assert_eq!(standing.admits(Issued { at: issued, version: None }), good, "{issued:?}");
        }
        assert!(Standing::default().admits(Issued { at: None, version: None }));
    }

    #[test]
    fn a_disabled_account_lets_nobody_in() {
        let standing = Standing { disabled: true, ..Standing::default() };
        assert!(!standing.admits(Issued { at: at(1_000), version: Some(0) }));
        assert!(!standing.admits(Issued { at: at(1_000), version: None }));
    }
}
