use super::UploadName;
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
