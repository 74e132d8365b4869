use std::time::Duration;

use chirrup_domain::Error;
use chirrup_domain::message::MessageType;
use chirrup_domain::upload::{Dimensions, File, Thumbnail, UploadName};
use rusqlite::{Connection, OptionalExtension, Result, Row};

use crate::columns::Columns;
use crate::error::Failure;

/// What [`read_file`] reads of uploads `f`.
macro_rules! file_columns {
    () => {
        "f.name, f.filename, f.size, f.mimetype, f.type, f.width, f.height, f.duration, f.thumbnail, f.thumbnail_size"
    };
}
pub(crate) use file_columns;

/// An upload with the key of its row.
pub(crate) struct KnownUpload {
    /// The key.
    pub(crate) key: i64,
    /// The file.
    pub(crate) file: File,
}

/// The upload of this name that was not given up, if the user with this key owns it.
pub(crate) fn find_own(
    connection: &Connection,
    owner: i64,
    name: &UploadName,
) -> Result<Option<KnownUpload>> {
    connection
        .prepare_cached(concat!(
            "SELECT f.key, ",
            file_columns!(),
            " FROM uploads f WHERE f.name = ?1 AND f.owner = ?2 AND f.looked_at IS NOT NULL"
        ))?
        .query_row((name.as_str(), owner), |row| {
            let file = read_file(row, 1)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            Ok(KnownUpload { key: row.get(0)?, file })
        })
        .optional()
}

/// Makes sure that the user with this key may take what this URL names for an avatar: a picture that they uploaded. In
/// the transaction that sets it, so that it is not given up in between.
///
/// # Errors
/// [`InvalidPayload`](Error::InvalidPayload), naming `avatar`.
pub(crate) fn check_avatar(connection: &Connection, owner: i64, url: &str) -> Result<(), Failure> {
    let upload = match UploadName::from_url(url) {
        Some(name) => find_own(connection, owner, &name)?,
        None => None,
    };
    match upload.map(|upload| upload.file.message_type) {
        Some(MessageType::Image) => Ok(()),
        _ => Err(Error::InvalidPayload { field: "avatar" }.into()),
    }
}

/// The upload of this name, or whose thumbnail has it, that was not given up.
pub(super) fn find(connection: &Connection, name: &UploadName) -> Result<Option<File>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            file_columns!(),
            " FROM uploads f WHERE (f.name = ?1 OR f.thumbnail = ?1) AND f.looked_at IS NOT NULL"
        ))?
        .query_row([name.as_str()], |row| read_file(row, 0))
        .optional()
        .map(Option::flatten)
}

/// Reads the columns of a file from this one on; none where the name is null.
pub(crate) fn read_file(row: &Row<'_>, first: usize) -> Result<Option<File>> {
    let Some(name) = row.upload_name(first)? else { return Ok(None) };
    let (width, height): (Option<u32>, Option<u32>) = (row.get(first + 5)?, row.get(first + 6)?);
    let duration: Option<u64> = row.get(first + 7)?;
    let thumbnail = row.upload_name(first + 8)?.zip(row.get(first + 9)?);
    Ok(Some(File {
        name,
        filename: row.get(first + 1)?,
        size: row.get(first + 2)?,
        mimetype: row.get(first + 3)?,
        message_type: row.value(first + 4)?,
        dimensions: width.zip(height).map(|(width, height)| Dimensions { width, height }),
        duration: duration.map(Duration::from_millis),
        thumbnail: thumbnail.map(|(name, size)| Thumbnail { name, size }),
    }))
}
