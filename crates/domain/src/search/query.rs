use super::{QueryFault, Words, has_link, moment};
use crate::message::MessageType;
use crate::{ConversationId, Timestamp};

/// Most characters of a query.
pub const MAX_QUERY_CHARS: usize = 256;
/// Most terms and filters of a query.
pub const MAX_TERMS: usize = 16;

/// Fewer letters are no beginning of a word that anybody could look for: most texts have it.
pub const SHORTEST_BEGINNING: usize = 3;

/// What somebody looks for. All of it has to hold of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// What has to be so: every term, any of the people and of the rooms, every kind of content.
    pub wanted: Conditions,
    /// What must not be so, none of it.
    pub unwanted: Conditions,
    /// It was sent before this.
    pub before: Option<Timestamp>,
    /// It was sent at this time or later.
    pub since: Option<Timestamp>,
}

/// What may be so of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// What occurs in the text.
    pub terms: Vec<Term>,
    /// Who sent it.
    pub from: Vec<Person>,
    /// Where it is.
    pub within: Vec<Room>,
    /// What it carries.
    pub has: Vec<Has>,
}

/// Words that follow each other; mostly only one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    words: Words,
    beginning: bool,
}

/// A person, as a query names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// Whoever asks.
    Me,
    /// By the name.
    Named(String),
}

/// A conversation, as a query names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Room {
    /// By its id.
    Id(ConversationId),
    /// A group, by its name.
    Group(String),
    /// The direct conversation with somebody.
    With(Person),
}

/// What a message can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    /// A file of any kind.
    File,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// The address of a page.
    Link,
}

impl Term {
    /// Looks for the words of this text, and if it is a beginning, for those that begin like its last one too.
    pub fn new(text: &str, beginning: bool) -> Self {
        Self { words: Words::of(text), beginning }
    }

    /// The words.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// Whether the last word may go on.
    pub fn is_beginning(&self) -> bool {
        self.beginning
    }

    fn last_letters(&self) -> Option<usize> {
        let last = self.words.get(self.words.len().checked_sub(1)?)?;
        (!last.single).then(|| last.letters.chars().count())
    }
}

impl Has {
    /// Whether a message with this content carries it.
    pub fn is_met(self, content: &str, message_type: MessageType) -> bool {
        use MessageType::{Audio, File, Image, Video};
        match self {
            Self::File => matches!(message_type, Image | Video | Audio | File),
            Self::Image => message_type == Image,
            Self::Video => message_type == Video,
            Self::Audio => message_type == Audio,
            Self::Link => has_link(content),
        }
    }
}

impl Conditions {
    fn any(&self) -> bool {
        let Self { terms, from, within, has } = self;
        !(terms.is_empty() && from.is_empty() && within.is_empty() && has.is_empty())
    }
}

impl Query {
    /// Reads a query: words, `"phrases"`, `begin*`, all of which have to occur; `-` before what must not; and the
    /// filters `from:`, `in:`, `has:`, `before:` and `after:`. A word that the query ends with is taken for the
    /// beginning of one too, as somebody types; a phrase that is not closed goes on to the end.
    ///
    /// # Errors
    /// What is wrong with it. Whatever is no filter is text, so there is little that can be.
    pub fn parse(text: &str) -> Result<Self, QueryFault> {
        if text.chars().count() > MAX_QUERY_CHARS {
            return Err(QueryFault::TooLong);
        }
        let mut query = Self::default();
        let mut rest = text.trim_start();
        let mut things = 0;
        while !rest.is_empty() {
            let (piece, behind) = Piece::first(rest);
            let is_last = behind.is_empty();
            rest = behind.trim_start();
            things += usize::from(query.add(piece, is_last)?);
            if things > MAX_TERMS {
                return Err(QueryFault::TooMany);
            }
        }
        match query.wanted.any() || query.before.is_some() || query.since.is_some() {
            true => Ok(query),
            false if things > 0 => Err(QueryFault::OnlyExcluded),
            false => Err(QueryFault::Empty),
        }
    }

    /// Adds a piece, unless there is nothing in it to look for.
    fn add(&mut self, piece: Piece<'_>, is_last: bool) -> Result<bool, QueryFault> {
        let Piece { excluded, filter, value, quoted, starred } = piece;
        let conditions = if excluded { &mut self.unwanted } else { &mut self.wanted };
        let Some(filter) = filter else {
            let mut term = Term::new(value, starred);
            match term.last_letters() {
                Some(..SHORTEST_BEGINNING) if starred && term.words.len() == 1 => {
                    return Err(QueryFault::ShortBeginning);
                }
                Some(SHORTEST_BEGINNING..) if is_last && !quoted && !excluded => term.beginning = true,
                _ => {}
            }
            let found = !term.words.is_empty();
            if found {
                conditions.terms.push(term);
            }
            return Ok(found);
        };
        let value = value.trim();
        if value.is_empty() {
            return Err(QueryFault::NoValue(filter.name()));
        }
        match filter {
            Filter::From => conditions.from.push(person(value)),
            Filter::In => conditions.within.push(room(value, quoted)),
            Filter::Has => conditions.has.push(kind(value)?),
            Filter::Before | Filter::After if excluded => {
                return Err(QueryFault::NotExcludable(filter.name()));
            }
            Filter::Before => {
                let (start, _) = moment::parse(value).ok_or(QueryFault::NoTime(filter.name()))?;
                self.before = Some(self.before.map_or(start, |before| before.min(start)));
            }
            Filter::After => {
                let (_, end) = moment::parse(value).ok_or(QueryFault::NoTime(filter.name()))?;
                self.since = Some(self.since.map_or(end, |since| since.max(end)));
            }
        }
        Ok(true)
    }
}

fn person(name: &str) -> Person {
    let name = name.strip_prefix('@').unwrap_or(name);
    if name.eq_ignore_ascii_case("me") { Person::Me } else { Person::Named(name.to_owned()) }
}

fn room(name: &str, quoted: bool) -> Room {
    match (name.parse(), name.strip_prefix('@')) {
        (Ok(id), _) if !quoted => Room::Id(id),
        (_, Some(name)) => Room::With(person(name)),
        _ => Room::Group(name.to_owned()),
    }
}

fn kind(name: &str) -> Result<Has, QueryFault> {
    let kinds = [
        ("file", Has::File),
        ("image", Has::Image),
        ("video", Has::Video),
        ("audio", Has::Audio),
        ("link", Has::Link),
    ];
    let found = kinds.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, kind)| kind).ok_or(QueryFault::UnknownKind)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    From,
    In,
    Has,
    Before,
    After,
}

impl Filter {
    const ALL: [Self; 5] = [Self::From, Self::In, Self::Has, Self::Before, Self::After];

    const fn name(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::In => "in",
            Self::Has => "has",
            Self::Before => "before",
            Self::After => "after",
        }
    }

    /// The filter that a text begins with, and what is behind its colon. Any other word with a colon is text.
    fn first(text: &str) -> (Option<Self>, &str) {
        let filter = text.split_once(':').and_then(|(name, value)| {
            let filter = Self::ALL.into_iter().find(|filter| filter.name().eq_ignore_ascii_case(name))?;
            Some((Some(filter), value))
        });
        filter.unwrap_or((None, text))
    }
}

/// What stands between spaces, or in quotation marks.
struct Piece<'a> {
    excluded: bool,
    filter: Option<Filter>,
    value: &'a str,
    quoted: bool,
    starred: bool,
}

impl<'a> Piece<'a> {
    /// The first piece of a text that begins with one, and what is behind it.
    fn first(text: &'a str) -> (Self, &'a str) {
        let unsigned = text.strip_prefix('-').filter(|rest| !rest.starts_with(char::is_whitespace));
        let (filter, rest) = Filter::first(unsigned.unwrap_or(text));
        let piece =
            |value, quoted, starred| Self { excluded: unsigned.is_some(), filter, value, quoted, starred };
        if let Some(inside) = rest.strip_prefix(is_quote) {
            let (value, behind) = match inside.find(is_quote) {
                Some(end) => (&inside[..end], inside[end..].trim_start_matches(is_quote)),
                None => (inside, ""),
            };
            let unstarred = behind.trim_start_matches('*');
            return (piece(value, true, unstarred.len() < behind.len()), unstarred);
        }
        let end = rest.find(|c: char| c.is_whitespace() || is_quote(c)).unwrap_or(rest.len());
        let (value, behind) = rest.split_at(end);
        (piece(value, false, value.ends_with('*')), behind)
    }
}

/// Quotation marks, also those that phones make of them.
const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Query {
        Query::parse(text).unwrap()
    }

    fn term(text: &str) -> Term {
        Term::new(text, false)
    }

    #[test]
    fn words_phrases_and_beginnings_are_terms() {
        let query = parse("Red \"blue sky\" gre* last ");
        assert_eq!(query.wanted.terms, [term("red"), term("blue sky"), Term::new("gre", true), term("last")]);
        assert_eq!(parse("“blue sky”* x").wanted.terms, [Term::new("blue sky", true), term("x")]);
        assert_eq!(parse("open \"to the end").wanted.terms, [term("open"), term("to the end")]);
    }

    #[test]
    fn the_word_that_is_being_typed_may_go_on() {
        assert_eq!(parse("two wor").wanted.terms, [term("two"), Term::new("wor", true)]);
        assert_eq!(parse("two wor from:ann").wanted.terms, [term("two"), term("wor")]);
        assert_eq!(parse("\"two wor\"").wanted.terms, [term("two wor")]);
        assert_eq!(parse("two w").wanted.terms, [term("two"), term("w")]);
    }

    #[test]
    fn what_is_not_wanted_has_a_minus() {
        let query = parse("cat -dog -\"big house\" -from:ann -in:Team -has:link well-known - x");
        assert_eq!(query.wanted.terms, [term("cat"), term("well-known"), term("x")]);
        assert_eq!(query.unwanted.terms, [term("dog"), term("big house")]);
        assert_eq!(query.unwanted.from, [Person::Named("ann".into())]);
        assert_eq!(
            (query.unwanted.within, query.unwanted.has),
            (vec![Room::Group("Team".into())], vec![Has::Link])
        );
    }

    #[test]
    fn filters_name_people_places_contents_and_times() {
        let query = parse(
            "from:me From:\"Ann B\" from:@bob in:team in:\"The Team\" in:@ann in:65a51c2f0123456789abcdef has:FILE \
             before:2026-02-01 after:2026-01-31",
        );
        let named = |name: &str| Person::Named(name.into());
        assert_eq!(query.wanted.from, [Person::Me, named("Ann B"), named("bob")]);
        let id = "65a51c2f0123456789abcdef".parse().unwrap();
        let group = |name: &str| Room::Group(name.into());
        assert_eq!(
            query.wanted.within,
            [group("team"), group("The Team"), Room::With(named("ann")), Room::Id(id)]
        );
        assert_eq!(query.wanted.has, [Has::File]);
        // Neither of the days themselves is meant.
        assert_eq!(query.before, query.since);
        assert_eq!(query.before.unwrap().to_string(), "2026-02-01T00:00:00.000Z");
    }

    #[test]
    fn what_is_no_filter_is_text() {
        for text in ["http://example.org/a?b=c", "12:30", "note: this", "infrom:x", "\"from:ann\""] {
            let query = parse(text);
            assert!(!query.wanted.terms.is_empty() && query.wanted.from.is_empty(), "{text}");
        }
    }

    #[test]
    fn a_fault_is_named() {
        for (text, fault) in [
            ("", "there is nothing to look for"),
            ("  \" \" -- * ???", "there is nothing to look for"),
            ("-cat", "it only says what is not wanted"),
            ("ab*", "the beginning of a word needs 3 letters before the *"),
            ("from: ann", "there is nothing behind from:"),
            ("in:\" \"", "there is nothing behind in:"),
            ("has:cats", "has: knows file, image, video, audio and link"),
            (
                "before:yesterday",
                "before: takes a day such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z",
            ),
            ("x -after:2026-01-31", "after: can't be excluded"),
            (&"a ".repeat(17), "it asks for more than 16 things"),
            (&"a".repeat(257), "it has more than 256 characters"),
        ] {
            assert_eq!(Query::parse(text).unwrap_err().to_string(), fault, "{text}");
        }
        assert!(Query::parse(&"ä".repeat(256)).is_ok());
    }
}
