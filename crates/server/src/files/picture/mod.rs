//! What a picture's file says, and what is made of it.

mod header;
mod orientation;
mod studio;
mod survey;
mod thumbnail;

pub(super) use header::Header;
pub(super) use studio::Studio;
pub(super) use survey::{Piece, Survey};
pub(super) use thumbnail::Made;
