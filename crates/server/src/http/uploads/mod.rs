//! Uploading files and serving them.

mod content;
mod disposition;
mod form;
mod range;
mod receive;
mod serve;

pub(super) use receive::upload;
pub(super) use serve::one;
