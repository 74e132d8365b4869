//! Conversations and their members.

mod create;
mod list;
mod load;
mod store;

pub(crate) use create::{DirectPair, Member, begin_direct, find_direct};
pub(crate) use list::list_audience;
pub(crate) use load::{find_conversation, participants, seen_by};
