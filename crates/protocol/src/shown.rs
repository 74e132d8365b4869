use std::fmt::Display;

use serde::{Serialize, Serializer};

/// Ids and times: a string on the wire, written as they show and without a copy in between.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<T>(pub T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
