/// Whether a text has the address of a page in it: what begins with `http://`, `https://` or `www.`.
pub fn has_link(text: &str) -> bool {
    [&b"http://"[..], b"https://", b"www."].iter().any(|mark| has(text.as_bytes(), mark))
}

/// Whether this stands at the start of a word, whatever its case, and something comes behind it.
fn has(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len() + 1).enumerate().any(|(at, window)| {
        let (start, behind) = (&window[..mark.len()], window[mark.len()]);
        start.eq_ignore_ascii_case(mark)
            && !(behind.is_ascii_whitespace() || behind == b'.')
            && !(at > 0 && bytes[at - 1].is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_pages_are_links() {
        for text in ["see http://example.org/", "(HTTPS://x)", "www.example.org", "a\nhttps://ünal.example"]
        {
            assert!(has_link(text), "{text}");
        }
        for text in
            ["", "http", "http:// x", "www. no", "xhttp://a", "awww.no", "12:30", "www...", "https://"]
        {
            assert!(!has_link(text), "{text}");
        }
    }
}
