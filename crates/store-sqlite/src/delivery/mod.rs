//! Direct messages that wait for a device of their recipient.

mod confirm;
mod store;
mod waiting;

pub(crate) use waiting::wait;
