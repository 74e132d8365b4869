use std::sync::Arc;
use std::time::Duration;

use super::{AccountRole, Claims, NewUser, PasswordHasher, TokenCodec, User, rules};
use crate::id::IdGenerator;
use crate::{Clock, Error, Result, Store, Timestamp, UserId};

/// Makes accounts, signs people in and tells who holds a token.
pub struct Accounts {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<IdGenerator>,
    passwords: Arc<dyn PasswordHasher>,
    tokens: Arc<dyn TokenCodec>,
    policy: AccountPolicy,
}

/// What the people who run the server decide about accounts.
#[derive(Debug, Clone, Copy)]
pub struct AccountPolicy {
    /// Whether anybody may register.
    pub registration_open: bool,
    /// How long a token is good; those of other issuers too, where they do not say.
    pub token_lifetime: Duration,
}

/// Who wants an account. Nothing has been checked.
pub struct Registration {
    /// The name that others will see.
    pub username: String,
    /// The address to sign in with.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Who wants to sign in.
pub struct SignIn {
    /// The address or the username.
    pub account: String,
    /// The password.
    pub password: String,
}

/// Somebody who just proved who they are.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// What proves it from now on.
    pub token: String,
}

/// Somebody whose token was good when it was looked at.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub user: User,
    /// When the token ceases to be good.
    pub expires_at: Timestamp,
}

/// Why a token lets nobody in.
#[derive(Debug, thiserror::Error)]
pub enum Unauthenticated {
    /// There is none.
    #[error("no token")]
    NoToken,
    /// It is forged, expired, not yet good, of a wrong algorithm or garbage.
    #[error("invalid token")]
    InvalidToken,
    /// It is good, but there is no such user any more.
    #[error("user not found")]
    UserNotFound,
    /// It could not be checked; that says nothing about the token.
    #[error(transparent)]
    Unchecked(Error),
}

impl Accounts {
    /// Puts the service together.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        ids: Arc<IdGenerator>,
        passwords: Arc<dyn PasswordHasher>,
        tokens: Arc<dyn TokenCodec>,
        policy: AccountPolicy,
    ) -> Self {
        Self { store, clock, ids, passwords, tokens, policy }
    }

    /// Makes an account and signs it in.
    ///
    /// # Errors
    /// [`RegistrationClosed`](Error::RegistrationClosed); [`InvalidPayload`](Error::InvalidPayload) for a username,
    /// email or password against the rules; [`UsernameTaken`](Error::UsernameTaken), [`EmailTaken`](Error::EmailTaken).
    pub async fn register(&self, wanted: Registration) -> Result<SignedIn> {
        if !self.policy.registration_open {
            return Err(Error::RegistrationClosed);
        }
        let username = rules::username(&wanted.username)?;
        let email = rules::email(&wanted.email)?;
        let password = rules::password(wanted.password)?;
        let password_hash = self.passwords.hash(password).await?;
        let at = self.clock.now();
        let id = self.ids.next(at);
        let role = AccountRole::Member;
        let user = self.store.create_user(NewUser { id, username, email, password_hash, role, at }).await?;
        self.signed_in(user)
    }

    /// Signs somebody in by address or username.
    ///
    /// # Errors
    /// [`InvalidCredentials`](Error::InvalidCredentials) for an unknown account as for a wrong password, after the
    /// same time.
    pub async fn sign_in(&self, wanted: SignIn) -> Result<SignedIn> {
        let (user, phc) = match self.store.find_credentials(wanted.account.trim()).await? {
            Some(found) => (Some(found.user), Some(found.password_hash)),
            None => (None, None),
        };
        let right = self.passwords.verify(wanted.password, phc).await?;
        match user {
            Some(user) if right => self.signed_in(user),
            _ => Err(Error::InvalidCredentials),
        }
    }

    /// Tells who holds a token.
    ///
    /// # Errors
    /// See [`Unauthenticated`].
    pub async fn authenticate(&self, token: Option<&str>) -> Result<Session, Unauthenticated> {
        let token = token.filter(|token| !token.is_empty()).ok_or(Unauthenticated::NoToken)?;
        let claims = self.tokens.read(token).ok_or(Unauthenticated::InvalidToken)?;
        let expires_at = self.expiry(&claims).ok_or(Unauthenticated::InvalidToken)?;
        let now = self.clock.now();
        if now >= expires_at || claims.not_before.is_some_and(|from| now < from) {
            return Err(Unauthenticated::InvalidToken);
        }
        let user = self.store.find_user(claims.user).await.map_err(Unauthenticated::Unchecked)?;
        Ok(Session { user: user.ok_or(Unauthenticated::UserNotFound)?, expires_at })
    }

    /// Somebody's account.
    ///
    /// # Errors
    /// [`UserNotFound`](Error::UserNotFound).
    pub async fn user(&self, id: UserId) -> Result<User> {
        self.store.find_user(id).await?.ok_or(Error::UserNotFound)
    }

    fn signed_in(&self, user: User) -> Result<SignedIn> {
        let now = self.clock.now();
        let claims = Claims {
            user: user.id,
            email: user.email.clone(),
            issued_at: Some(now),
            not_before: None,
            expires_at: Some(now.plus(self.policy.token_lifetime)),
        };
        Ok(SignedIn { token: self.tokens.sign(&claims)?, user })
    }

    /// A token that says neither when it expires nor when it was issued would be good for ever: it has no expiry.
    fn expiry(&self, claims: &Claims) -> Option<Timestamp> {
        claims.expires_at.or_else(|| Some(claims.issued_at?.plus(self.policy.token_lifetime)))
    }
}
