//! Uploading files and serving them.

mod content;
mod disposition;
mod form;
mod range;
mod receive;
mod serve;

pub(super) use receive::{CONTENT_DIFFERS, broken, invalid_type, no_file, too_large, too_many_files, upload};
pub(super) use serve::one;
