use std::time::Duration;

use super::{MediaType, UploadName};
use crate::message::MessageType;
use crate::{Timestamp, UserId};

/// A file that somebody uploaded, as everybody sees it (contract section 1, `File`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What it is called on the server.
    pub name: UploadName,
    /// What it was called where it came from.
    pub filename: String,
    /// Its bytes.
    pub size: u64,
    /// What it is, as the server found.
    pub mimetype: String,
    /// What a message that carries it is.
    pub message_type: MessageType,
    /// Of a picture whose header tells them.
    pub dimensions: Option<Dimensions>,
    /// How long it plays, of a sound or a film whose container tells; in whole milliseconds.
    pub duration: Option<Duration>,
    /// A smaller picture of it, if one was made.
    pub thumbnail: Option<Thumbnail>,
}

impl File {
    /// Its thumbnail, as a file of its own.
    pub fn thumbnail_file(&self) -> Option<Self> {
        let Thumbnail { name, size } = self.thumbnail.clone()?;
        let media = MediaType::of_extension(name.extension())?;
        let stem = self.filename.rsplit_once('.').map_or(self.filename.as_str(), |(stem, _)| stem);
        Some(Self {
            filename: format!("{stem}.{}", media.extension),
            name,
            size,
            mimetype: media.mimetype.to_owned(),
            message_type: MessageType::Image,
            dimensions: None,
            duration: None,
            thumbnail: None,
        })
    }
}

/// A small picture that was made of a larger one. It comes and goes with its upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// What it is called on the server.
    pub name: UploadName,
    /// Its bytes.
    pub size: u64,
}

/// Width and height of a picture in pixels, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimensions {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

/// An upload about to be recorded.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// Whose it is.
    pub owner: UserId,
    /// The file.
    pub file: File,
    /// When.
    pub at: Timestamp,
}
