use std::error::Error as _;
use std::process;
use std::time::Duration;

use chirrup_domain::account::{Account, AccountPage, AccountRole, Accounts, Registration};
use chirrup_domain::{Error, Result, Store};

use super::{Answer, Person, Request};

const PAGE: u16 = 200;

/// Does what a command asks for.
pub(super) async fn execute(accounts: &Accounts, store: &dyn Store, request: Request) -> Answer {
    answer(accounts, store, request).await.unwrap_or_else(|error| {
        // Whoever runs the server may know what lies underneath.
        let cause = error.source().map(|cause| format!(": {cause}"));
        let expected = error.expected().map(|expected| format!(": {expected}"));
        let cause = cause.or(expected).unwrap_or_default();
        Answer::Refused { error: format!("{error}{cause}") }
    })
}

async fn answer(accounts: &Accounts, store: &dyn Store, request: Request) -> Result<Answer> {
    Ok(match request {
        Request::Ping => Answer::Alive {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: process::id(),
            store_error: store.ping().await.err().map(|error| error.to_string()),
            has_admin: store.has_admin().await.unwrap_or_default(),
        },
        Request::AddUser { username, email, password, admin } => {
            let wanted = Registration { username, email, password, setup_code: None };
            Answer::Done { username: accounts.add(wanted, role(admin)).await?.username }
        }
        Request::ListUsers { after } => {
            let after = after.map(|id| id.parse().map_err(|_| Error::UserNotFound)).transpose()?;
            let page = AccountPage { after, limit: PAGE, disabled: true, ..AccountPage::default() };
            let (found, more) = accounts.list(page).await?;
            Answer::Users { users: found.iter().map(Person::from).collect(), more }
        }
        Request::SetPassword { user, password } => {
            let account = accounts.find(&user).await?;
            accounts.set_password(&account, password).await?;
            done(account)
        }
        Request::SetDisabled { user, disabled } => {
            let account = accounts.find(&user).await?;
            accounts.set_disabled(&account, disabled).await?;
            done(account)
        }
        Request::SetRole { user, admin } => {
            let account = accounts.find(&user).await?;
            accounts.set_role(&account, role(admin)).await?;
            done(account)
        }
        Request::Token { user, seconds } => {
            let account = accounts.find(&user).await?;
            if account.standing.disabled {
                return Ok(Answer::Refused { error: format!("{} is disabled", account.user.username) });
            }
            let issued = accounts.issue(account, seconds.map(Duration::from_secs))?;
            Answer::Token { username: issued.user.username, token: issued.token }
        }
    })
}

fn done(account: Account) -> Answer {
    Answer::Done { username: account.user.username }
}

const fn role(admin: bool) -> AccountRole {
    if admin { AccountRole::Admin } else { AccountRole::Member }
}

impl From<&Account> for Person {
    fn from(Account { user, standing }: &Account) -> Self {
        let role = match user.role {
            AccountRole::Member => "member",
            AccountRole::Admin => "admin",
        };
        Self {
            id: user.id.to_string(),
            username: user.username.clone(),
            email: user.email.clone(),
            role: role.to_owned(),
            disabled: standing.disabled,
            created_at: user.created_at.to_string(),
            last_seen: user.last_seen.map(|at| at.to_string()),
        }
    }
}
