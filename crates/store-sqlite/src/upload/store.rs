use async_trait::async_trait;
use chirrup_domain::upload::{File, GivenUp, NewUpload, UploadName, UploadStore};
use chirrup_domain::{Error, Result, Timestamp};
use rusqlite::{Connection, params};

use super::{load, unused};
use crate::SqliteStore;
use crate::account::find_key;
use crate::columns::Column;
use crate::error::Failure;

#[async_trait]
impl UploadStore for SqliteStore {
    async fn add_upload(&self, upload: NewUpload) -> Result<()> {
        self.writer.write(move |transaction| add(transaction.connection(), &upload)).await
    }

    async fn find_upload(&self, name: &UploadName) -> Result<Option<File>> {
        let name = name.clone();
        self.readers.look_up(move |connection| Ok(load::find(connection, &name)?)).await
    }

    async fn give_up_uploads(&self, before: Timestamp, now: Timestamp, limit: u16) -> Result<GivenUp> {
        self.writer
            .write(move |transaction| Ok(unused::give_up(transaction.connection(), before, now, limit)?))
            .await
    }

    async fn forget_uploads(&self, names: Vec<UploadName>) -> Result<()> {
        self.writer.write(move |transaction| Ok(unused::forget(transaction.connection(), &names)?)).await
    }
}

fn add(connection: &Connection, upload: &NewUpload) -> Result<(), Failure> {
    let owner = find_key(connection, upload.owner)?.ok_or(Error::UserNotFound)?;
    let file = &upload.file;
    let (width, height) = file.dimensions.map(|size| (size.width, size.height)).unzip();
    let duration = file.duration.map(|duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX));
    connection
        .prepare_cached(
            "INSERT INTO uploads (name, owner, filename, size, mimetype, type, width, height, created_at, looked_at,
                                  duration, thumbnail, thumbnail_size)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            file.name.as_str(),
            owner,
            file.filename,
            file.size,
            file.mimetype,
            file.message_type.to_column(),
            width,
            height,
            upload.at.to_column(),
            duration,
            file.thumbnail.as_ref().map(|thumbnail| thumbnail.name.as_str()),
            file.thumbnail.as_ref().map(|thumbnail| thumbnail.size),
        ])?;
    Ok(())
}
