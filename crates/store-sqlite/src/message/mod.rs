//! Messages and what each send was stored as.

mod append;
mod load;
mod sends;
mod store;

pub(crate) use sends::forget_old as forget_old_sends;
