use async_trait::async_trait;

use super::{
    Account, AccountPage, AccountRole, Credentials, NewUser, PasswordChange, ProfileUpdate, Standing, User,
};
use crate::{Result, Timestamp, UserId};

/// Users and their credentials.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Makes an account.
    ///
    /// # Errors
    /// [`UsernameTaken`](crate::Error::UsernameTaken) or [`EmailTaken`](crate::Error::EmailTaken), whatever the case.
    async fn create_user(&self, user: NewUser) -> Result<User>;

    /// Makes the account of an admin where there is none yet.
    ///
    /// # Errors
    /// [`InvalidSetupCode`](crate::Error::InvalidSetupCode) if there is one; those of [`create_user`](Self::create_user).
    async fn create_first_admin(&self, user: NewUser) -> Result<User>;

    /// Whether there is an admin, disabled or not.
    async fn has_admin(&self) -> Result<bool>;

    /// The user with this id.
    async fn find_user(&self, id: UserId) -> Result<Option<User>>;

    /// The account with this id.
    async fn find_account(&self, id: UserId) -> Result<Option<Account>>;

    /// The account with this address or, where it has no `@`, this name, whatever the case.
    async fn find_credentials(&self, email_or_username: &str) -> Result<Option<Credentials>>;

    /// A page of accounts in the order of their names, and whether there are more behind it.
    async fn list_accounts(&self, page: AccountPage) -> Result<(Vec<Account>, bool)>;

    /// Changes what a user says about themselves. Contacts are told of another name or picture, and of nothing else.
    ///
    /// # Errors
    /// [`UserNotFound`](crate::Error::UserNotFound); [`InvalidPayload`](crate::Error::InvalidPayload), naming `avatar`, for
    /// what is no picture that the user uploaded; those of [`create_user`](Self::create_user).
    async fn update_profile(&self, id: UserId, update: ProfileUpdate) -> Result<User>;

    /// Replaces the password and revokes all tokens.
    ///
    /// # Errors
    /// [`UserNotFound`](crate::Error::UserNotFound); [`AuthenticationFailed`](crate::Error::AuthenticationFailed) if the
    /// tokens have been revoked since the change was asked for.
    async fn change_password(&self, change: PasswordChange) -> Result<Standing>;

    /// Revokes all tokens that were issued until `at`.
    ///
    /// # Errors
    /// [`UserNotFound`](crate::Error::UserNotFound).
    async fn revoke_tokens(&self, user: UserId, at: Timestamp) -> Result<Standing>;

    /// Closes an account to everybody, and revokes its tokens; or opens it again.
    ///
    /// # Errors
    /// [`UserNotFound`](crate::Error::UserNotFound).
    async fn set_disabled(&self, user: UserId, disabled: bool, at: Timestamp) -> Result<Standing>;

    /// Gives a user another role on the server.
    ///
    /// # Errors
    /// [`UserNotFound`](crate::Error::UserNotFound).
    async fn set_role(&self, user: UserId, role: AccountRole) -> Result<()>;

    /// Notes that these users were here at those times; never moves back.
    async fn set_last_seen(&self, seen: Vec<(UserId, Timestamp)>) -> Result<()>;
}
