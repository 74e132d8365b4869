use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// A file that is walked through from its start.
pub(super) struct Source<'f> {
    reader: BufReader<&'f File>,
    position: u64,
    length: u64,
}

impl<'f> Source<'f> {
    pub(super) fn new(file: &'f File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        let mut reader = BufReader::with_capacity(64 * 1024, file);
        reader.seek(SeekFrom::Start(0))?;
        Ok(Self { reader, position: 0, length })
    }

    /// Bytes before this place.
    pub(super) const fn position(&self) -> u64 {
        self.position
    }

    /// Bytes in all.
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// The next bytes, unless the file ends before them.
    pub(super) fn take<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        let mut bytes = [0; N];
        Ok(self.fill(&mut bytes)?.then_some(bytes))
    }

    /// The next `count` bytes, unless the file ends before them.
    pub(super) fn take_vec(&mut self, count: u16) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = vec![0; usize::from(count)];
        Ok(self.fill(&mut bytes)?.then_some(bytes))
    }

    /// The next `most` bytes, or as many as there are.
    pub(super) fn take_rest(&mut self, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.position += self.reader.by_ref().take(most).read_to_end(&mut bytes)? as u64;
        Ok(bytes)
    }

    /// Goes on behind the next `count` bytes; answers whether the file has as many.
    pub(super) fn skip(&mut self, count: u64) -> io::Result<bool> {
        match self.position.checked_add(count) {
            Some(end) if end <= self.length => {
                self.reader.seek_relative(i64::try_from(count).map_err(io::Error::other)?)?;
                self.position = end;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Goes to the next byte of this value; answers whether there is one.
    pub(super) fn seek_byte(&mut self, value: u8) -> io::Result<bool> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(false);
            }
            let found = memchr::memchr(value, buffer);
            let passed = found.unwrap_or(buffer.len());
            self.reader.consume(passed);
            self.position += passed as u64;
            if found.is_some() {
                return Ok(true);
            }
        }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> io::Result<bool> {
        if self.length.saturating_sub(self.position) < bytes.len() as u64 {
            return Ok(false);
        }
        self.reader.read_exact(bytes)?;
        self.position += bytes.len() as u64;
        Ok(true)
    }
}
