//! Members, their roles, and what they do to groups.

mod add;
mod delete;
mod group;
mod list;
mod look;
mod mute;
mod remove;
mod role;
mod store;

pub(crate) use delete::{is_purging, purge_step};
