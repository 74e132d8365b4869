//! Who has read what.

mod mark;
mod readers;
mod store;

pub(crate) use readers::attach as attach_readers;
