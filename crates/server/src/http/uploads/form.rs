use std::time::Duration;

use axum::body::Body;
use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use memchr::memmem::{self, Finder};
use tokio::time::timeout;

use super::disposition::{self, PartName};

/// Most bytes of a part's head.
const MAX_HEAD: usize = 8 * 1024;
/// Most bytes of a form that are no file's content: heads, other fields, what stands before and behind.
pub(super) const MAX_OVERHEAD: usize = 64 * 1024;
/// As RFC 2046 has it.
const MAX_BOUNDARY: usize = 70;

/// Why a form can't be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormError {
    /// It ends too early, or is no form.
    Broken,
    /// It carries too much beside files.
    Oversized,
    /// Its sender stopped sending.
    Slow,
}

/// A `multipart/form-data` body, read part by part and piece by piece: it holds no more than a piece and a head.
pub(super) struct Form<'b> {
    body: &'b mut Body,
    patience: Duration,
    buffer: BytesMut,
    delimiter: Finder<'static>,
    overhead: usize,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Before the first part, or in one that nobody reads on.
    Content,
    /// Right behind a delimiter.
    Delimiter,
    /// Behind the last part.
    End,
}

/// The boundary of the form that a request with these headers carries; `None` if it carries none.
pub(super) fn boundary(headers: &HeaderMap) -> Option<String> {
    let (kind, parameters) = headers.get(CONTENT_TYPE)?.to_str().ok()?.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = parameters.split(';').find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    })?;
    (1..=MAX_BOUNDARY).contains(&value.len()).then_some(value)
}

impl<'b> Form<'b> {
    /// The form in this body. Each piece has `patience` to arrive.
    pub(super) fn new(body: &'b mut Body, boundary: &str, patience: Duration) -> Self {
        // A delimiter begins with a line break, which the first one has not.
        let buffer = BytesMut::from(&b"\r\n"[..]);
        let delimiter = Finder::new(&format!("\r\n--{boundary}")).into_owned();
        Self { body, patience, buffer, delimiter, overhead: 0, stage: Stage::Content }
    }

    /// The next part, or `None` behind the last, when the body has been read to its end.
    pub(super) async fn next_part(&mut self) -> Result<Option<PartName>, FormError> {
        while self.stage == Stage::Content {
            if let Some(skipped) = self.piece().await? {
                self.charge(skipped.len())?;
            }
        }
        if self.stage == Stage::End || self.is_last().await? {
            return self.finish().await.map(|()| None);
        }
        let head = self.head().await?;
        self.stage = Stage::Content;
        Ok(Some(read_head(&head)))
    }

    /// The next piece of the current part's content, or `None` at its end.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>, FormError> {
        if self.stage != Stage::Content {
            return Ok(None);
        }
        let needle = self.delimiter.needle().len();
        loop {
            match self.delimiter.find(&self.buffer) {
                Some(0) => {
                    self.buffer.advance(needle);
                    self.stage = Stage::Delimiter;
                    return Ok(None);
                }
                Some(at) => return Ok(Some(self.buffer.split_to(at).freeze())),
                // The last bytes may be the beginning of a delimiter.
                None if self.buffer.len() >= needle => {
                    let sure = self.buffer.len() - (needle - 1);
                    return Ok(Some(self.buffer.split_to(sure).freeze()));
                }
                None => self.fill().await?,
            }
        }
    }

    /// Whether the delimiter was the last one; takes what stands on its line.
    async fn is_last(&mut self) -> Result<bool, FormError> {
        while self.buffer.len() < 2 {
            self.fill().await?;
        }
        if self.buffer.starts_with(b"--") {
            self.stage = Stage::End;
            return Ok(true);
        }
        let line = self.take_through(b"\r\n").await?;
        let only_spaces = line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        only_spaces.then_some(false).ok_or(FormError::Broken)
    }

    async fn head(&mut self) -> Result<Bytes, FormError> {
        while self.buffer.len() < 2 {
            self.fill().await?;
        }
        if self.buffer.starts_with(b"\r\n") {
            self.buffer.advance(2);
            return Ok(Bytes::new());
        }
        self.take_through(b"\r\n\r\n").await
    }

    /// Reads the body to its end, so that the connection can be used again.
    async fn finish(&mut self) -> Result<(), FormError> {
        loop {
            let rest = std::mem::take(&mut self.buffer).len();
            self.charge(rest)?;
            match self.fill().await {
                Ok(()) => {}
                Err(FormError::Broken) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    async fn take_through(&mut self, end: &[u8]) -> Result<Bytes, FormError> {
        loop {
            if let Some(at) = memmem::find(&self.buffer, end) {
                let taken = self.buffer.split_to(at + end.len()).freeze();
                self.charge(taken.len())?;
                return Ok(taken);
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(FormError::Oversized);
            }
            self.fill().await?;
        }
    }

    fn charge(&mut self, bytes: usize) -> Result<(), FormError> {
        self.overhead += bytes;
        if self.overhead > MAX_OVERHEAD { Err(FormError::Oversized) } else { Ok(()) }
    }

    async fn fill(&mut self) -> Result<(), FormError> {
        let frame = timeout(self.patience, self.body.frame()).await.map_err(|_| FormError::Slow)?;
        let frame = frame.ok_or(FormError::Broken)?.map_err(|_| FormError::Broken)?;
        if let Ok(data) = frame.into_data() {
            self.buffer.extend_from_slice(&data);
        }
        Ok(())
    }
}

fn read_head(head: &[u8]) -> PartName {
    let text = String::from_utf8_lossy(head);
    let disposition = text.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    });
    disposition.map(disposition::parse_part).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;

    use super::*;

    /// A body that comes in these pieces and then ends, or never does.
    struct Pieces {
        pieces: std::vec::IntoIter<Bytes>,
        ends: bool,
    }

    impl hyper::body::Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.pieces.next() {
                Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
                None if self.ends => Poll::Ready(None),
                None => Poll::Pending,
            }
        }
    }

    fn body(bytes: &[u8], size: usize, ends: bool) -> Body {
        let pieces: Vec<_> = bytes.chunks(size).map(Bytes::copy_from_slice).collect();
        Body::new(Pieces { pieces: pieces.into_iter(), ends })
    }

    type Parts = Vec<(String, Option<String>, Vec<u8>)>;

    async fn read(mut body: Body) -> Result<Parts, FormError> {
        let mut form = Form::new(&mut body, "X", Duration::from_millis(50));
        let mut parts = Vec::new();
        while let Some(part) = form.next_part().await? {
            let mut content = Vec::new();
            while let Some(piece) = form.piece().await? {
                content.extend_from_slice(&piece);
            }
            parts.push((part.name, part.filename, content));
        }
        Ok(parts)
    }

    const FORM: &[u8] = b"preamble\r\n--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
        --X  \r\ncontent-type: text/plain\r\nCONTENT-DISPOSITION: form-data; name=\"file\"; filename=\"\xc3\xa4.txt\"\
        \r\n\r\nx\r\n--Y\r\n\r--X\r\n\r\n--X\r\n\r\nnameless\r\n--X--\r\nepilogue";

    #[tokio::test]
    async fn parts_are_read_however_they_are_cut() {
        let expected = vec![
            ("a".to_owned(), None, b"1".to_vec()),
            ("file".to_owned(), Some("\u{e4}.txt".to_owned()), b"x\r\n--Y\r\n\r--X\r\n".to_vec()),
            (String::new(), None, b"nameless".to_vec()),
        ];
        for size in 1..=FORM.len() {
            assert_eq!(read(body(FORM, size, true)).await.as_ref(), Ok(&expected), "{size}");
        }
    }

    #[tokio::test]
    async fn a_form_that_is_cut_off_is_broken() {
        let end = FORM.len() - "\r\nepilogue".len();
        for length in 0..end {
            let cut = read(body(&FORM[..length], 7, true)).await;
            assert_eq!(cut, Err(FormError::Broken), "{length}");
        }
        assert!(read(body(&FORM[..end], 7, true)).await.is_ok());
    }

    #[tokio::test]
    async fn a_sender_who_stops_is_not_waited_for() {
        assert_eq!(read(body(&FORM[..40], 7, false)).await, Err(FormError::Slow));
    }

    #[tokio::test]
    async fn nothing_but_content_may_be_large() {
        let large = vec![b'x'; 2 * MAX_OVERHEAD];
        let form = |before: &[u8], after: &[u8]| body(&[before, &large, after].concat(), 1000, true);
        assert_eq!(read(form(b"", b"")).await, Err(FormError::Oversized));
        assert_eq!(read(form(b"--X\r\nX-Y: ", b"\r\n\r\n")).await, Err(FormError::Oversized));
        assert_eq!(read(form(b"--X", b"\r\n")).await, Err(FormError::Oversized));
        assert_eq!(read(form(b"--X--", b"")).await, Err(FormError::Oversized));
        let parts = read(form(b"--X\r\n\r\n", b"\r\n--X--")).await.unwrap();
        assert_eq!(parts[0].2.len(), large.len());
    }

    #[test]
    fn only_a_form_has_a_boundary() {
        let boundary =
            |value: &str| boundary(&HeaderMap::from_iter([(CONTENT_TYPE, value.parse().unwrap())]));
        assert_eq!(boundary("multipart/form-data; boundary=X").as_deref(), Some("X"));
        assert_eq!(boundary("Multipart/Form-Data; charset=utf-8; BOUNDARY=\"a b\"").as_deref(), Some("a b"));
        for none in [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "application/json; boundary=X",
            &format!("multipart/form-data; boundary={}", "x".repeat(71)),
        ] {
            assert_eq!(boundary(none), None, "{none}");
        }
    }
}
