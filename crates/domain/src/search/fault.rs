use super::{MAX_QUERY_CHARS, MAX_TERMS, SHORTEST_BEGINNING};

/// What is wrong with a query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryFault {
    /// There is nothing in it that could be found.
    #[error("there is nothing to look for")]
    Empty,
    /// It is too long.
    #[error("it has more than {MAX_QUERY_CHARS} characters")]
    TooLong,
    /// It asks for too many things.
    #[error("it asks for more than {MAX_TERMS} things")]
    TooMany,
    /// It only says what is not wanted.
    #[error("it only says what is not wanted")]
    OnlyExcluded,
    /// The beginning of a word that is too short to look for.
    #[error("the beginning of a word needs {SHORTEST_BEGINNING} letters before the *")]
    ShortBeginning,
    /// A filter without a value.
    #[error("there is nothing behind {0}:")]
    NoValue(&'static str),
    /// No kind of content.
    #[error("has: knows file, image, video, audio and link")]
    UnknownKind,
    /// Neither a day nor a time.
    #[error("{0}: takes a day such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z")]
    NoTime(&'static str),
    /// A minus before a filter that has none.
    #[error("{0}: can't be excluded")]
    NotExcludable(&'static str),
}
