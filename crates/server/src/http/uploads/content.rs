use chirrup_domain::upload::{HEAD_BYTES, MediaType};

/// Longest beginning of a character that may stand at the end of a piece of UTF-8.
const PARTIAL_CHAR: usize = 3;

/// Checks, piece by piece, that a file is what its extension says.
pub(super) struct ContentCheck {
    media: &'static MediaType,
    head: Vec<u8>,
    /// The unfinished character at the end of the text so far.
    tail: Vec<u8>,
}

impl ContentCheck {
    /// Of a file with this type's extension.
    pub(super) fn new(media: &'static MediaType) -> Self {
        Self { media, head: Vec::with_capacity(HEAD_BYTES), tail: Vec::new() }
    }

    /// Takes the next piece; answers whether the file can still be what it says.
    pub(super) fn takes(&mut self, piece: &[u8]) -> bool {
        if self.head.len() < HEAD_BYTES {
            let missing = HEAD_BYTES - self.head.len();
            self.head.extend_from_slice(&piece[..piece.len().min(missing)]);
            if self.head.len() == HEAD_BYTES && !self.media.begins(&self.head) {
                return false;
            }
        }
        !self.media.is_text() || self.takes_text(piece)
    }

    /// Whether the file, now that it is whole, is what it says.
    pub(super) fn is_right(&self) -> bool {
        self.media.begins(&self.head) && self.tail.is_empty()
    }

    fn takes_text(&mut self, piece: &[u8]) -> bool {
        if piece.contains(&0) {
            return false;
        }
        let mut text = std::mem::take(&mut self.tail);
        text.extend_from_slice(piece);
        match std::str::from_utf8(&text) {
            Ok(_) => true,
            Err(error) => {
                self.tail = text.split_off(error.valid_up_to());
                error.error_len().is_none() && self.tail.len() <= PARTIAL_CHAR
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(extension: &str, pieces: &[&[u8]]) -> bool {
        let mut check = ContentCheck::new(MediaType::of_extension(extension).unwrap());
        pieces.iter().all(|piece| check.takes(piece)) && check.is_right()
    }

    #[test]
    fn a_short_file_is_judged_at_its_end() {
        assert!(is("pdf", &[b"%P", b"DF", b"-1.7"]));
        assert!(!is("pdf", &[b"%P", b"DF"]));
        assert!(!is("png", &[]));
    }

    #[test]
    fn a_long_one_is_refused_at_its_head() {
        let mut check = ContentCheck::new(MediaType::of_extension("png").unwrap());
        assert!(check.takes(b"<html>"));
        assert!(!check.takes(&[b' '; 64]));
    }

    #[test]
    fn text_is_utf8_to_its_end_wherever_it_is_cut() {
        let text = "Grüße, 李小龍 \u{1f426}".as_bytes();
        for cut in 0..text.len() {
            assert!(is("txt", &[&text[..cut], &text[cut..]]), "{cut}");
        }
        assert!(is("txt", &[]));
        assert!(!is("txt", &[&text[..text.len() - 1]]));
        assert!(!is("txt", &[b"caf\xe9 au lait"]));
        assert!(!is("txt", &[b"a\0b"]));
        assert!(!is("txt", &[&[b'a'; 100], b"\xff"]));
    }
}
