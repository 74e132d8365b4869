//! The wire: event names, payloads, acks, and what HTTP answers, as JSON (contract sections 1 to 5).
//!
//! What goes out borrows from the domain's entities and is serialised straight from them; what comes in is parsed
//! once, strictly, into the domain's types, and a refusal names the field. Optional keys without a value are absent.

pub mod answer;
mod conversation;
mod error;
pub mod event;
mod file;
mod found;
mod list_place;
mod message;
pub mod request;
mod shown;
mod user;

pub use answer::Success;
pub use conversation::{Conversation, ConversationView, Participant};
pub use error::{ErrorBody, connect_error};
pub use file::File;
pub use list_place::ListPlace;
pub use message::Message;
pub use user::{Sender, User};
