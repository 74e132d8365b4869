//! What is known of uploaded files.

mod load;
mod store;
mod unused;

pub(crate) use load::{check_avatar, file_columns, find_own, read_file};
pub(crate) use unused::give_up_one as give_up_unused;
