//! Chirrup's entities, rules, services and ports.
//!
//! Rows, JSON and Socket.IO stay in the outer crates; arrows point inward, to here. One folder per concept, each
//! with its `model`, its part of the [`Store`] port and its service.

pub mod account;
pub mod block;
pub mod clock;
pub mod conversation;
pub mod delivery;
pub mod error;
pub mod feed;
pub mod fold;
pub mod id;
pub mod limit;
pub mod member;
pub mod message;
mod page;
pub mod presence;
pub mod reaction;
pub mod receipt;
pub mod search;
pub mod store;
pub mod upload;

pub use clock::{Clock, Timestamp};
pub use error::{Error, Result};
pub use feed::{Change, Fact, Feed, Group};
pub use id::{ConversationId, MessageId, UserId};
pub use page::MAX_PAGE;
pub use presence::Presence;
pub use store::{Epoch, Store};
