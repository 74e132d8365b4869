use super::{AccountPage, Accounts, ProfileUpdate, User, rules};
use crate::upload::UploadName;
use crate::{Error, Result, UserId};

/// What somebody wants to change about themselves. Nothing has been checked; `None` leaves as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileChange {
    /// Another name.
    pub username: Option<String>,
    /// Another address.
    pub email: Option<String>,
    /// URL of another picture, or none.
    pub avatar: Option<Option<String>>,
}

/// Which people to list, by name.
#[derive(Debug, Clone, Default)]
pub struct PeoplePage {
    /// Only those with this text in their names, whatever its case; empty for all.
    pub query: String,
    /// Begin behind this one; `None` begins at the first.
    pub after: Option<UserId>,
    /// At most this many, 1 to 200.
    pub limit: u16,
}

impl Accounts {
    /// Somebody's account.
    ///
    /// # Errors
    /// [`UserNotFound`](Error::UserNotFound).
    pub async fn user(&self, id: UserId) -> Result<User> {
        self.store.find_user(id).await?.ok_or(Error::UserNotFound)
    }

    /// A page of people in the order of their names, and whether there are more behind it. Who is disabled is left out.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_people(&self, page: PeoplePage) -> Result<(Vec<User>, bool)> {
        let PeoplePage { query, after, limit } = page;
        let page = AccountPage { query, after, limit, disabled: false };
        let (accounts, more) = self.store.list_accounts(page).await?;
        Ok((accounts.into_iter().map(|account| account.user).collect(), more))
    }

    /// Changes what a user says about themselves, by the rules of registration.
    ///
    /// # Errors
    /// [`InvalidPayload`](Error::InvalidPayload) for a field against the rules; those of
    /// [`update_profile`](super::AccountStore::update_profile).
    pub async fn update_profile(&self, user: UserId, wanted: ProfileChange) -> Result<User> {
        let update = ProfileUpdate {
            username: wanted.username.as_deref().map(rules::username).transpose()?,
            email: wanted.email.as_deref().map(rules::email).transpose()?,
            avatar: wanted.avatar.map(|url| url.as_deref().map(upload_name).transpose()).transpose()?,
        };
        self.store.update_profile(user, update).await
    }
}

fn upload_name(url: &str) -> Result<UploadName> {
    UploadName::from_url(url).ok_or(Error::InvalidPayload { field: "avatar" })
}
