use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use chirrup_domain::account::PasswordHasher;
use chirrup_domain::{Error, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// OWASP's parameters for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// How many may wait for each that is being hashed: about a second's worth.
const WAITING_PER_CORE: usize = 32;
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A hash of nobody's password, made with the same parameters, so that comparing with it takes as long as with any.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Argon2id off the async threads: as many at once as there are cores, a bounded line before them, and
/// [`RateLimited`](Error::RateLimited) for whoever does not fit.
pub struct Argon2id {
    cores: Arc<Semaphore>,
    line: Arc<Semaphore>,
}

impl Argon2id {
    /// A hasher for this many cores.
    pub fn new(cores: usize) -> Self {
        let cores = cores.max(1);
        Self {
            cores: Arc::new(Semaphore::new(cores)),
            line: Arc::new(Semaphore::new(cores * (1 + WAITING_PER_CORE))),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'_>) -> T + Send + 'static,
    ) -> Result<T> {
        let place = self.line.clone().try_acquire_owned();
        let place = place.map_err(|_| Error::RateLimited { retry_after: RETRY_AFTER })?;
        let core = self.cores.clone().acquire_owned().await.map_err(Error::unavailable)?;
        tokio::task::spawn_blocking(move || {
            // The work is not interrupted where its caller goes away, so it keeps its place until it is done.
            let _held: [OwnedSemaphorePermit; 2] = [place, core];
            let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Error::internal)?;
            Ok(work(&Argon2::new(Algorithm::Argon2id, Version::V0x13, params)))
        })
        .await
        .map_err(Error::internal)?
    }
}

#[async_trait]
impl PasswordHasher for Argon2id {
    async fn hash(&self, password: String) -> Result<String> {
        let hash = self.run(move |argon2| argon2.hash_password(password.as_bytes())).await?;
        Ok(hash.map_err(Error::internal)?.to_string())
    }

    async fn verify(&self, password: String, phc: Option<String>) -> Result<bool> {
        let known = phc.is_some();
        let phc = phc.unwrap_or_else(|| NOBODY.to_owned());
        match self.run(move |argon2| argon2.verify_password(password.as_bytes(), phc.as_str())).await? {
            Ok(()) => Ok(known),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(Error::internal(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_knows_its_password() {
        let hasher = Argon2id::new(1);
        let phc = hasher.hash("correct horse".into()).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(hasher.verify("correct horse".into(), Some(phc.clone())).await.unwrap());
        assert!(!hasher.verify("wrong horse".into(), Some(phc)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_a_password() {
        assert!(!Argon2id::new(1).verify("anything".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn what_is_no_hash_is_a_fault_and_not_a_wrong_password() {
        let verified = Argon2id::new(1).verify("x".into(), Some("plain".into())).await;
        assert!(matches!(verified, Err(Error::Internal(_))));
    }

    #[tokio::test]
    async fn whoever_does_not_fit_in_the_line_is_told_to_come_back() {
        let hasher = Arc::new(Argon2id::new(1));
        let _all = hasher.line.clone().acquire_many_owned(1 + WAITING_PER_CORE as u32).await.unwrap();
        assert!(matches!(hasher.hash("x".into()).await, Err(Error::RateLimited { .. })));
    }
}
