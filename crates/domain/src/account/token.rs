use super::Issued;
use crate::{Result, Timestamp, UserId};

/// What a token says. It carries whole seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Whose it is.
    pub user: UserId,
    /// The address when it was issued; empty where another issuer gave none.
    pub email: String,
    /// When it was issued.
    pub issued_at: Option<Timestamp>,
    /// The user's [token version](super::Standing::version) when it was issued; `None` where another issuer did it.
    pub version: Option<u32>,
    /// From when on it is good.
    pub not_before: Option<Timestamp>,
    /// Until when it is good.
    pub expires_at: Option<Timestamp>,
}

impl Claims {
    /// What a revocation asks of the token.
    pub const fn issued(&self) -> Issued {
        Issued { at: self.issued_at, version: self.version }
    }
}

/// Signs claims and reads them back. It knows the secret and the algorithms, but not the time: that is
/// [`Accounts`](super::Accounts)' to judge.
pub trait TokenCodec: Send + Sync + 'static {
    /// The token that says this.
    ///
    /// # Errors
    /// [`Internal`](crate::Error::Internal) if it can't be signed.
    fn sign(&self, claims: &Claims) -> Result<String>;

    /// What the token says, if its signature and its algorithm are good, whatever the time.
    fn read(&self, token: &str) -> Option<Claims>;
}
