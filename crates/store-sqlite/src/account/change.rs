//! What changes about an account.

use chirrup_domain::account::{PasswordChange, ProfileUpdate, Sender, Standing, User};
use chirrup_domain::fold::fold;
use chirrup_domain::message::MessageType;
use chirrup_domain::upload::UploadName;
use chirrup_domain::{Error, Fact, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use super::{find_key, read_standing, read_user, refuse_taken};
use crate::columns::Column;
use crate::conversation::list_audience;
use crate::error::Failure;
use crate::upload::find_own;
use crate::writer::Transaction;

pub(super) fn update_profile(
    transaction: &mut Transaction<'_>,
    id: UserId,
    update: ProfileUpdate,
) -> Result<User, Failure> {
    let connection = transaction.connection();
    let mut find = connection.prepare_cached("SELECT * FROM users WHERE oid = ?1")?;
    let before = find.query_row([id.as_bytes()], read_user).optional()?.ok_or(Error::UserNotFound)?;
    let after = User {
        username: update.username.unwrap_or_else(|| before.username.clone()),
        email: update.email.unwrap_or_else(|| before.email.clone()),
        avatar: match update.avatar {
            None => before.avatar.clone(),
            Some(None) => None,
            Some(Some(name)) => Some(picture(connection, id, &name)?),
        },
        ..before.clone()
    };
    if after == before {
        return Ok(after);
    }
    let (username, email) = (fold(&after.username), fold(&after.email));
    refuse_taken(connection, &username, &email, Some(id))?;
    connection
        .prepare_cached(
            "UPDATE users SET username = ?2, username_folded = ?3, email = ?4, email_folded = ?5, avatar = ?6
             WHERE oid = ?1",
        )?
        .execute(params![id.as_bytes(), after.username, username, after.email, email, after.avatar])?;
    if (&after.username, &after.avatar) != (&before.username, &before.avatar) {
        connection
            .prepare_cached("UPDATE users SET changed_no = ?2 WHERE oid = ?1")?
            .execute(params![id.as_bytes(), transaction.next_no().0])?;
        let user = Sender { id, username: after.username.clone(), avatar: after.avatar.clone() };
        let audience = list_audience(connection, id)?.into();
        transaction.record(Fact::UserUpdated { user, audience });
    }
    Ok(after)
}

/// URL of a picture that the user uploaded. Asked in the transaction, so that no upload is given up between.
fn picture(connection: &Connection, user: UserId, name: &UploadName) -> Result<String, Failure> {
    let owner = find_key(connection, user)?.ok_or(Error::UserNotFound)?;
    match find_own(connection, owner, name)? {
        Some(upload) if upload.file.message_type == MessageType::Image => Ok(name.url()),
        _ => Err(Error::InvalidPayload { field: "avatar" }.into()),
    }
}

pub(super) fn change_password(
    transaction: &mut Transaction<'_>,
    change: PasswordChange,
) -> Result<Standing, Failure> {
    let connection = transaction.connection();
    let standing = find_standing(transaction, change.user)?;
    if change.expected.is_some_and(|expected| expected != standing.version) {
        return Err(Error::AuthenticationFailed.into());
    }
    connection
        .prepare_cached("UPDATE users SET password_hash = ?2 WHERE oid = ?1")?
        .execute(params![change.user.as_bytes(), change.password_hash])?;
    revoke(transaction, change.user, change.at)
}

pub(super) fn revoke(
    transaction: &mut Transaction<'_>,
    user: UserId,
    at: Timestamp,
) -> Result<Standing, Failure> {
    let before = find_standing(transaction, user)?;
    store_standing(transaction, user, revoked(before, at))
}

pub(super) fn set_disabled(
    transaction: &mut Transaction<'_>,
    user: UserId,
    disabled: bool,
    at: Timestamp,
) -> Result<Standing, Failure> {
    let before = find_standing(transaction, user)?;
    match (before.disabled, disabled) {
        (false, false) | (true, true) => Ok(before),
        (true, false) => store_standing(transaction, user, Standing { disabled, ..before }),
        (false, true) => store_standing(transaction, user, Standing { disabled, ..revoked(before, at) }),
    }
}

/// Without the tokens so far. A clock that was set back makes none good again that was revoked before.
fn revoked(before: Standing, at: Timestamp) -> Standing {
    let revoked_at = before.revoked_at.map_or(at, |before| before.max(at));
    Standing { version: before.version + 1, revoked_at: Some(revoked_at), ..before }
}

fn find_standing(transaction: &Transaction<'_>, user: UserId) -> Result<Standing, Failure> {
    let mut find = transaction.connection().prepare_cached("SELECT * FROM users WHERE oid = ?1")?;
    let found = find.query_row([user.as_bytes()], read_standing).optional()?;
    found.ok_or_else(|| Error::UserNotFound.into())
}

fn store_standing(
    transaction: &mut Transaction<'_>,
    user: UserId,
    standing: Standing,
) -> Result<Standing, Failure> {
    let revoked_at = standing.revoked_at.map(|at| at.to_column());
    transaction
        .connection()
        .prepare_cached("UPDATE users SET token_version = ?2, revoked_at = ?3, disabled = ?4 WHERE oid = ?1")?
        .execute(params![user.as_bytes(), standing.version, revoked_at, standing.disabled])?;
    transaction.record(Fact::StandingChanged { user, standing });
    Ok(standing)
}
