//! Messages and what each send was stored as.

mod append;
mod change;
mod delete;
mod edit;
mod load;
mod mentions;
mod notice;
mod place;
mod quotes;
mod sends;
mod store;

pub(crate) use change::Changing;
pub(crate) use load::{at, read_one, size};
pub(crate) use notice::append_notice;
pub(crate) use place::find as find_place;
pub(crate) use sends::forget_old as forget_old_sends;
