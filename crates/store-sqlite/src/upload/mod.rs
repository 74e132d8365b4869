//! What is known of uploaded files.

mod load;
mod store;
mod unused;

pub(crate) use load::{check_avatar, find_own, read_file};
