use std::time::Duration;

use super::service::Checked;
use super::{
    Account, AccountPage, AccountRole, Accounts, PasswordChange, Registration, SignedIn, User, rules,
};
use crate::{Error, Result};

/// What whoever runs the server may do; nobody is asked for a password.
impl Accounts {
    /// Makes an account, also where registration is closed.
    ///
    /// # Errors
    /// As [`register`](Self::register) for a field against the rules or a name or address that is taken.
    pub async fn add(&self, wanted: Registration, role: AccountRole) -> Result<User> {
        let new = self.new_user(Checked::new(wanted)?, role).await?;
        self.store.create_user(new).await
    }

    /// The account with this id, address or name.
    ///
    /// # Errors
    /// [`UserNotFound`](Error::UserNotFound).
    pub async fn find(&self, who: &str) -> Result<Account> {
        let by_id = match who.parse() {
            Ok(id) => self.store.find_account(id).await?,
            Err(_) => None,
        };
        match by_id {
            Some(account) => Ok(account),
            None => {
                let found = self.store.find_credentials(who.trim()).await?;
                found.map(|found| found.account).ok_or(Error::UserNotFound)
            }
        }
    }

    /// A page of all accounts, and whether there are more behind it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list(&self, page: AccountPage) -> Result<(Vec<Account>, bool)> {
        self.store.list_accounts(page).await
    }

    /// Gives somebody another password and revokes all their tokens.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload) for a password against the rules.
    pub async fn set_password(&self, account: &Account, password: String) -> Result<()> {
        let password_hash = self.passwords.hash(rules::password(password, "password")?).await?;
        let (user, at) = (account.user.id, self.clock.now());
        self.store.change_password(PasswordChange { user, password_hash, expected: None, at }).await.map(drop)
    }

    /// Closes an account, and ends what its tokens opened; or opens it again.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn set_disabled(&self, account: &Account, disabled: bool) -> Result<()> {
        self.store.set_disabled(account.user.id, disabled, self.clock.now()).await.map(drop)
    }

    /// Gives somebody another role on the server.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn set_role(&self, account: &Account, role: AccountRole) -> Result<()> {
        self.store.set_role(account.user.id, role).await
    }

    /// A token for somebody, good for `lifetime` or for as long as any.
    ///
    /// # Errors
    /// [`AuthenticationFailed`](Error::AuthenticationFailed) for a disabled account, whose tokens let nobody in.
    pub fn issue(&self, account: Account, lifetime: Option<Duration>) -> Result<SignedIn> {
        if account.standing.disabled {
            return Err(Error::AuthenticationFailed);
        }
        self.signed_in_for(account.user, account.standing, lifetime.unwrap_or(self.policy.token_lifetime))
    }
}
