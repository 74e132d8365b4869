use std::io::{self, Read};

use blake2::{Blake2b256, Digest};

/// What all entries of an archive say, names and sizes included, in 32 bytes. Neither tar nor SQLite's file would show a
/// byte that is another one now.
pub(super) struct Tally(Blake2b256);

impl Tally {
    pub(super) fn new() -> Self {
        Self(Blake2b256::new())
    }

    /// The content of the next entry, which counts as it is read.
    pub(super) fn entry<R: Read>(&mut self, name: &[u8], size: u64, content: R) -> Counted<'_, R> {
        for length in [name.len() as u64, size] {
            self.0.update(length.to_le_bytes());
        }
        self.0.update(name);
        Counted { tally: self, content }
    }

    /// What the entry at the end says: how many uploads there are, and the digest of all before it.
    pub(super) fn end(self, uploads: u64) -> String {
        let digest: String = self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{uploads} {digest}")
    }
}

/// An entry's content.
pub(super) struct Counted<'a, R> {
    tally: &'a mut Tally,
    content: R,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.content.read(buffer)?;
        self.tally.0.update(&buffer[..length]);
        Ok(length)
    }
}
