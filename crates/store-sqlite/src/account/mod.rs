//! Users and their credentials.

mod change;
mod list;

use async_trait::async_trait;
use chirrup_domain::account::{
    Account, AccountPage, AccountRole, AccountStore, Credentials, NewUser, PasswordChange, ProfileUpdate,
    Sender, Standing, User,
};
use chirrup_domain::fold::fold;
use chirrup_domain::{Error, Result, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, Row, RowIndex, params};

use crate::SqliteStore;
use crate::columns::{Column, Columns};
use crate::error::Failure;
use crate::writer::Transaction;

#[async_trait]
impl AccountStore for SqliteStore {
    async fn create_user(&self, user: NewUser) -> Result<User> {
        self.writer.write(move |transaction| create(transaction, user)).await
    }

    async fn create_first_admin(&self, user: NewUser) -> Result<User> {
        self.writer
            .write(move |transaction| match has_admin(transaction.connection())? {
                true => Err(Error::InvalidSetupCode.into()),
                false => create(transaction, user),
            })
            .await
    }

    async fn has_admin(&self) -> Result<bool> {
        self.readers.look_up(|connection| Ok(has_admin(connection)?)).await
    }

    async fn find_account(&self, id: UserId) -> Result<Option<Account>> {
        self.readers
            .look_up(move |connection| {
                let mut find = connection.prepare_cached("SELECT * FROM users WHERE oid = ?1")?;
                Ok(find.query_row([id.as_bytes()], read_account).optional()?)
            })
            .await
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>> {
        self.readers
            .look_up(move |connection| {
                let mut find = connection.prepare_cached("SELECT * FROM users WHERE oid = ?1")?;
                Ok(find.query_row([id.as_bytes()], read_user).optional()?)
            })
            .await
    }

    async fn find_credentials(&self, email_or_username: &str) -> Result<Option<Credentials>> {
        let sql = match email_or_username.contains('@') {
            true => "SELECT * FROM users WHERE email_folded = ?1",
            false => "SELECT * FROM users WHERE username_folded = ?1",
        };
        let folded = fold(email_or_username);
        self.readers
            .look_up(move |connection| {
                let mut find = connection.prepare_cached(sql)?;
                Ok(find.query_row([folded], read_credentials).optional()?)
            })
            .await
    }

    async fn list_accounts(&self, page: AccountPage) -> Result<(Vec<Account>, bool)> {
        self.readers.read(move |connection| Ok(list::list_page(connection, page)?)).await
    }

    async fn update_profile(&self, id: UserId, update: ProfileUpdate) -> Result<User> {
        self.writer.write(move |transaction| change::update_profile(transaction, id, update)).await
    }

    async fn change_password(&self, change: PasswordChange) -> Result<Standing> {
        self.writer.write(move |transaction| change::change_password(transaction, change)).await
    }

    async fn revoke_tokens(&self, user: UserId, at: Timestamp) -> Result<Standing> {
        self.writer.write(move |transaction| change::revoke(transaction, user, at)).await
    }

    async fn set_disabled(&self, user: UserId, disabled: bool, at: Timestamp) -> Result<Standing> {
        self.writer.write(move |transaction| change::set_disabled(transaction, user, disabled, at)).await
    }

    async fn set_role(&self, user: UserId, role: AccountRole) -> Result<()> {
        self.writer
            .write(move |transaction| {
                let mut update =
                    transaction.connection().prepare_cached("UPDATE users SET role = ?2 WHERE oid = ?1")?;
                match update.execute(params![user.as_bytes(), role.to_column()])? {
                    0 => Err(Error::UserNotFound.into()),
                    _ => Ok(()),
                }
            })
            .await
    }

    async fn set_last_seen(&self, seen: Vec<(UserId, Timestamp)>) -> Result<()> {
        self.writer
            .write(move |transaction| {
                let mut update = transaction.connection().prepare_cached(
                    "UPDATE users SET last_seen = max(coalesce(last_seen, 0), ?2) WHERE oid = ?1",
                )?;
                for (user, at) in seen {
                    update.execute(params![user.as_bytes(), at.to_column()])?;
                }
                Ok(())
            })
            .await
    }
}

/// A user as the other tables know them, with what goes along with their messages.
pub(crate) struct KnownUser {
    /// The row's key.
    pub(crate) key: i64,
    /// What others see with a message.
    pub(crate) sender: Sender,
}

/// The user with this id.
pub(crate) fn find_known(connection: &Connection, id: UserId) -> rusqlite::Result<Option<KnownUser>> {
    connection
        .prepare_cached("SELECT key, username, avatar FROM users WHERE oid = ?1")?
        .query_row([id.as_bytes()], |row| {
            Ok(KnownUser {
                key: row.get(0)?,
                sender: Sender { id, username: row.get(1)?, avatar: row.get(2)? },
            })
        })
        .optional()
}

/// The key of the user with this id.
pub(crate) fn find_key(connection: &Connection, id: UserId) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT key FROM users WHERE oid = ?1")?
        .query_row([id.as_bytes()], |row| row.get(0))
        .optional()
}

/// The keys of the users with these ids, in the same order; `None` if one of them is nobody's. One statement does it,
/// since a group may have thousands.
pub(crate) fn find_keys(connection: &Connection, ids: &[UserId]) -> rusqlite::Result<Option<Vec<i64>>> {
    let hex: Vec<_> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    let mut keys = vec![None; ids.len()];
    let mut find = connection.prepare_cached(
        "SELECT wanted.key, u.key FROM json_each(?1) wanted CROSS JOIN users u ON u.oid = unhex(wanted.value)",
    )?;
    let mut rows = find.query([format!("[{}]", hex.join(","))])?;
    while let Some(row) = rows.next()? {
        keys[row.get::<_, usize>(0)?] = Some(row.get(1)?);
    }
    Ok(keys.into_iter().collect())
}

/// Reads a row with the columns of `users`.
pub(crate) fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
    user(row, ["oid", "username", "email", "role", "avatar", "last_seen", "created_at"])
}

/// Reads oid, username, email, role, avatar, last_seen and created_at from this column on: for lists, where looking
/// columns up by name would take as long as the query.
pub(crate) fn read_user_at(row: &Row<'_>, first: usize) -> rusqlite::Result<User> {
    user(row, std::array::from_fn(|index| first + index))
}

fn user<I: RowIndex>(row: &Row<'_>, columns: [I; 7]) -> rusqlite::Result<User> {
    let [oid, username, email, role, avatar, last_seen, created_at] = columns;
    Ok(User {
        id: row.id(oid)?,
        username: row.get(username)?,
        email: row.get(email)?,
        role: row.value(role)?,
        avatar: row.get(avatar)?,
        last_seen: row.optional_value(last_seen)?,
        created_at: row.value(created_at)?,
    })
}

fn read_account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account { user: read_user(row)?, standing: read_standing(row)? })
}

fn read_standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    Ok(Standing {
        version: row.get("token_version")?,
        revoked_at: row.optional_value("revoked_at")?,
        disabled: row.get("disabled")?,
    })
}

fn read_credentials(row: &Row<'_>) -> rusqlite::Result<Credentials> {
    Ok(Credentials { account: read_account(row)?, password_hash: row.get("password_hash")? })
}

fn has_admin(connection: &Connection) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM users WHERE role = 1")?.exists([])
}

/// Refuses a folded name or address that somebody other than `owner` has.
fn refuse_taken(
    connection: &Connection,
    username: &str,
    email: &str,
    owner: Option<UserId>,
) -> Result<(), Failure> {
    let owner = owner.as_ref().map(UserId::as_bytes);
    let taken = |sql, folded: &str| connection.prepare_cached(sql)?.exists(params![folded, owner]);
    if taken("SELECT 1 FROM users WHERE username_folded = ?1 AND oid IS NOT ?2", username)? {
        return Err(Error::UsernameTaken.into());
    }
    if taken("SELECT 1 FROM users WHERE email_folded = ?1 AND oid IS NOT ?2", email)? {
        return Err(Error::EmailTaken.into());
    }
    Ok(())
}

fn create(transaction: &Transaction<'_>, new: NewUser) -> Result<User, Failure> {
    let connection = transaction.connection();
    let (username, email) = (fold(&new.username), fold(&new.email));
    refuse_taken(connection, &username, &email, None)?;
    connection
        .prepare_cached(
            "INSERT INTO users (oid, username, username_folded, email, email_folded, password_hash, role, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            new.id.as_bytes(),
            new.username,
            username,
            new.email,
            email,
            new.password_hash,
            new.role.to_column(),
            new.at.to_column(),
        ])?;
    Ok(User {
        id: new.id,
        username: new.username,
        email: new.email,
        role: new.role,
        avatar: None,
        last_seen: None,
        created_at: new.at,
    })
}
