use chirrup_domain::search::{self, FoundPage};
use serde::Serialize;

use crate::{ListPlace, Message};

/// A page of what was found.
#[derive(Debug, Clone, Serialize)]
pub struct FoundList<'a> {
    results: Vec<Found<'a>>,
    more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A message that was looked for, and where the words stand in it.
#[derive(Debug, Clone, Serialize)]
struct Found<'a> {
    message: Message<'a>,
    highlights: Vec<Highlight>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Highlight {
    start: usize,
    end: usize,
}

impl<'a> From<&'a FoundPage> for FoundList<'a> {
    fn from(page: &'a FoundPage) -> Self {
        let next = page.next.map(|place| ListPlace(place).to_string());
        Self { results: page.found.iter().map(Found::from).collect(), more: next.is_some(), next }
    }
}

impl<'a> From<&'a search::Found> for Found<'a> {
    fn from(found: &'a search::Found) -> Self {
        let shown = |mark: &search::Highlight| Highlight { start: mark.start, end: mark.end };
        Self { message: (&found.message).into(), highlights: found.highlights.iter().map(shown).collect() }
    }
}
