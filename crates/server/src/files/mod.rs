//! Uploaded files: where their contents lie, what may be uploaded, what is made of them, and how they go again.

mod folder;
mod gate;
mod picture;
mod playable;
mod prepare;
mod source;
mod sweep;

use std::io;
use std::path::Path;

use chirrup_domain::upload::MediaType;
use tokio::sync::Notify;

use crate::config;
pub use folder::{Folder, Incoming};
pub use gate::Gate;
use picture::Studio;
pub use prepare::PreparedThumbnail;
pub use sweep::sweep;

/// What it takes to upload files and to serve them.
pub struct Files {
    /// Where the contents lie.
    pub folder: Folder,
    /// Who uploads at the moment.
    pub gate: Gate,
    /// Most bytes of a file; any number if `None`.
    pub max_bytes: Option<u64>,
    /// Told when an upload was given up, so that its content goes soon.
    pub given_up: Notify,
    types: Vec<&'static MediaType>,
    studio: Studio,
}

impl Files {
    /// Files in this data directory.
    ///
    /// # Errors
    /// When the directory can't be used.
    pub fn open(data_dir: &Path, settings: &config::Uploads) -> io::Result<Self> {
        Ok(Self {
            folder: Folder::open(data_dir)?,
            gate: Gate::default(),
            max_bytes: settings.max_bytes,
            given_up: Notify::new(),
            types: settings.types.clone(),
            studio: Studio::default(),
        })
    }

    /// The type with this extension, if it may be uploaded.
    pub fn allowed(&self, extension: &str) -> Option<&'static MediaType> {
        self.types.iter().copied().find(|media| media.extension == extension)
    }

    /// What may be uploaded, for people.
    pub fn extensions(&self) -> String {
        let extensions: Vec<_> = self.types.iter().map(|media| media.extension).collect();
        extensions.join(", ")
    }
}
