use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use chirrup_domain::Result;
use chirrup_domain::message::MessageType;
use chirrup_domain::upload::{Dimensions, MediaType, message_type};

use super::folder::blocking;
use super::picture::{Header, Made, Piece, Survey};
use super::playable::Playable;
use super::{Files, Incoming};

/// A file that has arrived whole, as it is going to be kept.
pub struct Prepared {
    /// The file, on disk.
    pub content: Incoming,
    /// Its bytes.
    pub size: u64,
    /// What it is served as.
    pub mimetype: &'static str,
    /// Of a picture whose header tells them.
    pub dimensions: Option<Dimensions>,
    /// Of a sound or a film whose container tells.
    pub duration: Option<Duration>,
    /// A smaller picture, on disk, if one could be made.
    pub thumbnail: Option<PreparedThumbnail>,
}

/// A thumbnail that is going to be kept.
pub struct PreparedThumbnail {
    /// The file, on disk.
    pub content: Incoming,
    /// Its bytes.
    pub size: u64,
    /// What it is.
    pub extension: &'static str,
}

impl Files {
    /// Finds out what there is to know of a file that is on disk, takes out of a picture what it says beside what it shows,
    /// and makes a thumbnail of it. What can't be read is a file all the same.
    ///
    /// # Errors
    /// [`Unavailable`](chirrup_domain::Error::Unavailable), as for everything that a disk refuses.
    pub async fn prepare(&self, content: Incoming, size: u64, media: &'static MediaType) -> Result<Prepared> {
        let mut prepared = Prepared {
            content,
            size,
            mimetype: media.mimetype,
            dimensions: None,
            duration: None,
            thumbnail: None,
        };
        match message_type(media.mimetype) {
            MessageType::Image => self.prepare_picture(prepared).await,
            MessageType::Audio | MessageType::Video => {
                let file = open(&prepared.content).await?;
                let playable =
                    quietly(move || Playable::read(&file, media.extension)).await?.unwrap_or_default();
                prepared.mimetype = media.mimetype_with(playable.tracks);
                prepared.duration = playable.duration;
                Ok(prepared)
            }
            _ => Ok(prepared),
        }
    }

    async fn prepare_picture(&self, mut prepared: Prepared) -> Result<Prepared> {
        let (file, mimetype) = (open(&prepared.content).await?, prepared.mimetype);
        let read = move || {
            let survey = Survey::of(&file, mimetype)?;
            Ok((Header::read(&file, mimetype, &survey)?, survey))
        };
        let Some((header, survey)) = quietly(read).await? else { return Ok(prepared) };
        prepared.dimensions = header.map(|header| header.dimensions);
        if let Some(pieces) = survey.bare() {
            (prepared.content, prepared.size) = self.put_together(&prepared.content, pieces.to_vec()).await?;
        }
        if let Some(header) = header.filter(|_| survey.is_sound()) {
            let made = self.studio.thumbnail(open(&prepared.content).await?, mimetype, header).await;
            if let Some(made) = made {
                prepared.thumbnail = self.store(made).await.ok();
            }
        }
        Ok(prepared)
    }

    /// A new file of these pieces of another; with its size.
    async fn put_together(&self, old: &Incoming, pieces: Vec<Piece>) -> Result<(Incoming, u64)> {
        let new = self.folder.create().await?;
        let (mut from, path) = (open(old).await?, new.path().to_owned());
        let size = blocking(move || {
            let mut to = BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
            let mut size = 0;
            for piece in pieces {
                size += match piece {
                    Piece::Kept { start, end } => {
                        from.seek(SeekFrom::Start(start))?;
                        io::copy(&mut (&from).take(end - start), &mut to)?
                    }
                    Piece::Made(bytes) => {
                        to.write_all(&bytes)?;
                        bytes.len() as u64
                    }
                };
            }
            to.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            Ok(size)
        });
        Ok((new, size.await?))
    }

    async fn store(&self, made: Made) -> Result<PreparedThumbnail> {
        let mut content = self.folder.create().await?;
        content.write(&made.bytes).await?;
        content.sync().await?;
        Ok(PreparedThumbnail { content, size: made.bytes.len() as u64, extension: made.extension })
    }
}

async fn open(incoming: &Incoming) -> Result<File> {
    let path = incoming.path().to_owned();
    blocking(move || File::open(path)).await
}

/// The outcome of reading what somebody made; `None` if the reader fails over it.
async fn quietly<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<Option<T>> {
    match tokio::task::spawn_blocking(read).await {
        Ok(read) => read.map(Some).map_err(chirrup_domain::Error::unavailable),
        Err(panic) => {
            tracing::warn!(error = %panic, "nothing is known of an upload: its reader failed");
            Ok(None)
        }
    }
}
