use super::{Accounts, Issued, PasswordChange, SignedIn, Source, Standing, User, rules};
use crate::{Error, Result, Timestamp};

/// Somebody whose token was good when it was looked at.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub user: User,
    /// When the token ceases to be good.
    pub expires_at: Timestamp,
    /// What a revocation judges the token by.
    pub issued: Issued,
    /// How the account stood at that time.
    pub standing: Standing,
}

/// Why a token lets nobody in.
#[derive(Debug, thiserror::Error)]
pub enum Unauthenticated {
    /// There is none.
    #[error("no token")]
    NoToken,
    /// It is forged, expired, revoked, not yet good, of a wrong algorithm or garbage; or its account is disabled.
    #[error("invalid token")]
    InvalidToken,
    /// It is good, but there is no such user any more.
    #[error("user not found")]
    UserNotFound,
    /// It could not be checked; that says nothing about the token.
    #[error(transparent)]
    Unchecked(Error),
}

/// Who wants another password.
pub struct NewPassword {
    /// The password so far.
    pub current: String,
    /// The one from now on.
    pub new: String,
    /// Where the wish comes from.
    pub from: Source,
}

impl Accounts {
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
        let found = self.store.find_account(claims.user).await.map_err(Unauthenticated::Unchecked)?;
        let account = found.ok_or(Unauthenticated::UserNotFound)?;
        let (issued, standing) = (claims.issued(), account.standing);
        if !standing.admits(issued) {
            return Err(Unauthenticated::InvalidToken);
        }
        Ok(Session { user: account.user, expires_at, issued, standing })
    }

    /// A new token for somebody with a good one, which stays good.
    ///
    /// # Errors
    /// [`Internal`](Error::Internal) if it can't be signed.
    pub fn refresh(&self, session: Session) -> Result<SignedIn> {
        self.signed_in(session.user, session.standing)
    }

    /// Revokes every token of a user, and so ends the connections that were made with them.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn log_out_all(&self, session: &Session) -> Result<()> {
        self.store.revoke_tokens(session.user.id, self.clock.now()).await.map(drop)
    }

    /// Replaces the password, revokes every token and gives a new one.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload) for a new password against the rules;
    /// [`InvalidCredentials`](Error::InvalidCredentials) if the old one is wrong; [`RateLimited`](Error::RateLimited);
    /// [`AuthenticationFailed`](Error::AuthenticationFailed) if the tokens have been revoked meanwhile.
    pub async fn change_password(&self, session: Session, wanted: NewPassword) -> Result<SignedIn> {
        let new = rules::password(wanted.new, "newPassword")?;
        let user = session.user;
        self.sign_ins.check_source(wanted.from)?;
        self.sign_ins.check_account(wanted.from, user.id.as_bytes())?;
        let found = self.store.find_credentials(&user.email).await?;
        let found = found.filter(|found| found.account.user.id == user.id).ok_or(Error::UserNotFound)?;
        if !self.passwords.verify(wanted.current, Some(found.password_hash)).await? {
            return Err(Error::InvalidCredentials);
        }
        let change = PasswordChange {
            user: user.id,
            password_hash: self.passwords.hash(new).await?,
            expected: Some(session.standing.version),
            at: self.clock.now(),
        };
        let standing = self.store.change_password(change).await?;
        self.signed_in(user, standing)
    }
}
