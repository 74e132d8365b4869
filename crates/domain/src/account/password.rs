use async_trait::async_trait;

use crate::Result;

/// Turns passwords into what may be stored, and compares them with it. Slow on purpose, so an implementation bounds
/// how much of it runs at once.
#[async_trait]
pub trait PasswordHasher: Send + Sync + 'static {
    /// The PHC string of a password.
    ///
    /// # Errors
    /// [`RateLimited`](crate::Error::RateLimited) when too many are waiting already.
    async fn hash(&self, password: String) -> Result<String>;

    /// Whether this is the password of that PHC string. `None` takes as long as any and is never right, so that
    /// nobody learns from the time which accounts exist.
    ///
    /// # Errors
    /// As [`hash`](Self::hash); [`Internal`](crate::Error::Internal) for a string that is no PHC string.
    async fn verify(&self, password: String, phc: Option<String>) -> Result<bool>;
}
