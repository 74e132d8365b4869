use std::fmt;

/// Path under which uploads are served.
pub const UPLOADS: &str = "/uploads/";

/// Hex digits before the dot: 128 random bits, which nobody guesses.
const DIGITS: usize = 32;
const EXTENSION_CHARS: std::ops::RangeInclusive<usize> = 1..=8;

/// What an upload is called on the server: 32 hex digits, a dot and the extension. It holds no path and never two dots.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UploadName(String);

impl UploadName {
    /// A new name, of a file with this extension.
    pub fn new(random: u128, extension: &str) -> Self {
        Self(format!("{random:0DIGITS$x}.{extension}"))
    }

    /// The name, if this text is one to the letter.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, extension) = text.split_once('.')?;
        let is_hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        let fits = digits.len() == DIGITS
            && digits.bytes().all(is_hex)
            && EXTENSION_CHARS.contains(&extension.len())
            && extension.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        fits.then(|| Self(text.to_owned()))
    }

    /// The name within a URL that an upload gave.
    pub fn from_url(url: &str) -> Option<Self> {
        Self::parse(url.strip_prefix(UPLOADS)?)
    }

    /// Where clients find it.
    pub fn url(&self) -> String {
        format!("{UPLOADS}{self}")
    }

    /// What stands behind the dot.
    pub fn extension(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, extension)| extension)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UploadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_from_its_url() {
        let name = UploadName::new(0xabc, "png");
        assert_eq!(name.as_str(), "00000000000000000000000000000abc.png");
        assert_eq!(UploadName::from_url(&name.url()), Some(name));
    }

    #[test]
    fn nothing_else_is_a_name() {
        let digits = "0".repeat(32);
        for text in [
            String::new(),
            digits.clone(),
            format!("{digits}."),
            format!("{digits}.PNG"),
            format!("{digits}.p/g"),
            format!("{digits}.tar.gz"),
            format!("{digits}.123456789"),
            format!("{}A.png", &digits[1..]),
            format!("{digits}0.png"),
            format!("../{digits}.png"),
            format!("{digits}.png\0"),
            format!("{digits}.pñg"),
        ] {
            assert_eq!(UploadName::parse(&text), None, "{text:?}");
        }
        for url in [
            format!("{digits}.png"),
            format!("/uploads//{digits}.png"),
            format!("http://x/uploads/{digits}.png"),
        ] {
            assert_eq!(UploadName::from_url(&url), None, "{url}");
        }
    }
}
