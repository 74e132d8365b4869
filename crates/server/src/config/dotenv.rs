//! The `.env` file, read as Node's `dotenv` reads it: people bring theirs along. Nothing in it is expanded.

use std::{fs, io};

use super::WrongSetting;

const FILE: &str = ".env";

/// A `KEY=value` of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Its value, without quotes.
    pub value: String,
    /// The line that it begins on, from 1.
    pub line: usize,
}

/// What the `.env` in the current directory says; nothing if there is none.
///
/// # Errors
/// The line that is neither `KEY=value` nor a comment, by its number: it may hold a secret. A file that can't be read.
pub(super) fn read() -> Result<Vec<Entry>, WrongSetting> {
    match fs::read_to_string(FILE) {
        Ok(text) => {
            parse(&text).map_err(|line| WrongSetting(format!("{FILE}: line {line} is not KEY=value")))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(WrongSetting(format!("{FILE}: {error}"))),
    }
}

/// The entries, of each key the last one. `Err` has the number of a line that `dotenv` would pass over in silence.
fn parse(text: &str) -> Result<Vec<Entry>, usize> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut entries: Vec<Entry> = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        if !rest.starts_with('#') {
            let line = text[..text.len() - rest.len()].matches('\n').count() + 1;
            let (key, value, after) = assignment(rest).ok_or(line)?;
            entries.retain(|entry| entry.key != key);
            entries.push(Entry { key: key.to_owned(), value, line });
            rest = after;
        }
        // At most a comment is left of the line.
        rest = rest.find('\n').map_or("", |end| &rest[end..]).trim_start_matches(is_space);
    }
    Ok(entries)
}

/// Key, value and what follows.
fn assignment(text: &str) -> Option<(&str, String, &str)> {
    let exported = text.strip_prefix("export").filter(|rest| rest.starts_with(is_space));
    exported.and_then(|rest| pair(rest.trim_start_matches(is_space))).or_else(|| pair(text))
}

fn pair(text: &str) -> Option<(&str, String, &str)> {
    let is_key = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let (key, rest) = text.split_at(text.find(|c| !is_key(c)).unwrap_or(text.len()));
    let rest = match rest.trim_start_matches(is_space).strip_prefix('=') {
        Some(rest) => rest,
        None => rest.strip_prefix(':')?.strip_prefix(is_space)?,
    };
    let bare = || rest.split_at(rest.find(['#', '\n']).unwrap_or(rest.len()));
    let (value, after) = quoted(rest).unwrap_or_else(bare);
    (!key.is_empty()).then(|| (key, unquote(value.trim_matches(is_space)), after))
}

/// A value with its quotes, over however many lines, and what follows; `None` unless the quotes end where a line does.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches(is_space);
    let quote = text.chars().next().filter(|c| is_quote(*c))?;
    let ends: Vec<_> = text.match_indices(quote).skip(1).map(|(at, _)| at).collect();
    // A quote behind a backslash ends the value only where no other one can.
    let plain = ends.iter().position(|at| !text[..*at].ends_with('\\')).unwrap_or(ends.len());
    let (escaped, plain) = ends.split_at(plain);
    let end =
        plain.first().into_iter().chain(escaped.iter().rev()).find(|at| ends_line(&text[**at + 1..]))?;
    Some(text.split_at(end + 1))
}

/// Whether nothing but a comment stands on what is left of the line.
fn ends_line(text: &str) -> bool {
    let text = text.trim_start_matches(|c| c != '\n' && is_space(c));
    text.is_empty() || text.starts_with(['\n', '#'])
}

fn unquote(value: &str) -> String {
    let quote = value.chars().next().filter(|c| is_quote(*c));
    let inner = quote.and_then(|quote| value[1..].strip_suffix(quote)).unwrap_or(value);
    match quote {
        Some('"') => inner.replace("\\n", "\n").replace("\\r", "\r"),
        _ => inner.to_owned(),
    }
}

fn is_quote(c: char) -> bool {
    "'\"`".contains(c)
}

/// What JavaScript counts as space.
fn is_space(c: char) -> bool {
    c == '\u{feff}' || c.is_whitespace() && c != '\u{85}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap().into_iter().map(|entry| (entry.key, entry.value)).collect()
    }

    /// Each with what `dotenv` 16.6 makes of it.
    #[test]
    fn a_value_is_what_node_makes_of_it() {
        for (text, value) in [
            ("A=1", "1"),
            ("A=", ""),
            ("A=   ", ""),
            ("export A=1", "1"),
            ("  A  =  two words  ", "two words"),
            ("A: 1", "1"),
            ("A=s3cr$et", "s3cr$et"),
            ("A=$ecret", "$ecret"),
            ("A=${HOME}", "${HOME}"),
            ("A=\"$HOME\"", "$HOME"),
            ("A=a\\nb\\\\c", "a\\nb\\\\c"),
            ("A=a#b", "a"),
            ("A=a #b", "a"),
            ("A=#b", ""),
            ("A='a#b' # c", "a#b"),
            ("A=\"a#b\"#c", "a#b"),
            ("A=`a 'b' \"c\"`", "a 'b' \"c\""),
            ("A=\"a\\nb\\rc\\td\"", "a\nb\rc\\td"),
            ("A='a\\nb'", "a\\nb"),
            ("A=\"a\\\"b\"", "a\\\"b"),
            ("A='it\\'s'", "it\\'s"),
            ("A=\"a\nb\n\"", "a\nb\n"),
            ("A='a\r\nb'", "a\nb"),
            ("A=\"open", "\"open"),
            ("A=\"open\\n", "\"open\n"),
            ("A='a' b 'c'", "a' b 'c"),
            ("A='a'b", "'a'b"),
            ("A=\"a\\\"", "a\\"),
            ("A='", "'"),
            ("A=''", ""),
            ("A='  padded  '", "  padded  "),
            ("A=a=b==", "a=b=="),
            ("A=\n'below'", "below"),
            ("\u{feff}A=1", "1"),
            ("A=\u{a0}1\u{a0}", "1"),
            ("A=1\nA=2", "2"),
        ] {
            assert_eq!(values(text), [("A".into(), value.into())], "{text}");
        }
        assert_eq!(values(""), []);
        assert_eq!(values("# A=1\n\n  # B=2"), []);
        assert_eq!(values("A=\nB.b-c=2 # two\r\n\rexport=3"), values("A=''\nB.b-c=2\nexport=3"));
        assert_eq!(values("A='it\nB='x'"), values("A=\"'it\"\nB=x"));
    }

    #[test]
    fn an_entry_knows_its_line_and_a_wrong_line_its_number() {
        let lines =
            |text| parse(text).map(|entries| entries.iter().map(|entry| entry.line).collect::<Vec<_>>());
        assert_eq!(lines("# x\n\nA=\"1\n2\"\r\nB=3\nA=4"), Ok(vec![5, 6]));
        for text in ["A=1\nhush hush", "A=1\n=2", "A=1\nA:2", "A=1\nÄ=2", "A=1\nexport B"] {
            assert_eq!(lines(text), Err(2), "{text}");
        }
    }
}
