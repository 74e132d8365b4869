use std::sync::Arc;
use std::time::Duration;

use super::sign_in_limit::SignInLimit;
use super::{
    AccountRole, Claims, NewUser, PasswordHasher, SetupCode, SignInRates, Source, Standing, TokenCodec, User,
    rules,
};
use crate::fold::fold;
use crate::id::IdGenerator;
use crate::{Clock, Error, Result, Store, Timestamp};

/// Makes accounts, signs people in and tells who holds a token.
pub struct Accounts {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<IdGenerator>,
    pub(super) passwords: Arc<dyn PasswordHasher>,
    pub(super) tokens: Arc<dyn TokenCodec>,
    pub(super) policy: AccountPolicy,
    pub(super) sign_ins: SignInLimit,
    setup: Option<Arc<dyn SetupCode>>,
}

/// What the people who run the server decide about accounts.
#[derive(Debug, Clone, Copy)]
pub struct AccountPolicy {
    /// Whether anybody may register.
    pub registration_open: bool,
    /// How long a token is good; those of other issuers too, where they do not say.
    pub token_lifetime: Duration,
    /// How often somebody may try to sign in or register.
    pub sign_in_rates: SignInRates,
}

/// Who wants an account. Nothing has been checked.
pub struct Registration {
    /// The name that others will see.
    pub username: String,
    /// The address to sign in with.
    pub email: String,
    /// The password.
    pub password: String,
    /// What makes the account the server's admin.
    pub setup_code: Option<String>,
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

/// A registration whose fields keep the rules.
pub(super) struct Checked {
    username: String,
    email: String,
    password: String,
}

impl Checked {
    pub(super) fn new(wanted: Registration) -> Result<Self> {
        Ok(Self {
            username: rules::username(&wanted.username)?,
            email: rules::email(&wanted.email)?,
            password: rules::password(wanted.password, "password")?,
        })
    }
}

impl Accounts {
    /// Puts the service together. `setup` is there while the server has no admin.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        ids: Arc<IdGenerator>,
        passwords: Arc<dyn PasswordHasher>,
        tokens: Arc<dyn TokenCodec>,
        policy: AccountPolicy,
        setup: Option<Arc<dyn SetupCode>>,
    ) -> Self {
        let sign_ins = SignInLimit::new(policy.sign_in_rates, clock.clone());
        Self { store, clock, ids, passwords, tokens, policy, sign_ins, setup }
    }

    /// Makes an account and signs it in. With the setup code it is the server's admin.
    ///
    /// # Errors
    /// [`RegistrationClosed`](Error::RegistrationClosed) without the setup code;
    /// [`InvalidSetupCode`](Error::InvalidSetupCode); [`InvalidPayload`](Error::InvalidPayload) for a username, email or
    /// password against the rules; [`UsernameTaken`](Error::UsernameTaken), [`EmailTaken`](Error::EmailTaken);
    /// [`RateLimited`](Error::RateLimited).
    pub async fn register(&self, wanted: Registration, from: Source) -> Result<SignedIn> {
        self.sign_ins.check_source(from)?;
        let code = wanted.setup_code.clone();
        if code.is_none() && !self.policy.registration_open {
            return Err(Error::RegistrationClosed);
        }
        let wanted = Checked::new(wanted)?;
        self.sign_ins.check_account(from, fold(&wanted.username).as_bytes())?;
        let user = match code {
            None => self.store.create_user(self.new_user(wanted, AccountRole::Member).await?).await?,
            Some(given) => {
                let setup = self.setup.as_ref().filter(|code| code.matches(&given));
                let setup = setup.ok_or(Error::InvalidSetupCode)?;
                let new = self.new_user(wanted, AccountRole::Admin).await?;
                let user = self.store.create_first_admin(new).await?;
                setup.forget();
                user
            }
        };
        self.signed_in(user, Standing::default())
    }

    /// Signs somebody in by address or username.
    ///
    /// # Errors
    /// [`InvalidCredentials`](Error::InvalidCredentials) for an unknown or disabled account as for a wrong password,
    /// after the same time; [`RateLimited`](Error::RateLimited).
    pub async fn sign_in(&self, wanted: SignIn, from: Source) -> Result<SignedIn> {
        self.sign_ins.check_source(from)?;
        let name = wanted.account.trim();
        let (account, phc) = match self.store.find_credentials(name).await? {
            Some(found) => (Some(found.account), Some(found.password_hash)),
            None => (None, None),
        };
        match &account {
            // By name or by address: it is one account.
            Some(account) => self.sign_ins.check_account(from, account.user.id.as_bytes())?,
            None => self.sign_ins.check_account(from, fold(name).as_bytes())?,
        }
        let right = self.passwords.verify(wanted.password, phc).await?;
        match account {
            Some(account) if right && !account.standing.disabled => {
                self.signed_in(account.user, account.standing)
            }
            _ => Err(Error::InvalidCredentials),
        }
    }

    pub(super) async fn new_user(&self, wanted: Checked, role: AccountRole) -> Result<NewUser> {
        let Checked { username, email, password } = wanted;
        let password_hash = self.passwords.hash(password).await?;
        let at = self.clock.now();
        Ok(NewUser { id: self.ids.next(at), username, email, password_hash, role, at })
    }

    pub(super) fn signed_in(&self, user: User, standing: Standing) -> Result<SignedIn> {
        self.signed_in_for(user, standing, self.policy.token_lifetime)
    }

    pub(super) fn signed_in_for(
        &self,
        user: User,
        standing: Standing,
        lifetime: Duration,
    ) -> Result<SignedIn> {
        let now = self.clock.now();
        let claims = Claims {
            user: user.id,
            email: user.email.clone(),
            issued_at: Some(now),
            version: Some(standing.version),
            not_before: None,
            expires_at: Some(now.plus(lifetime)),
        };
        Ok(SignedIn { token: self.tokens.sign(&claims)?, user })
    }

    /// A token that says neither when it expires nor when it was issued would be good for ever: it has no expiry.
    pub(super) fn expiry(&self, claims: &Claims) -> Option<Timestamp> {
        claims.expires_at.or_else(|| Some(claims.issued_at?.plus(self.policy.token_lifetime)))
    }
}
