//! Users and their credentials.

use async_trait::async_trait;
use chirrup_domain::account::{AccountStore, Credentials, NewUser, Sender, User};
use chirrup_domain::fold::fold;
use chirrup_domain::{Error, Result, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::SqliteStore;
use crate::columns::{Column, Columns};
use crate::error::Failure;
use crate::writer::Transaction;

#[async_trait]
impl AccountStore for SqliteStore {
    async fn create_user(&self, user: NewUser) -> Result<User> {
        self.writer.write(move |transaction| create(transaction, user)).await
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>> {
        self.readers
            .read(move |connection| {
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
            .read(move |connection| {
                let mut find = connection.prepare_cached(sql)?;
                Ok(find.query_row([folded], read_credentials).optional()?)
            })
            .await
    }

    async fn set_last_seen(&self, user: UserId, at: Timestamp) -> Result<()> {
        self.writer
            .write(move |transaction| {
                let mut update = transaction
                    .connection()
                    .prepare_cached("UPDATE users SET last_seen = ?2 WHERE oid = ?1")?;
                update.execute(params![user.as_bytes(), at.to_column()])?;
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

/// Reads a row with the columns of `users`.
pub(crate) fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.id("oid")?,
        username: row.get("username")?,
        email: row.get("email")?,
        role: row.value("role")?,
        avatar: row.get("avatar")?,
        last_seen: row.optional_value("last_seen")?,
        created_at: row.value("created_at")?,
    })
}

fn read_credentials(row: &Row<'_>) -> rusqlite::Result<Credentials> {
    Ok(Credentials { user: read_user(row)?, password_hash: row.get("password_hash")? })
}

fn create(transaction: &Transaction<'_>, new: NewUser) -> Result<User, Failure> {
    let connection = transaction.connection();
    let (username, email) = (fold(&new.username), fold(&new.email));
    let taken = |sql, folded: &str| connection.prepare_cached(sql)?.exists([folded]);
    if taken("SELECT 1 FROM users WHERE username_folded = ?1", &username)? {
        return Err(Error::UsernameTaken.into());
    }
    if taken("SELECT 1 FROM users WHERE email_folded = ?1", &email)? {
        return Err(Error::EmailTaken.into());
    }
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
